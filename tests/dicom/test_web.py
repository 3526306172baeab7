"""Searching and pulling from a real PACS."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pacs.orthanc import PASSWORD, USER, Orthanc
from pydicom import dcmread

from winnow.dicom.phantom import phantom_files, phantom_uid
from winnow.dicom.web import Budget, Server, retrieve_series, search_series, search_studies
from winnow.errors import InvalidInput, PacsAway, PacsRefuses, TooLarge

FILES = [data for _, data, _ in phantom_files(patients=3, slices=4, size=32)]
HEADERS = [dcmread(io.BytesIO(data), stop_before_pixels=True) for data in FILES]


@pytest.fixture
def server(orthanc: Orthanc) -> Server:
    orthanc.fill(FILES)
    return Server(orthanc.url, user=USER, password=PASSWORD, seconds=20)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "pulled").mkdir()
    return tmp_path / "pulled"


def names(found: tuple[list[Any], bool]) -> set[str]:
    return {study.patient_name for study in found[0]}


def pull(server: Server, folder: Path, **budget: int) -> int:
    numbers = iter(range(100))
    return retrieve_series(
        server, study=phantom_uid(0, 1, 0), series=phantom_uid(0, 1, 1), check=lambda: None,
        next_file=lambda: folder / str(next(numbers)), budget=Budget(**({"files": 9, "bytes": 1 << 20, "file_bytes": 1 << 20} | budget)),
    )  # fmt: skip


def test_studies_are_found_by_what_is_given(server: Server) -> None:
    first = HEADERS[0]
    assert len(search_studies(server, modality="CT")[0]) == 3
    assert search_studies(server, modality="MR") == ([], False)
    assert names(search_studies(server, patient_id=first.PatientID)) == {str(first.PatientName)}
    assert names(search_studies(server, patient_name="nova")) == {"Nova^Ada"}
    assert names(search_studies(server, patient_name="Nova, Ada")) == {"Nova^Ada"}
    assert names(search_studies(server, patient_name="ada")) == {"Nova^Ada"}
    assert search_studies(server, patient_name="nobody") == ([], False)


def test_days_bound_a_search(server: Server) -> None:
    days = sorted(date.fromisoformat(header.StudyDate) for header in HEADERS[::4])
    assert len(search_studies(server, since=days[0], until=days[-1])[0]) == 3
    assert [study.date for study in search_studies(server, until=days[0])[0]] == [f"{days[0]:%Y%m%d}"]
    assert [study.date for study in search_studies(server, since=days[-1])[0]] == [f"{days[-1]:%Y%m%d}"]


def test_a_study_says_what_it_holds(server: Server) -> None:
    (study,) = search_studies(server, patient_id=HEADERS[4].PatientID)[0]
    header = HEADERS[4]
    assert (study.uid, study.description) == (header.StudyInstanceUID, header.StudyDescription)
    assert (study.modalities, study.series, study.images) == (["CT"], 1, 4)
    (series,) = search_series(server, study=study.uid)
    assert (series.uid, series.modality, series.number, series.images) == (header.SeriesInstanceUID, "CT", 2, 4)
    assert series.description == "Axial lung"


def test_more_than_the_limit_is_said(server: Server) -> None:
    assert [search_studies(server, modality="CT", limit=limit)[1] for limit in (2, 3)] == [True, False]
    assert len(search_studies(server, modality="CT", limit=2)[0]) == 2


def test_a_series_comes_as_it_is_stored(server: Server, folder: Path) -> None:
    assert pull(server, folder) == 4
    came = [dcmread(path) for path in sorted(folder.iterdir())]
    assert {one.SOPInstanceUID: one.PixelData for one in came} == {
        header.SOPInstanceUID: dcmread(io.BytesIO(data)).PixelData
        for header, data in zip(HEADERS[4:8], FILES[4:8], strict=True)
    }
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}


@pytest.mark.parametrize(
    ("budget", "setting"),
    [
        ({"files": 3}, "WINNOW_MAX_ARCHIVE_FILES"),
        ({"bytes": 5000}, "WINNOW_MAX_UPLOAD_BYTES"),
        ({"file_bytes": 900}, "WINNOW_MAX_FILE_BYTES"),
    ],
)
def test_what_goes_over_a_limit_ends_it(server: Server, folder: Path, budget: dict[str, int], setting: str) -> None:
    with pytest.raises(TooLarge, match=setting):
        pull(server, folder, **budget)
    assert sum(path.stat().st_size for path in folder.iterdir()) <= budget.get("bytes", 1 << 20)


def test_a_wrong_password_is_refused(orthanc: Orthanc) -> None:
    with pytest.raises(PacsRefuses, match="user name or the password"):
        search_studies(Server(orthanc.url, user=USER, password="wrong"), modality="CT")


def test_a_series_that_is_not_there_is_refused(orthanc: Orthanc, folder: Path) -> None:
    with pytest.raises((PacsRefuses, PacsAway)):
        pull(Server(orthanc.url, user=USER, password=PASSWORD), folder)


def test_only_uids_become_part_of_an_address(server: Server, folder: Path) -> None:
    for uid in ("../../instances", "1.2?x=1", "", "1.2\n"):
        with pytest.raises(InvalidInput):
            search_series(server, study=uid)
        with pytest.raises(InvalidInput):
            retrieve_series(
                server, study="1.2", series=uid, next_file=lambda: folder / "0", budget=Budget(1, 1, 1), check=lambda: None
            )  # fmt: skip
