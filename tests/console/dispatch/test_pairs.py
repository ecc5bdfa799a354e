"""Several guards in one act; at night two go to a key place, or a word says why one goes alone."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from console.cameras.tables import CameraRow, ZoneRow
from console.dispatch.pairs import is_night
from console.http.messages import detail_of
from lianqin.settings import Settings
from lianqin.testing import T0
from patrol.county.tables import Area
from patrol.dispatch.tables import Dispatch, Stuck
from tests.console.conftest import Room
from tests.console.dispatch.test_stuck import incident, put, the_row, watch

__all__ = ["incident"]
NIGHT = T0
"""T0 is 22:13:20 at the county's clock."""
DAY = T0 + 12 * 3600


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"guards_at_night": 2})


def call(room: Room, incident: str, *guards: str, **more: str) -> Any:
    return room.role("operator").post(f"/api/incidents/{incident}/dispatches", {"guard_ids": list(guards), **more})


def sent(room: Room, incident: str) -> list[tuple[str, str]]:
    with room.store.read() as session:
        rows = session.scalars(
            select(Dispatch).where(Dispatch.incident_id == incident).order_by(Dispatch.guard_id)
        ).unique()
        return [(row.guard_id, row.state) for row in rows]


def words(room: Room, incident: str) -> list[tuple[str, dict[str, Any]]]:
    steps = room.role("operator").get(f"/api/incidents/{incident}").json()["timeline"]
    return [(one["key"], one["values"]) for one in steps if one["key"] in {"incident.alone", "incident.nobody_else"}]


@pytest.mark.parametrize(
    ("at", "night_from", "night_to", "expected"),
    [
        (NIGHT, 1320, 360, True),
        (DAY, 1320, 360, False),
        (NIGHT, 0, 0, False),
        (NIGHT, 1335, 360, False),
        (NIGHT, 1333, 1334, True),
        (NIGHT, 1332, 1333, False),
    ],
)
def test_night_is_from_its_first_minute_to_before_its_last(
    at: float, night_from: int, night_to: int, expected: bool
) -> None:
    settings = Settings(run_dir="run", night_from=night_from, night_to=night_to)
    assert is_night(settings, at) is expected


def test_several_are_called_in_one_act_each_with_a_task_of_his_own(room: Room, incident: str) -> None:
    answer = call(room, incident, "G2", "G1", "G2")
    assert [one["guard_id"] for one in answer.json()["dispatches"]] == ["G2", "G1"]
    assert answer.json()["dispatch"] == answer.json()["dispatches"][0]
    assert sent(room, incident) == [("G1", "called"), ("G2", "called")]
    assert [row.object_id for row in room.audit("dispatch.call")] == [one["id"] for one in answer.json()["dispatches"]]
    assert len(room.role("guard").get("/api/m/state").json()["dispatches"]) == 1
    assert words(room, incident) == []


def test_where_one_of_them_may_not_go_nobody_is_called_and_he_is_named(room: Room, incident: str) -> None:
    call(room, incident, "G1", "G2")
    refused = call(room, incident, "G3", "G1")
    assert (refused.status_code, refused.json()["key"], refused.json()["values"]["name"]) == (
        409,
        "guard.busy",
        "保安1",
    )
    assert sent(room, incident) == [("G1", "called"), ("G2", "called")]
    assert call(room, incident).json()["key"] == "dispatch.nobody"


def test_one_alone_to_a_key_area_at_night_is_refused_until_a_word_says_why_and_the_word_is_registered(
    room: Room, incident: str
) -> None:
    told = room.role("operator").get(f"/api/incidents/{incident}/nearest").json()["pair"]
    assert told == {"guards": 2, "name": "城东", "name_en": "East", "under_way": 0}
    refused = call(room, incident, "G2", alone="  ")
    assert (refused.status_code, refused.json()["key"]) == (409, "dispatch.alone")
    assert refused.json()["values"] == {
        "name": "城东", "name_en": "East", "guards": 2, "other": "保安1", "other_id": "G1"}  # fmt: skip
    assert "保安1" in refused.json()["detail"]
    assert "`East` is a key place" in detail_of("dispatch.alone", refused.json()["values"], "en")
    assert sent(room, incident) == []
    assert room.audit("dispatch.call") == []
    assert call(room, incident, "G2", alone="另一人正护送伤员").status_code == 200
    [row] = room.audit("incident.alone")
    assert (row.object_id, row.actor_name) == (incident, "operator 甲")
    assert row.detail == {"guards": ["保安2"], "reason": "另一人正护送伤员", "nobody_else": False}
    assert words(room, incident) == [
        ("incident.alone", {"by": "operator 甲", "guards": ["保安2"], "reason": "另一人正护送伤员"})
    ]


def test_the_second_one_completes_the_pair_without_a_word(room: Room, incident: str) -> None:
    call(room, incident, "G1", alone="先到")
    assert call(room, incident, "G2").status_code == 200
    assert len(room.audit("incident.alone")) == 1


def test_where_nobody_else_may_go_one_goes_at_once_and_it_is_registered(room: Room, incident: str) -> None:
    with room.store.write() as session:
        for n in ("2", "3"):
            session.add(Dispatch(id=f"dp-b{n}", incident_id="in-9", guard_id=f"G{n}", shift_id=f"S{n}", unit_id="U1", state="accepted",
                                 called_by="a-operator", called_at=T0, lon=119.2, lat=34.0))  # fmt: skip
    assert call(room, incident, "G1").status_code == 200
    assert [row.detail for row in room.audit("incident.alone")] == [
        {"guards": ["保安1"], "reason": "", "nobody_else": True}
    ]
    assert [key for key, _ in words(room, incident)] == ["incident.nobody_else"]


def by_day(room: Room) -> None:
    room.clock.advance(12 * 3600)
    room.forget_visitors()


def no_key_area(room: Room) -> None:
    with room.store.write() as session:
        session.get_one(Area, "A1").key_area = False


def key_zone(room: Room) -> None:
    no_key_area(room)
    with room.store.write() as session:
        zone = session.get_one(ZoneRow, "C01-z1")
        zone.record = {**zone.record, "key_area": True}


def camera_of_another_area(room: Room) -> None:
    with room.store.write() as session:
        session.add(Area(id="A2", name="城西", polygon=[[1, 1], [2, 1], [2, 2]], key_area=False))
        session.get_one(CameraRow, "C01").area_id = "A2"


@pytest.mark.parametrize(
    ("change", "asks"),
    [(by_day, None), (no_key_area, None), (key_zone, "东门"), (camera_of_another_area, None)],
    ids=["by day", "no key area", "a key zone of the camera", "the camera's own area wins over the map"],
)
def test_the_rule_holds_at_night_in_key_areas_and_key_zones_alone(
    room: Room, incident: str, change: Any, asks: str | None
) -> None:
    change(room)
    for n in (1, 2, 3):
        put(room, str(n))
    with room.store.write() as session:
        for row in session.scalars(select(Dispatch)):
            row.called_at = room.clock.now()
    pair = room.role("operator").get(f"/api/incidents/{incident}/nearest").json()["pair"]
    assert (pair and pair["name"]) == asks
    if change is not by_day:  # the seeded shifts are over then
        assert call(room, incident, "G1").status_code == (200 if asks is None else 409)


def test_the_next_guard_brings_a_second_one_where_too_few_are_left(room: Room, incident: str) -> None:
    call(room, incident, "G1", alone="先到")
    room.clock.advance(60)
    for n in (1, 2, 3):
        put(room, str(n), 0.0055 * n)
    watch(room)
    [task] = room.role("operator").get("/api/stuck").json()["items"]
    assert (task["next"]["guard_id"], [one["guard_id"] for one in task["beside"]]) == ("G2", ["G3"])
    alone = room.role("operator").post(f"/api/stuck/{the_row(room)}/next", {"guard_id": "G2"})
    assert alone.json()["key"] == "dispatch.alone"
    assert sent(room, incident) == [("G1", "called")]
    with room.store.read() as session:
        assert session.scalars(select(Stuck.ended_at)).all() == [None]
    both = room.role("operator").post(f"/api/stuck/{the_row(room)}/next", {"guard_id": "G2", "beside": ["G3"]})
    assert both.status_code == 200, both.text
    assert sent(room, incident) == [("G1", "cancelled"), ("G2", "called"), ("G3", "called")]


def test_the_next_guard_goes_by_himself_where_the_other_of_the_pair_is_still_on_the_way(
    room: Room, incident: str
) -> None:
    first, _ = call(room, incident, "G1", "G2").json()["dispatches"]
    with room.store.write() as session:
        session.get_one(Dispatch, first["id"]).called_at -= 60
        for row in session.scalars(select(Dispatch).where(Dispatch.guard_id == "G2")):
            row.called_at += 60
    for n in (1, 2, 3):
        put(room, str(n), 0.0055 * n)
    watch(room)
    [task] = room.role("operator").get("/api/stuck").json()["items"]
    assert (task["dispatch"]["guard_id"], task["next"]["guard_id"], task["beside"]) == ("G1", "G3", [])
    answer = room.role("operator").post(f"/api/stuck/{task['id']}/next", {"guard_id": "G3"})
    assert answer.status_code == 200, answer.text
