"""A camera's stream, opened: packets in their order, and errors that say what is the matter.

FFmpeg's `timeout` of `(open, read)` seconds is the only option that ends a silent connection. A connection that the camera
cuts looks to FFmpeg like a good end; for a camera it never is one. No text of an error holds the address with its password.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from typing import Any, Final, Literal, cast

import av
import msgspec
from av.error import FFmpegError

from lianqin.clock import Clock, SystemClock
from lianqin.errors import SourceEnded, SourceError, SourceRefused, SourceSilent, SourceUnreadable
from lianqin.records import FaultReason, redact

Opener = Callable[..., Any]
"""`av.open`, or what stands for it in a test."""
CODECS: Final = ("h264", "hevc")
FAST: Final = {"analyzeduration": "0", "probesize": "32"}
"""Size and codec from the session description alone: opens in 0.05 s instead of 1 to 3."""
THOROUGH: Final = {"analyzeduration": "3000000", "probesize": "2000000"}
"""For cameras whose description lacks the parameter sets."""


class VideoFormat(msgspec.Struct, frozen=True):
    """What a decoder or a clip needs to know of a stream. `extradata` is in Annex B form as it comes from RTSP."""

    codec: str
    width: int
    height: int
    fps: float
    extradata: bytes


class Source:
    """One open stream. Use from one thread; `close` when done."""

    def __init__(self, container: Any, name: str, read_timeout: float, clock: Clock) -> None:
        self._container, self._name, self._read_timeout, self._clock = container, name, read_timeout, clock
        self.stream = container.streams.video[0]
        context = self.stream.codec_context
        self.format = VideoFormat(
            context.name, context.width, context.height, float(self.stream.average_rate or 0),
            bytes(context.extradata or b""),
        )  # fmt: skip

    def packets(self) -> Iterator[Any]:
        """`av.Packet` after `av.Packet`. Never ends well: raises SourceSilent, SourceEnded, SourceUnreadable."""
        demuxed = iter(self._container.demux(self.stream))
        while True:
            began = self._clock.monotonic()
            try:
                packet = next(demuxed)
            except StopIteration:
                break
            except FFmpegError as error:
                waited = self._clock.monotonic() - began
                raise translate(error, self._name, waited, self._read_timeout, reading=True) from None
            if packet.size == 0:  # FFmpeg's own end mark
                break
            yield packet
        raise SourceEnded("source.ended", f"{self._name}: the camera ended the stream", reason="ended")

    def close(self) -> None:
        self._container.close()

    def __enter__(self) -> Source:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Way(msgspec.Struct, frozen=True):
    """How an address is opened."""

    url: str
    name: str
    transport: str
    open_timeout: float
    read_timeout: float


def open_source(
    url: str,
    *,
    transport: Literal["tcp", "udp"] = "tcp",
    open_timeout: float = 5.0,
    read_timeout: float = 5.0,
    opener: Opener = av.open,
    clock: Clock | None = None,
) -> Source:
    """Open an RTSP address (or a file, for tests). Raises SourceRefused, SourceSilent or SourceUnreadable; `reason_of`
    them is what the camera's health says."""
    clock = clock or SystemClock()
    way = _Way(url, safe_name(url), transport, open_timeout, read_timeout)
    source = _try(way, FAST, opener, clock)
    if not source.format.width or not source.format.height:
        source.close()
        source = _try(way, THOROUGH, opener, clock)
    found = source.format
    if found.codec not in CODECS or not found.width:
        source.close()
        detail = f"{way.name}: sends {found.codec} {found.width}x{found.height}, expected H.264 or H.265 of known size"
        raise SourceUnreadable("source.unreadable", detail, reason="unreadable")
    return source


def _try(way: _Way, probe: dict[str, str], opener: Opener, clock: Clock) -> Source:
    options = {**probe, "fflags": "nobuffer"}
    if "://" in way.url:
        options |= {"rtsp_transport": way.transport, "allowed_media_types": "video", "reorder_queue_size": "64"}
    began = clock.monotonic()
    try:
        # FFmpeg lets the time for reading pass twice before it gives up.
        container = opener(way.url, options=options, timeout=(way.open_timeout, way.read_timeout / 2))
    except (FFmpegError, OSError, ValueError) as error:
        raise translate(error, way.name, clock.monotonic() - began, way.open_timeout) from None
    source = Source(container, way.name, way.read_timeout, clock) if container.streams.video else None
    if source and (source.format.width or clock.monotonic() - began < 0.9 * way.read_timeout):
        return source
    container.close()
    if source:
        raise SourceSilent("source.silent", f"{way.name}: answers, but sends no packet", reason="silent")
    raise SourceUnreadable("source.unreadable", f"{way.name}: there is no video in it", reason="unreadable")


REFUSALS: Final[dict[FaultReason, str]] = {
    "unauthorised": "name or password is refused",
    "not_found": "the camera has no such stream",
    "busy": "the camera is busy or has too many viewers",
    "refused": "the camera refuses the request",
    "bad_address": "not an address that can be opened",
    "unreachable": "can't be reached",
}
_Kinds = type[Exception] | tuple[type[Exception], ...]
_NAMED: Final[tuple[tuple[_Kinds, FaultReason], ...]] = (
    ((av.error.HTTPUnauthorizedError, av.error.HTTPForbiddenError), "unauthorised"),
    (av.error.HTTPNotFoundError, "not_found"),
    (av.error.HTTPServerError, "busy"),
    (av.error.HTTPError, "refused"),
)


def translate(error: Exception, name: str, waited: float, limit: float, *, reading: bool = False) -> SourceError:
    """FFmpeg's error by our names. While it opens, FFmpeg calls a time-out and a cut connection "invalid data", so the
    time that was waited decides. `limit`: the time-out in force, seconds."""
    for kinds, named in _NAMED:
        if isinstance(error, kinds):
            return _refused(named, name)
    if isinstance(error, av.error.ExitError | av.error.TimeoutError) or waited >= 0.9 * limit:
        what = "no packet" if reading else "no answer"
        return SourceSilent("source.silent", f"{name}: {what} for {limit:g} s", reason="silent")
    if reading:
        return SourceEnded("source.ended", f"{name}: the connection broke ({_text(error)})", reason="ended")
    if "://" not in name or isinstance(error, av.error.ProtocolNotFoundError):
        return _refused("bad_address", name)
    return _refused("unreachable", name, f" ({_text(error)})")


def _refused(reason: FaultReason, name: str, why: str = "") -> SourceError:
    return SourceRefused(f"source.{reason}", f"{name}: {REFUSALS[reason]}{why}", reason=reason)


def safe_name(url: str) -> str:
    """The address without credentials and query, either of which may hold a password."""
    scheme, mark, rest = url.partition("://")
    return f"{scheme}{mark}{rest.rpartition('@')[2]}".partition("?")[0]


def _text(error: Exception) -> str:
    return redact(str(getattr(error, "strerror", None) or error))


def reason_of(error: SourceError) -> FaultReason:
    """Why, as `CameraHealth.reason` says it."""
    return cast("FaultReason", error.values.get("reason", "unreadable"))


def camera_clock(packet: Any) -> float | None:
    """The camera's own wall clock for this packet (epoch seconds), from its RTCP sender reports, or None. FFmpeg hands
    it over as AVProducerReferenceTime: microseconds, 64 bits."""
    if not packet.has_sidedata("prft"):
        return None
    (microseconds,) = struct.unpack_from("<q", bytes(packet.get_sidedata("prft")))
    return float(microseconds) / 1e6
