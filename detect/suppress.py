"""One happening is one alert. What fires again for the same camera and rule is merged into an alert already raised when
they have a track in common, or when that alert is less than `WINDOW` old; its tracks are added to it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

import msgspec

WINDOW: Final = 60.0


class Happening(msgspec.Struct, frozen=True):
    """An alert that was raised, with every track that belongs to it by now."""

    key: str
    rule: str
    """The zone's id: one rule of one camera."""
    raised_at: float
    tracks: frozenset[str]
    merged: int = 0
    """How many tracks were added since."""


def belongs_to(happenings: Sequence[Happening], rule: str, tracks: Collection[str], at: float) -> Happening | None:
    """The happening that what fired at `at` is part of; None: it is a new one."""
    mine = [happening for happening in happenings if happening.rule == rule]
    shared = [happening for happening in mine if not happening.tracks.isdisjoint(tracks)]
    recent = [happening for happening in mine if at - happening.raised_at < WINDOW]
    return next(reversed(shared or recent), None)


def add(happening: Happening, tracks: Collection[str]) -> Happening:
    """The happening with these tracks merged into it."""
    more = happening.tracks | frozenset(tracks)
    return msgspec.structs.replace(happening, tracks=more, merged=happening.merged + len(more) - len(happening.tracks))


def still_open(happening: Happening, alive: Collection[str], at: float, keep: float) -> bool:
    """Whether anything can still be merged into it, or its count be asked for: `keep` seconds at least."""
    return at - happening.raised_at < keep or not happening.tracks.isdisjoint(alive)
