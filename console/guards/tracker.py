"""What the platform hears of one guard's tracker, for the guard's own page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from console.guards.places import place_and_sign, signs_of_life
from console.http.context import Console
from lianqin.errors import BusUnavailable
from patrol.duty import silences
from patrol.duty.shifts import on_duty
from patrol.duty.tables import Shift
from patrol.judging.presence import GuardPlace

SILENT_S: Final = 180.0
"""Nothing arrived for so long on shift: the page says that the tracker is silent, and what to check."""


class TrackerState(msgspec.Struct, frozen=True):
    """`fix_at`: device time of the last place, `fix_received_at` its arrival; `heard_at`: when anything arrived last, places or
    signs of life. `silent`: nothing for `SILENT_S` of this shift; never off shift, and never while the platform itself receives
    nothing (`platform_since`). Epoch seconds, WGS-84."""

    silent: bool = False
    fix_at: float | None = None
    fix_received_at: float | None = None
    heard_at: float | None = None
    platform_since: float | None = None
    lon: float | None = None
    lat: float | None = None
    accuracy_m: float | None = None


def judge(
    place: GuardPlace | None, heard_at: float | None, shift_at: float | None, platform_since: float | None, now: float
) -> TrackerState:
    """`shift_at`: when the running shift opened, None off shift. Pure."""
    silent = shift_at is not None and platform_since is None and now - max(heard_at or 0.0, shift_at) >= SILENT_S
    found = TrackerState(silent=silent, heard_at=heard_at, platform_since=platform_since)
    if place is None:
        return found
    return msgspec.structs.replace(
        found,
        fix_at=place.at,
        fix_received_at=place.received_at,
        lon=place.lon,
        lat=place.lat,
        accuracy_m=place.accuracy_m,
    )


def tracker_of(
    console: Console, session: Session, guard_id: str, shift: Shift | None, now: float
) -> TrackerState | None:
    """None while Redis is away: then nothing is known of it."""
    try:
        place, heard_at = place_and_sign(console, guard_id)
        if shift is not None and heard_at is not None and now - heard_at < silences.LEAST_S:
            return judge(
                place, heard_at, shift.opened_at, None, now
            )  # the platform hears this guard: no look at all the others
        signs: Mapping[str, float] = signs_of_life(console)
    except BusUnavailable:
        return None
    on_shift = set(session.scalars(select(Shift.guard_id).where(on_duty(now))))
    since = silences.running({one: at for one, at in signs.items() if one in on_shift}, now)
    return judge(place if shift else None, heard_at, shift.opened_at if shift else None, since, now)
