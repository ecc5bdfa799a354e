"""When was a frame taken? The stream's own time stamps (RTP, RFC 3550 5.1) laid onto our clock.

A packet can arrive late but never early, so the smallest difference "arrival - stamp" of the last half minute is the
line on which stamps meet our clock (the minimum-delay line, as in NTP's clock filter, RFC 5905 10). The window slides, so a
camera whose clock drifts is followed. A difference that leaves the line for good is a jump of the camera's clock: the
line begins anew. Pure: every time is given.
"""

from __future__ import annotations

from collections import deque
from typing import Final

import msgspec

WINDOW_S: Final = 30.0
BUCKET_S: Final = 1.0
JUMP_S: Final = 2.0
"""A stamp that seems to arrive this much before it was taken is a jump forward: no network gives that."""
BEHIND_S: Final = 1.5
BEHIND_FOR_S: Final = 3.0
"""Later than the line by more than the one for longer than the other: not a congested network but another clock."""
STEP: Final = 1e-3


class Stamp(msgspec.Struct, frozen=True):
    """`at`: capture on our wall clock, epoch seconds. `jumped`: the camera's time stamps were moved just before."""

    at: float
    jumped: bool = False


class CaptureClock:
    """One stream's line. Capture times only rise, except after a step of our own wall clock."""

    def __init__(self, window: float = WINDOW_S) -> None:
        self._window = window
        self._lows: deque[tuple[float, float]] = deque()
        """(bucket's begin, smallest difference in it), a rising queue: the first is the window's smallest."""
        self._behind_since: float | None = None
        self._media: float | None = None
        self._last = float("-inf")
        self.jumps = 0

    @property
    def delay_line(self) -> float | None:
        """Seconds to add to a stamp to be on our monotonic clock; None before the first packet."""
        return self._lows[0][1] if self._lows else None

    def stamp(self, media: float, arrived: float, wall: float) -> Stamp:
        """`media`: the packet's time stamp in seconds; `arrived`: monotonic seconds; `wall`: epoch seconds at the same
        moment as `arrived`."""
        difference = arrived - media
        jumped = self._has_jumped(media, difference, arrived)
        if jumped:
            self._lows.clear()
            self._behind_since = None
            self._last = float("-inf")
            self.jumps += 1
        self._media = media
        self._add(difference, arrived)
        taken = max(media + self._lows[0][1], self._last + STEP)
        self._last = taken
        # The line lives on the monotonic clock: a step of the wall clock moves no frame against another.
        return Stamp(wall - (arrived - taken), jumped)

    def _has_jumped(self, media: float, difference: float, arrived: float) -> bool:
        if self._media is None or not self._lows:
            return False
        line = self._lows[0][1]
        if media < self._media - JUMP_S or difference < line - JUMP_S:
            return True
        if difference <= line + BEHIND_S:
            self._behind_since = None
            return False
        if self._behind_since is None:
            self._behind_since = arrived
        return arrived - self._behind_since >= BEHIND_FOR_S

    def _add(self, difference: float, arrived: float) -> None:
        while self._lows and self._lows[0][0] < arrived - self._window:
            self._lows.popleft()
        if self._lows and difference >= self._lows[-1][1] and arrived - self._lows[-1][0] < BUCKET_S:
            return
        while self._lows and self._lows[-1][1] >= difference:
            self._lows.pop()
        self._lows.append((arrived, difference))
