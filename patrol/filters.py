"""Doubts about a fix. They flag, they never delete: a doubted fix is kept and shown, it just proves nothing. Pure."""

from __future__ import annotations

from typing import Final, Literal

from lianqin.geo import distance_m
from lianqin.records import Fix

Doubt = Literal["inaccurate", "jump", "clock_ahead", "same_moment"]
INACCURATE_M: Final = 200.0
ASSUMED_ACCURACY_M: Final = 30.0
"""Where the device names none (0 stands for raw GPS in some clients and is none either)."""
FASTEST_MPS: Final = 42.0
"""151 km/h: nobody patrols faster."""
JUMP_SLACK_M: Final = 100.0
AHEAD_S: Final = 60.0
PROVES_NOTHING: Final = frozenset({"inaccurate", "jump", "same_moment"})


def accuracy_m(fix: Fix) -> float:
    """The accuracy to count with, metres."""
    return fix.accuracy_m if fix.accuracy_m else ASSUMED_ACCURACY_M


def doubts(fix: Fix, before: Fix | None) -> tuple[Doubt, ...]:
    """What is odd about `fix`, given the one before it by device time.

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
    return tuple(found)


def proves(found: tuple[Doubt, ...]) -> bool:
    """May a fix with these doubts confirm or contradict anything?"""
    return not PROVES_NOTHING.intersection(found)
