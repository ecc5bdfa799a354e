"""One happening is one alert."""

from __future__ import annotations

import pytest

from detect.suppress import Happening, add, belongs_to, still_open

FIRST = Happening("k1", "gate", 100.0, frozenset({"a"}))
SECOND = Happening("k2", "gate", 170.0, frozenset({"b"}))


@pytest.mark.parametrize(
    ("rule", "tracks", "at", "key"),
    [
        ("gate", ("a",), 101, "k1"),
        ("gate", ("c",), 159.9, "k1"),  # less than 60 s after it was raised
        ("gate", ("c",), 160, None),
        ("gate", ("a",), 160, "k1"),  # a track in common, however late
        ("gate", ("a",), 5000, "k1"),
        ("gate", ("c", "a"), 5000, "k1"),
        ("gate", ("c",), 200, "k2"),
        ("gate", ("a",), 200, "k1"),  # a track in common comes before the time
        ("gate", ("b",), 200, "k2"),
        ("yard", ("a",), 101, None),  # another rule of the same camera
    ],
)
def test_what_fires_again_joins_the_alert_it_belongs_to(
    rule: str, tracks: tuple[str, ...], at: float, key: str | None
) -> None:
    known = [FIRST, SECOND] if at >= SECOND.raised_at else [FIRST]
    found = belongs_to(known, rule, tracks, at)
    assert (found.key if found else None) == key


def test_later_tracks_are_added_and_counted_once() -> None:
    more = add(add(FIRST, ("b",)), ("a", "b", "c"))
    assert more.tracks == {"a", "b", "c"}
    assert more.merged == 2
    assert belongs_to([FIRST], "gate", ("c",), 500) is None
    assert belongs_to([more], "gate", ("c",), 500) is more


def test_merging_does_not_prolong_the_window() -> None:
    merged = add(FIRST, ("b",))  # at 150, say
    assert belongs_to([merged], "gate", ("z",), 161) is None


@pytest.mark.parametrize(
    ("alive", "at", "open_"), [((), 219, True), ((), 220, False), (("a",), 9000, True), (("b",), 9000, False)]
)
def test_a_happening_is_forgotten_when_it_is_old_and_its_tracks_are_gone(
    alive: tuple[str, ...], at: float, open_: bool
) -> None:
    assert still_open(FIRST, alive, at, 120) is open_
