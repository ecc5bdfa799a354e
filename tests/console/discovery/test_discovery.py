"""Cameras found in the network: every living worker asks, what is known is marked by its host, and drafts are added as ordinary cameras."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from console.cameras.tables import CameraRow
from lianqin import keys
from tests.console.cameras.test_live import Worker

FOUND = {
    "devices": [
        {"host": "10.0.0.1", "endpoint": "urn:uuid:1", "name": "IPC", "hardware": "IPC-HFW2433"},
        {"host": "10.0.0.7", "endpoint": "urn:uuid:7", "name": "HIKVISION DS-2CD2T45", "hardware": "DS-2CD2T45"},
        {"host": "10.0.0.8", "endpoint": "urn:uuid:8", "name": "NVT" * 60, "hardware": ""},
    ],
    "asked": ["10.0.0.250"], "unread": 2, "cut": False,
}  # fmt: skip


@pytest.fixture
def worker(room: Any) -> Iterator[Worker]:
    made = Worker(room)
    made.answer = (200, msgspec.json.encode(FOUND), {})
    room.redis.zadd(keys.ingest_workers(), {"w1": 1.0})
    yield made
    made.server.shutdown()


def test_what_answers_is_listed_new_ones_first_with_maker_and_what_is_known(room: Any, worker: Worker) -> None:
    answer = room.role("sysadmin").post("/api/cameras/discover").json()
    told = [(one["host"], one["maker"], one["known"], one["cameras"]) for one in answer["items"]]
    assert told == [("10.0.0.7", "hikvision", [], 0), ("10.0.0.8", "onvif", [], 0), ("10.0.0.1", "dahua", ["C01"], 1)]
    assert len(answer["items"][1]["name"]) == 80
    assert (answer["asked"], answer["silent"], answer["unread"], answer["cut"]) == (["10.0.0.250"], [], 2, False)
    assert [(method, path) for method, path, _ in worker.asked] == [("POST", "/discover")]
    [row] = room.audit("camera.discover")
    assert (row.purpose, row.object_kind, row.role) == ("set_up", "network", "sysadmin")


def test_every_living_worker_asks_and_one_that_is_silent_is_named(room: Any, worker: Worker) -> None:
    room.redis.zadd(keys.ingest_workers(), {"w2": 2.0, "w3": 3.0})
    room.redis.set(keys.worker("w2"), "http://127.0.0.1:1")
    answer = room.role("sysadmin").post("/api/cameras/discover").json()
    assert (len(answer["items"]), answer["silent"]) == (3, ["w2"]), "w3 does not live"
    worker.answer = (200, b"no json", {})
    assert room.role("sysadmin").post("/api/cameras/discover").json()["silent"] == ["w1", "w2"]


def test_without_a_worker_nobody_is_asked(room: Any) -> None:
    assert room.role("sysadmin").post("/api/cameras/discover").json()["key"] == "live.no_worker"
    assert room.role("operator").post("/api/cameras/discover").json()["key"] == "role.denied"
    assert room.audit("camera.discover") == []


CHOSEN = {
    "items": [{"host": "10.0.0.7", "maker": "hikvision", "name": "HIKVISION"}, {"host": "10.0.0.8", "maker": "dahua", "name": "", "channel": 2}],
    "prefix": "net-", "code": "99010100001320000001", "area_id": "A1", "user": "admin", "password": "a/b",
}  # fmt: skip


def test_drafts_are_cameras_that_are_not_watched_with_free_ids_and_codes(room: Any) -> None:
    admin = room.role("sysadmin")
    assert admin.post("/api/cameras/drafts", CHOSEN).json() == {"added": ["net-001", "net-002"]}
    with room.store.read() as session:
        first, second = (session.get_one(CameraRow, name) for name in ("net-001", "net-002"))
        assert (first.url, first.sub_url) == (
            "rtsp://admin:a%2Fb@10.0.0.7:554/Streaming/Channels/101",
            "rtsp://admin:a%2Fb@10.0.0.7:554/Streaming/Channels/102",
        )
        assert second.url.endswith("@10.0.0.8:554/cam/realmonitor?channel=2&subtype=0")
        assert [(one.name, one.code, one.enabled, one.area_id) for one in (first, second)] == [
            ("HIKVISION", "99010100001320000003", False, "A1"), ("10.0.0.8", "99010100001320000004", False, "A1"),
        ], "C01 and C02 have 1 and 2"  # fmt: skip
    assert [row.object_id for row in room.audit("camera.add")] == ["net-001", "net-002"]
    assert "a/b" not in str([row.detail for row in room.audit()])
    assert admin.post("/api/cameras/drafts", CHOSEN).json() == {"added": ["net-003", "net-004"]}


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"code": "1"}, "camera.code"),
        ({"code": "99010100001319999999"}, "draft.code"),
        ({"code": "99010100001180000001"}, "camera.code_type"),
        ({"prefix": "a b"}, "camera.id"),
        ({"area_id": "A9"}, "ground.no_area"),
        ({"items": [{"host": "10.0.0.7/x", "maker": "dahua"}]}, "camera.address_host"),
        ({"items": [{"host": "10.0.0.7", "maker": "nobody"}]}, "camera.maker"),
        ({"items": []}, "form.invalid"),
    ],
)
def test_drafts_that_can_not_be_are_refused_and_none_is_added(room: Any, change: dict[str, Any], key: str) -> None:
    with room.store.write() as session:
        session.get_one(CameraRow, "C01").code = "99010100001319999999"
    answer = room.role("sysadmin").post("/api/cameras/drafts", CHOSEN | change).json()
    assert answer["key"] == key
    assert room.audit("camera.add") == []
