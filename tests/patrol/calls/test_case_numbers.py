"""A case number is made by the machine, names a record, or has the form of a police case number; nothing else passes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from lianqin.audit import Actor
from lianqin.db import Store
from lianqin.errors import ConflictError, RecordError
from lianqin.testing import T0
from patrol import case_numbers
from patrol.checks import spot_checks
from patrol.checks.tables import CaseNumber, SpotCheck
from patrol.duty import shifts

DAY = 86_400.0


def _signed(session: Session, actor: Actor, shift_id: str, number: str) -> SpotCheck:
    return spot_checks.do_check(session, actor, "trail", "G01", shift_id, "own", number, "in_order", "", T0 + 60)


@pytest.mark.parametrize(
    ("ref", "passes"),
    [
        ("榆公(治)受案字〔2026〕1234号", True), ("A3201021000002026110001", True), ("案-20260007", True), ("JQ2026", True),
        ("Ａ２０２６１１２８", True), (" 案 2026 0007 ", True), ("警情2026/0012", True),
        ("x", False), ("", False), ("   ", False), ("案-7", False), ("CC-1", False), ("A2026", False), ("案案案案案案案", False),
        ("20261128001", False), ("-A20261128", False), ("SC-20261128-", False), ("SC-20261128-001", False), ("sc-20261128-001", False),
        ("ＳＣ－２０２６１１２８", False), ("A2026<b>11", False), ("A2026'; --", False), ("A2026\n1128\x00", False), ("😀A202611", False),
    ],
)  # fmt: skip
def test_a_police_case_number_is_known_by_its_form(ref: str, passes: bool) -> None:
    assert case_numbers.is_police_number(case_numbers.written(ref)) is passes


def test_the_machine_counts_the_spot_checks_of_each_county_day(store: Store, actor: Actor) -> None:
    with store.write() as session:
        found = [case_numbers.do_issue(session, actor, at) for at in (T0, T0 + 1, T0 + DAY)]
        midnight = case_numbers.do_issue(session, actor, 1790006399.0)  # 2026-09-21 23:59:59 in the county
        after = case_numbers.do_issue(session, actor, 1790006400.0)
    first, second, next_day = found
    assert (first[-4:], second[-4:], next_day[-4:]) == ("-001", "-002", "-001")
    assert midnight[:11] == "SC-20260921"
    assert after[:11] == "SC-20260922"


def test_numbers_asked_for_at_the_same_moment_are_all_different(store: Store, actor: Actor) -> None:
    def one(_: int) -> str:
        with store.write() as session:
            return case_numbers.do_issue(session, actor, T0)

    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(one, range(24)))
    assert sorted(found) == [case_numbers.spot_check_number("2026-09-21", n) for n in range(1, 25)]
    with store.read() as session:
        assert len(session.scalars(select(CaseNumber)).all()) == 24


def test_a_rolled_back_look_takes_no_number(store: Store, actor: Actor) -> None:
    def fails() -> None:
        with store.write() as session:
            case_numbers.do_issue(session, actor, T0)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    with store.write() as session:
        assert case_numbers.do_issue(session, actor, T0).endswith("-001")


@pytest.mark.parametrize(
    ("purpose", "ref", "key"),
    [
        ("spot_check", "SC-20260921-001", "case.spot_check"), ("spot_check", "x", "case.spot_check"),
        ("spot_check", "案-20260007", "case.spot_check"), ("incident", "x", "case.incident"), ("incident", "", "case.incident"),
        ("point_call", "pc-none", "case.point_call"), ("appeal", "SC-20260921-", "case.other"), ("complaint", "投诉", "case.other"),
        ("case", "?", "case.other"), ("maintenance", "12", "case.other"), ("case", "案" + "1" * 130, "case.long"),
    ],
)  # fmt: skip
def test_what_names_nothing_is_refused_for_every_purpose(
    store: Store, actor: Actor, purpose: str, ref: str, key: str
) -> None:
    with store.write() as session, pytest.raises(RecordError) as refused:
        case_numbers.do_case(session, actor, purpose, ref, T0)
    assert refused.value.key == key


def test_a_number_is_good_for_who_got_it_and_for_one_check(store: Store, actor: Actor) -> None:
    other = Actor(id="o2", name="乙", role="officer")
    with store.write() as session:
        shift = shifts.do_open(session, actor, "G01", None, 8, T0)
        session.flush()
        number = case_numbers.do_issue(session, actor, T0)
        with pytest.raises(RecordError):
            case_numbers.check_case(session, other, "spot_check", number)
        check = _signed(session, actor, shift.id, number)
        assert check.case_ref == number
        with pytest.raises(ConflictError, match=number):
            _signed(session, actor, shift.id, number)
        assert _signed(session, actor, shift.id, "").case_ref != number
        assert case_numbers.check_case(session, other, "appeal", number) == number
        assert case_numbers.check_case(session, other, "complaint", shift.id) == shift.id
