"""Where tracks stand with regard to zones. Pure geometry (`lianqin/zoning.py`, which the console shares); no clock.

A track stands where its foot is (bottom centre of its box). Zones are fractions of the picture; distances here are in
picture heights, so that the picture's shape does not bend them. Whoever is cut off by an edge of the picture stands beyond
it: a zone drawn up to an edge reaches past it.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from lianqin.records import Point, Track, Zone
from lianqin.zone_check import check_zone
from lianqin.zoning import beside_line, depth_in, is_armed, outline, takes

__all__ = ["ZonePosition", "check_zone", "is_armed", "locate"]


class ZonePosition(msgspec.Struct, frozen=True):
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


def locate(zone: Zone, tracks: Sequence[Track], aspect: float) -> tuple[ZonePosition, ...]:
    """Where each track of the zone's kinds and size stands; `aspect` is the picture's width / height."""
    mine = [track for track in tracks if takes(zone, track.label, track.box)]
    points = outline(zone.points, aspect)
    if zone.situation == "line_crossing":
        return tuple(_beside_line(points, track, aspect) for track in mine)
    return tuple(ZonePosition(track, depth_in(points, (track.foot[0] * aspect, track.foot[1]))) for track in mine)


def _beside_line(points: Sequence[Point], track: Track, aspect: float) -> ZonePosition:
    return ZonePosition(track, *beside_line(points[0], points[1], (track.foot[0] * aspect, track.foot[1])))
