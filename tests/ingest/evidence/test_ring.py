"""The ring keeps what a clip needs, and no more than it may."""

from __future__ import annotations

import pytest

from ingest.evidence.ring import PacketRing
from ingest.stream import EncodedPacket, VideoFormat
from lianqin.errors import EvidenceError

H264 = VideoFormat("h264", 640, 360, 25.0, b"")


def a_ring(seconds: float = 10.0, max_bytes: int = 1_000_000) -> PacketRing:
    ring = PacketRing(seconds, max_bytes)
    ring.begin(H264)
    return ring


def feed(ring: PacketRing, begin: float, end: float, *, group: float = 2.0, size: int = 10, fps: int = 10) -> None:
    count = round((end - begin) * fps)
    for n in range(count):
        ring.add(EncodedPacket(begin + n / fps, n % round(group * fps) == 0, bytes(size)))


@pytest.mark.parametrize(
    ("begin", "end", "first", "last"),
    [(105.0, 109.0, 104.0, 109.0), (104.0, 104.5, 104.0, 104.5), (90.0, 103.0, 100.0, 103.0), (119.0, 140.0, 118.0, 119.9)],
    ids=["from the key frame before", "from the key frame itself", "older than there is", "younger than there is"],
)  # fmt: skip
def test_a_cut_begins_at_a_key_frame(begin: float, end: float, first: float, last: float) -> None:
    ring = a_ring(seconds=30)
    feed(ring, 100.0, 120.0)
    cut = ring.cut(begin, end)
    assert cut.packets[0].is_key
    assert cut.begin == pytest.approx(first)
    assert cut.packets[-1].at == pytest.approx(last)
    assert cut.seconds == pytest.approx(last - first)


def test_old_groups_go_and_the_seconds_stay() -> None:
    ring = a_ring(seconds=10)
    feed(ring, 0.0, 100.0)
    assert ring.cut(0.0, 200.0).begin in (pytest.approx(88.0), pytest.approx(90.0 - 2.0))
    assert ring.cut(0.0, 200.0).seconds >= 10.0 - 0.1
    assert ring.size_bytes < 130 * 10


def test_bytes_are_bounded_even_without_a_key_frame() -> None:
    ring = a_ring(seconds=1000, max_bytes=5000)
    feed(ring, 0.0, 20.0, group=1e6, size=100)
    assert ring.size_bytes <= 5000
    ring.add(EncodedPacket(21.0, True, bytes(100)))
    assert ring.cut(0.0, 30.0).begin == 21.0


def test_bytes_bound_a_camera_that_sends_too_much() -> None:
    ring = a_ring(seconds=1000, max_bytes=10_000)
    feed(ring, 0.0, 100.0, size=100)
    assert ring.size_bytes <= 10_000
    assert ring.newest == pytest.approx(99.9)
    assert ring.cut(0.0, 100.0).packets[0].is_key


def test_packets_before_the_first_key_frame_are_left_out() -> None:
    ring = a_ring()
    ring.add(EncodedPacket(1.0, False, b"x"))
    with pytest.raises(EvidenceError, match=r"clip\.no_packets"):
        ring.cut(0.0, 5.0)


def test_after_a_reconnect_the_picture_goes_on_only_with_a_key_frame() -> None:
    ring = a_ring()
    feed(ring, 0.0, 4.0)
    ring.begin(H264)
    ring.add(EncodedPacket(5.0, False, b"x"))
    ring.add(EncodedPacket(6.0, True, b"x"))
    assert [packet.at for packet in ring.cut(0.0, 9.0).packets][-2:] == [pytest.approx(3.9), 6.0]


def test_another_size_begins_anew() -> None:
    ring = a_ring()
    feed(ring, 0.0, 4.0)
    ring.begin(VideoFormat("h264", 1280, 720, 25.0, b""))
    with pytest.raises(EvidenceError):
        ring.cut(0.0, 9.0)


def test_a_time_younger_than_all_is_not_answered_with_old_pictures() -> None:
    ring = a_ring()
    feed(ring, 0.0, 4.0)
    with pytest.raises(EvidenceError):
        ring.cut(10.0, 20.0)


def test_pictures_that_are_shown_before_one_that_came_are_waited_for() -> None:
    ring = a_ring()
    for at, newest in (
        (0.0, 0.0),
        (0.3, 0.3),
        (0.1, -0.1),
        (0.2, -0.1),
        (0.6, 0.2),
        (0.4, 0.2),
        (0.5, 0.2),
        (0.9, 0.5),
    ):
        ring.add(EncodedPacket(at, at == 0.0, b"x"))
        assert ring.newest == pytest.approx(newest)


@pytest.mark.parametrize("order", [(4, 2, 1, 3), (2, 1), (8, 4, 2, 1, 3, 6, 5, 7)], ids=str)
def test_of_pictures_out_of_order_none_is_missing_wherever_a_cut_ends(order: tuple[int, ...]) -> None:
    ring = a_ring(seconds=30)
    ring.add(EncodedPacket(100.0, True, b"x"))
    for group in range(10):
        for place in order:
            ring.add(EncodedPacket(100.0 + (group * len(order) + place) / 10, False, b"x"))
    for end in range(len(order) * 9 * 10):
        cut = ring.cut(100.0, 100.0 + end / 100)
        shown = sorted(round((packet.at - 100.0) * 10) for packet in cut.packets)
        assert shown == list(range(len(shown)))
        assert end / 10 - 1 < shown[-1] < end / 10 + len(order)
