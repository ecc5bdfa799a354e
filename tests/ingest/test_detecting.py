"""One detector for many cameras: everyone gets his turn, a full line drops and counts, a bad camera stops nobody."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from ingest.detecting import CROWDED, PUT_ASIDE_S, ROOM, SCARCE_ROOM, Detecting
from lianqin.records import Detection, Frame
from lianqin.testing import FakeClock

BLANK = np.zeros((4, 4, 3), np.uint8)


class Camera:
    def __init__(self, name: str, *, breaks: bool = False) -> None:
        self.name, self.breaks = name, breaks
        self.answers: list[float] = []
        self.lost = 0

    def detected(self, frame: Frame, detections: tuple[Detection, ...]) -> None:
        if self.breaks:
            raise RuntimeError("a rule of this camera fails")
        self.answers.append(frame.captured_at)

    def dropped(self, frames: int) -> None:
        self.lost += frames


class Counts:
    """Stands for the detector; remembers the batches."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []

    def detect(self, frames: Sequence[Frame]) -> list[tuple[Detection, ...]]:
        self.batches.append([frame.camera_id for frame in frames])
        return [() for _ in frames]


def put(line: Detecting, camera: Camera, *ats: float) -> None:
    for at in ats:
        line.submit(camera, Frame(camera.name, at, BLANK))


def test_a_busy_camera_does_not_hold_up_the_others() -> None:
    detector = Counts()
    line = Detecting(detector, FakeClock(), batch=2)
    busy, quiet, third = Camera("busy"), Camera("quiet"), Camera("third")
    put(line, busy, 1, 2, 3, 4)
    put(line, quiet, 1)
    put(line, third, 1)
    while line.run_once(wait=0):
        pass
    assert detector.batches == [["busy", "quiet"], ["third", "busy"], ["busy"], ["busy"]]
    assert busy.answers == [1, 2, 3, 4]


@pytest.mark.parametrize("over", [0, 1, 7])
def test_a_full_line_loses_its_oldest_and_counts_it(over: int) -> None:
    line = Detecting(Counts(), FakeClock())
    camera = Camera("a")
    put(line, camera, *range(ROOM + over))
    while line.run_once(wait=0):
        pass
    assert camera.answers == list(range(over, ROOM + over))
    assert camera.lost == over


def test_an_overloaded_detector_keeps_the_newest_of_each_camera() -> None:
    line = Detecting(Counts(), FakeClock())
    cameras = [Camera(f"c{n}") for n in range(4 * CROWDED)]
    for at in range(6):
        for camera in cameras:
            put(line, camera, at)
    while line.run_once(wait=0):
        pass
    assert {tuple(camera.answers) for camera in cameras[CROWDED:]} == {tuple(range(6 - SCARCE_ROOM, 6))}
    assert sum(camera.lost + len(camera.answers) for camera in cameras) == 6 * len(cameras)


def test_a_camera_that_fails_is_put_aside_and_comes_back() -> None:
    clock = FakeClock()
    line = Detecting(Counts(), clock, batch=1)
    bad, good = Camera("bad", breaks=True), Camera("good")
    put(line, bad, 1, 2)
    put(line, good, 1, 2)
    with pytest.raises(RuntimeError):
        line.run_once(wait=0)
    for _ in range(5):
        line.run_once(wait=0)
    assert good.answers == [1, 2]
    bad.breaks = False
    clock.advance(PUT_ASIDE_S + 1)
    put(line, bad, 3)
    line.run_once(wait=0)
    assert bad.answers == [3]


def test_what_is_gone_is_not_looked_at() -> None:
    detector = Counts()
    line = Detecting(detector, FakeClock())
    camera = Camera("a")
    put(line, camera, 1, 2)
    line.forget(camera)
    assert line.run_once(wait=0) == 0
    assert detector.batches == []
