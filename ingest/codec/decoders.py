"""FFmpeg's decoders as all rooms here open them: one thread, and no picture larger than `picture_size` lets pass.

A parameter set of some bytes can ask for a gigabyte of memory; who sends one is told so and gets none.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Final

import av
from av.codec.context import Flags

from ingest.codec.sps import MOST_PIXELS, check_size
from ingest.stream import EncodedPacket, VideoFormat

MICROSECOND: Final = Fraction(1, 1_000_000)


def open_decoder(found: VideoFormat, *, quick: bool = False) -> Any:
    """An `av.CodecContext`; `quick` leaves out what the eye alone needs. Raises SourceUnreadable for a picture that is too
    large; one that is found out later is an FFmpegError of the packet."""
    check_size(found.extradata, found.codec)
    decoder = av.CodecContext.create(found.codec, "r")
    decoder.extradata = found.extradata
    decoder.thread_count = 1  # cameras run beside each other; each thread more holds its own pictures
    decoder.options = {"max_pixels": str(MOST_PIXELS)}
    if quick:
        decoder.flags |= Flags.low_delay
        # Never "all": without its loop filter a picture drifts from the one that was encoded, up to the next key frame; on
        # the demo's clips that lost two alerts of five. Pictures that no other is made from may go without.
        decoder.options |= {"skip_loop_filter": "noref"}
    return decoder


def raw_packet(packet: EncodedPacket) -> av.Packet:
    """For a decoder: its pictures bear the packet's time in microseconds."""
    raw = av.Packet(packet.content)
    raw.pts = raw.dts = round(packet.at * 1_000_000)
    raw.time_base = MICROSECOND
    return raw
