"""The guard's own week and month, and the own trail with its streets and its copy."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Any

import pytest

from console.duty.month import week_of
from console.trails.own import Box, near
from lianqin.clock import county_day
from lianqin.testing import T0, a_fix
from patrol.duty.tables import RosterEntry, Shift
from patrol.trails.store import TrailStore

H = 3600.0


def planned(room: Any, *spans: tuple[float, float]) -> None:
    """Of G1 in A1, hours from now."""
    with room.store.write() as session:
        for n, (begins, ends) in enumerate(spans):
            at = T0 + begins * H
            session.add(RosterEntry(id=f"ro-{n}", unit_id="U1", guard_id="G1", area_id="A1", day=county_day(at), begins_at=at,
                                    ends_at=T0 + ends * H, state="planned", state_at=T0))  # fmt: skip


def test_a_guard_reads_the_same_figures_as_the_company(room: Any) -> None:
    room.role("operator").post("/api/shifts/S1/close")
    planned(room, (1, 9), (25, 33))
    with room.store.write() as session:
        session.add(Shift(id="S9", guard_id="G1", unit_id="U1", area_id="A1", opened_at=T0 + 1.5 * H, opened_by="x", closed_at=T0 + 8 * H,
                          closed_how="ended", due_end_at=T0 + 9 * H, facts={}))  # fmt: skip
    room.clock.advance(40 * H)
    room.forget_visitors()
    own = room.role("guard").get("/api/m/month?month=2026-09").json()
    [theirs] = [
        one
        for one in room.role("company").get("/api/company/month?month=2026-09").json()["items"]
        if one["guard_id"] == "G1"
    ]
    assert own["figures"] == theirs["figures"]
    assert [(one["state"], one["late_min"], one["early_min"], one["absent_min"]) for one in own["items"]] == [
        ("absent", 0, 0, 480), (own["items"][1]["state"], 30, 60, 90)]  # fmt: skip
    assert (own["month"], own["items"][0]["area_name_en"]) == ("2026-09", "East")
    assert room.role("guard").get("/api/m/month").json()["month"] == "2026-09"
    assert room.visitor("a-guard2").get("/api/m/month").json()["items"] == []
    assert room.role("guard").get("/api/m/month?month=2026-13").json()["key"] == "month.wrong"


@pytest.mark.parametrize(("at", "first"), [("2026-11-25T22:14:00+08:00", "2026-11-23"), ("2026-11-23T00:00:00+08:00", "2026-11-23"),
                                           ("2026-11-29T23:59:59+08:00", "2026-11-23"), ("2026-11-30T00:00:00+08:00", "2026-11-30")])  # fmt: skip
def test_a_week_runs_from_monday_to_sunday_of_the_county(at: str, first: str) -> None:
    week = week_of(datetime.fromisoformat(at).timestamp())
    assert (county_day(week.from_at), week.to_at - week.from_at) == (first, 7 * 86_400)


def walk(room: Any, guard_id: str = "G1") -> None:
    fixes = [a_fix(id=f"{guard_id}-{n:03}", guard_id=guard_id, at=T0 - 600 + n * 10, received_at=T0 - 599 + n * 10, lon=119.2 + n * 0.0001, lat=34.0)
             for n in range(40)]  # fmt: skip
    TrailStore(room.console.settings.trails).append(f"a-{guard_id}", fixes)


def a_street(name: str, lon: float) -> dict[str, Any]:
    return {
        "type": "Feature",
        "properties": {"name": name},
        "geometry": {"type": "LineString", "coordinates": [[lon, 34.0], [lon, 34.002]]},
    }


def test_the_own_trail_comes_with_the_streets_around_it_and_the_area_of_the_shift(room: Any) -> None:
    walk(room)
    room.settings.run_dir.mkdir(exist_ok=True)
    file = room.settings.run_dir / "streets.geojson"
    file.write_text(
        json.dumps({"type": "FeatureCollection", "features": [a_street("here", 119.202), a_street("far", 119.5)]})
    )
    told = room.role("guard").get("/api/m/trail").json()["map"]
    assert [one["properties"]["name"] for one in told["streets"]["features"]] == ["here"]
    assert [one["id"] for one in told["areas"]] == ["A1"]
    assert "scan_code" not in told["areas"][0]["checkpoints"][0]
    assert told["cameras"] == []


@pytest.mark.parametrize("geometry", [None, {}, {"type": "Point", "coordinates": []},
                                      {"type": "Polygon", "coordinates": [[[10, 10], [11, 10], [10, 11]]]}])  # fmt: skip
def test_what_has_no_place_near_is_left_out(geometry: Any) -> None:
    assert near([{"geometry": geometry}], Box(119, 33, 120, 35)) == []


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_copy_of_the_own_trail_is_registered_as_the_guards_own(room: Any, form: str) -> None:
    walk(room)
    walk(room, "G2")
    answer = room.role("guard").get(f"/api/m/trail.{form}?lang=zh-CN")
    assert form == "csv" or answer.content[:2] == b"PK"
    assert f"my-trail-{county_day(T0)}.{form}" in answer.headers["content-disposition"]
    [row] = room.audit("trail.own_copy")
    assert (row.actor_id, row.object_id, row.detail["rows"]) == ("a-guard", "G1", 40)
    assert row.detail["sha256"] == hashlib.sha256(answer.content).hexdigest()
    assert room.audit("trail.export") == []
