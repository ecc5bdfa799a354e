"""What the map draws: areas, cameras, streets, units."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
import structlog
from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from console import live_looks
from console.cameras import Live, lives, state_of
from console.context import Console
from console.permissions import Here, requires
from console.replies import Shown, reply, shown
from console.sessions import Caller
from console.tables import CameraRow
from lianqin.errors import RecordError
from patrol.tables import Area, Unit

router = APIRouter(prefix="/api")
Looks = Annotated[Caller, requires("map.live")]
log = structlog.get_logger(__name__)


@router.get("/map")
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


class Purpose(BaseModel):
    """Why guards are looked at live, as for a trail."""

    model_config = ConfigDict(extra="forbid")
    purpose: Literal["incident", "point_call", "spot_check", "appeal", "complaint", "case", "maintenance"]
    case_ref: Annotated[str, Field(max_length=120)]


@router.get("/live-look")
def get_live_look(console: Here, caller: Looks) -> Response:
    return reply({"look": live_looks.look_of(console.redis, caller.actor.id), "now": console.clock.now()})


@router.post("/live-look")
def begin_live_look(console: Here, caller: Looks, form: Purpose) -> Response:
    """Registered first; then the push stream carries places to this account, for half an hour."""
    if not form.case_ref.strip():
        raise RecordError("trail.case", "a look needs its case reference")
    at = console.clock.now()
    with console.store.write() as session:
        look = live_looks.do_begin(session, caller.actor, form.purpose, form.case_ref.strip(), at)
    live_looks.keep(console.redis, caller.actor.id, look, at)
    return reply({"look": look, "now": at})


@router.delete("/live-look")
def end_live_look(console: Here, caller: Looks) -> Response:
    live_looks.forget(console.redis, caller.actor.id)
    with console.store.write() as session:
        live_looks.do_end(session, caller.actor, console.clock.now())
    return reply({})


def _camera(console: Console, row: CameraRow, live: Live | None) -> Shown:
    now = state_of(console, row, live)
    keys = ("id", "name", "name_en", "lon", "lat", "bearing", "fov", "range_m", "area_id")
    return {key: getattr(row, key) for key in keys} | {"state": now.state, "state_reason": now.reason}


def streets(console: Console) -> Any:
    """The GeoJSON under the map; an empty collection where there is none."""
    path = Path(console.settings.streets_file or console.settings.run_dir / "streets.geojson")
    try:
        return msgspec.json.decode(path.read_bytes())
    except FileNotFoundError:
        pass
    except (OSError, msgspec.MsgspecError) as error:
        log.warning("streets_unreadable", file=str(path), error=str(error))
    return {"type": "FeatureCollection", "features": []}
