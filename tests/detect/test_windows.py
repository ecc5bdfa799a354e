"""Where a look at a part is enough: what windows hold, when they don't pay, and that a part is seen as the whole would be."""

from __future__ import annotations

import random
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from demo.clips import CACHE
from detect import windows
from detect.cards import load_card
from detect.detector import Detector, open_detector
from detect.windows import MOST, SIDE, WHOLE, Box, plan
from lianqin import settings
from lianqin.records import Frame

WIDE = 16 / 9


def box(x: float, y: float, w: float = 0.05, h: float = 0.1) -> Box:
    return x, y, x + w, y + h


def holds(window: Box, inner: Box) -> bool:
    return window[0] <= inner[0] and window[1] <= inner[1] and window[2] >= inner[2] and window[3] >= inner[3]


def test_one_thing_takes_one_window_that_holds_it() -> None:
    [window] = plan([box(0.5, 0.5)], [], WIDE)
    assert holds(window, box(0.5, 0.5))
    assert window[2] - window[0] == pytest.approx(SIDE)
    assert (window[3] - window[1]) == pytest.approx(SIDE * WIDE), "square in pixels"


@pytest.mark.parametrize("corner", [(0.0, 0.0), (0.95, 0.0), (0.0, 0.9), (0.95, 0.9)])
def test_at_the_edge_the_window_stays_within_the_picture(corner: tuple[float, float]) -> None:
    [window] = plan([box(*corner)], [], WIDE)
    assert min(window) >= 0
    assert max(window) <= 1
    assert holds(window, box(*corner))


def test_what_is_near_shares_a_window_and_what_is_apart_takes_two() -> None:
    assert len(plan([box(0.5, 0.5), box(0.6, 0.55)], [], WIDE)) == 1
    assert len(plan([box(0.1, 0.1)], [box(0.8, 0.8)], WIDE)) == 2


def test_more_small_things_than_windows_pay_for_take_the_whole() -> None:
    assert plan([box(0.05, 0.1), box(0.5, 0.5), box(0.9, 0.8)], [], WIDE) == ()


def test_large_people_are_looked_at_coarsely_and_a_small_piece_beside_them_is_not() -> None:
    large = [box(0.1, 0.2, 0.1, 0.5), box(0.8, 0.3, 0.1, 0.4)]
    assert plan(large, large, WIDE) == (WHOLE,)
    assert plan([*large, box(0.12, 0.6, 0.01, 0.02)], large, WIDE) == (WHOLE,), "a leg is part of them"
    assert plan([*large, box(0.5, 0.1, 0.02, 0.05)], large, WIDE) == (), "but this may be somebody far away"


def test_every_plan_holds_all_that_was_wanted() -> None:
    dice = random.Random(3)
    for _ in range(2000):
        moved = [
            box(dice.random() * 0.9, dice.random() * 0.8, dice.random() * 0.1, dice.random() * 0.2)
            for _ in range(dice.randrange(4))
        ]
        found = plan(moved, [], WIDE)
        assert len(found) <= MOST
        if found:
            assert all(any(holds(window, one) for window in found) for one in moved)


def test_what_a_window_cuts_is_told_from_what_the_picture_ends() -> None:
    middle: Box = (0.3, 0.3, 0.6, 0.8)
    assert windows.cut((0.0, 0.2, 0.3, 0.5), middle)
    assert windows.cut((0.2, 0.2, 0.3, 1.0), middle)
    assert not windows.cut((0.2, 0.2, 0.3, 0.5), middle)
    assert not windows.cut((0.0, 0.2, 0.3, 0.5), (0.0, 0.3, 0.3, 0.8)), "there the picture ends, nobody is cut"


@pytest.fixture(scope="module")
def detector() -> Detector:
    return open_detector(load_card(Path(settings.load().models_dir) / "nanodet-g"))


@pytest.fixture(scope="module")
def street(clips: Path) -> np.ndarray:
    with av.open(str(CACHE / "vtest.avi")) as clip:
        frame = next(frame for n, frame in enumerate(clip.decode(video=0)) if n == 700)
    return np.ascontiguousarray(np.asarray(frame.to_ndarray(format="bgr24"), np.uint8)[72:504])


def test_a_window_finds_who_the_whole_look_finds_there(detector: Detector, street: np.ndarray) -> None:
    [whole] = detector.detect([Frame("C", 0.0, street)])
    people = [one for one in whole if one.label == "person" and one.score >= 0.55 and one.box[3] - one.box[1] < 0.4]
    assert len(people) >= 2
    for one in people:
        [part] = detector.detect([Frame("C", 0.0, street, plan([one.box], [], WIDE))])
        assert max(overlap(one.box, other.box) for other in part if other.label == "person") > 0.6


def test_windows_and_whole_pictures_share_a_batch_and_keep_their_order(detector: Detector, street: np.ndarray) -> None:
    parts = ((0.1, 0.2, 0.4, 0.73), (0.2, 0.2, 0.5, 0.73))
    frames = [Frame("C", 0.0, street, parts), Frame("C", 1.0, street), Frame("C", 2.0, street, (WHOLE,))]
    together = detector.detect(frames)
    assert together == [detector.detect([frame])[0] for frame in frames]
    assert all(one.score >= other.score for found in together for one, other in pairwise(found))
    boxes = [one.box for one in together[0] if one.label == "person"]
    assert all(overlap(a, b) < 0.7 for n, a in enumerate(boxes) for b in boxes[n + 1 :]), (
        "no one twice where windows overlap"
    )


def overlap(a: Box, b: Box) -> float:
    wide, high = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    both = max(0.0, wide) * max(0.0, high)
    return both / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - both)
