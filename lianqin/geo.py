"""Places on the earth. Pure functions; WGS-84 degrees and metres unless a name says otherwise.

GCJ-02 is the offset datum of Chinese map services and BD-09 Baidu's on top of it. The forward formula is the one that
public implementations agree on (constants: Krasovsky 1940 axis and eccentricity); the inverse is iterated here until a
round trip is below a millimetre.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from lianqin.records import CoordSys

LonLat = tuple[float, float]
EARTH_RADIUS_M = 6_371_008.8
WALKING_MPS = 1.3
"""Straight-line walking speed used for "about n minutes" (metres a second)."""

_AXIS, _ECCENTRICITY2 = 6_378_245.0, 0.00669342162296594323
_BD_PI = math.pi * 3000.0 / 180.0


def distance_m(a: LonLat, b: LonLat) -> float:
    """Great-circle distance between two (lon, lat) places in metres (haversine)."""
    lon1, lat1, lon2, lat2 = map(math.radians, (*a, *b))
    h = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return 2 * EARTH_RADIUS_M * math.asin(min(1.0, math.sqrt(h)))


def walking_seconds(metres: float) -> float:
    """Time to walk that far in a straight line."""
    return metres / WALKING_MPS


def to_local_m(origin: LonLat, place: LonLat) -> tuple[float, float]:
    """East and north of `origin` in metres on the plane that touches it (fine within some 50 km)."""
    per_degree = math.radians(1) * EARTH_RADIUS_M
    return (place[0] - origin[0]) * per_degree * math.cos(math.radians(origin[1])), (place[1] - origin[1]) * per_degree


def outside_m(polygon: Sequence[LonLat], place: LonLat) -> float:
    """How far `place` lies outside the polygon's border in metres; negative inside. The ring may be open or closed."""
    points = [to_local_m(place, p) for p in polygon]
    inside, nearest = False, math.inf
    for (x1, y1), (x2, y2) in zip(points, [*points[1:], points[0]], strict=True):
        if (y1 > 0) != (y2 > 0) and (x2 - x1) * -y1 / (y2 - y1) + x1 > 0:
            inside = not inside
        dx, dy = x2 - x1, y2 - y1
        along = 0.0 if dx == dy == 0 else min(1.0, max(0.0, -(x1 * dx + y1 * dy) / (dx * dx + dy * dy)))
        nearest = min(nearest, math.hypot(x1 + along * dx, y1 + along * dy))
    return -nearest if inside else nearest


def in_china(place: LonLat) -> bool:
    """The rough rectangle in which the public GCJ-02 formula is applied."""
    return 72.004 <= place[0] <= 137.8347 and 0.8293 <= place[1] <= 55.8271


def _gcj_shift(place: LonLat) -> tuple[float, float]:
    x, y = place[0] - 105.0, place[1] - 35.0
    root, pi = math.sqrt(abs(x)), math.pi
    wave = (20.0 * math.sin(6.0 * x * pi) + 20.0 * math.sin(2.0 * x * pi)) * 2.0 / 3.0
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + wave
    north += (20.0 * math.sin(y * pi) + 40.0 * math.sin(y / 3.0 * pi)) * 2.0 / 3.0
    north += (160.0 * math.sin(y / 12.0 * pi) + 320.0 * math.sin(y * pi / 30.0)) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + wave
    east += (20.0 * math.sin(x * pi) + 40.0 * math.sin(x / 3.0 * pi)) * 2.0 / 3.0
    east += (150.0 * math.sin(x / 12.0 * pi) + 300.0 * math.sin(x / 30.0 * pi)) * 2.0 / 3.0
    lat = math.radians(place[1])
    magic = 1 - _ECCENTRICITY2 * math.sin(lat) ** 2
    d_lat = north * 180.0 / ((_AXIS * (1 - _ECCENTRICITY2)) / (magic * math.sqrt(magic)) * pi)
    return east * 180.0 / (_AXIS / math.sqrt(magic) * math.cos(lat) * pi), d_lat


def wgs84_to_gcj02(place: LonLat) -> LonLat:
    """(lon, lat) as Chinese map services draw it; unchanged outside China."""
    if not in_china(place):
        return place
    d_lon, d_lat = _gcj_shift(place)
    return place[0] + d_lon, place[1] + d_lat


def gcj02_to_wgs84(place: LonLat) -> LonLat:
    """Inverse of `wgs84_to_gcj02`, by fixed-point iteration (the shift changes by less than 1 % over its own length)."""
    if not in_china(place):
        return place
    guess = place
    for _ in range(12):
        there = wgs84_to_gcj02(guess)
        guess = guess[0] + place[0] - there[0], guess[1] + place[1] - there[1]
    return guess


def _is_on_globe(place: LonLat) -> bool:
    return abs(place[0]) <= 360 and abs(place[1]) <= 360


def gcj02_to_bd09(place: LonLat) -> LonLat:
    """GCJ-02 to Baidu's BD-09; unchanged where no place is."""
    if not _is_on_globe(place):
        return place
    x, y = place
    z = math.hypot(x, y) + 0.00002 * math.sin(y * _BD_PI)
    theta = math.atan2(y, x) + 0.000003 * math.cos(x * _BD_PI)
    return z * math.cos(theta) + 0.0065, z * math.sin(theta) + 0.006


def bd09_to_gcj02(place: LonLat) -> LonLat:
    """Inverse of `gcj02_to_bd09`, by iteration; unchanged where no place is."""
    if not _is_on_globe(place):
        return place
    guess = place[0] - 0.0065, place[1] - 0.006
    for _ in range(12):
        there = gcj02_to_bd09(guess)
        guess = guess[0] + place[0] - there[0], guess[1] + place[1] - there[1]
    return guess


def to_wgs84(place: LonLat, coord_sys: CoordSys) -> LonLat:
    """(lon, lat) in whatever system a device sends, as WGS-84 (CGCS2000 is equal to it for our purpose)."""
    if coord_sys == "gcj02":
        return gcj02_to_wgs84(place)
    if coord_sys == "bd09":
        return gcj02_to_wgs84(bd09_to_gcj02(place))
    return place
