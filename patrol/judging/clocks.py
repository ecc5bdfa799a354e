"""Clocks that are wrong by whole half hours: a time zone set wrong, or the county's own time sent as if it were UTC.

A device whose fixes arrive again and again a steady half hour, hour or eight hours away from their own time is named, so that
the administrator can have it corrected (`enrol.do_correct_clock`). What a phone kept for later arrives ever less late, and is
none. It is a diagnosis for people; no fact rests on it.
"""

from __future__ import annotations

from typing import Any, Final, cast

import msgspec
import redis

from lianqin import keys
from lianqin.decoding import from_json
from lianqin.records import Fix

STEP_S: Final = 1800.0
"""Time zones differ by half hours; those by quarters (Nepal, Chatham) are no neighbour's mistake here."""
WITHIN_S: Final = 90.0
RUN: Final = 5
OVER_S: Final = 60.0
"""So many fixes in a row, arriving over so long: what comes in one go says nothing about a clock."""


class DeviceClock(msgspec.Struct, frozen=True):
    """A device's clock is `off_s` ahead (behind: below 0), by `run` fixes in a row that arrived from `since` to `until`."""

    off_s: float
    run: int
    since: float
    until: float

    @property
    def steady(self) -> bool:
        return self.run >= RUN and self.until - self.since >= OVER_S


def step(known: DeviceClock | None, fix: Fix) -> DeviceClock | None:
    """What the next fix (by arrival) says of its device's clock; None: nothing amiss. Pure."""
    off = fix.at + fix.ahead_s - fix.received_at
    whole = round(off / STEP_S) * STEP_S
    if whole == 0.0 or abs(off - whole) > WITHIN_S:
        # A late fix by itself takes nothing back: the device may send what it kept.
        return known if known is not None and known.steady and off < -WITHIN_S else None
    if known is None or known.off_s != whole:
        return DeviceClock(whole, 1, fix.received_at, fix.received_at)
    if fix.received_at <= known.until:
        return known
    return DeviceClock(whole, min(known.run + 1, RUN), known.since, fix.received_at)


def read(client: redis.Redis) -> dict[str, DeviceClock]:
    """By device id. Redis errors pass through."""
    raw = cast("dict[bytes, bytes]", cast("Any", client.hgetall(keys.clocks())))
    return {device_id.decode(): from_json(body, DeviceClock) for device_id, body in raw.items()}


def steady(client: redis.Redis) -> dict[str, float]:
    """Seconds by which the clocks of those devices are ahead whose offset is steady."""
    return {device_id: one.off_s for device_id, one in read(client).items() if one.steady}


def follow(client: redis.Redis, known: dict[str, DeviceClock], fixes: list[Fix]) -> None:
    """Keep what these fixes say, in Redis and in `known`. Redis errors pass through."""
    changed: dict[str, DeviceClock | None] = {}
    for fix in sorted(fixes, key=lambda one: one.received_at):
        before = known.get(fix.device_id)
        if before is None and not fix.ahead_s and fix.received_at - fix.at < STEP_S - WITHIN_S:
            continue
        after = step(before, fix)
        if after is not before:
            changed[fix.device_id] = after
        if after is None:
            known.pop(fix.device_id, None)
        else:
            known[fix.device_id] = after
    kept = {one: msgspec.json.encode(clock) for one, clock in changed.items() if clock is not None}
    gone = [one for one, clock in changed.items() if clock is None]
    if kept:
        client.hset(keys.clocks(), mapping=cast("Any", kept))
    if gone:
        client.hdel(keys.clocks(), *gone)
