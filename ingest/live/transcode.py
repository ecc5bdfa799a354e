"""One camera's stream made anew for browsers, for all who look on. Who falls behind skips: the newest picture goes out, never a line.

`PacketQueue` says of each packet whether its picture is to be shown. One that is late is decoded, since later ones refer to it, and no
more: painting and encoding cost many times as much. A newer key frame leaves out all that waits before it. Where not even decoding
keeps up, what waits is dropped up to the next key frame.
"""

from __future__ import annotations

import threading
from collections import deque
from typing import Final, NamedTuple

import structlog

from ingest.codec.recode import Paint, Recode
from ingest.live.tap import Tap
from ingest.stream import STEPPED_S, EncodedPacket
from lianqin.clock import Clock

log = structlog.get_logger(__name__)
IDLE_S: Final = 10.0
LATE_S: Final = 0.5
"""A picture that is so much older than the newest that came is not shown any more."""
HOPELESS_S: Final = 2.0
"""Who decodes for so long without showing anything, and is no less late, waits for a key frame."""
SAY_EVERY_S: Final = 60.0


class DuePacket(NamedTuple):
    """The next packet, and whether its picture is shown."""

    packet: EncodedPacket
    is_shown: bool


class PacketQueue:
    """Packets on their way to one transcode. Any thread puts, one takes."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._changed = threading.Condition()
        self._waiting: deque[EncodedPacket] = deque()
        self._newest = float("-inf")
        self._late: _Late | None = None
        self._needs_key = False
        self.left_out = 0
        """Packets that were dropped, of which nothing was decoded."""

    def put(self, packet: EncodedPacket) -> None:
        with self._changed:
            if packet.at < self._newest - STEPPED_S:  # a clock was set back
                self._newest = packet.at
            self._newest = max(self._newest, packet.at)
            self._waiting.append(packet)
            self._changed.notify()

    def take(self, wait: float) -> DuePacket | None:
        """None where nothing came in `wait` seconds."""
        with self._changed:
            if not self._waiting:
                self._changed.wait(wait)
            self._follow()
            self._drop()
            if not self._waiting:
                return None
            packet = self._waiting.popleft()
            if not self._waiting:
                self._late = None
            return DuePacket(packet, self._late is None)

    def _follow(self) -> None:
        """Once late, it is so until nothing waits."""
        if self._late is None and self._waiting and (lag := self._newest - self._waiting[0].at) > LATE_S:
            self._late = _Late(self._clock.monotonic(), lag)

    def _drop(self) -> None:
        """What nobody will see and nothing that is shown refers to."""
        if self._late is not None and self._waiting:
            self._leave_out(max((n for n, one in enumerate(self._waiting) if one.is_key), default=0))
            first = self._waiting[0]
            if not first.is_key and self._late.is_hopeless(self._clock.monotonic(), self._newest - first.at):
                self._needs_key = True
        while self._needs_key and self._waiting:
            self._late = None
            if self._waiting[0].is_key:
                self._needs_key = False
            else:
                self._leave_out(1)

    def _leave_out(self, count: int) -> None:
        self.left_out += count
        for _ in range(count):
            self._waiting.popleft()


class _Late(NamedTuple):
    """Since when, and by how many seconds then."""

    since: float
    lag: float

    def is_hopeless(self, now: float, lag: float) -> bool:
        """A while later it is later still."""
        return now - self.since > HOPELESS_S and lag > self.lag


class Transcode:
    """One camera's stream as H.264 in the order of showing: H.265, B-frames, or painted on; runs while somebody looks on."""

    def __init__(self, source: Tap, paint: Paint | None = None, *, clock: Clock) -> None:
        self._source, self._paint, self._clock, self.tap = source, paint, clock, Tap()
        self._thread: threading.Thread | None = None
        self._guard = threading.Lock()
        self.skipped = 0
        """Pictures that were never shown, since newer ones were there."""
        self.oldest_s = 0.0
        """The greatest age of a picture when it went out, seconds from its capture."""

    def wake(self) -> Tap:
        """Its output; it begins if it rests."""
        with self._guard:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="live-transcode", daemon=True)
                self._thread.start()
        return self.tap

    def _run(self) -> None:
        found = self._source.format
        if found is None:
            return
        backlog, recode = PacketQueue(self._clock), Recode(found, self._paint)
        take = backlog.put
        for packet in self._source.join(take):
            take(packet)
        idle_since = said_at = self._clock.monotonic()
        said = self.skipped
        try:
            while True:
                self.step(backlog, recode, 1.0)
                now = self._clock.monotonic()
                if self.skipped > said and now - said_at > SAY_EVERY_S:
                    log.warning("transcode_skips", pictures=self.skipped - said, oldest_s=round(self.oldest_s, 2))
                    said, said_at, self.oldest_s = self.skipped, now, 0.0
                if self.tap.takers:
                    idle_since = now
                elif now - idle_since > IDLE_S:
                    return
        finally:
            self._source.leave(take)

    def step(self, backlog: PacketQueue, recode: Recode, wait: float) -> None:
        """One packet, or nothing where none came in `wait` seconds."""
        before = backlog.left_out
        due = backlog.take(wait)
        self.skipped += backlog.left_out - before
        if due is None:
            return
        self.skipped += not due.is_shown
        for made in recode.packet(due.packet, is_shown=due.is_shown):
            if recode.format is not None and recode.format is not self.tap.format:
                self.tap.begin(recode.format)
            self.tap.take(made)
            self.oldest_s = max(self.oldest_s, self._clock.now() - made.at)
