"""A zone tried on alerts that were raised: which of them it would have raised as it is drawn now. Pure.

It can tell only of what was recorded: where the zone is larger than what raised those alerts, more may come than it says. How
long somebody must stay, and how many people there must be, are not tried: an alert's boxes begin shortly before it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Final, Literal

import msgspec

from lianqin.records import Box, Point, TrackPath, Zone
from lianqin.zoning import crosses, depth_in, is_armed, is_scheduled, outline, takes

ASPECT: Final = 16 / 9
"""Of the picture; stored alerts don't say theirs, and inside is inside in any."""
Why = Literal["off", "hours", "days", "kind", "size", "place"]


class Tried(msgspec.Struct, frozen=True):
    """One alert: `captured_at` in epoch seconds, the tracks that were its cause."""

    id: str
    captured_at: float
    tracks: tuple[TrackPath, ...]


class Outcome(msgspec.Struct, frozen=True):
    """`raised` of `total`; the others by the first thing that keeps them out."""

    total: int
    raised: int
    spared: dict[str, int]
    spared_ids: tuple[str, ...]


def try_zone(zone: Zone, alerts: Iterable[Tried]) -> Outcome:
    """`zone` with its calendars' days filled in."""
    total, spared, ids = 0, Counter[str](), list[str]()
    for alert in alerts:
        total += 1
        why = spares(zone, alert)
        if why is not None:
            spared[why] += 1
            ids.append(alert.id)
    return Outcome(total, total - len(ids), dict(spared), tuple(ids))


def spares(zone: Zone, alert: Tried) -> Why | None:
    """The first thing that keeps this alert from the zone as it is; None: it would be raised."""
    if not zone.enabled:
        return "off"
    if not is_armed(zone, alert.captured_at):
        return "days" if is_scheduled(zone.schedules, alert.captured_at) else "hours"
    mine = [track for track in alert.tracks if track.cause] or list(alert.tracks)
    kinds = [track for track in mine if track.label in zone.labels]
    if not kinds:
        return "kind"
    boxes = [[point.box for point in track.points if takes(zone, track.label, point.box)] for track in kinds]
    if not any(boxes):
        return "size"
    drawn = outline(zone.points, ASPECT)
    there = _crosses if zone.situation == "line_crossing" else _inside
    return None if any(there(zone, drawn, path) for path in boxes) else "place"


def _foot(box: Box) -> Point:
    return (box[0] + box[2]) / 2 * ASPECT, box[3]


def _inside(_zone: Zone, drawn: Sequence[Point], path: Sequence[Box]) -> bool:
    return any(depth_in(drawn, _foot(box)) > 0 for box in path)


def _crosses(zone: Zone, drawn: Sequence[Point], path: Sequence[Box]) -> bool:
    return any(crosses(drawn, before, after, both_ways=zone.both_ways) for before, after in pairwise(map(_foot, path)))
