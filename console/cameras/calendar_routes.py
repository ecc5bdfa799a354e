"""Calendars, on whose days zones hold or do not."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body, Response
from sqlalchemy import select

from console.access.permissions import Here, requires
from console.access.sessions import Caller
from console.cameras import calendars, cameras
from console.cameras.answers import CalendarAnswer, CalendarKeptAnswer
from console.cameras.tables import CalendarRow
from console.http.answers import Nothing, Page, gives
from console.http.bodies import build_strict
from console.http.replies import listed, reply, shown

router = APIRouter(prefix="/api")
SetsUp = Annotated[Caller, requires("camera.set_up")]
Fields = Annotated[dict[str, Any], Body()]


@router.get("/calendars")
@gives(Page[CalendarAnswer])
def list_calendars(console: Here, _: Annotated[Caller, requires("camera.see")]) -> Response:
    with console.store.read() as session:
        rows = session.scalars(select(CalendarRow).order_by(CalendarRow.id))
        return listed([shown(row) for row in rows], None)


def _put(console: Here, caller: Caller, calendar_id: str | None, raw: dict[str, Any]) -> Response:
    form = build_strict(calendars.CalendarForm, raw)
    with console.store.write() as session:
        return reply(
            {"calendar": shown(cameras.do_put_calendar(session, caller.actor, calendar_id, form, console.clock.now()))}
        )


@router.post("/calendars")
@gives(CalendarKeptAnswer)
def add_calendar(console: Here, caller: SetsUp, raw: Fields) -> Response:
    return _put(console, caller, None, raw)


@router.put("/calendars/{calendar_id}")
@gives(CalendarKeptAnswer)
def put_calendar(console: Here, caller: SetsUp, calendar_id: str, raw: Fields) -> Response:
    """Workers follow the zones that name it anew."""
    return _put(console, caller, calendar_id, raw)


@router.delete("/calendars/{calendar_id}")
@gives(Nothing)
def remove_calendar(console: Here, caller: SetsUp, calendar_id: str) -> Response:
    with console.store.write() as session:
        calendars.do_remove(session, caller.actor, calendar_id, console.clock.now())
    return reply({})
