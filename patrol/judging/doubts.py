"""Doubts about a fix. They flag, they never delete: a doubted fix is kept and shown, it just proves nothing. Pure.

Here is what each doubt means and what a fix or two say by themselves; `judge.py` weighs a fix against those on both
sides of it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final, Literal

import msgspec

from lianqin.geo import (
    EARTH_RADIUS_M,
    LonLat,
    bd09_to_gcj02,
    gcj02_to_bd09,
    gcj02_to_wgs84,
    wgs84_to_gcj02,
)
from lianqin.records import CoordSys, Fix

Doubt = Literal[
    "inaccurate", "teleport", "jump", "wrong_coord_sys", "same_moment", "two_phones", "clock_ahead", "clock_skew",
    "frozen", "at_rest", "too_fast", "shared_position", "identical_trail", "shared_device",
]  # fmt: skip
"""`teleport`: far from what lies before and after it. `jump`: beyond reach of what lies before, and it went on there.
`wrong_coord_sys`: off by the very shift of GCJ-02 or BD-09. `two_phones`: another device of the guard is elsewhere at that
time. `frozen`: the place repeats itself while the device claims to move, or in a loop. `at_rest`: it has not changed for so
long that it says nothing any more (both: `stillness.py`). `clock_ahead`: measured after it arrived. The last three are found among several guards' fixes (`twins.py`)."""
INACCURATE_M: Final = 200.0
ASSUMED_ACCURACY_M: Final = 30.0
"""Where the device names none (0 stands for raw GPS in some clients and is none either)."""
FASTEST_MPS: Final = 42.0
"""151 km/h: nobody patrols faster."""
FOOT_MPS: Final = 40 / 3.6
"""40 km/h: faster than a patrol on foot or by bicycle; sustained, it is `too_fast`."""
JUMP_SLACK_M: Final = 100.0
STROLL_MPS: Final = 3.0
"""How far he may have gone meanwhile when a step is compared with a shift of coordinates."""
SHIFT_SHARE: Final = 0.35
"""A step is a shift of coordinates when it misses it by this share of its length at most."""
AHEAD_S: Final = 60.0
BEHIND_S: Final = 120.0
BEHIND_RUN: Final = 5
"""So many fixes that all arrive equally late: the clock is slow. What a phone kept for later arrives ever less late."""
SHARED_WITHIN_S: Final = 30.0
"""`shared_position`: another guard's fix at the very same degrees so near in time (see `trails.TrailStore.near`)."""
PROVES_NOTHING: Final = frozenset({
    "inaccurate", "teleport", "jump", "wrong_coord_sys", "same_moment", "two_phones", "frozen", "at_rest",
    "clock_ahead",
})  # fmt: skip
"""The others are looked at by people alone."""


class Flagged(msgspec.Struct, frozen=True, gc=False):
    """A fix with its doubts; `system` and `off_m` (metres) of a `wrong_coord_sys`."""

    fix: Fix
    doubts: tuple[Doubt, ...]
    system: CoordSys | None = None
    off_m: float | None = None


def accuracy_m(fix: Fix) -> float:
    """The accuracy to count with, metres."""
    return fix.accuracy_m or ASSUMED_ACCURACY_M


def in_time(fix: Fix) -> Fix:
    """The fix at the time that counts: where its clock is ahead of the arrival by more than `AHEAD_S`, nothing can have been
    measured later than it arrived, so its arrival stands for it (`ahead_s` keeps by how much). Twice changes nothing."""
    if fix.at - fix.received_at <= AHEAD_S:
        return fix
    return msgspec.structs.replace(fix, at=fix.received_at, ahead_s=fix.at - fix.received_at)


def is_sos(fix: Fix) -> bool:
    """Does he call for help? Kept with its place even off shift; no other alarm is."""
    return (fix.alarm or "").strip().lower() == "sos"


def proves(found: tuple[Doubt, ...]) -> bool:
    """May a fix with these doubts confirm or contradict anything?"""
    return not found or not PROVES_NOTHING.intersection(found)


DEGREE_M: Final = math.radians(1) * EARTH_RADIUS_M
_HALF_RADIAN: Final = math.radians(0.5)


def apart_m(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """Metres between two places, on the plane at the middle latitude (1 % off at 300 km)."""
    east, north = (lon2 - lon1) * (DEGREE_M * math.cos((lat1 + lat2) * _HALF_RADIAN)), (lat2 - lat1) * DEGREE_M
    return math.sqrt(east * east + north * north)


def _from_bd09(place: LonLat) -> LonLat:
    return gcj02_to_wgs84(bd09_to_gcj02(place))


def _to_bd09(place: LonLat) -> LonLat:
    return gcj02_to_bd09(wgs84_to_gcj02(place))


class CoordinateOffset(msgspec.Struct, frozen=True):
    """A mistake of coordinates: the device sends `system` as if it were WGS-84, or the other way round, and how to take
    the mistake back."""

    system: CoordSys
    undo: Callable[[LonLat], LonLat]


SHIFTS: Final = (
    CoordinateOffset("gcj02", gcj02_to_wgs84), CoordinateOffset("bd09", _from_bd09), CoordinateOffset("gcj02", wgs84_to_gcj02), CoordinateOffset("bd09", _to_bd09),
)  # fmt: skip


def undone(shift: CoordinateOffset, lat: float, lon: float) -> tuple[float, float]:
    """(lat, lon) where such a fix really lies."""
    east, north = shift.undo((lon, lat))
    return north, east


def shift_between(lat: float, lon: float, fix: Fix, slack_m: float) -> CoordinateOffset | None:
    """The mistake that explains a step from there to `fix`: with it taken back the fix lies within `slack_m` of where
    he was, and within a third of the shift's own length. None: no mistake does."""
    found: list[tuple[float, int]] = []
    for n, shift in enumerate(SHIFTS):
        real_lat, real_lon = undone(shift, fix.lat, fix.lon)
        missed, length = apart_m(lat, lon, real_lat, real_lon), apart_m(fix.lat, fix.lon, real_lat, real_lon)
        if missed <= min(slack_m, SHIFT_SHARE * length):
            found.append((missed, n))
    return SHIFTS[min(found)[1]] if found else None
