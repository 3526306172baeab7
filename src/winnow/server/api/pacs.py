"""Doors to a project's PACS: connect, search, pull. Managers only.

What is searched for and found travels in bodies, never in addresses, which proxies write down.
"""

from __future__ import annotations

from django.conf import settings
from django.http import HttpResponse
from ninja import Router

from winnow.dicom.web import FoundSeries, Study
from winnow.server.api import shapes
from winnow.server.api.route import Request, route
from winnow.server.api.schemas.jobs import JobOut
from winnow.server.api.schemas.pacs import (
    PacsIn,
    PacsOut,
    PacsSeriesOut,
    PacsStudiesOut,
    PacsStudyOut,
    PullIn,
    StudyIn,
    StudySearchIn,
)
from winnow.server.models import Pacs
from winnow.server.services import pacs

router = Router(tags=["pacs"])
ONE = "/projects/{int:project_id}/pacs"


@route(router, "GET", ONE, needs="manager", operation_id="getPacs", response={200: PacsOut})
def get_pacs(request: Request, project_id: int) -> PacsOut:
    """The project's connection to a PACS, without its password; and which hosts the administrator allows."""
    return _out(pacs.find(project=request.project))


@route(router, "PUT", ONE, needs="manager", operation_id="connectPacs", response={200: PacsOut})
def connect_pacs(request: Request, project_id: int, body: PacsIn) -> PacsOut:
    """Connect to a PACS by DICOMweb. It is asked first whether it answers: if it does not, everything stays as it was.

    The password is stored encrypted and never sent back. Leave it out to keep the one that is stored.
    """
    made = pacs.connect(
        project=request.project, url=body.url, user=body.user, password=body.password, actor=request.auth
    )
    return _out(made)


@route(router, "DELETE", ONE, needs="manager", operation_id="disconnectPacs", response={204: None})
def disconnect_pacs(request: Request, project_id: int) -> None:
    """Forget the connection and its password."""
    pacs.disconnect(project=request.project, actor=request.auth)


@route(router, "POST", f"{ONE}/studies", needs="manager", operation_id="searchPacs", response={200: PacsStudiesOut})
def search_pacs(request: Request, response: HttpResponse, project_id: int, body: StudySearchIn) -> PacsStudiesOut:
    """Search the PACS for studies (QIDO-RS). The answer names patients: it is not stored, and should not be by its reader."""
    response["Cache-Control"] = "no-store"
    found, more = pacs.studies(project=request.project, actor=request.auth, **body.model_dump())
    return PacsStudiesOut(items=[_study_out(study) for study in found], more=more)


@route(
    router, "POST", f"{ONE}/series", needs="manager", operation_id="listPacsSeries", response={200: list[PacsSeriesOut]}
)
def list_pacs_series(request: Request, response: HttpResponse, project_id: int, body: StudyIn) -> list[PacsSeriesOut]:
    """The series of a study that a search found."""
    response["Cache-Control"] = "no-store"
    return [_series_out(one) for one in pacs.series(project=request.project, study=body.study)]


@route(router, "POST", f"{ONE}/pull", needs="manager", operation_id="pullSeries", response={202: JobOut})
def pull_series(request: Request, project_id: int, body: PullIn) -> JobOut:
    """Take series from the PACS (WADO-RS) through the same de-identification as any upload; answers the ingest job."""
    wanted = [(one.study, one.series) for one in body.series]
    return shapes.job_out(pacs.pull(project=request.project, wanted=wanted, actor=request.auth))


def _out(row: Pacs | None) -> PacsOut:
    return PacsOut(
        url=row.url if row else None,
        user=row.user if row else "",
        has_password=bool(row and row.secret),
        hosts=settings.WINNOW_PACS_HOSTS,
    )


def _study_out(study: Study) -> PacsStudyOut:
    return PacsStudyOut(
        study=study.uid,
        patient_name=study.patient_name,
        patient_id=study.patient_id,
        date=study.date,
        description=study.description,
        modalities=list(study.modalities),
        series=study.series,
        images=study.images,
    )


def _series_out(one: FoundSeries) -> PacsSeriesOut:
    return PacsSeriesOut(
        series=one.uid,
        number=one.number,
        modality=one.modality,
        description=one.description,
        body_part=one.body_part,
        images=one.images,
    )
