"""Who a file is about, and what in it says so."""

from __future__ import annotations

from pydicom.dataset import Dataset

from winnow.dicom.rules import basic_action
from winnow.dicom.values import is_registered, names_somebody, text, texts_of

PIXELS = (0x7FE00010, 0x7FE00008, 0x7FE00009)


def patient_identity(dataset: Dataset) -> str:
    """What tells the patient from others: the id and its issuer, else the name and birth date, else the study."""
    identity = text(dataset, "PatientID")
    if identity:
        return "\n".join((identity, text(dataset, "IssuerOfPatientID")))
    name = "\n".join((text(dataset, "PatientName").strip("^= "), text(dataset, "PatientBirthDate"))).strip()
    return name or text(dataset, "StudyInstanceUID")


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
