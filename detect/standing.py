"""What stands where, and what only seems to: a camera's memory beside its tracks, small enough to be handed on.

`Standing` are things that counted, came to rest and were lost from sight: a parked car behind a bus, a man behind a pillar, both
while the camera slept. A box of the same kind at the same place goes on with the old track. What was looked for long enough
and not seen is gone; time in which nobody looked does not count.

`Seeming` are places where a box came and came, never moved and never convinced: a coat on a hook. What lies there says
nothing any longer by standing there. What was seen to come is never learned as such. Pure but for its own lists.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from typing import Final

import msgspec

from lianqin.records import Box

GONE_AFTER: Final = {"person": 25.0, "vehicle": 120.0}
"""Seconds of looking at its place without a box of it, by family; any other as a person."""
A_LOOK: Final = 2.0
"""Seconds that one look counts at most: a glance each minute is no minute of looking."""
MOST: Final = 48
OLDEST_S: Final = 3 * 86_400.0
AWAY: Final = 0.4
"""Box heights that a centre may lie from where it stood, and ..."""
GROWTH: Final = 0.3
"""... |ln| of the height's change, for a box to be of the same thing."""
SEEMS_AFTER: Final = 8.0
"""Seconds that a box must have been seen at one place, without convincing, for the place to be one of false boxes."""
SEEMS_MOST: Final = 60.0
HALF_LIFE_S: Final = 2 * 86_400.0
FORGOTTEN: Final = 0.5
KEPT_S: Final = HALF_LIFE_S / 8
"""A place that is only suspected is kept for so long at least."""


class Standing(msgspec.Struct):
    """A lost thing that stood still. `box` as fractions of the picture."""

    track: str
    family: str
    label: str
    box: Box
    score: float
    at: float
    """When it was last seen, epoch seconds."""
    looked: float = 0.0
    """Seconds of looking since, without it."""


class Seeming(msgspec.Struct):
    """A place of false boxes, seen there for so many `seconds` by `at`; half of it is forgotten in `HALF_LIFE_S`."""

    family: str
    box: Box
    at: float
    seconds: float


class Kept(msgspec.Struct, frozen=True):
    """What a worker hands to the next."""

    standing: tuple[Standing, ...] = ()
    seeming: tuple[Seeming, ...] = ()


class Places:
    """Of one camera. Times are capture times, epoch seconds; `aspect` is the picture's width / height."""

    def __init__(self) -> None:
        self._standing: list[Standing] = []
        self._seeming: list[Seeming] = []

    @property
    def tracks(self) -> frozenset[str]:
        """Ids that may come back."""
        return frozenset(one.track for one in self._standing)

    @property
    def seeming(self) -> tuple[Seeming, ...]:
        """Places of false boxes, those that are only suspected left out."""
        return tuple(one for one in self._seeming if one.seconds >= SEEMS_AFTER)

    def clear(self) -> None:
        """The camera shows another view."""
        self._standing.clear()
        self._seeming.clear()

    def forget_seeming(self) -> int:
        """Places of false boxes are to be learned anew, suspicions too; what stands is still known. How many places it were."""
        known = len(self.seeming)
        self._seeming.clear()
        return known

    def shift(self, seconds: float) -> None:
        """The clock was set by so many seconds."""
        for one in self._standing:
            one.at += seconds
        for place in self._seeming:
            place.at += seconds

    def keep(self, one: Standing) -> None:
        """A thing that stood was lost."""
        others = [other for other in self._standing if other.track != one.track]
        self._standing = [*others[1 - MOST :], one]

    def take(self, family: str, box: Box, aspect: float) -> Standing | None:
        """The nearest of what stood there, which is no longer lost."""
        near = [(_apart(one.box, box, aspect), one) for one in self._standing if one.family == family]
        distance, found = min(near, key=lambda pair: pair[0], default=(math.inf, None))
        if found is None or distance > 1:
            return None
        self._standing.remove(found)
        return found

    def look(self, at: float, seconds: float, hidden: Collection[Box] = ()) -> None:
        """A look, `seconds` after the one before: what still is not there was looked for. What a nearer thing stands before
        (`hidden`: boxes that were seen) was not."""
        for one in self._standing:
            if not any(_covers(box, one.box) for box in hidden):
                one.looked += min(seconds, A_LOOK)
        self._standing = [
            one for one in self._standing
            if one.looked <= GONE_AFTER.get(one.family, GONE_AFTER["person"]) and at - one.at <= OLDEST_S
        ]  # fmt: skip
        self._seeming = [one for one in self._seeming if at - one.at < KEPT_S or _left(one, at) >= FORGOTTEN]

    def learn(self, family: str, box: Box, at: float, aspect: float, seconds: float) -> None:
        """For `seconds` more a box was there that does not move and does not convince."""
        for one in self._seeming:
            if one.family == family and _apart(one.box, box, aspect) <= 1:
                one.seconds = min(SEEMS_MOST, _left(one, at) + seconds)
                one.box, one.at = box, at
                return
        self._seeming.append(Seeming(family, box, at, seconds))
        if len(self._seeming) > MOST:
            self._seeming.remove(min(self._seeming, key=lambda one: _left(one, at)))

    def only_seems(self, family: str, box: Box, at: float, aspect: float) -> bool:
        """Is this box where false ones of its kind are?"""
        return any(
            one.family == family and _apart(one.box, box, aspect) <= 1 and _left(one, at) >= SEEMS_AFTER
            for one in self._seeming
        )

    def kept(self) -> Kept:
        return Kept(tuple(self._standing), tuple(self._seeming))

    def recall(self, kept: Kept) -> None:
        """As another worker left it."""
        self._standing = list(kept.standing[-MOST:])
        self._seeming = list(kept.seeming[-MOST:])


def _left(one: Seeming, at: float) -> float:
    """Seconds of it that are not forgotten."""
    return float(one.seconds * 0.5 ** (max(0.0, at - one.at) / HALF_LIFE_S))


def _apart(a: Box, b: Box, aspect: float) -> float:
    """1 where two boxes are as far apart as those of one still thing may be; infinite for a box without height."""
    high, other = a[3] - a[1], b[3] - b[1]
    if high <= 0 or other <= 0:
        return math.inf
    x = ((a[0] + a[2]) - (b[0] + b[2])) / 2 * aspect
    y = ((a[1] + a[3]) - (b[1] + b[3])) / 2
    return max(math.hypot(x, y) / high / AWAY, abs(math.log(high / other)) / GROWTH)


def _covers(box: Box, place: Box) -> bool:
    """Most of the place lies behind the box."""
    wide, high = min(box[2], place[2]) - max(box[0], place[0]), min(box[3], place[3]) - max(box[1], place[1])
    area = (place[2] - place[0]) * (place[3] - place[1])
    return wide > 0 and high > 0 and wide * high > 0.5 * area
