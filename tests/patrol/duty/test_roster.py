"""The roster: what each entry's state is and since when; who may be planned; breaks, hand-over, check-ins."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from sqlalchemy import select

from lianqin.audit import Actor
from lianqin.db import Store
from lianqin.errors import ConflictError, LianqinError, NotFoundError
from lianqin.testing import T0
from patrol.county.entries import CheckpointEntry
from patrol.county.tables import Checkpoint, Guard
from patrol.duty import breaks as duty
from patrol.duty import check_ins, roster, shifts
from patrol.duty.check_ins import Fate, Known, Punch, judge
from patrol.duty.fulfilment import Fulfilment, OnDuty, PlannedEntry, fulfil
from patrol.duty.roster import EntryPlan
from patrol.duty.tables import CheckInRow, RosterEntry
from patrol.judging.facts import Gap
from patrol.worker.pipeline import breaks_of

H = 3600.0
BEGIN, END = T0 + H, T0 + 9 * H


def became(shifts: list[tuple[float, float | None]], now: float) -> Fulfilment:
    duties = [OnDuty(f"s{n}", "G01", "A1", None, *one) for n, one in enumerate(shifts)]
    return fulfil(PlannedEntry("ro", "G01", "A1", None, BEGIN, END), duties, [], now)


@pytest.mark.parametrize(
    ("shifts", "now", "name", "since"),
    [
        ([], T0, "planned", BEGIN),
        ([], BEGIN + 599, "planned", BEGIN),
        ([], BEGIN + 600, "absent", BEGIN),
        ([], END + 9 * H, "absent", BEGIN),
        ([(BEGIN - 300, None)], BEGIN - 200, "present", BEGIN - 300),
        ([(BEGIN + 600, None)], BEGIN + 700, "present", BEGIN + 600),
        ([(BEGIN + 601, None)], BEGIN + 700, "late", BEGIN + 601),
        ([(BEGIN, END - 500)], END - 400, "ended", END - 500),
        ([(BEGIN, BEGIN + H)], BEGIN + 2 * H, "absent", BEGIN + H),
        ([(BEGIN, BEGIN + H)], END, "ended", BEGIN + H),
        ([(BEGIN, BEGIN + H), (BEGIN + 2 * H, None)], BEGIN + 3 * H, "present", BEGIN),
        ([(BEGIN, END + 60)], END + 100, "ended", END + 60),
        ([(T0 - 9 * H, T0 - 3 * H)], BEGIN + H, "absent", BEGIN),
        ([(END + 1, None)], END + 100, "absent", BEGIN),
    ],
)  # fmt: skip
def test_what_became_of_a_plan_and_since_when(
    shifts: list[tuple[float, Any]], now: float, name: str, since: float
) -> None:
    found = became(shifts, now)
    assert (found.state, found.since) == (name, since)


def plan(guard: str = "G01", begins: float = BEGIN, ends: float = END) -> EntryPlan:
    return EntryPlan(guard, "A1", begins, ends)


def test_absent_is_told_with_its_time_and_a_shift_makes_him_present(store: Store, actor: Actor) -> None:
    with store.write() as session:
        row_id = roster.do_plan(session, actor, plan(), None, T0).id
        assert roster.settle_due(session, BEGIN + 100) == 0
        assert roster.settle_due(session, BEGIN + 700) == 1
        assert roster.settle_due(session, BEGIN + 800) == 0
        row = session.get_one(RosterEntry, row_id)
        assert (row.state, row.state_at) == ("absent", BEGIN)
        [area] = [one for one in roster.manning(session, None, BEGIN + 900) if one.area_id == "A1"]
        assert (area.planned, area.on_shift, area.absent) == (1, 0, 1)
        shift = shifts.do_open(session, actor, "G01", None, 8, BEGIN + 1000)
        session.flush()
        roster.settle_due(session, BEGIN + 1001)
        assert (row.state, row.state_at, row.shift_id) == ("late", BEGIN + 1000, shift.id)


@pytest.mark.parametrize(
    ("made", "unit_id", "key"),
    [
        (plan(ends=BEGIN), None, "roster.span"), (plan(ends=BEGIN + 25 * H), None, "roster.span"),
        (plan("G99"), None, "guard.missing"), (plan(), "U9", "guard.missing"),
        (plan(begins=T0 + 2 * H), None, "roster.overlap"),
        (plan(begins=T0 + 9e8, ends=T0 + 9e8 + H), None, "shift.no_certificate"),
    ],
)  # fmt: skip
def test_what_cannot_be_planned_is_refused_with_its_reason(
    store: Store, actor: Actor, made: EntryPlan, unit_id: str | None, key: str
) -> None:
    with store.write() as session:
        roster.do_plan(session, actor, plan(), None, T0)
    with pytest.raises(LianqinError) as error, store.write() as session:
        roster.do_plan(session, actor, made, unit_id, T0)
    assert error.value.key == key


def test_a_week_is_copied_once_and_what_clashes_is_counted(store: Store, actor: Actor) -> None:
    week = 7 * 86_400
    with store.write() as session:
        unit_id = roster.do_plan(session, actor, plan(), None, T0).unit_id
        roster.do_plan(session, actor, plan("G02"), None, T0)
        assert roster.do_copy_week(session, actor, unit_id, T0, from_at=T0, to_at=T0 + week) in {(2, 0), (1, 0)}
        assert roster.do_copy_week(session, actor, unit_id, T0, from_at=T0, to_at=T0 + week)[0] == 0


def test_an_excuse_needs_its_reason_and_stands(store: Store, actor: Actor) -> None:
    with store.write() as session:
        row = roster.do_plan(session, actor, plan(), None, T0)
        with pytest.raises(LianqinError):
            roster.do_set(session, actor, row, "excused", T0)
        roster.do_set(session, actor, row, "excused", T0, note="病假")
        roster.settle_due(session, END)
        assert (row.state, row.note) == ("excused", "病假")
        with pytest.raises(ConflictError):
            roster.do_set(session, actor, row, "cancelled", T0)


def test_breaks_are_kept_limited_and_reach_the_facts(store: Store, actor: Actor) -> None:
    with store.write() as session:
        shift_id = shifts.do_open(session, actor, "G01", None, 8, T0).id
        duty.do_break_begin(session, actor, shift_id, "meal", T0 + 100)
        with pytest.raises(ConflictError, match="already"):
            duty.do_break_begin(session, actor, shift_id, "meal", T0 + 200)
        duty.do_break_end(session, actor, shift_id, T0 + 100 + H)
        with pytest.raises(ConflictError, match="used up"):
            duty.do_break_begin(session, actor, shift_id, "rest", T0 + 2 * H)
        assert breaks_of(session, [shift_id]) == {shift_id: [Gap(T0 + 100, T0 + 100 + H)]}


def test_a_hand_over_ends_one_shift_and_begins_the_other_at_one_moment(store: Store, actor: Actor) -> None:
    with store.write() as session:
        first = shifts.do_open(session, actor, "G01", None, 8, T0)
        unit_id = first.unit_id
        other = session.scalars(select(Guard).where(Guard.unit_id == unit_id, Guard.id != "G01")).first()
        assert other is not None
        him = Actor("a-2", other.name, "guard", unit_id, other.id)
        offer = duty.do_offer(session, actor, first.id, other.id, T0 + 60, kind="relief")
        with pytest.raises(ConflictError):
            duty.do_offer(session, actor, first.id, other.id, T0 + 61, kind="relief")
        with pytest.raises(NotFoundError):
            duty.do_accept(session, actor, offer.id, T0 + 100)
        done = duty.do_accept(session, him, offer.id, T0 + 100)
        second = shifts.get_shift(session, done.to_shift_id or "")
        assert (first.closed_at, second.opened_at, second.area_id) == (T0 + 100, T0 + 100, first.area_id)
        with pytest.raises(NotFoundError):
            duty.do_refuse(session, him, offer.id, T0 + 101)


SPOT, FAR = Known("c1", "A1", 119.2, 34.0, 25), Known("c2", "A2", 119.3, 34.0, 25)


@pytest.mark.parametrize(
    ("punch", "by_code", "fate"),
    [
        (Punch("p", "qr", T0, "x"), SPOT, Fate(counts=True, checkpoint_id="c1")),
        (Punch("p", "qr", T0, "x", 119.2001, 34.0, 10), SPOT, Fate(counts=True, checkpoint_id="c1")),
        (Punch("p", "qr", T0, "x", 119.21, 34.0, 10), SPOT, Fate(counts=False, why="too_far", checkpoint_id="c1")),
        (Punch("p", "nfc", T0, "x"), None, Fate(counts=False, why="unknown_code")),
        (Punch("p", "qr", T0, "x"), FAR, Fate(counts=False, why="other_area", checkpoint_id="c2")),
        (Punch("p", "gps", T0, "", 119.2002, 34.0, 20), None, Fate(counts=True, checkpoint_id="c1")),
        (Punch("p", "gps", T0, "", 119.2010, 34.0, 500), None, Fate(counts=False, why="too_far")),
        (Punch("p", "gps", T0), None, Fate(counts=False, why="no_place")),
        (Punch("p", "qr", T0 - 73 * H, "x"), SPOT, Fate(counts=False, why="too_late", checkpoint_id="c1")),
        (Punch("p", "qr", T0 + 500, "x"), SPOT, Fate(counts=False, why="clock_ahead", checkpoint_id="c1")),
        (Punch("p", "qr", T0 - 970, "x"), SPOT, Fate(counts=False, why="double", checkpoint_id="c1")),
    ],
)  # fmt: skip
def test_a_check_in_counts_or_says_why_not(punch: Punch, by_code: Known | None, fate: Fate) -> None:
    assert judge(punch, "A1", by_code, [SPOT], earlier=[("c1", T0 - 1000)], now=T0) == fate


@pytest.mark.parametrize("read", ["04:a2:1b:7f", "04A21B7F", "04 a2 1b 7f "])
def test_a_tag_is_known_however_its_reader_prints_it(store: Store, actor: Actor, read: str) -> None:
    spot = msgspec.convert(
        {"id": "A1-1", "area_id": "A1", "name": "点", "lon": 119.2, "lat": 34.0, "nfc_id": "04-A2-1b-7F"},
        CheckpointEntry,
    )
    with store.write() as session:
        session.get_one(Checkpoint, "A1-1").nfc_id = spot.nfc_id
        shifts.do_open(session, actor, "G01", None, 8, T0)
        row = check_ins.do_check_in(session, actor, "G01", Punch("p1", "nfc", T0 + 5, read), T0 + 5)
        assert (row.counts, row.checkpoint_id, row.method) == (True, "A1-1", "nfc")
        other = check_ins.do_check_in(session, actor, "G01", Punch("p2", "nfc", T0 + 90, "04:a2:1b:70"), T0 + 90)
        assert (other.counts, other.why) == (False, "unknown_code")


def test_a_check_in_sent_twice_is_one_and_off_shift_none_is_kept(store: Store, actor: Actor) -> None:
    with store.write() as session:
        session.get_one(Checkpoint, "A1-1").scan_code = "QR-A1-1"
        with pytest.raises(ConflictError, match="no shift"):
            check_ins.do_check_in(session, actor, "G01", Punch("p0", "qr", T0, "QR-A1-1"), T0)
        shifts.do_open(session, actor, "G01", None, 8, T0)
        for _ in range(2):
            row = check_ins.do_check_in(session, actor, "G01", Punch("p1", "qr", T0 + 30, "QR-A1-1"), T0 + 40)
            assert (row.counts, row.checkpoint_id) == (True, "A1-1")
        assert session.scalars(select(CheckInRow.id)).all() == ["p1"]
