"""A camera's stream, opened: packets in their order, and errors that say what is the matter.

FFmpeg's `timeout` of `(open, read)` seconds is the only option that ends a silent connection. A connection that the camera
cuts looks to FFmpeg like a good end; for a camera it never is one. No text of an error holds the address with its password.
"""

from __future__ import annotations

import errno
import socket
import ssl
import struct
from collections.abc import Callable, Iterator
from typing import Any, Final, Literal, cast

import av
import msgspec
from av.error import FFmpegError

from ingest.codec.sps import MOST_PIXELS, check_size
from ingest.source.pinned import OtherPrint, TlsRelay
from ingest.source.pinned import connect as connect_pinned
from ingest.stream import VideoFormat
from lianqin.addresses import redact, safe_name, split_address
from lianqin.clock import Clock, SystemClock
from lianqin.errors import SourceEnded, SourceError, SourceRefused, SourceSilent, SourceUnreadable
from lianqin.pins import Pin, pinned, read_pins
from lianqin.records import FaultReason
from lianqin.settings import Settings

Opener = Callable[..., Any]
"""`av.open`, or what stands for it in a test."""
CODECS: Final = ("h264", "hevc")
CODEC_NAMES: Final = {
    "mjpeg": "MJPEG", "mpeg4": "MPEG-4 Part 2", "vp8": "VP8", "vp9": "VP9", "av1": "AV1", "h263": "H.263", "mpeg2video": "MPEG-2",
    "cavs": "AVS", "": "a codec that is not known here",
}  # fmt: skip
RTSPS_PORT: Final = 322
FAST: Final = {"analyzeduration": "0", "probesize": "32"}
"""Size and codec from the session description alone: opens in 0.05 s instead of 1 to 3."""
THOROUGH: Final = {"analyzeduration": "3000000", "probesize": "2000000"}
"""For cameras whose description lacks the parameter sets."""


class Source:
    """One open stream. Use from one thread; `close` when done."""

    def __init__(self, container: Any, name: str, read_timeout: float, clock: Clock) -> None:
        self._container, self._name, self._read_timeout, self._clock = container, name, read_timeout, clock
        # Cameras describe snapshots (JPEG) beside their video, some of them first.
        self.stream = next(
            (one for one in container.streams.video if _codec(one) in CODECS), container.streams.video[0]
        )
        context = self.stream.codec_context
        self.format = (
            VideoFormat(
                context.name, context.width, context.height, float(self.stream.average_rate or 0),
                bytes(context.extradata or b""),
            ) if context is not None else VideoFormat("", 0, 0, 0.0, b"")
        )  # fmt: skip

    def packets(self) -> Iterator[Any]:
        """`av.Packet` after `av.Packet`. Never ends well: raises SourceSilent, SourceEnded, SourceUnreadable."""
        demuxed = iter(self._container.demux())
        began = self._clock.monotonic()
        while True:
            try:
                packet = next(demuxed)
            except StopIteration:
                break
            except FFmpegError as error:
                waited = self._clock.monotonic() - began
                raise translate(error, self._name, waited, self._read_timeout, reading=True) from None
            if packet.size == 0:  # FFmpeg's own end mark
                break
            now = self._clock.monotonic()
            if packet.stream.index == self.stream.index:
                yield packet
                began = self._clock.monotonic()
            elif now - began > self._read_timeout:  # a track beside it lives, this one doesn't
                detail = f"{self._name}: no packet for {self._read_timeout:g} s"
                raise SourceSilent("source.silent", detail, reason="silent")
        raise SourceEnded("source.ended", f"{self._name}: the camera ended the stream", reason="ended")

    def close(self) -> None:
        self._container.close()

    def __enter__(self) -> Source:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Tls(msgspec.Struct, frozen=True):
    """How certificates of rtsps addresses are verified. `ca_file` empty: against the system's authorities. Where `pins` name
    the host, its print decides alone, whatever the other two say."""

    verify: bool = True
    ca_file: str = ""
    pins: tuple[Pin, ...] = ()

    @classmethod
    def of(cls, settings: Settings) -> Tls:
        """As it is set."""
        return cls(settings.rtsps_verify, settings.rtsps_ca_file, read_pins(settings.rtsps_pins))

    def prints(self, url: str) -> frozenset[str]:
        """That are pinned for this address; empty: none, or it is none by TLS."""
        found = split_address(url)
        is_tls = found.scheme == "rtsps" and not found.fault
        return pinned(self.pins, found.host, found.port or RTSPS_PORT) if is_tls else frozenset()

    def options(self) -> dict[str, str]:
        """FFmpeg's."""
        if not self.verify:
            return {"tls_verify": "0"}
        return {"tls_verify": "1", "ca_file": self.ca_file or ssl.get_default_verify_paths().cafile or ""}


VERIFIED: Final = Tls()


class _Way(msgspec.Struct, frozen=True):
    """How an address is opened."""

    url: str
    """What is special in its name and password is written with `%`."""
    name: str
    transport: str
    open_timeout: float
    read_timeout: float
    tls: Tls


def open_source(
    url: str,
    *,
    transport: Literal["tcp", "udp"] = "tcp",
    open_timeout: float = 5.0,
    read_timeout: float = 5.0,
    opener: Opener = av.open,
    clock: Clock | None = None,
    tls: Tls = VERIFIED,
) -> Source:
    """Open an RTSP address (or a file, for tests). Raises SourceRefused, SourceSilent or SourceUnreadable; `reason_of`
    them is what the camera's health says."""
    clock = clock or SystemClock()
    way = _Way(readable(url), safe_name(url), transport, open_timeout, read_timeout, tls)
    source = _try(way, FAST, opener, clock)
    if source.format.codec in CODECS and not (source.format.width and source.format.height):
        source.close()
        source = _try(way, THOROUGH, opener, clock)
    found = source.format
    if found.codec not in CODECS:
        source.close()
        raise wrong_codec(way.name, found.codec)
    if not found.width:
        source.close()
        detail = f"{way.name}: the size of its picture is not told"
        raise SourceUnreadable("source.unreadable", detail, reason="unreadable")
    try:
        check_size(found.extradata, found.codec, way.name)
    except SourceUnreadable:
        source.close()
        raise
    return source


def readable(url: str) -> str:
    """The address as any program reads it. Raises SourceRefused where its password can be read in two ways."""
    found = split_address(url)
    if found.fault == "ambiguous":
        raise _refused("bad_address", safe_name(url), ": in name and password write / as %2F, @ as %40")
    return found.url if found.user and not found.fault else url


def wrong_codec(name: str, codec: str) -> SourceError:
    """`codec` by FFmpeg's name; empty: nobody knows it."""
    told = CODEC_NAMES.get(codec, codec.upper())
    detail = f"{name}: sends {told}; expected H.264 or H.265: set the camera's encoding so"
    return SourceUnreadable("source.wrong_codec", detail, reason="wrong_codec", codec=told)


def _codec(stream: Any) -> str:
    return stream.codec_context.name if stream.codec_context is not None else ""


def _try(way: _Way, probe: dict[str, str], opener: Opener, clock: Clock) -> Source:
    options = {**probe, "max_pixels": str(MOST_PIXELS)}
    if "://" in way.url:
        options |= {"rtsp_transport": way.transport, "allowed_media_types": "video", "reorder_queue_size": "64"}
    if _is_tls(way.url):
        options |= way.tls.options()
    began = clock.monotonic()
    prints = way.tls.prints(way.url)
    relay = _relay(way, prints) if prints else None
    url, left = way.url, way.open_timeout
    if relay:
        url = relay.url(split_address(way.url))
        left = max(0.1, left - (clock.monotonic() - began))
        options["rtsp_transport"] = "tcp"
    try:
        # FFmpeg lets the time for reading pass twice before it gives up.
        container = opener(url, options=options, timeout=(left, way.read_timeout / 2))
    except (FFmpegError, OSError, ValueError) as error:
        if relay:
            relay.close()
        why = _why_no_tls(way, relay, error)
        if why:
            raise _refused("refused", way.name, f": {why}") from None
        raise translate(error, way.name, clock.monotonic() - began, way.open_timeout) from None
    source = Source(container, way.name, way.read_timeout, clock) if container.streams.video else None
    if source and source.format.codec not in CODECS:
        return source  # however long it took: it is of no use
    if source and (source.format.width or clock.monotonic() - began < 0.9 * way.read_timeout):
        return source
    container.close()
    if source:
        raise SourceSilent("source.silent", f"{way.name}: answers, but sends no packet", reason="silent")
    raise SourceUnreadable("source.unreadable", f"{way.name}: there is no video in it", reason="unreadable")


def _is_tls(url: str) -> bool:
    return url.lower().startswith("rtsps://")


def _why_no_tls(way: _Way, relay: TlsRelay | None, error: Exception) -> str:
    """What TLS has to do with the `error`. Empty: nothing."""
    if relay:
        told = "it sends us to another address, for which its pinned certificate does not speak; enter that address"
        return told if relay.sent_elsewhere else ""
    if _is_tls(way.url) and way.tls.verify and getattr(error, "errno", None) == errno.EIO:
        why = _untrusted(way)
        return f"its certificate is not trusted ({why})" if why else ""
    return ""


def _relay(way: _Way, prints: frozenset[str]) -> TlsRelay:
    """To a camera that has shown one of its prints. Raises SourceRefused, SourceSilent."""
    found = split_address(way.url)
    port = found.port or RTSPS_PORT
    try:
        return TlsRelay(connect_pinned(found.host, port, prints, way.open_timeout), way.open_timeout)
    except OtherPrint as other:
        came = f"came {other.told}" if other.told else "none came"
        why = (
            f": the certificate of {found.host}:{port} is not the pinned one ({came}). If the camera's certificate was renewed, "
            "add this print to rtsps_pins; if not, somebody may stand between"
        )
        raise _refused("refused", way.name, why) from None
    except TimeoutError:
        detail = f"{way.name}: no answer for {way.open_timeout:g} s"
        raise SourceSilent("source.silent", detail, reason="silent") from None
    except ssl.SSLError as error:
        raise _refused("refused", way.name, f": no TLS with it ({error.reason or _text(error)})") from None
    except (OSError, ValueError) as error:
        raise _refused("unreachable", way.name, f" ({_text(error)})") from None


def _untrusted(way: _Way) -> str:
    """What is wrong with the camera's certificate, which FFmpeg calls an input/output error. Empty: nothing."""
    found = split_address(way.url)
    context = ssl.create_default_context(cafile=way.tls.ca_file or None)
    try:
        with (
            socket.create_connection((found.host, found.port or RTSPS_PORT), timeout=way.open_timeout) as plain,
            context.wrap_socket(plain, server_hostname=found.host),
        ):
            return ""
    except ssl.SSLCertVerificationError as error:
        return error.verify_message
    except OSError:
        return ""


REFUSALS: Final[dict[FaultReason, str]] = {
    "unauthorised": "name or password is refused",
    "not_found": "the camera has no such stream",
    "busy": "the camera is busy or has too many viewers",
    "refused": "the camera refuses the request",
    "bad_address": "not an address that can be opened",
    "unreachable": "can't be reached",
}
_Kinds = type[Exception] | tuple[type[Exception], ...]
_NAMED: Final[tuple[tuple[_Kinds, FaultReason, int], ...]] = (
    (av.error.HTTPUnauthorizedError, "unauthorised", 401),
    (av.error.HTTPForbiddenError, "unauthorised", 403),
    (av.error.HTTPNotFoundError, "not_found", 404),
    (av.error.HTTPServerError, "busy", 0),
    ((av.error.HTTPClientError, av.error.HTTPError), "refused", 0),
)
"""FFmpeg's kinds, our names, and the status where there is only one."""


def translate(error: Exception, name: str, waited: float, limit: float, *, reading: bool = False) -> SourceError:
    """FFmpeg's error by our names. While it opens, FFmpeg calls a time-out and a cut connection "invalid data", so the
    time that was waited decides. `limit`: the time-out in force, seconds."""
    for kinds, named, status in _NAMED:
        if isinstance(error, kinds):
            return _refused(named, name, f" ({_text(error)})" if not status else "", status)
    if getattr(error, "errno", None) == errno.EPROTONOSUPPORT and "://" in name:
        # What FFmpeg makes of a 461 to the transport that it was told (rtsp.c, ff_rtsp_connect).
        return _refused("refused", name, " (461: not by this transport)", 461)
    if isinstance(error, av.error.ExitError | av.error.TimeoutError) or waited >= 0.9 * limit:
        what = "no packet" if reading else "no answer"
        return SourceSilent("source.silent", f"{name}: {what} for {limit:g} s", reason="silent")
    if reading:
        return SourceEnded("source.ended", f"{name}: the connection broke ({_text(error)})", reason="ended")
    if "://" not in name or isinstance(error, av.error.ProtocolNotFoundError):
        return _refused("bad_address", name)
    return _refused("unreachable", name, f" ({_text(error)})")


def _refused(reason: FaultReason, name: str, why: str = "", status: int = 0) -> SourceError:
    return SourceRefused(f"source.{reason}", f"{name}: {REFUSALS[reason]}{why}", reason=reason, status=status)


def _text(error: Exception) -> str:
    return redact(str(getattr(error, "strerror", None) or error))


def reason_of(error: SourceError) -> FaultReason:
    """Why, as `CameraHealth.reason` says it."""
    return cast("FaultReason", error.values.get("reason", "unreadable"))


def status_of(error: SourceError) -> int:
    """The status of the answer that it is made of; 0: of none, or nobody knows."""
    return cast("int", error.values.get("status", 0))


def camera_clock(packet: Any) -> float | None:
    """The camera's own wall clock for this packet (epoch seconds), from its RTCP sender reports, or None. FFmpeg hands
    it over as AVProducerReferenceTime: microseconds, 64 bits."""
    if not packet.has_sidedata("prft"):
        return None
    (microseconds,) = struct.unpack_from("<q", bytes(packet.get_sidedata("prft")))
    return float(microseconds) / 1e6
