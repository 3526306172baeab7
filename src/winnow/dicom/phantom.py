"""Invented CT series as DICOM files, full of invented people: for the example project, tests and pictures."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom import dcmwrite
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID, CTImageStorage, ExplicitVRLittleEndian

from winnow.imaging.phantom import FIELD_OF_VIEW_MM, phantom_patient, phantom_slice

_FAMILY = ("Nova", "Okonkwo", "Lindqvist", "Marchetti", "Sorensen", "Abebe", "Kowalska", "Tanaka")
_GIVEN = ("Ada", "Bruno", "Carmen", "Dario", "Elif", "Farid", "Greta", "Hugo")
_HOSPITALS = ("Lakeside Invented Hospital", "Northgate Imaginary Clinic")
_INTERCEPT = -1024


def phantom_files(
    *, patients: int = 6, slices: int = 8, seed: int = 0, size: int = 256
) -> Iterator[tuple[str, bytes, NDArray[np.uint8]]]:
    """(path, DICOM file, true mask (H, W) uint8) of each slice, patient by patient from top to bottom."""
    for number in range(patients):
        rng = np.random.default_rng((seed, number))
        body = phantom_patient(rng=rng)
        person = _person(rng, seed=seed, number=number)
        levels = np.linspace(0.12, 0.88, slices) if slices > 1 else [0.5]
        for index, level in enumerate(levels):
            hu, mask = phantom_slice(rng=rng, size=size, patient=body, level=float(level))
            dataset = _slice(person, hu, index=index, level=float(level))
            folder = f"{person.PatientName.family_name}_{person.PatientName.given_name}".upper()
            yield f"{folder}/{person.StudyDate}/IM{index + 1:04d}.dcm", _file(dataset), mask


def write_phantom_series(
    zip_path: Path, *, patients: int = 6, slices: int = 8, seed: int = 0, size: int = 256
) -> dict[str, NDArray[np.uint8]]:
    """Writes the slices of ``phantom_files`` as a ZIP; answers the true mask of each by its SOP instance UID."""
    masks: dict[str, NDArray[np.uint8]] = {}
    with zipfile.ZipFile(zip_path, "w", zipfile.ZIP_DEFLATED) as archive:
        files = phantom_files(patients=patients, slices=slices, seed=seed, size=size)
        for position, (path, data, mask) in enumerate(files):
            archive.writestr(path, data)
            masks[phantom_uid(seed, position // slices, 3, position % slices)] = mask
    return masks


def phantom_uid(seed: int, number: int, kind: int, index: int = 0) -> str:
    """Invented UIDs under 2.25 that say where they belong: kind 0 study, 1 series, 2 frame of reference, 3 instance."""
    return f"2.25.{((seed + 1) << 64) + (number << 40) + (kind << 32) + index}"


def _person(rng: np.random.Generator, *, seed: int, number: int) -> Dataset:
    """Everything that is alike in the files of one patient: exactly what must not be stored."""
    day = f"2021{int(rng.integers(1, 13)):02d}{int(rng.integers(1, 29)):02d}"
    dataset = Dataset()
    dataset.SpecificCharacterSet = "ISO_IR 192"
    dataset.PatientName = f"{_FAMILY[number % len(_FAMILY)]}^{_GIVEN[(number * 3 + seed) % len(_GIVEN)]}"
    dataset.PatientID = f"LIH-{rng.integers(100000, 999999)}"
    dataset.PatientBirthDate = f"{int(rng.integers(1935, 1990))}0{int(rng.integers(1, 10))}17"
    dataset.PatientSex = str(rng.choice(["F", "M"]))
    dataset.PatientAge = f"0{int(rng.integers(31, 86))}Y"
    dataset.PatientAddress = f"{int(rng.integers(1, 99))} Nowhere Lane"
    dataset.InstitutionName = _HOSPITALS[number % len(_HOSPITALS)]
    dataset.ReferringPhysicianName = "Imaginary^Iris^^Dr"
    dataset.OperatorsName = "Fictive^Felix"
    dataset.StationName = f"CTROOM{number % 3 + 1}"
    dataset.AccessionNumber = f"A{rng.integers(1000000, 9999999)}"
    dataset.StudyID = str(number + 1)
    dataset.StudyDate = dataset.SeriesDate = dataset.AcquisitionDate = dataset.ContentDate = day
    dataset.StudyTime = dataset.SeriesTime = f"{int(rng.integers(8, 18)):02d}3000"
    dataset.StudyDescription = f"CT chest of {dataset.PatientName.given_name}"
    dataset.SeriesDescription = "Axial lung"
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID, dataset.FrameOfReferenceUID = (
        phantom_uid(seed, number, kind) for kind in (0, 1, 2)
    )
    dataset.Modality, dataset.Manufacturer = "CT", "Winnow phantom"
    dataset.SeriesNumber = 2
    dataset.private_block(0x0009, "WINNOW PHANTOM", create=True).add_new(0x01, "LO", f"Ward of {dataset.PatientName}")
    dataset[0x00090010].value = "WINNOW PHANTOM"
    return dataset


def _slice(person: Dataset, hu: NDArray[np.int16], *, index: int, level: float) -> Dataset:
    dataset = Dataset()
    dataset.update(person)
    series = UID(person.SeriesInstanceUID)
    dataset.SOPClassUID = CTImageStorage
    dataset.SOPInstanceUID = f"2.25.{int(series.split('.')[-1]) + (2 << 32) + index}"
    dataset.InstanceNumber = index + 1
    dataset.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    spacing = FIELD_OF_VIEW_MM / hu.shape[0]
    dataset.PixelSpacing = [f"{spacing:.6f}", f"{spacing:.6f}"]
    dataset.SliceThickness = "5"
    dataset.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    dataset.ImagePositionPatient = [-FIELD_OF_VIEW_MM / 2, -FIELD_OF_VIEW_MM / 2, round(-300 * level, 3)]
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.Rows, dataset.Columns = hu.shape
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = 16, 12, 11, 0
    dataset.RescaleIntercept, dataset.RescaleSlope, dataset.RescaleType = str(_INTERCEPT), "1", "HU"
    dataset.WindowCenter, dataset.WindowWidth = "-500", "1500"
    dataset.PixelData = (hu.astype(np.int32) - _INTERCEPT).clip(0, 4095).astype("<u2").tobytes()
    return dataset


def _file(dataset: Dataset) -> bytes:
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    buffer = io.BytesIO()
    dcmwrite(buffer, dataset, enforce_file_format=True)
    return buffer.getvalue()
