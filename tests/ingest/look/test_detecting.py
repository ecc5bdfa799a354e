"""One detector for all: turns, batches, and what a full line loses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from ingest.look.detecting import BATCH, BUDGET_S, LATEST_S, LEAST_ROOM, ROOM, STANDS_S, Detecting
from lianqin.records import Detection, Frame
from lianqin.testing import T0, FakeClock

PICTURE = np.zeros((4, 4, 3), np.uint8)


class Batches:
    """Notes what it is given."""

    def __init__(self) -> None:
        self.seen: list[list[str]] = []

    def detect(self, frames: Sequence[Frame]) -> list[tuple[Detection, ...]]:
        self.seen.append([frame.camera_id for frame in frames])
        return [(Detection("person", frame.captured_at - T0, (0, 0, 1, 1)),) for frame in frames]


class Camera:
    def __init__(self, name: str, *, fails: bool = False, priority: int = 2) -> None:
        self.name, self.fails, self.priority = name, fails, priority
        self.answers: list[tuple[float, float]] = []
        self.lost = 0

    def detected(self, frame: Frame, detections: tuple[Detection, ...]) -> None:
        if self.fails:
            raise ZeroDivisionError(self.name)
        self.answers.append((frame.captured_at - T0, detections[0].score))

    def dropped(self, frames: int) -> None:
        self.lost += frames


@pytest.fixture
def parts() -> tuple[Batches, FakeClock, Detecting]:
    detector, clock = Batches(), FakeClock()
    return detector, clock, Detecting(detector, clock)


def submit(detecting: Detecting, camera: Camera, *ats: float) -> None:
    for at in ats:
        detecting.submit(camera, Frame(camera.name, T0 + at, PICTURE))


def test_every_frame_gets_its_own_answer_in_order(parts: Any) -> None:
    _, _, detecting = parts
    camera = Camera("A")
    submit(detecting, camera, 1, 2, 3)
    assert [detecting.run_once(0) for _ in range(4)] == [1, 1, 1, 0]
    assert camera.answers == [(1, 1), (2, 2), (3, 3)]


def test_cameras_take_turns_and_share_a_batch(parts: Any) -> None:
    detector, _, detecting = parts
    many = [Camera(f"C{n}") for n in range(BATCH + 2)]
    for camera in many:
        submit(detecting, camera, 1, 2)
    while detecting.run_once(0):
        pass
    assert detector.seen[0] == [f"C{n}" for n in range(BATCH)]
    assert detector.seen[1][:2] == [f"C{BATCH}", f"C{BATCH + 1}"], "those left over come first"
    assert all(len(set(batch)) == len(batch) <= BATCH for batch in detector.seen)
    assert all(camera.answers == [(1, 1), (2, 2)] for camera in many)


def test_a_full_line_loses_its_oldest_frames_and_counts_them(parts: Any) -> None:
    _, _, detecting = parts
    camera = Camera("A")
    submit(detecting, camera, *range(ROOM + 3))
    while detecting.run_once(0):
        pass
    assert camera.lost == 3
    assert camera.answers[0] == (3, 3)
    assert len(camera.answers) == ROOM


class Slow(Batches):
    """Takes its time over each frame."""

    def __init__(self, clock: FakeClock, each_s: float) -> None:
        super().__init__()
        self.clock, self.each_s = clock, each_s

    def detect(self, frames: Sequence[Frame]) -> list[tuple[Detection, ...]]:
        self.clock.advance(self.each_s * len(frames))
        return super().detect(frames)


def overloaded(cameras: list[Camera], each_s: float = 0.05, seconds: float = 60.0) -> tuple[Slow, FakeClock]:
    """Every camera hands in five pictures a second, whatever the detector can do."""
    clock = FakeClock()
    detector = Slow(clock, each_s)
    detecting = Detecting(detector, clock)
    begin, handed = clock.monotonic(), 0
    while (now := clock.monotonic() - begin) < seconds:
        while handed / 5 <= now:
            for camera in cameras:
                submit(detecting, camera, handed / 5)
            handed += 1
        if not detecting.run_once(0):
            clock.advance(0.05)
    return detector, clock


def test_with_more_work_than_power_the_rate_falls_evenly_and_every_loss_is_counted() -> None:
    many = [Camera(f"C{n}") for n in range(20)]  # 100 pictures a second are due, 20 can be looked at
    overloaded(many)
    seen = [len(camera.answers) for camera in many]
    assert max(seen) - min(seen) <= 2
    assert all(abs(len(camera.answers) + camera.lost - 300) <= LEAST_ROOM + 2 for camera in many)


def test_an_important_camera_is_looked_at_four_times_as_often_as_a_slight_one() -> None:
    many = [Camera(f"C{n}", priority=1 + n % 3) for n in range(24)]
    overloaded(many)
    first, second, third = (sum(len(c.answers) for c in many if c.priority == p) for p in (1, 2, 3))
    assert first / third == pytest.approx(4, rel=0.1)
    assert second / third == pytest.approx(2, rel=0.1)


def lateness(cameras: int, each_s: float, seconds: float = 30.0) -> list[tuple[float, float]]:
    """(seconds since the beginning, how old a picture was when it had been looked at), five pictures a second of each camera."""
    many = [Camera(f"C{n}") for n in range(cameras)]
    late: list[tuple[float, float]] = []
    clock = FakeClock()
    detecting = Detecting(Slow(clock, each_s), clock)
    begin, handed = clock.monotonic(), 0
    while (now := clock.monotonic() - begin) < seconds:
        while handed / 5 <= now:
            for camera in many:
                submit(detecting, camera, handed / 5)
            handed += 1
        before = {camera.name: len(camera.answers) for camera in many}
        if not detecting.run_once(0):
            clock.advance(0.02)
        after = clock.monotonic() - begin
        late += [(after, after - at) for camera in many for at, _ in camera.answers[before[camera.name] :]]
    return late


def test_what_is_looked_at_under_load_is_never_old() -> None:
    assert max(late for _, late in lateness(20, 0.05)) < LATEST_S


def test_a_line_that_does_not_empty_is_kept_short_so_that_a_small_lack_of_power_makes_nothing_late() -> None:
    late = lateness(6, 0.04)  # 30 pictures a second are due, 25 can be looked at
    assert max(late for at, late in late if at > 2 * STANDS_S) < (LEAST_ROOM + 1) * 6 * 0.04 + 2 * BUDGET_S


def test_a_camera_that_wakes_up_is_looked_at_whole_where_the_others_leave_power() -> None:
    clock = FakeClock()
    detecting = Detecting(Slow(clock, 0.04), clock)
    others, woken = [Camera(f"C{n}") for n in range(3)], Camera("woken")
    for n in range(40):
        for camera in others:
            submit(detecting, camera, n / 5)
        if n == 20:
            submit(detecting, woken, *(2 + k / 5 for k in range(10)))
        until = clock.monotonic() + 0.2
        while clock.monotonic() < until:
            if not detecting.run_once(0):
                clock.advance(0.02)
    assert len(woken.answers) == 10
    assert [camera.lost for camera in (*others, woken)] == [0, 0, 0, 0]


def test_a_batch_keeps_to_its_time() -> None:
    detector, _ = overloaded([Camera(f"C{n}") for n in range(20)], each_s=0.1, seconds=20)
    assert {len(batch) for batch in detector.seen[5:]} == {int(BUDGET_S / 0.1)}


def test_whose_answer_fails_is_put_aside_and_the_others_go_on(parts: Any) -> None:
    _, clock, detecting = parts
    bad, good = Camera("bad", fails=True), Camera("good")
    submit(detecting, bad, 1, 2, 3)
    with pytest.raises(ZeroDivisionError):
        detecting.run_once(0)
    submit(detecting, good, 1, 2)
    while detecting.run_once(0):
        pass
    assert good.answers == [(1, 1), (2, 2)]
    bad.fails = False
    clock.advance(11)
    submit(detecting, bad, 20)
    detecting.run_once(0)
    assert bad.answers[-1] == (20, 20), "for a while, not for good"


def test_nothing_of_a_camera_that_is_gone_is_served(parts: Any) -> None:
    _, _, detecting = parts
    camera = Camera("A")
    submit(detecting, camera, 1, 2)
    detecting.forget(camera)
    assert detecting.run_once(0) == 0
    assert not camera.answers
