"""Coverage over HTTP: the cells of an area now, and how idle they lay over a day; nobody is named."""

from __future__ import annotations

import json
from typing import Any

import pytest

from console.access.tables import Account
from lianqin.clock import county_day
from lianqin.testing import a_fix
from patrol.duty.tables import Shift
from patrol.judging import coverage
from patrol.trails.store import TrailStore


def walk(room: Any) -> list[Any]:
    """Half an hour about the middle of the area, on the shift of G1."""
    with room.store.write() as session:
        opened_at = session.get_one(Shift, "S1").opened_at
    fixes = [a_fix(id=f"f{n}", guard_id="G1", at=opened_at + n * 15, received_at=opened_at + n * 15, lon=119.2 + n * 1e-5, lat=34.0)
             for n in range(120)]  # fmt: skip
    TrailStore(room.settings.trails).append("b", fixes)
    return fixes


def test_a_day_of_an_area_says_how_idle_each_cell_lay(room: Any) -> None:
    fixes = walk(room)
    day = county_day(room.clock.now())
    told = room.role("officer").get(f"/api/coverage/A1/idleness?day={day}").json()
    cells = {one["properties"]["cell"]: one["properties"] for one in told["features"]}
    assert set(cells) == set(coverage.cells_of([(119.19, 33.99), (119.21, 33.99), (119.21, 34.01), (119.19, 34.01)]))
    begun = cells[coverage.cell_of(fixes[0].lat, fixes[0].lon)]
    assert begun["visits"] == 1
    assert begun["worst_s"] < told["worst_s"] == told["to_at"] - told["from_at"]
    assert sum(one["visits"] > 0 for one in cells.values()) == len(
        {coverage.cell_of(fix.lat, fix.lon) for fix in fixes}
    )
    assert "G1" not in str(told)
    assert told["over"] == sum(one["over"] for one in cells.values())


@pytest.mark.parametrize(("path", "status", "key"), [
    ("/api/coverage/A9/idleness?day=2026-09-01", 404, "area.missing"),
    ("/api/coverage/A1/idleness?day=2026-13-01", 422, "coverage.day"),
    ("/api/coverage/A1/idleness?day=2090-01-01", 422, "coverage.day"),
    ("/api/coverage/A1/idleness?day=today", 422, "form.invalid"),
    ("/api/coverage/A9", 404, "area.missing"),
])  # fmt: skip
def test_what_can_not_be_looked_at_is_said(room: Any, path: str, status: int, key: str) -> None:
    answer = room.role("operator").get(path)
    assert (answer.status_code, answer.json()["key"]) == (status, key)


def test_cells_now_have_their_state_and_areas_their_share(room: Any) -> None:
    now = room.clock.now()
    cell = coverage.cell_of(34.0, 119.2)
    coverage.mark(room.redis, {"A1": {cell: now - 10}})
    told = room.role("leader").get("/api/coverage/A1").json()["features"]
    assert [one["properties"] for one in told if one["properties"]["cell"] == cell] == [
        {"cell": cell, "state": "covered", "since_s": 10}
    ]
    whole = room.role("leader").get("/api/coverage").json()["items"][0]
    never = len(told) - 1
    assert (whole["covered"], whole["overdue"], whole["unseen"], whole["worst_s"]) == (1, never, never, None)


def test_the_look_at_a_day_agrees_with_the_list_beside_it(room: Any) -> None:
    walk(room)
    told = room.role("officer").get(f"/api/coverage/A1/idleness?day={county_day(room.clock.now())}").json()
    states = [one["properties"]["state"] for one in told["features"]]
    listed = told["coverage"]
    assert listed["unseen"] == states.count("unseen") > 0
    assert listed["overdue"] == states.count("unseen") + states.count("overdue") == told["over"]
    assert (listed["covered"], listed["due"]) == (states.count("covered"), states.count("due"))


def test_a_cell_is_left_out_by_hand_said_and_counted_again(room: Any) -> None:
    leader, cell = room.role("leader"), coverage.cell_of(34.0, 119.2)
    assert leader.put("/api/coverage/A1/cells", json={"cell": cell}).json()["key"] == "coverage.reason"
    assert (
        leader.put("/api/coverage/A1/cells", json={"cell": "8a2a1072b59ffff", "reason": "x"}).json()["key"]
        == "coverage.cell"
    )
    assert room.role("operator").put("/api/coverage/A1/cells", json={"cell": cell, "reason": "鱼塘"}).status_code == 403
    before = leader.get("/api/coverage").json()["items"][0]
    assert leader.put("/api/coverage/A1/cells", json={"cell": cell, "reason": "鱼塘"}).status_code == 200
    now = leader.get("/api/coverage").json()["items"][0]
    assert (now["left_out"], now["unseen"]) == (1, before["unseen"] - 1)
    (told,) = [
        one["properties"]
        for one in leader.get("/api/coverage/A1").json()["features"]
        if one["properties"]["cell"] == cell
    ]
    with room.store.read() as session:
        name = session.get_one(Account, "a-leader").name
    wanted = {"cell": cell, "state": "left_out", "why": "鱼塘", "by": name, "at": room.clock.now()}
    assert told == wanted
    of_day = leader.get(f"/api/coverage/A1/idleness?day={county_day(room.clock.now())}").json()["features"]
    assert [one["properties"] for one in of_day if one["properties"]["cell"] == cell] == [wanted]
    assert leader.put("/api/coverage/A1/cells", json={"cell": cell, "counts": True}).status_code == 200
    assert leader.get("/api/coverage").json()["items"][0] == before


def test_cells_without_a_street_are_left_out_where_the_map_knows_the_area(room: Any) -> None:
    street = {
        "type": "Feature",
        "properties": {},
        "geometry": {"type": "LineString", "coordinates": [[119.195, 34.0], [119.205, 34.0]]},
    }
    room.settings.run_dir.mkdir(parents=True, exist_ok=True)
    (room.settings.run_dir / "streets.geojson").write_text(
        json.dumps({"type": "FeatureCollection", "features": [street]})
    )
    told = room.role("leader").get("/api/coverage/A1").json()["features"]
    kept = {one["properties"]["cell"] for one in told if one["properties"]["state"] != "left_out"}
    assert coverage.cell_of(34.0, 119.2) in kept
    assert 0 < len(kept) < 20 < len(told)
    bare = [one["properties"] for one in told if one["properties"]["state"] == "left_out"]
    assert {(one["why"], one["by"], one["at"]) for one in bare} == {("by_map", None, None)}
    assert room.role("leader").get("/api/coverage").json()["items"][0]["left_out"] == len(told) - len(kept)
