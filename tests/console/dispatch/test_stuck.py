"""A task that does not go on comes back to the top of the desk, with the next guard; an incident's end leaves nobody busy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from sqlalchemy import select

from console.app import make_app
from console.dispatch.stuck import StuckWatch
from console.incidents import incidents
from console.incidents.tables import Incident
from lianqin import audit, feed, keys
from lianqin.testing import T0, an_alert
from patrol.county.tables import Guard
from patrol.dispatch import dispatches
from patrol.dispatch.tables import Dispatch, Stuck
from patrol.duty.tables import Shift
from patrol.judging.presence import GuardPlace

HALF_A_KM = 0.0055
"""Degrees of longitude there."""


def put(room: Any, guard: str, off: float = HALF_A_KM, **changes: Any) -> None:
    """His last place, east of the incident by so many degrees, seen now."""
    now = room.clock.now()
    made = GuardPlace(
        f"G{guard}",
        f"保安{guard}",
        f"U{guard if guard != '3' else '1'}",
        f"S{guard}",
        "A1",
        119.2 + off,
        34.0,
        now,
        now,
    )
    room.redis.hset(keys.places(), f"G{guard}", msgspec.json.encode(msgspec.structs.replace(made, **changes)))


@pytest.fixture
def incident(room: Any, alert: Any) -> str:
    """Confirmed; three guards on shift and free, at 500, 1,000 and 1,500 m."""
    with room.store.write() as session:
        for row in session.scalars(select(Dispatch)):
            row.state = "done"
        session.add(Guard(id="G3", unit_id="U1", name="保安3", cert_no="C3", cert_valid_until="2030-01-01",
                          notice_signed_at=T0 - 1e6, default_area_id="A1"))  # fmt: skip
        session.flush()
        session.add(Shift(id="S3", guard_id="G3", unit_id="U1", area_id="A1", opened_at=T0 - 3600, opened_by="系统",
                          due_end_at=T0 + 36000, facts={}))  # fmt: skip
    for n in ("1", "2", "3"):
        put(room, n, HALF_A_KM * int(n))
    made: str = room.role("operator").post(f"/api/alerts/{alert.id}/confirm").json()["incident"]["id"]
    return made


def call(room: Any, incident: str, guard: str = "G1") -> str:
    answer = room.role("operator").post(f"/api/incidents/{incident}/dispatches", {"guard_id": guard})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["dispatch"]["id"])


def watch(room: Any) -> None:
    """One round of the thread, which takes two seconds of the clock."""
    StuckWatch(room.console).run_once()


def stuck(room: Any) -> list[tuple[str, str, str | None]]:
    """(guard, kind, next) of each row."""
    rows = room.role("operator").get("/api/stuck").json()["items"]
    return [(one["dispatch"]["guard_id"], one["kind"], one["next"] and one["next"]["guard_id"]) for one in rows]


def the_row(room: Any) -> str:
    [one] = room.role("operator").get("/api/stuck").json()["items"]
    return str(one["id"])


def test_a_call_that_nobody_accepts_in_thirty_seconds_comes_back_with_the_next_nearest_guard(
    room: Any, incident: str
) -> None:
    task = call(room, incident)
    room.clock.advance(27)
    watch(room)
    assert stuck(room) == []
    room.clock.advance(2)
    watch(room)
    assert stuck(room) == [("G1", "unanswered", "G2")]
    [row] = room.role("operator").get("/api/stuck").json()["items"]
    assert (row["since"] - T0, row["incident"]["alert_id"], row["dispatch"]["id"]) == (30, "al-0001", task)
    assert [(one.actor_id, one.detail["kind"]) for one in room.audit("dispatch.stuck")] == [
        ("system:patrol", "unanswered")
    ]
    watch(room)
    assert len(room.audit("dispatch.stuck")) == 1
    with room.store.read() as session:
        assert ("dispatch", task) in [(one.topic, one.object_id) for one in feed.after(session, 0)]


def test_the_next_guard_is_called_and_the_first_called_back_at_once_and_it_is_recorded(
    room: Any, incident: str
) -> None:
    task = call(room, incident)
    room.clock.advance(31)
    watch(room)
    stuck_id = the_row(room)
    answer = room.role("operator").post(f"/api/stuck/{stuck_id}/next", {"guard_id": "G2"})
    assert answer.status_code == 200, answer.text
    assert stuck(room) == []
    shown = room.role("operator").get(f"/api/incidents/{incident}").json()
    assert [(one["guard_id"], one["state"]) for one in shown["dispatches"]] == [("G1", "cancelled"), ("G2", "called")]
    [past] = shown["stuck"]
    assert (past["kind"], past["outcome"], past["ended_by"]) == ("unanswered", "next", "operator 甲")
    assert room.role("guard").get("/api/m/state").json()["dispatches"] == []
    again = room.visitor("a-operator2").post(f"/api/stuck/{stuck_id}/next", {"guard_id": "G3"}).json()
    assert (again["key"], again["values"]["outcome"]) == ("stuck.ended", "next")
    room.clock.advance(31)
    watch(room)
    assert stuck(room) == [("G2", "unanswered", "G3")]
    assert [one.object_id for one in room.audit("dispatch.cancel")] == [task]


def test_the_next_guard_who_can_t_go_leaves_everything_as_it_was(room: Any, incident: str) -> None:
    call(room, incident)
    room.clock.advance(31)
    watch(room)
    answer = room.role("operator").post(f"/api/stuck/{the_row(room)}/next", {"guard_id": "G9"})
    assert answer.json()["key"] == "guard.missing"
    assert stuck(room) == [("G1", "unanswered", "G2")]
    assert room.audit("dispatch.cancel") == []


def test_a_refusal_comes_back_at_once_and_the_next_call_takes_care_of_it(room: Any, incident: str) -> None:
    task = call(room, incident)
    room.role("guard").post(f"/api/m/dispatches/{task}/refuse", {"reason": "unable", "note": "伤"})
    assert stuck(room) == [("G1", "refused", "G2")]
    call(room, incident, "G3")
    assert stuck(room) == []
    [past] = room.role("operator").get(f"/api/incidents/{incident}").json()["stuck"]
    assert (past["kind"], past["outcome"], past["ended_by_id"]) == ("refused", "next", "a-operator")


def test_an_acceptance_ends_it_of_itself(room: Any, incident: str) -> None:
    task = call(room, incident)
    room.clock.advance(31)
    watch(room)
    room.role("guard").post(f"/api/m/dispatches/{task}/accept")
    assert stuck(room) == []
    [past] = room.role("operator").get(f"/api/incidents/{incident}").json()["stuck"]
    assert (past["outcome"], past["ended_by_id"]) == ("accepted", "a-guard")


def test_a_guard_who_accepted_and_does_not_move_comes_back_until_he_moves(room: Any, incident: str) -> None:
    task = call(room, incident)
    room.role("guard").post(f"/api/m/dispatches/{task}/accept")
    watch(room)
    for _ in range(12):
        room.clock.advance(9)
        put(room, "1", HALF_A_KM + 0.0001)
        watch(room)
    assert stuck(room) == [("G1", "still", "G2")]
    room.clock.advance(10)
    put(room, "1", HALF_A_KM - 0.0007)
    watch(room)
    assert stuck(room) == []
    [past] = room.role("operator").get(f"/api/incidents/{incident}").json()["stuck"]
    assert (past["kind"], past["outcome"]) == ("still", "moved")


def test_a_guard_of_whom_nothing_is_heard_is_overdue_and_not_still(room: Any, incident: str) -> None:
    task = call(room, incident)
    room.role("guard").post(f"/api/m/dispatches/{task}/accept")
    room.redis.delete(keys.places())
    for _ in range(30):
        room.clock.advance(20)
        watch(room)
    assert [one[:2] for one in stuck(room)] == [("G1", "overdue")]


def test_what_was_taken_care_of_with_a_word_comes_back_when_it_still_holds_a_term_later(
    room: Any, incident: str
) -> None:
    call(room, incident)
    room.clock.advance(31)
    watch(room)
    operator = room.role("operator")
    assert operator.post(f"/api/stuck/{the_row(room)}/note", {"note": " "}).json()["key"] == "stuck.note"
    assert operator.post(f"/api/stuck/{the_row(room)}/note", {"note": "电话已通，正在去"}).status_code == 200
    watch(room)
    assert stuck(room) == []
    steps = [
        one for one in operator.get("/api/alerts/al-0001").json()["timeline"] if one["key"].startswith("dispatch.")
    ]
    assert [one["key"] for one in steps] == ["dispatch.called", "dispatch.stuck", "dispatch.unstuck"]
    assert steps[-1]["values"]["note"] == "电话已通，正在去"
    room.clock.advance(31)
    watch(room)
    assert stuck(room) == [("G1", "unanswered", "G2")]


def test_it_survives_a_restart(room: Any, incident: str) -> None:
    call(room, incident)
    room.clock.advance(31)
    watch(room)
    anew = make_app(room.settings, room.store, room.redis, clock=room.clock, threads=False).state.console
    StuckWatch(anew).run_once()
    assert stuck(room) == [("G1", "unanswered", "G2")]
    assert len(room.audit("dispatch.stuck")) == 1


def test_without_redis_an_unanswered_call_comes_back_all_the_same(room: Any, incident: str, monkeypatch: Any) -> None:
    call(room, incident)
    room.clock.advance(31)
    monkeypatch.setattr("console.dispatch.stuck.places_or_none", lambda _console: None)
    watch(room)
    assert [one[:2] for one in stuck(room)] == [("G1", "unanswered")]


# --- several guards ---


def report_done(room: Any, incident: str, task: str) -> None:
    """Another guard than the one who has a phone here accepts, and is done."""
    actor, at = audit.system("patrol"), room.clock.now()
    with room.store.write() as session:
        dispatches.do_accept(session, actor, task, at)
        dispatches.do_done(session, actor, task, "无异常", at)
        incidents.do_handled(session, actor, incident, at)
    assert room.role("operator").get(f"/api/incidents/{incident}").json()["state"] == "handled"


@pytest.mark.parametrize("kind", ["unanswered", "still", "overdue"])
def test_who_is_still_under_way_is_followed_after_another_reported_done_and_can_be_called_back(
    room: Any, incident: str, kind: str
) -> None:
    task, operator = call(room, incident), room.role("operator")
    if kind != "unanswered":
        room.role("guard").post(f"/api/m/dispatches/{task}/accept")
    report_done(room, incident, call(room, incident, "G2"))
    for _ in range(45):
        room.clock.advance(13)
        for n in ("1", "3") if kind == "still" else ("3",):
            put(room, n, HALF_A_KM * int(n))
        if kind == "overdue":
            room.redis.hdel(keys.places(), "G1")
        watch(room)
        if stuck(room):
            break
    assert stuck(room) == [("G1", kind, "G3")]
    assert operator.post(f"/api/stuck/{the_row(room)}/next", {"guard_id": "G3"}).status_code == 200
    shown = operator.get(f"/api/incidents/{incident}").json()
    assert {one["guard_id"]: one["state"] for one in shown["dispatches"]} == {
        "G1": "cancelled", "G2": "done", "G3": "called"}  # fmt: skip
    assert (shown["state"], stuck(room)) == ("open", [])


def test_a_guard_who_is_done_settles_refusals_and_not_who_is_stuck_on_his_way(room: Any, incident: str) -> None:
    tasks = {guard: call(room, incident, guard) for guard in ("G1", "G2", "G3")}
    room.role("guard").post(f"/api/m/dispatches/{tasks['G1']}/refuse", {"reason": "unable", "note": "伤"})
    room.clock.advance(31)
    watch(room)
    assert sorted(one[:2] for one in stuck(room)) == [("G1", "refused"), ("G2", "unanswered"), ("G3", "unanswered")]
    report_done(room, incident, tasks["G3"])
    watch(room)
    assert [one[:2] for one in stuck(room)] == [("G2", "unanswered")]
    shown = room.role("operator").get(f"/api/incidents/{incident}").json()
    assert {one["dispatch_id"]: one["outcome"] for one in shown["stuck"]} == {
        tasks["G1"]: "handled", tasks["G2"]: "", tasks["G3"]: "accepted"}  # fmt: skip
    assert room.role("operator").post(f"/api/incidents/{incident}/close", {"note": "完"}).json()["values"] == {
        "names": ["保安2"], "count": 1}  # fmt: skip


@pytest.mark.parametrize(
    ("sentence", "said"),
    [("{names}", "保安1、保安3"), ("{names:、}", "保安1、保安3"), ("{names:, }", "保安1, 保安3")],
)
def test_a_sentence_says_itself_how_it_joins_names(sentence: str, said: str) -> None:
    assert sentence.format(names=incidents.JoinedNames(["保安1", "保安3"])) == said


# --- the end of an incident ---


def close(room: Any, incident: str) -> None:
    body = {"note": "完", "cancel_calls": True}
    assert room.role("operator").post(f"/api/incidents/{incident}/close", body).status_code == 200


def undo(room: Any, incident: str) -> None:
    operator = room.role("operator")
    for one in operator.get(f"/api/incidents/{incident}").json()["dispatches"]:
        if one["state"] in {"called", "accepted", "arrived"}:
            assert operator.post(f"/api/dispatches/{one['id']}/cancel").status_code == 200
    assert operator.post("/api/alerts/al-0001/reopen").status_code == 200


def left_by_an_older_program(room: Any, incident: str) -> None:
    with room.store.write() as session:
        row = session.get_one(Incident, incident)
        row.state, row.closed_at, row.closed_by = "closed", T0, "operator 甲"
    watch(room)


PATHS: tuple[Callable[[Any, str], None], ...] = (close, undo, left_by_an_older_program)


@pytest.mark.parametrize("end", PATHS, ids=lambda path: path.__name__)
@pytest.mark.parametrize("state", ["called", "stuck", "accepted", "arrived", "refused"])
def test_every_way_to_end_an_incident_leaves_no_task_open_and_nobody_busy(
    room: Any, incident: str, end: Callable[[Any, str], None], state: str
) -> None:
    task = call(room, incident)
    guard = room.role("guard")
    if state == "stuck":
        room.clock.advance(31)
        watch(room)
    elif state == "refused":
        guard.post(f"/api/m/dispatches/{task}/refuse", {"reason": "unable", "note": "伤"})
    elif state != "called":
        guard.post(f"/api/m/dispatches/{task}/accept")
    if state == "arrived":
        with room.store.write() as session:
            row = session.get_one(Dispatch, task)
            row.state, row.arrived_at, row.arrived_fix_id = "arrived", T0 + 60, "fx-1"
    end(room, incident)
    with room.store.read() as session:
        row = session.get_one(Dispatch, task)
        assert row.state == ("refused" if state == "refused" else "cancelled")
        assert row.arrived_at == (T0 + 60 if state == "arrived" else None)
        assert session.get_one(Incident, incident).closed_at is not None
        if end is not left_by_an_older_program:
            assert list(session.scalars(select(Stuck).where(Stuck.ended_at.is_(None)))) == []
    assert stuck(room) == []
    room.take(an_alert(id="al-2"))
    other = room.role("operator").post("/api/alerts/al-2/confirm").json()["incident"]["id"]
    call(room, other)
    assert room.role("operator").get("/api/incidents?state=open").json()["items"][0]["id"] == other


def test_an_incident_can_t_be_ended_while_somebody_is_sent_without_asking(room: Any, incident: str) -> None:
    operator = room.role("operator")
    call(room, incident)
    room.clock.advance(1)
    call(room, incident, "G3")
    answer = operator.post(f"/api/incidents/{incident}/close", {"note": "完"})
    problem = answer.json()
    assert (answer.status_code, problem["key"], problem["values"]) == (
        409, "incident.sent", {"names": ["保安1", "保安3"], "count": 2})  # fmt: skip
    assert "保安1, 保安3" in problem["detail"]
    assert operator.get(f"/api/incidents/{incident}").json()["state"] == "open"
    ended = operator.post(f"/api/incidents/{incident}/close", {"note": "完", "cancel_calls": True}).json()["incident"]
    assert (ended["state"], ended["note"], [one["state"] for one in ended["dispatches"]]) == (
        "closed",
        "完",
        ["cancelled"] * 2,
    )
    assert [row.action for row in room.audit()][-3:] == ["dispatch.cancel", "dispatch.cancel", "incident.close"]


def test_a_note_stands_in_the_timeline_and_in_the_register(room: Any, incident: str) -> None:
    operator = room.role("operator")
    assert operator.post(f"/api/incidents/{incident}/notes", {"note": " "}).json()["key"] == "incident.note"
    assert operator.post(f"/api/incidents/{incident}/notes", {"note": "x" * 401}).json()["key"] == "form.invalid"
    room.clock.advance(5)
    answer = operator.post(f"/api/incidents/{incident}/notes", {"note": "店主已联系，十分钟到"}).json()["incident"]
    assert answer["timeline"][-1] == {
        "at": T0 + 5, "key": "incident.noted", "values": {"by": "operator 甲", "note": "店主已联系，十分钟到"}}  # fmt: skip
    assert operator.get("/api/alerts/al-0001").json()["timeline"][-1]["key"] == "incident.noted"
    [row] = room.audit("incident.note")
    assert row.detail == {"note": "店主已联系，十分钟到"}


def test_who_is_sent_can_be_rung_from_his_row(room: Any, incident: str) -> None:
    with room.store.write() as session:
        session.get_one(Guard, "G1").phone = "138 0000 0000"
    call(room, incident)
    shown = room.role("operator").get(f"/api/incidents/{incident}").json()["dispatches"][0]["guard"]
    assert shown["phone"] == "138 0000 0000"


def test_a_handled_incident_waits_for_its_end_and_is_open_again_when_somebody_else_is_sent(
    room: Any, incident: str
) -> None:
    task = call(room, incident)
    guard, operator = room.role("guard"), room.role("operator")
    guard.post(f"/api/m/dispatches/{task}/accept")
    room.clock.advance(60)
    guard.post(f"/api/m/dispatches/{task}/done", {"note": "无异常"})
    [waits] = operator.get("/api/incidents?state=handled").json()["items"]
    assert (waits["id"], waits["handled_at"] - T0) == (incident, 60)
    call(room, incident, "G2")
    shown = operator.get(f"/api/incidents/{incident}").json()
    assert (shown["state"], shown["handled_at"]) == ("open", None)
