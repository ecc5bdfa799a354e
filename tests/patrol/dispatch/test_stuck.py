"""Which tasks do not go on, by the recorded facts, the guard's last place and a clock moved by hand."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from lianqin.testing import T0
from patrol.dispatch.stuck import UNKNOWN_WAY_S, StuckLimits, Task, find, has_moved, task_of
from patrol.dispatch.tables import Dispatch
from patrol.judging.presence import GuardPlace

LIMITS = StuckLimits()
WALK_130_M = 100.0
"""Seconds, at 1.3 m/s."""


def called(**changes: Any) -> Task:
    return msgspec.structs.replace(Task("called", T0, distance_m=130.0), **changes)


def accepted(**changes: Any) -> Task:
    return msgspec.structs.replace(Task("accepted", T0, accepted_at=T0 + 10, distance_m=130.0), **changes)


@pytest.mark.parametrize(
    ("task", "after", "found"),
    [
        (called(), 29.9, {}),
        (called(), 30, {"unanswered": 30}),
        (called(), 900, {"unanswered": 30}),
        (accepted(), 60, {}),
        (accepted(still_at=T0 + 10, seen_at=T0 + 129), 140, {}),
        (accepted(still_at=T0 + 10, seen_at=T0 + 131), 140, {"still": 130}),
        (accepted(still_at=T0 - 500, seen_at=T0 + 131), 140, {"still": 130}),
        (accepted(still_at=T0 + 10, seen_at=T0 + 131, there=True), 140, {}),
        (accepted(still_at=T0 + 10, seen_at=None), 140, {}),
        (accepted(still_at=T0 + 100, seen_at=T0 + 200), 219, {}),
        (accepted(), 10 + WALK_130_M + 179, {}),
        (accepted(), 10 + WALK_130_M + 181, {"overdue": 290}),
        (accepted(distance_m=None), 10 + UNKNOWN_WAY_S + 179, {}),
        (accepted(distance_m=None), 10 + UNKNOWN_WAY_S + 181, {"overdue": 790}),
        (called(state="refused", refused_at=T0 + 7), 8, {"refused": 7}),
        (called(state="arrived"), 9e5, {}),
        (called(state="done"), 9e5, {}),
        (called(state="cancelled"), 9e5, {}),
    ],
)  # fmt: skip
def test_a_task_is_stuck_by_what_is_recorded_and_from_the_moment_at_which_it_held(
    task: Task, after: float, found: dict[str, float]
) -> None:
    assert {kind: pytest.approx(since - T0, abs=0.1) for kind, since in find(task, LIMITS, T0 + after).items()} == found


def a_dispatch(**changes: Any) -> Dispatch:
    row = Dispatch(id="dp", shift_id="S1", state="accepted", called_at=T0, accepted_at=T0 + 10, lon=119.2, lat=34.0)
    for key, value in changes.items():
        setattr(row, key, value)
    return row


def a_place(**changes: Any) -> GuardPlace:
    made = GuardPlace("G1", "甲", "U1", "S1", "A1", 119.21, 34.0, T0 + 60, T0 + 60)
    return msgspec.structs.replace(made, **changes)


STOOD = {"still_lon": 119.21, "still_lat": 34.0, "still_at": T0 + 20}


@pytest.mark.parametrize(
    ("row", "place", "moved"),
    [
        (a_dispatch(), a_place(), True),  # where he stands is known for the first time
        (a_dispatch(), None, False),
        (a_dispatch(), a_place(shift_id="S0"), False),
        (a_dispatch(), a_place(doubts=("jump",)), False),
        (a_dispatch(state="called"), a_place(), False),
        (a_dispatch(**STOOD), a_place(lon=119.2105), False),  # 46 m
        (a_dispatch(**STOOD), a_place(lon=119.2106), True),  # 55 m
        (a_dispatch(**STOOD), a_place(lon=119.2106, at=T0 + 19), False),
    ],
)
def test_a_guard_has_moved_only_by_a_sure_later_place_of_his_shift(
    row: Dispatch, place: GuardPlace | None, moved: bool
) -> None:
    assert has_moved(row, place, LIMITS) is moved


def test_a_phone_that_rests_proves_that_he_stands_and_one_that_is_silent_proves_nothing() -> None:
    resting = task_of(a_dispatch(**STOOD), a_place(at=T0 + 30, still_until=T0 + 200), 100.0)
    assert "still" in find(resting, LIMITS, T0 + 201)
    silent = task_of(a_dispatch(**STOOD), a_place(at=T0 + 30), 100.0)
    assert "still" not in find(silent, LIMITS, T0 + 201)
    near = task_of(a_dispatch(**STOOD, lon=119.2105), a_place(at=T0 + 200), 100.0)
    assert near.there
