"""Where both halves meet: nearest guard and call, point calls, the guard's own page, the trail with its purpose first."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest

from console.trails import view
from console.trails.view import TrailSpan
from lianqin.testing import T0, a_fix
from patrol.county.tables import Guard
from patrol.duty.tables import Shift

ANSWERED = {"answered_at": T0, "lon": 119.2, "lat": 34.0, "accuracy_m": 5.0}


def confirmed(room: Any, alert: Any) -> str:
    incident: str = room.role("operator").post(f"/api/alerts/{alert.id}/confirm").json()["incident"]["id"]
    return incident


def free_of_the_seeded_task(room: Any) -> None:
    assert (
        room.role("guard").post("/api/m/dispatches/dp-1/refuse", {"reason": "unable", "note": "伤"}).status_code == 200
    )


def test_a_guard_is_called_to_an_incident_accepts_and_reports_done(room: Any, alert: Any) -> None:
    operator, guard = room.role("operator"), room.role("guard")
    incident = confirmed(room, alert)
    nearest = operator.get(f"/api/incidents/{incident}/nearest").json()
    assert nearest["place"] == {"lon": 119.2, "lat": 34.0, "name": "学院路1 · 东门"}
    assert operator.get(f"/api/alerts/{alert.id}/nearest").json()["place"]["name"] == "学院路1"
    busy = operator.post(f"/api/incidents/{incident}/dispatches", {"guard_id": "G1"})
    assert (busy.status_code, busy.json()["key"]) == (409, "guard.busy")
    free_of_the_seeded_task(room)
    sent = operator.post(f"/api/incidents/{incident}/dispatches", {"guard_id": "G1"})
    assert sent.status_code == 200, sent.text
    task = sent.json()["dispatch"]["id"]
    assert task in [one["id"] for one in guard.get("/api/m/state").json()["dispatches"]]
    assert operator.post(f"/api/alerts/{alert.id}/reopen").json()["key"] == "alert.reopen_dispatched"
    assert guard.post(f"/api/m/dispatches/{task}/accept").json()["dispatch"]["state"] == "accepted"
    assert guard.post(f"/api/m/dispatches/{task}/done", {"note": "无异常"}).json()["dispatch"]["state"] == "done"
    shown = operator.get(f"/api/incidents/{incident}").json()
    assert shown["state"] == "handled"
    assert {"incident.opened", "dispatch.called"} <= {step["key"] for step in shown["timeline"]}
    assert operator.post(f"/api/incidents/{incident}/close", {"note": "完"}).json()["incident"]["state"] == "closed"
    answer = operator.post(f"/api/incidents/{incident}/dispatches", {"guard_id": "G1"})
    assert (answer.status_code, answer.json()["key"]) == (409, "incident.closed")


def test_a_refusal_and_a_cancellation_stand_in_the_timeline(room: Any, alert: Any) -> None:
    operator, incident = room.role("operator"), confirmed(room, alert)
    free_of_the_seeded_task(room)
    call = {"guard_id": "G1"}
    first = operator.post(f"/api/incidents/{incident}/dispatches", call).json()["dispatch"]["id"]
    room.clock.advance(5)
    room.role("guard").post(f"/api/m/dispatches/{first}/refuse", {"reason": "unable", "note": "伤"})
    room.clock.advance(5)
    second = operator.post(f"/api/incidents/{incident}/dispatches", call).json()["dispatch"]
    assert second["called_by"] == "operator 甲"
    room.clock.advance(5)
    assert operator.post(f"/api/dispatches/{second['id']}/cancel").json()["dispatch"]["state"] == "cancelled"
    steps = operator.get(f"/api/incidents/{incident}").json()["timeline"]
    assert [(step["at"] - T0, step["key"]) for step in steps] == [
        (0, "incident.opened"), (0, "dispatch.called"), (5, "dispatch.refused"), (10, "dispatch.called"),
        (15, "dispatch.cancelled")]  # fmt: skip


def test_the_guard_sees_his_task_only_blurred_and_the_look_is_registered(room: Any, alert: Any) -> None:
    incident = confirmed(room, alert)
    free_of_the_seeded_task(room)
    task = room.role("operator").post(f"/api/incidents/{incident}/dispatches", {"guard_id": "G1"}).json()["dispatch"]
    answer = room.role("guard").get(f"/api/m/dispatches/{task['id']}/snapshot")
    assert answer.headers["content-type"] == "image/jpeg"
    soft = cv2.imdecode(np.frombuffer(answer.content, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert cv2.Laplacian(soft, cv2.CV_64F).var() < 50
    [look] = room.audit("snapshot.look")
    assert (look.purpose, look.case_ref, look.actor_id) == ("incident", incident, "a-guard")
    assert room.visitor("a-guard2").get(f"/api/m/dispatches/{task['id']}/snapshot").status_code == 404


def test_a_point_call_by_name_needs_a_reason_and_reaches_the_guards_page(room: Any) -> None:
    operator, guard = room.role("operator"), room.role("guard")
    assert operator.post("/api/point-calls", {"guard_id": "G1"}).json()["key"] == "form.invalid"
    assert [one["id"] for one in guard.get("/api/m/state").json()["point_calls"]] == ["pc-1"]
    assert guard.post("/api/m/point-calls/pc-1/receipt").json()["point_call"]["receipt_at"] == T0
    assert guard.post("/api/m/point-calls/pc-1/answer", ANSWERED).json()["point_call"]["answered_at"] == T0
    assert guard.get("/api/m/state").json()["point_calls"] == []
    shown = operator.get("/api/point-calls/pc-1").json()
    assert (shown["guard"]["id"], shown["unit"]["id"], shown["draw"]["id"]) == ("G1", "U1", "dw-1")


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"purpose": None}, "form.invalid"), ({"purpose": "curiosity"}, "form.invalid"),
        ({"purpose": "alert_judging"}, "form.invalid"), ({"purpose": "own"}, "form.invalid"),
        ({"case_ref": "  ", "purpose": "case"}, "case.other"), ({"to_at": T0 - 7200}, "trail.span"), ({"to_at": T0 + 3e6}, "trail.span"),
        ({"guard_id": "G9"}, "guard.missing"),
    ],
)  # fmt: skip
def test_no_trail_without_its_purpose_case_and_span(room: Any, change: dict[str, Any], key: str) -> None:
    body = {"guard_id": "G1", "from_at": T0 - 3600, "to_at": T0, "purpose": "spot_check"} | change
    answer = room.role("officer").post("/api/trails", body)
    assert answer.json()["key"] == key
    assert room.audit("trail.look") == []


def test_a_look_at_a_trail_is_registered_before_it_and_the_guard_sees_who_looked(room: Any) -> None:
    body = {"guard_id": "G1", "from_at": T0 - 3600, "to_at": T0, "purpose": "case", "case_ref": "案-20260007"}
    trail = room.role("officer").post("/api/trails", body).json()
    assert trail["shift_ids"] == ["S1"]
    [look] = room.audit("trail.look")
    assert (look.purpose, look.case_ref, look.object_id, look.detail["look_id"]) == (
        "case", "案-20260007", "G1", trail["look_id"])  # fmt: skip
    [seen] = room.role("guard").get("/api/m/state").json()["looks"]
    assert (seen["by"], seen["purpose"], seen["case_ref"]) == ("officer 甲", "case", "案-20260007")
    assert room.visitor("a-guard2").get("/api/m/state").json()["looks"] == []


def test_a_shift_is_closed_and_opened_from_the_guards_page(room: Any) -> None:
    guard = room.role("guard")
    assert guard.post("/api/m/shift/close", {"confirm": True, "reason": "交班"}).json()["shift"]["closed_at"] == T0
    assert guard.post("/api/m/shift/close").json()["key"] == "shift.missing"
    room.clock.advance(60)
    assert guard.post("/api/m/shift/open", {}).json()["shift"]["area_id"] == "A1"
    assert guard.post("/api/m/shift/open", {}).status_code == 409


def test_no_shift_without_a_signed_notice(room: Any) -> None:
    with room.store.write() as session:
        session.get_one(Guard, "G2").notice_signed_at = None
    operator = room.role("operator")
    operator.post("/api/shifts/S2/close")
    answer = operator.post("/api/shifts", {"guard_id": "G2"})
    assert answer.status_code == 409
    assert answer.json()["detail"]


@pytest.mark.parametrize(
    ("times", "found"),
    [
        ([0, 15, 30, 45, 60], []), ([0, 15, 200], [(15, 200)]), ([], [(0, 200)]), ([100], [(0, 100), (100, 200)]),
        ([0, 60, 120, 180], []), ([0, 61, 122, 183], [(0, 61), (61, 122), (122, 183)]),
    ],
)  # fmt: skip
def test_a_gap_is_a_time_on_shift_without_a_fix(times: list[float], found: list[tuple[float, float]]) -> None:
    end = 200.0 if not times or times[-1] in {100, 200} else times[-1]
    fixes = [a_fix(id=f"f{t}", at=T0 + t) for t in times]
    gaps = view.gaps(fixes, [TrailSpan(T0, T0 + end)], 15.0)
    assert [(gap.from_at - T0, gap.to_at - T0) for gap in gaps] == found


def test_a_stop_is_five_minutes_within_thirty_metres() -> None:
    walk = [a_fix(id=f"a{n}", at=T0 + n * 15, lon=119.2 + n * 0.0005) for n in range(5)]
    stand = [a_fix(id=f"b{n}", at=T0 + 75 + n * 15, lon=119.2022 + n * 1e-6) for n in range(21)]
    away = [a_fix(id="c", at=T0 + 400, lon=119.21)]
    [stop] = view.stops([*walk, *stand, *away])
    assert (stop.from_at, stop.to_at) == (T0 + 60, T0 + 375)


def test_a_live_look_is_shown_to_each_guard_who_was_on_shift_meanwhile(room: Any) -> None:
    officer = room.role("officer")
    began = room.clock.now()
    assert officer.post("/api/live-look", {"purpose": "case", "case_ref": "案-20260008"}).status_code == 200
    room.clock.advance(300)
    assert officer.ask("DELETE", "/api/live-look").status_code == 200
    room.clock.advance(300)
    for account in ("a-guard", "a-guard2"):
        [seen] = room.visitor(account).get("/api/m/state").json()["looks"]
        assert (seen["kind"], seen["by"], seen["purpose"], seen["case_ref"]) == (
            "live",
            "officer 甲",
            "case",
            "案-20260008",
        )
        assert (seen["from_at"] - began, seen["to_at"] - began) == (0, 300)
    with room.store.write() as session:  # the second was off shift before the look began
        session.get_one(Shift, "S2").closed_at = began - 1
    assert room.visitor("a-guard2").get("/api/m/state").json()["looks"] == []
