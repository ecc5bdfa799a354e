"""Who looks on begins with the running group and misses nothing after it."""

from __future__ import annotations

import threading

from ingest.live import tap as tap_module
from ingest.live.tap import Tap
from ingest.stream import EncodedPacket, VideoFormat

FORMAT = VideoFormat("h264", 640, 360, 25.0, b"")


def packet(n: int, *, key: bool = False, size: int = 10) -> EncodedPacket:
    return EncodedPacket(float(n), key, bytes(size))


def test_a_late_comer_begins_at_the_key_frame() -> None:
    tap = Tap()
    tap.begin(FORMAT)
    for n in range(12):
        tap.take(packet(n, key=n % 5 == 0))
    later: list[EncodedPacket] = []
    group = tap.join(later.append)
    assert [one.at for one in group] == [10.0, 11.0]
    tap.take(packet(12))
    tap.leave(later.append)
    assert [one.at for one in later] == [12.0]
    assert tap.takers == 0


def test_no_packet_falls_between_the_group_and_what_follows() -> None:
    tap = Tap()
    tap.begin(FORMAT)
    stop = threading.Event()

    def feed() -> None:
        n = 0
        while not stop.is_set():
            tap.take(packet(n, key=n % 50 == 0))
            n += 1

    feeder = threading.Thread(target=feed)
    feeder.start()
    try:
        for _ in range(50):
            later: list[EncodedPacket] = []
            take = later.append
            group = tap.join(take)
            while len(later) < 20:
                pass
            tap.leave(take)
            seen = [one.at for one in [*group, *later]]
            assert seen == [seen[0] + n for n in range(len(seen))]
    finally:
        stop.set()
        feeder.join()


def test_a_camera_without_key_frames_fills_no_memory(monkeypatch: object) -> None:
    tap = Tap()
    tap.begin(FORMAT)
    tap.take(packet(0, key=True))
    for n in range(1, 40):
        tap.take(packet(n, size=tap_module.MAX_BYTES // 16))
    assert sum(len(one.content) for one in tap.group()) <= tap_module.MAX_BYTES + tap_module.MAX_BYTES // 16
    tap.begin(FORMAT)
    assert tap.group() == []
