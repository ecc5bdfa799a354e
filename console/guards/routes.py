"""Guards for pickers, shifts, and what could not be used from their phones."""

from __future__ import annotations

from typing import Annotated, Literal, cast

import redis
from fastapi import APIRouter, Response
from sqlalchemy import or_, select

from console.access.permissions import Here, requires
from console.access.scope import narrow
from console.access.sessions import Caller
from console.guards.answers import GuardAnswer, GuardContactAnswer, QuarantineAnswer, ShiftAnswer
from console.guards.quarantine import reason_of
from console.guards.views import get_guard, guard_view, shift_view
from console.http.answers import Page, gives
from console.http.context import Console
from console.http.replies import ListPosition, listed, newest_first, reply, shown
from lianqin import keys
from lianqin.clock import county_day
from patrol.county.tables import Guard
from patrol.devices.tables import QuarantineRow
from patrol.duty.shifts import on_duty
from patrol.duty.tables import Shift

router = APIRouter(prefix="/api")


@router.get("/guards")
@gives(Page[GuardAnswer])
def list_guards(
    *, console: Here, caller: Annotated[Caller, requires("guard.see", people="guards")], q: str = "", limit: int = 50
) -> Response:
    query = narrow(select(Guard), caller.actor, Guard.unit_id, Guard.id)
    if q:
        query = query.where(or_(Guard.name.contains(q, autoescape=True), Guard.id.contains(q, autoescape=True)))
    with console.store.read() as session:
        rows = session.scalars(query.order_by(Guard.id).limit(max(1, min(limit, 200)))).unique()
        return listed([guard_view(row) for row in rows], None)


@router.get("/guards/{guard_id}/contact")
@gives(GuardContactAnswer)
def get_contact(
    console: Here, caller: Annotated[Caller, requires("dispatch.call", people="contacts")], guard_id: str
) -> Response:
    """What rings the guard - his own number, and his unit's -, and calls him on the radio. Raises NotFoundError
    `guard.missing`, for another unit's too."""
    with console.store.read() as session:
        row = get_guard(session, caller.actor, guard_id)
        return reply(
            {
                "guard_id": row.id,
                "name": row.name,
                "phone": row.phone,
                "unit_phone": row.unit.phone,
                "call_sign": row.call_sign,
            }
        )


@router.get("/shifts")
@gives(Page[ShiftAnswer])
def list_shifts(
    *, console: Here, caller: Annotated[Caller, requires("shift.see")],
    state: Literal["open", "closed"] | None = None, unit_id: str | None = None,
    cursor: str | None = None, limit: int = 50,
) -> Response:  # fmt: skip
    query = narrow(select(Shift), caller.actor, Shift.unit_id, Shift.guard_id)
    if state:
        runs = on_duty(console.clock.now())
        query = query.where(runs if state == "open" else ~runs)
    if unit_id:
        query = query.where(Shift.unit_id == unit_id)
    with console.store.read() as session:
        rows, following = newest_first(
            session, query, order=Shift.opened_at, key=Shift.id, cursor=cursor, limit=limit,
            position=lambda row: ListPosition(row.opened_at, row.id),
        )  # fmt: skip
        return listed([shift_view(row) for row in rows], following)


@router.get("/quarantine")
@gives(QuarantineAnswer)
def list_quarantine(
    *,
    console: Here,
    _: Annotated[Caller, requires("quarantine.see", people="quarantine")],
    cursor: str | None = None,
    limit: int = 50,
) -> Response:
    with console.store.read() as session:
        rows, following = newest_first(
            session, select(QuarantineRow), order=QuarantineRow.received_at, key=QuarantineRow.id, cursor=cursor,
            limit=limit, position=lambda row: ListPosition(row.received_at, row.id),
        )  # fmt: skip
        items = [shown(row) | {"reason": reason_of(row.why)} for row in rows]
    return reply({"items": items, "next": following, "unkept": _unkept(console)})


def _unkept(console: Console) -> int | None:
    """Messages of senders that no device proves that came today and were counted only; None while Redis is away."""
    try:
        found = cast("bytes | None", console.redis.hget(keys.strangers_unkept(), county_day(console.clock.now())))
    except redis.exceptions.RedisError:
        return None
    return int(found or 0)
