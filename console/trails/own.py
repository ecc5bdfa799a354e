"""A guard's own trail of the last day, and the streets and areas around it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from console.county.streets import streets
from console.http.context import Console
from console.http.replies import Shown, shown
from console.trails.view import SpanView, TrailSpan, see
from patrol.county.tables import Area
from patrol.duty import shifts, silences
from patrol.duty.tables import Shift
from patrol.trails.store import TrailStore

TRAIL_S: Final = 24 * 3600.0
MARGIN_DEG: Final = 0.005
"""Around the trail, about 500 m: the streets that are sent with it."""


class OwnTrail(msgspec.Struct, frozen=True):
    seen: SpanView
    span: TrailSpan
    area_ids: tuple[str, ...]
    """Of the shifts in it."""


class Box(msgspec.Struct, frozen=True):
    """Degrees."""

    west: float
    south: float
    east: float
    north: float

    def touches(self, other: Box) -> bool:
        return (
            self.west <= other.east
            and other.west <= self.east
            and self.south <= other.north
            and other.south <= self.north
        )


def box_of(places: Sequence[Sequence[float]], margin: float = 0.0) -> Box | None:
    """None without places."""
    if not places:
        return None
    lons, lats = [one[0] for one in places], [one[1] for one in places]
    return Box(min(lons) - margin, min(lats) - margin, max(lons) + margin, max(lats) + margin)


def own_trail(console: Console, session: Session, guard_id: str, now: float) -> OwnTrail:
    """Of the shifts alone: what lies between them was not kept. Raises UnavailableError `trails.disk`."""
    span = TrailSpan(now - TRAIL_S, now)
    query = select(Shift).where(Shift.guard_id == guard_id, Shift.opened_at > now - 2 * TRAIL_S)
    rows = session.scalars(query).unique().all()
    silent = silences.between(session, span.from_at, span.to_at)
    ends = {row.id: shifts.ends_at(row, now) for row in rows}
    mine = [row for row in rows if ends[row.id] > span.from_at]
    spans = [TrailSpan(row.opened_at, ends[row.id]) for row in mine]
    seen = see(TrailStore(console.settings.trails), guard_id, spans, span, console.settings.fix_interval, silent)
    return OwnTrail(seen, span, tuple(sorted({row.area_id for row in mine})))


def _corners(coordinates: Any) -> Iterator[Sequence[float]]:
    if coordinates and isinstance(coordinates[0], int | float):
        yield coordinates
        return
    for part in coordinates or ():
        yield from _corners(part)


def near(features: Sequence[dict[str, Any]], box: Box) -> list[dict[str, Any]]:
    """Those of the GeoJSON features whose own box touches it."""
    found = []
    for one in features:
        own = box_of(list(_corners((one.get("geometry") or {}).get("coordinates"))))
        if own is not None and own.touches(box):
            found.append(one)
    return found


def ground_of(console: Console, session: Session, trail: OwnTrail) -> Shown:
    """What the map draws under the guard's own trail."""
    return ground_under(console, session, trail.area_ids, [[one.lon, one.lat] for one in trail.seen.sure])


def ground_under(console: Console, session: Session, area_ids: Collection[str], way: list[list[float]]) -> Shown:
    """What the map draws under a trail for who may not see the map: the shifts' areas and the streets around, without a camera.
    `way`: [lon, lat] of what is believed."""
    query = select(Area).where(Area.id.in_(area_ids)).options(selectinload(Area.checkpoints)).order_by(Area.id)
    areas = list(session.scalars(query))
    places = way or [corner for area in areas for corner in area.polygon]
    box = box_of(places, MARGIN_DEG)
    whole = streets(console)
    features = near(whole.get("features", []), box) if box is not None else []
    return {
        "areas": [
            {key: getattr(area, key) for key in ("id", "name", "name_en", "polygon", "key_area")}
            | {"checkpoints": [shown(point, "area_id", "scan_code", "nfc_id") for point in area.checkpoints]}
            for area in areas
        ],
        "cameras": [], "streets": {"type": "FeatureCollection", "features": features}, "units": [],
    }  # fmt: skip
