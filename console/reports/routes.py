"""Guards' reports: sent from the phone, seen and decided in the command room."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Response
from pydantic import Field
from sqlalchemy import select

from console.access.permissions import Here, requires
from console.access.scope import missing
from console.access.sessions import Caller
from console.evidence.footage import check_whole, file_response
from console.evidence.terms import Arrival
from console.http.answers import Page, gives, gives_file
from console.http.bodies import Form, Limited
from console.http.replies import ListPosition, listed, newest_first, reply
from console.incidents.answers import OneIncidentAnswer
from console.incidents.views import incident_views
from console.reports import reports
from console.reports.answers import OwnReportAnswer, OwnReportDoneAnswer, ReportAnswer, ReportDoneAnswer
from console.reports.media import media_of
from console.reports.reports import Kind, ReportedFinding
from console.reports.tables import GuardReport
from console.reports.views import own_views, report_views
from lianqin.errors import NotFoundError
from lianqin.lengths import most

router = APIRouter(prefix="/api")
Own = Annotated[Caller, requires("own.task")]
Sees = Annotated[Caller, requires("incident.see")]
Handles = Annotated[Caller, requires("incident.handle")]
LAST = 20
MOST_BYTES = 3_000_000


class ReportForm(Form):
    """`id`: the phone's own, so that a queue may send it twice; `promised`: what follows to `/media`; `dispatch_id` with kind `task`."""

    id: Annotated[str, Field(pattern=r"^gr-[0-9a-f]{16,40}$")]
    kind: Kind | Literal["task"]
    at: Annotated[float, Field(gt=0, lt=1e10, allow_inf_nan=False)]
    words: Annotated[str, Field(max_length=most(GuardReport.words))] = ""
    promised: Literal["", "photo", "voice"] = ""
    lon: Annotated[float, Field(ge=-180, le=180)] | None = None
    lat: Annotated[float, Field(ge=-90, le=90)] | None = None
    accuracy_m: Annotated[float, Field(ge=0, le=1e6)] | None = None
    dispatch_id: Annotated[str, Field(max_length=most(GuardReport.dispatch_id))] | None = None


class ReportNoteForm(Form):
    note: Annotated[str, Field(max_length=most(GuardReport.decided_note))]


def _own(caller: Caller) -> str:
    if not caller.actor.guard_id:
        raise missing("guard", "")
    return caller.actor.guard_id


@router.get("/m/reports")
@gives(Page[OwnReportAnswer])
def my_reports(console: Here, caller: Own) -> Response:
    """The newest, each with what became of it."""
    query = select(GuardReport).where(GuardReport.guard_id == _own(caller)).order_by(GuardReport.received_at.desc())
    with console.store.read() as session:
        return listed(own_views(session, list(session.scalars(query.limit(LAST)))), None)


@router.post("/m/reports")
@gives(OwnReportDoneAnswer)
def send(console: Here, caller: Own, form: ReportForm) -> Response:
    with console.store.write() as session:
        finding = ReportedFinding(**form.model_dump())
        arrival = Arrival(console.clock.at_database(session), console.settings.evidence_days)
        row = reports.do_report(session, caller.actor, _own(caller), finding, console.clock.now(), arrival)
        return reply({"report": own_views(session, [row])[0]})


@router.post("/m/reports/{report_id}/media")
@gives(OwnReportDoneAnswer)
def attach(
    console: Here, caller: Own, report_id: str, body: Annotated[bytes, Depends(Limited(MOST_BYTES, "report.large"))]
) -> Response:
    """The picture or voice as it is, of a report that promised it. On the answer it is durable; again it changes nothing."""
    guard_id = _own(caller)
    with console.store.read() as session:
        row = reports.own_report(session, guard_id, report_id)
        awaited = reports.check_media(row)
        if awaited is None:
            return reply({"report": own_views(session, [row])[0]})
    media = media_of(awaited, body)
    path, sha256 = reports.keep(console.evidence, row, media.data, media.ending)
    with console.store.write() as session:
        row = reports.own_report(session, guard_id, report_id)
        if reports.check_media(row) is not None:
            reports.do_attach(session, caller.actor, row, path, media.media_type, sha256, console.clock.now())
        return reply({"report": own_views(session, [row])[0]})


@router.get("/reports")
@gives(Page[ReportAnswer])
def list_reports(
    *, console: Here, _: Sees, state: Literal["new", "incident", "closed", "task"] | None = None, cursor: str | None = None,
    limit: int = 50,
) -> Response:  # fmt: skip
    query = select(GuardReport)
    if state:
        query = query.where(GuardReport.state == state)
    with console.store.read() as session:
        rows, following = newest_first(
            session, query, order=GuardReport.received_at, key=GuardReport.id, cursor=cursor, limit=limit,
            position=lambda row: ListPosition(row.received_at, row.id),
        )  # fmt: skip
        return listed(report_views(session, rows, console.settings.evidence_days), following)


@router.get("/reports/{report_id}/media")
@gives_file("image/jpeg", "audio/webm", "audio/ogg", "audio/mp4")
def media(console: Here, caller: Sees, report_id: str) -> Response:
    """The look is registered first."""
    with console.store.read() as session:
        row = reports.get_report(session, report_id)
    if row.purged_at is not None:
        raise NotFoundError("evidence.gone", f"purged, certificate {row.certificate}", number=row.certificate)
    if row.media is None:
        raise NotFoundError("report.media_missing", f"report {report_id} has neither picture nor voice")
    console.evidence.size(row.media)
    check_whole(console, row.media, row.media_sha256)
    console.looks.register(
        caller.actor, "report.look", "guard_report", row.id, purpose="incident", case_ref=row.id,
        sha256=console.digests.of(row.media),
    )  # fmt: skip
    return file_response(console, row.media, row.media_type, None, {})


@router.post("/reports/{report_id}/incident")
@gives(OneIncidentAnswer)
def make_incident(console: Here, caller: Handles, report_id: str) -> Response:
    with console.store.write() as session:
        row = reports.do_make_incident(session, caller.actor, report_id, console.clock.now())
        return reply({"incident": incident_views(session, [row])[0]})


@router.post("/reports/{report_id}/close")
@gives(ReportDoneAnswer)
def close(console: Here, caller: Handles, report_id: str, form: ReportNoteForm) -> Response:
    with console.store.write() as session:
        row = reports.do_close(session, caller.actor, report_id, form.note, console.clock.now())
        return reply({"report": report_views(session, [row], console.settings.evidence_days)[0]})
