"""Cameras that reported somebody while the guard's fix lay in their view: situations, not identities."""

from __future__ import annotations

import json
from typing import Any

import pytest

from console.trails.camera_reports import AlertMoment, CameraView, covers, place_at, reports
from lianqin.records import TrackPath, TrackPoint
from lianqin.testing import T0, a_fix, an_alert
from patrol.trails.store import TrailStore

EAST = CameraView("C01", 119.2, 34.0, 90.0, 60.0, 60.0)
M = 1 / 111_195  # a degree north
LOOK = {"guard_id": "G1", "from_at": T0 - 1800, "to_at": T0 + 600, "purpose": "case", "case_ref": "案-20260007"}


def beside(east_m: float, north_m: float) -> tuple[float, float]:
    return 119.2 + east_m * M / 0.829, 34.0 + north_m * M


@pytest.mark.parametrize(
    ("east", "north", "accuracy", "inside"),
    [
        (30, 0, 5, True), (59, 0, 0, True), (63, 0, 5, True), (80, 0, 5, False), (-30, 0, 5, False), (0, 30, 5, False),
        (30, 17, 0, True), (30, 19, 0, False), (30, 19, 5, True), (-3, 0, 5, True), (40, -22, 0, True), (40, -40, 0, False),
    ],
)  # fmt: skip
def test_a_view_covers_what_lies_in_its_sector_as_well_as_accuracy_tells(
    east: float, north: float, accuracy: float, inside: bool
) -> None:
    assert covers(EAST, beside(east, north), accuracy) is inside


def test_a_view_to_the_north_covers_both_sides_of_zero_degrees() -> None:
    north = CameraView("C01", 119.2, 34.0, 350.0, 60.0, 60.0)
    assert [covers(north, beside(east, 40), 0) for east in (-20, 0, 10, 25)] == [True, True, True, False]


def test_the_guard_was_on_the_way_between_two_fixes_and_nowhere_known_in_a_gap() -> None:
    sure = [a_fix(id=f"f{n}", at=T0 + at, lon=119.2 + at * 1e-5) for n, at in enumerate((0.0, 10.0, 100.0))]
    told = [place_at(sure, T0 + at, 60.0) for at in (-1, 0, 5, 10, 50, 100, 101)]
    assert [one is not None for one in told] == [False, True, True, True, False, True, False]
    assert told[2] is not None
    assert told[2][0][0] == pytest.approx(119.20005)


def test_an_alert_is_told_once_at_its_first_moment_in_view_and_one_without_a_view_never() -> None:
    sure = [a_fix(id=f"f{n}", at=T0 + n * 10, lon=beside(-100 + n * 10, 0)[0]) for n in range(21)]
    moments = [
        AlertMoment("al-2", "C01", "loitering", (T0 + 125, T0 + 130)),
        AlertMoment("al-1", "C01", "intrusion", (T0, T0 + 122.0, T0 + 124)),
        AlertMoment("al-3", "C09", "intrusion", (T0 + 120,)),
    ]
    found = reports(moments, [EAST], sure, 60.0)
    assert [(one.alert_id, one.at - T0) for one in found] == [("al-1", 122.0), ("al-2", 125)]
    assert found[0].apart_m == pytest.approx(22, abs=1)


def test_the_look_names_cameras_that_saw_somebody_there_then_and_no_alert_to_who_may_not_see_it(room: Any) -> None:
    fixes = [
        a_fix(id=f"fx-{n:03}", guard_id="G1", at=T0 - 600 + n * 10, received_at=T0 - 599 + n * 10, lon=beside(-100 + n, 0)[0])
        for n in range(200)
    ]  # fmt: skip
    TrailStore(room.console.settings.trails).append("a-1-1", fixes)
    at = T0 - 600 + 1300  # 30 m east of the camera
    car = TrackPath("C01-2", "car", True, (TrackPoint(at, (0.1, 0.1, 0.2, 0.2), 0.9),))
    away = T0 - 600 + 100  # on its back side
    for n, changes in enumerate((
        {"captured_at": at, "tracks": (TrackPath("C01-1", "person", True, (TrackPoint(at, (0.1, 0.1, 0.2, 0.2), 0.9),)),)},
        {"captured_at": at, "tracks": (car,)},
        {"captured_at": away, "tracks": (TrackPath("C01-3", "person", True, (TrackPoint(away, (0, 0, 1, 1), 0.9),)),)},
        {"captured_at": at, "camera_id": "C02", "zone_id": "C02-z1", "tracks": (car,)},
    )):  # fmt: skip
        room.take(an_alert(id=f"al-000{n}", published_at=changes["captured_at"], **changes))
    room.clock.advance(800)
    officer = room.role("officer")
    look = officer.post("/api/trails", LOOK | {"to_at": T0 + 800}).json()
    answer = officer.get(f"/api/trails/{look['look_id']}/cameras")
    [one] = answer.json()["items"]
    assert (one["camera_id"], one["name"], one["at"], one["situation"]) == ("C01", "学院路1", at, "intrusion")
    assert one["alert_id"] is None
    assert not {"guard", "guard_id", "identity", "score"} & set(json.loads(answer.text)["items"][0])
    [row] = room.audit("trail.cameras")
    assert (row.object_id, row.purpose, row.case_ref) == ("G1", "case", "案-20260007")
    assert officer.get("/api/trails/lk-none/cameras").json()["key"] == "look.missing"


def test_an_alert_that_a_person_judged_false_names_no_camera(room: Any) -> None:
    fixes = [a_fix(id=f"fx-{n}", guard_id="G1", at=T0 - 60 + n * 10, lon=beside(30, 0)[0]) for n in range(13)]
    TrailStore(room.console.settings.trails).append("a-1-1", fixes)
    room.take(an_alert())
    officer = room.role("officer")
    look_id = officer.post("/api/trails", LOOK).json()["look_id"]
    assert officer.get(f"/api/trails/{look_id}/cameras").json()["total"] == 1
    room.role("operator").post("/api/alerts/al-0001/false", {"reason": "animal"})
    assert officer.get(f"/api/trails/{look_id}/cameras").json()["total"] == 0
