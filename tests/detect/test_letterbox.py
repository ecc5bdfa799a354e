"""A frame goes into the network's input and its boxes come back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detect.cards import Input
from detect.letterbox import Fit, fit, pack, unfit

FREE = Input(416, 416, multiple=32)
FIXED = Input(416, 416)


@pytest.mark.parametrize(
    ("size", "frame", "expected"),
    [
        (FREE, (640, 360), Fit(416, 256, 416, 234)),
        (FREE, (1920, 1080), Fit(416, 256, 416, 234)),
        (FREE, (768, 576), Fit(416, 320, 416, 312)),
        (FREE, (360, 640), Fit(256, 416, 234, 416)),
        (FREE, (500, 500), Fit(416, 416, 416, 416)),
        (FREE, (3000, 60), Fit(416, 32, 416, 8)),
        (FIXED, (640, 360), Fit(416, 416, 416, 234)),
        (Input(640, 384), (640, 480), Fit(640, 384, 512, 384)),
    ],
)
def test_a_free_network_gets_no_more_fill_than_its_multiple_demands(
    size: Input, frame: tuple[int, int], expected: Fit
) -> None:
    assert fit(size, *frame) == expected


sides = st.integers(16, 4000)


@given(sides, sides, st.sampled_from([FREE, FIXED, Input(640, 384)]), st.lists(st.floats(0, 1), min_size=4, max_size=4))
def test_a_box_comes_back_where_it_was(width: int, height: int, size: Input, ends: list[float]) -> None:
    x1, x2, y1, y2 = *sorted(ends[:2]), *sorted(ends[2:])
    place = fit(size, width, height)
    assert place.width <= place.canvas_width
    assert place.height <= place.canvas_height
    if size.multiple:
        assert place.canvas_width % size.multiple == place.canvas_height % size.multiple == 0
    on_canvas = np.array([[x1, y1, x2, y2]], np.float32) * [place.width, place.height, place.width, place.height]
    assert unfit(on_canvas.astype(np.float32), place)[0] == pytest.approx([x1, y1, x2, y2], abs=1e-5)


def test_boxes_end_at_the_frames_border() -> None:
    boxes = unfit(np.array([[-20, 10, 500, 250]], np.float32), Fit(416, 256, 416, 234))
    assert boxes[0] == pytest.approx([0, 10 / 234, 1, 1])


def test_pictures_are_normalised_per_channel_in_the_cards_order_and_filled() -> None:
    size = Input(64, 64, channels="rgb", mean=(1, 2, 3), std=(2, 4, 8), fill=7)
    picture = np.empty((32, 64, 3), np.uint8)
    picture[:] = (10, 20, 30)  # b, g, r
    batch = pack(size, [picture, np.zeros_like(picture)], fit(size, 64, 32))
    assert batch.shape == (2, 3, 64, 64)
    assert batch[0, :, 0, 0] == pytest.approx([(30 - 1) / 2, (20 - 2) / 4, (10 - 3) / 8])
    assert batch[0, :, 63, 63] == pytest.approx([(7 - 1) / 2, (7 - 2) / 4, (7 - 3) / 8])
    assert batch[1, :, 0, 0] == pytest.approx([-1 / 2, -2 / 4, -3 / 8])
