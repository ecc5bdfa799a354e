"""One detector for all: turns, batches, and what a full line loses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from ingest.detecting import BATCH, CROWDED, ROOM, SCARCE_ROOM, Detecting
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
    def __init__(self, name: str, *, fails: bool = False) -> None:
        self.name, self.fails = name, fails
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


def test_when_all_together_are_too_many_each_keeps_its_newest_only(parts: Any) -> None:
    _, _, detecting = parts
    many = [Camera(f"C{n}") for n in range(4)]
    for at in range(CROWDED // 4):
        for camera in many:
            submit(detecting, camera, at)
    assert not any(camera.lost for camera in many)
    submit(detecting, many[0], 99, 100)
    while detecting.run_once(0):
        pass
    assert many[0].lost > 0
    assert many[0].answers[-SCARCE_ROOM:] == [(99, 99), (100, 100)]
    assert len(many[1].answers) == CROWDED // 4, "who was not too much keeps what it has"


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
