"""De-identification: PS3.15 Annex E, Basic Application Confidentiality Profile and its options, applied from the table.

A new data set is built of what may stay; nothing is ever copied and cleaned afterwards.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydicom.datadict import dictionary_VR
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.tag import BaseTag
from pydicom.uid import UID, ExplicitVRLittleEndian, ImplicitVRLittleEndian, SecondaryCaptureImageStorage

from winnow.dicom.account import Change, Regions, Run
from winnow.dicom.cleaning import cleaned, days_for, safe_private
from winnow.dicom.frames import clean_pixel_data
from winnow.dicom.identity import PIXELS, patient_identity
from winnow.dicom.options import Options
from winnow.dicom.overlays import silent_overlays
from winnow.dicom.reasons import transfer_syntax
from winnow.dicom.refusal import refuse_unsafe, sop_class
from winnow.dicom.rules import PROFILE, basic_action, chosen_action, resolve
from winnow.dicom.sweep import sweep
from winnow.dicom.values import (
    dummy,
    dummy_items,
    fingerprint,
    hashed_uid,
    is_registered,
    pseudonym,
    text,
    texts_of,
)
from winnow.errors import CannotDeidentify

IMPLEMENTATION_UID = "2.25.220484093921183547632217460198461217345"
_CHARACTER_SET = 0x00080005
# kinds of value that can hold anything: out of place, they are not trusted
# short texts, which are searched for names whatever attribute they stand in; real files take one for another
_SHORT_TEXTS = frozenset({"AE", "CS", "LO", "SH"})


@dataclass(frozen=True)
class Deidentified:
    """``dataset`` may be stored. ``values`` are the original identifying values: for memory only, never stored."""

    dataset: Dataset
    changes: list[Change]
    values: set[str]


@dataclass(frozen=True)
class _Place:
    """Where in the data set: the path of the item, and the sequence that holds it."""

    path: str = ""
    sequence: int | None = None

    def item(self, tag: BaseTag, index: int) -> _Place:
        return _Place(f"{self.path}({tag.group:04X},{tag.element:04X})[{index}].", tag)


class Deidentifier:
    """Applies the profile with one key: UIDs, patients and dates map alike in every file given to the same key."""

    def __init__(self, key: bytes, options: Options | None = None) -> None:
        self._key, self._options = key, options or Options()

    def apply(self, dataset: Dataset, *, pixels_cleaned: bool = False, blanked: Regions = ()) -> Deidentified:
        """A de-identified copy; the original is left as it is, pixel data are shared, not copied.

        pixels_cleaned : whether the pixels, as they will be stored, were searched for text and cleaned of it
        blanked        : where text was found, to say so; whoever stores the pixels overwrites them
        raises : CannotDeidentify for what ``refuse_unsafe`` names and for what holds no image
        source : PS3.15 Annex E.1.1, E.3 and Table E.1-1
        """
        refuse_unsafe(dataset, pixels_cleaned=pixels_cleaned)
        if not any(tag in dataset for tag in PIXELS):
            raise CannotDeidentify("It holds no image: only images can be made safe to store.")
        run = Run(
            sop_class=sop_class(dataset),
            days=days_for(self._key, patient_identity(dataset)),
            overlays=silent_overlays(dataset) if self._options.clean_graphics else frozenset(),
        )
        with warnings.catch_warnings():
            # odd values are removed or kept by the table, whatever pydicom thinks of them
            warnings.simplefilter("ignore")
            try:
                kept = self._rebuilt(dataset, run)
                self._sign(kept, dataset, pixels_cleaned=pixels_cleaned)
                kept.file_meta = self._file_meta(kept, dataset)
            except CannotDeidentify:
                raise
            except Exception as error:  # when in doubt, nothing is kept
                raise CannotDeidentify("Its header is too damaged to be made safe to store.") from error
        if blanked:
            pixels = dataset[next(tag for tag in PIXELS if tag in dataset)]
            run.note(pixels.tag, pixels.keyword, "C", "", fingerprint(self._key, pixels), regions=blanked)
        return Deidentified(dataset=kept, changes=run.changes, values=run.values)

    def patient(self, dataset: Dataset) -> str:
        """The patient's pseudonym."""
        return pseudonym(self._key, patient_identity(dataset))

    def uid(self, original: str) -> str:
        """The UID in the place of ``original``; "" for ""."""
        return hashed_uid(self._key, original) if original and not self._options.retain_uids else original

    def _rebuilt(self, dataset: Dataset, run: Run) -> Dataset:
        kept = self._clean(dataset, run, _Place())
        for found, place in sweep(kept, run.people, run.places):
            run.note(found.tag, found.keyword, "Z", place, fingerprint(self._key, found))
        clean_pixel_data(kept, original=dataset)
        return kept

    def _clean(self, dataset: Dataset, run: Run, place: _Place) -> Dataset:
        kept = Dataset()
        private: Mapping[int, DataElement] = safe_private(dataset) if self._options.retain_safe_private else {}
        for tag in dataset.keys():  # noqa: SIM118  a Dataset iterates over parsed elements, this over tags
            if tag in PIXELS and not place.path:
                kept.add(dataset[tag])
            elif tag in private:
                kept.add(private[tag])
            elif tag != _CHARACTER_SET:
                self._clean_one(dataset, tag, kept, run, place)
        return kept

    def _clean_one(self, dataset: Dataset, tag: BaseTag, kept: Dataset, run: Run, place: _Place) -> None:
        old = fingerprint(self._key, dataset.get_item(tag))
        try:
            element = dataset[tag]
        except Exception:  # noqa: BLE001  whatever a broken value does to the parser, it does not stay
            run.note(tag, "", "X", place.path, old)
            return
        if tag.is_private:
            run.remember(element)
            run.note(tag, "", "X", place.path, old)
            return
        action, value = self._decide(element, run, place)
        if action != "K":
            run.remember(element)
        if action == "C" and value == element.value:
            action = "K"
        if action != "K":
            run.note(tag, element.keyword, action, place.path, old)
        if action != "X":
            kept.add(element if action == "K" and element.VR != "SQ" else DataElement(tag, element.VR, value))

    def _decide(self, element: DataElement, run: Run, place: _Place) -> tuple[str, Any]:
        """What is done to an element, one letter, and its new value."""
        option, code = chosen_action(element.tag, self._options)
        if option == "clean_graphics" and element.VR != "SQ":
            # a plane stays as it is or goes; what it is called and comments on it go
            plane = element.tag.group in run.overlays and element.VR != "LT" and not place.path
            return ("K", element.value) if plane else ("X", None)
        if code == "C" and element.VR != "SQ":
            value = cleaned(element, option=option, days=run.days)
            if value is not None:
                return "C", value
            option, code = "", basic_action(element.tag)
        action = resolve(code, tag=element.tag, sop_class=run.sop_class, sequence=place.sequence)
        if action == "K" and not _trusted(element):
            action = "X"
        if element.VR == "SQ" and action in {"K", "U", "C"}:
            items = (self._clean(item, run, place.item(element.tag, i)) for i, item in enumerate(element.value))
            return "K", Sequence(items)
        return action, self._replacement(element, action)

    def _replacement(self, element: DataElement, action: str) -> Any:
        is_sequence = element.VR == "SQ"
        if action == "U":
            # the Retain UIDs Option keeps those that the table says, and no code U comes here for them
            return [uid if is_registered(uid) else hashed_uid(self._key, uid) for uid in texts_of(element)]
        if action == "D":
            return dummy_items(element.value, self._key) if is_sequence else dummy(element.VR, self._key, element.value)
        return Sequence() if is_sequence else None

    def _sign(self, kept: Dataset, original: Dataset, *, pixels_cleaned: bool) -> None:
        """The pseudonym, and the statement of what was done (PS3.15 E.1.1, PS3.3 C.7.1.1 and C.12.1.1.7)."""
        kept.PatientName = kept.PatientID = self.patient(original)
        kept.SpecificCharacterSet = "ISO_IR 192"
        kept.PatientIdentityRemoved = "YES"
        method = f"Winnow: {PROFILE} Annex E Basic Profile"
        codes = self._options.codes(pixels_cleaned=pixels_cleaned)
        kept.DeidentificationMethod = [method, *(meaning for _, meaning in codes[1:])]
        kept.DeidentificationMethodCodeSequence = Sequence()
        for value, meaning in codes:
            code = Dataset()
            code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = value, "DCM", meaning
            kept.DeidentificationMethodCodeSequence.append(code)
        if pixels_cleaned:
            kept.BurnedInAnnotation = "NO"
        kept.LongitudinalTemporalInformationModified = "MODIFIED" if self._options.retain_modified_dates else "REMOVED"

    def _file_meta(self, kept: Dataset, original: Dataset) -> FileMetaDataset:
        """Written anew: nothing of the original but the kind of object and the encoding of its pixels.

        Files older than DICOM name no kind; they are filed as secondary capture, the kind without demands.
        """
        implicit = original.original_encoding[0] is not False
        meta = FileMetaDataset()
        meta.MediaStorageSOPClassUID = UID(sop_class(original) or SecondaryCaptureImageStorage)
        meta.MediaStorageSOPInstanceUID = UID(text(kept, "SOPInstanceUID") or hashed_uid(self._key, "no instance"))
        meta.TransferSyntaxUID = transfer_syntax(original) or (
            ImplicitVRLittleEndian if implicit else ExplicitVRLittleEndian
        )
        meta.ImplementationClassUID = UID(IMPLEMENTATION_UID)
        meta.ImplementationVersionName = "WINNOW"
        return meta


def _trusted(element: DataElement) -> bool:
    """Whether an attribute that may stay holds the kind of value the standard gives it.

    A file decides its own kinds of value: a name's bytes labelled as numbers are numbers, in which nobody finds it.
    """
    return element.VR in _SHORT_TEXTS or element.VR in dictionary_VR(element.tag).split(" or ")
