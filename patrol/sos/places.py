"""Where who calls for help is, as far as it is known: pure functions of the record and of the last place on the map."""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from lianqin.records import SosCall
from patrol.judging.presence import GuardPlace

ClockState = Literal["right", "none", "wrong"]
Source = Literal["own", "last"]
OLDEST_S: Final = 30 * 86_400.0
"""A device that claims an older moment has a wrong clock; a message may wait that long for its network."""
AHEAD_S: Final = 60.0
LATE_S: Final = 120.0
"""A call that is known so long after it was pressed is said as late."""


class SosPlace(msgspec.Struct, frozen=True):
    """A place in WGS-84; `at`: when the guard was there, by our clock as far as that can be told; None: not known."""

    lon: float
    lat: float
    accuracy_m: float | None
    at: float | None
    source: Source


def clock_of(device_at: float | None, raised_at: float) -> ClockState:
    """Is the device's claim of its moment to be believed? `none`: it claims nothing."""
    if device_at is None:
        return "none"
    return "right" if raised_at - OLDEST_S <= device_at <= raised_at + AHEAD_S else "wrong"


def pressed_at(device_at: float | None, raised_at: float) -> float:
    """When it was pressed: the device's claim where it can be believed, else the moment of arrival."""
    if device_at is None or clock_of(device_at, raised_at) != "right":
        return raised_at
    return min(device_at, raised_at)


def late_s(device_at: float | None, raised_at: float, known_at: float) -> float:
    """Seconds between the press and its being known at the station."""
    return max(0.0, known_at - pressed_at(device_at, raised_at))


def own_place(call: SosCall, age_s: float = 0.0) -> SosPlace | None:
    """The place that the message brings. 0/0 is none: a device before its first fix sends it. `age_s`: how old the
    device says that its place was when it was pressed; below 0: measured after that."""
    if call.lat is None or call.lon is None or (call.lat == 0 and call.lon == 0):
        return None
    wrong = clock_of(call.at, call.received_at) == "wrong"
    at = None if wrong else min(pressed_at(call.at, call.received_at) - age_s, call.received_at)
    return SosPlace(call.lon, call.lat, call.accuracy_m, at, "own")


def last_place(place: GuardPlace | None) -> SosPlace | None:
    """The last place on the map, as of its own moment; a fix can't be newer than its arrival."""
    if place is None:
        return None
    return SosPlace(place.lon, place.lat, place.accuracy_m, min(place.at, place.received_at), "last")
