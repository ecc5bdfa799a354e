"""Inside, outside, not known; and doubts about a fix."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lianqin.geo import outside_m
from patrol.filters import proves
from patrol.presence import Fence, locate

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


def test_what_is_odd_but_true_proves_all_the_same() -> None:
    assert proves(("clock_ahead", "frozen", "too_fast"))
    assert not proves(("clock_ahead", "teleport"))
