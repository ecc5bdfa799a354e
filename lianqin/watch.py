"""The watch ledger: for every camera and minute, was it watched? One letter a minute; what is not known is not watched.

A minute's letter comes from the seconds that the workers account for: blind for more than half of it, with the reason that
lasted longest; reduced when it was blind or looked at less for 3 s or more, or more than 1 % of the pictures that were due
were not looked at; else watched. Seconds that nobody accounts for were seen by no worker. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from lianqin.records import FaultReason, WatchMinute

WATCHED: Final = "w"
REDUCED: Final = "r"
OFF: Final = "-"
"""Switched off by its owner: counts neither way."""
UNTOLD: Final = "."
BLIND: Final[Mapping[str, FaultReason]] = {
    "a": "silent", "b": "black", "c": "covered", "d": "behind", "e": "ended", "f": "frozen", "g": "unauthorised",
    "h": "not_found", "i": "busy", "j": "refused", "k": "unreadable", "l": "unreachable", "m": "moved", "n": "no_worker",
    "o": "overexposed", "p": "no_picture", "q": "bad_address", "s": "starting", "u": "blurred",
    "x": "wrong_codec", "z": "quarantined",
}  # fmt: skip
LETTERS: Final[Mapping[str, str]] = {reason: letter for letter, reason in BLIND.items()}
LEAST_REDUCED_S: Final = 3.0
LATE_SHARE: Final = 0.01
BEHIND_SHARE: Final = 0.5
"""Of the due pictures not looked at: from here on the minute was blind, its decoder or detector behind."""


class MinuteSum(msgspec.Struct, frozen=True):
    """What several workers say of one camera's minute, added up. `blind`: seconds by reason."""

    watched_s: float
    reduced_s: float
    off_s: float
    blind: dict[str, float]
    due: int
    looked: int
    dropped: int

    @property
    def told_s(self) -> float:
        return self.watched_s + self.reduced_s + self.off_s + sum(self.blind.values())


def add_up(parts: Iterable[WatchMinute]) -> MinuteSum:
    """A minute of one camera, whoever held it when."""
    watched = reduced = off = 0.0
    blind: dict[str, float] = {}
    due = looked = dropped = 0
    for one in parts:
        watched, reduced, off = watched + one.watched_s, reduced + one.reduced_s, off + one.off_s
        due, looked, dropped = due + one.due, looked + one.looked, dropped + one.dropped
        for reason, seconds in one.blind.items():
            blind[reason] = blind.get(reason, 0.0) + seconds
    return MinuteSum(watched, reduced, off, blind, due, looked, dropped)


def letter_of(parts: MinuteSum) -> str:
    """What stands in the ledger for that minute."""
    if parts.off_s > 30:
        return OFF
    blind = dict(parts.blind)
    untold = 60.0 - parts.told_s
    if untold > 1.5:  # a second's slack: workers look once a second
        blind["no_worker"] = blind.get("no_worker", 0.0) + untold
    late = parts.dropped / parts.due if parts.due else 0.0
    if late > BEHIND_SHARE:
        return LETTERS["behind"]
    lasted = sum(blind.values())
    if lasted > 30:
        return LETTERS.get(max(sorted(blind), key=lambda reason: blind[reason]), LETTERS["no_picture"])
    if lasted + parts.reduced_s >= LEAST_REDUCED_S or late > LATE_SHARE:
        return REDUCED
    return WATCHED


class Share(msgspec.Struct, frozen=True):
    """Camera-minutes of a stretch by what they were; `off` and what has not come yet are in none of them."""

    watched: int
    reduced: int
    blind: int
    reasons: dict[str, int]

    @property
    def share(self) -> float | None:
        """Watched, of all that should have been; None: nothing should."""
        total = self.watched + self.reduced + self.blind
        return self.watched / total if total else None


def share_of(lines: Iterable[str]) -> Share:
    """Of any ledger lines."""
    count: dict[str, int] = {}
    for line in lines:
        for letter in set(line):
            count[letter] = count.get(letter, 0) + line.count(letter)
    reasons = {str(reason): count[letter] for letter, reason in BLIND.items() if letter in count}
    return Share(count.get(WATCHED, 0), count.get(REDUCED, 0), sum(reasons.values()), reasons)
