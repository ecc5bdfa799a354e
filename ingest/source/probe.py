"""Is this address a camera that can be watched? Opened once, the way a worker would; what it sends, and its picture."""

from __future__ import annotations

import select
from collections.abc import Sequence
from typing import Any, Final, Literal

import av
import cv2
import msgspec
import numpy as np
from av.error import FFmpegError

from ingest.codec.decoders import open_decoder
from ingest.codec.key_frames import LEAST_S
from ingest.codec.pixels import bgr_of
from ingest.codec.recode import GREY, fill
from ingest.codec.sps import check_size
from ingest.source import rtsp
from ingest.source.connections import AT_ONCE, UPKEEP_S, RtspConnection, Take
from ingest.source.ffmpeg import VERIFIED, Opener, Tls, reason_of
from ingest.source.reading import Pull, Reading, ReadingMemory
from ingest.source.ways import FFMPEG, OWN, Way
from ingest.stream import VideoFormat
from lianqin.clock import Clock
from lianqin.errors import SourceError, SourceUnreadable
from lianqin.records import Camera, Polygon

OPEN_S: Final = 5.0
LONGEST_S: Final = 10.0
UNREADABLE_S: Final = 5.0
"""Without a picture for so long after the first key frame."""
PACKETS_S: Final = 4.0
"""Seconds of packets that are looked at for the rate and the distance of key frames."""
WIDEST: Final = 960


class ProbeRequest(msgspec.Struct, frozen=True):
    """What the console asks; on its way the address is sealed."""

    url: str
    transport: Literal["tcp", "udp"] = "tcp"
    masks: tuple[Polygon, ...] = ()
    """Of the camera that is set up already: its picture is never shown without them."""


class Probed(msgspec.Struct, frozen=True):
    """`reason` "": it can be watched. `group_s`: seconds between key frames, None when fewer than two came; `kbps`: its
    bit rate; `picture`: JPEG."""

    reason: str
    detail: str = ""
    codec: str = ""
    """`h264`, `hevc`, or what it sends instead by its usual name."""
    width: int = 0
    height: int = 0
    fps: float = 0.0
    group_s: float | None = None
    kbps: float = 0.0
    picture: bytes | None = None
    read_by: str = ""
    """As in a `CameraHealth`."""
    read_why: str = ""
    read_detail: str = ""
    pixels: str = ""
    """As FFmpeg names their form (`yuv420p`)."""


def probe(asked: ProbeRequest, opener: Opener, clock: Clock, tls: Tls = VERIFIED) -> Probed:
    """Takes some seconds, a minute where key frames are far apart. What is wrong with the address is an answer, no error."""
    tried = _Tried(clock)
    camera = Camera(id="tried", code="", name="", url=asked.url, transport=asked.transport)
    pull = Pull("main", asked.url, camera, OPEN_S, OPEN_S, opener, tls)
    try:
        Reading(pull, tried, ReadingMemory.begin(clock), clock, tried.drive).run()
    except SourceError as error:
        codec = str(error.values.get("codec", "")) or (tried.format.codec if tried.format else "")
        return Probed(reason_of(error), error.detail, codec)
    return tried.told(asked.masks)


class _Tried:
    """Looks at what comes until it knows. As `reading.Sink`."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.format: VideoFormat | None = None
        self._way = Way(OWN)
        self.stopped = False

    def begin(self, found: VideoFormat, way: Way) -> None:
        self.format, self._way = found, way
        self._decoder = open_decoder(found)
        self._keys: list[float] = []
        self._first = self._last = self._began = self._clock.monotonic()
        self._key_at: float | None = None
        self._count = self._size = 0
        self._picture: Any = None

    @property
    def usable(self) -> bool:
        return self._picture is not None

    def take(self, media: float, arrived: float, is_key: bool, content: bytes, _told: float | None, /) -> None:  # noqa: FBT001 - as `connections.Take`
        """Raises SourceUnreadable when packets come but no picture."""
        if self.stopped:
            return
        if self._count == 0:
            self._first = arrived
        self._last, self._count, self._size = arrived, self._count + 1, self._size + len(content)
        if is_key:
            self._keys.append(media)
            self._key_at = arrived if self._key_at is None else self._key_at
        if self._picture is None and self._keys:
            self._decode(content)
        seen = arrived - self._began
        if self._picture is not None:
            enough = self._last - self._first >= PACKETS_S and len(self._keys) >= 2
            self.stopped = enough or seen > max(LONGEST_S, (self._key_at or 0.0) - self._began + PACKETS_S)
        elif self._key_at is not None and arrived - self._key_at > UNREADABLE_S:
            self._give_up("packets come, but no picture could be decoded")
        elif self._key_at is None and seen > LEAST_S:
            self._give_up(f"packets come, but no key frame for {LEAST_S:g} s")

    def drive(self, connection: rtsp.RtspSession, take: Take) -> None:
        """Our own reader, on this thread alone."""
        line = RtspConnection(connection, take, OPEN_S, self._clock.monotonic())
        line.buffer = memoryview(bytearray(AT_ONCE))
        kept = self._clock.monotonic()
        waits = select.poll()  # select() can't take a busy worker's high descriptors
        waits.register(line.fileno, select.POLLIN)
        try:
            while not self.stopped:
                ready = waits.poll(100)
                now = self._clock.monotonic()
                if ready:
                    line.read(now)
                if now - kept >= UPKEEP_S:
                    kept = now
                    line.upkeep(now)
        finally:
            line.end(None)

    def told(self, masks: Sequence[Polygon]) -> Probed:
        """After a look that ended well."""
        assert self.format
        assert self._picture is not None
        keys = self._keys
        group = (keys[-1] - keys[0]) / (len(keys) - 1) if len(keys) > 1 else None
        seconds = max(self._last - self._first, 0.1)
        way, picture = self._way, self._picture
        by = "" if way.by != FFMPEG else "ffmpeg_udp" if way.transport == "udp" else "ffmpeg"
        return Probed("", "", self.format.codec, picture.width, picture.height, round(self._count / seconds, 1),
                      None if group is None else round(group, 2), round(self._size * 8 / seconds / 1000, 1), _jpeg(picture, masks),
                      by if way.why else "", way.why, way.detail, picture.format.name)  # fmt: skip

    def _decode(self, content: bytes) -> None:
        try:
            for frame in self._decoder.decode(av.Packet(content)):
                self._picture = None if frame.is_corrupt else frame
        except FFmpegError:
            check_size(content, self._decoder.name)

    def _give_up(self, detail: str) -> None:
        raise SourceUnreadable("source.unreadable", detail, reason="unreadable")


def _jpeg(picture: Any, masks: Sequence[Polygon]) -> bytes | None:
    bgr = bgr_of(picture)
    fill(bgr, masks, (GREY, GREY, GREY))
    if bgr.shape[1] > WIDEST:
        bgr = np.asarray(
            cv2.resize(bgr, (WIDEST, round(bgr.shape[0] * WIDEST / bgr.shape[1])), interpolation=cv2.INTER_AREA)
        )
    done, jpeg = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, 80])
    return np.asarray(jpeg, np.uint8).tobytes() if done else None
