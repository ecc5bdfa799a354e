"""Coverage over HTTP: the cells of an area now, and how idle they lay over a day; nobody is named."""

from __future__ import annotations

from typing import Any

import pytest

from lianqin.clock import county_day
from lianqin.testing import a_fix
from patrol import coverage
from patrol.tables import Shift
from patrol.trails import TrailStore


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
    assert (whole["covered"], whole["unseen"], whole["worst_s"]) == (1, len(told) - 1, 10)
