"""One stream read the way that works: by our own reader, else by FFmpeg over TCP, else by FFmpeg over UDP.

    Reading.run -> the way that is remembered, or the first that fits the address
      own: rtsp.connect -> `drive` (the worker's connections, or whoever tries an address)
      ffmpeg: ffmpeg.open_source
    it fails before a picture could be used -> what FFmpeg may mend (`_following`) is asked of it at once

What FFmpeg can read is no fault of the camera. A refused password, a missing stream, a device that is away or busy is the
same for each way, and never asked for twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, Protocol

import av
import msgspec
import structlog

from ingest.source import rtsp
from ingest.source.connections import Take
from ingest.source.ffmpeg import Opener, Tls, camera_clock, open_source, readable, reason_of, status_of
from ingest.source.log_ins import LogIns
from ingest.source.opening import timed
from ingest.source.ways import FFMPEG, OWN, Way, Ways, Why
from ingest.stream import VideoFormat
from lianqin.addresses import safe_name
from lianqin.clock import Clock
from lianqin.errors import SourceError, SourceRefused
from lianqin.records import Camera, FaultReason

log = structlog.get_logger(__name__)
Drive = Callable[[rtsp.RtspSession, Take], None]
"""Reads a played connection of ours until it ends. Returns when it was told to stop, raises SourceError else."""
SAME_FOR_ALL: Final[frozenset[FaultReason]] = frozenset(
    {"unauthorised", "not_found", "busy", "unreachable", "bad_address", "wrong_codec"}
)
"""Faults that no other way mends, where the camera says so before it described the stream."""
BUSY: Final = frozenset({453, 503})
BY_UDP_TOO: Final[frozenset[FaultReason]] = frozenset({"refused", "silent", "ended"})
TELLING: Final[tuple[FaultReason, ...]] = (
    "bad_address", "unauthorised", "not_found", "wrong_codec", "busy", "unreadable", "refused", "silent", "ended", "unreachable",
)  # fmt: skip
"""Of two faults of one camera the one that stands first is told."""


class Pull(msgspec.Struct, frozen=True):
    """How to pull one stream."""

    which: str
    """`main` or `sub`."""
    url: str
    camera: Camera
    open_timeout: float
    read_timeout: float
    opener: Opener
    tls: Tls = Tls()


def _unmarked(_camera_id: str) -> None:
    """Who tries an address dies alone."""


@dataclass(frozen=True, slots=True)
class ReadingMemory:
    """What a worker knows of ways and log-ins; all its streams share it. `opens`: told of each camera before it is opened."""

    ways: Ways
    log_ins: LogIns
    opens: Callable[[str], None] = _unmarked

    @classmethod
    def begin(cls, clock: Clock, opens: Callable[[str], None] = _unmarked) -> ReadingMemory:
        return cls(Ways(clock), LogIns(clock), opens)


class Sink(Protocol):
    """Where a stream's pictures go. `take` as `connections.Take`, on the thread that reads."""

    def begin(self, found: VideoFormat, way: Way) -> None:
        """A connection begins."""

    def take(self, media: float, arrived: float, is_key: bool, content: bytes, told: float | None, /) -> None: ...  # noqa: FBT001 - as `connections.Take`

    @property
    def usable(self) -> bool:
        """Pictures of the connection that runs could be used."""

    @property
    def stopped(self) -> bool:
        """Nobody wants it any more."""


class Reading:
    """One attempt at one stream, from the opening to the end. `run` from one thread."""

    def __init__(self, pull: Pull, sink: Sink, memory: ReadingMemory, clock: Clock, drive: Drive | None) -> None:
        """Without a `drive` FFmpeg reads, whatever the address."""
        self._pull, self._sink, self._clock = pull, sink, clock
        self._ways, self._log_ins, self._opens = memory.ways, memory.log_ins, memory.opens
        self._drive = drive
        self._who = f"{pull.camera.id}/{pull.which}"
        self._told = f"{pull.url} {pull.camera.transport}"
        self._way = Way(OWN)
        """That is tried."""
        self._worked = self._came_in = False

    def run(self) -> None:
        """Until it ends. Raises SourceError, of several the most telling one, except when it was told to stop."""
        way: Way | None = self._ways.of(self._who, self._told) or self._first()
        faults: list[SourceError] = []
        while way is not None:
            try:
                self._read(way)
            except rtsp.NotOurs as error:
                udp = isinstance(error, rtsp.UdpOnly)
                way = Way(FFMPEG, "udp" if udp else "tcp", "udp_only" if udp else "not_understood", str(error))
            except SourceError as error:
                if self._sink.stopped:
                    return
                faults.append(error)
                if self._worked:
                    self._ways.worked(self._who, self._told, way)
                    raise
                following = self._following(way, error)
                if following is None:
                    self._ways.failed(self._who, self._told, asked=len(faults) > 1)
                way = following
            else:
                return
            if way is not None:
                log.info("read_by_ffmpeg", camera=self._pull.camera.id, stream=self._pull.which, why=way.why,
                         transport=way.transport, detail=way.detail)  # fmt: skip
        raise most_telling(faults)

    def _first(self) -> Way:
        pull = self._pull
        if pull.opener is not av.open or self._drive is None:
            return Way(FFMPEG, pull.camera.transport)
        is_pinned = bool(pull.tls.prints(pull.url))
        if pull.camera.transport == "udp" and not is_pinned:
            return Way(FFMPEG, "udp", "udp_set")
        if pull.url.lower().startswith("rtsps://") and not pull.tls.verify and not is_pinned:
            log.warning("certificate_not_verified", camera=pull.camera.id, stream=pull.which)
            return Way(FFMPEG, "tcp", "not_verified", "rtsps_verify is off: whoever sits between may listen")
        if not pull.url.lower().startswith("rtsp://"):
            return Way(FFMPEG, "tcp", "scheme" if "://" in pull.url else "")
        return Way(OWN)

    def _following(self, way: Way, error: SourceError) -> Way | None:
        """The next way, or None: it would fare no better, or was asked lately."""
        reason, status = reason_of(error), status_of(error)
        if status == 461 and way.transport == "tcp":
            return Way(FFMPEG, "udp", "udp_only", error.detail)
        if self._is_same_for_all(error, reason, status) or self._pull.opener is not av.open:
            return None
        if not self._ways.may_ask(self._who, self._told, way):
            return None
        why: Why = (
            "refused"
            if status
            else "silent"
            if reason == "silent"
            else "ended"
            if reason != "unreadable"
            else "unreadable"
        )
        if way.by == OWN:
            return Way(FFMPEG, "tcp", why, error.detail)
        if way.transport == "tcp" and self._drive is not None and reason in BY_UDP_TOO and self._is_rtsp:
            return Way(FFMPEG, "udp", way.why or why, way.detail or error.detail)
        return None

    @property
    def _is_rtsp(self) -> bool:
        return self._pull.url.lower().startswith("rtsp://")

    def _is_same_for_all(self, error: SourceError, reason: FaultReason, status: int) -> bool:
        if error.values.get("unmet") or error.values.get("limit"):
            return True
        if reason == "unreachable":
            return False  # it hung up on what we said
        if error.values.get("described"):  # the stream is there and we may have it: what failed is how we asked
            return status in BUSY or status == 403 or (status == 401 and not error.values.get("known"))
        return reason in SAME_FOR_ALL and not (reason == "busy" and status and status not in BUSY)

    # --- each way -----------------------------------------------------------------------------------------------------

    def _read(self, way: Way) -> None:
        self._way, self._worked, self._came_in = way, False, False
        url = readable(self._pull.url)
        self._opens(self._pull.camera.id)
        try:
            if way.by == OWN:
                self._by_own(way, url)
            else:
                self._by_ffmpeg(way, url)
        finally:
            if self._came_in:
                self._log_ins.left(self._pull.url)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """At the door. Raises SourceRefused where another stream was refused while this one waited; a refusal is noted before
        the next may try."""
        url = self._pull.url
        with self._log_ins.turn(url, self._pull.open_timeout):
            wait = self._log_ins.wait(url, self._who)
            if wait > 0:
                detail = f"{safe_name(url)}: name or password is refused; tried again in {wait / 60:.0f} min"
                raise SourceRefused("source.unauthorised", detail, reason="unauthorised")
            try:
                yield
            except SourceError as error:
                if status_of(error) == 401 and self._following(self._way, error) is None:
                    self._log_ins.refused(url, self._who)
                raise

    def _in(self, found: VideoFormat, way: Way) -> None:
        self._log_ins.came_in(self._pull.url, self._who)
        self._came_in = True
        self._sink.begin(found, way)

    def _by_own(self, way: Way, url: str) -> None:
        assert self._drive is not None
        pull = self._pull
        with self._turn():
            no_basic = self._ways.offers_digest(self._who, self._told)
            connection = rtsp.connect(url, pull.open_timeout, self._clock, no_basic=no_basic)
            if connection.offers_digest:
                self._ways.saw_digest(self._who, self._told)
            self._in(connection.told.format, way)
        self._drive(connection, self._take)

    def _by_ffmpeg(self, way: Way, url: str) -> None:
        pull = self._pull
        with self._turn():
            source = open_source(
                url, transport=way.transport, open_timeout=pull.open_timeout, read_timeout=pull.read_timeout,
                opener=pull.opener, clock=self._clock, tls=pull.tls,
            )  # fmt: skip
        with source:
            self._in(source.format, way)
            tick = float(source.stream.time_base or 0) or 1 / 90_000
            for one in timed(source.packets(), tick, source.format.fps, self._clock):
                if self._sink.stopped:
                    return
                is_key = bool(one.packet.is_keyframe)
                told = camera_clock(one.packet) if is_key else None
                self._take(one.media, one.arrived, is_key, bytes(one.packet), told)

    def _take(self, media: float, arrived: float, is_key: bool, content: bytes, told: float | None) -> None:  # noqa: FBT001 - as `connections.Take`
        self._sink.take(media, arrived, is_key, content, told)
        if not self._worked and self._sink.usable:
            self._worked = True
            self._ways.worked(self._who, self._told, self._way)


def most_telling(faults: list[SourceError]) -> SourceError:
    """Of what the ways met; of equals the first. A 404 after the stream was described is no missing stream."""

    def rank(fault: SourceError) -> int:
        reason = reason_of(fault)
        if reason == "not_found" and fault.values.get("described"):
            reason = "refused"
        return TELLING.index(reason) if reason in TELLING else len(TELLING)

    return min(faults, key=rank)
