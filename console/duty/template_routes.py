"""Shift templates, and a roster made of them. A company has its own and plans its own guards."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Body, Request, Response
from pydantic import Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from console.access.permissions import Here, requires
from console.access.scope import check_seen, missing, narrow
from console.access.sessions import Caller
from console.duty.answers import PatternAnswer, PatternDoneAnswer, PlannedByPatternAnswer
from console.duty.routes import rules_of
from console.http.answers import Nothing, Page, gives
from console.http.bodies import Form, build_strict
from console.http.messages import detail_of
from console.http.problems import language_of
from console.http.replies import listed, reply, shown
from lianqin.audit import Actor
from lianqin.records import new_id
from patrol.county.tables import Guard
from patrol.duty import templates as patterns
from patrol.duty.tables import ShiftPattern

router = APIRouter(prefix="/api")
Sees = Annotated[Caller, requires("roster.see")]
Plans = Annotated[Caller, requires("roster.plan")]
Fields = Annotated[dict[str, Any], Body()]


class Apply(Form):
    """Each of the guards on each day from `first` to `last` (YYYY-MM-DD) that is one of `weekdays` (0: Monday)."""

    guard_ids: Annotated[list[str], Field(min_length=1, max_length=200)]
    first: str
    last: str
    weekdays: Annotated[list[Annotated[int, Field(ge=0, le=6)]], Field(min_length=1, max_length=7)]


def _get(session: Session, actor: Actor, pattern_id: str) -> ShiftPattern:
    row = session.get(ShiftPattern, pattern_id)
    if row is None:
        raise missing("pattern", pattern_id)
    check_seen(actor, "pattern", pattern_id, unit_id=row.unit_id)
    return row


@router.get("/patterns")
@gives(Page[PatternAnswer])
def list_patterns(console: Here, caller: Sees) -> Response:
    query = narrow(select(ShiftPattern), caller.actor, ShiftPattern.unit_id, ShiftPattern.unit_id)
    with console.store.read() as session:
        return listed(
            [shown(row) for row in session.scalars(query.order_by(ShiftPattern.unit_id, ShiftPattern.begins_min))], None
        )


def _form(actor: Actor, pattern_id: str, raw: dict[str, Any]) -> patterns.Pattern:
    own = {"unit_id": actor.unit_id} if actor.role == "company" else {}
    return build_strict(patterns.Pattern, {**raw, "id": pattern_id, **own})


@router.post("/patterns")
@gives(PatternDoneAnswer)
def add_pattern(console: Here, caller: Plans, raw: Fields) -> Response:
    at = console.clock.now()
    form = _form(caller.actor, new_id("sp", at), raw)
    with console.store.write() as session:
        return reply({"pattern": shown(patterns.do_put(session, caller.actor, form, at))})


@router.put("/patterns/{pattern_id}")
@gives(PatternDoneAnswer)
def change_pattern(console: Here, caller: Plans, pattern_id: str, raw: Fields) -> Response:
    with console.store.write() as session:
        _get(session, caller.actor, pattern_id)
        form = _form(caller.actor, pattern_id, raw)
        return reply({"pattern": shown(patterns.do_put(session, caller.actor, form, console.clock.now()))})


@router.delete("/patterns/{pattern_id}")
@gives(Nothing)
def remove_pattern(console: Here, caller: Plans, pattern_id: str) -> Response:
    with console.store.write() as session:
        patterns.do_remove(session, caller.actor, _get(session, caller.actor, pattern_id), console.clock.now())
    return reply({})


@router.post("/patterns/{pattern_id}/plan")
@gives(PlannedByPatternAnswer)
def plan_by(console: Here, caller: Plans, pattern_id: str, form: Apply, request: Request) -> Response:
    """What clashes or lacks a certificate is left out and told; the rest stands."""
    days, tongue = patterns.days_of(form.first, form.last, form.weekdays), language_of(request)
    with console.store.write() as session:
        row = _get(session, caller.actor, pattern_id)
        asked = select(Guard.id, Guard.default_area_id).where(Guard.id.in_(form.guard_ids))
        areas = {row.id: row.default_area_id for row in session.execute(asked)}
        guards = {one: areas.get(one) for one in form.guard_ids}
        found = patterns.do_plan_by(
            session, caller.actor, row, console.clock.now(), guards=guards, days=days, rules=rules_of(console.settings)
        )
    told = msgspec.to_builtins(found)
    for one in told["left_out"]:
        one["said"] = detail_of(one["key"], one["values"], tongue)
    return reply(told)
