"""What the routes of guards' reports answer. Times are epoch seconds; places WGS-84."""

from __future__ import annotations

from typing import Literal

from console.http.answers import Answer, NamedAnswer
from console.reports.reports import Kind


class OwnReportAnswer(Answer):
    """A report as the guard who sent it reads it, with what became of it."""

    id: str
    kind: Kind | Literal["task"]
    """`task`: a picture of a task, no finding by itself."""
    words: str
    at: float
    """By the phone's clock, at its arrival at the latest."""
    received_at: float
    promised: Literal["", "photo", "voice"]
    """What follows, or followed, after the words."""
    state: Literal["new", "incident", "closed", "task"]
    decided_at: float | None
    decided_note: str
    lon: float | None
    lat: float | None
    dispatch_id: str | None
    """The task that its picture was taken at."""
    incident_state: Literal["open", "handled", "closed", "withdrawn"] | None
    """Of the incident that it belongs to; None: there is none."""
    incident_note: str
    media_state: Literal["none", "coming", "here", "purged"]


class OwnReportDoneAnswer(Answer):
    """The guard's report as it stands now."""

    report: OwnReportAnswer


class ReportGuardAnswer(Answer):
    """Who sent a report, and on which number he is reached."""

    id: str
    name: str
    phone: str


class ReportAnswer(OwnReportAnswer):
    """A report as the command room reads it."""

    guard_id: str
    unit_id: str
    shift_id: str | None
    area_id: str | None
    """Of the shift that ran then."""
    accuracy_m: float | None
    media_type: str
    media_sha256: str | None
    media_at: float | None
    """When picture or voice arrived."""
    decided_by: str
    alert_id: str | None
    """By which an incident made of it is handled at the desk."""
    incident_id: str | None
    purged_at: float | None
    certificate: int | None
    """Number of the certificate of its purge."""
    kept_from: float | None
    keep_days: int | None
    keep_until: float
    """When picture or voice may go at the earliest, on the database's clock."""
    guard: ReportGuardAnswer
    unit: NamedAnswer
    place_name: str
    """The checkpoint near it, else the area of the shift; empty: neither is known."""


class ReportDoneAnswer(Answer):
    """The report as it stands now."""

    report: ReportAnswer
