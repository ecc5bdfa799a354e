"""One stream pulled: `run_once` opens it, reads until it ends (which is always a fault), and says so in its state.

`supervise.run_forever` tries again. Each packet gets its capture time here, then goes to the stream's handlers in order.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any, Final, Protocol

import msgspec
import structlog

from ingest.capture_clock import CaptureClock
from ingest.ring import EncodedPacket
from ingest.sources import Opener, Source, VideoFormat, camera_clock, open_source, reason_of
from ingest.state import StreamState
from lianqin import supervise
from lianqin.clock import Clock
from lianqin.errors import SourceError
from lianqin.records import Camera

log = structlog.get_logger(__name__)
FIRST_WAIT_S: Final = 0.5
LONGEST_WAIT_S: Final = 2.5
"""With 5 s for an attempt that is never answered, a camera that came back is seen again within 10 s."""
HEALTHY_AFTER_S: Final = 10.0


class Handler(Protocol):
    """What is done with a stream's packets. Called on the reader's thread; may raise SourceError."""

    def begin(self, found: VideoFormat) -> None:
        """A connection begins."""

    def take(self, packet: EncodedPacket) -> bool:
        """The next packet. True once the stream proved usable."""


class Pull(msgspec.Struct, frozen=True):
    """How to pull one stream."""

    which: str
    """`main` or `sub`."""
    url: str
    camera: Camera
    open_timeout: float
    read_timeout: float
    opener: Opener


class StreamReader:
    """One thread's work for one stream of one camera."""

    def __init__(self, pull: Pull, handlers: Sequence[Handler], state: StreamState, clock: Clock) -> None:
        self._pull, self._handlers, self._state, self._clock = pull, tuple(handlers), state, clock
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        name = f"{self._pull.camera.id}/{self._pull.which}"
        self._thread = threading.Thread(target=self._run, args=(name,), name=name, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Ask; a silent connection ends with its time-out, so nobody waits for it."""
        self._stop.set()

    def join(self, seconds: float) -> bool:
        """True when it has ended."""
        if self._thread:
            self._thread.join(seconds)
        return not (self._thread and self._thread.is_alive())

    def _run(self, name: str) -> None:
        structlog.contextvars.bind_contextvars(camera=self._pull.camera.id, stream=self._pull.which)
        supervise.run_forever(name, self.run_once, self._stop, clock=self._clock, first=FIRST_WAIT_S,
                              longest=LONGEST_WAIT_S, healthy_after=HEALTHY_AFTER_S)  # fmt: skip

    def run_once(self) -> None:
        """From the opening to the end. Raises SourceError, except when it was told to stop."""
        pull = self._pull
        try:
            with open_source(
                pull.url, transport=pull.camera.transport, open_timeout=pull.open_timeout,
                read_timeout=pull.read_timeout, opener=pull.opener, clock=self._clock,
            ) as source:  # fmt: skip
                self._read(source)
        except SourceError as error:
            if self._stop.is_set():
                return
            self._state.failed(reason_of(error), error.detail)
            raise

    def _read(self, source: Source) -> None:
        self._state.opened(source.format)
        line, media = CaptureClock(), 0.0
        tick = float(source.stream.time_base or 0) or 1 / 90_000
        for handler in self._handlers:
            handler.begin(source.format)
        for packet in source.packets():
            if self._stop.is_set():
                return
            now = self._clock.monotonic()
            if packet.pts is not None:
                media = packet.pts * tick
            stamp = line.stamp(media, now, self._clock.now())
            self._state.rate.add(now)
            if stamp.jumped and not self._state.rate.slow:
                log.warning("camera_clock_jumped")
                self._state.jumped(now)
            self._give(packet, stamp.at)

    def _give(self, packet: Any, at: float) -> None:
        one = EncodedPacket(at, bool(packet.is_keyframe), bytes(packet))
        usable = True
        for handler in self._handlers:
            usable = handler.take(one) and usable
        self._state.last_frame_at = at
        if usable:
            self._state.playing()
        if one.is_key:
            told = camera_clock(packet)
            self._state.clock_error_s = None if told is None else told - at
