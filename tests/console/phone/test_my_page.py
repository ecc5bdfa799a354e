"""The guard's own page: the round, the task with who comes along, "I am there", and what the tracker says."""

from __future__ import annotations

from typing import Any

import pytest

from console.guards import tracker
from console.incidents.incidents import do_confirm
from console.phone.own_round import LocalName, round_of, state_of
from lianqin.audit import Actor
from lianqin.testing import T0, an_alert
from patrol.county.tables import Checkpoint, Guard
from patrol.dispatch.tables import Dispatch
from patrol.duty.tables import CheckInRow, Shift, Visit
from patrol.judging import presence
from patrol.judging.presence import GuardPlace
from patrol.judging.visits import VisitFact
from patrol.judging.visits import VisitPoint as Spot

HALF_HOUR = 1800.0


def a_place(guard_id: str = "G1", **more: Any) -> GuardPlace:
    told: dict[str, Any] = {"guard_id": guard_id, "name": "保安1", "unit_id": "U1", "shift_id": "S1", "area_id": "A1", "lon": 119.2,
                            "lat": 34.001, "at": T0 - 20, "received_at": T0 - 18, "accuracy_m": 8.0}  # fmt: skip
    return GuardPlace(**{**told, **more})


def visit(spot: str, last_at: float) -> VisitFact:
    return VisitFact(spot, last_at - 60, last_at, "f1", 4.0)


@pytest.mark.parametrize(("last_ago", "windows", "state"), [
    (None, [], "left"), (60.0, [], "done"), (HALF_HOUR, [], "again"), (HALF_HOUR - 1, [], "done"),
    (HALF_HOUR, [[0, 1]], "done"),
], ids=["never", "just now", "as long ago as its colour allows", "a second less", "outside its windows no time counts"])  # fmt: skip
def test_a_checkpoint_is_left_done_or_due_again(last_ago: float | None, windows: list[list[int]], state: str) -> None:
    found = None if last_ago is None else visit("p1", T0 - last_ago)
    assert state_of(found, HALF_HOUR, windows, T0) == state


def test_a_round_begins_with_what_is_left_and_the_nearest_of_it() -> None:
    spots = [Spot(one, 119.2, 34.0 + n * 0.001, 25.0) for n, one in enumerate(("done", "far", "near", "again"))]
    visits = {"done": visit("done", T0 - 60), "again": visit("again", T0 - 9000)}
    points = round_of(
        spots, {"far": LocalName("远处", "")}, visits, {"near": T0 - 5}, HALF_HOUR, [], (119.2, 34.002), T0
    )
    assert [(one.id, one.state) for one in points] == [
        ("near", "left"),
        ("far", "left"),
        ("again", "again"),
        ("done", "done"),
    ]
    assert [one.name for one in points] == ["near", "远处", "again", "done"]
    assert (points[0].checked_in_at, round(points[0].away_m or 0)) == (T0 - 5, 0)
    without = round_of(spots, {}, visits, {}, HALF_HOUR, [], None, T0)
    assert [one.id for one in without] == ["far", "near", "again", "done"]
    assert {one.away_m for one in without} == {None}


def test_the_guard_reads_the_round_of_the_running_shift_by_the_last_place(room: Any) -> None:
    with room.store.write() as session:
        session.add(Checkpoint(id="A1-p2", area_id="A1", name="西门", name_en="West gate", lon=119.201, lat=34.001))
        session.add(Checkpoint(id="A1-p3", area_id="A1", name="南门", name_en="South gate", lon=119.2, lat=33.995))
        session.add(
            Visit(shift_id="S1", checkpoint_id="A1-p1", first_at=T0 - 900, last_at=T0 - 800, fix_id="f1", distance_m=5)
        )
        session.add(
            CheckInRow(
                id="ci-1",
                shift_id="S1",
                guard_id="G1",
                checkpoint_id="A1-p2",
                at=T0 - 60,
                received_at=T0 - 59,
                method="qr",
                counts=True,
                why="",
            )
        )
    presence.put_places(room.redis, [a_place()])
    told = room.role("guard").get("/api/m/round").json()["round"]
    assert [(one["id"], one["state"]) for one in told["items"]] == [
        ("A1-p2", "left"),
        ("A1-p3", "left"),
        ("A1-p1", "done"),
    ]
    first = told["items"][0]
    assert (first["name_en"], first["checked_in_at"], first["last_at"]) == ("West gate", T0 - 60, None)
    assert 80 < first["away_m"] < 100
    assert told["place"] == {"lon": 119.2, "lat": 34.001, "at": T0 - 20}
    assert told["required_s"] == 240 * 60
    other = room.visitor("a-guard2").get("/api/m/round").json()["round"]
    assert other["place"] is None
    assert {one["away_m"] for one in other["items"]} == {None}


def test_off_shift_there_is_no_round(room: Any) -> None:
    with room.store.write() as session:
        session.get_one(Shift, "S1").closed_at = T0 - 1
    assert room.role("guard").get("/api/m/round").json()["round"] is None


def an_incident(room: Any) -> str:
    """One with both guards called to it."""
    room.take(an_alert(id="al-1", captured_at=T0 - 40))
    with room.store.write() as session:
        incident = do_confirm(session, Actor("a-operator", "operator", "operator 甲"), "al-1", T0)
        session.flush()
        for n in ("1", "2"):
            row = session.get_one(Dispatch, f"dp-{n}")
            row.incident_id, row.place_name = incident.id, "学院路1 · 东门"
        session.get_one(Guard, "G2").phone = "13900000002"
        return incident.id


def test_a_task_says_what_it_is_since_when_and_who_comes_along(room: Any) -> None:
    an_incident(room)
    [task] = room.role("guard").get("/api/m/state").json()["dispatches"]
    assert (task["situation"], task["since"], task["place_name"]) == ("intrusion", T0 - 40, "学院路1 · 东门")
    [other] = task["others"]
    assert (other["name"], other["unit"]["name"], other["state"], other["phone"]) == (
        "保安2",
        "2号保安公司",
        "called",
        "13900000002",
    )
    with room.store.write() as session:
        session.get_one(Dispatch, "dp-2").state = "done"
    [task] = room.role("guard").get("/api/m/state").json()["dispatches"]
    assert task["others"] == [], "who is done goes there no more, and his number with him"


def test_being_there_is_shown_as_the_guards_word_and_proves_nothing(room: Any) -> None:
    incident_id = an_incident(room)
    guard = room.role("guard")
    guard.post("/api/m/dispatches/dp-1/accept")
    room.clock.advance(60)
    body = {"at": T0 + 30, "lon": 119.2, "lat": 34.0005, "accuracy_m": 9}
    first = guard.post("/api/m/dispatches/dp-1/there", body).json()["dispatch"]
    assert (first["state"], first["said_at"], first["said_received_at"], first["arrived_at"]) == (
        "accepted",
        T0 + 30,
        T0 + 60,
        None,
    )
    assert 50 < first["said_off_m"] < 62
    again = guard.post("/api/m/dispatches/dp-1/there", {"at": T0 + 50}).json()["dispatch"]
    assert (again["said_at"], again["said_lat"]) == (T0 + 30, 34.0005), "the first word stays"
    assert [row.detail["said_at"] for row in room.audit("dispatch.say_there")] == [T0 + 30]
    seen = room.role("operator").get(f"/api/incidents/{incident_id}").json()
    assert [step["key"] for step in seen["timeline"] if step["values"].get("guard") == "保安1"] == [
        "dispatch.called", "dispatch.accepted", "dispatch.said"]  # fmt: skip
    assert next(one["said_at"] for one in seen["dispatches"] if one["id"] == "dp-1") == T0 + 30


@pytest.mark.parametrize(("at", "kept"), [(T0 - 5000, T0), (T0 + 5000, T0 + 60), (T0 + 20, T0 + 20)],
                         ids=["a clock behind", "a clock ahead", "a right clock"])  # fmt: skip
def test_the_time_of_being_there_lies_between_the_call_and_now(room: Any, at: float, kept: float) -> None:
    guard = room.role("guard")
    guard.post("/api/m/dispatches/dp-1/accept")
    room.clock.advance(60)
    told = guard.post("/api/m/dispatches/dp-1/there", {"at": at}).json()["dispatch"]
    assert (told["said_at"], told["said_off_m"]) == (kept, None)


@pytest.mark.parametrize(("state", "status"), [("called", 200), ("accepted", 200), ("arrived", 200), ("done", 200),
                                               ("refused", 409), ("cancelled", 409)])  # fmt: skip
def test_being_there_is_said_of_a_task_that_is_or_was_under_way(room: Any, state: str, status: int) -> None:
    with room.store.write() as session:
        session.get_one(Dispatch, "dp-1").state = state
    assert room.role("guard").post("/api/m/dispatches/dp-1/there", {"at": T0}).status_code == status


@pytest.mark.parametrize(("place_at", "heard", "opened", "platform", "silent"), [
    (T0 - 10, T0 - 10, T0 - 3600, None, False),
    (T0 - 900, T0 - 30, T0 - 3600, None, False),
    (T0 - 900, T0 - 180, T0 - 3600, None, True),
    (None, None, T0 - 3600, None, True),
    (None, None, T0 - 60, None, False),
    (None, None, None, None, False),
    (T0 - 900, T0 - 900, T0 - 3600, T0 - 880, False),
], ids=["places come", "at rest it gives signs of life", "three minutes of nothing", "nothing on this shift", "just opened", "off shift",
        "the platform itself hears nobody"])  # fmt: skip
def test_a_tracker_is_silent_after_three_minutes_of_nothing_on_shift(
    place_at: float | None, heard: float | None, opened: float | None, platform: float | None, silent: bool
) -> None:
    place = None if place_at is None else a_place(at=place_at, received_at=place_at + 2)
    found = tracker.judge(place, heard, opened, platform, T0)
    assert found.silent is silent
    assert (found.fix_at, found.heard_at) == (place_at, heard)


def test_the_guards_state_says_when_the_last_place_arrived(room: Any) -> None:
    presence.put_places(room.redis, [a_place()])
    told = room.role("guard").get("/api/m/state").json()["tracker"]
    assert (told["fix_at"], told["fix_received_at"], told["heard_at"], told["silent"]) == (
        T0 - 20,
        T0 - 18,
        T0 - 18,
        False,
    )
    room.clock.advance(200)
    assert room.role("guard").get("/api/m/state").json()["tracker"]["silent"] is True
    assert room.visitor("a-guard2").get("/api/m/state").json()["tracker"]["fix_at"] is None
