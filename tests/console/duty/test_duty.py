"""Rosters, breaks, hand-overs and check-ins through the API: each company its own, each guard his own."""

from __future__ import annotations

from typing import Any

from lianqin.testing import T0
from patrol.county.tables import Checkpoint, Guard, Post
from patrol.duty.tables import HandOver, RosterEntry

H = 3600.0


def planned(room: Any, role: str = "company", guard_id: str = "G1", **more: Any) -> Any:
    body = {"guard_id": guard_id, "area_id": "A1", "begins_at": T0 + H, "ends_at": T0 + 9 * H} | more
    return room.role(role).post("/api/roster", body)


def test_a_company_plans_its_own_guards_and_sees_none_of_the_others(room: Any) -> None:
    [mine] = planned(room).json()["items"]
    assert (mine["state"], mine["guard"]["id"], mine["unit_id"]) == ("planned", "G1", "U1")
    assert planned(room, guard_id="G2").json()["key"] == "guard.missing"
    [theirs] = planned(room, "operator", "G2").json()["items"]
    span = f"from_at={T0}&to_at={T0 + 86_400}"
    seen = room.role("company").get(f"/api/roster?{span}").json()["items"]
    assert {one["unit_id"] for one in seen} == {"U1"}
    assert theirs["id"] not in room.role("company").get(f"/api/roster.csv?{span}").text
    answer = room.role("company").post(f"/api/roster/{theirs['id']}", {"state": "cancelled"})
    assert (answer.status_code, answer.json()["key"]) == (404, "roster.missing")
    assert {one["unit_id"] for one in room.role("operator").get(f"/api/roster?{span}").json()["items"]} == {"U1", "U2"}


def test_several_days_are_planned_together_or_not_at_all(room: Any) -> None:
    assert len(planned(room, days=5).json()["items"]) == 5
    assert planned(room, days=2, begins_at=T0 - 23 * H, ends_at=T0 - 20 * H + 24 * H).json()["key"] in {
        "roster.overlap",
        "roster.span",
    }
    assert (
        planned(room, days=3, begins_at=T0 + 17 * H, ends_at=T0 + 17.5 * H, guard_id="G1").json()["key"]
        == "roster.rest"
    )
    again = planned(room, days=3, begins_at=T0 + 17 * H, ends_at=T0 + 17.5 * H, guard_id="G1", exception="临时任务")
    assert again.status_code == 200
    with room.store.read() as session:
        assert session.query(RosterEntry).count() == 8


def test_an_area_shows_needed_planned_on_shift_and_absent(room: Any) -> None:
    planned(room, begins_at=T0 + H)
    room.clock.advance(H + 60)
    room.forget_visitors()
    rows = {one["area_id"]: one for one in room.role("officer").get("/api/roster/manning").json()["items"]}
    assert (rows["A1"]["planned"], rows["A1"]["on_shift"]) == (1, 2)
    own = {one["area_id"]: one for one in room.role("company").get("/api/roster/manning").json()["items"]}
    assert own["A1"]["on_shift"] == 1


def test_a_shift_is_opened_by_the_code_of_a_post(room: Any) -> None:
    with room.store.write() as session:
        session.add(Post(id="P1", area_id="A1", name="东门", lon=119.2, lat=34.0, scan_code="PA-東門-1"))
    guard = room.role("guard")
    guard.post("/api/m/shift/close", {"confirm": True, "reason": "交班"})
    assert guard.post("/api/m/shift/open-at-post", {"code": "nonsense"}).json()["key"] == "post.code"
    shift = guard.post("/api/m/shift/open-at-post", {"code": "PA-東門-1"}).json()["shift"]
    assert (shift["post_id"], shift["opened_how"], shift["area_id"]) == ("P1", "qr", "A1")


def test_the_notice_is_signed_once_on_the_guards_page(room: Any) -> None:
    with room.store.write() as session:
        session.get_one(Guard, "G1").notice_signed_at = None
    guard = room.role("guard")
    guard.post("/api/m/shift/close", {"confirm": True, "reason": "交班"})
    assert guard.post("/api/m/shift/open", {}).json()["key"] == "shift.no_notice"
    assert guard.post("/api/m/notice").json()["guard"]["notice_signed"]
    assert guard.post("/api/m/notice").status_code == 200
    assert len(room.audit("notice.sign")) == 1
    assert guard.post("/api/m/shift/open", {}).status_code == 200


def test_a_break_begins_and_ends_and_shows_what_is_left(room: Any) -> None:
    guard = room.role("guard")
    assert guard.post("/api/m/break/begin", {"kind": "meal"}).status_code == 200
    room.clock.advance(600)
    assert guard.get("/api/m/duty").json()["break_left_s"] == 3000
    assert guard.post("/api/m/break/end").json()["break"]["to_at"] == T0 + 600
    assert guard.post("/api/m/break/end").json()["key"] == "break.none"


def test_a_check_in_tells_its_fate_and_may_come_twice(room: Any) -> None:
    with room.store.write() as session:
        spot = session.query(Checkpoint).filter_by(area_id="A1").first()
        spot.scan_code = "CP-1"
    guard = room.role("guard")
    body = {"id": "ci-0123456789ab", "method": "qr", "at": T0, "code": "CP-1"}
    first, second = (guard.post("/api/m/check-ins", body).json()["check_in"] for _ in range(2))
    assert first == second
    assert first["counts"]
    wrong = guard.post("/api/m/check-ins", body | {"id": "ci-0123456789ac", "code": "other"}).json()["check_in"]
    assert (wrong["counts"], wrong["why"]) == (False, "unknown_code")
    assert len(guard.get("/api/m/duty").json()["check_ins"]) == 2


def test_a_hand_over_waits_for_the_named_guard_alone(room: Any) -> None:
    with room.store.write() as session:
        session.add(HandOver(id="ho-2", kind="relief", area_id="A1", unit_id="U2", from_shift_id="S2", from_guard_id="G2",
                             to_guard_id="G2", offered_at=T0))  # fmt: skip
    assert room.role("guard").get("/api/m/duty").json()["offers"] == []
    assert room.role("guard").post("/api/m/hand-over/ho-2/accept").json()["key"] == "hand_over.missing"
    assert room.role("guard").post("/api/m/hand-over", {"to_guard_id": "G2"}).json()["key"] == "guard.missing"


def test_ones_own_trail_needs_no_purpose_and_is_only_his(room: Any) -> None:
    answer = room.role("guard").get("/api/m/trail").json()
    assert set(answer) == {"fixes", "gaps", "map"}
    assert room.audit("trail.look") == []


def test_a_list_of_shifts_does_not_carry_the_ground_that_each_keeps(room: Any) -> None:
    items = room.role("operator").get("/api/shifts").json()["items"]
    assert len(items) == 2
    assert not any({"ground", "facts"} & set(one) for one in items)
