"""Which checkpoints a fix proves visited. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec

from lianqin.records import Fix
from patrol.judging import doubts
from patrol.judging.doubts import accuracy_m, apart_m


class VisitPoint(msgspec.Struct, frozen=True):
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


def _reach(place: VisitPoint, slack_m: float) -> tuple[float, float]:
    """Degrees north and east that hold every fix which may count: a quick look before the exact one."""
    north = (place.radius_m + slack_m) / doubts.DEGREE_M * 1.01
    return north, north / math.cos(math.radians(min(85.0, abs(place.lat) + 1)))


class Visits:
    """The visits so far, in order of their first fix; a fix counts within a checkpoint's radius, its own accuracy added
    up to `slack_m`."""

    __slots__ = ("_places", "_slack_m", "found")

    def __init__(self, checkpoints: Sequence[VisitPoint], slack_m: float) -> None:
        self._places = [(place, place.lat, place.lon, *_reach(place, slack_m)) for place in checkpoints]
        self._slack_m = slack_m
        self.found: dict[str, VisitFact] = {}

    def copy(self) -> Visits:
        twin = object.__new__(Visits)
        twin._places, twin._slack_m, twin.found = self._places, self._slack_m, dict(self.found)
        return twin

    def add(self, fix: Fix) -> None:
        """What this fix proves."""
        fix_lat, fix_lon = fix.lat, fix.lon
        for place, lat, lon, north, east in self._places:
            if not (-north <= fix_lat - lat <= north and -east <= fix_lon - lon <= east):
                continue
            apart = apart_m(place.lat, place.lon, fix.lat, fix.lon)
            if apart > place.radius_m + min(accuracy_m(fix), self._slack_m):
                continue
            held = self.found.get(place.id)
            if held is None:
                self.found[place.id] = VisitFact(place.id, fix.at, fix.at, fix.id, apart)
            elif apart < held.distance_m:
                self.found[place.id] = VisitFact(place.id, held.first_at, fix.at, fix.id, apart)
            else:
                self.found[place.id] = VisitFact(place.id, held.first_at, fix.at, held.fix_id, held.distance_m)
