"""What many pages read in one moment is worked out once, and is never older than what the feed told."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy.orm import Session

from console.http.shared_reads import KEPT, STANDS_S, SharedReads
from lianqin import feed
from lianqin.db import Store
from lianqin.errors import NotFoundError
from lianqin.testing import FakeClock

PAGES = 10


class Made:
    """Counts how often an answer was worked out."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self, _: Session) -> bytes:
        self.times += 1
        return f"{self.times}".encode()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def shared(store: Store, clock: FakeClock) -> SharedReads:
    return SharedReads(store, clock)


def test_ten_pages_that_ask_together_cost_one_answer(shared: SharedReads) -> None:
    asked, second, times = threading.Barrier(PAGES), threading.Event(), list[int]()

    def slow(_: Session) -> bytes:
        times.append(1)
        if len(times) > 1:
            second.set()
        second.wait(0.3)  # so long a second one could begin to work it out
        return b"seen"

    def page() -> bytes:
        asked.wait()
        return shared.read("al-1", slow)

    with ThreadPoolExecutor(PAGES) as pages:
        found = [one.result() for one in [pages.submit(page) for _ in range(PAGES)]]
    assert (found, len(times)) == ([b"seen"] * PAGES, 1)


def _told(store: Store, clock: FakeClock) -> None:
    with store.write() as session:
        feed.push(session, "camera", "C01", at=clock.now())


@pytest.mark.parametrize(
    ("between", "times"),
    [
        (lambda store, clock: None, 1),
        (lambda store, clock: clock.advance(STANDS_S * 0.9), 1),
        (lambda store, clock: clock.advance(STANDS_S * 1.1), 2),
        (_told, 2),
    ],
    ids=["nothing happened", "a moment passed", "it stood too long", "something was told since"],
)
def test_an_answer_stands_until_something_is_told_or_its_time_is_over(
    shared: SharedReads, store: Store, clock: FakeClock, between: Callable[[Store, FakeClock], None], times: int
) -> None:
    made = Made()
    shared.read("al-1", made)
    between(store, clock)
    assert (shared.read("al-1", made), made.times) == (f"{times}".encode(), times)


def test_what_could_not_be_worked_out_is_tried_anew(shared: SharedReads) -> None:
    made = Made()

    def missing(_: Session) -> bytes:
        raise NotFoundError("alert.missing", "no alert al-1")

    assert shared.read("al-1", made) == b"1"
    for _ in range(2):
        with pytest.raises(NotFoundError):
            shared.read("al-2", missing)
    assert shared.read("al-2", made) == b"2"


def test_few_answers_are_kept_the_last_asked_for_stay(shared: SharedReads) -> None:
    made = Made()
    shared.read("first", made)
    for n in range(KEPT - 1):
        shared.read(f"al-{n}", made)
    shared.read("first", made)
    shared.read("one-more", made)  # al-0 goes, the longest not asked for
    before = made.times
    shared.read("first", made)
    assert made.times == before
    shared.read("al-0", made)
    assert made.times == before + 1
