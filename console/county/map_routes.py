"""What the map draws: areas, cameras, streets, units."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
from fastapi import APIRouter, Response
from fastapi.responses import FileResponse
from pydantic import Field
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from console.access.permissions import Here, requires
from console.access.scope import missing
from console.access.sessions import Caller
from console.cameras.cameras import LiveState, lives, state_of
from console.cameras.tables import CameraRow
from console.cases import cases
from console.county.answers import LiveLookBegunAnswer, LiveLookNowAnswer, MapAnswer, SilencesAnswer
from console.county.streets import streets
from console.guards.places import signs_of_life
from console.http.answers import Nothing, gives, gives_file
from console.http.bodies import Form
from console.http.context import Console
from console.http.replies import Shown, reply, shown
from console.looks import live_looks
from lianqin.audit import AuditRow, LookPurpose
from lianqin.lengths import most
from patrol.county.tables import Area, Unit
from patrol.duty import silences
from patrol.duty.shifts import on_duty
from patrol.duty.tables import Shift

router = APIRouter(prefix="/api")
Looks = Annotated[Caller, requires("map.live")]
SILENCES_S = 7 * 86_400.0


@router.get("/map")
@gives(MapAnswer)
def get_map(console: Here, _: Annotated[Caller, requires("map.see")]) -> Response:
    live = lives(console)
    with console.store.read() as session:
        areas = session.scalars(select(Area).options(selectinload(Area.checkpoints)).order_by(Area.id))
        return reply({
            "areas": [
                shown(area) | {"checkpoints": [shown(point, "area_id", "scan_code", "nfc_id") for point in area.checkpoints]} for area in areas
            ],
            "cameras": [_camera(console, row, live.get(row.id))
                        for row in session.scalars(select(CameraRow).order_by(CameraRow.id))],
            "streets": streets(console),
            "units": [shown(unit) for unit in session.scalars(select(Unit).order_by(Unit.id))],
        })  # fmt: skip


@router.get("/map/base.pmtiles")
@gives_file("application/vnd.pmtiles")
@gives_file("application/vnd.pmtiles", "multipart/byteranges", status=206)
def get_base_map(console: Here, _: Annotated[Caller, requires("map.base")]) -> Response:
    """The county's base map, piece by piece (Range, RFC 9110 section 14). Raises NotFoundError `map_base.missing`."""
    file = Path(console.settings.map_pmtiles)
    if not console.settings.map_pmtiles or not file.is_file():
        raise missing("map_base", "base.pmtiles")
    return FileResponse(file, media_type="application/vnd.pmtiles", headers={"Cache-Control": "private, max-age=3600"})


class Purpose(Form):
    """Why guards are looked at live, as for a trail."""

    purpose: LookPurpose
    case_ref: Annotated[str, Field(max_length=most(AuditRow.case_ref))] = ""


@router.get("/silences")
@gives(SilencesAnswer)
def get_silences(console: Here, _: Annotated[Caller, requires("map.see")]) -> Response:
    """Times of the last week in which the platform itself received nothing; `since`: it receives nothing now."""
    now = console.clock.now()
    with console.store.read() as session:
        found = silences.between(session, now - SILENCES_S, now)
        on_shift = set(session.scalars(select(Shift.guard_id).where(on_duty(now))))
    signs = {guard_id: at for guard_id, at in signs_of_life(console).items() if guard_id in on_shift}
    return reply(
        {"items": [msgspec.to_builtins(one) for one in found], "since": silences.running(signs, now), "now": now}
    )


@router.get("/live-look")
@gives(LiveLookNowAnswer)
def get_live_look(console: Here, caller: Looks) -> Response:
    return reply({"look": live_looks.look_of(console.redis, caller.actor.id), "now": console.clock.now()})


@router.post("/live-look")
@gives(LiveLookBegunAnswer)
def begin_live_look(console: Here, caller: Looks, form: Purpose) -> Response:
    """Registered first; then the push stream carries places to this account, for half an hour."""
    at = console.clock.now()
    with console.store.write() as session:
        case_ref = cases.do_case(session, caller.actor, form.purpose, form.case_ref, at)
        look = live_looks.do_begin(session, caller.actor, form.purpose, case_ref, at)
    live_looks.keep(console.redis, caller.actor.id, look, at)
    return reply({"look": look, "now": at})


@router.delete("/live-look")
@gives(Nothing)
def end_live_look(console: Here, caller: Looks) -> Response:
    live_looks.forget(console.redis, caller.actor.id)
    with console.store.write() as session:
        live_looks.do_end(session, caller.actor, console.clock.now())
    return reply({})


def _camera(console: Console, row: CameraRow, live: LiveState | None) -> Shown:
    now = state_of(console, row, live)
    keys = ("id", "name", "name_en", "lon", "lat", "bearing", "fov", "range_m", "area_id")
    return {key: getattr(row, key) for key in keys} | {"state": now.state, "state_reason": now.reason}
