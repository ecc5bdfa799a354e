"""Does a place repeat itself? A receiver in the open trembles by metres, so a place that comes again and again with new times
is one that nobody measured: a receiver that is stuck, a position played back, or a phone at rest that sends what it last
knew. Pure; it depends on the fixes by device time alone.

A place is known when it lies within `SAME_M` of one of the last `PLACES`; one new place begins all anew.

- The device claims to move, and stays: the two claims exclude one another. It proves nothing (`frozen`) from the first
  repetition on that leaves no other way.
- It claims to move, and comes to known places alone, `CYCLE_RUN` times: a loop played back (`frozen`).
- It claims no motion (a speed below `MOVING_MPS`, or none sent): phones at rest do repeat their last place, flip between two
  indoors, and a guard at a post stands still. The places are believed for `REST_S` since the last new one, and prove nothing
  after that (`at_rest`): unknown, which costs the guard nothing and makes nobody suspicious.
"""

from __future__ import annotations

from typing import Final

from lianqin.records import Fix
from patrol.judging.doubts import DEGREE_M, Doubt

SAME_M: Final = 0.5
"""Five times what the 6th decimal of a degree is worth; a tenth of what a phone's receiver wanders in a minute."""
MOVING_MPS: Final = 1.0
"""From this speed on a device claims that the guard walks. Receivers at rest report up to 0.3 m/s."""
CLAIMED_M: Final = 5.0
"""The way that a speed claims since the place was first sent must be so long to exclude standing there."""
REST_S: Final = 1800.0
"""How long a place at rest is believed after it was measured: as long as the longest interval that the clients offer for their
own sign of life at rest (`ping`, 15 to 30 min). A phone laid down somewhere proves half an hour, not a shift."""
PLACES: Final = 12
CYCLE_RUN: Final = 12

_NORTH: Final = SAME_M / DEGREE_M
_EAST: Final = 1.3 * _NORTH
"""About `SAME_M` to the east as well, up to 54 degrees north (China's northernmost place)."""


def moves(fix: Fix) -> bool:
    """Does the device claim that the guard moves? One that sends no speed claims nothing."""
    return fix.speed_mps is not None and fix.speed_mps >= MOVING_MPS


class Stillness:
    """The last places, and for how long they have repeated themselves."""

    __slots__ = ("_again", "_lat", "_lon", "_new_at", "_places", "_since")

    def __init__(self) -> None:
        self._places: list[tuple[float, float]] = []
        self._lat = self._lon = 91.0
        self._since = self._new_at = 0.0
        self._again = 0

    def is_new(self, lat: float, lon: float) -> bool:
        """It is none of the last places (the quick way: nothing is changed)."""
        for known_lat, known_lon in self._places:
            if -_NORTH <= lat - known_lat <= _NORTH and -_EAST <= lon - known_lon <= _EAST:
                return False
        return True

    def go_on(self, lat: float, lon: float, at: float) -> None:
        """A new place."""
        self._again, self._new_at = 0, at
        self._stand(lat, lon, at)

    def push(self, fix: Fix) -> Doubt | None:
        """The next fix: `frozen` or `at_rest` where its place repeats itself and proves nothing."""
        lat, lon, at = fix.lat, fix.lon, fix.at
        if self.is_new(lat, lon):
            self.go_on(lat, lon, at)
            return None
        if not (-_NORTH <= lat - self._lat <= _NORTH and -_EAST <= lon - self._lon <= _EAST):
            self._again += 1
            self._stand(lat, lon, at)
        if moves(fix):
            stays = (fix.speed_mps or 0.0) * (at - self._since) >= CLAIMED_M
            return "frozen" if stays or self._again >= CYCLE_RUN else None
        return "at_rest" if at - self._new_at > REST_S else None

    def _stand(self, lat: float, lon: float, at: float) -> None:
        self._lat, self._lon, self._since = lat, lon, at
        self._places.append((lat, lon))
        if len(self._places) > PLACES:
            del self._places[0]
