"""Inside, outside, not known; and doubts about a fix."""

from __future__ import annotations

import pytest

from lianqin.records import Fix
from lianqin.testing import T0, a_fix
from patrol.filters import doubts, proves
from patrol.presence import locate

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


FIRST = a_fix()


@pytest.mark.parametrize(
    ("fix", "before", "expected"),
    [
        (a_fix(id="b", at=T0 + 15), FIRST, ()),
        (a_fix(id="b", at=T0 + 15), None, ()),
        (a_fix(accuracy_m=1532.9), None, ("inaccurate",)),
        (a_fix(id="b", at=T0 + 15, lon=119.25), FIRST, ("jump",)),
        (a_fix(id="b", at=T0 + 600, received_at=T0 + 601, lon=119.25), FIRST, ()),
        (a_fix(id="b", lon=119.25), FIRST, ("same_moment",)),
        (a_fix(at=T0 + 300, received_at=T0), None, ("clock_ahead",)),
    ],
)
def test_doubts_flag_what_is_odd(fix: Fix, before: Fix | None, expected: tuple[str, ...]) -> None:
    assert doubts(fix, before) == expected


def test_a_clock_that_runs_ahead_is_a_doubt_that_proves_all_the_same() -> None:
    assert proves(("clock_ahead",))
    assert not proves(("jump",))
