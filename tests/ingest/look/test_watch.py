"""What of a real stream is decoded and looked at: awake, asleep, waking, and when it can't be read."""

from __future__ import annotations

import random
from itertools import pairwise
from pathlib import Path

import av
import msgspec
import numpy as np
import pytest
from av.bitstream import BitStreamFilterContext

from bench.gate import went
from bench.kit.passages import Rate, make
from demo.clips import clip_path
from detect.pipeline import CameraPipeline
from ingest.look.gated import Look, Watch
from ingest.look.key_gate import KeyGate
from ingest.look.packet_gate import PacketGate
from ingest.look.sampler import Sampler
from ingest.stream import EncodedPacket, VideoFormat
from lianqin.errors import SourceEnded, SourceUnreadable
from lianqin.records import Detection
from lianqin.testing import a_camera, a_zone

BEGIN = 1_790_000_000.0
GROUP = 2.0


def packets(path: Path) -> tuple[VideoFormat, list[EncodedPacket]]:
    with av.open(str(path)) as file:
        stream = file.streams.video[0]
        context = stream.codec_context
        convert = BitStreamFilterContext(f"{context.name}_mp4toannexb", stream)
        found = VideoFormat(context.name, context.width, context.height, 25.0, b"")
        flat = [one for packet in file.demux(stream) for one in convert.filter(packet) if one.size]
        return found, [EncodedPacket(BEGIN + n / 25, bool(one.is_keyframe), bytes(one)) for n, one in enumerate(flat)]


@pytest.fixture(scope="module")
def quiet(clips: Path) -> tuple[VideoFormat, list[EncodedPacket]]:
    """A back door at which nobody stands for 26 s; then somebody passes."""
    return packets(clip_path("C05", "sub"))


def a_watch(found: VideoFormat) -> Watch:
    return Watch(found, Sampler(0.2, 60.0, 3.0), KeyGate())


def play(watch: Watch, stream: list[EncodedPacket], *, interesting: bool = False) -> list[Look]:
    looks = []
    for packet in stream:
        for look in watch.packet(packet):
            looks.append(look)
            watch.saw(look.at, interesting=interesting)
    return looks


def seconds(stream: list[EncodedPacket], begin: float, end: float) -> list[EncodedPacket]:
    return [one for one in stream if begin <= one.at - BEGIN < end]


def test_awake_it_looks_every_fifth_of_a_second(quiet: tuple[VideoFormat, list[EncodedPacket]]) -> None:
    found, stream = quiet
    looks = play(a_watch(found), seconds(stream, 0, 10), interesting=True)
    assert len(looks) == 50
    assert [round((b.at - a.at) * 25) for a, b in pairwise(looks)] == [5] * 49
    assert (looks[0].frame.width, looks[0].frame.height) == (640, 360)


def test_a_quiet_picture_lets_it_sleep_and_nothing_more_is_looked_at(
    quiet: tuple[VideoFormat, list[EncodedPacket]],
) -> None:
    found, stream = quiet
    watch = a_watch(found)
    play(watch, seconds(stream, 0, 6))
    assert not watch.awake
    assert play(watch, seconds(stream, 6, 24)) == []


def until_awake(watch: Watch, stream: list[EncodedPacket]) -> tuple[EncodedPacket, list[Look], float]:
    """The packet that woke it, the looks that came of it, and the first picture that was weighed: those before the first look
    were like the one in which nobody was seen, and needed none."""
    for packet in stream:
        before = watch.spared
        looks = watch.packet(packet)
        if watch.awake:
            return packet, looks, looks[0].at - 0.2 * (watch.spared - before)
    raise AssertionError("it slept on")


def test_a_picture_like_one_in_which_nobody_was_seen_needs_no_look(
    quiet: tuple[VideoFormat, list[EncodedPacket]],
) -> None:
    found, stream = quiet
    watch = a_watch(found)
    looks = play(watch, seconds(stream, 0, 6))
    assert not watch.awake
    assert 1 <= len(looks) < 5, "the first whole, then hardly any"
    assert watch.spared > 8
    watch = a_watch(found)
    assert len(play(watch, seconds(stream, 0, 6), interesting=True)) == 30, (
        "as long as somebody is there each is looked at"
    )


def test_a_picture_that_differs_says_where(quiet: tuple[VideoFormat, list[EncodedPacket]]) -> None:
    found, stream = quiet
    watch = a_watch(found)
    play(watch, seconds(stream, 0, 20))
    _, looks, _ = until_awake(watch, seconds(stream, 20, 34))
    assert looks[0].moved
    assert all(0 <= left < right <= 1 and 0 <= top < bottom <= 1 for left, top, right, bottom in looks[0].moved)


def test_who_comes_wakes_it_by_the_packets_alone_and_is_looked_at_from_before(
    quiet: tuple[VideoFormat, list[EncodedPacket]],
) -> None:
    found, stream = quiet
    watch = a_watch(found)
    play(watch, seconds(stream, 0, 20))
    assert not watch.awake
    woke, looks, weighed = until_awake(watch, seconds(stream, 20, 34))
    assert not woke.is_key
    assert watch.alarms == 1
    assert 25.9 < woke.at - BEGIN < 26.9, "he comes after 26 s"
    assert 0.2 < woke.at - weighed < 1.2
    assert [round((b.at - a.at) * 25) for a, b in pairwise(looks)] == [5] * (len(looks) - 1)


def test_where_sizes_say_nothing_the_next_key_frame_wakes_it_from_the_one_before(
    quiet: tuple[VideoFormat, list[EncodedPacket]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PacketGate, "step", lambda *_, **__: False)
    found, stream = quiet
    watch = a_watch(found)
    play(watch, seconds(stream, 0, 20))
    woke, looks, weighed = until_awake(watch, seconds(stream, 20, 34))
    assert woke.is_key
    assert woke.at - weighed == pytest.approx(GROUP, abs=0.01)
    assert len(looks) + watch.spared >= 10
    assert looks[-1].at <= woke.at


@pytest.mark.parametrize(("group_s", "rate"), [(1.0, "vbr"), (2.0, "vbr"), (2.0, "cbr")])
def test_nobody_passes_a_quiet_door_unseen_however_fast(group_s: float, rate: Rate) -> None:
    made = make(group_s, rate, (12.0, 22.0, 30.0, 50.0) * 2, seed=5)
    gated, always = went(made), went(made, always=True)
    assert gated.met == always.met == len(made.passages)
    assert gated.looks < 0.55 * always.looks


def test_an_answer_that_finds_somebody_wakes_it(quiet: tuple[VideoFormat, list[EncodedPacket]]) -> None:
    found, stream = quiet
    watch = a_watch(found)
    play(watch, seconds(stream, 0, 11))
    assert not watch.awake
    watch.saw(BEGIN + 10.0, interesting=True)
    looks = watch.packet(seconds(stream, 11, 12)[0])
    assert watch.awake
    assert looks[0].at - BEGIN == pytest.approx(8.0, abs=0.05)


def test_a_lost_packet_is_counted_and_the_stream_goes_on(quiet: tuple[VideoFormat, list[EncodedPacket]]) -> None:
    found, stream = quiet
    damaged = [
        msgspec.structs.replace(one, content=random.Random(n).randbytes(len(one.content))) if 30 <= n < 33 else one
        for n, one in enumerate(seconds(stream, 0, 8))
    ]
    watch = a_watch(found)
    looks = play(watch, damaged, interesting=True)
    assert watch.broken == 3
    assert len(looks) >= 36


@pytest.mark.parametrize("keys", [True, False], ids=["called key frames", "never a key frame"])
def test_noise_is_unreadable_within_seconds(quiet: tuple[VideoFormat, list[EncodedPacket]], keys: bool) -> None:
    found, stream = quiet
    source = random.Random(1)
    noise = [EncodedPacket(one.at, keys and one.is_key, source.randbytes(800)) for one in seconds(stream, 0, 8)]
    with pytest.raises(SourceUnreadable):
        play(a_watch(found), noise)


def test_noise_while_asleep_is_unreadable_too(quiet: tuple[VideoFormat, list[EncodedPacket]]) -> None:
    found, stream = quiet
    watch = a_watch(found)
    play(watch, seconds(stream, 0, 6))
    assert not watch.awake
    source = random.Random(1)
    with pytest.raises(SourceUnreadable):
        play(watch, [EncodedPacket(one.at, False, source.randbytes(800)) for one in seconds(stream, 6, 26)])


def test_another_size_within_the_stream_is_an_end(quiet: tuple[VideoFormat, list[EncodedPacket]], clips: Path) -> None:
    found, stream = quiet
    _, main = packets(clip_path("C05", "main"))
    shift = 2.0
    changed = [msgspec.structs.replace(one, at=one.at + shift) for one in main[:50]]
    with pytest.raises(SourceEnded, match="1280x720"):
        play(a_watch(found), [*seconds(stream, 0, shift), *changed])


def test_by_key_frames_alone_nothing_else_is_decoded_and_who_passes_is_still_met(
    quiet: tuple[VideoFormat, list[EncodedPacket]],
) -> None:
    found, stream = quiet
    watch = Watch(found, Sampler(0.2, 60.0, 3.0), KeyGate(), keys_alone=True)
    keys = {packet.at for packet in stream if packet.is_key}
    seen: list[Look] = []
    for packet in stream:
        for look in watch.packet(packet):
            seen.append(look)
            watch.saw(look.at, interesting=look.at - BEGIN > 26)
        assert not watch.wants_all
    assert {round(look.at, 3) for look in seen} <= {round(at, 3) for at in keys}
    assert any(look.at - BEGIN > 26 for look in seen), "who stands there at a key frame is met"
    assert sum(look.at - BEGIN < 24 for look in seen) <= 4, "a quiet door is let alone"
    assert watch.broken == 0


def test_in_full_it_never_sleeps(quiet: tuple[VideoFormat, list[EncodedPacket]]) -> None:
    found, stream = quiet
    watch = Watch(found, Sampler(0.2, 60.0, 3.0, sleeps=False), KeyGate())
    looks = play(watch, seconds(stream, 0, 20))
    assert watch.awake
    assert len(looks) + watch.spared == 100, "each picture that was due was weighed"


def _walks_stands_walks(path: Path) -> tuple[VideoFormat, list[EncodedPacket]]:
    """A light square walks for 8 s, stands for 12 and walks on, over grain; groups of 2 s."""
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 640, 360, "yuv420p"
        stream.codec_context.gop_size = 50
        own = "keyint=50:min-keyint=50:scenecut=0:threads=1:sync-lookahead=0:rc-lookahead=0"
        stream.options = {"preset": "superfast", "crf": "24", "bf": "0", "x264-params": own}
        dice = np.random.default_rng(1)
        for n in range(34 * 25):
            shown = np.full((360, 640, 3), 90, np.float32) + dice.normal(0, 1.5, (360, 640, 1))
            left = int(_left(n / 25))
            shown[120:300, left : left + 60] = 190
            frame = av.VideoFrame.from_ndarray(shown.clip(0, 255).astype(np.uint8), format="bgr24")
            frame.pts = n
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return packets(path)


def _left(second: float) -> float:
    return 100 + 20 * (min(second, 8.0) + max(0.0, second - 20.0))


@pytest.mark.parametrize("sleeps", [True, False])
def test_waking_looks_at_nothing_twice_and_the_man_who_stood_is_one_alert_with_his_boxes(
    tmp_path: Path, sleeps: bool
) -> None:
    found, stream = _walks_stands_walks(tmp_path / "s.mp4")
    everywhere = a_zone(points=((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)))
    pipeline = CameraPipeline(a_camera(zones=(everywhere,)), model="m", rule_version="1", run="r")
    watch = Watch(found, Sampler(0.2, 60.0, 3.0, sleeps=sleeps), KeyGate())
    ats, keys, slept = [], [], False
    for packet in stream:
        for look in watch.packet(packet):
            left = _left(look.at - BEGIN) / 640
            seen = Detection("person", 0.9, (left, 120 / 360, left + 60 / 640, 300 / 360))
            ats.append(look.at)
            keys += [one.key for one in pipeline.process(look.at, [seen], (640, 360))]
            watch.saw(look.at, interesting=pipeline.interesting)
        slept |= not watch.awake
    assert slept is sleeps
    assert ats == sorted(set(ats)), "no look is older than one before it"
    assert len(keys) == 1
    [cause] = [path for path in pipeline.paths(BEGIN, keys[0]) if path.cause]
    assert cause.points[0].at - BEGIN < 1
    assert cause.points[-1].at - BEGIN > 30
