"""What another rule would have made of alerts that came: switched off, other hours and days, other kinds, a least size, another shape of the
zone. Pure; the one measure of it, for the leader's page and for who draws zones.

Each alert keeps the boxes of its tracks from some seconds before it to some after. It is measured by itself: how long its cause stood in the
zone as that was drawn then, up to the alert. It would still have come if any of its causes does the same, for as long, where the box is
large enough, the foot in the new shape and the hour armed; a line, if it is crossed; a density, if as many stand there at once. Without a
change every alert comes. What a track did after its boxes end nobody knows: an alert that might have come then is `unknown`.

The picture's shape does not matter to where a foot stands; the detector's margins (`detect/situations`) are not repeated here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Final, Literal

import msgspec

from lianqin.records import Point, Schedule, Situation, TrackPath, TrackPoint, Zone
from lianqin.zoning import DENSITY_PEOPLE, crosses, depth_in, is_armed, is_scheduled, outline

Outcome = Literal["comes", "spared", "unknown"]
Part = Literal["off", "hours", "days", "kind", "size", "shape"]
_EPS: Final = 0.05
"""Seconds: moments are written with three digits, and an alert's is its frame's."""
_STALE: Final = 1.0
"""Seconds after its last box in which somebody still counts in a density."""


class RuleChange(msgspec.Struct, frozen=True):
    """A zone's other rule; None: as it was. `least_height`: of the box, as a share of the picture's height."""

    is_off: bool = False
    hours: tuple[Schedule, ...] | None = None
    days: Zone | None = None
    """The zone whose calendars (their days filled in) and hours apply; None: every day."""
    labels: tuple[str, ...] | None = None
    least_height: float | None = None
    points: tuple[Point, ...] | None = None
    both_ways: bool | None = None
    """Of a line."""

    def parts(self) -> tuple[tuple[Part, RuleChange], ...]:
        """Each of what is changed, alone."""
        found: list[tuple[Part, RuleChange]] = [("off", RuleChange(is_off=True))] if self.is_off else []
        if self.hours is not None:
            found.append(("hours", RuleChange(hours=self.hours)))
        if self.days is not None:
            found.append(("days", RuleChange(days=self.days)))
        if self.labels is not None:
            found.append(("kind", RuleChange(labels=self.labels)))
        if self.least_height is not None:
            found.append(("size", RuleChange(least_height=self.least_height)))
        if self.points is not None or self.both_ways is not None:
            found.append(("shape", RuleChange(points=self.points, both_ways=self.both_ways)))
        return tuple(found)


def change_to(zone: Zone, was: Zone | None, past: Past) -> RuleChange:
    """From the zone as it was for this alert to the zone as it is drawn, with its calendars' days filled in. `was`: as it is kept; None: it is
    new."""
    has_days = bool(zone.on_calendars or zone.off_days)
    is_line, same = past.situation == "line_crossing", zone.points == past.points
    return RuleChange(
        is_off=not zone.enabled, hours=zone.schedules or None,
        days=msgspec.structs.replace(zone, enabled=True) if has_days else None,
        labels=None if was is not None and was.labels == zone.labels else zone.labels,
        least_height=zone.least_height or None, points=None if same else zone.points,
        both_ways=zone.both_ways if is_line and zone.both_ways != past.both_ways else None,
    )  # fmt: skip


class Past(msgspec.Struct, frozen=True):
    """An alert as it stands in the record, with the zone as it was."""

    id: str
    situation: Situation
    captured_at: float
    points: tuple[Point, ...]
    tracks: tuple[TrackPath, ...]
    both_ways: bool = False
    people: int = DENSITY_PEOPLE


class Judged(msgspec.Struct, frozen=True):
    """`why`: which parts of the change spare it, each alone; all of them where only together they do."""

    outcome: Outcome
    why: tuple[Part, ...] = ()


Stands = Callable[[TrackPoint], bool]


def judge(past: Past, change: RuleChange) -> Judged:
    """Would it have come?"""
    outcome = _outcome(past, change)
    if outcome != "spared":
        return Judged(outcome)
    parts = change.parts()
    alone = tuple(name for name, one in parts if _outcome(past, one) == "spared")
    return Judged(outcome, alone or tuple(name for name, _ in parts))


def _outcome(past: Past, change: RuleChange) -> Outcome:
    if change.is_off:
        return "spared"
    if change.points is not None and (len(change.points) < 3) != (past.situation == "line_crossing"):
        # A line and an area are no two shapes of one rule.
        rest = _outcome(past, msgspec.structs.replace(change, points=None))
        return "spared" if rest == "spared" else "unknown"
    causes = [track for track in past.tracks if track.cause and track.points]
    return _of_causes(past, causes, change) if causes else _of_none(past, change)


def _of_none(past: Past, change: RuleChange) -> Outcome:
    """No boxes are kept: its moment alone is known."""
    if not _holds(change, past.captured_at):
        return "spared"
    return "comes" if change.least_height is None and change.points is None and change.labels is None else "unknown"


def _of_causes(past: Past, causes: Sequence[TrackPath], change: RuleChange) -> Outcome:
    """What it needed is measured by all that caused it; what would cause it again, by those of the other rule's kinds."""
    again = [track for track in causes if change.labels is None or track.label in change.labels]
    if not again:
        return "spared"
    if past.situation == "line_crossing":
        return _of_line(past, causes, again, change)
    if past.situation == "density":
        return _of_density(past, causes, again, change)
    return _of_stay(past, causes, again, change)


def _rule(change: RuleChange, inside: Stands) -> Stands:
    least = change.least_height

    def stands(point: TrackPoint) -> bool:
        if least is not None and point.box[3] - point.box[1] < least:
            return False
        return inside(point) and _holds(change, point.at)

    return stands


def _holds(change: RuleChange, at: float) -> bool:
    if change.hours is not None and not is_scheduled(change.hours, at):
        return False
    return change.days is None or is_armed(change.days, at)


def _in(points: Sequence[Point]) -> Stands:
    ring = outline(points, 1.0)

    def inside(point: TrackPoint) -> bool:
        return depth_in(ring, _foot(point)) > 0

    return inside


def _anywhere(_: TrackPoint) -> bool:
    return True


def _foot(point: TrackPoint) -> Point:
    return (point.box[0] + point.box[2]) / 2, point.box[3]


class _Run(msgspec.Struct, frozen=True):
    """The longest time in which a track stood, None if it never did. `goes_on`: it was inside at its last box, so its stay may have gone on."""

    seconds: float | None
    goes_on: bool


def _run(points: Sequence[TrackPoint], stands: Stands) -> _Run:
    longest: float | None = None
    since: float | None = None
    for point in points:
        if not stands(point):
            since = None
            continue
        since = point.at if since is None else since
        longest = max(longest or 0.0, point.at - since)
    return _Run(longest, since is not None)


def _until(points: Sequence[TrackPoint], at: float) -> list[TrackPoint]:
    return [point for point in points if point.at <= at + _EPS]


def _of_stay(past: Past, causes: Sequence[TrackPath], again: Sequence[TrackPath], change: RuleChange) -> Outcome:
    own = _in(past.points)
    stood = [run.seconds for track in causes
             if (run := _run(_until(track.points, past.captured_at), own)).seconds is not None]  # fmt: skip
    if not stood and change.points is not None:
        return "unknown"  # its boxes do not show how it came about
    needed = max((one for one in stood if one is not None), default=0.0)
    inside = _in(change.points) if change.points is not None else own if stood else _anywhere
    runs = [_run(track.points, _rule(change, inside)) for track in again]
    if any(run.seconds is not None and run.seconds >= needed - _EPS for run in runs):
        return "comes"
    return "unknown" if any(run.goes_on for run in runs) else "spared"


def _of_line(past: Past, causes: Sequence[TrackPath], again: Sequence[TrackPath], change: RuleChange) -> Outcome:

    def crossed(line: Sequence[Point], rule: RuleChange, by: Sequence[TrackPath], until: float | None = None) -> bool:
        stands, drawn = _rule(rule, _anywhere), outline(line, 1.0)
        return any(
            stands(after)
            and crosses(
                drawn,
                _foot(before),
                _foot(after),
                both_ways=past.both_ways if rule.both_ways is None else rule.both_ways,
            )
            for track in by
            for before, after in pairwise(track.points if until is None else _until(track.points, until))
        )

    if not crossed(past.points, RuleChange(), causes, past.captured_at + _STALE):
        if change.points is not None:
            return "unknown"
        stands = _rule(change, _anywhere)
        near = [_until(track.points, past.captured_at) or track.points[:1] for track in again]
        return "comes" if any(stands(points[-1]) for points in near) else "spared"
    return "comes" if crossed(change.points or past.points, change, again) else "spared"


def _of_density(past: Past, causes: Sequence[TrackPath], again: Sequence[TrackPath], change: RuleChange) -> Outcome:

    def most(rule: RuleChange, inside: Stands, moments: Sequence[float], by: Sequence[TrackPath]) -> int:
        stands = _rule(rule, inside)
        return max((sum(_stands_at(track, at, stands) for track in by) for at in moments), default=0)

    own = _in(past.points)
    moments = sorted({point.at for track in causes for point in track.points})
    there = most(RuleChange(), own, [at for at in moments if at <= past.captured_at + _EPS], causes)
    if there == 0 and change.points is not None:
        return "unknown"
    inside = _in(change.points) if change.points is not None else own if there else _anywhere
    needed = min(past.people, there or past.people)
    return "comes" if most(change, inside, moments, again) >= needed else "spared"


def _stands_at(track: TrackPath, at: float, stands: Stands) -> bool:
    last = next((point for point in reversed(track.points) if point.at <= at + _EPS), None)
    return last is not None and at - last.at <= _STALE and stands(last)
