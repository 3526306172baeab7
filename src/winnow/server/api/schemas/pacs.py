"""A project's PACS, and what a search in it finds."""

from __future__ import annotations

from datetime import date

from ninja import Field, Schema
from pydantic import ConfigDict


class PacsIn(Schema):
    url: str = Field(min_length=1, max_length=500, description="of the DICOMweb service, http or https")
    user: str = Field("", max_length=150)
    password: str | None = Field(None, max_length=500, description="left out: the one that is stored")


class PacsOut(Schema):
    """``url`` is null where the project is connected to none; ``hosts`` are those that the administrator allows."""

    url: str | None
    user: str
    has_password: bool
    hosts: list[str]


class StudySearchIn(Schema):
    """What to search by; at least one of it."""

    model_config = ConfigDict(extra="forbid")

    patient_id: str = Field("", max_length=64)
    patient_name: str = Field("", max_length=200, description="or a part of it; * stands for any letters")
    since: date | None = Field(None, description="first day")
    until: date | None = Field(None, description="last day")
    modality: str = Field("", max_length=16)


class PacsStudyOut(Schema):
    """A study in the PACS. ``date`` is YYYYMMDD; ``series`` and ``images`` are null where the PACS does not count them."""

    study: str
    patient_name: str
    patient_id: str
    date: str
    description: str
    modalities: list[str]
    series: int | None
    images: int | None


class PacsStudiesOut(Schema):
    """``more``: the PACS has further ones, which a narrower search shows."""

    items: list[PacsStudyOut]
    more: bool


class StudyIn(Schema):
    study: str = Field(max_length=64, description="its UID")


class PacsSeriesOut(Schema):
    series: str
    number: int | None
    modality: str
    description: str
    body_part: str
    images: int | None


class SeriesIn(Schema):
    study: str = Field(max_length=64)
    series: str = Field(max_length=64)


class PullIn(Schema):
    series: list[SeriesIn] = Field(min_length=1, max_length=1000)
