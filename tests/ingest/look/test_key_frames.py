"""When a key frame is overdue."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import av
import msgspec
import pytest
from av.bitstream import BitStreamFilterContext

from ingest.codec.key_frames import KeyFrames
from ingest.codec.parameter_sets import parameter_sets
from ingest.evidence.recording import Recorder
from ingest.evidence.ring import PacketRing
from ingest.look.gated import Watch
from ingest.look.key_gate import KeyGate
from ingest.look.sampler import Sampler
from ingest.source.state import StreamState
from ingest.stream import EncodedPacket, VideoFormat
from lianqin.errors import SourceUnreadable

BEGIN = 1_790_000_000.0


@pytest.mark.parametrize(
    ("keys", "fault_after"),
    [
        ((), 60.0),  # none yet, since the first packet
        ((0.0,), 60.0),
        ((0.0, 2.0), 62.0),
        ((0.0, 40.0), 120.0),  # two groups of 40 s
        ((0.0, 40.0, 42.0), 102.0),  # the camera was set otherwise
        ((35.0,), 95.0),
    ],
)
def test_a_key_frame_is_overdue_after_two_groups_or_a_minute_whichever_is_later(
    keys: tuple[float, ...], fault_after: float
) -> None:
    frames, at = KeyFrames(), 0.0
    while at <= fault_after:
        assert not frames.see(at, is_key=at in keys), at
        at += 0.5
    assert frames.see(at, is_key=False)


def test_our_own_clock_set_back_begins_the_wait_anew() -> None:
    frames = KeyFrames()
    frames.see(1000.0, is_key=True)
    assert not frames.see(10.0, is_key=False)
    assert not frames.see(69.0, is_key=False)
    assert frames.see(71.0, is_key=False)


@pytest.fixture(scope="module", params=["h264", "hevc"])
def units(request: pytest.FixtureRequest, loops: Any) -> tuple[VideoFormat, bytes, list[bytes]]:
    """A stream's form, a key frame, and the pictures that follow it."""
    with av.open(str(getattr(loops, request.param)["main"].path)) as file:
        stream = file.streams.video[0]
        context = stream.codec_context
        convert = BitStreamFilterContext(f"{context.name}_mp4toannexb", stream)
        flat = [one for packet in file.demux(stream) for one in convert.filter(packet) if one.size]
        key = bytes(flat[0])
        found = VideoFormat(context.name, context.width, context.height, 1.0, parameter_sets(key, context.name))
        rest = [bytes(one) for one in flat[1:] if not one.is_keyframe]
    return found, key, rest


def stream_of(units: tuple[VideoFormat, bytes, list[bytes]], first: float, group: float) -> Iterator[EncodedPacket]:
    """A picture a second; the first key frame comes at `first`."""
    _, key, rest = units
    for second in range(400):
        due = (second - first) % group == 0 and second >= first
        yield EncodedPacket(BEGIN + second, due, key if due else rest[int((second - first) % group) % 20])


def test_key_frames_40_seconds_apart_are_waited_for_read_and_told(
    units: tuple[VideoFormat, bytes, list[bytes]],
) -> None:
    state, ring, watch = StreamState(), PacketRing(24), Watch(units[0], Sampler(0.2, 60.0, 3.0), KeyGate())
    record = Recorder(ring, state)
    state.opened(units[0])
    record.begin(units[0])
    looked = 0
    for packet in stream_of(units, first=39.0, group=40.0):
        record.take(packet)
        state.keys.see(packet.at, is_key=packet.is_key)
        for look in watch.packet(packet):
            looked += 1
            watch.saw(look.at, interesting=False)
    assert looked >= 4
    state.playing()
    told = state.status(0)
    assert (told.state, told.detail, state.far_apart_s) == ("ok", "key frames come 40 s apart", 40.0)


def test_where_none_comes_for_a_minute_it_is_a_fault(units: tuple[VideoFormat, bytes, list[bytes]]) -> None:
    record = Recorder(PacketRing(24), StreamState())
    record.begin(units[0])
    watch = Watch(units[0], Sampler(0.2, 60.0, 3.0), KeyGate())
    for takes in (record.take, watch.packet):
        come = list(stream_of(units, first=1000.0, group=1000.0))
        for packet in come[:61]:
            takes(packet)
        with pytest.raises(SourceUnreadable, match="no key frame for 60 s"):
            takes(come[61])


def test_a_key_frame_that_gives_no_picture_is_a_fault_within_seconds(
    units: tuple[VideoFormat, bytes, list[bytes]],
) -> None:
    found, _, rest = units
    watch = Watch(found, Sampler(0.2, 60.0, 3.0), KeyGate())
    come = [msgspec.structs.replace(one, content=rest[0]) for one in stream_of((found, rest[0], rest), 1.0, 40.0)]
    for packet in come[:7]:
        watch.packet(packet)
    with pytest.raises(SourceUnreadable, match="could be decoded for 5 s"):
        watch.packet(come[7])
