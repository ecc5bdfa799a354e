"""Shifts opened and closed from the desk, and their score computed again."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Response
from pydantic import Field

from console.access.permissions import Here, requires
from console.access.sessions import Caller
from console.duty.answers import ShiftDoneAnswer
from console.guards.views import get_guard, get_shift, shift_view
from console.http.answers import gives
from console.http.bodies import Form
from console.http.replies import reply
from console.scores import scores
from console.scores.answers import ScoreAnswer
from lianqin import audit, feed
from lianqin.lengths import most
from patrol.duty import shift_facts, shifts
from patrol.duty.tables import Shift
from patrol.scores import ledger, scoring

router = APIRouter(prefix="/api")
Opens = Annotated[Caller, requires("shift.open")]


class OpenShiftForm(Form):
    guard_id: str
    area_id: str | None = None
    hours: Annotated[float, Field(gt=0, le=24)] | None = None
    """None: as the roster says, else 8."""


class CloseShiftForm(Form):
    how: Literal["operator", "sent_home", "ill", "ended"] = "operator"
    note: Annotated[str, Field(max_length=most(Shift.closed_note))] = ""


@router.post("/shifts")
@gives(ShiftDoneAnswer)
def open_shift(console: Here, caller: Opens, form: OpenShiftForm) -> Response:
    with console.store.write() as session:
        guard = get_guard(session, caller.actor, form.guard_id)
        row = shifts.do_open(session, caller.actor, guard.id, form.area_id, form.hours or 8, console.clock.now(),
                              fixed=form.hours is not None)  # fmt: skip
        row.opened_how = "operator"
        session.flush()
        return reply({"shift": shift_view(row)})


@router.post("/shifts/{shift_id}/close")
@gives(ShiftDoneAnswer)
def close_shift(console: Here, caller: Opens, shift_id: str, form: CloseShiftForm | None = None) -> Response:
    form = form or CloseShiftForm()
    with console.store.write() as session:
        row = get_shift(session, caller.actor, shift_id)
        row = shifts.do_close(session, caller.actor, row.id, console.clock.now(), form.how, form.note)
        session.flush()
        return reply({"shift": shift_view(row)})


@router.post("/shifts/{shift_id}/rescore")
@gives(ScoreAnswer)
def rescore(console: Here, caller: Annotated[Caller, requires("score.rescore")], shift_id: str) -> Response:
    """By the rules in force now: what was scored by others is reversed, not changed."""
    at = console.clock.now()
    rules = scoring.load_rules(console.settings.rules_file)
    with console.store.write() as session:
        shift = get_shift(session, caller.actor, shift_id)
        shift_facts.refresh(session, shift.id)
        lines = scoring.score_shift(shift_facts.facts_of(shift), rules)
        ledger.append(session, shift, lines, rules, at, "rescored", console.settings.late_fix_hours * 3600)
        session.flush()
        audit.write(session, caller.actor, "score.rescore", "shift", shift.id, at=at, detail={"rules": rules.version})
        feed.push(session, "score", shift.id, at=at, unit_id=shift.unit_id, guard_id=shift.guard_id)
        return reply(scores.score_view(session, shift, shift_view(shift)))
