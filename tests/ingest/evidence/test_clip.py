"""Clips: what a player gets is what the camera sent."""

from __future__ import annotations

import io
from pathlib import Path

import av
import pytest
from av.bitstream import BitStreamFilterContext

from demo.clips import clip_path
from ingest.codec.parameter_sets import frame_format, parameter_sets
from ingest.evidence.clip import write_clip
from ingest.evidence.ring import Cut
from ingest.stream import EncodedPacket, VideoFormat
from lianqin.errors import EvidenceError

BEGIN = 1_790_000_000.0
CASES = [("C01", "h264", "avc1"), ("C02", "hevc", "hvc1")]


def annexb(path: Path, seconds: float) -> tuple[VideoFormat, list[EncodedPacket]]:
    """The file's packets as RTSP would bring them: parameter sets in band before each key frame."""
    with av.open(str(path)) as file:
        stream = file.streams.video[0]
        context = stream.codec_context
        found = VideoFormat(context.name, context.width, context.height, 25.0, b"")
        convert = BitStreamFilterContext(f"{context.name}_mp4toannexb", stream)
        packets = []
        for packet in file.demux(stream):
            for one in convert.filter(packet):
                if one.size:
                    packets.append(EncodedPacket(BEGIN + len(packets) / 25, bool(one.is_keyframe), bytes(one)))
            if len(packets) >= seconds * 25:
                break
    return found, packets


@pytest.mark.parametrize(("camera_id", "codec", "tag"), CASES)
def test_a_clip_shows_every_picture_at_its_time(clips: Path, camera_id: str, codec: str, tag: str) -> None:
    found, packets = annexb(clip_path(camera_id, "main"), 6)
    content = write_clip(Cut(found, tuple(packets)))
    with av.open(io.BytesIO(content)) as file:
        stream = file.streams.video[0]
        frames = list(file.decode(stream))
        assert stream.codec_context.name == codec
        assert (stream.codec_context.width, stream.codec_context.height) == (found.width, found.height)
    assert frames[0].key_frame
    assert [round(frame.time, 3) for frame in frames] == [round(one.at - BEGIN, 3) for one in packets]
    assert not any(frame.is_corrupt for frame in frames)
    assert tag.encode() in content[:4096]


@pytest.mark.parametrize(("camera_id", "codec", "tag"), CASES)
def test_the_header_stands_before_the_pictures(clips: Path, camera_id: str, codec: str, tag: str) -> None:
    """A player that reads from a slow line starts at once."""
    content = write_clip(Cut(*_cut(camera_id, 3)))
    assert 0 < content.find(b"moov") < content.find(b"mdat")


def _cut(camera_id: str, seconds: float) -> tuple[VideoFormat, tuple[EncodedPacket, ...]]:
    found, packets = annexb(clip_path(camera_id, "sub"), seconds)
    return found, tuple(packets)


def test_pictures_that_came_unevenly_keep_their_times(clips: Path) -> None:
    found, packets = _cut("C01", 2)
    at = [BEGIN + n * 0.04 + (0.7 if n > 20 else 0.0) for n in range(len(packets))]
    uneven = tuple(EncodedPacket(t, one.is_key, one.content) for t, one in zip(at, packets, strict=True))
    with av.open(io.BytesIO(write_clip(Cut(found, uneven)))) as file:
        times = [frame.time for frame in file.decode(video=0)]
    assert times == pytest.approx([t - BEGIN for t in at], abs=1e-3)


def test_noise_makes_no_clip_but_an_error() -> None:
    noise = (EncodedPacket(BEGIN, True, bytes(range(256)) * 20),)
    with pytest.raises(EvidenceError, match=r"clip\.unwritable"):
        write_clip(Cut(VideoFormat("h264", 640, 360, 25.0, b""), noise))


@pytest.mark.parametrize(("camera_id", "codec", "tag"), CASES)
def test_a_key_frame_tells_its_size(clips: Path, camera_id: str, codec: str, tag: str) -> None:
    for which, size in (("main", (1280, 720)), ("sub", (640, 360))):
        _, packets = annexb(clip_path(camera_id, which), 0.2)
        found = frame_format(packets[0].content, codec)
        assert found is not None
        assert (found.width, found.height) == size
        sets = parameter_sets(packets[0].content, codec)
        assert 20 < len(sets) < 4096
        assert sets[3:12] in packets[0].content
        other_sei = {"h264": b"\0\0\1\x06\x05\x01a\x80", "hevc": b"\0\0\1\x4e\x01\x05\x01a\x80"}[codec]
        assert parameter_sets(other_sei + packets[0].content, codec) == sets, "what else a camera says does not matter"
        assert parameter_sets(packets[1].content, codec) == b""


def test_main_and_sub_stream_differ_in_their_parameter_sets(clips: Path) -> None:
    main, sub = (annexb(clip_path("C01", which), 0.2)[1][0].content for which in ("main", "sub"))
    assert parameter_sets(main, "h264") != parameter_sets(sub, "h264")
