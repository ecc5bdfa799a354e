"""Where tracks stand with regard to zones, and when a zone is armed. Pure geometry; no clock.

A track stands where its foot is (bottom centre of its box). Zones are fractions of the picture; distances here are in
picture heights, so that the picture's shape does not bend them. Whoever is cut off by an edge of the picture stands beyond
it: a zone drawn up to an edge reaches past it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec

from lianqin.records import Point, Track, Zone
from lianqin.zone_check import check_zone
from lianqin.zone_rules import is_scheduled, to_the_edge

__all__ = ["Place", "check_zone", "is_armed", "locate"]


class Place(msgspec.Struct, frozen=True):
    """One track with regard to one zone."""

    track: Track
    depth: float
    """Picture heights. Polygon: distance to its border, positive inside. Line: distance to it, positive on the right
    when looking from its first point to its second, as seen on the image."""
    along: float = 0.0
    """Line: where the foot's projection falls, 0 at the first point and 1 at the second. Polygon: 0."""

    @property
    def inside(self) -> bool:
        return self.depth > 0


def locate(zone: Zone, tracks: Sequence[Track], aspect: float) -> tuple[Place, ...]:
    """Where each track of the zone's labels stands; `aspect` is the picture's width / height."""
    mine = [track for track in tracks if track.label in zone.labels]
    points = [(to_the_edge(x) * aspect, to_the_edge(y)) for x, y in zone.points]
    if zone.situation == "line_crossing":
        return tuple(_beside_line(points[0], points[1], track, aspect) for track in mine)
    return tuple(Place(track, _depth(points, (track.foot[0] * aspect, track.foot[1]))) for track in mine)


def is_armed(zone: Zone, at: float) -> bool:
    """Whether the zone's rule holds at that moment (epoch seconds); schedules are in Asia/Shanghai."""
    return zone.enabled and is_scheduled(zone.schedules, at)


def _beside_line(start: Point, end: Point, track: Track, aspect: float) -> Place:
    way = end[0] - start[0], end[1] - start[1]
    foot = track.foot[0] * aspect - start[0], track.foot[1] - start[1]
    length = math.hypot(*way)
    side = (way[0] * foot[1] - way[1] * foot[0]) / length
    return Place(track, side, (way[0] * foot[0] + way[1] * foot[1]) / length**2)


def _depth(polygon: Sequence[Point], foot: Point) -> float:
    """Distance to the border, positive inside (crossing number of a ray to the right)."""
    x, y = foot
    inside, nearest = False, math.inf
    for (x1, y1), (x2, y2) in zip(polygon, [*polygon[1:], polygon[0]], strict=True):
        if (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1:
            inside = not inside
        dx, dy = x2 - x1, y2 - y1
        square = dx * dx + dy * dy
        share = 0.0 if square == 0 else min(1.0, max(0.0, ((x - x1) * dx + (y - y1) * dy) / square))
        nearest = min(nearest, math.hypot(x - x1 - share * dx, y - y1 - share * dy))
    return nearest if inside else -nearest
