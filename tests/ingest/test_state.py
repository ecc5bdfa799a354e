"""How a stream does, and how a camera's health is made of its streams: tables."""

from __future__ import annotations

import pytest

from ingest.sources import VideoFormat
from ingest.state import JUMP_SHOWN_S, Rate, Status, StreamState, together

OK, FAULT, STARTING = Status("ok"), Status("fault", "silent", "no packet"), Status("starting")


@pytest.mark.parametrize(
    ("main", "sub", "state", "detail"),
    [
        (OK, OK, "ok", ""),
        (FAULT, OK, "fault", "main stream: no packet"),
        (OK, FAULT, "fault", "sub stream: no packet"),
        (STARTING, OK, "starting", ""),
        (STARTING, FAULT, "fault", "sub stream: no packet"),
    ],
)
def test_a_camera_does_as_its_worst_stream(main: Status, sub: Status, state: str, detail: str) -> None:
    found = together({"main": main, "sub": sub})
    assert (found.state, found.detail) == (state, detail)


def arrivals(rate: Rate, begin: float, end: float, fps: float) -> None:
    for n in range(round((end - begin) * fps)):
        rate.add(begin + n / fps)


@pytest.mark.parametrize(
    ("promised", "phases", "slow"),
    [
        (25.0, [(25, 20)], False),
        (25.0, [(25, 10), (12, 10)], False),
        (25.0, [(25, 10), (6.25, 10)], True),
        (25.0, [(6, 10)], True),
        (25.0, [(25, 10), (6, 10), (25, 10)], False),
        (0.0, [(25, 10), (6, 10)], True),
        (90000.0, [(25, 10)], False),
        (8.0, [(8, 20)], False),
    ],
    ids=["as promised", "half at night", "a quarter", "slow from the start", "well again", "nothing promised",
         "nonsense promised", "few, as promised"],
)  # fmt: skip
def test_what_is_slow(promised: float, phases: list[tuple[float, float]], slow: bool) -> None:
    rate, at = Rate(promised), 1000.0
    for fps, seconds in phases:
        arrivals(rate, at, at + seconds, fps)
        at += seconds
    assert rate.slow is slow


def test_a_jump_of_the_clock_is_shown_for_a_while() -> None:
    state = StreamState()
    state.opened(VideoFormat("h264", 640, 360, 25.0, b""))
    state.playing()
    assert state.status(100.0).state == "ok"
    state.jumped(100.0)
    assert state.status(101.0).reason == "clock_jump"
    assert state.status(100.0 + JUMP_SHOWN_S + 0.1).state == "ok"


def test_a_fault_stays_until_pictures_come_again_not_until_it_is_connected() -> None:
    state = StreamState()
    state.failed("silent", "no packet")
    state.opened(VideoFormat("h264", 640, 360, 25.0, b""))
    assert state.status(1.0).reason == "silent"
    state.playing()
    assert state.status(1.0).state == "ok"
