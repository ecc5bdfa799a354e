"""A clip as RTP packets: demultiplexed by PyAV, packetised once by FFmpeg's own `rtp` muxer (RFC 6184, RFC 7798)."""

from __future__ import annotations

import base64
import struct
from dataclasses import dataclass
from pathlib import Path

import av

CLOCK = 90_000
PAYLOAD_TYPE = 96


@dataclass(frozen=True, slots=True)
class MediaStream:
    """One encoded loop. `frames[n]` holds the RTP packets of frame n; time stamp, sequence and source are rewritten
    when they are sent."""

    codec: str
    width: int
    height: int
    fps: float
    frames: tuple[tuple[bytes, ...], ...]
    format_parameters: str
    path: Path | None = None
    """The clip that it was read from."""
    offsets: tuple[int, ...] = ()
    """How many pictures later than it is sent each is shown, where a clip has B-frames (fewer than none: earlier)."""

    def offset(self, place: int) -> int:
        return self.offsets[place] if self.offsets else 0

    @property
    def encoding(self) -> str:
        return "H264" if self.codec == "h264" else "H265"

    def sdp(self) -> str:
        """The session description (RFC 8866) that DESCRIBE answers."""
        return "\r\n".join([
            "v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=camera", "c=IN IP4 0.0.0.0", "t=0 0", "a=range:npt=now-",
            f"m=video 0 RTP/AVP {PAYLOAD_TYPE}", f"a=rtpmap:{PAYLOAD_TYPE} {self.encoding}/{CLOCK}",
            f"a=fmtp:{PAYLOAD_TYPE} {self.format_parameters}", f"a=framerate:{self.fps:g}", "a=control:trackID=0", "",
        ])  # fmt: skip


class _Sink:
    """A file object to FFmpeg: each write is one RTP (or RTCP) packet."""

    def __init__(self) -> None:
        self.packets: list[bytes] = []

    def write(self, packet: bytes) -> int:
        self.packets.append(bytes(packet))
        return len(packet)


def load(path: Path) -> MediaStream:
    """Read the whole clip. Needs H.264 in avcC or H.265 in hvcC form, as MP4 files have."""
    sink = _Sink()
    with av.open(str(path)) as source:
        stream = source.streams.video[0]
        context = stream.codec_context
        units = parameter_sets(context.name, context.extradata or b"")
        frames, shown = [], []
        with av.open(sink, "w", format="rtp", options={"packetsize": "1400", "rtpflags": "skip_rtcp"}) as muxer:
            out = muxer.add_stream_from_template(stream)
            for packet in source.demux(stream):
                if not packet.size:
                    continue
                is_key = packet.is_keyframe
                shown.append(packet.pts or 0)
                packet.stream = out
                muxer.mux(packet)
                sent = [raw for raw in sink.packets if not 200 <= raw[1] <= 207]
                sink.packets.clear()
                # Parameter sets before each key frame, in band, as cameras send them.
                heads = [bytes([0x80, PAYLOAD_TYPE]) + bytes(10) + unit for unit in units] if is_key else []
                frames.append((*heads, *sent))
        places = {n: place for place, n in enumerate(sorted(range(len(shown)), key=shown.__getitem__))}
        offsets = tuple(places[n] - n for n in range(len(shown)))
        return MediaStream(context.name, context.width, context.height, float(stream.average_rate or 25), tuple(frames),
                           _format_parameters(context.name, units), path, offsets)  # fmt: skip


def parameter_sets(codec: str, extradata: bytes) -> tuple[bytes, ...]:
    """The parameter-set NAL units out of an avcC (ISO/IEC 14496-15 5.3.3) or hvcC (8.3.3) record."""
    units: list[bytes] = []

    def take(at: int) -> int:
        length: int = struct.unpack_from(">H", extradata, at)[0]
        units.append(extradata[at + 2 : at + 2 + length])
        return at + 2 + length

    if codec == "h264":
        at, count = 6, extradata[5] & 31
        for _ in range(count):
            at = take(at)
        count = extradata[at]
        at += 1
        for _ in range(count):
            at = take(at)
        return tuple(units)
    at = 23
    for _ in range(extradata[22]):
        (count,) = struct.unpack_from(">H", extradata, at + 1)
        at += 3
        for _ in range(count):
            at = take(at)
    return tuple(unit for unit in units if (unit[0] >> 1) & 63 in (32, 33, 34))


def _format_parameters(codec: str, units: tuple[bytes, ...]) -> str:
    text = [base64.b64encode(unit).decode() for unit in units]
    if codec == "h264":
        return f"packetization-mode=1;profile-level-id={units[0][1:4].hex()};sprop-parameter-sets={','.join(text)}"
    return ";".join(f"sprop-{name}={value}" for name, value in zip(("vps", "sps", "pps"), text, strict=True))
