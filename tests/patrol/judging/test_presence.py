"""Inside, outside, not known; and doubts about a fix."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lianqin.geo import outside_m
from patrol.judging.doubts import proves
from patrol.judging.presence import Fence, locate

SQUARE = ((119.19, 33.99), (119.21, 33.99), (119.21, 34.01), (119.19, 34.01))
METRE = 1 / 92_180  # degrees of longitude at 34 N


@pytest.mark.parametrize(
    ("beyond_m", "accuracy", "was", "expected"),
    [
        (-5, 8, None, True),
        (-5, 8, False, True),
        (5, 8, True, True),
        (5, 8, None, None),
        (5, 8, False, None),
        (12, 8, True, None),
        (49, 8, True, None),
        (52, 8, None, False),
        (52, 8, True, False),
        (52, 20, None, None),
        (62, 20, None, False),
        (45, 100, True, True),
        (55, 100, True, None),
        (301, 100, True, False),
    ],
)
def test_a_place_is_located_with_accuracy_and_hysteresis(
    beyond_m: float, accuracy: float, was: bool | None, expected: bool | None
) -> None:
    assert locate(SQUARE, (119.21 + beyond_m * METRE, 34.0), accuracy, was_inside=was) is expected


@given(st.floats(119.18, 119.22), st.floats(33.98, 34.02))
def test_a_fence_measures_as_the_map_does(lon: float, lat: float) -> None:
    assert Fence(SQUARE).beyond(lat, lon) == pytest.approx(max(0.0, outside_m(SQUARE, (lon, lat))), abs=2)


LETTER_C = ((0.0, 0.0), (0.03, 0.0), (0.03, 0.01), (0.01, 0.01), (0.01, 0.02), (0.03, 0.02), (0.03, 0.03), (0.0, 0.03))


@given(st.floats(-0.01, 0.04), st.floats(-0.01, 0.04), st.sampled_from([LETTER_C, LETTER_C[::-1], LETTER_C[:5]]))
def test_a_bent_fence_measures_as_the_map_does(
    east: float, north: float, shape: tuple[tuple[float, float], ...]
) -> None:
    ring = [(119.2 + x, 34.0 + y) for x, y in shape]
    place = (119.2 + east, 34.0 + north)
    assert Fence(ring).beyond(place[1], place[0]) == pytest.approx(max(0.0, outside_m(ring, place)), abs=4)


def test_what_is_odd_but_true_proves_all_the_same() -> None:
    assert proves(("clock_skew", "too_fast", "shared_position"))
    assert not any(proves(("clock_skew", one)) for one in ("teleport", "clock_ahead", "frozen", "at_rest"))
