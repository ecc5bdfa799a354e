"""Who actually stood there: a table of cases. Hours count from the begin of the first entry, 08:00 to 16:00 at A1."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lianqin.testing import T0
from patrol.duty.fulfilment import FilledSpan, OnDuty, PlaceTakeOver, PlannedEntry, fulfil

H = 3600.0


def at(hours: float) -> float:
    """Hours of the day (24 and more: the next one)."""
    return T0 + (hours - 8) * H


def entry(
    begins: float = 8, ends: float = 16, *, guard: str = "G1", area: str = "A1", post: str | None = None, word: str = ""
) -> PlannedEntry:
    return PlannedEntry(f"{guard}-{area}-{begins}", guard, area, post, at(begins), at(ends), word)


def shift(name: str, begins: float, ends: float | None, how: str = "ended", *, area: str = "A1", post: str | None = None,
          due: float = 16) -> OnDuty:  # fmt: skip
    """`name`: the guard and a letter, e.g. `G1a`."""
    return OnDuty(
        name, name[:2], area, post, at(begins), None if ends is None else at(ends), how if ends else "", at(due)
    )


def take(one: str, other: str, hours: float) -> PlaceTakeOver:
    return PlaceTakeOver(one, other, at(hours))


FIRST, SECOND = entry(8, 12), entry(12, 16)
ELSEWHERE = entry(guard="G2", area="A2")
CASES: list[tuple[str, PlannedEntry, list[OnDuty], list[PlaceTakeOver], list[PlannedEntry], float, str, float, list[tuple[float, float, str]]]] = [
    # what, the entry, shifts, take-overs, other entries, now, state, since, holes
    ("nobody, early yet", entry(), [], [], [], 8.1, "planned", 8, []),
    ("nobody: a no-show", entry(), [], [], [], 11, "absent", 8, [(8, 11, "no_show")]),
    ("nobody to the end", entry(), [], [], [], 30, "absent", 8, [(8, 16, "no_show")]),
    ("there", entry(), [shift("G1a", 7.9, None)], [], [], 9, "present", 7.9, []),
    ("opened early", entry(), [shift("G1a", 7.5, None)], [], [], 7.6, "present", 7.5, []),
    ("late begin", entry(), [shift("G1a", 8.5, None)], [], [], 9, "late", 8.5, [(8, 8.5, "late")]),
    ("late begin, to the end", entry(), [shift("G1a", 8.5, 16)], [], [], 17, "ended", 16, [(8, 8.5, "late")]),
    ("within the grace", entry(), [shift("G1a", 8.1, 15.9)], [], [], 17, "ended", 15.9, []),
    ("hand-over mid shift", entry(), [shift("G1a", 8, 12, "handed_over"), shift("G2a", 12, None)], [take("G1a", "G2a", 12)], [], 13,
     "relieved", 12, []),
    ("hand-over mid shift, afterwards", entry(), [shift("G1a", 8, 12, "handed_over"), shift("G2a", 12, 16)],
     [take("G1a", "G2a", 12)], [], 17, "ended", 12, []),
    ("who took over left", entry(), [shift("G1a", 8, 12, "handed_over"), shift("G2a", 12, 14)], [take("G1a", "G2a", 12)], [], 17,
     "ended", 12, [(14, 16, "handed_over")]),
    ("handed on twice", entry(), [shift("G1a", 8, 10, "handed_over"), shift("G2a", 10, 12, "relieved"), shift("G3a", 12, None)],
     [take("G1a", "G2a", 10), take("G2a", "G3a", 12)], [], 13, "relieved", 10, []),
    ("relief by a guard planned elsewhere", entry(), [shift("G1a", 8, 12, "relieved"), shift("G2a", 8, 12, "moved", area="A2"),
     shift("G2b", 12, None)], [take("G1a", "G2b", 12)], [ELSEWHERE], 13, "relieved", 12, []),
    ("his own place meanwhile", ELSEWHERE, [shift("G1a", 8, 12, "relieved"), shift("G2a", 8, 12, "moved", area="A2"), shift("G2b", 12, None)],
     [take("G1a", "G2b", 12)], [], 13, "relieving", 12, [(12, 13, "relieving")]),
    ("who relieved before his own begin is not late", ELSEWHERE, [shift("G2b", 7, 9), shift("G2c", 9.4, None, area="A2")],
     [take("G1a", "G2b", 7)], [], 10, "present", 9.4, [(8, 9.4, "relieving")]),
    ("who relieved all day is not absent", ELSEWHERE, [shift("G2b", 7, 17)], [take("G1a", "G2b", 7)], [], 20, "relieving", 8,
     [(8, 16, "relieving")]),
    ("handed to one planned there himself", entry(), [shift("G1a", 8, 12, "handed_over"), shift("G2a", 8, None)],
     [take("G1a", "G2a", 12)], [entry(guard="G2")], 13, "ended", 12, [(12, 13, "handed_over")]),
    ("handed to the next shift a little early", entry(), [shift("G1a", 8, 15.5, "handed_over"), shift("G2a", 15.5, None, due=24)],
     [take("G1a", "G2a", 15.5)], [entry(16, 24, guard="G2")], 17, "ended", 15.5, []),
    ("and the next shift itself", entry(16, 24, guard="G2"), [shift("G1a", 8, 15.5, "handed_over"), shift("G2a", 15.5, None, due=24)],
     [take("G1a", "G2a", 15.5)], [], 17, "present", 15.5, []),
    ("the one before waited for who came late", entry(16, 24, guard="G2"), [shift("G1a", 8, 16.5, "handed_over"), shift("G2a", 16.5, None, due=24)],
     [take("G1a", "G2a", 16.5)], [], 17, "late", 16.5, []),
    ("operator ends", entry(), [shift("G1a", 8, 12, "operator")], [], [], 13, "ended", 12, [(12, 13, "operator")]),
    ("sent home ill", entry(), [shift("G1a", 8, 12, "ill")], [], [], 17, "ended", 12, [(12, 16, "ill")]),
    ("sent home", entry(), [shift("G1a", 8, 12, "sent_home")], [], [], 13, "ended", 12, [(12, 13, "sent_home")]),
    ("early end", entry(), [shift("G1a", 8, 12)], [], [], 13, "absent", 12, [(12, 13, "left")]),
    ("early end, afterwards", entry(), [shift("G1a", 8, 12)], [], [], 17, "ended", 12, [(12, 16, "left")]),
    ("two short shifts in one window", entry(), [shift("G1a", 8, 10), shift("G1b", 11, 16)], [], [], 17, "ended", 16, [(10, 11, "left")]),
    ("two short shifts, running", entry(), [shift("G1a", 8, 10), shift("G1b", 11, None)], [], [], 12, "present", 8, [(10, 11, "left")]),
    ("a shift over two adjoining entries, the first", FIRST, [shift("G1a", 8, None)], [], [SECOND], 13, "ended", 12, []),
    ("a shift over two adjoining entries, the second", SECOND, [shift("G1a", 8, None)], [], [FIRST], 13, "present", 8, []),
    ("the second before it begins", SECOND, [shift("G1a", 8, None)], [], [FIRST], 11, "planned", 12, []),
    ("a short entry wholly within a shift", entry(8, 9), [shift("G1a", 8, 16)], [], [entry(9, 16)], 17, "ended", 9, []),
    ("a late end makes no no-show present", SECOND, [shift("G1a", 8, 12.5)], [], [FIRST], 17, "absent", 12, [(12.5, 16, "left")]),
    ("an early begin makes no no-show present", FIRST, [shift("G1a", 11.5, 16)], [], [SECOND], 17, "absent", 8, [(8, 11.5, "late")]),
    ("past midnight", entry(22, 30), [shift("G1a", 22, 30, due=30)], [], [], 31, "ended", 30, []),
    ("past midnight, left", entry(22, 30), [shift("G1a", 22, 25, due=30)], [], [], 26, "absent", 25, [(25, 26, "left")]),
    ("at another place", entry(), [shift("G1a", 8, None, area="A2")], [], [], 11, "absent", 8, [(8, 11, "no_show")]),
    ("at another post of the area", entry(post="P1"), [shift("G1a", 8, None, post="P2")], [], [], 11, "absent", 8, [(8, 11, "no_show")]),
    ("at its post", entry(post="P1"), [shift("G1a", 8, None, post="P1")], [], [], 11, "present", 8, []),
    ("opened without a post", entry(post="P1"), [shift("G1a", 8, None)], [], [], 11, "present", 8, []),
    ("left open", entry(), [shift("G1a", 8, 18, "overdue")], [], [], 19, "ended", 16, []),
    ("ended by the clock within a longer plan", entry(8, 20), [shift("G1a", 8, 18, "overdue")], [], [], 19, "ended", 18, [(18, 19, "overdue")]),
    ("excused", entry(word="excused"), [], [], [], 17, "excused", 8, []),
    ("cancelled", entry(word="cancelled"), [shift("G1a", 8, 16)], [], [], 17, "cancelled", 8, []),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=[one[0] for one in CASES])
def test_an_entry_is_fulfilled_by_who_actually_stands_there(case: tuple[Any, ...]) -> None:
    _, planned, shifts, taken, entries, now, state, since, holes = case
    found = fulfil(planned, shifts, taken, at(now), entries=entries)
    said = [(round((one.from_at - T0) / H + 8, 3), round((one.to_at - T0) / H + 8, 3), one.why) for one in found.holes]
    assert (found.state, round((found.since - T0) / H + 8, 3), said) == (state, since, holes)


def test_late_and_early_are_told_in_seconds_and_only_of_who_came_and_went_by_himself() -> None:
    both = fulfil(entry(), [shift("G1a", 8.5, 15)], [], at(17))
    assert (both.late_s, both.early_s, both.own_s, both.absent_s) == (0.5 * H, H, 6.5 * H, 1.5 * H)
    ill = fulfil(entry(), [shift("G1a", 8, 15, "ill")], [], at(17))
    assert (ill.early_s, ill.absent_s, ill.filled_s) == (0, 0, 7 * H)
    handed = fulfil(
        entry(), [shift("G1a", 8, 12, "handed_over"), shift("G2a", 12, 16)], [take("G1a", "G2a", 12)], at(17)
    )
    assert (handed.early_s, handed.absent_s, handed.own_s, handed.filled_s) == (0, 0, 4 * H, 8 * H)


def test_who_is_missing_now_is_missing_since_nobody_stands_there() -> None:
    assert fulfil(entry(), [], [], at(9)).missing_since == at(8)
    assert fulfil(entry(), [], [], at(17)).missing_since is None
    assert fulfil(entry(), [shift("G1a", 8, 12, "ill")], [], at(13)).missing_since == at(12)
    assert fulfil(entry(), [shift("G1a", 8, None)], [], at(13)).missing_since is None
    covered = fulfil(entry(), [], [], at(13), stand_ins=[FilledSpan(at(9), at(13), "G3a", "relief")])
    assert (covered.state, covered.missing_since, covered.absent_s) == ("absent", None, H)


def test_the_shift_that_overlaps_most_is_named() -> None:
    assert fulfil(entry(), [shift("G1a", 8, 9), shift("G1b", 10, 16)], [], at(17)).shift_id == "G1b"


HOURS = st.floats(0, 40, allow_nan=False)


@given(st.lists(st.tuples(st.sampled_from(["G1", "G2"]), HOURS, st.floats(0, 9), st.sampled_from(["ended", "ill", "handed_over"])), max_size=5),
       HOURS)  # fmt: skip
def test_order_does_not_matter_and_filled_and_unfilled_never_overlap(
    spans: list[tuple[str, float, float, str]], now: float
) -> None:
    shifts = [shift(f"{who}{n}", begins, begins + length if begins + length <= now else None, how)
              for n, (who, begins, length, how) in enumerate(spans) if begins <= now]  # fmt: skip
    taken = [
        take(one.id, other.id, 10)
        for one in shifts
        for other in shifts
        if one.guard_id == "G1" and other.guard_id == "G2"
    ]
    found = fulfil(entry(), shifts, taken, at(now))
    assert found == fulfil(entry(), shifts[::-1], taken[::-1], at(now))
    for hole in found.holes:
        assert at(8) <= hole.from_at < hole.to_at <= min(at(16), at(now))
        assert not any(one.from_at < hole.to_at and one.to_at > hole.from_at for one in found.spans)
    assert found.state == "planned" or found.since <= at(now)
