"""One detector for all cameras of a worker: frames wait in a short line a camera, batches are made across cameras.

A batch takes as many frames as fit into a time budget by what a frame cost of late. Where there is more work than power each
camera is served by its share (stride scheduling, Waldspurger 1995): alike among equals, four times as often for priority 1 as
for 3. A line that is full loses its oldest frame and counts it (house rule 5): a slow detector makes cameras coarse, never
late, and nobody is told "nothing seen" of a frame that was not looked at.

A long line is there for a burst, as when a camera wakes up. One that does not empty only makes every frame late (a standing
queue: Nichols and Jacobson 2012, RFC 8289), so it is kept short until it has been empty once.
"""

from __future__ import annotations

import heapq
import threading
from collections import deque
from collections.abc import Sequence
from typing import Final, Protocol

import structlog

from lianqin.clock import Clock
from lianqin.records import Detection, Frame

log = structlog.get_logger(__name__)
BATCH: Final = 8
BUDGET_S: Final = 0.25
"""A batch is to take no longer, so that who wakes is not kept waiting."""
ROOM: Final = 24
"""Frames that wait of one camera at most: a camera that wakes up hands in the last seconds at once."""
LATEST_S: Final = 3.0
"""What waits of all cameras together is to be seen within so long: it sets each line's room, two frames at the least."""
LEAST_ROOM: Final = 2
STANDS_S: Final = 2.5
"""A line longer than `LEAST_ROOM` for so long is no burst."""
SHARES: Final = {1: 4.0, 2: 2.0, 3: 1.0}
"""By priority: 1 the most important camera."""
SLOW_TO_BELIEVE: Final = 0.2
PUT_ASIDE_S: Final = 10.0


class Detects(Protocol):
    """What is needed of `detect.detector.Detector`."""

    def detect(self, frames: Sequence[Frame]) -> list[tuple[Detection, ...]]:
        """One tuple a frame."""


class Taker(Protocol):
    """Who handed a frame in and gets its answer, on the detector's thread."""

    @property
    def priority(self) -> int:
        """1 (most important) to 3."""

    def detected(self, frame: Frame, detections: tuple[Detection, ...]) -> None: ...

    def dropped(self, frames: int) -> None: ...


class Detecting:
    """`submit` from any thread; `run_once` from one."""

    def __init__(self, detector: Detects, clock: Clock, *, batch: int = BATCH) -> None:
        self._detector, self._clock, self._batch = detector, clock, batch
        self._lines: dict[Taker, deque[Frame]] = {}
        """Those that wait."""
        self._long_since: dict[Taker, float] = {}
        """Lines that were longer than `LEAST_ROOM` and not empty since."""
        self._turns: dict[Taker, float] = {}
        """When each is to be served, in units of service; who has a smaller share waits longer for the next."""
        self._turn = 0.0
        self._waiting = 0
        self._cost_s = 0.0
        """Of one frame, of late."""
        self._something = threading.Condition()
        self._at_work: Taker | None = None
        self._aside: dict[Taker, float] = {}
        self.frames = 0
        """Detected so far."""

    def submit(self, taker: Taker, frame: Frame) -> None:
        """The frame waits for its turn."""
        with self._something:
            line = self._lines.setdefault(taker, deque())
            line.append(frame)
            self._waiting += 1
            too_many = max(0, len(line) - self._room_of(taker, len(line)))
            for _ in range(too_many):
                line.popleft()
            self._waiting -= too_many
            self._something.notify()
        if too_many:
            taker.dropped(too_many)

    def _room_of(self, taker: Taker, waiting: int) -> int:
        """Frames that may wait of this camera now."""
        if waiting <= LEAST_ROOM:
            return LEAST_ROOM
        now = self._clock.monotonic()
        is_standing = now - self._long_since.setdefault(taker, now) > STANDS_S
        return LEAST_ROOM if is_standing else self._room()

    def _room(self) -> int:
        """Frames that may wait of each camera now where lines do empty."""
        if not self._cost_s:
            return ROOM
        return max(LEAST_ROOM, min(ROOM, int(LATEST_S / (self._cost_s * len(self._lines)))))

    def forget(self, taker: Taker) -> None:
        """It is gone: nothing of it waits any longer."""
        with self._something:
            self._waiting -= len(self._lines.pop(taker, ()))
            self._long_since.pop(taker, None)
            self._aside.pop(taker, None)
            self._turns.pop(taker, None)

    def run_once(self, wait: float = 0.5) -> int:
        """Serve up to a batch, one frame a camera; wait up to `wait` seconds for the first. Returns how many."""
        self._put_aside()
        waiting = self._next(wait)
        if not waiting:
            return 0
        began = self._clock.monotonic()
        answers = self._detector.detect([frame for _, frame in waiting])
        self._learn_cost((self._clock.monotonic() - began) / len(waiting))
        self.frames += len(waiting)
        for (taker, frame), detections in zip(waiting, answers, strict=True):
            self._at_work = taker
            taker.detected(frame, detections)
            self._at_work = None
        return len(waiting)

    def _put_aside(self) -> None:
        """Whose answer made the last run fail must not stop the others: its frames are left out for a while."""
        if self._at_work is None:
            return
        log.error("camera_put_aside", taker=str(self._at_work), seconds=PUT_ASIDE_S)
        self._aside[self._at_work] = self._clock.monotonic() + PUT_ASIDE_S
        self._at_work = None

    def _next(self, wait: float) -> list[tuple[Taker, Frame]]:
        with self._something:
            if not self._lines:
                self._something.wait(wait)
            now = self._clock.monotonic()
            self._aside = {taker: until for taker, until in self._aside.items() if until > now}
            served = heapq.nsmallest(self._fits(), self._lines, key=self._turn_of)
            chosen = []
            for taker in served:
                line = self._lines[taker]
                frame = line.popleft()
                self._waiting -= 1
                self._turn = max(self._turn, self._turn_of(taker))
                self._turns[taker] = self._turn_of(taker) + 1 / SHARES.get(taker.priority, 1.0)
                if not line:
                    del self._lines[taker]
                    self._long_since.pop(taker, None)
                if taker not in self._aside:
                    chosen.append((taker, frame))
            return chosen

    def _turn_of(self, taker: Taker) -> float:
        """Who was away has no claim on what he did not use."""
        return max(self._turns.get(taker, self._turn), self._turn - 1.0)

    def _fits(self) -> int:
        """Frames that fit into the time budget."""
        return self._batch if not self._cost_s else max(1, min(self._batch, int(BUDGET_S / self._cost_s)))

    def _learn_cost(self, seconds: float) -> None:
        self._cost_s += (seconds - self._cost_s) * (SLOW_TO_BELIEVE if self._cost_s else 1.0)
