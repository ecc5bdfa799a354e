"""One stream pulled: `run_once` opens it, waits until it ends (which is always a fault), and says so in its state.

RTSP over TCP is read by the `Hub`, whose thread all cameras share; everything else by FFmpeg on this stream's own.
`supervise.run_forever` tries again. Each packet gets its capture time here, then goes to the stream's handlers in order.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Final, Protocol

import av
import msgspec
import structlog

from ingest import rtsp
from ingest.capture_clock import CaptureClock
from ingest.hub import Hub, Line
from ingest.ring import EncodedPacket
from ingest.sources import Opener, VideoFormat, camera_clock, open_source, reason_of
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

    def __init__(
        self, pull: Pull, handlers: Sequence[Handler], state: StreamState, clock: Clock, hub: Hub | None = None
    ) -> None:
        """Without a `hub` FFmpeg reads, whatever the address."""
        self._pull, self._handlers, self._state, self._clock = pull, tuple(handlers), state, clock
        self._hub = hub
        self._line: Line | None = None
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._stamps, self._media = CaptureClock(), 0.0
        self._log = log.bind(camera=pull.camera.id, stream=pull.which)

    def start(self) -> None:
        name = f"{self._pull.camera.id}/{self._pull.which}"
        self._thread = threading.Thread(target=self._run, args=(name,), name=name, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Ask; a silent connection of FFmpeg's ends with its time-out, so nobody waits for it."""
        self._stop.set()
        if self._hub is not None and self._line is not None:
            self._hub.remove(self._line)

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
        try:
            if self._hub is None or not self._is_tcp or not self._by_hub(self._hub):
                self._by_ffmpeg()
        except SourceError as error:
            if self._stop.is_set():
                return
            self._state.failed(reason_of(error), error.detail)
            raise

    @property
    def _is_tcp(self) -> bool:
        pull = self._pull
        return pull.opener is av.open and pull.camera.transport == "tcp" and pull.url.startswith("rtsp://")

    def _by_hub(self, hub: Hub) -> bool:
        """The hub's thread reads; this one waits for the end. False: what the camera says takes FFmpeg."""
        pull = self._pull
        try:
            connection = rtsp.connect(pull.url, pull.open_timeout, self._clock)
        except rtsp.NotOurs as why:
            self._log.info("read_by_ffmpeg", why=str(why))
            return False
        self._begin(connection.told.format)
        line = Line(connection, self._take, pull.read_timeout, self._clock.monotonic())
        self._line = line
        hub.add(line)
        if self._stop.is_set():
            hub.remove(line)
        line.ended.wait()
        if line.error is not None:
            raise line.error
        return True

    def _by_ffmpeg(self) -> None:
        pull = self._pull
        with open_source(
            pull.url, transport=pull.camera.transport, open_timeout=pull.open_timeout,
            read_timeout=pull.read_timeout, opener=pull.opener, clock=self._clock,
        ) as source:  # fmt: skip
            self._begin(source.format)
            tick = float(source.stream.time_base or 0) or 1 / 90_000
            for packet in source.packets():
                if self._stop.is_set():
                    return
                media = self._media if packet.pts is None else packet.pts * tick
                is_key = bool(packet.is_keyframe)
                clock = camera_clock(packet) if is_key else None
                self._take(media, self._clock.monotonic(), is_key, bytes(packet), clock)

    def _begin(self, found: VideoFormat) -> None:
        self._state.opened(found)
        self._stamps, self._media = CaptureClock(), 0.0
        for handler in self._handlers:
            handler.begin(found)

    def _take(self, media: float, arrived: float, is_key: bool, content: bytes, told: float | None) -> None:  # noqa: FBT001 - a hub's form
        """One picture: `media` its time stamp and `arrived` the monotonic clock, seconds; `told` the camera's wall clock."""
        self._media = media
        wall = self._clock.now() - (self._clock.monotonic() - arrived)
        stamp = self._stamps.stamp(media, arrived, wall)
        self._state.rate.add(arrived)
        if stamp.jumped and not self._state.rate.slow:
            self._log.warning("camera_clock_jumped")
            self._state.jumped(arrived)
        one = EncodedPacket(stamp.at, is_key, content)
        usable = True
        for handler in self._handlers:
            usable = handler.take(one) and usable
        self._state.last_frame_at = stamp.at
        if usable:
            self._state.playing()
        if is_key:
            self._state.clock_error_s = None if told is None else told - stamp.at
