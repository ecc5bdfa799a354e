"""The watch ledger's letters: what a minute was, from the seconds that workers account for."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from lianqin.records import FaultReason, WatchMinute
from lianqin.watch import BLIND, LETTERS, add_up, letter_of, share_of


def minute(watched: float = 0.0, worker: str = "w1", **fields: Any) -> WatchMinute:
    return WatchMinute("C1", 1, worker, watched, **fields)


@pytest.mark.parametrize(
    ("parts", "letter"),
    [
        ([minute(60)], "w"),
        ([minute(59, due=300, looked=298, dropped=2)], "w"),
        ([minute(60, due=300, looked=290, dropped=10)], "r"),
        ([minute(60, due=300, looked=100, dropped=200)], LETTERS["behind"]),
        ([minute(57.5, blind={"ended": 2.5})], "w"),
        ([minute(56, blind={"ended": 4.0})], "r"),
        ([minute(29, blind={"ended": 31.0})], LETTERS["ended"]),
        ([minute(0, blind={"black": 40.0, "ended": 20.0})], LETTERS["black"]),
        ([minute(20, blind={"black": 21.0, "silent": 19.0})], LETTERS["black"]),
        ([minute(50, reduced_s=10.0)], "r"),
        ([minute(0, off_s=60.0)], "-"),
        ([minute(20)], LETTERS["no_worker"]),
        ([minute(50)], "r"),
        ([minute(31), minute(28.5, "w2")], "w"),
        ([minute(20), minute(20, "w2")], "r"),
        ([], LETTERS["no_worker"]),
    ],
)
def test_a_minutes_letter_says_what_it_was(parts: list[WatchMinute], letter: str) -> None:
    assert letter_of(add_up(parts)) == letter


def test_every_reason_of_a_fault_has_a_letter_of_its_own_or_needs_none() -> None:
    assert len(LETTERS) == len(BLIND)
    assert set(get_args(FaultReason)) - set(LETTERS) == {"", "slow", "clock_jump"}
    assert not set("wr-.") & set(BLIND)


def test_the_share_counts_neither_what_is_off_nor_what_has_not_come() -> None:
    found = share_of(["www-..", "wrbn"])
    assert (found.watched, found.reduced, found.blind, found.share) == (4, 1, 2, 4 / 7)
    assert found.reasons == {"black": 1, "no_worker": 1}
    assert share_of(["--", ""]).share is None
