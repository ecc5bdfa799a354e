"""Which checkpoints a fix proves visited. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from lianqin.geo import distance_m
from lianqin.records import Fix
from patrol.filters import accuracy_m


class Place(msgspec.Struct, frozen=True):
    """A checkpoint to visit, WGS-84, with the radius (metres) that counts as there."""

    id: str
    lon: float
    lat: float
    radius_m: float


class VisitFact(msgspec.Struct, frozen=True):
    """A checkpoint visited, with the fix that came nearest as its proof."""

    checkpoint_id: str
    first_at: float
    last_at: float
    fix_id: str
    distance_m: float


def visit(
    visits: tuple[VisitFact, ...], fix: Fix, checkpoints: Sequence[Place], slack_m: float
) -> tuple[VisitFact, ...]:
    """The visits with this fix; it counts within a checkpoint's radius, its own accuracy added up to `slack_m`."""
    for place in checkpoints:
        apart = distance_m((place.lon, place.lat), (fix.lon, fix.lat))
        if apart > place.radius_m + min(accuracy_m(fix), slack_m):
            continue
        held = next((one for one in visits if one.checkpoint_id == place.id), None)
        if held is None:
            visits = (*visits, VisitFact(place.id, fix.at, fix.at, fix.id, apart))
            continue
        nearer = apart < held.distance_m
        grown = VisitFact(
            place.id, held.first_at, fix.at, fix.id if nearer else held.fix_id, apart if nearer else held.distance_m
        )
        visits = tuple(grown if one is held else one for one in visits)
    return visits
