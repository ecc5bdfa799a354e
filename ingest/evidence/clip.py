"""A clip from the camera's own packets: MP4 without decoding, so that it costs nothing and is what the camera sent.

H.264 is tagged `avc1` and H.265 `hvc1` with the parameter sets in the header (ISO/IEC 14496-15), as browsers want them; the
header stands before the pictures, so a player starts before all is there.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from fractions import Fraction
from typing import Any, Final

import av
from av.error import FFmpegError

from ingest.codec.parameter_sets import RAW
from ingest.evidence.ring import Cut
from lianqin.errors import EvidenceError

CLOCK: Final = 90_000
_TIME_BASE: Final = Fraction(1, CLOCK)
_TAGS: Final = {"h264": "avc1", "hevc": "hvc1"}
_HEADER_BYTES: Final = 4096
_HEADER_BYTES_A_PACKET: Final = 48
"""Entries of stts, ctts, stsz, stco, stsc and stss; the rest becomes a `free` box."""


def write_clip(cut: Cut) -> bytes:
    """The MP4 file. Raises EvidenceError `clip.unwritable` when the packets make none."""
    target = io.BytesIO()
    shown = [round((packet.at - cut.begin) * CLOCK) for packet in cut.packets]
    decoded = decoding_times(shown)
    try:
        with (
            av.open(io.BytesIO(_head(cut)), format=RAW[cut.format.codec]) as template,
            av.open(target, "w", format="mp4", options=_options(decoded)) as out,
        ):
            _mux(cut, shown, decoded, template, out)
    except (FFmpegError, ValueError) as error:
        raise EvidenceError("clip.unwritable", f"the camera's packets make no clip: {error}") from error
    return target.getvalue()


def _options(decoded: Sequence[int]) -> dict[str, str]:
    """An edit list (ISO/IEC 14496-12, 8.6.6) lets a clip whose decoding begins before its first picture begin at 0 all the
    same."""
    size = _HEADER_BYTES + _HEADER_BYTES_A_PACKET * len(decoded)
    return {"moov_size": str(size), "use_editlist": str(int(decoded[0] < 0))}


def _head(cut: Cut) -> bytes:
    """Parameter sets and the first picture: all that the header is made of."""
    return cut.format.extradata + cut.packets[0].content


def _mux(cut: Cut, shown: Sequence[int], decoded: Sequence[int], template: Any, out: Any) -> None:
    stream = out.add_stream_from_template(template.streams.video[0])
    stream.time_base = _TIME_BASE
    if stream.codec_context is not None:
        stream.codec_context.codec_tag = _TAGS[cut.format.codec]
    usual = round(CLOCK / (cut.format.fps or 25))
    for packet, at, when, after in zip(cut.packets, shown, decoded, [*decoded[1:], decoded[-1] + usual], strict=True):
        one = av.Packet(packet.content)
        one.stream = stream
        one.time_base = _TIME_BASE
        one.pts, one.dts = at, when
        one.duration = max(1, after - when)
        one.is_keyframe = packet.is_key
        out.mux_one(one)


def decoding_times(shown: Sequence[int]) -> list[int]:
    """When each picture is decoded, of those in the order of decoding: times that rise, none later than it is shown. They are
    the times of showing in their order, put back by as much as the order of the two differs; without B-frames they are the
    same."""
    rising: list[int] = []
    for at in sorted(shown):
        rising.append(max(at, rising[-1] + 1) if rising else at)
    late = max((when - at for when, at in zip(rising, shown, strict=True)), default=0)
    return [when - late for when in rising]
