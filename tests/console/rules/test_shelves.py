"""What is shelved rests, is not judged by that, and comes back by itself."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from console.alerts.tables import AlertRow
from console.app import make_app, threads_of
from console.cameras.outages import SITUATIONS
from console.cameras.running import RunningLooks
from console.rules.shelves import SHELVABLE, ShelfWatch
from console.rules.tables import Shelf, in_queue
from lianqin import feed
from lianqin.feed import FeedRow
from lianqin.records import Evidence
from lianqin.testing import T0, an_alert

HALF_DAY = 12 * 60


def shelve(room: Any, role: str = "operator", **form: Any) -> Any:
    asked = {"camera_id": "C01", "minutes": 60, "reason": "road works"} | form
    return room.role(role).post("/api/shelves", asked)


def queue(room: Any, state: str = "open") -> list[str]:
    return sorted(one["id"] for one in room.role("operator").get(f"/api/alerts?state={state}").json()["items"])


def later(room: Any, seconds: float) -> None:
    """Everybody logs in anew then."""
    room.forget_visitors()
    room.clock.advance(seconds)


def running(room: Any) -> list[dict[str, Any]]:
    return list(room.role("leader").get("/api/shelves?state=running").json()["items"])


def test_what_comes_meanwhile_is_stored_and_counted_but_stands_in_no_queue_and_is_not_judged(room: Any) -> None:
    shelf = shelve(room, zone_id="C01-z1").json()["shelf"]
    room.clock.advance(10)
    room.take(an_alert(id="al-1", captured_at=T0 + 8, priority=1))
    room.take(an_alert(id="al-2", captured_at=T0 + 9), an_alert(id="al-3", zone_id="C01-z9", captured_at=T0 + 9))
    room.take(an_alert(id="al-4", camera_id="C02", zone_id="C02-z1", captured_at=T0 + 9))
    assert queue(room) == ["al-3", "al-4"]
    assert queue(room, "shelved") == ["al-1", "al-2"]
    shown = room.role("operator").get("/api/alerts/al-1").json()
    assert (shown["state"], shown["judged_by"], shown["shelf"]["id"]) == ("new", None, shelf["id"])
    [row] = running(room)
    assert (row["alerts"], row["waiting"], row["priority"], row["last_at"]) == (2, 2, 1, T0 + 10)
    assert (row["zone"]["name"], row["camera"]["name"], row["shelved_by"]) == ("东门", "学院路1", "operator 甲")
    assert [one.detail["alerts"] for one in room.audit("shelf.begin")] == [0]


def test_what_stood_open_rests_too_and_an_alert_captured_before_is_shown(room: Any) -> None:
    room.take(an_alert(id="al-1"))
    assert shelve(room).status_code == 200
    assert queue(room) == []
    room.take(an_alert(id="al-2", captured_at=T0 - 1))  # of before, and late
    assert queue(room) == ["al-2"]
    assert [one.detail["alerts"] for one in room.audit("shelf.begin")] == [1]


def test_it_comes_back_by_itself_at_its_time_and_waits_from_then(room: Any) -> None:
    shelve(room, minutes=30)
    room.clock.advance(60)
    room.take(an_alert(id="al-1", captured_at=T0 + 59), an_alert(id="al-2", captured_at=T0 + 59))
    room.role("operator").post("/api/alerts/al-2/false", {"reason": "construction"})
    later(room, 30 * 60 - 60 - 0.5)
    assert queue(room) == []
    room.clock.advance(0.5)
    assert queue(room) == ["al-1"]  # at once, though no thread has run yet
    watch = ShelfWatch(room.console)
    watch.run_once()
    back = room.role("operator").get("/api/alerts/al-1").json()
    assert (back["state"], back["judged_by"], back["shelf"], back["back_at"]) == ("new", None, None, T0 + 1800)
    assert (back["waits_from"], back["escalation"]) == (T0 + 1800, 0)
    assert [step["key"] for step in back["timeline"]][-2:] == ["alert.shelved", "alert.back"]
    [row] = room.audit("shelf.over")
    assert (row.actor_id, row.detail["back"]) == ("system:shelves", 1)
    watch.run_once()
    assert len(room.audit("shelf.over")) == 1
    with room.store.read() as session:
        [shelf] = session.scalars(select(Shelf))
        assert (shelf.ended_at, shelf.ended_by) == (T0 + 1800, None)
        assert [one.topic for one in feed.after(session, 0)].count("shelf") == 2


def test_it_outlives_a_restart_and_ends_on_time_after_one(room: Any, store: Any, redis_client: Any) -> None:
    shelve(room, minutes=10)
    room.take(an_alert(id="al-1", captured_at=T0))
    again = make_app(room.settings, store, redis_client, clock=room.clock, threads=False).state.console
    room.clock.advance(598)
    ShelfWatch(again).run_once()  # and sleeps a second
    room.clock.advance(0.5)
    assert queue(room) == []
    room.clock.advance(0.5)
    ShelfWatch(again).run_once()
    assert queue(room) == ["al-1"]
    assert "shelves" in [name for name, _ in threads_of(again, RunningLooks(again), "console-1")]


def test_who_ends_it_early_is_named_and_a_second_one_is_told(room: Any) -> None:
    shelf = shelve(room).json()["shelf"]["id"]
    room.take(an_alert(id="al-1", captured_at=T0))
    room.clock.advance(5)
    ended = room.role("leader").post(f"/api/shelves/{shelf}/end").json()["shelf"]
    assert (ended["running"], ended["ended_by"], ended["ended_at"]) == (False, "leader 甲", T0 + 5)
    assert queue(room) == ["al-1"]
    assert room.role("operator").post(f"/api/shelves/{shelf}/end").json()["key"] == "shelf.over"
    assert room.role("operator").post("/api/shelves/sh-none/end").json()["key"] == "shelf.missing"
    assert [one["id"] for one in room.role("leader").get("/api/shelves?state=ended").json()["items"]] == [shelf]


def test_what_another_shelf_still_covers_rests_on(room: Any) -> None:
    long = shelve(room, minutes=120, zone_id="C01-z1").json()["shelf"]["id"]
    longest = shelve(room, minutes=180, situation="intrusion").json()["shelf"]["id"]
    room.take(an_alert(id="al-1", captured_at=T0))
    assert room.role("operator").get("/api/alerts/al-1").json()["shelf"]["id"] == longest
    room.role("operator").post(f"/api/shelves/{longest}/end")
    assert room.role("operator").get("/api/alerts/al-1").json()["shelf"]["id"] == long
    assert queue(room) == []
    room.role("operator").post(f"/api/shelves/{long}/end")
    assert queue(room) == ["al-1"]


def test_one_kind_rests_and_the_others_ring(room: Any) -> None:
    shelve(room, zone_id="C01-z1", situation="loitering")
    room.take(an_alert(id="al-1", situation="loitering", captured_at=T0), an_alert(id="al-2", captured_at=T0))
    assert queue(room) == ["al-2"]


@pytest.mark.parametrize("situation", [*SITUATIONS, "reported", "sos"])
def test_blind_cameras_reports_and_calls_for_help_are_never_shelved(room: Any, situation: str) -> None:
    assert situation not in SHELVABLE
    assert shelve(room, situation=situation).json()["key"] == "shelf.situation"
    shelve(room)
    with room.store.write() as session:
        row = {
            name: getattr(an_alert(), name) for name in ("camera_id", "zone_id", "method", "kind", "priority", "score")
        }
        session.add(AlertRow(id="al-d", situation=situation, captured_at=T0, published_at=T0, received_at=T0, model="",
                             rule_version="", **row))  # fmt: skip
    assert queue(room) == ["al-d"]
    shelve(room, zone_id="C01-z1")
    assert queue(room) == ["al-d"]


def test_an_operator_shelves_half_a_day_and_a_leader_a_week(room: Any) -> None:
    assert shelve(room, minutes=HALF_DAY + 1).json()["key"] == "shelf.leader"
    assert shelve(room, minutes=HALF_DAY).status_code == 200
    assert shelve(room, "leader", camera_id="C02", minutes=7 * 24 * 60 + 1).json()["key"] == "shelf.longest"
    assert shelve(room, "leader", camera_id="C02", minutes=7 * 24 * 60).status_code == 200


@pytest.mark.parametrize(
    ("form", "key"),
    [
        ({"camera_id": "C77"}, "camera.missing"),
        ({"zone_id": "C02-z1"}, "zone.missing"),
        ({"reason": "   "}, "form.invalid"),
        ({"minutes": 0}, "form.invalid"),
    ],
)
def test_a_shelf_of_nothing_or_without_a_reason_is_refused(room: Any, form: Any, key: str) -> None:
    assert shelve(room, **form).json()["key"] == key
    assert room.audit() == []


def test_the_same_thing_is_not_shelved_twice_and_the_second_is_told_by_whom(room: Any) -> None:
    shelve(room, zone_id="C01-z1")
    answer = room.role("leader").post(
        "/api/shelves", {"camera_id": "C01", "zone_id": "C01-z1", "minutes": 5, "reason": "x"}
    )
    assert (answer.status_code, answer.json()["key"]) == (409, "shelf.running")
    assert answer.json()["values"]["by"] == "operator 甲"


def test_evidence_that_comes_later_joins_a_resting_alert_and_one_that_rests_can_be_judged(room: Any) -> None:
    shelve(room)
    room.take(an_alert(id="al-1", captured_at=T0))
    room.take(Evidence("al-1", "C01", T0 + 10, (), "x/al-1.mp4"))
    assert queue(room) == []
    assert room.role("operator").post("/api/alerts/al-1/confirm").json()["alert"]["shelf"] is None
    later(room, 3600)
    ShelfWatch(room.console).run_once()
    assert queue(room) == []
    assert room.role("operator").get("/api/alerts/al-1").json()["state"] == "confirmed"


def test_what_rests_keeps_no_operator_logged_in(room: Any) -> None:
    room.take(an_alert(id="al-1"))
    shelve(room)
    with room.store.read() as session:
        assert session.scalar(select(AlertRow.id).where(in_queue(room.clock.now()))) is None
        assert session.scalar(select(FeedRow.seq).where(FeedRow.topic == "shelf")) is not None
