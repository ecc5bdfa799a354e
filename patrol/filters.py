"""Doubts about a fix. They flag, they never delete: a doubted fix is kept and shown, it just proves nothing. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, Literal

import msgspec

from lianqin.geo import distance_m
from lianqin.records import Fix

Doubt = Literal["inaccurate", "jump", "clock_ahead", "same_moment", "frozen", "shared_position"]
INACCURATE_M: Final = 200.0
ASSUMED_ACCURACY_M: Final = 30.0
"""Where the device names none (0 stands for raw GPS in some clients and is none either)."""
FASTEST_MPS: Final = 42.0
"""151 km/h: nobody patrols faster."""
JUMP_SLACK_M: Final = 100.0
AHEAD_S: Final = 60.0
FROZEN_RUN: Final = 20
"""So many fixes more at the very same degrees: a receiver in the open trembles, a copied position does not."""
SHARED_WITHIN_S: Final = 30.0
"""`shared_position`: another guard's fix at the very same degrees so near in time (see `trails.TrailStore.shared`)."""
PROVES_NOTHING: Final = frozenset({"inaccurate", "jump", "same_moment"})
"""The others are looked at by people alone."""


class Seen(msgspec.Struct, frozen=True):
    """What of the fixes before matters to the next one: the last, the last that proves something, and how many times
    its degrees came again."""

    last: Fix | None = None
    trusted: Fix | None = None
    still: int = 0


class Flagged(msgspec.Struct, frozen=True):
    """A fix with its doubts."""

    fix: Fix
    doubts: tuple[Doubt, ...]


def accuracy_m(fix: Fix) -> float:
    """The accuracy to count with, metres."""
    return fix.accuracy_m if fix.accuracy_m else ASSUMED_ACCURACY_M


def is_sos(fix: Fix) -> bool:
    """Does he call for help? Kept with its place even off shift; no other alarm is."""
    return (fix.alarm or "").strip().lower() == "sos"


def doubts(fix: Fix, before: Fix | None, still: int = 0) -> tuple[Doubt, ...]:
    """What is odd about `fix`, given the one before it (by device time) that proves something, and how many fixes in a
    row lay at its very degrees.

    `jump`: farther from it than the fastest patrol goes in that time, accuracies and a slack taken off. `same_moment`:
    two places at one device time. `clock_ahead`: it arrived before it was measured; a doubt only, the device's time
    counts as sent.
    """
    found: list[Doubt] = []
    if accuracy_m(fix) > INACCURATE_M:
        found.append("inaccurate")
    if before is not None:
        apart = distance_m((before.lon, before.lat), (fix.lon, fix.lat))
        beyond = apart - accuracy_m(before) - accuracy_m(fix) - JUMP_SLACK_M
        if beyond > 0 and fix.at - before.at <= 0:
            found.append("same_moment")
        elif beyond > FASTEST_MPS * (fix.at - before.at):
            found.append("jump")
    if fix.at - fix.received_at > AHEAD_S:
        found.append("clock_ahead")
    if still >= FROZEN_RUN:
        found.append("frozen")
    return tuple(found)


def proves(found: tuple[Doubt, ...]) -> bool:
    """May a fix with these doubts confirm or contradict anything?"""
    return not PROVES_NOTHING.intersection(found)


def look(seen: Seen, fix: Fix) -> tuple[Flagged, Seen]:
    """The next fix in order: its doubts, and what matters to the one after it."""
    same = seen.last is not None and (seen.last.lat, seen.last.lon) == (fix.lat, fix.lon)
    still = seen.still + 1 if same else 0
    found = doubts(fix, seen.trusted, still)
    return Flagged(fix, found), Seen(fix, fix if proves(found) else seen.trusted, still)


def flagged(fixes: Iterable[Fix]) -> Iterator[Flagged]:
    """Every fix with its doubts; `fixes` in order, from the shift's begin on."""
    seen = Seen()
    for fix in fixes:
        one, seen = look(seen, fix)
        yield one


def trusted(fixes: Iterable[Fix]) -> list[Fix]:
    """Those that may confirm or contradict; `fixes` as above."""
    return [one.fix for one in flagged(fixes) if proves(one.doubts)]
