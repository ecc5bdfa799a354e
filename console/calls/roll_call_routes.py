"""Calling points: by name with a reason, by lot, the answer by radio, a person's word on a contradicted verdict."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Response
from pydantic import Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from console.access.permissions import Here, requires
from console.access.sessions import Caller
from console.calls.answers import DrawnAnswer, PointCallDoneAnswer
from console.guards.places import signs_of_life
from console.guards.views import draw_view, get_guard, get_point_call, point_call_view
from console.http.answers import gives
from console.http.bodies import Form
from console.http.replies import Shown, reply
from lianqin.lengths import most
from patrol.calls import calls
from patrol.calls.tables import Draw, PointCall

router = APIRouter(prefix="/api")
Calls = Annotated[Caller, requires("call.make")]


class ByName(Form):
    guard_id: str
    reason: Annotated[str, Field(min_length=2, max_length=most(PointCall.reason))]


class ByLot(Form):
    size: Annotated[int, Field(ge=1, le=100)]
    reason: Annotated[str, Field(max_length=most(Draw.reason))] = ""
    area_id: str | None = None


class Radio(Form):
    heard: Literal[True]


class Review(Form):
    result: Literal["upheld", "dismissed"]
    note: Annotated[str, Field(max_length=most(PointCall.review_note))] = ""


def _of_draw(session: Session, draw_id: str) -> list[Shown]:
    rows = session.scalars(select(PointCall).where(PointCall.draw_id == draw_id).order_by(PointCall.id)).unique()
    return [point_call_view(session, row) for row in rows]


@router.post("/point-calls")
@gives(PointCallDoneAnswer)
def call_by_name(console: Here, caller: Calls, form: ByName) -> Response:
    alive = signs_of_life(console)
    with console.store.write() as session:
        guard = get_guard(session, caller.actor, form.guard_id)
        row = calls.do_call_by_name(
            session, caller.actor, guard.id, form.reason, console.clock.now(), alive.get(guard.id)
        )
        session.flush()
        return reply({"point_call": point_call_view(session, row)})


@router.post("/draws")
@gives(DrawnAnswer)
def draw(console: Here, caller: Calls, form: ByLot) -> Response:
    alive = signs_of_life(console)
    with console.store.write() as session:
        row = calls.do_draw(session, caller.actor, form.size, form.reason, form.area_id, console.clock.now(), alive)
        session.flush()
        return reply({"draw": draw_view(row), "point_calls": _of_draw(session, row.id)})


@router.post("/point-calls/{call_id}/radio")
@gives(PointCallDoneAnswer)
def heard_by_radio(
    console: Here, caller: Annotated[Caller, requires("call.radio")], call_id: str, form: Radio
) -> Response:
    del form  # that it came is all it says
    with console.store.write() as session:
        row = get_point_call(session, caller.actor, call_id)
        row = calls.do_radio(session, caller.actor, row.id, console.clock.now(), calls.limits_of(console.settings))
        session.flush()
        return reply({"point_call": point_call_view(session, row)})


@router.post("/point-calls/{call_id}/review")
@gives(PointCallDoneAnswer)
def review(console: Here, caller: Annotated[Caller, requires("call.review")], call_id: str, form: Review) -> Response:
    with console.store.write() as session:
        row = get_point_call(session, caller.actor, call_id)
        row = calls.do_review(session, caller.actor, row.id, form.result, form.note, console.clock.now())
        session.flush()
        return reply({"point_call": point_call_view(session, row)})
