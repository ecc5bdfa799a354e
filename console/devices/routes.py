"""Phones and terminals: enrolled by the system administrator, revoked by the security administrator."""

from __future__ import annotations

from typing import Annotated, Any, Final

import msgspec
import redis
from fastapi import APIRouter, Response
from pydantic import Field
from sqlalchemy import func, or_, select

from console.access.permissions import Here, requires
from console.access.sessions import Caller
from console.devices.answers import ClockCorrectedAnswer, DeviceEnrolledAnswer, DevicesAnswer, LetRegisterAnswer
from console.guards.views import get_guard, guard_view
from console.http.answers import Nothing, gives
from console.http.bodies import Form
from console.http.replies import limit_of, reply, shown
from lianqin.records import CoordSys
from patrol.county.tables import Guard
from patrol.devices import enrol
from patrol.devices.tables import DeviceRow
from patrol.intake import codes
from patrol.judging import clocks

router = APIRouter(prefix="/api")
_SHOWN: Final = frozenset({"terminal", "registered_at", "proved_at", "refused", "events"})


class Enrol(Form):
    """`terminal_no`: a JT/T 808 terminal's own number; without it a phone."""

    guard_id: str
    coord_sys: CoordSys = "wgs84"
    terminal_no: Annotated[str, Field(max_length=40)] | None = None


class ClockForm(Form):
    """The device's clock is `off_s` seconds ahead (behind: below 0); 0 takes a correction back."""

    off_s: Annotated[float, Field(allow_inf_nan=False)]


@router.get("/devices")
@gives(DevicesAnswer)
def list_devices(
    console: Here,
    _: Annotated[Caller, requires("device.see", people="devices")],
    q: str = "",
    cursor: str = "",
    limit: int = 50,
) -> Response:
    """With their guards, by id; what was revoked last. Found by the device's id or number, the guard's id or name.
    `clock_seen_s`: by so much its clock seems to be ahead of ours, steadily (behind: below 0).
    `registration` of a terminal that registered: when, whether it showed its code, and who was refused under its number."""
    seen = clocks.steady(console.redis)
    query = select(DeviceRow, Guard).join(Guard, Guard.id == DeviceRow.guard_id)
    if q:
        words = (DeviceRow.id, DeviceRow.terminal_no, Guard.id, Guard.name)
        query = query.where(or_(*(one.contains(q, autoescape=True) for one in words)))
    with console.store.read() as session:
        total = session.scalar(select(func.count()).select_from(query.with_only_columns(DeviceRow.id).subquery())) or 0
        size = limit_of(limit)
        rows = session.execute(query.where(DeviceRow.id > cursor).order_by(DeviceRow.id).limit(size + 1)).unique().all()
        items = [shown(device, "credential_sha256")
                 | {"guard": guard_view(guard), "clock_seen_s": seen.get(device.id)} for device, guard in rows[:size]]  # fmt: skip
    said = _registrations(console, [str(item["id"]) for item in items if item["terminal_no"]])
    items = [item | {"registration": said.get(str(item["id"]))} for item in items]
    return reply({"items": items, "total": total, "next": items[-1]["id"] if len(rows) > size else None})


@router.post("/devices")
@gives(DeviceEnrolledAnswer)
def enrol_device(console: Here, caller: Annotated[Caller, requires("device.enrol")], form: Enrol) -> Response:
    """A phone's credential is in this answer and nowhere else; `address`: where it sends to, as set up."""
    at = console.clock.now()
    with console.store.write() as session:
        guard = get_guard(session, caller.actor, form.guard_id)
        if form.terminal_no is not None:
            row = enrol.do_enrol_terminal(
                session, caller.actor, guard.id, form.terminal_no, at, coord_sys=form.coord_sys, window_s=_window(console)
            )  # fmt: skip
            return reply({"device": {"device_id": row.id, "terminal_no": row.terminal_no,
                                     "register_until": row.register_until}})  # fmt: skip
        made = enrol.do_enrol(session, caller.actor, guard.id, form.coord_sys, at)
    return reply({"device": msgspec.to_builtins(made) | {"address": console.settings.intake_url}})


@router.post("/devices/{device_id}/revoke")
@gives(Nothing)
def revoke_device(console: Here, caller: Annotated[Caller, requires("device.revoke")], device_id: str) -> Response:
    with console.store.write() as session:
        enrol.do_revoke(session, caller.actor, device_id, console.clock.now())
    return reply({})


@router.post("/devices/{device_id}/clock")
@gives(ClockCorrectedAnswer)
def correct_clock(
    console: Here, caller: Annotated[Caller, requires("device.enrol")], device_id: str, form: ClockForm
) -> Response:
    """What the device sends from now on is corrected, and says so."""
    with console.store.write() as session:
        row = enrol.do_correct_clock(session, caller.actor, device_id, form.off_s, console.clock.now())
        return reply({"device": {"device_id": row.id, "clock_off_s": row.clock_off_s}})


@router.post("/devices/{device_id}/let-register")
@gives(LetRegisterAnswer)
def let_register(console: Here, caller: Annotated[Caller, requires("device.enrol")], device_id: str) -> Response:
    """The terminal may register again for `register_minutes`."""
    with console.store.write() as session:
        until = enrol.do_let_register(session, caller.actor, device_id, console.clock.now(), window_s=_window(console))
    return reply({"register_until": until})


def _window(console: Here) -> float:
    return console.settings.register_minutes * 60.0


def _registrations(console: Here, device_ids: list[str]) -> dict[str, dict[str, Any]]:
    """Without the hash of the code; empty while Redis is away: the list itself is to be seen then too."""
    try:
        found = codes.registrations(console.redis, device_ids)
    except redis.exceptions.RedisError:
        return {}
    return {
        device_id: {name: value for name, value in msgspec.to_builtins(one).items() if name in _SHOWN}
        for device_id, one in found.items()
    }
