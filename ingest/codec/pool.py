"""A few threads that decode for all cameras: each stream's packets in their order, one thread at a time for each stream.

A quiet camera's packets are handed over by the handful: nothing is decoded of them, only their sizes are weighed. Whoever
can't keep up skips to the newest key frame and says how much was left out; nothing waits without bound.
"""

from __future__ import annotations

import threading
from collections import deque
from queue import Empty, SimpleQueue
from typing import Final, Protocol

import structlog

from ingest.stream import EncodedPacket, VideoFormat
from lianqin.errors import SourceError, SourceUnreadable

log = structlog.get_logger(__name__)
THREADS: Final = 2
HANDFUL: Final = 5
"""Packets of a quiet camera that are handed over at once: as many as the gate weighs together."""
MOST_WAITING: Final = 375
"""Packets of one stream, 15 s: more is never caught up with."""


class Decodes(Protocol):
    """Whose packets are decoded. Called by one thread at a time."""

    @property
    def awake(self) -> bool:
        """Each packet is wanted at once."""

    def open(self, found: VideoFormat) -> None:
        """A connection begins."""

    def packet(self, packet: EncodedPacket) -> None:
        """The next one. May raise SourceError, which ends the connection."""

    def skipped(self, seconds: float) -> None:
        """So much was left out."""


class DecodingLane:
    """One stream's packets on their way to a decoding thread. `begin` and `put` from its reader's thread."""

    def __init__(self, pool: Decoding, who: Decodes, behind_s: float | None = None) -> None:
        self._pool, self._who, self._behind_s = pool, who, behind_s
        self._guard = threading.Lock()
        self._waiting: deque[EncodedPacket | VideoFormat] = deque()
        self._scheduled = False
        self._left_out_to: float | None = None
        """Until a key frame comes; the time of the last packet that was left out."""
        self._error: SourceError | None = None

    def __str__(self) -> str:
        return str(self._who)

    def begin(self, found: VideoFormat) -> None:
        """What waits belongs to the connection before."""
        with self._guard:
            self._waiting.clear()
            self._waiting.append(found)
            self._error, self._left_out_to = None, None

    def put(self, packet: EncodedPacket) -> None:
        """Raises the SourceError that an earlier packet brought."""
        skipped = 0.0
        with self._guard:
            if self._error is not None:
                error, self._error = self._error, None
                raise error
            if self._left_out_to is not None and not packet.is_key:
                skipped = max(0.0, packet.at - self._left_out_to)
                self._left_out_to = packet.at
            else:
                self._left_out_to = None
                self._waiting.append(packet)
            if self._is_too_long():
                skipped = self._skip()
            now = not self._scheduled and (packet.is_key or len(self._waiting) >= HANDFUL or self._who.awake)
            self._scheduled |= now
        if skipped:
            self._who.skipped(skipped)
        if now:
            self._pool.schedule(self)

    def fail(self, error: SourceError) -> None:
        """Its next packet ends the connection."""
        with self._guard:
            self._waiting.clear()
            self._error, self._scheduled = error, False

    def work(self) -> None:
        """On a decoding thread: all that waits."""
        while True:
            with self._guard:
                if not self._waiting:
                    self._scheduled = False
                    return
                one = self._waiting.popleft()
            try:
                if isinstance(one, VideoFormat):
                    self._who.open(one)
                else:
                    self._who.packet(one)
            except SourceError as error:
                self.fail(error)
                return

    def _is_too_long(self) -> bool:
        if len(self._waiting) > MOST_WAITING or self._behind_s is None:
            return len(self._waiting) > MOST_WAITING
        packets = (one for one in self._waiting if isinstance(one, EncodedPacket))
        first, last = next(packets, None), self._waiting[-1] if self._waiting else None
        return first is not None and isinstance(last, EncodedPacket) and last.at - first.at > self._behind_s

    def _skip(self) -> float:
        """Go on at the newest key frame; without one all goes. Seconds left out."""
        opening = [one for one in self._waiting if isinstance(one, VideoFormat)]
        packets = [one for one in self._waiting if isinstance(one, EncodedPacket)]
        newest = max((n for n, one in enumerate(packets) if one.is_key), default=len(packets))
        left = packets[:newest]
        self._waiting = deque([*opening, *packets[newest:]])
        if newest == len(packets) and self._behind_s is not None:
            self._left_out_to = left[-1].at
        return left[-1].at - left[0].at if left else 0.0


class Decoding:
    """The lanes that have something, and the threads that serve them."""

    def __init__(self) -> None:
        self._ready: SimpleQueue[DecodingLane] = SimpleQueue()
        self._at_work: dict[int, DecodingLane] = {}

    def lane(self, who: Decodes, *, behind_s: float | None = None) -> DecodingLane:
        """A new stream's. With `behind_s` no packet waits that is so many seconds older than the newest, and after a gap nothing
        is handed over up to the next key frame."""
        return DecodingLane(self, who, behind_s)

    def schedule(self, lane: DecodingLane) -> None:
        self._ready.put(lane)

    def run_once(self, wait: float = 0.5) -> None:
        """Serve one lane. Whose packets made the last run of this thread fail is ended and opened anew."""
        me = threading.get_ident()
        failed = self._at_work.pop(me, None)
        if failed is not None:
            log.error("stream_put_aside", stream=str(failed))
            detail = "its packets can't be decoded"
            failed.fail(SourceUnreadable("source.unreadable", detail, reason="unreadable"))
        try:
            lane = self._ready.get(timeout=wait)
        except Empty:
            return
        self._at_work[me] = lane
        lane.work()
        del self._at_work[me]
