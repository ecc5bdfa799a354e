"""Stamps on our clock: cases with a known truth."""

from __future__ import annotations

import random

import pytest

from ingest.source.capture_clock import CaptureClock, CaptureStamp

WALL = 1_790_000_000.0
"""Our wall clock at monotonic second 0."""


def run(frames: list[tuple[float, float]]) -> list[CaptureStamp]:
    """(stamp, arrival) pairs through one clock."""
    clock = CaptureClock()
    return [clock.stamp(media, arrived, WALL + arrived) for media, arrived in frames]


def delays(count: int, *, usual: float = 0.02, jitter: float = 0.2) -> list[float]:
    source = random.Random(7)
    return [usual + source.random() * jitter * (source.random() < 0.5) for _ in range(count)]


def test_the_first_packet_is_taken_as_captured_when_it_came() -> None:
    assert run([(100.0, 5.0)]) == [CaptureStamp(WALL + 5.0)]


@pytest.mark.parametrize("drift", [0.0, 1e-4, -1e-4, 5e-4])
def test_jitter_is_taken_out_and_drift_is_followed(drift: float) -> None:
    truth = [n / 25 for n in range(25 * 300)]
    frames = [(t * (1 + drift) + 77.0, t + d) for t, d in zip(truth, delays(len(truth)), strict=True)]
    found = run(frames)
    errors = [stamp.at - WALL - t for stamp, t in zip(found, truth, strict=True)][250:]
    assert max(errors) < 0.05
    assert min(errors) > -0.01
    assert not any(stamp.jumped for stamp in found)


def test_capture_times_only_rise_even_when_a_fast_packet_lowers_the_line() -> None:
    frames = [(n / 25, n / 25 + (0.0 if n == 50 else 0.3)) for n in range(100)]
    ats = [stamp.at for stamp in run(frames)]
    assert ats == sorted(set(ats))


@pytest.mark.parametrize(
    ("moved", "found_within"),
    [(3600.0, 0.0), (5.0, 0.0), (-5.0, 0.0), (-3600.0, 0.0)],
    ids=["an hour ahead", "5 s ahead", "5 s back", "an hour back"],
)
def test_a_jump_of_the_cameras_clock_is_seen_and_leaves_capture_times_right(moved: float, found_within: float) -> None:
    frames = [(n / 25 + (moved if n >= 100 else 0.0), n / 25 + 0.02) for n in range(400)]
    found = run(frames)
    first = next(index for index, stamp in enumerate(found) if stamp.jumped)
    assert first / 25 == pytest.approx(4.0 + found_within, abs=0.05)
    assert sum(stamp.jumped for stamp in found) == 1
    for index in range(first, 400):
        assert found[index].at == pytest.approx(WALL + index / 25 + 0.02, abs=0.01)


def test_a_network_that_stands_still_for_a_while_is_no_jump() -> None:
    """Two seconds of packets come in one heap."""
    frames = [(n / 25, 6.0 + n * 1e-4 if 100 <= n < 150 else n / 25 + 0.02) for n in range(300)]
    found = run(frames)
    assert not any(stamp.jumped for stamp in found)
    assert found[120].at == pytest.approx(WALL + 120 / 25 + 0.02, abs=0.01)


def test_a_camera_that_falls_behind_for_good_is_set_anew() -> None:
    """Its clock was put back by less than a step back would show, between two frames."""
    frames = [(n / 25 - (1.8 if n >= 100 else 0.0), n / 25) for n in range(400)]
    found = run(frames)
    assert sum(stamp.jumped for stamp in found) == 1
    assert found[-1].at == pytest.approx(WALL + 399 / 25, abs=0.01)


def test_a_step_of_our_own_wall_clock_moves_later_captures_by_as_much() -> None:
    clock = CaptureClock()
    before = clock.stamp(10.0, 1.0, WALL + 1.0)
    after = clock.stamp(10.04, 1.04, WALL + 61.04)
    assert after.at - before.at == pytest.approx(60.04)
    assert not after.jumped


FPS = 25
MINUTE = 60 * FPS


def told(stamps: list[float]) -> list[tuple[float, float]]:
    """A picture each 40 ms, on time, with these stamps."""
    return [(stamp, n / FPS + 0.02) for n, stamp in enumerate(stamps)]


def astray(n: int, every: int, by: float, run: int = 1) -> float:
    return n / FPS + (by if n % every < run and n >= every else 0.0)


BAD = {
    "all equal": [5.0] * MINUTE,
    "one a second": [float(n // FPS) for n in range(MINUTE)],
    "one in two seconds": [float(n // 50 * 2) for n in range(MINUTE)],
    "pairs": [n // 2 * 2 / FPS for n in range(MINUTE)],
    "one astray each two seconds": [astray(n, 50, 3600) for n in range(MINUTE)],
    "one back each two seconds": [astray(n, 50, -3600) for n in range(MINUTE)],
    "one astray by a little": [astray(n, 100, 1.8) for n in range(MINUTE)],
    "one astray each half second": [astray(n, 12, 47_000) for n in range(MINUTE)],
    "each astray somewhere else": [n / FPS + (n % 50 == 7) * (n * 977 % 5000 + 3) for n in range(MINUTE)],
    "nothing sensible": [n * 7919 % 100_003 for n in range(MINUTE)],
}


@pytest.mark.parametrize("what", BAD)
def test_stamps_that_stand_still_or_stray_are_no_jump_and_leave_capture_times_right(what: str) -> None:
    found = run(told(BAD[what]))
    assert not any(stamp.jumped for stamp in found)
    off = [stamp.at - WALL - n / FPS - 0.02 for n, stamp in enumerate(found)]
    assert max(map(abs, off)) < 0.1


WORSE = {
    "too slow by far": [n / 90_000 for n in range(5 * MINUTE)],
    "half as fast": [n / 50 for n in range(5 * MINUTE)],
    "five astray each four seconds": [astray(n, 100, 3600, 5) for n in range(5 * MINUTE)],
    "ten back each two seconds": [astray(n, 50, -500, 10) for n in range(5 * MINUTE)],
    "an hour on each ten seconds": [n / FPS + n // 250 * 3600 for n in range(5 * MINUTE)],
}


@pytest.mark.parametrize("what", WORSE)
def test_stamps_that_are_no_clock_are_found_out_and_make_no_lasting_fault(what: str) -> None:
    found = run(told(WORSE[what]))
    jumps = [n / FPS for n, stamp in enumerate(found) if stamp.jumped]
    assert len(jumps) <= 3
    assert not jumps or jumps[-1] < 45
    late = [abs(stamp.at - WALL - n / FPS - 0.02) for n, stamp in enumerate(found)][2 * MINUTE :]
    assert max(late) < 0.1


def test_a_jump_after_strays_is_still_one() -> None:
    stamps = [astray(n, 50, 3600) + (7200 if n >= 1000 else 0) for n in range(2000)]
    found = [n for n, stamp in enumerate(run(told(stamps))) if stamp.jumped]
    assert len(found) == 1
    assert 1000 <= found[0] < 1010


@pytest.mark.parametrize("fps", [5, 12, 25])
@pytest.mark.parametrize("run", [1, 2, 3])
def test_b_frames_are_no_strays(fps: int, run: int) -> None:
    """Sent at an even pace in the order of decoding: each P or I comes `run` pictures before it is shown."""
    order = [0]
    for group in range(1, 60 * fps // (run + 1)):
        last = group * (run + 1)
        order += [last, *range(last - run, last)]
    found = run_at([n / fps for n in order], fps)
    assert not any(stamp.jumped for stamp in found)
    later = [(stamp.at, n) for stamp, n in zip(found, order, strict=True)][4 * (run + 1) :]
    first, number = min(later, key=lambda one: one[1])
    assert all(at - first == pytest.approx((n - number) / fps, abs=0.02) for at, n in later)


def run_at(stamps: list[float], fps: int) -> list[CaptureStamp]:
    return run([(stamp, n / fps + 0.02) for n, stamp in enumerate(stamps)])
