"""Calendars, on whose days zones hold or do not."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body, Response
from sqlalchemy import select

from console import cameras
from console.bodies import build_strict
from console.calendar_tables import CalendarRow
from console.permissions import Here, requires
from console.replies import listed, reply, shown
from console.rules import calendars
from console.sessions import Caller

router = APIRouter(prefix="/api")
SetsUp = Annotated[Caller, requires("camera.set_up")]
Fields = Annotated[dict[str, Any], Body()]


@router.get("/calendars")
def list_calendars(console: Here, _: Annotated[Caller, requires("camera.see")]) -> Response:
    with console.store.read() as session:
        rows = session.scalars(select(CalendarRow).order_by(CalendarRow.id))
        return listed([shown(row) for row in rows], None)


def _put(console: Here, caller: Caller, calendar_id: str | None, raw: dict[str, Any]) -> Response:
    form = build_strict(calendars.Form, raw)
    with console.store.write() as session:
        return reply(
            {"calendar": shown(cameras.do_put_calendar(session, caller.actor, calendar_id, form, console.clock.now()))}
        )


@router.post("/calendars")
def add_calendar(console: Here, caller: SetsUp, raw: Fields) -> Response:
    return _put(console, caller, None, raw)


@router.put("/calendars/{calendar_id}")
def put_calendar(console: Here, caller: SetsUp, calendar_id: str, raw: Fields) -> Response:
    """Workers follow the zones that name it anew."""
    return _put(console, caller, calendar_id, raw)


@router.delete("/calendars/{calendar_id}")
def remove_calendar(console: Here, caller: SetsUp, calendar_id: str) -> Response:
    with console.store.write() as session:
        calendars.do_remove(session, caller.actor, calendar_id, console.clock.now())
    return reply({})
