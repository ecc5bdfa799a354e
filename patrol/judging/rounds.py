"""All visits of a shift, round by round: the area's colour sets how often each point must be passed (四色分级), so one pass in
eight hours is one round of many. Pure.

A round is a stretch of planned time as long as the required interval. Missing data is not misconduct: a point that could have
been visited while nothing sure is known of the guard is not known, and a round spent in breaks or on tasks is excused.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, Literal

import msgspec

from lianqin.records import Fix
from patrol.judging.coverage import Stay, Windows, midnight, spans_of
from patrol.judging.doubts import apart_m
from patrol.judging.facts import FactLimits, Gap
from patrol.judging.fold import apart_from_one_another, on_break
from patrol.judging.visits import VisitPoint, Visits

DAY_S: Final = 86_400.0
LEAST_SHARE: Final = 0.5
"""Planned time left over that is shorter than this share of the interval belongs to the round before."""
EXCUSED_SHARE: Final = 0.5
"""A round of which more went by in breaks and on tasks asks for no visit."""
BIKE_MPS: Final = 25 / 3.6
"""25 km/h, the fastest that an electric bicycle may go (GB 17761): so far a guard may come in a gap, and back."""
State = Literal["visited", "missed", "unknown", "excused", "running", "beyond"]


class PointSeen(msgspec.Struct, frozen=True):
    """One point in one round. `at`, `fix_id`, `distance_m`: of a visit, its first fix and how near it came."""

    checkpoint_id: str
    state: State
    at: float | None = None
    fix_id: str | None = None
    distance_m: float | None = None


class Round(msgspec.Struct, frozen=True):
    """Epoch seconds; `excused_s`: of its planned time, in breaks and on tasks."""

    from_at: float
    to_at: float
    excused_s: float
    points: tuple[PointSeen, ...]

    @property
    def whole(self) -> bool:
        """Every point was visited."""
        return all(one.state == "visited" for one in self.points)


class RoundPlan(msgspec.Struct, frozen=True):
    """What the plan asks for on a shift, and what excuses: every `required_s` of planned time, each point. `look`: what may be
    looked at; what lies outside is `beyond`."""

    opened_at: float
    until: float
    required_s: float
    points: tuple[VisitPoint, ...]
    look: Gap
    windows: Windows = ()
    excused: tuple[Gap, ...] = ()


def planned(asked: RoundPlan) -> list[Stay]:
    """The shift's time in the area's windows, day by day of the county."""
    found: list[Stay] = []
    day = midnight(asked.opened_at)
    while day < asked.until:
        for from_at, to_at in spans_of(asked.windows, day, day + DAY_S):
            begins, ends = max(from_at, asked.opened_at), min(to_at, asked.until)
            if begins < ends and found and found[-1][1] == begins:
                found[-1] = (found[-1][0], ends)
            elif begins < ends:
                found.append((begins, ends))
        day += DAY_S
    return found


def stretches(asked: RoundPlan) -> list[list[Stay]]:
    """The planned time cut into rounds, each with its parts: a round may run on behind a pause between two windows."""
    found: list[list[Stay]] = [[]]
    held = 0.0
    for begins, ends in planned(asked):
        at = begins
        while at < ends:
            if held >= asked.required_s:
                found.append([])
                held = 0.0
            to = min(ends, at + asked.required_s - held)
            found[-1].append((at, to))
            held += to - at
            at = to
    if len(found) > 1 and held < LEAST_SHARE * asked.required_s:
        found[-2:] = [[*found[-2], *found[-1]]]
    return [_joined(parts) for parts in found if parts]


def _joined(parts: Iterable[Stay]) -> list[Stay]:
    found: list[Stay] = []
    for begins, ends in parts:
        if found and found[-1][1] == begins:
            found[-1] = (found[-1][0], ends)
        else:
            found.append((begins, ends))
    return found


def rounds(
    asked: RoundPlan, sure: Sequence[Fix], holes: Sequence[Gap], now: float, limits: FactLimits | None = None
) -> tuple[Round, ...]:
    """Of one shift. `sure`: its fixes that prove something, in order of time; `holes`: when nothing sure is known."""
    slack = (limits or FactLimits()).visit_slack_m
    excused = apart_from_one_another(asked.excused)
    found = []
    for parts in stretches(asked):
        from_at, to_at = parts[0][0], parts[-1][1]
        mine = [fix for fix in sure if from_at <= fix.at < to_at]
        visits = Visits(asked.points, slack)
        for fix in mine:
            visits.add(fix)
        away = sum(on_break(begins, ends, excused) for begins, ends in parts)
        length = sum(ends - begins for begins, ends in parts)
        open_ = [hole for hole in holes if hole.from_at < to_at and hole.to_at > from_at]
        points = []
        for place in asked.points:
            visit = visits.found.get(place.id)
            if visit is not None:
                points.append(PointSeen(place.id, "visited", visit.first_at, visit.fix_id, visit.distance_m))
                continue
            if to_at > now:
                state: State = "running"
            elif from_at < asked.look.from_at or to_at > asked.look.to_at:
                state = "beyond"
            elif away > EXCUSED_SHARE * length:
                state = "excused"
            else:
                state = "unknown" if any(_within_reach(place, hole, sure) for hole in open_) else "missed"
            points.append(PointSeen(place.id, state))
        found.append(Round(from_at, to_at, away, tuple(points)))
    return tuple(found)


def _within_reach(place: VisitPoint, hole: Gap, sure: Sequence[Fix]) -> bool:
    """Could the guard have gone there and come to where the next fix was, while the hole lasted?"""
    before = next((fix for fix in reversed(sure) if fix.at <= hole.from_at), None)
    after = next((fix for fix in sure if fix.at >= hole.to_at), None)
    ways = [
        max(0.0, apart_m(place.lat, place.lon, fix.lat, fix.lon) - place.radius_m) for fix in (before, after) if fix
    ]
    return sum(ways) <= BIKE_MPS * (hole.to_at - hole.from_at)
