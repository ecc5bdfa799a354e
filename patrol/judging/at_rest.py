"""A phone at rest sends its last fix again, or a bare sign of life: how far that says "still there". Pure.

Clients save power at rest: they measure nothing new and repeat the last fix (the same fix time with a newer send time), or
send a heartbeat. Such a sign shows that the device lives and knows nothing newer. So the place of its last fix holds up to
the sign, where all of this is so:

- that fix is believed, and reports no motion (`stillness.moves`): who walks is not at rest;
- the sign came within `SIGNS_APART_S` of what was known before: a phone that was silent for longer may have been anywhere;
- not longer than `stillness.REST_S` after the fix was measured: a phone laid down proves half an hour.

It proves presence alone, as of the fix's own time; it is no new fix, proves no visit and no arrival.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Final

import msgspec

from lianqin.records import Fix
from patrol.judging.doubts import Flagged, proves
from patrol.judging.stillness import REST_S, moves

SIGNS_APART_S: Final = 960.0
"""The clients' own interval at rest is 15 minutes at the shortest setting they ship with; a minute for its delivery."""


class DeviceSign(msgspec.Struct, frozen=True, gc=False):
    """The device spoke at `at` (arrival, epoch seconds) without a new fix; `fix_id`: the fix that it sent again."""

    at: float
    device_id: str
    fix_id: str = ""


def signs_of(fixes: Iterable[Fix]) -> list[DeviceSign]:
    """Of fixes that came more than once: each arrival after the first."""
    first: dict[str, float] = {}
    again = False
    for fix in (some := list(fixes)):
        known = first.get(fix.id)
        if known is None:
            first[fix.id] = fix.received_at
        elif known != fix.received_at:
            again = True
            first[fix.id] = min(known, fix.received_at)
    if not again:
        return []
    return [DeviceSign(fix.received_at, fix.device_id, fix.id) for fix in some if fix.received_at > first[fix.id]]


def extends_to(last: Fix, sign: DeviceSign, known_until: float) -> float | None:
    """Device time up to which the place of `last` (believed) holds by this sign; None: the sign says nothing. What its
    delivery took, or its clock lags, is taken off."""
    if sign.device_id != last.device_id or moves(last):
        return None
    spoke = sign.at - max(0.0, last.received_at - last.at)
    if not known_until < spoke <= known_until + SIGNS_APART_S:
        return None
    until = min(spoke, last.at + REST_S)
    return until if until > known_until else None


class Rest(msgspec.Struct, frozen=True):
    """From the fix's own time (`from_at`) to the last sign of life at rest that its place holds for, WGS-84."""

    from_at: float
    to_at: float
    lon: float
    lat: float


def rests(flags: Iterable[Flagged], signs: Iterable[DeviceSign]) -> list[Rest]:
    """The stretches that signs of life add to a shift's fixes (in order), as the fold has them."""
    found: list[Rest] = []
    waiting = sorted(signs, key=lambda one: (one.at, one.device_id, one.fix_id))
    some, n, known = list(flags), 0, 0.0
    for i, flag in enumerate(some):
        fix, known = flag.fix, max(known, flag.fix.at)
        begins, following = known, some[i + 1].fix.at if i + 1 < len(some) else math.inf
        while n < len(waiting) and waiting[n].at < fix.at:
            n += 1
        while n < len(waiting) and waiting[n].at < following:
            sign, n = waiting[n], n + 1
            if proves(flag.doubts) and sign.fix_id in {"", fix.id}:
                known = extends_to(fix, sign, known) or known
        if known > begins:
            found.append(Rest(fix.at, known, fix.lon, fix.lat))
    return found
