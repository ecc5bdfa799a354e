"""Leave and swaps: asked for on the guard's phone, granted or refused by the company."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Response
from pydantic import Field
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from console.access.names import named
from console.access.permissions import Here, requires
from console.access.scope import check_seen, missing, narrow
from console.access.sessions import Caller
from console.duty.answers import RosterRequestAnswer, RosterRequestDoneAnswer
from console.duty.routes import areas_by_id, check_except, entry_view, rules_of
from console.http.answers import Page, gives
from console.http.bodies import Form
from console.http.replies import Shown, listed, reply, shown
from lianqin.lengths import most
from patrol.county.tables import Guard
from patrol.duty import requests
from patrol.duty.tables import RosterEntry, RosterRequest

router = APIRouter(prefix="/api")
Own = Annotated[Caller, requires("own.task")]
Sees = Annotated[Caller, requires("roster.see")]
Plans = Annotated[Caller, requires("roster.plan")]
Moment = Annotated[float, Field(gt=0, lt=1e10, allow_inf_nan=False)]
Reason = Annotated[str, Field(max_length=most(RosterRequest.reason))]
Note = Annotated[str, Field(max_length=most(RosterRequest.decision_note))]
Excepted = Annotated[str, Field(max_length=most(RosterEntry.exception))]
LAST = 100


class Leave(Form):
    from_at: Moment
    to_at: Moment
    reason: Reason


class Swap(Form):
    """`other_entry_id`: the shift taken for it; None: only given away."""

    entry_id: str
    other_guard_id: str
    other_entry_id: str | None = None
    reason: Reason


class RequestDecisionForm(Form):
    decision: Literal["granted", "refused"]
    note: Note
    exception: Excepted = ""


def _own(caller: Caller) -> str:
    if not caller.actor.guard_id:
        raise missing("guard", "")
    return caller.actor.guard_id


def _view(session: Session, row: RosterRequest) -> Shown:
    areas = areas_by_id(session)
    guards = {one: session.get(Guard, one) for one in (row.guard_id, row.other_guard_id) if one}
    entries = {one: session.get(RosterEntry, one) for one in (row.entry_id, row.other_entry_id) if one}
    seen = {one: entry_view(entry, areas) if entry else None for one, entry in entries.items()}
    names = {one: guard.name if guard else one for one, guard in guards.items()}
    return named(row, shown(row), "decided_by") | {
        "guard_name": names[row.guard_id], "other_guard_name": names.get(row.other_guard_id or "", ""),
        "entry": seen.get(row.entry_id or ""), "other_entry": seen.get(row.other_entry_id or ""),
    }  # fmt: skip


@router.get("/m/requests")
@gives(Page[RosterRequestAnswer])
def my_requests(console: Here, caller: Own) -> Response:
    """Own ones and swaps that wait for one's word, the newest first."""
    guard_id = _own(caller)
    query = select(RosterRequest).where(
        or_(RosterRequest.guard_id == guard_id, RosterRequest.other_guard_id == guard_id)
    )
    with console.store.read() as session:
        rows = session.scalars(query.order_by(RosterRequest.asked_at.desc()).limit(LAST))
        return listed([_view(session, row) for row in rows], None)


@router.post("/m/leave")
@gives(RosterRequestDoneAnswer)
def ask_leave(console: Here, caller: Own, form: Leave) -> Response:
    with console.store.write() as session:
        row = requests.do_ask_leave(session, caller.actor, _own(caller), form.from_at, form.to_at, form.reason,
                                    console.clock.now())  # fmt: skip
        return reply({"request": _view(session, row)})


@router.post("/m/swap")
@gives(RosterRequestDoneAnswer)
def ask_swap(console: Here, caller: Own, form: Swap) -> Response:
    with console.store.write() as session:
        row = requests.do_ask_swap(session, caller.actor, _own(caller), form.entry_id, form.other_guard_id,
                                   form.other_entry_id, form.reason, console.clock.now())  # fmt: skip
        return reply({"request": _view(session, row)})


@router.post("/m/requests/{request_id}/{word}")
@gives(RosterRequestDoneAnswer)
def answer(console: Here, caller: Own, request_id: str, word: Literal["agree", "decline", "withdraw"]) -> Response:
    at = console.clock.now()
    with console.store.write() as session:
        if word == "withdraw":
            row = requests.do_withdraw(session, caller.actor, request_id, _own(caller), at)
        else:
            row = requests.do_answer(session, caller.actor, request_id, _own(caller), agrees=word == "agree", at=at)
        return reply({"request": _view(session, row)})


@router.get("/roster/requests")
@gives(Page[RosterRequestAnswer])
def list_requests(console: Here, caller: Sees) -> Response:
    """Those that wait first, then the newest."""
    query = narrow(select(RosterRequest), caller.actor, RosterRequest.unit_id, RosterRequest.guard_id)
    with console.store.read() as session:
        waiting = RosterRequest.state.in_(requests.OPEN)
        rows = session.scalars(query.order_by(waiting.desc(), RosterRequest.asked_at.desc()).limit(LAST))
        return listed([_view(session, row) for row in rows], None)


@router.post("/roster/requests/{request_id}")
@gives(RosterRequestDoneAnswer)
def decide(console: Here, caller: Plans, request_id: str, form: RequestDecisionForm) -> Response:
    check_except(caller.actor, form.exception)
    with console.store.write() as session:
        row = session.get(RosterRequest, request_id)
        if row is None:
            raise missing("roster_request", request_id)
        check_seen(caller.actor, "roster_request", request_id, unit_id=row.unit_id, guard_id=row.guard_id)
        row = requests.do_decide(session, caller.actor, request_id, form.decision, form.note, console.clock.now(),
                                 rules_of(console.settings), form.exception)  # fmt: skip
        return reply({"request": _view(session, row)})
