"""How areas are covered now: cell by cell, against the frequency that their colour demands."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec
from fastapi import APIRouter, Query, Response
from sqlalchemy import or_, select

from console.permissions import Here, requires
from console.replies import Shown, reply
from console.scope import missing
from console.sessions import Caller
from lianqin.clock import COUNTY_ZONE
from lianqin.errors import RecordError
from patrol import coverage
from patrol.judge import trusted
from patrol.tables import Area, Shift
from patrol.trails import TrailStore

router = APIRouter(prefix="/api")
Sees = Annotated[Caller, requires("map.see")]


@router.get("/coverage")
def areas(console: Here, _: Sees) -> Response:
    now, required = console.clock.now(), coverage.required_seconds()
    with console.store.read() as session:
        rows = [(row.id, row.polygon, row.risk) for row in session.scalars(select(Area).order_by(Area.id)).unique()]
    items = [coverage.cover(area_id, coverage.cells_of(polygon), coverage.marks(console.redis, area_id), now, required[risk])
             for area_id, polygon, risk in rows]  # fmt: skip
    return reply({"items": [msgspec.to_builtins(one) for one in items], "now": now})


@router.get("/coverage/{area_id}/idleness")
def idle(console: Here, _: Sees, area_id: str, day: Annotated[str, Query(pattern=r"^\d{4}-\d{2}-\d{2}$")]) -> Response:
    """The cells of an area over a county day (today: until now), from the trusted fixes of its shifts; names nobody."""
    try:
        from_at = datetime.fromisoformat(day).replace(tzinfo=COUNTY_ZONE).timestamp()
    except ValueError as error:
        raise RecordError("coverage.day", f"{day} is no day", day=day) from error
    to_at = min(from_at + 86_400, console.clock.now())
    if to_at <= from_at:
        raise RecordError("coverage.day", f"{day} has not begun", day=day)
    with console.store.read() as session:
        area = session.get(Area, area_id)
        if area is None:
            raise missing("area", area_id)
        required, polygon = coverage.required_seconds()[area.risk], area.polygon
        spans = coverage.spans_of(area.windows, from_at, to_at)
        shifts = session.execute(
            select(Shift.guard_id, Shift.opened_at, Shift.closed_at)
            .where(Shift.area_id == area_id, Shift.opened_at < to_at, or_(Shift.closed_at.is_(None), Shift.closed_at > from_at))
        ).all()  # fmt: skip
    cells = coverage.cells_of(polygon)
    trails = TrailStore(console.settings.trails)
    each = trails.read_each(sorted({guard_id for guard_id, _, _ in shifts}), from_at, to_at)
    seen = []
    for guard_id, opened_at, closed_at in shifts:
        on_shift = [fix for fix in each.get(guard_id, []) if opened_at <= fix.at <= (closed_at or to_at)]
        seen.append(coverage.stays_of(((fix.at, fix.lat, fix.lon) for fix in trusted(on_shift)), cells))
    found = coverage.idle_cells(cells, seen, spans)
    features = [_feature(one.cell, msgspec.to_builtins(one) | {"over": one.worst_s > required}) for one in found]
    return reply({
        "type": "FeatureCollection", "features": features, "from_at": from_at, "to_at": to_at, "required_s": required,
        "average_s": sum(one.average_s for one in found) / len(found), "worst_s": max(one.worst_s for one in found),
        "over": sum(one.worst_s > required for one in found),
    })  # fmt: skip


def _feature(cell: str, told: Shown) -> Shown:
    ring = coverage.outline(cell)
    return {"type": "Feature", "properties": told, "geometry": {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}}


@router.get("/coverage/{area_id}")
def cells(console: Here, _: Sees, area_id: str) -> Response:
    """As GeoJSON, each cell with its state and the seconds since it was passed."""
    now = console.clock.now()
    with console.store.read() as session:
        area = session.get(Area, area_id)
        if area is None:
            raise missing("area", area_id)
        required = coverage.required_seconds()[area.risk]
        polygon = area.polygon
    last = coverage.marks(console.redis, area_id)
    features = []
    for cell in coverage.cells_of(polygon):
        at = last.get(cell)
        told = {
            "cell": cell,
            "state": coverage.state_of(at, now, required),
            "since_s": None if at is None else now - at,
        }
        features.append(_feature(cell, told))
    return reply({"type": "FeatureCollection", "features": features})
