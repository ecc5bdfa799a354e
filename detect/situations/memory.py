"""What a rule remembers of a zone from frame to frame, and what it says of one. Plain values: a fold has no state of its own."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final

import msgspec

from detect.zones import ZonePosition
from lianqin.records import Zone

GAP: Final = 2.5
"""Seconds unseen after which a rule forgets an id; more than the tracker keeps a lost track."""
LEAVE: Final = 1.5
"""Seconds outside (or below the number) after which what fired is over and may fire again."""
EPS: Final = 1e-6
"""Seconds by which a time may miss its limit, for rounding."""


class Stay(msgspec.Struct, frozen=True):
    """One track in a polygon."""

    since: float
    inside_at: float
    seen_at: float
    counts: bool
    fired: bool = False

    def moved(self, seconds: float) -> Stay:
        """The same on a clock that was set by so many seconds."""
        return Stay(self.since + seconds, self.inside_at + seconds, self.seen_at + seconds, self.counts, self.fired)


class Side(msgspec.Struct, frozen=True):
    """One track beside a line: where its foot was last clear of the line."""

    depth: float
    along: float
    seen_at: float
    fired_at: float = -1e9
    waits: bool = False
    """It has crossed and fires as soon as the track counts."""


class Crowd(msgspec.Struct, frozen=True):
    """A polygon's number of people."""

    full_since: float | None = None
    full_at: float | None = None
    fired: bool = False


class Memory(msgspec.Struct, frozen=True):
    """What a rule remembers of one zone between frames."""

    stays: Mapping[str, Stay] = {}
    sides: Mapping[str, Side] = {}
    crowd: Crowd = Crowd()


NOTHING: Final = Memory()


class Fired(msgspec.Struct, frozen=True):
    """A rule became true: because of these tracks."""

    tracks: tuple[str, ...]


class Outcome(msgspec.Struct, frozen=True):
    """Of one zone on one frame."""

    memory: Memory
    fired: tuple[Fired, ...] = ()
    waiting: bool = False
    """Someone is in the zone whose time is running: the camera must not fall asleep."""


Rule = Callable[[Zone, Memory, Sequence[ZonePosition], float, float, Collection[str]], Outcome]
"""Zone, memory, places, the frame's time, seconds that the rule asks for, ids out of sight that may come back."""
