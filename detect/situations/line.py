"""Line crossing: a foot passes from one side of a line to the other, between its ends."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

import msgspec

from detect.situations.memory import GAP, Fired, Memory, Outcome, Side
from detect.zones import ZonePosition
from lianqin.records import Zone

LINE_MARGIN: Final = 0.03
"""Of the box's height: a foot nearer to the line is on neither side."""
LINE_AGAIN: Final = 3.0
"""Seconds after a crossing in which the same track does not count again."""


def line_rule(
    zone: Zone, memory: Memory, places: Sequence[ZonePosition], at: float, _seconds: float, _kept: Collection[str]
) -> Outcome:
    """A foot passes the line between its ends from left to right, or either way."""
    sides = {key: side for key, side in memory.sides.items() if at - side.seen_at <= GAP}
    fired = []
    for place in places:
        track = place.track
        if not track.detected:
            continue
        side = sides.get(track.id) or Side(place.depth, place.along, at)
        if abs(place.depth) >= LINE_MARGIN * track.height:
            if _passes(zone, side, place) and at - side.fired_at > LINE_AGAIN:
                share = side.depth / (side.depth - place.depth)
                meets = side.along + share * (place.along - side.along)
                side = msgspec.structs.replace(side, waits=side.waits or 0 <= meets <= 1)
            side = msgspec.structs.replace(side, depth=place.depth, along=place.along)
        if side.waits and track.counts:
            side = msgspec.structs.replace(side, fired_at=at, waits=False)
            fired.append(Fired((track.id,)))
        sides[track.id] = msgspec.structs.replace(side, seen_at=at)
    return Outcome(Memory(sides=sides), tuple(fired), any(side.waits for side in sides.values()))


def _passes(zone: Zone, before: Side, now: ZonePosition) -> bool:
    return before.depth < 0 < now.depth or (zone.both_ways and now.depth < 0 < before.depth)
