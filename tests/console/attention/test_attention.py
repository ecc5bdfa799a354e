"""An alert that nobody judges is escalated once a step, and who took it is shown; mutes end by themselves; what rang is counted once."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from console.attention.escalations import FOR_S, MOST_A_LOOK, EscalationWatch, do_escalate
from console.attention.rings import KEPT_S, forget_old
from console.attention.tables import Escalation, Ring
from lianqin import feed
from lianqin.testing import T0, an_alert

RING = {"id": "rg-0123456789ab", "alert_id": "al-0001", "at": T0, "why": "new", "means": "sound", "hidden": True}


def after(room: Any, seconds: float) -> list[tuple[int, str]]:
    """The clock goes on and the thread looks once: steps and seats of what it made."""
    room.clock.advance(seconds)
    before = told(room)
    EscalationWatch(room.console).run_once()
    return told(room)[len(before) :]


def told(room: Any) -> list[tuple[int, str]]:
    with room.store.read() as session:
        return [(row.step, row.seat) for row in session.scalars(select(Escalation).order_by(Escalation.at, Escalation.step))]  # fmt: skip


def mine(visitor: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = visitor.get("/api/attention").json()["escalations"]
    return found


def test_an_unjudged_alert_goes_to_the_second_seat_then_to_the_leader_each_once(room: Any, alert: Any) -> None:
    started = room.clock.now()
    assert after(room, 59) == []
    room.clock.step(T0 + 60 - room.clock.now())
    assert after(room, 0) == [(2, "second")]
    assert after(room, 0) == []
    assert mine(room.role("leader")) == []
    [one] = mine(room.role("operator"))
    assert (one["alert_id"], one["seat"], one["priority"], one["camera"]["name"]) == (
        alert.id,
        "second",
        alert.priority,
        "学院路1",
    )
    room.clock.step(T0 + 120 - room.clock.now())
    assert after(room, 0) == [(3, "leader")]
    assert [one["seat"] for one in mine(room.role("leader"))] == ["leader"]
    shown = room.role("operator").get(f"/api/alerts/{alert.id}").json()
    assert [(one["step"], one["seat"], one["taken_by"]) for one in shown["escalations"]] == [
        (2, "second", None),
        (3, "leader", None),
    ]
    assert [step["key"] for step in shown["timeline"]][-2:] == ["alert.escalated_second", "alert.escalated_leader"]
    rows = room.audit("alert.escalate")
    assert [(row.object_id, row.detail["seat"], row.role) for row in rows] == [
        (alert.id, "second", None),
        (alert.id, "leader", None),
    ]
    assert rows[0].detail["waited_s"] >= 60
    with room.store.read() as session:
        assert [row.topic for row in feed.after(session, 0)].count("escalation") == 2
    assert started == T0


def test_a_console_that_was_away_makes_up_for_both_steps_and_a_judged_alert_calls_nobody(room: Any, alert: Any) -> None:
    room.take(an_alert(id="al-0002", captured_at=T0 + 1))
    room.role("operator").post("/api/alerts/al-0002/ignore")
    assert after(room, 500) == [(2, "second"), (3, "leader")]
    with room.store.read() as session:
        assert set(session.scalars(select(Escalation.alert_id))) == {alert.id}


def test_of_a_long_queue_each_look_escalates_some_and_all_come_in_their_turn(room: Any) -> None:
    room.take(*(an_alert(id=f"al-{n:03}", zone_id=f"Z{n}", captured_at=T0) for n in range(MOST_A_LOOK + 20)))
    assert after(room, 60) == [(2, "second")] * MOST_A_LOOK
    assert after(room, 0) == [(2, "second")] * 20
    assert after(room, 0) == []


def test_an_alert_of_yesterday_calls_nobody_any_more(room: Any, alert: Any) -> None:
    assert after(room, FOR_S + 1) == []


def test_the_steps_are_those_of_the_settings(room: Any, alert: Any) -> None:
    with room.store.write() as session:
        assert [row.step for row in do_escalate(session, (1, 5, 900), T0 + 6)] == [2]


def test_a_judged_alert_leaves_the_list_and_an_undone_judgement_brings_it_back_untold(room: Any, alert: Any) -> None:
    after(room, 130)
    leader = room.role("leader")
    room.role("operator").post(f"/api/alerts/{alert.id}/ignore")
    assert mine(leader) == []
    room.role("operator").post(f"/api/alerts/{alert.id}/reopen")
    assert len(mine(leader)) == 1
    assert after(room, 5) == []


def test_who_takes_it_is_recorded_and_shown_and_who_comes_second_is_told(room: Any, alert: Any) -> None:
    after(room, 130)
    leader, operator, other = room.role("leader"), room.role("operator"), room.visitor("a-operator2")
    [second], [lead] = mine(operator), mine(leader)
    answer = operator.post(f"/api/escalations/{second['id']}/take").json()
    assert [one["taken_by"] for one in answer["escalations"]] == ["operator 甲"]
    assert operator.post(f"/api/escalations/{second['id']}/take").status_code == 200
    late = other.post(f"/api/escalations/{second['id']}/take")
    assert (late.status_code, late.json()["key"], late.json()["values"]["by"]) == (
        409,
        "escalation.taken",
        "operator 甲",
    )
    assert operator.post(f"/api/escalations/{lead['id']}/take").json()["key"] == "escalation.missing"
    assert leader.post(f"/api/escalations/{second['id']}/take").status_code == 404
    shown = other.get(f"/api/alerts/{alert.id}").json()["escalations"]
    assert [(one["seat"], one["taken_by"]) for one in shown] == [("second", "operator 甲"), ("leader", None)]
    assert [(row.actor_name, row.object_id) for row in room.audit("alert.take")] == [("operator 甲", alert.id)]
    other.post(f"/api/alerts/{alert.id}/confirm")
    refused = leader.post(f"/api/escalations/{lead['id']}/take").json()
    assert (refused["key"], refused["values"]["by"]) == ("alert.judged", "operator 乙")


def test_who_takes_an_escalation_has_the_alert_and_the_desk_that_let_it_wait_has_it_no_more(
    room: Any, alert: Any
) -> None:
    after(room, 115)
    room.role("operator").put("/api/desk/seat", {"alert_id": alert.id})
    after(room, 10)
    leader = room.role("leader")
    assert leader.post(f"/api/alerts/{alert.id}/confirm").json()["key"] == "alert.held"
    [lead] = mine(leader)
    leader.post(f"/api/escalations/{lead['id']}/take")
    assert leader.get(f"/api/alerts/{alert.id}").json()["held_by"] is None
    assert leader.post(f"/api/alerts/{alert.id}/confirm").status_code == 200


def test_the_second_seats_list_is_its_own_while_somebody_sits_there(room: Any, alert: Any) -> None:
    after(room, 70)
    first, second = room.role("operator"), room.visitor("a-operator2")
    assert len(mine(first)) == len(mine(second)) == 1, "nobody said so: both are called again"
    for _ in range(2):
        answer = second.post("/api/attention/seat", {"sits": True}).json()
    assert answer["second_seat"] == [{"account_id": "a-operator2", "name": "operator 乙"}]
    assert (len(mine(first)), len(mine(second))) == (0, 1)
    second.post("/api/attention/seat", {"sits": False})
    assert len(mine(first)) == 1
    assert [row.action for row in room.audit() if row.action.startswith("attention")] == [
        "attention.sit",
        "attention.leave",
    ]
    assert room.role("leader").post("/api/attention/seat", {"sits": True}).status_code == 403


def test_who_went_home_without_a_word_does_not_sit_there(room: Any, alert: Any) -> None:
    room.visitor("a-operator2").post("/api/attention/seat", {"sits": True})
    room.clock.advance(room.settings.idle_exit_minutes * 60 + 1)
    EscalationWatch(room.console).run_once()
    assert len(mine(room.role("operator"))) == 1


@pytest.mark.parametrize("minutes", [5, 15, 30])
def test_a_mute_is_registered_shown_to_the_others_and_ends_by_itself(room: Any, minutes: int) -> None:
    operator, leader = room.role("operator"), room.role("leader")
    until = room.clock.now() + minutes * 60
    operator.post("/api/attention/mute", {"minutes": minutes})
    [seen] = leader.get("/api/attention").json()["mutes"]
    assert (seen["name"], seen["account_id"], seen["until"]) == ("operator 甲", "a-operator", until)
    [row] = room.audit("attention.mute")
    assert (row.actor_id, row.at, row.detail["until"]) == ("a-operator", until - minutes * 60, until)
    room.clock.advance(minutes * 60)
    room.forget_visitors()
    assert room.role("leader").get("/api/attention").json()["mutes"] == []


def test_a_mute_can_be_ended_and_has_no_other_length(room: Any) -> None:
    operator = room.role("operator")
    assert operator.post("/api/attention/mute", {"minutes": 600}).status_code == 422
    operator.ask("DELETE", "/api/attention/mute")
    assert room.audit() == []
    operator.post("/api/attention/mute", {"minutes": 30})
    assert operator.ask("DELETE", "/api/attention/mute").json()["mutes"] == []
    assert [row.action for row in room.audit()] == ["attention.mute", "attention.unmute"]


def test_what_rang_is_taken_once_and_counted_for_the_leader(room: Any) -> None:
    operator = room.role("operator")
    rings = [
        RING,
        RING | {"id": "rg-0123456789ac", "alert_id": "al-0002"},
        RING | {"id": "rg-0123456789ad", "means": "blocked", "hidden": False},
    ]
    assert operator.post("/api/rings", {"rings": rings}).json() == {"taken": 3}
    assert operator.post("/api/rings", {"rings": rings[:2]}).json() == {"taken": 0}
    counted = room.role("leader").get(f"/api/alarms?from_at={T0 - 60}&to_at={T0 + 60}").json()["called"]["rings"]
    assert [(one["name"], one["means"], one["hidden"], one["rings"], one["alerts"]) for one in counted] == [
        ("operator 甲", "blocked", False, 1, 1), ("operator 甲", "sound", True, 2, 2)]  # fmt: skip
    assert operator.get(f"/api/alarms?from_at={T0 - 60}&to_at={T0 + 60}").status_code == 403


def test_the_leaders_page_counts_what_rang_and_who_took_what_how_soon(room: Any, alert: Any) -> None:
    after(room, 130)
    operator, leader = room.role("operator"), room.role("leader")
    operator.post("/api/rings", {"rings": [RING]})
    room.clock.advance(10)
    operator.post(f"/api/escalations/{mine(operator)[0]['id']}/take")
    called = leader.get(f"/api/alarms?from_at={T0 - 60}&to_at={T0 + 600}").json()["called"]
    assert [(one["name"], one["means"], one["rings"]) for one in called["rings"]] == [("operator 甲", "sound", 1)]
    second, lead = called["escalations"]
    assert (second["seat"], second["raised"], second["taken"], second["by"], second["few"]) == (
        "second", 1, 1, [{"name": "operator 甲", "taken": 1}], True)  # fmt: skip
    assert second["p50"] == pytest.approx(10, abs=1)
    assert (lead["seat"], lead["raised"], lead["taken"], lead["by"], lead["p50"]) == ("leader", 1, 0, [], None)
    earlier = leader.get(f"/api/alarms?from_at={T0 - 900}&to_at={T0 - 60}").json()["called"]
    assert (earlier["rings"], [one["raised"] for one in earlier["escalations"]]) == ([], [0, 0])


def test_what_rests_on_a_shelf_calls_nobody_and_waits_anew_when_it_is_back(room: Any, alert: Any) -> None:
    operator = room.role("operator")
    assert after(room, 65) == [(2, "second")]
    shelf = operator.post(
        "/api/shelves", {"camera_id": alert.camera_id, "zone_id": "", "situation": "", "minutes": 30, "reason": "施工"}
    ).json()["shelf"]
    assert mine(operator) == []
    assert after(room, 600) == []
    operator.post(f"/api/shelves/{shelf['id']}/end")
    assert [one["alert_id"] for one in mine(operator)] == [alert.id]
    assert after(room, 110) == []
    assert after(room, 15) == [(3, "leader")]


@pytest.mark.parametrize(
    "wrong", [{"id": "x"}, {"means": "shout"}, {"why": "again"}, {"at": "nan"}, {"alert_id": "a" * 61}]
)
def test_a_ring_that_is_none_is_refused(room: Any, wrong: dict[str, Any]) -> None:
    assert room.role("operator").post("/api/rings", {"rings": [RING | wrong]}).status_code == 422
    assert (
        room.role("operator")
        .post("/api/rings", {"rings": [RING | {"id": f"rg-{n:012x}"} for n in range(51)]})
        .status_code
        == 422
    )


def test_a_page_with_a_wrong_clock_is_believed_within_a_day_and_old_rings_go(room: Any) -> None:
    room.role("operator").post(
        "/api/rings", {"rings": [RING | {"at": T0 - 3600}, RING | {"id": "rg-0123456789ff", "at": 5.0}]}
    )
    with room.store.read() as session:
        assert sorted(session.scalars(select(Ring.at))) == [T0 - 3600, T0]
    with room.store.write() as session:
        forget_old(session, T0 + KEPT_S + 1)
        assert list(session.scalars(select(Ring.id))) == []


def test_no_alerts_name_is_answered_with_the_list_of_escalations(room: Any) -> None:
    operator = room.role("operator")
    operator.get("/api/attention")
    for name in ("attention second", "attention ", "attention leader"):
        assert operator.get(f"/api/alerts/{name}").status_code == 404
