"""What a trail says at a glance: gaps without a fix, and stops. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from lianqin.geo import distance_m
from lianqin.records import Fix

STOP_RADIUS_M: Final = 30.0
STOP_SECONDS: Final = 300.0
GAP_INTERVALS: Final = 4
"""A gap: this many fix intervals without one (and a minute at least)."""


class Span(msgspec.Struct, frozen=True):
    """Epoch seconds."""

    from_at: float
    to_at: float


class Stop(msgspec.Struct, frozen=True):
    """Stood within `STOP_RADIUS_M` of where he stopped."""

    from_at: float
    to_at: float
    lon: float
    lat: float


def gaps(fixes: Sequence[Fix], shifts: Sequence[Span], interval: float) -> list[Span]:
    """Times on shift without a fix for longer than `GAP_INTERVALS` intervals, a minute at least. `fixes` in order."""
    longest = max(60.0, GAP_INTERVALS * interval)
    found = []
    for shift in shifts:
        times = [fix.at for fix in fixes if shift.from_at <= fix.at <= shift.to_at]
        for before, after in zip([shift.from_at, *times], [*times, shift.to_at], strict=True):
            if after - before > longest:
                found.append(Span(before, after))
    return found


def stops(fixes: Sequence[Fix]) -> list[Stop]:
    """Where he stayed within 30 m for five minutes or longer. `fixes` in order."""
    found: list[Stop] = []
    first = 0
    for n in range(1, len(fixes) + 1):
        anchor = fixes[first]
        if n < len(fixes) and distance_m((anchor.lon, anchor.lat), (fixes[n].lon, fixes[n].lat)) <= STOP_RADIUS_M:
            continue
        if fixes[n - 1].at - anchor.at >= STOP_SECONDS:
            found.append(Stop(anchor.at, fixes[n - 1].at, anchor.lon, anchor.lat))
        first = n
    return found
