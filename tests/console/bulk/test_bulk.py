"""Many cameras changed at once: shown first, confirmed once, written piece by piece, and taken back by its id."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from console.bulk import bulk as bulks
from console.bulk.tables import CameraBulk
from console.cameras.tables import CameraRow
from lianqin.db import PART
from lianqin.feed import FeedRow
from lianqin.outbox import OutboxRow
from patrol.county.tables import Area
from tests.console.cameras.test_camera_sheets import a_row, send, sheet

MANY = 46


@pytest.fixture
def county(room: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """`MANY` cameras more, none watched; a second area with a station; one piece is written at a request."""
    monkeypatch.setattr(bulks, "PIECES", 1)
    assert send(room, sheet(*(a_row(n, priority="1" if n % 2 else "2") for n in range(1, MANY + 1))))["done"]
    with room.store.write() as session:
        session.add(
            Area(
                id="A2",
                name="城西",
                name_en="West",
                polygon=[[119.1, 33.9], [119.11, 33.9], [119.11, 33.91]],
                station_id="ST2",
            )
        )
    return room


def plan(room: Any, changes: dict[str, Any], **chosen: Any) -> dict[str, Any]:
    found: dict[str, Any] = room.role("sysadmin").post("/api/cameras/bulk", {"changes": changes, **chosen}).json()
    return found.get("plan", found)


def begin(room: Any, changes: dict[str, Any], **chosen: Any) -> dict[str, Any]:
    told = plan(room, changes, **chosen)
    found: dict[str, Any] = (
        room.role("sysadmin")
        .post("/api/cameras/bulk", {"changes": changes, "sha256": told["sha256"], **chosen})
        .json()["bulk"]
    )
    return found


def go(room: Any, bulk: dict[str, Any], most: int = 50) -> dict[str, Any]:
    """To its end, or so many requests."""
    while bulk["state"] in {"going", "undoing"} and most > 0:
        bulk, most = room.role("sysadmin").post(f"/api/cameras/bulk/{bulk['id']}/go").json()["bulk"], most - 1
    return bulk


def values(room: Any, field: str) -> dict[str, Any]:
    with room.store.read() as session:
        return {row.id: getattr(row, field) for row in session.scalars(select(CameraRow)) if row.id.startswith("N0")}


def test_it_says_what_would_change_and_changes_nothing(county: Any) -> None:
    rows = len(county.audit())
    told = plan(county, {"priority": 1, "area_id": "A2"}, filter={"q": "N0"})
    assert (told["total"], told["same"]) == (MANY, 0)
    assert told["before"] == {
        "priority": [{"value": 2, "count": MANY // 2}],
        "area_id": [{"value": None, "count": MANY}],
    }
    assert len(told["sample"]) == bulks.SAMPLE
    assert plan(county, {"priority": 1}, filter={"q": "N0"})["same"] == MANY // 2
    assert len(county.audit()) == rows


def test_all_that_match_are_changed_with_a_row_each_in_the_register_the_feed_and_to_the_workers_and_taken_back(
    county: Any,
) -> None:
    before = values(county, "priority")
    with county.store.read() as session:
        newest = max(session.scalars(select(FeedRow.seq)))
        sent = max(session.scalars(select(OutboxRow.seq)))
    made = begin(county, {"priority": 3, "enabled": True, "keep_days": 60}, filter={"q": "N0"})
    assert (made["state"], made["at_item"], made["total"]) == ("going", 0, MANY)
    assert values(county, "priority") == before, "nothing yet"
    made = go(county, made, most=1)
    assert (made["state"], made["at_item"]) == ("going", PART), "the page is told how far it is"
    made = go(county, made)
    assert (made["state"], made["at_item"], made["left_out"]) == ("done", MANY, 0)
    assert set(values(county, "priority").values()) == {3}
    assert set(values(county, "enabled").values()) == {True}
    rows = [row for row in county.audit("camera.change") if row.detail.get("bulk") == made["id"]]
    assert len({row.object_id for row in rows}) == len(rows) == MANY
    assert set(rows[0].detail["fields"]) == {"priority", "enabled", "keep_days"}
    assert [row.detail["count"] for row in county.audit("camera.bulk")] == [MANY]
    with county.store.read() as session:
        told = select(FeedRow.object_id).where(FeedRow.seq > newest, FeedRow.topic == "camera")
        followed = select(OutboxRow.record_id).where(OutboxRow.seq > sent, OutboxRow.kind == "camera")
        for query in (told, followed):
            assert sorted(session.scalars(query)) == sorted(values(county, "version"))
        assert set(values(county, "version").values()) == {2}
    undone = go(county, county.role("sysadmin").post(f"/api/cameras/bulk/{made['id']}/undo").json()["bulk"])
    assert (undone["state"], undone["at_item"], undone["left_out"]) == ("undone", 0, 0)
    assert values(county, "priority") == before
    assert set(values(county, "keep_days").values()) == {None}
    again = county.role("sysadmin").post(f"/api/cameras/bulk/{made['id']}/undo")
    assert (again.status_code, again.json()["key"]) == (409, "bulk.undone")


def test_what_is_cut_off_goes_on_and_what_is_half_done_is_taken_back(county: Any) -> None:
    made = go(county, begin(county, {"area_id": "A2"}, filter={"q": "N0"}), most=1)
    assert [one["id"] for one in county.role("sysadmin").get("/api/cameras/bulk").json()["items"]] == [made["id"]]
    assert sum(area == "A2" for area in values(county, "area_id").values()) == made["at_item"] < MANY
    undone = go(county, county.role("sysadmin").post(f"/api/cameras/bulk/{made['id']}/undo").json()["bulk"])
    assert undone["state"] == "undone"
    assert set(values(county, "area_id").values()) == {None}


def test_who_was_changed_otherwise_or_removed_meanwhile_stays_as_he_is(county: Any) -> None:
    made = begin(county, {"keep_days": 90}, ids=["N00001", "N00002", "N00003"])
    with county.store.write() as session:
        session.get_one(CameraRow, "N00001").keep_days = 45
        session.delete(session.get_one(CameraRow, "N00002"))
    made = go(county, made)
    assert (made["state"], made["left_out"]) == ("done", 2)
    kept = values(county, "keep_days")
    assert (kept["N00001"], kept["N00003"]) == (45, 90)
    with county.store.write() as session:
        session.get_one(CameraRow, "N00003").keep_days = 30
    go(county, county.role("sysadmin").post(f"/api/cameras/bulk/{made['id']}/undo").json()["bulk"])
    assert values(county, "keep_days")["N00003"] == 30


def test_what_was_shown_is_what_is_confirmed(county: Any) -> None:
    told = plan(county, {"priority": 3}, filter={"q": "N0"})
    with county.store.write() as session:
        session.get_one(CameraRow, "N00009").priority = 3
    answer = county.role("sysadmin").post(
        "/api/cameras/bulk", {"filter": {"q": "N0"}, "changes": {"priority": 3}, "sha256": told["sha256"]}
    )
    assert (answer.status_code, answer.json()["key"]) == (409, "bulk.moved")
    assert county.audit("camera.bulk") == []


@pytest.mark.parametrize(
    ("body", "key"),
    [
        ({"changes": {}, "ids": ["C01"]}, "bulk.nothing"),
        ({"changes": {"priority": 1}, "ids": []}, "bulk.nothing"),
        ({"changes": {"priority": 1}, "ids": ["C99"]}, "camera.missing"),
        ({"changes": {"priority": 1}, "filter": {"q": "nobody"}}, "bulk.nothing"),
        ({"changes": {"area_id": "A9"}, "ids": ["C01"]}, "ground.no_area"),
        ({"changes": {"keep_days": 7}, "ids": ["C01"]}, "camera.keep_days"),
        ({"changes": {"priority": 9}, "ids": ["C01"]}, "form.invalid"),
        ({"changes": {"url": "rtsp://h/x"}, "ids": ["C01"]}, "form.invalid"),
    ],
)
def test_a_change_that_can_not_be_is_refused(room: Any, body: dict[str, Any], key: str) -> None:
    answer = room.role("sysadmin").post("/api/cameras/bulk", body)
    assert answer.json()["key"] == key
    assert room.audit() == []


def test_it_is_the_system_administrator_s_alone_as_single_changes_are(room: Any) -> None:
    for role in ("operator", "leader", "secadmin", "auditor"):
        assert (
            room.role(role).post("/api/cameras/bulk", {"changes": {"priority": 1}, "ids": ["C01"]}).json()["key"]
            == "role.denied"
        )
    assert room.role("sysadmin").post("/api/cameras/bulk/bk-none/go").json()["key"] == "bulk.missing"


def test_the_list_is_filtered_by_area_and_station(county: Any) -> None:
    go(county, begin(county, {"area_id": "A2"}, ids=["N00001", "N00002"]))
    admin = county.role("sysadmin")
    assert admin.get("/api/cameras?area_id=A2").json()["total"] == 2
    assert admin.get("/api/cameras?station_id=ST2&q=N00002").json()["total"] == 1
    assert admin.get("/api/cameras?station_id=ST1").json()["total"] == 0


def test_old_bulk_changes_are_forgotten(room: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulks, "KEPT", 2)
    for priority in (1, 3, 2, 1):
        room.clock.advance(1)
        go(room, begin(room, {"priority": priority}, ids=["C01"]))
    with room.store.read() as session:
        assert [
            row.changes["priority"] for row in session.scalars(select(CameraBulk).order_by(CameraBulk.made_at))
        ] == [2, 1]
