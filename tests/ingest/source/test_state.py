"""How a stream does, told to whoever looks once a second."""

from __future__ import annotations

import pytest

from ingest.source.state import JUMP_SHOWN_S, PictureRate, Status, StreamState, together
from ingest.stream import VideoFormat

FORMAT = VideoFormat("h264", 640, 360, 25.0, b"")
OK, STARTING = Status("ok"), Status("starting")
SILENT, BUSY = Status("fault", "silent", "no packet"), Status("fault", "busy", "too many")


def test_opened_is_not_yet_playing() -> None:
    state = StreamState()
    assert state.status(0).state == "starting"
    state.opened(FORMAT)
    assert state.status(0).state == "starting"
    state.playing()
    assert state.status(0) == OK


def test_a_fault_stands_until_pictures_come_again() -> None:
    state = StreamState()
    state.opened(FORMAT)
    state.playing()
    state.failed("ended", "the camera ended the stream")
    assert state.status(0) == Status("fault", "ended", "the camera ended the stream")
    state.opened(FORMAT)
    assert state.status(1).reason == "ended", "a connection alone is no recovery"
    state.playing()
    assert state.status(2) == OK
    assert state.connects == 2


def test_a_fault_shorter_than_a_look_is_told_once() -> None:
    state = StreamState()
    state.opened(FORMAT)
    state.playing()
    state.failed("ended", "gone")
    state.opened(FORMAT)
    state.playing()
    assert [state.status(at).reason for at in (1, 2)] == ["ended", ""]


def test_a_clock_jump_is_shown_for_a_while_and_only_of_real_video() -> None:
    state = StreamState()
    state.opened(FORMAT)
    state.jumped(0)
    state.playing()
    assert state.status(1) == OK, "before the first picture times mean nothing"
    state.jumped(10)
    assert state.status(11).reason == "clock_jump"
    assert state.status(10 + JUMP_SHOWN_S) == OK


def test_who_was_slow_a_moment_ago_is_known() -> None:
    rate, at = PictureRate(25.0), 0.0
    for fps, seconds in ((25, 10), (6, 10), (25, 20)):
        for _ in range(fps * seconds):
            at += 1 / fps
            rate.add(at)
            if 22.0 < at < 24.0:
                assert rate.was_slow(at)
            if at < 10.0 or at > 30.0:
                assert not rate.was_slow(at)


@pytest.mark.parametrize(
    ("promised", "rates", "slow"),
    [
        (25.0, (25,), False),
        (25.0, (6.25,), True),
        (25.0, (25, 6.25), True),
        (25.0, (25, 12.5), False),  # a camera's longer exposure at night
        (25.0, (6.25, 25), False),
        (0.0, (25, 6), True),  # nothing promised: what it once had counts
        (0.0, (6,), False),
        (90_000.0, (25,), False),  # nonsense in the description
    ],
)
def test_slow_is_far_below_what_was_promised_or_once_was(promised: float, rates: tuple[float, ...], slow: bool) -> None:
    rate, now = PictureRate(promised), 0.0
    for fps in rates:
        for _ in range(int(fps * 12)):
            now += 1 / fps
            rate.add(now)
    assert rate.slow is slow
    assert rate.fps == pytest.approx(rates[-1], rel=0.1)


@pytest.mark.parametrize(
    ("streams", "state", "reason", "detail"),
    [
        ({"main": OK}, "ok", "", ""),
        ({"sub": OK, "main": OK}, "ok", "", ""),
        ({"sub": STARTING, "main": OK}, "starting", "", ""),
        ({"sub": OK, "main": SILENT}, "fault", "silent", "main stream: no packet"),
        ({"sub": BUSY, "main": SILENT}, "fault", "busy", "sub stream: too many"),
        ({"main": BUSY}, "fault", "busy", "too many"),
        ({"sub": STARTING, "main": BUSY}, "fault", "busy", "main stream: too many"),
    ],
)
def test_a_camera_does_as_its_worst_stream_does(
    streams: dict[str, Status], state: str, reason: str, detail: str
) -> None:
    assert together(streams) == Status(state, reason, detail)  # type: ignore[arg-type]
