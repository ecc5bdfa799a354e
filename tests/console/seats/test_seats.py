"""Who has an alert is seen before he judges, and nobody judges over his head; a wrong confirmation is undone, and nothing goes."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import delete, func, select

from console.access.tables import Account, LoginSession
from console.incidents.tables import Incident
from console.seats.seats import TERM_S
from lianqin import feed
from lianqin.audit import AuditRow
from lianqin.feed import FeedRow
from lianqin.testing import T0, an_alert
from patrol.dispatch.tables import Dispatch
from patrol.duty.tables import Shift
from tests.console.dispatch.test_stuck import call, incident, put, watch  # noqa: F401 - a fixture among them

OTHER = "a-operator2"


def sit(room: Any, alert_id: str | None, who: str = "a-operator") -> Any:
    answer = room.visitor(who).put("/api/desk/seat", {"alert_id": alert_id})
    assert answer.status_code == 200, answer.text
    return answer.json()


def holder(room: Any, alert_id: str = "al-0001") -> str | None:
    by = room.visitor(OTHER).get(f"/api/alerts/{alert_id}").json()["held_by"]
    return by and str(by["name"])


def test_who_opens_an_alert_has_it_and_the_other_desk_sees_it_before_he_judges(room: Any, alert: Any) -> None:
    with room.store.read() as session:
        last = session.scalar(select(func.max(FeedRow.seq)))
    assert sit(room, alert.id)["mine"] == alert.id
    [listed] = room.visitor(OTHER).get("/api/alerts?state=open").json()["items"]
    assert (listed["held_by"]["name"], listed["held_by"]["since"]) == ("operator 甲", T0)
    with room.store.read() as session:
        assert [(row.topic, row.object_id) for row in feed.after(session, last)] == [("alert", alert.id)]
    assert sit(room, alert.id, OTHER)["mine"] is None
    assert [(one["name"], one["alert_id"]) for one in sit(room, None, OTHER)["others"]] == [("operator 甲", alert.id)]
    assert [(one["name"], one["alert_id"]) for one in sit(room, alert.id)["others"]] == [("operator 乙", None)]


@pytest.mark.parametrize("verb", ["confirm", "false", "ignore"])
def test_a_judgement_by_another_is_refused_with_who_has_it_until_he_takes_it_over(
    room: Any, alert: Any, verb: str
) -> None:
    sit(room, alert.id)
    other, body = room.visitor(OTHER), {"reason": "animal"} if verb == "false" else None
    answer = other.post(f"/api/alerts/{alert.id}/{verb}", body)
    assert (answer.status_code, answer.json()["key"], answer.json()["values"]) == (
        409, "alert.held", {"by": "operator 甲", "since": T0})  # fmt: skip
    assert other.get(f"/api/alerts/{alert.id}").json()["state"] == "new"
    assert other.post("/api/desk/take-over", {"alert_id": alert.id, "word": " "}).json()["key"] == "seat.word"
    taken = other.post("/api/desk/take-over", {"alert_id": alert.id, "word": "他去接电话了"}).json()
    assert (taken["mine"], [one["alert_id"] for one in taken["others"]]) == (alert.id, [None])
    [row] = room.audit("alert.take_over")
    assert (row.actor_id, row.object_id, row.detail) == (OTHER, alert.id, {"word": "他去接电话了", "of": "operator 甲"})
    assert sit(room, alert.id)["mine"] is None
    assert room.role("operator").post(f"/api/alerts/{alert.id}/{verb}", body).json()["key"] == "alert.held"
    assert other.post(f"/api/alerts/{alert.id}/{verb}", body).status_code == 200


def test_nobody_calls_a_guard_or_calls_him_off_over_the_head_of_who_has_the_incident(room: Any, alert: Any) -> None:
    operator, other = room.role("operator"), room.visitor(OTHER)
    incident = operator.post(f"/api/alerts/{alert.id}/confirm").json()["incident"]["id"]  # noqa: F811
    put(room, "1")
    put(room, "2")
    with room.store.write() as session:
        session.execute(delete(Dispatch))
    sit(room, alert.id)
    wanted = f"/api/incidents/{incident}/dispatches"
    assert other.post(wanted, {"guard_id": "G1"}).json()["key"] == "alert.held"
    task = operator.post(wanted, {"guard_id": "G1"}).json()["dispatch"]["id"]
    assert other.post(f"/api/dispatches/{task}/cancel").json()["key"] == "alert.held"
    other.post("/api/desk/take-over", {"alert_id": alert.id, "word": "他去接电话了"})
    assert other.post(f"/api/dispatches/{task}/cancel").status_code == 200
    assert other.post(wanted, {"guard_id": "G2"}).status_code == 200


def test_nobody_has_it_once_its_desk_goes_on_leaves_is_silent_or_logged_out(room: Any, alert: Any) -> None:
    room.take(an_alert(id="al-2"))
    sit(room, alert.id)
    sit(room, "al-2")
    assert (holder(room), holder(room, "al-2")) == (None, "operator 甲")
    assert room.role("operator").ask("DELETE", "/api/desk/seat").status_code == 200
    assert holder(room, "al-2") is None
    sit(room, alert.id)
    room.clock.advance(TERM_S - 1)
    assert holder(room) == "operator 甲"
    sit(room, alert.id)
    room.clock.advance(TERM_S - 1)
    assert holder(room) == "operator 甲"
    room.clock.advance(2)
    assert holder(room) is None
    sit(room, alert.id)
    assert room.role("operator").post("/api/logout").status_code == 200
    assert holder(room) is None


def test_a_session_that_was_ended_from_elsewhere_holds_nothing(room: Any, alert: Any) -> None:
    sit(room, alert.id)
    with room.store.write() as session:
        session.execute(delete(LoginSession).where(LoginSession.account_id == "a-operator"))
    assert holder(room) is None
    assert room.visitor(OTHER).post(f"/api/alerts/{alert.id}/confirm").status_code == 200


def test_an_alert_of_which_nothing_remains_to_be_done_is_nobodys(room: Any, alert: Any) -> None:
    assert sit(room, alert.id)["mine"] == alert.id
    incident = room.role("operator").post(f"/api/alerts/{alert.id}/confirm").json()["incident"]["id"]  # noqa: F811
    assert sit(room, alert.id)["mine"] == alert.id
    room.role("operator").post(f"/api/incidents/{incident}/close", {"note": ""})
    assert sit(room, alert.id)["mine"] is None
    assert room.role("operator").put("/api/desk/seat", {"alert_id": "al-none"}).json()["key"] == "alert.missing"


# --- undo ---


def counts(room: Any) -> dict[str, int]:
    with room.store.read() as session:
        return {
            of.__tablename__: session.scalar(select(func.count()).select_from(of))
            for of in (Incident, Dispatch, AuditRow)
        }


def test_a_wrong_confirmation_is_undone_after_its_call_was_cancelled_and_no_row_goes(room: Any, incident: str) -> None:  # noqa: F811
    operator = room.role("operator")
    task = call(room, incident)
    room.role("guard").post(f"/api/m/dispatches/{task}/accept")
    room.clock.advance(300)
    watch(room)
    refused = operator.post("/api/alerts/al-0001/reopen").json()
    assert (refused["key"], refused["values"]["names"]) == ("alert.reopen_dispatched", ["保安1"])
    operator.post(f"/api/dispatches/{task}/cancel")
    before = counts(room)
    shown = operator.post("/api/alerts/al-0001/reopen").json()["alert"]
    assert (shown["state"], shown["incident"], shown["judged_by"]) == ("new", None, None)
    after = counts(room)
    assert after | {"audit": 0} == before | {"audit": 0}
    assert after["audit"] == before["audit"] + 2
    kept = operator.get(f"/api/incidents/{incident}").json()
    assert (kept["state"], kept["closed_by"], kept["dispatches"][0]["accepted_at"]) == ("withdrawn", "operator 甲", T0)
    assert {"dispatch.called", "dispatch.accepted", "dispatch.cancelled", "incident.withdrawn"} <= {
        step["key"] for step in shown["timeline"]}  # fmt: skip
    assert operator.post(f"/api/incidents/{incident}/close", {"note": ""}).json()["key"] == "incident.withdrawn"
    assert (
        operator.post(f"/api/incidents/{incident}/dispatches", {"guard_id": "G2"}).json()["key"] == "incident.withdrawn"
    )
    again = operator.post("/api/alerts/al-0001/confirm").json()
    assert again["incident"]["id"] != incident
    assert again["alert"]["incident"]["id"] == again["incident"]["id"]


def test_what_a_cancelled_guard_had_done_stays_and_his_proven_arrival_counts(room: Any, incident: str) -> None:  # noqa: F811
    task = call(room, incident)
    room.role("guard").post(f"/api/m/dispatches/{task}/accept")
    with room.store.write() as session:
        row = session.get_one(Dispatch, task)
        row.state, row.arrived_at, row.arrived_fix_id = "arrived", T0 + 60, "fx-1"
    room.role("operator").post(f"/api/dispatches/{task}/cancel")
    room.role("operator").post("/api/alerts/al-0001/reopen")
    with room.store.read() as session:
        row = session.get_one(Dispatch, task)
        outcome = next(one for one in session.get_one(Shift, row.shift_id).facts["dispatches"] if one["id"] == task)
    assert (row.state, row.arrived_at, outcome["counted"], outcome["arrived_at"]) == (
        "cancelled",
        T0 + 60,
        "confirmed",
        T0 + 60,
    )


@pytest.mark.parametrize("verb", ["confirm", "false", "ignore"])
def test_nobody_undoes_anothers_verdict_by_accident(room: Any, alert: Any, verb: str) -> None:
    room.role("operator").post(f"/api/alerts/{alert.id}/{verb}", {"reason": "animal"} if verb == "false" else None)
    other = room.visitor(OTHER)
    answer = other.post(f"/api/alerts/{alert.id}/reopen")
    assert (answer.status_code, answer.json()["key"], answer.json()["values"]["by"]) == (
        409,
        "alert.other_verdict",
        "operator 甲",
    )
    assert other.post(f"/api/alerts/{alert.id}/reopen", {"of": "operator 乙"}).json()["key"] == "alert.other_verdict"
    assert other.post(f"/api/alerts/{alert.id}/reopen", {"of": "operator 甲"}).json()["alert"]["state"] == "new"
    [row] = room.audit("alert.reopen")
    assert (row.actor_id, row.detail["of"]) == (OTHER, "operator 甲")


def test_two_people_of_one_name_are_two(room: Any, alert: Any) -> None:
    with room.store.write() as session:
        session.get_one(Account, OTHER).name = "operator 甲"
    room.role("operator").post(f"/api/alerts/{alert.id}/ignore")
    assert room.visitor(OTHER).post(f"/api/alerts/{alert.id}/reopen").json()["key"] == "alert.other_verdict"


def test_a_confirmation_whose_incident_was_closed_or_done_is_not_undone(room: Any, incident: str) -> None:  # noqa: F811
    task, operator, guard = call(room, incident), room.role("operator"), room.role("guard")
    guard.post(f"/api/m/dispatches/{task}/accept")
    guard.post(f"/api/m/dispatches/{task}/done", {"note": ""})
    assert operator.post("/api/alerts/al-0001/reopen").json()["key"] == "alert.reopen_dispatched"
    operator.post(f"/api/incidents/{incident}/close", {"note": ""})
    assert operator.post("/api/alerts/al-0001/reopen").json()["key"] == "incident.closed"
