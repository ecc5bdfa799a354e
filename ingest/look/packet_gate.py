"""Does anything move? By the sizes of inter frames, before any pixel is decoded. Pure.

Sizes are summed over windows of five frames and compared, on a logarithmic scale, with the same place in earlier quiet
groups: an encoder spends more right after a key frame than later. Quiet is learned only from stretches in which the
detector saw nothing. Where the rate is constant sizes alone say nothing; bytes weighted by the quantiser do.
"""

from __future__ import annotations

import math
from collections import deque
from statistics import median
from typing import Final

WINDOW: Final = 5
"""Inter frames: a fifth of a second at 25 a second."""
NEEDED: Final = 2
"""Windows above their limit that follow one another."""
KEPT: Final = 24
"""Quiet windows remembered for each place: the number of the window since its key frame."""
LEAST: Final = 3
"""Quiet windows that a place needs before it is judged."""
RATIO: Final = 0.30
"""Natural logarithm: a third more bytes than usual."""
SPREADS: Final = 6.0
"""Or so many typical deviations of quiet windows, whichever is more."""
SLIGHTLY: Final = 0.05
MOST_PENDING: Final = 400
MUTED: Final = 4
"""Windows after a rejection."""
NOISE_KEPT: Final = 30
"""Key frames for which a place remembers what was noise there."""


class PacketGate:
    """Of one camera, one thread at a time. `step` for each packet; `learn` once the detector has looked."""

    def __init__(self) -> None:
        self._quiet: dict[int, deque[float]] = {}
        self._limits: dict[int, float] = {}
        self._pending: list[tuple[int, float]] = []
        self._place = self._count = self._run = 0
        self._sum = 0.0
        self._muted = 0
        self._margin = RATIO
        self._noise: dict[int, tuple[float, int]] = {}
        """Place -> what was noise there, and for how many key frames that is remembered."""

    @property
    def knows(self) -> bool:
        """Some place can be judged."""
        return bool(self._limits)

    def step(self, weight: float, *, is_key: bool) -> bool:
        """True: more comes than from a quiet picture. `weight`: its bytes, or better `slice_qp.weight_of`."""
        if is_key:
            self._place = self._count = self._run = 0
            self._sum = 0.0
            self._muted = 0
            self._noise = {place: (level, left - 1) for place, (level, left) in self._noise.items() if left > 1}
            return False
        self._sum, self._count = self._sum + weight, self._count + 1
        if self._count < WINDOW:
            return False
        level = math.log(self._sum + 1.0)
        if len(self._pending) < MOST_PENDING:
            self._pending.append((self._place, level))
        limit = self._limits.get(self._place, math.inf)
        if (
            self._noise and self._place in self._noise
        ):  # at most a margin more: who is really there is seen all the same
            limit = max(limit, min(self._noise[self._place][0], limit + self._margin))
        # Far above at once counts as twice: who runs past is gone in half a second.
        self._run = self._run + (2 if level > limit + self._margin else 1) if level > limit else 0
        self._sum, self._count, self._place = 0.0, 0, self._place + 1
        if self._muted:
            self._muted -= 1
            return False
        return self._run >= NEEDED

    def reject(self) -> None:
        """The pixels say that nothing moved: these sizes were noise, and as much will be there for a while."""
        for place, level in self._pending[-NEEDED:]:
            self._noise[place] = (level + SLIGHTLY, NOISE_KEPT)
        self._run, self._muted = 0, MUTED

    def learn(self, *, empty: bool) -> None:
        """Learn the windows since the last call where nothing was there (`empty`), else forget them."""
        if empty:
            for place, level in self._pending:
                self._quiet.setdefault(place, deque(maxlen=KEPT)).append(level)
        self._pending.clear()
        ready = {place: median(levels) for place, levels in self._quiet.items() if len(levels) >= LEAST}
        if empty and ready:
            spread = median(
                median(abs(level - middle) for level in self._quiet[place]) for place, middle in ready.items()
            )
            margin = max(RATIO, SPREADS * spread)
            self._margin = margin
            self._limits = {place: middle + margin for place, middle in ready.items()}
