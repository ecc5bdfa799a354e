"""The guard's own page: his shift, his calls, his tasks, his score, and who looked at his trail."""

from __future__ import annotations

from typing import Annotated, Final, Literal

import msgspec
from fastapi import APIRouter, Request, Response
from pydantic import Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from console.access.permissions import Here, requires
from console.access.scope import missing
from console.access.sessions import Caller
from console.acts.acts import acts_of, contact_token
from console.audit.own_looks import looks_at
from console.calls.answers import PointCallDoneAnswer
from console.checks import review_views
from console.dispatch.answers import OneDispatchAnswer
from console.dispatch.task_views import task_views
from console.duty.answers import ShiftDoneAnswer
from console.evidence.footage import blurred_response
from console.guards.tracker import tracker_of
from console.guards.views import (
    dispatch_view,
    get_dispatch,
    get_guard,
    get_point_call,
    guard_view,
    point_call_view,
    shift_view,
)
from console.http.answers import gives, gives_file
from console.http.bodies import Form
from console.http.problems import language_of
from console.http.replies import Shown, reply
from console.incidents import incidents
from console.incidents.tables import Incident
from console.phone.answers import MyShiftClosedAnswer, MyStateAnswer
from console.scores import scores
from lianqin import feed
from lianqin.lengths import most
from patrol.calls import calls
from patrol.calls.calls import AnswerPlace
from patrol.calls.tables import PointCall
from patrol.dispatch import closing, dispatches
from patrol.dispatch.tables import Dispatch
from patrol.duty import shifts
from patrol.duty.tables import Shift

router = APIRouter(prefix="/api/m")
Guard = Annotated[Caller, requires("own.task")]
OPEN_DISPATCHES: Final = ("called", "accepted", "arrived")


class OwnOpenForm(Form):
    area_id: str | None = None


class OwnCloseForm(Form):
    """`confirm` with a reason: in spite of what is open."""

    confirm: bool = False
    reason: Annotated[str, Field(max_length=most(Shift.closed_note))] = ""
    how: Literal["ended", "ill"] = "ended"


class CallAnswerForm(Form):
    answered_at: Annotated[float, Field(gt=0, lt=1e10, allow_inf_nan=False)]
    lon: Annotated[float, Field(ge=-180, le=180)] | None = None
    lat: Annotated[float, Field(ge=-90, le=90)] | None = None
    accuracy_m: Annotated[float, Field(ge=0, le=1e6)] | None = None


class RefusalForm(Form):
    """`reason`: a key of `patrol.dispatch.refusals.REASONS`."""

    reason: Annotated[str, Field(min_length=1, max_length=most(Dispatch.refused_code))]
    note: Annotated[str, Field(max_length=most(Dispatch.refused_reason))] = ""


class TaskDoneForm(Form):
    note: Annotated[str, Field(max_length=most(Dispatch.done_note))] = ""


def _own(caller: Caller) -> str:
    """Raises NotFoundError `guard.missing` for an account without its guard."""
    if not caller.actor.guard_id:
        raise missing("guard", "")
    return caller.actor.guard_id


def _score(session: Session, guard_id: str) -> Shown | None:
    query = select(Shift).where(Shift.guard_id == guard_id, Shift.closed_at.is_not(None))
    for shift in session.scalars(query.order_by(Shift.opened_at.desc()).limit(5)).unique():
        if scores.lines_of(session, [shift.id])[shift.id]:
            return scores.score_view(session, shift, shift_view(shift))
    return None


def _open_shift(session: Session, guard_id: str, at: float) -> Shift | None:
    return shifts.open_shift_of(session, guard_id, at)


@router.get("/state")
@gives(MyStateAnswer)
def state(console: Here, caller: Guard, request: Request) -> Response:
    guard_id = _own(caller)
    with console.store.read() as session:
        guard = get_guard(session, caller.actor, guard_id)
        shift = _open_shift(session, guard_id, console.clock.now())
        waiting = session.scalars(
            select(PointCall)
            .where(PointCall.guard_id == guard_id, PointCall.verdict.is_(None), PointCall.answered_at.is_(None))
            .order_by(PointCall.called_at)
        ).unique()
        tasks = session.scalars(
            select(Dispatch)
            .where(Dispatch.guard_id == guard_id, Dispatch.state.in_(OPEN_DISPATCHES))
            .order_by(Dispatch.called_at)
        ).unique()
        return reply({
            "guard": guard_view(guard), "shift": shift_view(shift) if shift else None,
            "point_calls": [point_call_view(session, row) for row in waiting],
            "dispatches": task_views(session, list(tasks)),
            "score": _score(session, guard_id), "looks": looks_at(session, guard_id, console.clock.now()), "now": console.clock.now(),
            "decisions": review_views.of_guard(session, guard_id, console.clock.now()),
            "acts": acts_of(session, guard_id, console.clock.now(), language_of(request)), "contact": contact_token(console, guard_id),
            "tracker": tracker_of(console, session, guard_id, shift, console.clock.now()),
        })  # fmt: skip


@router.post("/shift/open")
@gives(ShiftDoneAnswer)
def open_shift(console: Here, caller: Guard, form: OwnOpenForm) -> Response:
    with console.store.write() as session:
        row = shifts.do_open(session, caller.actor, _own(caller), form.area_id, 8, console.clock.now())
        row.opened_how = "phone"
        session.flush()
        return reply({"shift": shift_view(row)})


@router.post("/shift/close")
@gives(MyShiftClosedAnswer)
def close_shift(console: Here, caller: Guard, form: OwnCloseForm | None = None) -> Response:
    """409 `shift.close_asks` with what is open while a task runs or the due end lies ahead; again with `confirm` and a
    reason it closes."""
    at, form = console.clock.now(), form or OwnCloseForm()
    with console.store.write() as session:
        shift = _open_shift(session, _own(caller), at)
        if shift is None:
            raise missing("shift", "open")
        closing.check_end(session, shift, at, confirm=form.confirm, reason=form.reason)
        row = shifts.do_close(session, caller.actor, shift.id, at, form.how, form.reason)
        session.flush()
        return reply({"shift": shift_view(row), "reopen_until": at + console.settings.reopen_minutes * 60})


@router.post("/shift/reopen")
@gives(ShiftDoneAnswer)
def reopen(console: Here, caller: Guard) -> Response:
    """An end by mistake is taken back: the same shift goes on, the time between is not known."""
    with console.store.write() as session:
        within = console.settings.reopen_minutes * 60
        row = shifts.do_reopen(session, caller.actor, _own(caller), console.clock.now(), within)
        return reply({"shift": shift_view(row)})


@router.post("/point-calls/{call_id}/receipt")
@gives(PointCallDoneAnswer)
def receipt(console: Here, caller: Guard, call_id: str) -> Response:
    with console.store.write() as session:
        row = get_point_call(session, caller.actor, call_id)
        row = calls.do_receipt(session, caller.actor, row.id, console.clock.now())
        session.flush()
        return reply({"point_call": point_call_view(session, row)})


@router.post("/point-calls/{call_id}/answer")
@gives(PointCallDoneAnswer)
def answer(console: Here, caller: Guard, call_id: str, form: CallAnswerForm) -> Response:
    place = None
    if form.lon is not None and form.lat is not None:
        place = AnswerPlace(lon=form.lon, lat=form.lat, accuracy_m=form.accuracy_m)
    with console.store.write() as session:
        row = get_point_call(session, caller.actor, call_id)
        row = calls.do_answer(session, caller.actor, row.id, form.answered_at, place, console.clock.now(),
                              calls.limits_of(console.settings))  # fmt: skip
        session.flush()
        return reply({"point_call": point_call_view(session, row)})


@router.post("/dispatches/{dispatch_id}/accept")
@gives(OneDispatchAnswer)
def accept(console: Here, caller: Guard, dispatch_id: str) -> Response:
    at = console.clock.now()
    with console.store.write() as session:
        row = get_dispatch(session, caller.actor, dispatch_id)
        row = dispatches.do_accept(session, caller.actor, row.id, at)
        return _told(session, row, at)


@router.post("/dispatches/{dispatch_id}/refuse")
@gives(OneDispatchAnswer)
def refuse(console: Here, caller: Guard, dispatch_id: str, form: RefusalForm) -> Response:
    at = console.clock.now()
    with console.store.write() as session:
        row = get_dispatch(session, caller.actor, dispatch_id)
        row = dispatches.do_refuse(session, caller.actor, row.id, form.reason, form.note.strip(), at)
        return _told(session, row, at)


@router.post("/dispatches/{dispatch_id}/done")
@gives(OneDispatchAnswer)
def done(console: Here, caller: Guard, dispatch_id: str, form: TaskDoneForm) -> Response:
    at = console.clock.now()
    with console.store.write() as session:
        row = get_dispatch(session, caller.actor, dispatch_id)
        row = dispatches.do_done(session, caller.actor, row.id, form.note, at)
        incidents.do_handled(session, caller.actor, row.incident_id, at)
        return _told(session, row, at)


def _told(session: Session, row: Dispatch, at: float) -> Response:
    """The desk hears of the incident too."""
    session.flush()
    feed.push(session, "incident", row.incident_id, at=at)
    return reply({"dispatch": msgspec.to_builtins(dispatch_view(row))})


@router.get("/dispatches/{dispatch_id}/snapshot")
@gives_file("image/jpeg")
def task_picture(console: Here, caller: Guard, dispatch_id: str) -> Response:
    with console.store.read() as session:
        dispatch = get_dispatch(session, caller.actor, dispatch_id)
        incident = session.get(Incident, dispatch.incident_id)
        if incident is None:
            raise missing("incident", dispatch.incident_id)
        row = incidents.get_alert(session, incident.alert_id)
    return blurred_response(console, caller.actor, row, dispatch.incident_id)
