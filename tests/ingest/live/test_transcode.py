"""A transcode that falls behind: the newest picture goes out, whatever is slow, and how old it is at most."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import av
import pytest

from ingest.codec.masking import BEHIND_S, Masking
from ingest.codec.pool import Decoding
from ingest.codec.recode import Recode
from ingest.live.tap import Tap
from ingest.live.transcode import LATE_S, PacketQueue, Transcode
from ingest.stream import EncodedPacket, VideoFormat
from lianqin.testing import T0, FakeClock
from tests.made_streams import Kind, Made, make, number_of

FPS = 25
LENGTH = 12 * FPS
"""As long as it took to grow 7.4 s old."""


@pytest.fixture(scope="module")
def camera(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Each picture bears its number; a key frame every two seconds."""
    return make(tmp_path_factory.mktemp("made"), Kind("hevc", frames=LENGTH, bframes=0, group=2 * FPS))


class Street:
    """A camera in front of a made clock: each packet comes when its picture was taken, also while somebody works."""

    def __init__(self, made: Made, clock: FakeClock, put: Callable[[EncodedPacket], Any]) -> None:
        self._clock, self._put = clock, put
        ahead = [EncodedPacket(T0 + n / FPS, one.is_key, one.content) for n, one in enumerate(made.packets)]
        self._ahead: Iterator[EncodedPacket] = iter(ahead)
        self._next: EncodedPacket | None = next(self._ahead)

    @property
    def is_over(self) -> bool:
        return self._next is None

    def pass_time(self, seconds: float) -> None:
        self._clock.advance(seconds)
        while self._next is not None and self._next.at <= self._clock.now():
            self._put(self._next)
            self._next = next(self._ahead, None)


class SlowDecode(Recode):
    """Each packet takes so long to be decoded, on the made clock."""

    def __init__(self, found: VideoFormat, paint: Any, work: Callable[[], None]) -> None:
        super().__init__(found, paint)
        self._work = work

    def packet(self, packet: EncodedPacket, *, is_shown: bool = True) -> list[EncodedPacket]:
        self._work()
        return super().packet(packet, is_shown=is_shown)


def watch(
    made: Made, decode_s: float, encode_s: float
) -> tuple[list[tuple[float, EncodedPacket]], Transcode, FakeClock]:
    """What goes out, each with its age, seconds."""
    clock = FakeClock()
    source = Tap()
    source.begin(made.format)
    transcode, backlog = Transcode(source, clock=clock), PacketQueue(clock)
    street = Street(made, clock, backlog.put)

    def encoding(frame: Any) -> Any:
        street.pass_time(encode_s)
        return frame

    recode = SlowDecode(made.format, encoding, lambda: street.pass_time(decode_s))
    shown: list[tuple[float, EncodedPacket]] = []
    transcode.tap.join(lambda packet: shown.append((clock.now() - packet.at, packet)))
    while not street.is_over:
        street.pass_time(0.005)
        transcode.step(backlog, recode, 0.0)
    return shown, transcode, clock


def numbers_of(shown: list[tuple[float, EncodedPacket]]) -> list[int]:
    decoder: Any = av.CodecContext.create("h264", "r")
    frames = [frame for _, one in shown for frame in decoder.decode(av.Packet(one.content))]
    return [number_of(frame.to_ndarray(format="bgr24")) for frame in [*frames, *decoder.decode(None)]]


@pytest.mark.parametrize(("what", "decode_s", "encode_s", "at_least"), [
    ("keeps up", 0.004, 0.02, LENGTH - 5), ("encodes at two thirds of the speed", 0.004, 0.06, 120),
    ("encodes four pictures a second", 0.004, 0.25, 30), ("takes a second a picture", 0.004, 1.0, 8),
    ("decodes at half the speed", 0.08, 0.004, 30), ("does both too slowly", 0.06, 0.2, 6),
])  # fmt: skip
def test_the_newest_picture_goes_out_and_its_age_is_bounded_however_slow_the_work_is(
    camera: Made, what: str, decode_s: float, encode_s: float, at_least: int
) -> None:
    shown, transcode, clock = watch(camera, decode_s, encode_s)
    one = decode_s + encode_s
    # Late at most LATE_S when it is begun; what came while it was caught up with is decoded, and it is made itself.
    behind = LATE_S + one + (encode_s / (1 / FPS) * decode_s)
    assert max(age for age, _ in shown) <= behind + 2 * one, what
    assert transcode.oldest_s == pytest.approx(max(age for age, _ in shown))
    assert len(shown) >= at_least, f"{len(shown)} pictures"
    assert (transcode.skipped > 0) == (one > 1 / FPS)
    numbers = numbers_of(shown)
    assert numbers == [round((packet.at - T0) * FPS) for _, packet in shown], "whole pictures, each at its own time"
    assert all(a < b for a, b in pairwise(numbers)), "none is shown twice or out of order"
    assert clock.now() - shown[-1][1].at <= 3.0, "and goes on to the end"


def test_who_comes_into_a_long_group_sees_its_newest_picture_first(camera: Made) -> None:
    clock = FakeClock(T0 + 2.0)
    source = Tap()
    source.begin(camera.format)
    transcode, backlog, recode = Transcode(source, clock=clock), PacketQueue(clock), Recode(camera.format)
    for n, one in enumerate(camera.packets[: 2 * FPS]):
        backlog.put(EncodedPacket(T0 + n / FPS, one.is_key, one.content))
    shown: list[EncodedPacket] = []
    transcode.tap.join(shown.append)
    for _ in range(2 * FPS):
        transcode.step(backlog, recode, 0.0)
    assert shown[0].is_key, "a browser begins with it"
    assert numbers_of([(0.0, one) for one in shown]) == [2 * FPS - 1]


def test_a_clock_that_is_set_back_makes_nothing_late(camera: Made) -> None:
    backlog = PacketQueue(FakeClock())
    for at in (T0, T0 - 3600, T0 - 3599.96):
        backlog.put(EncodedPacket(at, at != T0 - 3599.96, b""))
    taken = [backlog.take(0.0) for _ in range(3)]
    assert all(due is not None and due.is_shown for due in taken[1:])


def test_masking_that_falls_behind_leaves_out_up_to_a_key_frame_and_says_how_much(camera: Made) -> None:
    """A stuck encoder: what waits is never older than two seconds, and nothing is decoded without what it refers to."""
    pool, left_out, clock = Decoding(), [0.0], FakeClock()

    def add(seconds: float) -> None:
        left_out[0] += seconds

    seen: list[EncodedPacket] = []

    class Keeps:
        def begin(self, found: VideoFormat) -> None:
            pass

        def take(self, packet: EncodedPacket) -> bool:
            seen.append(packet)
            return True

    masking = Masking("C01/sub", [((0.5, 0.9), (1.0, 0.9), (1.0, 1.0))], [Keeps()], pool, add)
    masking.begin(camera.format)
    street = Street(camera, clock, masking.take)
    behind: list[float] = []
    while not street.is_over:
        street.pass_time(3.1)  # an encoder that hangs, again and again
        before = len(seen)
        pool.run_once(0.0)
        newest = min(clock.now(), T0 + (LENGTH - 1) / FPS)
        behind += [newest - one.at for one in seen[before:]]
    assert max(behind) <= BEHIND_S
    assert seen, "what was new enough went out"
    numbers = numbers_of([(0.0, one) for one in seen])
    assert numbers == [round((one.at - T0) * FPS) for one in seen], "no picture without what it refers to"
    gaps = sum(b.at - a.at - 1 / FPS for a, b in pairwise(seen) if b.at - a.at > 1.5 / FPS)
    assert gaps > 0
    assert left_out[0] == pytest.approx(gaps + seen[0].at - T0, abs=1.0)
