"""When a camera is awake, and what is looked at."""

from __future__ import annotations

from itertools import pairwise

import pytest

from ingest.look.sampler import DOUBT_S, Sampler


def a_sampler(*, asleep: bool = False) -> Sampler:
    sampler = Sampler(interval=0.2, quiet_interval=60.0, quiet_after=3.0)
    if asleep:
        sampler.is_due(100.0)
        sampler.saw(103.0, interesting=False)
        assert not sampler.awake
    return sampler


def test_awake_it_looks_five_times_a_second() -> None:
    sampler = a_sampler()
    due = [n for n in range(250) if sampler.is_due(100 + n / 25)]
    assert len(due) == 50
    assert {b - a for a, b in pairwise(due)} == {5}


@pytest.mark.parametrize(
    ("answers", "awake"),
    [
        ([(102.9, False)], True),
        ([(103.0, False)], False),
        ([(102.0, True), (104.9, False)], True),
        ([(102.0, True), (105.0, False)], False),
        ([(102.0, True), (101.0, True), (104.9, False)], True),
        ([], True),
    ],
    ids=["not yet", "nothing for 3 s", "seen in between", "3 s after it was seen", "answers out of order", "no answer"],
)
def test_it_falls_asleep_by_the_detectors_answers_alone(answers: list[tuple[float, bool]], awake: bool) -> None:
    sampler = a_sampler()
    sampler.is_due(100.0)
    for at, interesting in answers:
        sampler.saw(at, interesting=interesting)
    assert sampler.awake is awake


def test_asleep_change_wakes_it_and_stillness_does_not() -> None:
    sampler = a_sampler(asleep=True)
    assert sampler.on_key_frame(106.0, active=False) == "skip"
    assert not sampler.awake
    assert sampler.on_key_frame(108.0, active=True) == "wake"
    assert sampler.awake
    assert sampler.is_due(106.0), "it begins in the past"


def test_asleep_it_looks_once_each_quiet_interval() -> None:
    sampler = a_sampler(asleep=True)
    looks = [at for at in range(101, 400) if sampler.on_key_frame(float(at), active=False) == "look"]
    assert looks == [160, 220, 280, 340]


def test_a_look_that_finds_somebody_wakes_it() -> None:
    sampler = a_sampler(asleep=True)
    assert sampler.saw(160.0, interesting=True)
    assert sampler.awake


def test_after_a_waking_for_nothing_change_only_earns_a_look() -> None:
    sampler = a_sampler(asleep=True)
    sampler.on_key_frame(110.0, active=True)
    assert sampler.saw(113.0, interesting=False)
    assert sampler.was_for_nothing
    assert sampler.on_key_frame(115.0, active=True) == "look"
    assert not sampler.awake
    assert sampler.on_key_frame(113.0 + DOUBT_S, active=True) == "wake"


def test_after_a_waking_that_found_somebody_change_is_believed() -> None:
    sampler = a_sampler(asleep=True)
    sampler.on_key_frame(110.0, active=True)
    sampler.saw(111.0, interesting=True)
    sampler.saw(114.5, interesting=False)
    assert not sampler.awake
    assert not sampler.was_for_nothing
    assert sampler.on_key_frame(116.0, active=True) == "wake"


def test_a_reset_wakes_it() -> None:
    sampler = a_sampler(asleep=True)
    sampler.reset()
    assert sampler.awake
    assert sampler.is_due(1.0), "an earlier time is a new time"


def test_who_begins_asleep_has_his_first_key_frame_looked_at_and_wakes_by_what_is_seen_in_it() -> None:
    sampler = Sampler(0.2, 60.0, 3.0, begins_awake=False)
    assert not sampler.awake
    assert sampler.on_key_frame(100.0, active=False) == "look"
    assert sampler.on_key_frame(102.0, active=False) == "skip"
    assert sampler.saw(100.0, interesting=True)
    assert sampler.awake
    sampler.reset()
    assert not sampler.awake
    assert Sampler(0.2, 60.0, 3.0, sleeps=False, begins_awake=False).awake
