"""Shapes drawn on the map or imported: what makes no area is refused, with the place of the fault. WGS-84; metres."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Final

from shapely import transform
from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry
from shapely.validation import explain_validity

from lianqin.errors import RecordError
from lianqin.geo import EARTH_RADIUS_M, LonLat, in_china

SMALLEST_M2: Final = 1.0
LARGEST_M2: Final = 5_000e6
"""Larger than most counties: longitude and latitude were exchanged, or a province was drawn."""
_DEGREE_M: Final = math.radians(1) * EARTH_RADIUS_M


def flat(shape: BaseGeometry) -> BaseGeometry:
    """In metres on the plane that touches the earth at its middle (0.1 % within a county)."""
    middle = shape.centroid
    east = _DEGREE_M * math.cos(math.radians(middle.y))
    return transform(shape, lambda xy: (xy - (middle.x, middle.y)) * (east, _DEGREE_M))


def area_m2(shape: BaseGeometry) -> float:
    return float(flat(shape).area) if not shape.is_empty else 0.0


def fault_place(shape: BaseGeometry) -> tuple[str, LonLat]:
    """What is wrong with an invalid shape, and where."""
    told = explain_validity(shape)
    found = re.search(r"\[(-?[\d.e-]+) (-?[\d.e-]+)", told)
    where = (float(found[1]), float(found[2])) if found else (shape.centroid.x, shape.centroid.y)
    return told.split("[")[0].strip(), where


def check_ring(ring: Sequence[LonLat]) -> list[LonLat]:
    """The ring without a repeated last corner.

    Raises RecordError `ring.corners`, `ring.outside`, `ring.crosses` (with `lon`, `lat`), `ring.thin`, `ring.large`.
    """
    points = [(float(lon), float(lat)) for lon, lat in ring]
    if len(points) > 1 and points[0] == points[-1]:
        points.pop()
    if len(set(points)) < 3:
        raise RecordError(
            "ring.corners", f"an area needs three corners, not {len(set(points))}", corners=len(set(points))
        )
    for point in points:
        if not in_china(point):
            raise RecordError("ring.outside", f"{point} lies outside the country; longitude comes first", lon=point[0],
                              lat=point[1])  # fmt: skip
    shape = Polygon(points)
    if not shape.is_valid:
        why, (lon, lat) = fault_place(shape)
        raise RecordError("ring.crosses", f"the border crosses or touches itself at {lon:.6f}, {lat:.6f}: {why}",
                          lon=round(lon, 6), lat=round(lat, 6))  # fmt: skip
    size = area_m2(shape)
    if size < SMALLEST_M2:
        raise RecordError("ring.thin", f"{size:.2f} m2 is no area", m2=round(size, 2))
    if size > LARGEST_M2:
        raise RecordError("ring.large", f"{size / 1e6:.0f} km2 is too large", km2=round(size / 1e6))
    return points
