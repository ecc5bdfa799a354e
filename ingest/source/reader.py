"""One stream pulled: `run_once` opens it, waits until it ends (which is always a fault), and says so in its state.

`Reading` finds the way that works: RTSP over TCP is read by the `ConnectionPool`, whose thread all cameras share; everything else by
FFmpeg on this stream's own. A refused password is tried again after minutes (`LogIns`), any other fault at once: `supervise.run_forever` tries again. Each packet gets its capture time here, then goes to the stream's handlers in order.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Final

import structlog

from ingest.source import rtsp
from ingest.source.capture_clock import CaptureClock
from ingest.source.connections import ConnectionPool, RtspConnection, Take
from ingest.source.ffmpeg import REFUSALS, reason_of
from ingest.source.reading import Pull, Reading, ReadingMemory
from ingest.source.state import StreamState
from ingest.source.ways import Way
from ingest.stream import EncodedPacket, Handler, VideoFormat
from lianqin import supervise
from lianqin.addresses import safe_name
from lianqin.clock import Clock
from lianqin.errors import SourceError

log = structlog.get_logger(__name__)
FIRST_WAIT_S: Final = 0.5
LONGEST_WAIT_S: Final = 2.5
"""With 5 s for an attempt that is never answered, a camera that came back is seen again within 10 s."""
HEALTHY_AFTER_S: Final = 10.0


class StreamReader:
    """One thread's work for one stream of one camera."""

    def __init__(
        self, pull: Pull, handlers: Sequence[Handler], state: StreamState, clock: Clock, hub: ConnectionPool | None = None, *,
        memory: ReadingMemory | None = None,
    ) -> None:  # fmt: skip
        """Without a `hub` FFmpeg reads, whatever the address. `memory`: of the worker; none: of this reader alone."""
        self._pull, self._handlers, self._state, self._clock = pull, tuple(handlers), state, clock
        self._hub = hub
        self._memory = memory or ReadingMemory.begin(clock)
        self._line: RtspConnection | None = None
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._stamps = CaptureClock()
        self.usable = False
        """What comes by the connection that runs can be used."""
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
        pull = self._pull
        wait = self._memory.log_ins.wait(pull.url, f"{pull.camera.id}/{pull.which}")
        if wait > 0:
            detail = f"{safe_name(pull.url)}: {REFUSALS['unauthorised']}; it is tried again in {wait / 60:.0f} min"
            self._state.failed("unauthorised", detail)
            if self._clock.sleep(wait, self._stop):
                return
        drive = None if self._hub is None else self._by_hub
        try:
            Reading(pull, self, self._memory, self._clock, drive).run()
        except SourceError as error:
            if self._stop.is_set():
                return
            self._state.failed(reason_of(error), error.detail)
            raise

    @property
    def stopped(self) -> bool:
        return self._stop.is_set()

    def _by_hub(self, connection: rtsp.RtspSession, take: Take) -> None:
        """The pool's thread reads; this one waits for the end."""
        assert self._hub is not None
        line = RtspConnection(connection, take, self._pull.read_timeout, self._clock.monotonic())
        self._line = line
        self._hub.add(line)
        if self._stop.is_set():
            self._hub.remove(line)
        line.ended.wait()
        if line.error is not None:
            raise line.error

    def begin(self, found: VideoFormat, way: Way) -> None:
        """As `reading.Sink`."""
        self._state.opened(found, way)
        self._stamps, self.usable = CaptureClock(), False
        for handler in self._handlers:
            handler.begin(found)

    def take(self, media: float, arrived: float, is_key: bool, content: bytes, told: float | None) -> None:  # noqa: FBT001 - as `connections.Take`
        """One picture: `media` its time stamp and `arrived` the monotonic clock, seconds; `told` the camera's wall clock."""
        wall = self._clock.now() - (self._clock.monotonic() - arrived)
        stamp = self._stamps.stamp(media, arrived, wall)
        self._state.rate.add(arrived)
        self._state.keys.see(arrived, is_key=is_key)
        if stamp.jumped and not self._state.rate.was_slow(arrived):
            self._log.warning("camera_clock_jumped")
            self._state.jumped(arrived)
        one = EncodedPacket(stamp.at, is_key, content)
        usable = True
        for handler in self._handlers:
            usable = handler.take(one) and usable
        self._state.last_frame_at = stamp.at
        if usable:
            self.usable = True
            self._state.playing()
        if is_key:
            self._state.clock_error_s = None if told is None else told - stamp.at
