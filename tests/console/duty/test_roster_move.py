"""A roster entry moved to another guard or another time through the API: checked as a plan is, told, and moved back."""

from __future__ import annotations

from typing import Any

import pytest

from lianqin import feed
from lianqin.clock import county_day
from lianqin.testing import T0
from patrol.duty.tables import RosterEntry
from tests.console.duty.test_standing import H, later, planned, third

__all__ = ["third"]


def moved(room: Any, entry: Any, guard_id: str, hours: float, role: str = "company", **more: Any) -> Any:
    """Hours from T0."""
    return room.role(role).post(
        f"/api/roster/{entry['id']}/move", {"guard_id": guard_id, "begins_at": T0 + hours * H} | more
    )


def test_an_entry_is_moved_to_another_guard_and_day_as_long_as_before_and_back(room: Any, third: Any) -> None:
    [entry] = planned(room).json()["items"]
    told = moved(room, entry, "G3", 26).json()["entry"]
    assert (told["id"], told["guard_id"], told["guard"]["name"]) == (entry["id"], "G3", "保安3")
    assert (told["begins_at"], told["ends_at"], told["state"]) == (T0 + 26 * H, T0 + 34 * H, "planned")
    assert told["day"] == county_day(T0 + 26 * H)
    assert third.get("/api/m/duty").json()["roster"][0]["id"] == entry["id"]
    assert room.role("guard").get("/api/m/duty").json()["roster"] == []
    [row] = room.audit("roster.move")
    assert row.detail == {"guard": "G1", "to": "G3", "from_at": T0 + 2 * H, "to_at": T0 + 26 * H}
    with room.store.read() as session:
        rows = [one for one in feed.after(session, 0) if one.object_id == entry["id"]]
    assert [one.guard_id for one in rows][-2:] == ["G1", "G3"]
    assert moved(room, entry, "G1", 2).json()["entry"] == entry
    assert moved(room, entry, "G1", 2).json()["entry"] == entry
    assert len(room.audit("roster.move")) == 2


@pytest.mark.parametrize(
    ("guard_id", "hours", "key"),
    [
        ("G3", -24, "roster.past"), ("G3", -1, "roster.past"), ("G1", 24, "roster.overlap"), ("G1", 14 + 1 / 3, "roster.rest"),
        ("G3", 1e5, "shift.no_certificate"), ("G2", 2, "guard.missing"), ("G9", 2, "guard.missing"), ("G3", 50, "roster.on_leave"),
    ],
)  # fmt: skip
def test_a_move_is_checked_as_a_plan_is_and_changes_nothing_where_it_is_refused(
    room: Any, third: Any, guard_id: str, hours: float, key: str
) -> None:
    [entry] = planned(room).json()["items"]
    planned(room, begins=24, ends=32)
    asked = third.post("/api/m/leave", {"from_at": T0 + 48 * H, "to_at": T0 + 72 * H, "reason": "看病"}).json()[
        "request"
    ]
    room.role("company").post(f"/api/roster/requests/{asked['id']}", {"decision": "granted", "note": "同意"})
    assert moved(room, entry, guard_id, hours).json()["key"] == key
    with room.store.read() as session:
        row = session.get_one(RosterEntry, entry["id"])
        assert (row.guard_id, row.begins_at, row.ends_at) == ("G1", T0 + 2 * H, T0 + 10 * H)
    assert room.audit("roster.move") == []


def test_an_entry_of_another_unit_looks_like_none_to_a_company_and_the_station_moves_it(room: Any) -> None:
    [other] = planned(room, "G2", role="leader").json()["items"]
    assert (moved(room, other, "G2", 26).status_code, moved(room, other, "G2", 26).json()["key"]) == (
        404,
        "roster.missing",
    )
    assert moved(room, {"id": "ro-none"}, "G1", 26).json()["key"] == "roster.missing"
    assert moved(room, other, "G2", 26, role="officer").status_code == 403
    told = moved(room, other, "G1", 26, role="leader").json()["entry"]
    assert (told["guard_id"], told["unit_id"]) == ("G1", "U1")


def test_a_move_against_a_rest_rule_needs_a_reason_of_who_may(room: Any, third: Any) -> None:
    planned(room, "G3")
    [entry] = planned(room, begins=26, ends=30).json()["items"]
    refused = moved(room, entry, "G3", 10.5)
    assert (refused.json()["key"], refused.json()["values"]["exception"]) == ("roster.rest", True)
    assert moved(room, entry, "G3", 10.5, "operator", exception="顶替").json()["key"] == "roster.no_exception"
    assert moved(room, entry, "G3", 10.5, exception="顶替").json()["entry"]["exception"] == "顶替"
    assert room.audit("roster.move")[-1].detail["exception"] == "顶替"
    assert moved(room, entry, "G1", 26, exception="顶替").json()["entry"]["exception"] == ""


@pytest.mark.parametrize(
    "what", ["begun", "opened early", "excused", "cancelled", "stood in for", "a stand-in", "a swap asked for"]
)
def test_what_stands_is_not_moved(room: Any, third: Any, what: str) -> None:
    company = room.role("company")
    [entry] = planned(room).json()["items"]
    path, key = f"/api/roster/{entry['id']}", "roster.begun"
    if what == "begun":
        later(room, 2 * H)
    elif what == "opened early":
        room.role("operator").post("/api/shifts/S1/close")
        later(room, H + 60)
        assert room.role("guard").post("/api/m/shift/open", {}).status_code == 200
    elif what in {"excused", "cancelled"}:
        company.post(path, {"state": what, "note": "病假"})
    elif what == "a swap asked for":
        key = "roster.swap_waits"
        assert (
            room.role("guard")
            .post("/api/m/swap", {"entry_id": entry["id"], "other_guard_id": "G3", "reason": "调班"})
            .status_code
            == 200
        )
    else:
        key = "roster.stood_in"
        made = company.post(f"{path}/stand-in", {"guard_id": "G3"}).json()["entry"]
        entry = made if what == "a stand-in" else entry
    assert moved(room, entry, "G1", 50).json()["key"] == key
    assert room.audit("roster.move") == []
