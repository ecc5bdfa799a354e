"""Streams with B-frames, and what else differs from camera to camera: each is watched, recorded and cut with the right pictures
at the times at which they were taken."""

from __future__ import annotations

import io
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import pytest

from ingest.evidence.clip import decoding_times, write_clip
from ingest.evidence.recording import Recorder
from ingest.evidence.ring import PacketRing
from ingest.look.gated import Look, Watch
from ingest.look.key_gate import KeyGate
from ingest.look.sampler import Sampler
from ingest.source.capture_clock import CaptureClock
from ingest.source.state import StreamState
from ingest.stream import EncodedPacket
from tests.made_streams import BEGIN, Kind, Made, make, number_of

KINDS = {
    "no B-frames": Kind(bframes=0),
    "B-frames": Kind(),
    "B-frames of which nobody is told": Kind(told=False),
    "a pyramid of B-frames": Kind(bframes=5, more="b-pyramid=normal:ref=4"),
    "an open group": Kind(more="open-gop=1"),
    "several slices": Kind(more="slices=4"),
    "sets in the description alone": Kind(in_band=False),
    "H.265": Kind("hevc", bframes=0),
    "H.265 with B-frames": Kind("hevc"),
    "H.265 with an open group": Kind("hevc", more="open-gop=1"),
    "H.265 in several slices": Kind("hevc", more="slices=4", size=(320, 256)),
    "H.265 of ten bits": Kind("hevc", pixels="yuv420p10le"),
    "ten bits": Kind(pixels="yuv420p10le"),
    "half the colour": Kind(pixels="yuv422p"),
    "interlaced": Kind(more="interlaced=1", size=(320, 192)),
    "a group of ten seconds at five a second": Kind(fps=5, group=50),
}


@pytest.fixture(scope="module", params=KINDS)
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Made:
    return make(tmp_path_factory.mktemp("made"), KINDS[request.param])


def a_watch(made: Made, **more: Any) -> Watch:
    return Watch(made.format, Sampler(0.04, 0.5, 3.0), KeyGate(), **more)


def numbers(looks: list[Look]) -> list[int]:
    return [number_of(look.frame.to_ndarray(format="bgr24")) for look in looks]


def test_by_key_frames_alone_each_gives_its_picture_at_its_time(made: Made) -> None:
    watch = a_watch(made, keys_alone=True)
    stream = made.loop(5)
    looks = []
    for packet in stream:
        found = watch.packet(packet)
        looks += found
        for look in found:
            watch.saw(look.at, interesting=True)
    keys = [packet.at for packet in stream if packet.is_key]
    assert len(keys) > 5
    assert [look.at for look in looks] == pytest.approx(keys, abs=1e-4)
    assert numbers(looks) == [made.number_at(at) for at in keys]
    assert watch.broken == 0


def test_awake_pictures_come_in_their_order_at_their_times(made: Made) -> None:
    watch = a_watch(made)
    looks = []
    for packet in made.packets:
        found = watch.packet(packet)
        looks += found
        for look in found:
            watch.saw(look.at, interesting=True)
    assert len(looks) >= made.kind.frames - 8, "the last are still held"
    assert all(a.at < b.at for a, b in pairwise(looks))
    assert numbers(looks) == [made.number_at(look.at) for look in looks]


def test_asleep_it_stays_readable_and_what_wakes_it_shows_the_right_pictures(made: Made) -> None:
    watch = a_watch(made)
    stream, looks = made.loop(16), []
    for packet in stream:
        found = watch.packet(packet)
        looks += found
        for look in found:
            watch.saw(look.at, interesting=False)
        if stream[-1].at - packet.at < 20 and not watch.awake:
            break
    assert not watch.awake
    begun = len(looks)
    for following in stream[stream.index(packet) + 1 :]:
        looks += watch.packet(following)
    assert len(looks) > begun, "the square moves"
    assert numbers(looks) == [made.number_at(look.at) for look in looks]


def test_a_clip_shows_each_picture_at_the_time_at_which_it_was_taken(made: Made) -> None:
    ring, state = PacketRing(60), StreamState()
    record = Recorder(ring, state)
    record.begin(made.format)
    for packet in made.packets:
        record.take(packet)
    begin = BEGIN + 2.02
    cut = ring.cut(begin, BEGIN + made.kind.frames / made.kind.fps - 0.5, BEGIN + 3)
    assert cut.begin <= begin
    with av.open(io.BytesIO(write_clip(cut))) as clip:
        shown = [(frame.time, number_of(frame.to_ndarray(format="bgr24"))) for frame in clip.decode(video=0)]
    times = [time for time, _ in shown]
    assert times[0] == pytest.approx(0, abs=1e-3)
    assert all(a < b for a, b in pairwise(times))
    assert times[-1] == pytest.approx(cut.seconds, abs=1e-3)
    assert [number for _, number in shown] == [made.number_at(cut.begin + time) for time in times]
    last = round(cut.seconds * made.kind.fps)
    assert len(shown) == last + 1, "none is missing"


def test_stamps_that_go_back_by_some_pictures_are_no_jump_and_keep_their_distances(made: Made) -> None:
    clock, fps = CaptureClock(), made.kind.fps
    first = made.packets[0].at
    found = []
    for n, packet in enumerate(made.packets):
        arrived = 100 + n / fps + 0.01 * (n % 3)
        found.append(clock.stamp(packet.at - first, arrived, BEGIN + arrived))
    assert not any(stamp.jumped for stamp in found)
    by_stamp = [stamp.at for _, stamp in sorted(zip(made.packets, found, strict=True), key=lambda one: one[0].at)]
    assert all(a < b for a, b in pairwise(by_stamp))
    settled = by_stamp[fps:]
    assert [b - a for a, b in pairwise(settled)] == pytest.approx([1 / fps] * (len(settled) - 1), abs=0.011), (
        "the jitter at most"
    )
    assert all(stamp.at <= BEGIN + 100 + n / fps + 0.021 for n, stamp in enumerate(found)), "none before it was taken"


@pytest.mark.parametrize(
    ("shown", "decoded"),
    [
        ([], []),
        ([0, 10, 20], [0, 10, 20]),
        ([0, 30, 10, 20, 60, 40, 50], [-10, 0, 10, 20, 30, 40, 50]),
        ([0, 40, 20, 10, 30], [-20, -10, 0, 10, 20]),
        ([0, 0, 0], [0, 1, 2]),
    ],
)  # fmt: skip
def test_times_of_decoding_rise_and_none_is_later_than_its_picture_is_shown(
    shown: list[int], decoded: list[int]
) -> None:
    found = decoding_times(shown)
    assert len(found) == len(decoded)
    assert all(a < b for a, b in pairwise(found))
    if len(set(shown)) == len(shown):
        assert found == decoded
        assert all(when <= at for when, at in zip(found, shown, strict=True))


def test_a_small_step_back_of_our_clock_leaves_the_order_of_pictures(tmp_path: Path) -> None:
    made = make(tmp_path, Kind(frames=75))
    clock, first = CaptureClock(), made.packets[0].at
    found: list[EncodedPacket] = []
    for n, packet in enumerate(made.packets):
        arrived = 100 + n / 25
        wall = BEGIN + arrived - (0.5 if n > 20 else 0.0)
        found.append(EncodedPacket(clock.stamp(packet.at - first, arrived, wall).at, packet.is_key, packet.content))
    in_order = [at for _, at in sorted((packet.at, one.at) for packet, one in zip(made.packets, found, strict=True))]
    assert all(a < b for a, b in pairwise(in_order))
    assert found[-1].at == pytest.approx(BEGIN + 100 + 74 / 25 - 0.5, abs=0.2), "and it is followed"


def test_a_stream_that_is_refreshed_bit_by_bit_is_decoded_whole_and_stays_readable(tmp_path: Path) -> None:
    """A recovery point counts as a key frame; here none gives a picture alone."""
    made = make(tmp_path, Kind(bframes=0, more="intra-refresh=1", frames=100))
    for keys_alone in (False, True):
        watch = a_watch(made, keys_alone=keys_alone)
        at, looks = BEGIN, []
        for round_ in range(12):
            for packet in made.packets:
                key = packet.is_key and (round_ == 0 or packet.at > BEGIN)
                content = packet.content if round_ == 0 or packet.at > BEGIN else b"\0\0\1\x0c\xff\x80"
                found = watch.packet(EncodedPacket(at, key, content))
                at += 1 / 25
                looks += found
                for look in found:
                    watch.saw(look.at, interesting=False)
        assert looks[-1].at > at - 3, "it is looked at to the end"
        assert watch.wants_all
