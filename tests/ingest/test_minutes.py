"""What a worker vouches for: seconds by what they were, cut at the minute, none of them twice."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.minutes import LONGEST_STEP_S, MinuteBook, Now
from lianqin.records import WatchMinute

T = 1_000_000 * 60.0


def told(one: WatchMinute) -> float:
    return one.watched_s + one.reduced_s + one.off_s + sum(one.blind.values())


def test_a_minute_is_told_once_it_is_over_with_what_it_was() -> None:
    book = MinuteBook("C1", "w1", T)
    done: list[WatchMinute] = []
    for second in range(1, 125):
        state = Now("ended" if 20 < second <= 35 else "", due=second * 5, looked=second * 5 - 1, dropped=second // 60)
        done += book.tell(T + second, state)
    assert [(one.minute - 1_000_000, one.watched_s, one.blind, one.dropped) for one in done] == [
        (0, 45.0, {"ended": 15.0}, 0),
        (1, 60.0, {}, 1),
    ]
    assert (done[0].due, done[0].looked) == (295, 294)
    assert book.so_far().watched_s == 4.0


@pytest.mark.parametrize(
    ("now", "field"),
    [(Now("slow"), "reduced_s"), (Now(reduced=True), "reduced_s"), (Now("clock_jump"), "watched_s"), (Now(off=True), "off_s"),
     (Now(), "watched_s")],
)  # fmt: skip
def test_what_counts_as_what(now: Now, field: str) -> None:
    book = MinuteBook("C1", "w1", T)
    for second in range(1, 61):
        book.tell(T + second, now)
    book = MinuteBook("C1", "w1", T)
    [one] = [one for second in range(1, 62) for one in book.tell(T + second, now)]
    assert getattr(one, field) == 60.0
    assert told(one) == 60.0


def test_a_worker_that_stood_still_vouches_for_nothing_of_that_time() -> None:
    book = MinuteBook("C1", "w1", T)
    for second in range(1, 11):
        book.tell(T + second, Now())
    [one] = book.tell(T + 200, Now())
    assert (one.minute, one.watched_s) == (1_000_000, 10.0)
    assert book.so_far().watched_s == LONGEST_STEP_S


def test_a_clock_set_back_doubles_no_second() -> None:
    book = MinuteBook("C1", "w1", T + 100)
    book.tell(T + 101, Now())
    assert [one.watched_s for one in book.tell(T + 30, Now())] == [1.0]
    book.tell(T + 31, Now())
    assert book.so_far().watched_s == 1.0


@given(st.lists(st.floats(0.1, 90.0), min_size=1, max_size=60), st.floats(0, 59))
def test_no_minute_has_more_than_its_seconds_and_none_is_told_twice(steps: list[float], begin: float) -> None:
    book, at, done = MinuteBook("C1", "w1", T + begin), T + begin, list[WatchMinute]()
    for step in steps:
        at += step
        done += book.tell(at, Now())
    done.append(book.so_far())
    assert all(told(one) <= 60.01 for one in done)
    minutes = [one.minute for one in done]
    assert minutes == sorted(set(minutes))
    vouched = sum(min(step, LONGEST_STEP_S) for step in steps)
    assert sum(told(one) for one in done) == pytest.approx(vouched, abs=0.01 * len(done) + 0.01)
