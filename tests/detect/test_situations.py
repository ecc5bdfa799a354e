"""Tables of cases for each situation: who stood where and when, and what became true at which second.

A case moves people by hand: `{"a": [(0, IN), (2, OUT)]}` says that a is inside from second 0 and outside from second 2;
GONE is out of sight, HIDDEN a predicted box inside, YOUNG inside but not counting yet. Frames come 5 times a second.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest

from detect.situations.crowd import at_least
from detect.situations.memory import NOTHING, Outcome
from detect.situations.table import METHOD_VIDEO, SITUATIONS, evaluate, priority
from detect.zones import ZonePosition
from lianqin.clock import COUNTY_ZONE
from lianqin.records import Track, Zone
from lianqin.testing import T0, a_zone

IN, OUT, GONE, HIDDEN, YOUNG = "in", "out", "gone", "hidden", "young"
Script = dict[str, list[tuple[float, str]]]


def _state(changes: list[tuple[float, str]], second: float) -> str:
    return next((state for since, state in reversed(changes) if second >= since - 1e-9), GONE)


def _track(key: str, *, counts: bool = True, detected: bool = True) -> Track:
    box = (0.4, 0.4, 0.45, 0.6)
    return Track(key, "person", box, 0.9, counts=counts, detected=detected, probability=1.0 if counts else 0.2)


def _outcomes(
    zone: Zone, script: Script, seconds: float, interval: float, **rules: float
) -> Iterator[tuple[float, Outcome]]:
    memory = NOTHING
    for number in range(round(seconds / interval) + 1):
        second = number * interval
        places = []
        for key, changes in script.items():
            state = _state(changes, second)
            if state != GONE:
                depth = -0.1 if state == OUT else 0.1
                places.append(ZonePosition(_track(key, counts=state != YOUNG, detected=state != HIDDEN), depth))
        outcome = evaluate(zone, memory, places, T0 + second, **rules)
        memory = outcome.memory
        yield second, outcome


def _fired(
    zone: Zone, script: Script, seconds: float, interval: float = 0.2, **rules: float
) -> list[tuple[float, str]]:
    return [
        (round(second, 3), "+".join(fired.tracks))
        for second, outcome in _outcomes(zone, script, seconds, interval, **rules)
        for fired in outcome.fired
    ]


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ({}, []),
        ({"a": [(0, OUT)]}, []),
        ({"a": [(0, IN)]}, [(0.6, "a")]),  # the first frame at or after 0.5 s
        ({"a": [(0, OUT), (1, IN)]}, [(1.6, "a")]),
        ({"a": [(0, IN), (0.4, OUT)]}, []),  # through in less than 0.5 s
        ({"a": [(0, IN), (0.4, OUT), (0.6, IN)]}, [(0.6, "a")]),  # one step outside does not end a stay
        ({"a": [(0, IN), (0.4, OUT), (1.0, IN)]}, [(1.6, "a")]),  # a longer one does
        ({"a": [(0, YOUNG)]}, []),
        ({"a": [(0, YOUNG), (0.8, IN)]}, [(0.8, "a")]),  # followed while young, fires once it counts
        ({"a": [(0, HIDDEN)]}, []),  # a predicted box is no proof
        ({"a": [(0, IN), (0.4, HIDDEN), (2.0, IN)]}, [(2.0, "a")]),
        ({"a": [(0, IN), (0.4, GONE), (2.0, IN)]}, [(2.0, "a")]),  # hidden behind a lorry
        ({"a": [(0, IN), (0.4, GONE), (4.0, IN)]}, [(4.6, "a")]),  # forgotten
        ({"a": [(0, IN), (5, OUT), (6, IN)]}, [(0.6, "a")]),  # out for a second: still the same stay
        ({"a": [(0, IN), (5, OUT), (7, IN)]}, [(0.6, "a"), (7.6, "a")]),  # out for two: another
        ({"a": [(0, IN)], "b": [(2, IN)]}, [(0.6, "a"), (2.6, "b")]),
        ({"a": [(0, IN)], "b": [(0, IN)]}, [(0.6, "a"), (0.6, "b")]),
    ],
)
def test_intrusion(script: Script, expected: list[tuple[float, str]]) -> None:
    assert _fired(a_zone(), script, 10) == expected


@pytest.mark.parametrize(
    ("script", "seconds", "loiter", "expected"),
    [
        ({"a": [(0, IN)]}, None, None, [(60.0, "a")]),  # the default
        ({"a": [(0, IN)]}, None, 20, [(20.0, "a")]),  # the setting
        ({"a": [(0, IN)]}, 30.0, 20, [(30.0, "a")]),  # the zone's own time comes first
        ({"a": [(0, IN), (19.5, OUT)]}, 20.0, None, []),
        ({"a": [(0, IN), (10, OUT), (11.6, IN)]}, 20.0, None, [(20.0, "a")]),  # a step outside of a tenth of the time
        ({"a": [(0, IN), (10, OUT), (13, IN)]}, 20.0, None, [(33.0, "a")]),
        ({"a": [(0, IN)], "b": [(30, IN)]}, 20.0, None, [(20.0, "a"), (50.0, "b")]),
        ({"a": [(0, IN), (15, GONE)], "b": [(16, IN)]}, 20.0, None, [(36.0, "b")]),  # times of two are not added
    ],
)
def test_loitering(
    script: Script, seconds: float | None, loiter: float | None, expected: list[tuple[float, str]]
) -> None:
    rules = {} if loiter is None else {"loiter_seconds": loiter}
    zone = a_zone(situation="loitering", seconds=seconds)
    assert _fired(zone, script, 65, **rules) == expected


def _crowd(number: int, since: float = 0, *more: tuple[float, str]) -> Script:
    return {f"p{i}": [(since, IN), *more] for i in range(number)}


@pytest.mark.parametrize(
    ("people", "script", "expected"),
    [
        (None, _crowd(4), []),
        (None, _crowd(5), [(5.0, "p0+p1+p2+p3+p4")]),
        (3, _crowd(3), [(5.0, "p0+p1+p2")]),
        (3, _crowd(2) | {"late": [(8, IN)]}, [(13.0, "p0+p1+late")]),
        (3, _crowd(3, 0, (4, OUT)), []),
        (3, _crowd(2) | {"c": [(0, IN), (2, OUT), (3, IN)]}, [(5.0, "p0+p1+c")]),  # below for a second
        (3, _crowd(2) | {"c": [(0, IN), (2, OUT), (4, IN)]}, [(9.0, "p0+p1+c")]),  # below for two: begins anew
        (3, _crowd(2) | {"c": [(0, IN), (2, HIDDEN)]}, [(5.0, "p0+p1+c")]),  # a crowd hides people
        (3, _crowd(2) | {"c": [(0, YOUNG)]}, []),
        (3, _crowd(3) | {"d": [(8, IN)]}, [(5.0, "p0+p1+p2")]),  # a growing crowd is the same one
        (3, _crowd(3, 0, (7, OUT), (10, IN)), [(5.0, "p0+p1+p2"), (15.0, "p0+p1+p2")]),  # dispersed, then again
    ],
)
def test_density(people: int | None, script: Script, expected: list[tuple[float, str]]) -> None:
    assert _fired(a_zone(situation="density", people=people), script, 20) == expected


def test_a_crowd_seen_at_two_distant_moments_is_not_a_crowd_in_between() -> None:
    zone = a_zone(situation="density", people=3)
    assert _fired(zone, _crowd(3), 120, interval=60) == []


Walk = list[tuple[float, float, float]]
"""second, signed distance to the line in heights of the person (0.2), place along the line."""


def _crossings(walk: Walk, *, both_ways: bool = False, young_until: float = -1.0) -> list[float]:
    zone = a_zone(situation="line_crossing", points=((0.2, 0.5), (0.8, 0.5)), both_ways=both_ways)
    memory, fired = NOTHING, []
    for second, side, along in walk:
        place = ZonePosition(_track("a", counts=second > young_until), side * 0.2, along)
        outcome = evaluate(zone, memory, [place], T0 + second)
        memory = outcome.memory
        fired += [second] * len(outcome.fired)
    return fired


L2R: Walk = [(0, -0.5, 0.5), (0.2, -0.2, 0.5), (0.4, 0.2, 0.5), (0.6, 0.5, 0.5)]
R2L: Walk = [(t, -side, along) for t, side, along in L2R]


def _later(walk: Walk, seconds: float) -> Walk:
    return [(t + seconds, side, along) for t, side, along in walk]


@pytest.mark.parametrize(
    ("walk", "both_ways", "expected"),
    [
        (L2R, False, [0.4]),
        (R2L, False, []),
        (L2R, True, [0.4]),
        (R2L, True, [0.4]),
        ([(0, -0.5, 0.5), (0.2, 0.01, 0.5), (0.4, 0.02, 0.5)], False, []),  # on the line is not beyond it
        ([(0, -0.5, 0.5), (0.2, 0.01, 0.5), (0.4, 0.2, 0.5)], False, [0.4]),
        ([(i / 5, 0.02 if i % 2 else -0.02, 0.5) for i in range(20)], True, []),  # trembles on the line
        ([(0, -0.5, 1.2), (0.2, 0.5, 1.2)], False, []),  # past the line's end
        ([(0, -0.5, 0.8), (0.2, 0.5, 1.6)], False, []),  # would meet it beyond its end
        ([(0, -0.5, 0.2), (0.2, 0.5, 1.6)], False, [0.2]),  # meets it at 0.9
        ([(0, -0.5, 1.5), (0.2, -0.5, 1.2), (0.4, 0.5, 1.2), (0.6, 0.5, 0.5)], False, []),  # around the end
        (L2R + _later(R2L, 0.8) + _later(L2R, 1.6), True, [0.4]),  # to and fro within 3 s: once
        (L2R + _later(R2L, 1.6) + _later(L2R, 3.2), False, [0.4, 3.6]),
    ],
)
def test_line_crossing(walk: Walk, both_ways: bool, expected: list[float]) -> None:
    assert _crossings(walk, both_ways=both_ways) == expected


def test_a_track_that_crosses_before_it_counts_fires_when_it_does() -> None:
    assert _crossings([*L2R, (0.8, 0.6, 0.5), (1.0, 0.6, 0.5)], young_until=0.7) == [0.8]


def test_a_predicted_box_crosses_no_line() -> None:
    zone = a_zone(situation="line_crossing", points=((0.2, 0.5), (0.8, 0.5)))
    memory = NOTHING
    for second, side, _ in L2R:
        outcome = evaluate(zone, memory, [ZonePosition(_track("a", detected=False), side, 0.5)], T0 + second)
        memory = outcome.memory
        assert not outcome.fired


def test_a_line_forgets_a_track_that_was_long_out_of_sight() -> None:
    assert _crossings([(0, -0.5, 0.5), (3, 0.5, 0.5)]) == []
    assert _crossings([(0, -0.5, 0.5), (2, 0.5, 0.5)]) == [2]


@pytest.mark.parametrize(
    ("zone", "script", "waits"),
    [
        (a_zone(situation="loitering"), {"a": [(0, IN)]}, True),
        (a_zone(situation="loitering"), {"a": [(0, OUT)]}, False),
        (a_zone(seconds=0.5), {"a": [(0, IN)]}, False),  # has fired
        (a_zone(situation="density", people=2, seconds=30), _crowd(2), True),
        (a_zone(situation="density", people=3, seconds=30), _crowd(2), False),
    ],
)
def test_a_rule_says_that_somebodys_time_is_running(zone: Zone, script: Script, waits: bool) -> None:
    *_, (_, last) = _outcomes(zone, script, 5, 0.2)
    assert last.waiting is waits


def test_evaluating_changes_no_memory_in_place() -> None:
    zone = a_zone()
    first = evaluate(zone, NOTHING, [ZonePosition(_track("a"), 0.1)], T0)
    for _ in range(2):
        again = evaluate(zone, first.memory, [ZonePosition(_track("a"), 0.1)], T0 + 1)
        assert [fired.tracks for fired in again.fired] == [("a",)]
    assert not NOTHING.stays


def _at(hour: int, minute: int = 0) -> float:
    return datetime(2026, 9, 21, hour, minute, tzinfo=COUNTY_ZONE).timestamp()


@pytest.mark.parametrize(
    ("changes", "at", "expected"),
    [
        ({"situation": "intrusion"}, _at(12), 2),
        ({"situation": "intrusion"}, _at(21, 59), 2),
        ({"situation": "intrusion"}, _at(22), 1),
        ({"situation": "intrusion"}, _at(5, 59), 1),
        ({"situation": "intrusion"}, _at(6), 2),
        ({"situation": "intrusion", "key_area": True}, _at(12), 1),
        ({"situation": "intrusion", "priority": 4}, _at(23), 4),
        ({"situation": "line_crossing"}, _at(12), 2),
        ({"situation": "line_crossing"}, _at(23), 2),
        ({"situation": "density"}, _at(23), 2),
        ({"situation": "loitering"}, _at(23), 3),
        ({"situation": "loitering", "priority": 1}, _at(12), 1),
    ],
)
def test_priority_knows_the_night_the_key_area_and_the_zones_own(
    changes: dict[str, object], at: float, expected: int
) -> None:
    assert priority(a_zone(**changes), at) == expected


@pytest.mark.parametrize(
    ("night_from", "night_to", "hour", "night"),
    [(60, 300, 2, True), (60, 300, 0, False), (60, 300, 5, False), (1140, 420, 20, True), (1140, 420, 8, False),
     (0, 0, 3, False)],
)  # fmt: skip
def test_the_night_can_be_set(night_from: int, night_to: int, hour: int, night: bool) -> None:
    assert priority(a_zone(), _at(hour), night_from=night_from, night_to=night_to) == (1 if night else 2)


def test_the_codes_are_those_of_gb_t_28181() -> None:
    assert METHOD_VIDEO == 5
    kinds = {situation: row.kind for situation, row in SITUATIONS.items()}
    assert kinds == {"line_crossing": 5, "intrusion": 6, "loitering": 8, "density": 10}


@pytest.mark.parametrize(
    ("number", "probabilities", "expected"),
    [
        (1, [], 0.0),
        (1, [0.3], 0.3),
        (2, [1.0, 1.0], 1.0),
        (2, [1.0], 0.0),
        (1, [0.5, 0.5], 0.75),
        (2, [0.5, 0.5, 0.5], 0.5),
        (5, [0.9] * 5, 0.59049),
        (3, [0.2, 0.4, 0.9, 1.0], 0.9 * 0.52 + 0.1 * 0.08),
    ],
)
def test_how_likely_it_is_that_so_many_are_there(number: int, probabilities: list[float], expected: float) -> None:
    """The last row by hand: of .2 and .4 one at least is there with .52, both with .08."""
    assert at_least(number, probabilities) == pytest.approx(expected)
