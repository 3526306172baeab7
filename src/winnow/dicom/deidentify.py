"""De-identification: PS3.15 Annex E, Basic Application Confidentiality Profile, applied from its table.

A new data set is built of what may stay; nothing is ever copied and cleaned afterwards.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field

from pydicom.datadict import dictionary_VR
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.tag import BaseTag
from pydicom.uid import UID, ExplicitVRLittleEndian, ImplicitVRLittleEndian, SecondaryCaptureImageStorage

from winnow.dicom.frames import clean_pixel_data
from winnow.dicom.reasons import transfer_syntax
from winnow.dicom.rules import SOP_PREFIX, basic_action, resolve, table
from winnow.dicom.sweep import sweep
from winnow.dicom.values import (
    dummy,
    dummy_items,
    hashed_uid,
    is_registered,
    names_somebody,
    pseudonym,
    text,
    texts_of,
)
from winnow.errors import CannotDeidentify

IMPLEMENTATION_UID = "2.25.220484093921183547632217460198461217345"
PIXELS = (0x7FE00010, 0x7FE00008, 0x7FE00009)
_REFUSED = (
    ("104.", "an encapsulated document"),
    ("88.", "a structured report"),
    ("9.", "a waveform"),
    ("11.", "a presentation state"),
)
_DIRECTORY = "1.2.840.10008.1.3.10"
_PATIENT_NAME, _PATIENT_ID, _CHARACTER_SET = 0x00100010, 0x00100020, 0x00080005
_PERSONAL = frozenset({"PatientID", "OtherPatientIDs", "AccessionNumber"})
# kinds of value that can hold anything: out of place, they are not trusted
_ANYTHING = frozenset({"UN", "SQ", "OB", "OW", "OD", "OF", "OL", "OV", "PN", "LT", "ST", "UT", "UC", "UR"})


@dataclass(frozen=True)
class Change:
    """What was done to one attribute: action X removed, Z emptied, D dummy value, U new UID; ``path`` of its item."""

    tag: str
    keyword: str
    action: str
    path: str = ""


@dataclass(frozen=True)
class Deidentified:
    """``dataset`` may be stored. ``values`` are the original identifying values: for memory only, never stored."""

    dataset: Dataset
    changes: list[Change]
    values: set[str]


@dataclass
class _Run:
    """One file on its way through the table."""

    sop_class: str
    changes: list[Change] = field(default_factory=list)
    values: set[str] = field(default_factory=set)
    people: set[str] = field(default_factory=set)

    def note(self, tag: BaseTag, keyword: str, action: str, path: str) -> None:
        self.changes.append(Change(f"({tag.group:04X},{tag.element:04X})", keyword, action, path))


def refuse_unsafe(dataset: Dataset) -> None:
    """Raises CannotDeidentify, saying why, for a data set that this version cannot make safe to store."""
    sop_class = _sop_class(dataset)
    if sop_class == _DIRECTORY or 0x00041220 in dataset:
        raise CannotDeidentify("It is a DICOMDIR, a table of contents: send the files it lists.")
    rest = sop_class.removeprefix(SOP_PREFIX)
    for prefix, what in _REFUSED:
        if rest != sop_class and rest.startswith(prefix):
            raise CannotDeidentify(f"It is {what}: only images can be made safe to store.")
    if 0x00420011 in dataset:
        raise CannotDeidentify("It holds an encapsulated document: only images can be made safe to store.")
    if text(dataset, "BurnedInAnnotation").upper() == "YES":
        raise CannotDeidentify("It says that text is burned into its pixels (burned-in annotation).")


def identifying_values(dataset: Dataset) -> set[str]:
    """What in a data set identifies somebody, items of sequences included: to scrub the paths of files."""
    found: set[str] = set()
    for tag in dataset.keys():  # noqa: SIM118  a Dataset iterates over parsed elements, this over tags
        if tag in PIXELS or tag.is_private:
            continue
        try:
            element = dataset[tag]
            if element.VR == "SQ":
                found.update(*(identifying_values(item) for item in element.value))
            elif names_somebody(element) and basic_action(tag) != "K":
                found.update(value for value in texts_of(element) if not is_registered(value))
        except Exception:  # noqa: BLE001, S112  a broken value names nobody
            continue
    return found


def _sop_class(dataset: Dataset) -> str:
    return text(dataset, "SOPClassUID") or text(getattr(dataset, "file_meta", Dataset()), "MediaStorageSOPClassUID")


class Deidentifier:
    """Applies the basic profile with one key: UIDs and patients map alike in every file given to the same key."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def apply(self, dataset: Dataset) -> Deidentified:
        """A de-identified copy; the original is left as it is, pixel data are shared, not copied.

        raises : CannotDeidentify for what ``refuse_unsafe`` names and for what holds no image
        source : PS3.15 Annex E.1.1 and Table E.1-1
        """
        refuse_unsafe(dataset)
        if not any(tag in dataset for tag in PIXELS):
            raise CannotDeidentify("It holds no image: only images can be made safe to store.")
        run = _Run(sop_class=_sop_class(dataset))
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore"
            )  # odd values are removed or kept by the table, whatever pydicom thinks of them
            try:
                kept = self._rebuilt(dataset, run)
            except CannotDeidentify:
                raise
            except Exception as error:  # when in doubt, nothing is kept
                raise CannotDeidentify("Its header is too damaged to be made safe to store.") from error
        return Deidentified(dataset=kept, changes=run.changes, values=run.values)

    def _rebuilt(self, dataset: Dataset, run: _Run) -> Dataset:
        kept = self._clean(dataset, run, path="")
        self._sign(kept, dataset)
        for found, place in sweep(kept, run.people):
            run.note(found.tag, found.keyword, "Z", place)
        clean_pixel_data(kept, original=dataset)
        kept.file_meta = self._file_meta(kept, dataset)
        return kept

    def patient(self, dataset: Dataset) -> str:
        """The patient's pseudonym: from the id and its issuer, else the name and birth date, else the study."""
        identity = text(dataset, "PatientID")
        if identity:
            return pseudonym(self._key, "\n".join((identity, text(dataset, "IssuerOfPatientID"))))
        name = "\n".join((text(dataset, "PatientName").strip("^= "), text(dataset, "PatientBirthDate"))).strip()
        return pseudonym(self._key, name or text(dataset, "StudyInstanceUID"))

    def uid(self, original: str) -> str:
        """The UID in the place of ``original``; "" for ""."""
        return hashed_uid(self._key, original) if original else ""

    def _clean(self, dataset: Dataset, run: _Run, *, path: str) -> Dataset:
        kept = Dataset()
        for tag in dataset.keys():  # noqa: SIM118  a Dataset iterates over parsed elements, this over tags
            if tag in PIXELS and not path:
                kept.add(dataset[tag])
                continue
            if tag == _CHARACTER_SET:
                continue
            if tag.is_private:  # nobody knows what it says; not even parsed
                run.note(tag, "", "X", path)
                continue
            action = resolve(basic_action(tag), tag=tag, sop_class=run.sop_class, nested=bool(path))
            try:
                element = dataset[tag]
            except Exception:  # noqa: BLE001  whatever a broken value does to the parser, it does not stay
                run.note(tag, "", "X", path)
                continue
            self._act(element, action, kept, run, path=path)
        return kept

    def _act(self, element: DataElement, action: str, kept: Dataset, run: _Run, *, path: str) -> None:
        """Puts into ``kept`` what may stay of one element, and notes what was done."""
        tag, vr = element.tag, element.VR
        if action == "K" and not _trusted(element):
            action = "X"
        if vr == "SQ" and action in {"K", "U"}:
            place = f"{path}({tag.group:04X},{tag.element:04X})"
            items = [self._clean(item, run, path=f"{place}[{i}].") for i, item in enumerate(element.value)]
            kept.add(DataElement(tag, "SQ", Sequence(items)))
            return
        if action == "K":
            kept.add(element)
            return
        if vr != "SQ" and names_somebody(element):
            found = [value for value in texts_of(element) if not is_registered(value)]
            run.values.update(found)
            if vr == "PN" or element.keyword in _PERSONAL:
                run.people.update(found)
        if action == "U":
            uids = [uid if is_registered(uid) else self.uid(uid) for uid in texts_of(element)]
            kept.add(DataElement(tag, "UI", uids))
        elif action == "Z":
            kept.add(DataElement(tag, vr, Sequence() if vr == "SQ" else None))
        elif action == "D":
            kept.add(
                DataElement(
                    tag,
                    vr,
                    dummy_items(element.value, self._key) if vr == "SQ" else dummy(vr, self._key, element.value),
                )
            )
        run.note(tag, element.keyword, action, path)

    def _sign(self, kept: Dataset, original: Dataset) -> None:
        """The pseudonym, and the statement of what was done (PS3.15 E.1.1, PS3.3 C.12.1.1.7)."""
        kept.PatientName = kept.PatientID = self.patient(original)
        kept.SpecificCharacterSet = "ISO_IR 192"
        kept.PatientIdentityRemoved = "YES"
        kept.DeidentificationMethod = f"Winnow: {table().edition} Annex E Basic Profile"
        code = Dataset()
        code.CodeValue, code.CodingSchemeDesignator = "113100", "DCM"
        code.CodeMeaning = "Basic Application Confidentiality Profile"
        kept.DeidentificationMethodCodeSequence = Sequence([code])
        kept.LongitudinalTemporalInformationModified = "REMOVED"

    def _file_meta(self, kept: Dataset, original: Dataset) -> FileMetaDataset:
        """Written anew: nothing of the original but the kind of object and the encoding of its pixels.

        Files older than DICOM name no kind; they are filed as secondary capture, the kind without demands.
        """
        implicit = original.original_encoding[0] is not False
        meta = FileMetaDataset()
        meta.MediaStorageSOPClassUID = UID(_sop_class(original) or SecondaryCaptureImageStorage)
        meta.MediaStorageSOPInstanceUID = UID(text(kept, "SOPInstanceUID") or self.uid("no instance"))
        meta.TransferSyntaxUID = transfer_syntax(original) or (
            ImplicitVRLittleEndian if implicit else ExplicitVRLittleEndian
        )
        meta.ImplementationClassUID = UID(IMPLEMENTATION_UID)
        meta.ImplementationVersionName = "WINNOW"
        return meta


def _trusted(element: DataElement) -> bool:
    """Whether an attribute that may stay holds the kind of value the standard gives it."""
    return element.VR not in _ANYTHING or element.VR in dictionary_VR(element.tag).split(" or ")
