"""Phones and terminals: enrolled by the system administrator, revoked by the security administrator."""

from __future__ import annotations

from typing import Annotated

import msgspec
from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import func, or_, select

from console.patrol_views import get_guard, guard_view
from console.permissions import Here, requires
from console.replies import limit_of, reply, shown
from console.sessions import Caller
from lianqin.records import CoordSys
from patrol import enrol
from patrol.tables import DeviceRow, Guard

router = APIRouter(prefix="/api")


class Enrol(BaseModel):
    """`terminal_no`: a JT/T 808 terminal's own number; without it a phone."""

    model_config = ConfigDict(extra="forbid")
    guard_id: str
    coord_sys: CoordSys = "wgs84"
    terminal_no: Annotated[str, Field(max_length=40)] | None = None


@router.get("/devices")
def list_devices(
    console: Here, _: Annotated[Caller, requires("device.see")], q: str = "", cursor: str = "", limit: int = 50
) -> Response:
    """With their guards, by id; what was revoked last. Found by the device's id or number, the guard's id or name."""
    query = select(DeviceRow, Guard).join(Guard, Guard.id == DeviceRow.guard_id)
    if q:
        words = (DeviceRow.id, DeviceRow.terminal_no, Guard.id, Guard.name)
        query = query.where(or_(*(one.contains(q, autoescape=True) for one in words)))
    with console.store.read() as session:
        total = session.scalar(select(func.count()).select_from(query.with_only_columns(DeviceRow.id).subquery())) or 0
        size = limit_of(limit)
        rows = session.execute(query.where(DeviceRow.id > cursor).order_by(DeviceRow.id).limit(size + 1)).unique().all()
        items = [shown(device, "credential_sha256") | {"guard": guard_view(guard)} for device, guard in rows[:size]]
    return reply({"items": items, "total": total, "next": items[-1]["id"] if len(rows) > size else None})


@router.post("/devices")
def enrol_device(console: Here, caller: Annotated[Caller, requires("device.enrol")], form: Enrol) -> Response:
    """A phone's credential is in this answer and nowhere else; `address`: where it sends to, as set up."""
    at = console.clock.now()
    with console.store.write() as session:
        guard = get_guard(session, caller.actor, form.guard_id)
        if form.terminal_no is not None:
            row = enrol.do_enrol_terminal(
                session, caller.actor, guard.id, form.terminal_no, at, coord_sys=form.coord_sys
            )
            return reply({"device": {"device_id": row.id, "terminal_no": row.terminal_no}})
        made = enrol.do_enrol(session, caller.actor, guard.id, form.coord_sys, at)
    return reply({"device": msgspec.to_builtins(made) | {"address": console.settings.intake_url}})


@router.post("/devices/{device_id}/revoke")
def revoke_device(console: Here, caller: Annotated[Caller, requires("device.revoke")], device_id: str) -> Response:
    with console.store.write() as session:
        enrol.do_revoke(session, caller.actor, device_id, console.clock.now())
    return reply({})
