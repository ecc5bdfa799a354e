"""Nothing is taken from a guard that a person has not decided: refusals of tasks and contradicted calls wait for an officer."""

from __future__ import annotations

from typing import Any

import pytest

from lianqin.audit import Actor
from lianqin.testing import T0
from patrol.calls.tables import PointCall
from patrol.dispatch import dispatches, refusals
from patrol.dispatch.refusals import REASONS, RefusalFacts
from patrol.dispatch.tables import Dispatch
from patrol.duty import breaks, shift_facts
from patrol.duty.tables import Shift

MIDNIGHT = 1_790_000_000.0 // 86_400 * 86_400 - 8 * 3600  # 00:00 by the county's clock


def refused(room: Any, reason: str = "unable", note: str = "") -> Any:
    return room.role("guard").post("/api/m/dispatches/dp-1/refuse", {"reason": reason, "note": note})


def counted(room: Any) -> list[str]:
    with room.store.read() as session:
        return [one.counted for one in shift_facts.facts_of(session.get_one(Shift, "S1")).dispatches]


def decide(room: Any, result: str, note: str = "", path: str = "dispatches/dp-1") -> Any:
    return room.role("officer").post(f"/api/{path}/review", {"result": result, "note": note})


@pytest.mark.parametrize("reason", REASONS)
def test_a_refusal_for_whatever_reason_takes_nothing_by_itself(room: Any, reason: str) -> None:
    assert refused(room, reason).status_code == 200
    assert counted(room) == ["unknown"]
    [item] = room.role("officer").get("/api/reviews").json()["items"]
    assert (item["kind"], item["what"], item["guard"]["id"], item["may_decide"]) == ("refusal", reason, "G1", True)


@pytest.mark.parametrize("reason", ["", "lazy", "伤", "UNSAFE", "x" * 21])
def test_a_reason_that_is_not_on_the_list_is_asked_for_again_and_the_task_stays(room: Any, reason: str) -> None:
    assert refused(room, reason).json()["key"] in ("refusal.reason", "form.invalid")
    assert room.role("guard").get("/api/m/state").json()["dispatches"][0]["state"] == "called"


@pytest.mark.parametrize("reason", [key for key, one in REASONS.items() if not one.protected])
def test_it_counts_once_an_officer_says_so_and_why(room: Any, reason: str) -> None:
    refused(room, reason, "腿伤")
    assert decide(room, "upheld").json()["key"] == "review.note"
    assert decide(room, "upheld", "  ").json()["key"] == "review.note"
    assert counted(room) == ["unknown"]
    assert decide(room, "upheld", "现场只需站岗").status_code == 200
    assert counted(room) == ["contradicted"]
    assert room.role("officer").get("/api/reviews").json()["items"] == []
    [decided] = room.role("officer").get("/api/reviews?state=decided").json()["items"]
    assert (decided["review"], decided["review_note"], decided["reviewed_by"]) == (
        "upheld",
        "现场只需站岗",
        "officer 甲",
    )
    assert decide(room, "dismissed").json()["key"] == "review.note"  # what changes a decision needs its reason too
    assert decide(room, "dismissed", "医院证明").status_code == 200
    assert counted(room) == ["unknown"]


@pytest.mark.parametrize("reason", [key for key, one in REASONS.items() if one.protected])
def test_what_is_unlawful_or_unsafe_never_counts_whoever_decides(room: Any, reason: str) -> None:
    refused(room, reason)
    answer = decide(room, "upheld", "我看可以去")
    assert (answer.status_code, answer.json()["key"]) == (409, "refusal.protected")
    assert "art." in answer.json()["detail"]
    assert decide(room, "dismissed").status_code == 200
    assert counted(room) == ["unknown"]


def test_the_one_who_sent_him_does_not_decide(room: Any) -> None:
    refused(room)
    with room.store.write() as session:
        session.get_one(Dispatch, "dp-1").called_by = "a-officer"
        session.get_one(PointCall, "pc-1").called_by = "a-officer"
        session.get_one(PointCall, "pc-1").verdict = "contradicted"
    assert decide(room, "dismissed").json()["key"] == "review.own_call"
    assert decide(room, "dismissed", path="point-calls/pc-1").json()["key"] == "review.own_call"
    assert [one["may_decide"] for one in room.role("officer").get("/api/reviews").json()["items"]] == [False, False]


def test_only_a_refused_task_is_reviewed(room: Any) -> None:
    assert decide(room, "dismissed").json()["key"] == "dispatch.state"
    assert decide(room, "dismissed", path="dispatches/none").json()["key"] == "dispatch.missing"


def test_a_contradicted_call_counts_once_upheld_with_a_reason(room: Any) -> None:
    with room.store.write() as session:
        row = session.get_one(PointCall, "pc-1")
        row.verdict, row.verdict_reason = "contradicted", "no_answer"
    [item] = room.role("officer").get("/api/reviews").json()["items"]
    assert (item["kind"], item["what"], item["id"]) == ("point_call", "no_answer", "pc-1")
    assert decide(room, "upheld", path="point-calls/pc-1").json()["key"] == "review.note"
    assert decide(room, "upheld", "现场核实", path="point-calls/pc-1").status_code == 200
    [seen] = room.role("guard").get("/api/m/state").json()["decisions"]
    assert (seen["review"], seen["review_note"], seen["reviewed_by"]) == ("upheld", "现场核实", "officer 甲")


def test_the_guard_and_his_company_read_the_word_and_nobody_elses(room: Any) -> None:
    refused(room, "unable", "腿伤")
    assert [one["id"] for one in room.role("guard").get("/api/m/state").json()["decisions"]] == ["dp-1"]
    assert room.visitor("a-guard2").get("/api/m/state").json()["decisions"] == []
    [seen] = room.role("company").get("/api/reviews").json()["items"]
    assert (seen["words"], seen["review"]) == ("腿伤", None)
    assert room.role("company").post("/api/dispatches/dp-1/review", {"result": "dismissed"}).status_code == 403
    decide(room, "dismissed", "有病假条")
    [seen] = room.role("company").get("/api/reviews?state=decided").json()["items"]
    assert (seen["review"], seen["review_note"]) == ("dismissed", "有病假条")
    with room.store.write() as session:
        session.get_one(Dispatch, "dp-1").unit_id = "U2"
    assert room.role("company").get("/api/reviews?state=decided").json()["items"] == []


def test_what_the_records_prove_clears_it_at_once(room: Any) -> None:
    with room.store.write() as session:
        breaks.do_break_begin(session, _guard(), "S1", "meal", T0)
    assert refused(room, "on_break").status_code == 200
    assert room.role("officer").get("/api/reviews").json()["items"] == []
    [cleared] = room.role("officer").get("/api/reviews?state=decided").json()["items"]
    assert (cleared["review"], cleared["by_records"], cleared["found"]["break_running"]) == ("dismissed", True, True)
    assert counted(room) == ["unknown"]


def test_nobody_on_a_break_is_called_or_sent(room: Any) -> None:
    refused(room)
    with room.store.write() as session:
        session.get_one(PointCall, "pc-1").verdict = "confirmed"
        breaks.do_break_begin(session, _guard(), "S1", "meal", T0)
    operator = room.role("operator")
    assert operator.post("/api/point-calls", {"guard_id": "G1", "reason": "核实"}).json()["key"] == "guard.on_break"
    with room.store.write() as session:
        place = dispatches.IncidentPlace("in-9", 119.2, 34.0)
        with pytest.raises(Exception, match="on a break"):
            dispatches.do_call(session, _guard(), place, "G1", T0)
        session.get_one(Dispatch, "dp-2").state = "done"
        session.get_one(PointCall, "pc-2").verdict = "confirmed"
    drawn = operator.post("/api/draws", {"size": 5}).json()["draw"]
    assert [one["guard_id"] for one in drawn["pool"]] == ["G2"]
    assert [(one["guard_id"], one["reason"]) for one in drawn["excluded"]] == [("G1", "on_break")]


def _guard() -> Actor:
    return Actor(id="a-guard", name="", role="guard", guard_id="G1")


@pytest.mark.parametrize(
    ("reason", "found", "is_cleared"),
    [
        ("on_break", {}, False), ("on_break", {"break_running": True}, True), ("on_break", {"other_task": "dp"}, False),
        ("busy", {}, False), ("busy", {"other_task": "dp"}, True), ("busy", {"break_running": True}, False),
        ("unable", {"break_running": True, "other_task": "dp"}, False), ("unlawful", {}, False), ("unsafe", {}, False),
        ("alone_at_night", {"at_night": True}, False),
    ],
)  # fmt: skip
def test_the_records_clear_what_they_prove_and_nothing_else(
    reason: str, found: dict[str, Any], is_cleared: bool
) -> None:
    facts = RefusalFacts(**{"at_night": False, "break_running": False, "other_task": None, "sent_besides": 0} | found)
    assert refusals.is_cleared(refusals.reason_of(reason), facts) is is_cleared


@pytest.mark.parametrize(
    ("hour", "night"), [(0, True), (5.9, True), (6, False), (12, False), (21.9, False), (22, True)]
)
def test_night_is_by_the_countys_clock(hour: float, night: bool) -> None:
    assert refusals.is_night(MIDNIGHT + hour * 3600) is night
