"""One detector for all cameras of a worker: frames wait in a short line a camera, batches are made across cameras.

A line that is full loses its oldest frame and counts it (house rule 5): a slow detector makes cameras coarse, never late.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence
from typing import Final, Protocol

import structlog

from lianqin.clock import Clock
from lianqin.records import Detection, Frame

log = structlog.get_logger(__name__)
BATCH: Final = 8
ROOM: Final = 24
"""Frames that wait of one camera: a camera that wakes up hands in the last seconds at once."""
CROWDED: Final = 48
SCARCE_ROOM: Final = 2
"""When so many frames wait in all, each camera has room for no more: the detector is overloaded."""
PUT_ASIDE_S: Final = 10.0


class Detects(Protocol):
    """What is needed of `detect.detector.Detector`."""

    def detect(self, frames: Sequence[Frame]) -> list[tuple[Detection, ...]]:
        """One tuple a frame."""


class Taker(Protocol):
    """Who handed a frame in and gets its answer, on the detector's thread."""

    def detected(self, frame: Frame, detections: tuple[Detection, ...]) -> None: ...

    def dropped(self, frames: int) -> None: ...


class Detecting:
    """`submit` from any thread; `run_once` from one."""

    def __init__(self, detector: Detects, clock: Clock, *, batch: int = BATCH) -> None:
        self._detector, self._clock, self._batch = detector, clock, batch
        self._lines: dict[Taker, deque[Frame]] = {}
        """In the order in which they are served next."""
        self._waiting = 0
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
            room = SCARCE_ROOM if self._waiting > CROWDED else ROOM
            too_many = max(0, len(line) - room)
            for _ in range(too_many):
                line.popleft()
            self._waiting -= too_many
            self._something.notify()
        if too_many:
            taker.dropped(too_many)

    def forget(self, taker: Taker) -> None:
        """It is gone: nothing of it waits any longer."""
        with self._something:
            self._waiting -= len(self._lines.pop(taker, ()))
            self._aside.pop(taker, None)

    def run_once(self, wait: float = 0.5) -> int:
        """Serve up to a batch, one frame a camera; wait up to `wait` seconds for the first. Returns how many."""
        self._put_aside()
        waiting = self._next(wait)
        if not waiting:
            return 0
        answers = self._detector.detect([frame for _, frame in waiting])
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
            chosen = []
            for taker in list(self._lines)[: self._batch]:
                line = self._lines.pop(taker)
                frame = line.popleft()
                self._waiting -= 1
                if taker not in self._aside:
                    chosen.append((taker, frame))
                if line:
                    self._lines[taker] = line  # behind the others
            return chosen
