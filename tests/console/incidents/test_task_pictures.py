"""A picture that a guard took at a task: at the desk with its task, kept as evidence is, and staying whatever becomes of the task."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select

from console.reports.tables import GuardReport
from lianqin import feed
from lianqin.feed import FeedRow
from lianqin.testing import T0
from tests.console.conftest import Room, a_picture
from tests.console.dispatch.test_stuck import call, incident
from tests.console.reports.test_my_page_reports import ID, attach, later, with_metadata

__all__ = ["incident"]


def taken(room: Room, task: str, **more: Any) -> Any:
    body = {
        "id": ID,
        "kind": "task",
        "promised": "photo",
        "at": T0 + 5,
        "dispatch_id": task,
        "lon": 119.2,
        "lat": 34.0,
        **more,
    }
    return room.role("guard").post("/api/m/reports", body)


@pytest.fixture
def task(room: Room, incident: str) -> str:
    task = call(room, incident)
    room.role("guard").post(f"/api/m/dispatches/{task}/accept")
    room.clock.advance(10)
    return task


def test_it_stands_with_its_task_and_in_the_timeline_as_soon_as_it_comes(room: Room, incident: str, task: str) -> None:
    with room.store.read() as session:
        before = session.scalar(select(func.max(FeedRow.seq))) or 0
    assert taken(room, task).status_code == 200
    operator = room.role("operator")
    [shown] = operator.get(f"/api/incidents/{incident}").json()["dispatches"]
    assert [(one["id"], one["at"], one["media_state"]) for one in shown["pictures"]] == [(ID, T0 + 5, "coming")]
    guard = room.role("guard")
    assert [one["pictures_here"] for one in guard.get("/api/m/state").json()["dispatches"]] == [0], (
        "it is not whole yet"
    )
    assert attach(guard, with_metadata(a_picture())).status_code == 200
    story = operator.get("/api/alerts/al-0001").json()
    assert story["incident"]["dispatches"][0]["pictures"][0]["media_state"] == "here"
    assert [one["at"] for one in story["timeline"] if one["key"] == "dispatch.picture"] == [T0 + 5]
    with room.store.read() as session:
        rows = feed.after(session, before)
        kept = session.get_one(GuardReport, ID)
    assert [row.object_id for row in rows if row.topic == "incident"] == [incident, incident]
    assert (kept.state, kept.incident_id, kept.dispatch_id, len(kept.media_sha256 or "")) == (
        "task",
        incident,
        task,
        64,
    )
    seen = operator.get(f"/api/reports/{ID}/media")
    assert (seen.status_code, b"Exif" in seen.content) == (200, False)
    assert [(row.actor_id, row.purpose, row.object_id) for row in room.audit("report.look")] == [
        ("a-operator", "incident", ID)
    ]
    assert room.role("company").get(f"/api/reports/{ID}/media").status_code == 403
    assert [one["pictures_here"] for one in guard.get("/api/m/state").json()["dispatches"]] == [1]


def test_it_is_no_finding_that_waits_for_a_decision(room: Room, task: str) -> None:
    taken(room, task)
    operator = room.role("operator")
    assert operator.get("/api/reports?state=new").json()["items"] == []
    assert operator.post(f"/api/reports/{ID}/incident").json()["key"] == "report.decided"


@pytest.mark.parametrize(
    ("change", "status", "key"),
    [
        ({"dispatch_id": "dp-2"}, 404, "dispatch.missing"),
        ({"dispatch_id": "dp-none"}, 404, "dispatch.missing"),
        ({"dispatch_id": None}, 422, "report.task"),
        ({"promised": ""}, 422, "report.task"),
        ({"kind": "fire"}, 422, "report.task"),
    ],
)
def test_it_names_a_task_of_the_guards_own(
    room: Room, task: str, change: dict[str, Any], status: int, key: str
) -> None:
    answer = taken(room, task, **change)
    assert (answer.status_code, answer.json()["key"]) == (status, key)


def test_what_a_cancelled_guard_had_done_stays_and_the_withdrawn_history_shows_it(
    room: Room, incident: str, task: str
) -> None:
    operator, guard = room.role("operator"), room.role("guard")
    guard.post(f"/api/m/dispatches/{task}/there", {"at": T0 + 9})
    operator.post(f"/api/incidents/{incident}/notes", {"note": "店主已联系"})
    operator.post(f"/api/dispatches/{task}/cancel")
    operator.post("/api/alerts/al-0001/reopen")
    assert taken(room, task).status_code == 200, "taken before, sent later"
    assert attach(guard, a_picture()).status_code == 200
    done = {"dispatch.called", "dispatch.accepted", "dispatch.said", "dispatch.picture", "dispatch.cancelled", "incident.noted",
            "incident.withdrawn"}  # fmt: skip
    withdrawn = operator.get(f"/api/incidents/{incident}").json()
    assert withdrawn["state"] == "withdrawn"
    assert done <= {one["key"] for one in withdrawn["timeline"]}
    assert withdrawn["dispatches"][0]["pictures"][0]["media_state"] == "here"
    again = operator.get("/api/alerts/al-0001").json()
    assert (again["state"], again["incident"]) == ("new", None)
    assert done <= {one["key"] for one in again["timeline"]}


def test_it_stays_while_the_incident_is_open_or_held_and_goes_with_a_certificate_after_its_term(
    room: Room, incident: str, task: str
) -> None:  # fmt: skip
    taken(room, task)
    attach(room.role("guard"), a_picture())
    later(room, 200)
    assert len(room.console.evidence.matching("*/gr-*")) == 1, "the incident is open"
    room.role("operator").post(f"/api/incidents/{incident}/close", {"note": "完", "cancel_calls": True})
    room.role("leader").put("/api/alerts/al-0001/hold", {"reason": "案件"})
    later(room, 1)
    assert len(room.console.evidence.matching("*/gr-*")) == 1, "the alert is held"
    room.role("leader").ask("DELETE", "/api/alerts/al-0001/hold")
    later(room, 1)
    assert room.console.evidence.matching("*/gr-*") == []
    [shown] = room.role("operator").get(f"/api/incidents/{incident}").json()["dispatches"]
    assert shown["pictures"][0]["media_state"] == "purged"
    assert room.role("operator").get(f"/api/reports/{ID}/media").json()["key"] == "evidence.gone"
