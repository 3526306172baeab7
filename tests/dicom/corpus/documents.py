"""DICOM files that are documents or drawings and no pictures, each with something planted where its text stands."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass

from pydicom import dcmwrite
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian

_PLANTED = "QX00007"


@dataclass(frozen=True)
class Kind:
    """sop_class : by PS3.4 B.5; reason : what the quarantine says; fill : puts the text in."""

    sop_class: str
    reason: str
    fill: Callable[[Dataset], None]


def _content(dataset: Dataset) -> None:
    text = Dataset()
    text.RelationshipType, text.ValueType, text.TextValue = "CONTAINS", "TEXT", f"Seen by Dr. {_PLANTED}"
    dataset.ValueType, dataset.ContentSequence = "CONTAINER", Sequence([text])


def _document(dataset: Dataset) -> None:
    dataset.MIMETypeOfEncapsulatedDocument, dataset.DocumentTitle = "application/pdf", _PLANTED
    dataset.EncapsulatedDocument = f"%PDF-1.7 {_PLANTED} ".encode()


def _graphics(dataset: Dataset) -> None:
    text, annotation = Dataset(), Dataset()
    text.UnformattedTextValue = _PLANTED
    annotation.TextObjectSequence = Sequence([text])
    dataset.GraphicAnnotationSequence = Sequence([annotation])


def _waveform(dataset: Dataset) -> None:
    channel = Dataset()
    channel.ChannelLabel = _PLANTED
    dataset.WaveformSequence = Sequence([channel])


def _nothing(dataset: Dataset) -> None:
    dataset.StructureSetLabel = _PLANTED


_SR, _DOC, _DRAWING, _CURVES = "structured report", "encapsulated document", "presentation state", "waveform"
DOCUMENTS = {
    "basic text SR": Kind("1.2.840.10008.5.1.4.1.1.88.11", _SR, _content),
    "enhanced SR": Kind("1.2.840.10008.5.1.4.1.1.88.22", _SR, _content),
    "comprehensive SR": Kind("1.2.840.10008.5.1.4.1.1.88.33", _SR, _content),
    "comprehensive 3D SR": Kind("1.2.840.10008.5.1.4.1.1.88.34", _SR, _content),
    "mammography CAD SR": Kind("1.2.840.10008.5.1.4.1.1.88.50", _SR, _content),
    "key object selection": Kind("1.2.840.10008.5.1.4.1.1.88.59", _SR, _content),
    "radiation dose SR": Kind("1.2.840.10008.5.1.4.1.1.88.67", _SR, _content),
    "encapsulated PDF": Kind("1.2.840.10008.5.1.4.1.1.104.1", _DOC, _document),
    "encapsulated CDA": Kind("1.2.840.10008.5.1.4.1.1.104.2", _DOC, _document),
    "encapsulated STL": Kind("1.2.840.10008.5.1.4.1.1.104.3", _DOC, _document),
    "a document called an image": Kind("1.2.840.10008.5.1.4.1.1.7", _DOC, _document),
    "grayscale presentation state": Kind("1.2.840.10008.5.1.4.1.1.11.1", _DRAWING, _graphics),
    "12-lead ECG": Kind("1.2.840.10008.5.1.4.1.1.9.1.1", _CURVES, _waveform),
    "RT structure set": Kind("1.2.840.10008.5.1.4.1.1.481.3", "holds no image", _nothing),
}  # fmt: skip


def document(kind: str) -> bytes:
    """A whole file."""
    dataset = Dataset()
    dataset.SOPClassUID, dataset.SOPInstanceUID = DOCUMENTS[kind].sop_class, "1.2.826.0.77.100007"
    dataset.PatientName, dataset.PatientID, dataset.Modality = f"{_PLANTED}^Ada", _PLANTED, "OT"
    DOCUMENTS[kind].fill(dataset)
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    buffer = io.BytesIO()
    dcmwrite(buffer, dataset, enforce_file_format=True)
    return buffer.getvalue()
