"""The guard's round: which checkpoints of the shift's area are left, which are due again, which are done. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, Literal

import msgspec

from lianqin.geo import LonLat, distance_m
from patrol.judging.coverage import Windows, waited_s
from patrol.judging.visits import VisitFact, VisitPoint

State = Literal["left", "again", "done"]
_ORDER: Final[Mapping[State, int]] = {"left": 0, "again": 1, "done": 2}


class Point(msgspec.Struct, frozen=True):
    """A checkpoint on a round, WGS-84. `left`: not visited on this shift; `again`: visited, but longer ago than its area's colour
    allows. `last_at`: when a fix last proved the visit; `checked_in_at`: a check-in that counts, which stands beside the visit.
    `away_m`: metres from the guard's last place, None without one."""

    id: str
    name: str
    name_en: str
    lon: float
    lat: float
    radius_m: float
    state: State
    last_at: float | None = None
    checked_in_at: float | None = None
    away_m: float | None = None


class LocalName(msgspec.Struct, frozen=True):
    name: str
    name_en: str


def state_of(visit: VisitFact | None, required_s: float, windows: Windows, now: float) -> State:
    """`required_s`: seconds of planned time (`windows` of the day) within which each place must be passed again."""
    if visit is None:
        return "left"
    return "again" if waited_s(visit.last_at, now, windows) >= required_s else "done"


def round_of(  # noqa: PLR0917 - what a round depends on
    places: Iterable[VisitPoint], names: Mapping[str, LocalName], visits: Mapping[str, VisitFact], check_ins: Mapping[str, float],
    required_s: float, windows: Windows, here: LonLat | None, now: float,
) -> list[Point]:  # fmt: skip
    """What is left first, then what is due again; each nearest first, by name without a place."""
    points = []
    for one in places:
        visit, said = visits.get(one.id), names.get(one.id, LocalName(one.id, ""))
        points.append(Point(
            one.id, said.name, said.name_en, one.lon, one.lat, one.radius_m, state_of(visit, required_s, windows, now),
            visit.last_at if visit else None, check_ins.get(one.id),
            distance_m(here, (one.lon, one.lat)) if here else None,
        ))  # fmt: skip
    return sorted(points, key=lambda one: (_ORDER[one.state], one.away_m or 0.0, one.name, one.id))
