"""A trail looked at and taken out of the house: doubts explained, watermark, register."""

from __future__ import annotations

import hashlib
import json
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from console.trail_export import GPX, Watermark, gpx
from lianqin.geo import wgs84_to_gcj02
from lianqin.testing import T0, a_fix
from patrol.judge import flagged
from patrol.trails import TrailStore

LOOK = {"guard_id": "G1", "from_at": T0 - 1800, "to_at": T0, "purpose": "spot_check", "case_ref": "案-7"}
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
    for told in (look_id, "officer 甲", "案-7"):
        assert told in answer.text
    [row] = room.audit("trail.export")
    assert (row.object_id, row.purpose, row.case_ref) == ("G1", "spot_check", "案-7")
    assert row.detail["sha256"] == hashlib.sha256(answer.content).hexdigest()
    looks = room.role("guard").get("/api/m/state").json()["looks"]
    assert [(look["exported"], look["case_ref"]) for look in looks] == [(True, "案-7"), (False, "案-7")]
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
