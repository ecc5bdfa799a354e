"""Shifts that end in their ways, leave and swaps, rest rules, who is missing, and the month's table, through the API."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from console.access.tables import Account, LoginSession
from lianqin import keys
from lianqin.audit import Actor
from lianqin.records import Fix
from lianqin.testing import T0
from patrol.county.tables import Guard
from patrol.dispatch import nearest
from patrol.dispatch.tables import Dispatch
from patrol.duty import breaks, roster, shifts, silences
from patrol.duty.tables import RosterEntry, Shift
from patrol.trails.store import TrailStore
from patrol.worker import pipeline
from patrol.worker.loop import PatrolWorker
from patrol.worker.pipeline import Batch

H = 3600.0
CONFIRM = {"confirm": True, "reason": "家中有事"}


@pytest.fixture
def third(room: Any) -> Any:
    """A second guard of U1, with a page of his own."""
    with room.store.write() as session:
        session.add(Guard(id="G3", unit_id="U1", name="保安3", cert_no="C3", cert_valid_until="2030-01-01", phone="13800000003",
                          notice_signed_at=T0 - 1e6, default_area_id="A1"))  # fmt: skip
    with room.store.write() as session:
        session.add(Account(id="a-guard3", username="guard3", password_hash="-", role="guard", name="保安3", unit_id="U1",
                            guard_id="G3"))  # fmt: skip
    return room.visitor("a-guard3")


def worker(room: Any) -> PatrolWorker:

    return PatrolWorker(room.settings, room.store, room.redis, room.clock, threading.Event())


def later(room: Any, seconds: float) -> None:
    """Nobody is logged out meanwhile."""
    room.clock.advance(seconds)
    with room.store.write() as session:
        session.query(LoginSession).update({"last_seen_at": room.clock.now()})


def settle(room: Any) -> None:
    with room.store.write() as session:
        shifts.end_overdue(session, room.clock.now())
        roster.settle_due(session, room.clock.now())


def planned(
    room: Any, guard_id: str = "G1", begins: float = 2, ends: float = 10, role: str = "company", **more: Any
) -> Any:
    """Hours from T0."""
    body = {"guard_id": guard_id, "area_id": "A1", "begins_at": T0 + begins * H, "ends_at": T0 + ends * H} | more
    return room.role(role).post("/api/roster", body)


# --- the end of a shift


def test_ending_with_an_open_task_or_early_asks_and_closes_with_a_reason(room: Any) -> None:
    guard = room.role("guard")
    asked = guard.post("/api/m/shift/close", {})
    assert (asked.status_code, asked.json()["key"]) == (409, "shift.close_asks")
    assert ([one["id"] for one in asked.json()["values"]["tasks"]], asked.json()["values"]["minutes"]) == (["dp-1"], 60)
    assert guard.post("/api/m/shift/close").json()["key"] == "shift.close_asks"
    assert guard.post("/api/m/shift/close", {"confirm": True, "reason": " "}).json()["key"] == "shift.close_reason"
    done = guard.post("/api/m/shift/close", CONFIRM).json()
    assert (done["shift"]["closed_how"], done["shift"]["closed_note"]) == ("ended", "家中有事")
    assert room.audit("shift.close")[-1].detail == {"how": "ended", "note": "家中有事"}


@pytest.mark.parametrize(
    ("minutes", "task", "asks"), [(49, False, True), (51, False, False), (51, True, True), (70, False, False)]
)
def test_it_asks_only_while_something_is_open_or_the_end_is_far(
    room: Any, minutes: float, task: bool, asks: bool
) -> None:
    with room.store.write() as session:
        session.get_one(Dispatch, "dp-1").state = "called" if task else "done"
    visitor = room.role("guard")
    later(room, minutes * 60)
    answer = visitor.post("/api/m/shift/close", {})
    assert (answer.status_code == 409) == asks, answer.text


def test_an_end_by_mistake_is_taken_back_and_the_minutes_between_are_not_known(room: Any) -> None:
    guard = room.role("guard")
    assert guard.post("/api/m/shift/reopen").json()["key"] == "shift.already_open"
    guard.post("/api/m/shift/close", CONFIRM)
    later(room, 300)
    again = guard.post("/api/m/shift/reopen").json()["shift"]
    assert (again["id"], again["closed_at"], again["closed_how"], again["pauses"]) == ("S1", None, "", [[T0, T0 + 300]])
    assert room.audit("shift.reopen")
    settings = room.settings
    parts = pipeline.PipelineContext(settings, room.store, room.redis, TrailStore(settings.trails), room.clock)
    fixes = [Fix(f"f{n}", "d1", "G1", T0 + at, T0 + at, 34.0, 119.2, 5.0, 1.0, None, None) for n, at in
             enumerate(range(-60, 400, 20))]  # fmt: skip
    batch = Batch("b", fixes)
    pipeline.process(parts, batch)
    assert {fix.at for fix in batch.off_shift} == {fix.at for fix in fixes if T0 < fix.at < T0 + 300}
    with room.store.read() as session:
        facts = session.get_one(Shift, "S1").facts
    assert facts["unknown_s"] >= 300 - 20


@pytest.mark.parametrize(
    ("how", "after", "key"), [("guard", 601, "shift.reopen_late"), ("operator", 60, "shift.reopen_none")]
)
def test_an_end_stays_after_ten_minutes_or_when_the_operator_gave_it(
    room: Any, how: str, after: float, key: str
) -> None:
    if how == "guard":
        room.role("guard").post("/api/m/shift/close", CONFIRM)
    else:
        assert (
            room.role("operator").post("/api/shifts/S1/close", {"how": "sent_home"}).json()["shift"]["closed_how"]
            == "sent_home"
        )
    later(room, after)
    assert room.role("guard").post("/api/m/shift/reopen").json()["key"] == key


# --- left open


def test_a_shift_left_open_ends_two_hours_after_its_due_end_and_is_told(room: Any) -> None:
    works = worker(room)
    later(room, 3 * H - 1)
    works.tick()
    with room.store.read() as session:
        assert session.get_one(Shift, "S1").closed_at is None
    later(room, 23 * H)
    works.tick()
    with room.store.read() as session:
        row = session.get_one(Shift, "S1")
        assert (row.closed_at, row.closed_how, row.closed_by) == (T0 + 3 * H, "overdue", "system:patrol")
    seen = room.role("company").get("/api/company/now").json()
    assert [one["id"] for one in seen["overdue"]] == ["S1"]
    assert {row.object_id for row in room.audit("shift.close")} == {"S1", "S2"}
    assert room.role("guard").get("/api/m/duty").json()["last_shift"]["closed_how"] == "overdue"


def test_the_countys_own_hours_reach_the_shifts_that_run(room: Any) -> None:
    settings = room.settings.model_copy(update={"overdue_hours": 0.5})

    works = PatrolWorker(settings, room.store, room.redis, room.clock, threading.Event())
    later(room, 1.6 * H)
    works.tick()
    with room.store.read() as session:
        assert session.get_one(Shift, "S1").closed_at == T0 + 1.5 * H


def test_not_closed_is_not_on_duty_even_before_the_worker_has_seen_it(room: Any) -> None:
    """Calls, draws, the nearest, manning, lists, check-ins, the guard's page and the count of fixes off shift."""
    at = T0 + 26 * H
    later(room, 26 * H)
    planned(room, "G2", 27, 35, role="operator")
    operator = room.role("operator")
    assert operator.get("/api/shifts?state=open").json()["items"] == []
    assert len(operator.get("/api/shifts?state=closed").json()["items"]) == 2
    assert (
        operator.post("/api/point-calls", {"guard_id": "G1", "reason": "试一次点调"}).json()["key"] == "guard.off_shift"
    )
    assert operator.post("/api/draws", {"size": 1}).json()["key"] == "draw.empty"
    assert {one["on_shift"] for one in operator.get("/api/roster/manning").json()["items"]} == {0}
    assert room.role("guard").get("/api/m/state").json()["shift"] is None
    assert room.role("guard").post("/api/m/break/begin", {}).json()["key"] == "shift.missing"
    with room.store.read() as session:
        found = nearest.candidates(session, (119.2, 34.0), {}, at, 60)
        assert {one.reason_key for one in found} == {"off_shift"}
    parts = pipeline.PipelineContext(
        room.settings, room.store, room.redis, TrailStore(room.settings.trails), room.clock
    )
    fixes = [
        Fix(f"f{n}", "d1", "G1", when, at, 34.0, 119.2, 5.0, 1.0, None, None)
        for n, when in enumerate((T0 + 2 * H, T0 + 4 * H))
    ]
    batch = Batch("b", fixes)
    pipeline.find_shifts(parts, batch)
    assert ([one.id for one in batch.kept], [one.id for one in batch.off_shift]) == (["f0"], ["f1"])
    again = room.role("guard").post("/api/m/shift/open", {}).json()
    assert again["shift"]["opened_at"] == at


@pytest.mark.parametrize(("after", "runs"), [(H, True), (3 * H - 1, True), (3 * H + 1, False), (26 * H, False)],
                         ids=["on shift", "just before it ends by itself", "just after", "the day after"])  # fmt: skip
def test_what_belongs_to_a_shift_ends_with_it_though_nobody_closed_it(room: Any, after: float, runs: bool) -> None:
    """A break never ended, whom the platform waits for in a silence, who counts as seen live, and which shifts a silence touched."""
    now = T0 + after
    with room.store.write() as session:
        session.query(Dispatch).update({"state": "done"})
        breaks.do_break_begin(session, Actor(id="G1", name="保安1", role="guard"), "S1", "meal", T0)
        for n, extra in enumerate(("G1", "G2", "G3")):
            if extra == "G3":
                session.add(Guard(id="G3", unit_id="U1", name="保安3", cert_no="C3", cert_valid_until="2030-01-01", notice_signed_at=T0 - 1e6))  # fmt: skip
                session.flush()
                session.add(Shift(id="S3", guard_id="G3", unit_id="U1", area_id="A1", opened_at=T0 - H, opened_by="x", due_end_at=T0 + H, facts={}))  # fmt: skip
            room.redis.hset(keys.signs_of_life(), extra, repr(now - 400 + n))
    later(room, after)
    with room.store.read() as session:
        assert (breaks.guards_on_break(session, now) == {"G1"}) is runs
        reasons = {one.guard_id: one.reason_key for one in nearest.candidates(session, (119.2, 34.0), {}, now, 60)}
        assert reasons["G1"] == ("on_break" if runs else "off_shift")
    operator = room.role("operator")
    assert (operator.get("/api/silences").json()["since"] is not None) is runs
    room.role("officer").post("/api/live-look", {"purpose": "incident", "case_ref": "案-20260009"})
    later(room, 60)
    looks = [one for one in room.role("guard").get("/api/m/state").json()["looks"] if one["kind"] == "live"]
    assert len(looks) == runs
    with room.store.write() as session:
        told = silences.do_note(session, silences.Silence(now - 400, now - 100, ("G1", "G2", "G3")), now)
    assert (told == ["S1", "S2", "S3"]) is (now - 400 + silences.LEAST_S < T0 + 3 * H)


def test_a_shift_is_due_as_the_roster_says(room: Any) -> None:
    room.role("operator").post("/api/shifts/S1/close")
    planned(room, begins=0.5, ends=12.5)
    shift = room.role("guard").post("/api/m/shift/open", {}).json()["shift"]
    assert (shift["due_end_at"], shift["overdue_at"]) == (T0 + 12.5 * H, T0 + 14.5 * H)


# --- planning


def test_a_plan_against_a_rest_rule_needs_a_reason_of_who_may(room: Any) -> None:
    assert planned(room).status_code == 200
    assert planned(room, begins=10 + 26 / 60, ends=14).json()["key"] == "roster.rest"
    denied = planned(room, begins=10 + 26 / 60, ends=14, role="operator", exception="顶岗")
    assert (denied.status_code, denied.json()["key"]) == (403, "roster.no_exception")
    done = planned(room, begins=10 + 26 / 60, ends=14, role="leader", exception="顶岗").json()["items"][0]
    assert done["exception"] == "顶岗"
    assert room.audit("roster.plan")[-1].detail["breaks"] == ["roster.rest"]
    assert planned(room, begins=-1, ends=4).json()["key"] == "roster.past"


def test_leave_is_asked_for_and_granted_with_a_word_and_the_roster_follows(room: Any) -> None:
    [entry] = planned(room).json()["items"]
    guard, company = room.role("guard"), room.role("company")
    span = {"from_at": T0 + H, "to_at": T0 + 24 * H}
    assert guard.post("/api/m/leave", span | {"reason": ""}).json()["key"] == "roster.reason"
    asked = guard.post("/api/m/leave", span | {"reason": "看病"}).json()["request"]
    assert guard.post("/api/m/leave", span | {"reason": "看病"}).json()["key"] == "roster_request.double"
    path = f"/api/roster/requests/{asked['id']}"
    assert company.get("/api/roster/requests").json()["items"][0]["guard_name"] == "保安1"
    assert company.post(path, {"decision": "granted", "note": ""}).json()["key"] == "roster_request.word"
    assert company.post(path, {"decision": "granted", "note": "同意"}).json()["request"]["state"] == "granted"
    assert company.post(path, {"decision": "refused", "note": "不"}).json()["key"] == "roster_request.state"
    with room.store.read() as session:
        row = session.get_one(RosterEntry, entry["id"])
        assert (row.state, row.note) == ("excused", "看病")
    assert planned(room, begins=12, ends=20).json()["key"] == "roster.on_leave"
    assert [row.action for row in room.audit() if row.action.startswith("roster_request")] == [
        "roster_request.ask",
        "roster_request.granted",
    ]


def test_a_swap_needs_both_guards_and_the_company(room: Any, third: Any) -> None:
    [mine] = planned(room).json()["items"]
    [other] = planned(room, "G3", 26, 34).json()["items"]
    guard, company = room.role("guard"), room.role("company")
    form = {"entry_id": mine["id"], "other_guard_id": "G3", "other_entry_id": other["id"], "reason": "调班"}
    assert guard.post("/api/m/swap", form | {"other_guard_id": "G2"}).json()["key"] == "guard.missing"
    assert guard.post("/api/m/swap", form | {"entry_id": other["id"]}).json()["key"] == "roster.missing"
    asked = guard.post("/api/m/swap", form).json()["request"]
    decide = f"/api/roster/requests/{asked['id']}", {"decision": "granted", "note": "可以"}
    assert company.post(*decide).json()["key"] == "roster_request.not_agreed"
    assert guard.post(f"/api/m/requests/{asked['id']}/agree").json()["key"] == "roster_request.missing"
    assert third.post(f"/api/m/requests/{asked['id']}/agree").json()["request"]["state"] == "agreed"
    assert company.post(*decide).json()["request"]["state"] == "granted"
    with room.store.read() as session:
        assert session.get_one(RosterEntry, mine["id"]).guard_id == "G3"
        assert session.get_one(RosterEntry, other["id"]).guard_id == "G1"
    assert len(room.audit("roster.swap")) == 2


def test_a_swap_that_breaks_a_rest_rule_is_refused_and_changes_nothing(room: Any, third: Any) -> None:
    [mine] = planned(room).json()["items"]
    planned(room, "G3", 12, 20)
    asked = (
        room.role("guard")
        .post("/api/m/swap", {"entry_id": mine["id"], "other_guard_id": "G3", "reason": "调班"})
        .json()["request"]
    )
    third.post(f"/api/m/requests/{asked['id']}/agree")
    answer = room.role("company").post(f"/api/roster/requests/{asked['id']}", {"decision": "granted", "note": "可以"})
    assert answer.json()["key"] == "roster.rest"
    with room.store.read() as session:
        assert session.get_one(RosterEntry, mine["id"]).guard_id == "G1"


# --- who is missing, and the month


def test_who_is_missing_is_listed_with_who_could_stand_in_and_a_stand_in_fills_the_place(room: Any, third: Any) -> None:
    with room.store.write() as session:
        session.get_one(Guard, "G1").phone = "13900000001"
    room.role("operator").post("/api/shifts/S1/close", {"how": "ill", "note": "发烧"})
    [entry] = planned(room, begins=0.1, ends=8).json()["items"]
    later(room, 0.5 * H)
    settle(room)
    company = room.role("company")
    [one] = company.get("/api/company/now").json()["missing"]
    assert (one["id"], one["phone"], one["missing_since"], one["why"]) == (
        entry["id"],
        "13900000001",
        T0 + 0.1 * H,
        "no_show",
    )
    assert [other["guard_id"] for other in one["stand_ins"]] == ["G3"]
    assert one["stand_ins"][0]["phone"] == "13800000003"
    made = company.post(f"/api/roster/{entry['id']}/stand-in", {"guard_id": "G3"}).json()["entry"]
    assert (made["covers_id"], made["begins_at"], made["ends_at"]) == (entry["id"], T0 + 0.5 * H, T0 + 8 * H)
    third.post("/api/m/shift/open", {})
    later(room, 0.25 * H)
    settle(room)
    assert company.get("/api/company/now").json()["missing"] == []
    [area] = company.get("/api/roster/manning").json()["items"]
    assert (area["planned"], area["on_shift"], area["absent"]) == (1, 1, 0)
    assert room.role("officer").get("/api/company/now").status_code == 200


def test_certificates_about_to_end_are_listed_to_their_company(room: Any) -> None:
    with room.store.write() as session:
        session.get_one(Guard, "G1").cert_valid_until = "2026-10-21"
        session.get_one(Guard, "G2").cert_valid_until = "2026-09-01"
    mine = room.role("company").get("/api/company/now").json()["certificates"]
    assert [(one["id"], one["over"]) for one in mine] == [("G1", False)]
    assert [(one["id"], one["over"]) for one in room.role("leader").get("/api/company/now").json()["certificates"]] == [
        ("G2", True),
        ("G1", False),
    ]


def test_the_months_table_counts_each_guard_and_unit_and_is_exported_with_a_mark(room: Any) -> None:
    room.role("operator").post("/api/shifts/S1/close")
    planned(room, begins=1, ends=9)
    planned(room, begins=25, ends=33)
    with room.store.write() as session:
        session.add(Shift(id="S9", guard_id="G1", unit_id="U1", area_id="A1", opened_at=T0 + 1.5 * H, opened_by="x", closed_at=T0 + 8 * H,
                          closed_how="ended", due_end_at=T0 + 9 * H, facts={}))  # fmt: skip
    later(room, 40 * H)
    company = room.role("company")
    items = company.get("/api/company/month?month=2026-09").json()["items"]
    assert [(one["unit_id"], one["guard_id"]) for one in items] == [("U1", None), ("U1", "G1")]
    figures = items[1]["figures"]
    counted = (
        "planned",
        "planned_h",
        "present",
        "late",
        "late_min",
        "early",
        "early_min",
        "absent",
        "absent_min",
        "excused",
    )
    assert [figures[name] for name in counted] == [2, 16, 1, 1, 30, 1, 60, 1, 30 + 60 + 480, 0]
    assert figures["hours"] == pytest.approx(1 + 6.5)
    assert {
        one["unit_id"] for one in room.role("operator").get("/api/company/month?month=2026-09").json()["items"]
    } == {"U1", "U2"}
    assert company.get("/api/company/month?month=2026-13").json()["key"] == "month.wrong"
    file = company.get("/api/company/month.csv?month=2026-09")
    assert "Minutes absent" in file.text
    assert "保安2" not in file.text
    assert company.get("/api/company/month.xlsx?month=2026-09").content[:2] == b"PK"
    assert [row.detail["file"] for row in room.audit("company.export")] == ["month-2026-09.csv", "month-2026-09.xlsx"]
