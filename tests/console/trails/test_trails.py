"""A trail looked at and taken out of the house: doubts explained, watermark, register."""

from __future__ import annotations

import hashlib
import json
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from console.trails.export import GPX, Watermark, gpx
from lianqin.geo import wgs84_to_gcj02
from lianqin.testing import T0, a_fix
from patrol.county.tables import Area
from patrol.dispatch.tables import Dispatch
from patrol.duty.tables import ShiftBreak
from patrol.judging.judge import flagged
from patrol.trails.store import TrailStore

LOOK = {"guard_id": "G1", "from_at": T0 - 1800, "to_at": T0, "purpose": "case", "case_ref": "案-20260007"}
POINT = f"{{{GPX}}}trkpt"


def walk(room: Any) -> None:
    """Half an hour on shift S1; ten fixes of it in GCJ-02, five minutes without one."""
    fixes = []
    for n in range(180):
        lon, lat = 119.2 + n * 0.0001, 34.0
        if 60 <= n < 70:
            lon, lat = wgs84_to_gcj02((lon, lat))
        at = T0 - 1800 + n * 10
        if not 100 <= n < 130:
            fixes.append(a_fix(id=f"fx-{n:03}", guard_id="G1", at=at, received_at=at + 1, lon=lon, lat=lat))
    TrailStore(room.console.settings.trails).append("a-1-1", fixes)


def test_a_fault_of_coordinates_is_told_with_its_system_and_how_far_off(room: Any) -> None:
    walk(room)
    trail = room.role("officer").post("/api/trails", LOOK).json()
    wrong = [fix for fix in trail["fixes"] if "wrong_coord_sys" in fix["doubts"]]
    assert len(wrong) == 10
    assert {fix["system"] for fix in wrong} == {"gcj02"}
    assert all(400 < fix["off_m"] < 700 for fix in wrong)
    assert [one["id"] for one in trail["shifts"]] == ["S1"]
    assert len(trail["gaps"]) >= 1


def test_doubts_in_a_narrow_look_are_those_of_the_whole_shift(room: Any) -> None:
    walk(room)
    inside = LOOK | {"from_at": T0 - 1800 + 620, "to_at": T0 - 1800 + 680}
    trail = room.role("officer").post("/api/trails", inside).json()
    assert {tuple(fix["doubts"]) for fix in trail["fixes"]} == {("wrong_coord_sys",)}


@pytest.mark.parametrize("form", ["gpx", "geojson"])
def test_an_export_carries_its_watermark_and_is_registered_with_its_hash(room: Any, form: str) -> None:
    walk(room)
    officer = room.role("officer")
    look_id = officer.post("/api/trails", LOOK).json()["look_id"]
    answer = officer.get(f"/api/trails/{look_id}/export?form={form}")
    assert f"{look_id}.{form}" in answer.headers["content-disposition"]
    for told in (look_id, "officer 甲", "案-20260007"):
        assert told in answer.text
    [row] = room.audit("trail.export")
    assert (row.object_id, row.purpose, row.case_ref) == ("G1", "case", "案-20260007")
    assert row.detail["sha256"] == hashlib.sha256(answer.content).hexdigest()
    looks = room.role("guard").get("/api/m/state").json()["looks"]
    assert [(look["kind"], look["case_ref"]) for look in looks] == [("export", "案-20260007"), ("trail", "案-20260007")]
    if form == "gpx":
        segments = ET.fromstring(answer.text).findall(f".//{{{GPX}}}trkseg")
        assert len(segments) == 2
        assert sum(len(one.findall(POINT)) for one in segments) == row.detail["fixes"] == 150
    else:
        features = json.loads(answer.text)["features"]
        assert sum(one["geometry"]["type"] == "Point" for one in features) == 150


def test_a_month_is_shown_as_a_line_and_not_judged(room: Any) -> None:
    walk(room)
    trail = room.role("officer").post("/api/trails", LOOK | {"from_at": T0 - 30 * 86_400}).json()
    assert trail["coarse"]
    assert len(trail["fixes"]) == 26
    assert not any(fix["doubts"] for fix in trail["fixes"])


def test_only_ones_own_look_of_the_last_day_can_be_exported(room: Any) -> None:
    officer = room.role("officer")
    look_id = officer.post("/api/trails", LOOK).json()["look_id"]
    assert officer.get("/api/trails/lk-none/export?form=gpx").json()["key"] == "look.missing"
    assert officer.get(f"/api/trails/{look_id}/export?form=kml").status_code == 422
    room.clock.advance(86_401)
    fresh = room.role("officer").get(f"/api/trails/{look_id}/export?form=gpx")
    assert fresh.status_code in {401, 404}
    assert room.audit("trail.export") == []


def test_control_characters_in_a_case_reference_do_not_break_the_file() -> None:
    mark = Watermark("lk-1", "officer <甲>", T0, "case", "案\x00\x0b-7 & co", "G1")
    tree = ET.fromstring(gpx(mark, list(flagged([a_fix()])), []))
    said = tree.findtext(f"{{{GPX}}}metadata/{{{GPX}}}desc") or ""
    assert "案-7 & co" in said
    assert "<甲>" in said


def test_a_look_tells_each_point_in_each_round_of_the_plan(room: Any) -> None:
    """Two hours in a red area are four rounds; the point was passed in the first of them that ended alone."""
    with room.store.write() as session:
        session.get_one(Area, "A1").risk = "red"
    fixes = [
        a_fix(id=f"fx-{n:03}", guard_id="G1", at=T0 - 3600 + n * 10, lon=119.2 if n < 4 else 119.205, lat=34.0)
        for n in range(361)
        if not 240 <= n < 300
    ]
    TrailStore(room.console.settings.trails).append("a-1-1", fixes)
    look = LOOK | {"from_at": T0 - 3600}
    plan = room.role("officer").post("/api/trails", look).json()["shifts"][0]["plan"]
    assert (plan["required_s"], plan["risk"], len(plan["rounds"])) == (1800, "red", 4)
    states = [[one["state"] for one in each["points"]] for each in plan["rounds"]]
    assert states == [["visited"], ["unknown"], ["running"], ["running"]]
    assert plan["rounds"][0]["points"][0]["fix_id"] == "fx-000"
    narrow = room.role("officer").post("/api/trails", look | {"from_at": T0 - 3000}).json()["shifts"][0]["plan"]
    assert narrow["rounds"][0]["points"][0]["state"] == "beyond"
    month = room.role("officer").post("/api/trails", look | {"from_at": T0 - 30 * 86_400}).json()["shifts"][0]
    assert month["plan"] is None


def test_a_round_on_a_break_and_on_a_task_is_excused(room: Any) -> None:
    with room.store.write() as session:
        session.get_one(Area, "A1").risk = "red"
        session.add(ShiftBreak(id="br-1", shift_id="S1", from_at=T0 - 3600, to_at=T0 - 2600))
        task = session.get_one(Dispatch, "dp-1")
        task.state, task.accepted_at = "arrived", T0 - 1700
    fixes = [a_fix(id=f"fx-{n:03}", guard_id="G1", at=T0 - 3600 + n * 10, lon=119.205) for n in range(361)]
    TrailStore(room.console.settings.trails).append("a-1-1", fixes)
    plan = room.role("officer").post("/api/trails", LOOK | {"from_at": T0 - 3600}).json()["shifts"][0]["plan"]
    assert [one["points"][0]["state"] for one in plan["rounds"]][:2] == ["excused", "excused"]


def test_a_company_sees_its_own_guards_trail_of_thirty_days_and_the_guard_sees_who_looked(room: Any) -> None:
    walk(room)
    company = room.role("company")
    asked = LOOK | {"purpose": "appeal", "case_ref": "S1"}
    answer = company.post("/api/trails", asked)
    assert answer.status_code == 200, answer.text
    trail = answer.json()
    assert (len(trail["fixes"]), [one["id"] for one in trail["map"]["areas"]], trail["map"]["cameras"]) == (
        150,
        ["A1"],
        [],
    )
    [row] = room.audit("trail.look")
    assert (row.role, row.object_id, row.purpose, row.case_ref) == ("company", "G1", "appeal", "S1")
    [look] = room.role("guard").get("/api/m/state").json()["looks"]
    assert (look["role"], look["by"], look["purpose"]) == ("company", "company 甲", "appeal")
    for path in (f"/api/trails/{trail['look_id']}/export?form=gpx", f"/api/trails/{trail['look_id']}/cameras"):
        assert company.get(path).json()["key"] == "role.denied"
    assert room.role("officer").post("/api/trails", asked).json()["map"] is None


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"guard_id": "G2"}, "guard.missing"), ({"guard_id": "G9"}, "guard.missing"),
        ({"from_at": T0 - 30 * 86_400 - 3600}, "trail.own_days"),
        ({"purpose": "spot_check", "case_ref": ""}, "trail.not_yours"), ({"purpose": "case", "case_ref": "案-20260007"}, "trail.not_yours"),
        ({"case_ref": "x"}, "case.other"), ({"case_ref": ""}, "case.other"),
    ],
)  # fmt: skip
def test_a_company_sees_no_other_units_trail_none_older_and_none_for_a_police_purpose(
    room: Any, change: dict[str, Any], key: str
) -> None:
    answer = room.role("company").post("/api/trails", LOOK | {"purpose": "appeal", "case_ref": "S1"} | change)
    assert answer.json()["key"] == key
    assert room.audit("trail.look") == []
