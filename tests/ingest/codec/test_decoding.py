"""Lanes to the decoding threads: order, handfuls, what is left out when nobody keeps up, and whose trouble stays his own."""

from __future__ import annotations

import pytest

from ingest.codec.pool import HANDFUL, MOST_WAITING, Decoding, DecodingLane
from ingest.stream import EncodedPacket, VideoFormat
from lianqin.errors import SourceEnded, SourceError, SourceUnreadable

FORMAT = VideoFormat("h264", 640, 360, 25.0, b"")


class Who:
    def __init__(self, *, awake: bool = False) -> None:
        self.awake = awake
        self.seen: list[float] = []
        self.opened = 0
        self.left_out = 0.0
        self.fails: type[Exception] | None = None

    def open(self, found: VideoFormat) -> None:
        self.opened += 1

    def packet(self, packet: EncodedPacket) -> None:
        if self.fails is SourceEnded:
            raise SourceEnded("source.changed", "the size changed", reason="ended")
        if self.fails:
            raise self.fails
        self.seen.append(packet.at)

    def skipped(self, seconds: float) -> None:
        self.left_out += seconds


def lane_of(who: Who) -> tuple[Decoding, DecodingLane]:
    pool = Decoding()
    lane = pool.lane(who)
    lane.begin(FORMAT)
    return pool, lane


def put(lane: DecodingLane, *ats: float, key: bool = False) -> None:
    for at in ats:
        lane.put(EncodedPacket(at, key, b""))


def serve(pool: Decoding) -> None:
    pool.run_once(0)


def test_a_quiet_cameras_packets_come_by_the_handful_and_in_order() -> None:
    who = Who()
    pool, lane = lane_of(who)
    put(lane, 1)
    serve(pool)
    assert who.seen == [], "nothing hurries"
    put(lane, *range(2, HANDFUL))
    serve(pool)
    assert (who.opened, who.seen) == (1, list(range(1, HANDFUL)))


@pytest.mark.parametrize("awake", [True, False])
def test_a_key_frame_and_a_camera_that_is_awake_are_served_at_once(awake: bool) -> None:
    who = Who(awake=awake)
    pool, lane = lane_of(who)
    put(lane, 1, key=not awake)
    serve(pool)
    assert who.seen == [1]


def test_who_can_not_keep_up_goes_on_at_the_newest_key_frame_and_says_what_was_left_out() -> None:
    who = Who(awake=True)
    pool, lane = lane_of(who)
    for n in range(MOST_WAITING + 1):
        put(lane, n / 25, key=n % 50 == 0)
    serve(pool)
    newest = (MOST_WAITING - 1) // 50 * 50 / 25
    assert who.seen[0] == newest
    assert who.left_out == pytest.approx(newest - 1 / 25)
    assert who.opened == 1


def test_an_error_ends_the_connection_at_its_next_packet() -> None:
    who = Who(awake=True)
    pool, lane = lane_of(who)
    who.fails = SourceEnded
    put(lane, 1)
    serve(pool)
    with pytest.raises(SourceError):
        put(lane, 2)
    who.fails = None
    lane.begin(FORMAT)
    put(lane, 3)
    serve(pool)
    assert who.seen == [3]


def test_a_camera_that_makes_the_decoder_fail_is_ended_and_the_others_go_on() -> None:
    bad, good = Who(awake=True), Who(awake=True)
    pool, lane = lane_of(bad)
    beside = pool.lane(good)
    beside.begin(FORMAT)
    bad.fails = ZeroDivisionError
    put(lane, 1)
    put(beside, 1)
    with pytest.raises(ZeroDivisionError):
        serve(pool)
    serve(pool)
    assert good.seen == [1]
    with pytest.raises(SourceUnreadable):
        put(lane, 2)


def test_what_waited_of_an_old_connection_is_left_out() -> None:
    who = Who()
    pool, lane = lane_of(who)
    put(lane, 1, 2)
    lane.begin(FORMAT)
    put(lane, 10, key=True)
    serve(pool)
    assert who.seen == [10]
