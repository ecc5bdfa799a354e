"""Looks to ask about: a table of cases, and the register's one page per thing."""

from __future__ import annotations

from typing import Any

import pytest

from console.audit.odd_looks import MANY_EXPORTS, ExportedFootage, SignedCheck, TrailLook, odd_looks
from lianqin import audit
from lianqin.audit import Actor

NOON = 1_790_000_000 // 86_400 * 86_400 + 4 * 3600.0  # 12:00 by the county's clock
HOUR, DAY = 3600.0, 86_400.0
NOW = NOON + 20 * DAY


def look(seq: int, at: float, guard: str = "G1", actor: str = "a", case: str = "", purpose: str = "case") -> TrailLook:
    return TrailLook(seq, actor, f"{actor} 甲", guard, NOON + at, purpose, case or f"案-{seq}")


CASES: list[tuple[str, list[TrailLook], list[SignedCheck], list[tuple[str, int]]]] = [
    ("two looks at one guard", [look(1, 0), look(2, DAY)], [], []),
    ("three within a week", [look(1, 0), look(2, DAY), look(3, 6 * DAY)], [], [("many_of_one", 3)]),
    ("three in three weeks", [look(1, 0), look(2, 6.9 * DAY), look(3, 13.8 * DAY)], [], []),
    ("three by three people", [look(n, n * HOUR, actor=f"a{n}") for n in range(3)], [], []),
    ("three at three guards", [look(n, n * HOUR, f"G{n}") for n in range(3)], [], []),
    ("at 21:59", [look(1, 9.9 * HOUR)], [], []),
    ("at 22:00", [look(1, 10 * HOUR)], [], [("at_night", 1)]),
    ("before and after one midnight", [look(1, 11 * HOUR), look(2, 13 * HOUR, "G2")], [], [("at_night", 2)]),
    ("in two nights", [look(1, 11 * HOUR), look(2, 35 * HOUR, "G2")], [], [("at_night", 1), ("at_night", 1)]),
    ("at 06:00", [look(1, 18 * HOUR)], [], []),
    ("one case, four guards", [look(n, n, f"G{n}", case="案-7") for n in range(4)], [], []),
    ("one case, five guards", [look(n, n, f"G{n}", case="案-7") for n in range(5)], [], [("one_case_for_many", 5)]),
    ("one case, five guards, two people", [look(n, n, f"G{n}", f"a{n % 2}", "案-7") for n in range(5)], [], []),
    ("for a check that was signed", [look(1, 0, purpose="spot_check")], [SignedCheck("a", "G1", NOON + HOUR)], []),
    ("for a check that was not", [look(1, 0, purpose="spot_check")], [], [("no_check_after", 1)]),
    ("a check of somebody else", [look(1, 0, purpose="spot_check")], [SignedCheck("a", "G2", NOON + HOUR)], [("no_check_after", 1)]),
    ("a check by somebody else", [look(1, 0, purpose="spot_check")], [SignedCheck("b", "G1", NOON + HOUR)], [("no_check_after", 1)]),
    ("a check before the look", [look(1, 0, purpose="spot_check")], [SignedCheck("a", "G1", NOON - 1)], [("no_check_after", 1)]),
    ("a check a day later", [look(1, 0, purpose="spot_check")], [SignedCheck("a", "G1", NOON + DAY + 1)], [("no_check_after", 1)]),
    ("a look an hour ago", [look(1, 20 * DAY - HOUR, purpose="spot_check")], [], []),
]  # fmt: skip


@pytest.mark.parametrize(("name", "looks", "checks", "expected"), CASES, ids=[one[0] for one in CASES])
def test_what_is_odd(
    name: str, looks: list[TrailLook], checks: list[SignedCheck], expected: list[tuple[str, int]]
) -> None:
    assert sorted((one.rule, one.count) for one in odd_looks(looks, checks, NOW)) == sorted(expected)


def takes(*moments: float, actor: str = "a") -> list[ExportedFootage]:
    return [ExportedFootage(n, actor, f"{actor} 甲", NOON + at, "案-7") for n, at in enumerate(moments)]


EXPORTS: list[tuple[str, list[ExportedFootage], list[int]]] = [
    ("nine in a day", takes(*(n * HOUR for n in range(MANY_EXPORTS - 1))), []),
    ("ten in a day", takes(*(n * HOUR for n in range(MANY_EXPORTS))), [MANY_EXPORTS]),
    ("ten in ten days", takes(*(n * DAY for n in range(MANY_EXPORTS))), []),
    ("ten by two people", [*takes(*range(5)), *takes(*range(5), actor="b")], []),
    ("ten, and ten a day later", takes(*range(10), *(2 * DAY + n for n in range(10))), [10, 10]),
]


@pytest.mark.parametrize(("name", "exports", "expected"), EXPORTS, ids=[one[0] for one in EXPORTS])
def test_many_exports_by_one_person_are_odd(name: str, exports: list[ExportedFootage], expected: list[int]) -> None:
    odd = odd_looks([], [], NOW, exports)
    assert [(one.rule, one.count, one.guard_ids, one.case_ref) for one in odd] == [
        ("many_exports", count, (), "案-7") for count in expected
    ]


def about(room: Any, kind: str, thing_id: str) -> list[str]:
    answer = room.role("auditor").get(f"/api/audit?kind={kind}&id={thing_id}&limit=200")
    assert answer.status_code == 200, answer.text
    return [row["action"] for row in reversed(answer.json()["items"])]


def test_one_page_answers_who_looked_at_a_guards_trail_and_why(room: Any) -> None:
    body = {
        "guard_id": "G1",
        "from_at": room.clock.now() - 3600,
        "to_at": room.clock.now(),
        "purpose": "spot_check",
    }
    room.role("officer").post("/api/trails", body)
    room.role("officer").post("/api/live-look", {"purpose": "case", "case_ref": "案-20260008"})
    room.role("guard").post("/api/m/point-calls/pc-1/receipt")
    room.role("guard").post("/api/m/dispatches/dp-1/refuse", {"reason": "unsafe"})
    room.visitor("a-guard2").post("/api/m/point-calls/pc-2/receipt")
    assert about(room, "guard", "G1") == [
        "trail.look",
        "guards.look",
        "point_call.receipt",
        "dispatch.refuse",
        "dispatch.stuck",
    ]
    answer = room.role("auditor").get("/api/audit?kind=guard&id=G1").json()
    assert answer["names"]["guard:G1"] == "保安1"
    assert answer["names"]["dispatch:dp-1"] == "保安1"
    assert about(room, "guard", "G2") == ["guards.look", "point_call.receipt"]
    assert about(room, "guard", "nobody") == []


def test_one_page_answers_what_became_of_an_alert(room: Any, alert: Any) -> None:
    operator = room.role("operator")
    operator.get(f"/api/alerts/{alert.id}/snapshot")
    incident = operator.post(f"/api/alerts/{alert.id}/confirm").json()["incident"]["id"]
    room.role("guard").post("/api/m/dispatches/dp-1/refuse", {"reason": "unsafe"})
    task = operator.post(f"/api/incidents/{incident}/dispatches", {"guard_id": "G1"}).json()["dispatch"]["id"]
    room.role("guard").post(f"/api/m/dispatches/{task}/accept")
    operator.post(f"/api/incidents/{incident}/close", {"note": "完", "cancel_calls": True})
    story = about(room, "alert", alert.id)
    assert story == [
        "snapshot.look",
        "alert.confirm",
        "incident.open",
        "dispatch.call",
        "dispatch.accept",
        "dispatch.cancel",
        "incident.close",
    ]
    assert about(room, "incident", incident) == story
    assert set(story[:2]) <= set(about(room, "camera", alert.camera_id))


def test_a_person_is_found_by_name_as_who_did_it_and_as_whom_it_was_about(room: Any) -> None:
    room.role("guard").post("/api/m/point-calls/pc-1/receipt")
    room.visitor("a-guard2").post("/api/m/point-calls/pc-2/receipt")
    found = room.role("auditor").get("/api/audit?person=保安1").json()["items"]
    assert [row["object_id"] for row in found] == ["pc-1"]
    found = room.role("auditor").get("/api/audit?person=保安").json()["items"]
    assert {row["object_id"] for row in found} == {"pc-1", "pc-2"}
    assert room.role("auditor").get("/api/audit?person=%25").json()["items"] == []


def test_looks_alone_leave_out_what_a_desk_shows_by_itself(room: Any, alert: Any) -> None:
    room.role("operator").get(f"/api/alerts/{alert.id}/snapshot")
    room.role("operator").post(f"/api/alerts/{alert.id}/confirm")
    with room.store.write() as session:
        for action, purpose in (
            ("snapshot.look", "incident"),
            ("clip.look", "alert_judging"),
            ("trail.export", "case"),
        ):
            audit.write(
                session, Actor("a", "甲", "officer"), action, "alert", alert.id, at=room.clock.now(), purpose=purpose
            )
    found = room.role("auditor").get("/api/audit?looks=true").json()["items"]
    assert [(row["action"], row["purpose"]) for row in found] == [
        ("trail.export", "case"), ("clip.look", "alert_judging"), ("snapshot.look", "incident")]  # fmt: skip


def test_odd_looks_are_named_with_people_and_rows(room: Any) -> None:
    body = {
        "guard_id": "G1",
        "from_at": room.clock.now() - 3600,
        "to_at": room.clock.now(),
        "purpose": "case",
    }
    for n in range(3):
        assert room.role("officer").post("/api/trails", body | {"case_ref": f"案-2026000{n}"}).status_code == 200
        room.clock.advance(600)
    answer = room.role("auditor").get("/api/audit/odd-looks").json()
    [odd] = [one for one in answer["items"] if one["rule"] == "many_of_one"]
    assert (odd["actor_name"], odd["guard_ids"], odd["count"]) == ("officer 甲", ["G1"], 3)
    assert answer["names"]["guard:G1"] == "保安1"
    assert room.role("leader").get("/api/audit/odd-looks").status_code == 403
