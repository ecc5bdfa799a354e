"""Notes, what was promised by them, and the desk handed from one person to the next by name."""

from __future__ import annotations

from typing import Any

import pytest

from lianqin.testing import T0, an_alert
from tests.console.conftest import Room
from tests.console.test_join import confirmed

HOUR = 3600.0


def note(room: Room, path: str, words: str = "答应店主回电", **more: Any) -> Any:
    return room.role("operator").post(f"/api/{path}/notes", {"note": words, **more})


def keys(room: Room, path: str) -> list[str]:
    return [one["key"] for one in room.role("operator").get(f"/api/{path}").json()["timeline"]]


def test_a_note_on_an_alert_stands_in_its_timeline_before_and_after_it_is_judged(room: Room, alert: Any) -> None:
    answer = note(room, f"alerts/{alert.id}", "  店主在现场 ")
    [step] = [one for one in answer.json()["alert"]["timeline"] if one["key"] == "alert.noted"]
    assert step["values"] == {"by": "operator 甲", "note": "店主在现场"}
    room.role("operator").post(f"/api/alerts/{alert.id}/ignore")
    assert note(room, f"alerts/{alert.id}").status_code == 200
    assert keys(room, f"alerts/{alert.id}").count("alert.noted") == 2
    assert [row.detail for row in room.audit("alert.note")] == [{"note": "店主在现场"}, {"note": "答应店主回电"}]
    assert note(room, f"alerts/{alert.id}", "  ").json()["key"] == "incident.note"
    assert note(room, "alerts/al-none").json()["key"] == "alert.missing"


def test_a_note_on_an_alert_with_an_incident_is_the_incidents(room: Room, alert: Any) -> None:
    incident = confirmed(room, alert)
    note(room, f"alerts/{alert.id}")
    assert keys(room, f"incidents/{incident}").count("incident.noted") == 1
    assert [row.object_id for row in room.audit("incident.note")] == [incident]
    assert room.audit("alert.note") == []


@pytest.mark.parametrize("of", ["alert", "incident"])
def test_a_promise_is_listed_until_somebody_keeps_it_and_stands_in_the_timeline(
    room: Room, alert: Any, of: str
) -> None:
    path = f"alerts/{alert.id}" if of == "alert" else f"incidents/{confirmed(room, alert)}"
    assert note(room, path, due_at=T0 + HOUR).status_code == 200
    note(room, path, "更早", due_at=T0 + 60)
    rows = room.role("leader").get("/api/promises").json()["items"]
    assert [(one["words"], one["due_at"], one["made_by"], one["alert_id"]) for one in rows] == [
        ("更早", T0 + 60, "operator 甲", alert.id), ("答应店主回电", T0 + HOUR, "operator 甲", alert.id),
    ]  # fmt: skip
    assert rows[0]["place"]["name"].startswith("学院路1")
    assert f"{of}.promised" in keys(room, f"alerts/{alert.id}")
    kept = room.role("leader").post(f"/api/promises/{rows[0]['id']}/keep")
    assert kept.json()["promise"]["kept_by"] == "leader 甲"
    again = room.role("operator").post(f"/api/promises/{rows[0]['id']}/keep")
    assert (again.status_code, again.json()["key"], again.json()["values"]["by"]) == (409, "promise.kept", "leader 甲")
    assert [one["words"] for one in room.role("operator").get("/api/promises").json()["items"]] == ["答应店主回电"]
    assert "incident.kept_promise" in keys(room, path)
    assert [row.detail for row in room.audit("promise.keep")] == [{"note": "更早"}]
    assert room.role("operator").post("/api/promises/pm-none/keep").status_code == 404


@pytest.mark.parametrize("due_at", [T0, T0 - 1, T0 + 8 * 24 * HOUR])
def test_a_promise_is_for_a_time_within_a_week(room: Room, alert: Any, due_at: float) -> None:
    assert note(room, f"alerts/{alert.id}", due_at=due_at).json()["key"] == "promise.due"
    assert room.audit("alert.note") == []


def give(room: Room, words: str = "C02 遮挡待修", role: str = "operator") -> Any:
    return room.role(role).post("/api/desk/hand-overs", {"note": words})


def test_who_comes_takes_the_desk_over_by_name_with_what_is_left(room: Room, alert: Any) -> None:
    room.take(an_alert(id="al-2", camera_id="C02", captured_at=T0 - 9, published_at=T0 - 9))
    shelf = {"camera_id": "C02", "minutes": 60, "reason": "施工"}
    assert room.role("operator").post("/api/shelves", shelf).status_code == 200
    note(room, f"alerts/{alert.id}", due_at=T0 + HOUR)
    given = give(room).json()["hand_over"]
    assert given["counts"] == {"open": 1, "shelved": 1, "promised": 1, "sent": 2, "handled": 0}
    own = room.role("operator").post(f"/api/desk/hand-overs/{given['id']}/take")
    assert (own.status_code, own.json()["key"]) == (409, "desk_hand_over.own")
    room.clock.advance(60)
    taken = room.visitor("a-operator2").post(f"/api/desk/hand-overs/{given['id']}/take").json()["hand_over"]
    assert (taken["taken_by"], taken["taken_at"], taken["note"]) == ("operator 乙", T0 + 60, "C02 遮挡待修")
    late = room.role("leader").post(f"/api/desk/hand-overs/{given['id']}/take")
    assert (late.status_code, late.json()["values"]["by"]) == (409, "operator 乙")
    assert [(row.actor_name, row.detail) for row in room.audit("desk.take")] == [
        ("operator 乙", {"given_by": "operator 甲"})
    ]
    listed = room.role("operator").get("/api/desk/hand-overs").json()
    assert [one["id"] for one in listed["items"]] == [given["id"]]
    assert listed["counts"] == given["counts"]
    line = room.role("operator").get("/api/hand-over-sheet").json()["line"]
    assert line == {"note": "C02 遮挡待修", "given_at": T0, "taken_by": "operator 乙", "taken_at": T0 + 60}
    assert room.role("operator").post("/api/desk/hand-overs/ho-none/take").status_code == 404


def test_a_line_that_nobody_took_is_replaced_by_the_same_persons_next_one_and_both_are_registered(room: Room) -> None:
    first, second = give(room).json()["hand_over"], give(room, "又记一句").json()["hand_over"]
    give(room, "另一席", role="leader")
    items = room.role("leader").get("/api/desk/hand-overs").json()["items"]
    assert (first["id"], sorted(one["note"] for one in items)) == (second["id"], ["又记一句", "另一席"])
    assert [row.detail["note"] for row in room.audit("desk.give")] == ["C02 遮挡待修", "又记一句", "另一席"]
    assert give(room, "  ").json()["key"] == "desk_hand_over.note"


@pytest.mark.parametrize("role", ["officer", "company", "auditor", "guard", "sysadmin"])
def test_nobody_else_hands_the_desk_over(room: Room, role: str) -> None:
    assert give(room, role=role).status_code == 403
    assert room.role(role).get("/api/promises").status_code == 403
