"""Spot checks over HTTP: suggested, signed by the officer, answered by the guard; comments reach whom they concern."""

from __future__ import annotations

from typing import Any

import pytest

from lianqin.testing import T0
from patrol.checks.tables import SpotCheck

TRAIL = {
    "kind": "trail",
    "guard_id": "G1",
    "shift_id": "S1",
    "result": "in_order",
    "chosen_by": "random",
}


def code_of(room: Any, guard: str = "a-guard") -> str:
    answer = room.visitor(guard).get("/api/m/shift-code").json()
    assert answer["until"] == room.clock.now() + 120
    return str(answer["code"])


def test_the_suggestions_name_both_guards_on_shift_and_the_quota(room: Any) -> None:
    found = room.role("officer").get("/api/spot-checks/suggestions").json()
    assert {one["guard"]["id"] for one in found["items"]} == {"G1", "G2"}
    assert (found["done"], found["quota"]) == (0, 5)
    assert room.role("officer").post("/api/spot-checks", TRAIL).status_code == 200
    assert room.role("officer").get("/api/spot-checks/suggestions").json()["done"] == 1


def test_an_on_site_check_is_signed_by_both(room: Any) -> None:
    code = code_of(room)
    officer = room.role("officer")
    assert officer.get(f"/api/spot-checks/code/{code}").json()["guard"]["id"] == "G1"
    form = {
        "kind": "on_site",
        "code": code,
        "result": "remark",
        "note": "no torch",
        "chosen_by": "own",
    }
    made = officer.post("/api/spot-checks", form).json()["spot_check"]
    assert (made["guard_id"], made["shift_id"], made["officer_name"]) == ("G1", "S1", "officer 甲")
    guard = room.visitor("a-guard")
    [mine] = guard.get("/api/m/spot-checks").json()["items"]
    assert mine["note"] == "no torch"
    signed = guard.post(f"/api/m/spot-checks/{made['id']}/sign", {"agrees": False, "note": "it was in the car"}).json()
    assert signed["spot_check"]["guard_refused_at"] == T0
    assert guard.post(f"/api/m/spot-checks/{made['id']}/sign", {"agrees": True}).json()["key"] == "spot_check.signed"
    assert [row.action for row in room.audit() if row.object_kind == "spot_check"] == ["spot_check.sign",
                                                                                      "spot_check.guard_sign"]  # fmt: skip


def test_a_code_is_good_for_one_check_and_two_minutes(room: Any) -> None:
    form = {"kind": "on_site", "result": "in_order", "chosen_by": "own"}
    code = code_of(room)
    assert room.role("officer").post("/api/spot-checks", {**form, "code": code}).status_code == 200
    assert room.role("officer").post("/api/spot-checks", {**form, "code": code}).json()["key"] == "spot_check.code"
    code = code_of(room)
    assert 0 < room.redis.ttl(f"lianqin:shift_code:{code}") <= 120
    assert room.role("officer").get("/api/spot-checks/code/00000000").json()["key"] == "spot_check.code"


def test_no_code_without_a_shift_and_no_on_site_check_after_it(room: Any) -> None:
    code = code_of(room)
    assert room.visitor("a-guard").post("/api/m/shift/close", {"confirm": True, "reason": "交班"}).status_code == 200
    assert room.visitor("a-guard").get("/api/m/shift-code").status_code == 404
    form = {"kind": "on_site", "code": code, "result": "in_order", "chosen_by": "own"}
    assert room.role("officer").post("/api/spot-checks", form).json()["key"] == "spot_check.off_shift"


@pytest.mark.parametrize(
    ("change", "status", "key"),
    [
        ({"guard_id": "G9"}, 404, "guard.missing"),
        ({"shift_id": "S2"}, 409, "spot_check.not_his_shift"),
        ({"case_ref": "CC-1"}, 422, "case.spot_check"),
        ({"result": "guilty"}, 422, None),
    ],
)
def test_a_wrong_check_is_refused_with_its_reason(
    room: Any, change: dict[str, str], status: int, key: str | None
) -> None:
    answer = room.role("officer").post("/api/spot-checks", {**TRAIL, **change})
    assert answer.status_code == status
    assert key is None or answer.json()["key"] == key
    assert room.audit("spot_check.sign") == []


def test_another_guards_check_cannot_be_signed_and_not_after_72_hours(room: Any) -> None:
    made = room.role("officer").post("/api/spot-checks", TRAIL).json()["spot_check"]
    other = room.visitor("a-guard2").post(f"/api/m/spot-checks/{made['id']}/sign", {"agrees": True})
    assert (other.status_code, other.json()["key"]) == (404, "spot_check.missing")
    room.clock.advance(73 * 3600)
    room.forget_visitors()
    late = room.visitor("a-guard").post(f"/api/m/spot-checks/{made['id']}/sign", {"agrees": True})
    assert late.json()["key"] == "spot_check.too_late"


def test_the_list_pages_filters_and_exports(room: Any) -> None:
    officer = room.role("officer")
    for guard, shift in (("G1", "S1"), ("G2", "S2"), ("G1", "S1")):
        officer.post("/api/spot-checks", {**TRAIL, "guard_id": guard, "shift_id": shift, "note": "=1+1"})
        room.clock.advance(1)
    assert [one["guard_id"] for one in officer.get("/api/spot-checks").json()["items"]] == ["G1", "G2", "G1"]
    first = officer.get("/api/spot-checks?limit=2").json()
    assert len(officer.get(f"/api/spot-checks?limit=2&cursor={first['next']}").json()["items"]) == 1
    assert [one["guard_id"] for one in officer.get("/api/spot-checks?guard_id=G2").json()["items"]] == ["G2"]
    text = officer.get("/api/spot-checks.csv").text
    assert text.count("Trail") == 3
    assert "'=1+1" in text


def test_a_comment_reaches_the_unit_it_speaks_of_and_no_other(room: Any) -> None:
    officer = room.role("officer")
    assert officer.post("/api/comments", {"text": "to all"}).status_code == 200
    assert officer.post("/api/comments", {"text": "to two", "unit_id": "U2"}).status_code == 200
    assert officer.post("/api/comments", {"text": "to none", "unit_id": "U9"}).json()["key"] == "unit.missing"
    assert [one["text"] for one in room.role("company").get("/api/comments").json()["items"]] == ["to all"]
    assert len(room.role("leader").get("/api/comments").json()["items"]) == 2


def test_a_company_reads_the_checks_of_its_own_guards_alone(room: Any) -> None:
    with room.store.write() as session:
        for n in ("1", "2"):
            session.add(SpotCheck(id=f"sc-{n}", kind="trail", guard_id=f"G{n}", unit_id=f"U{n}", officer_id="a-officer", officer_name="民警",
                                  chosen_by="own", case_ref=f"SC-20260921-00{n}", at=T0, result="in_order"))  # fmt: skip
    company = room.role("company")
    for query in ("", "?guard_id=G1", "?kind=trail"):
        assert [one["id"] for one in company.get(f"/api/spot-checks{query}").json()["items"]] == ["sc-1"]
    assert company.get("/api/spot-checks?guard_id=G2").json()["items"] == []
    assert company.get("/api/spot-checks.csv").json()["key"] == "role.denied"
    assert len(room.role("officer").get("/api/spot-checks").json()["items"]) == 2
