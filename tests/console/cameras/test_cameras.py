"""Cameras and zones by API and import: nonsense is refused by name, passwords never leave, workers follow."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
import redis
from sqlalchemy import select

from console.cameras import cameras, video
from console.cameras.cameras import current_cameras
from console.housekeeping import current_devices
from lianqin import feed, keys
from lianqin.follow import Follower
from lianqin.outbox import OutboxRow, Relay
from lianqin.records import Camera, CameraHealth, FalsePlace, encode
from lianqin.testing import T0
from patrol.devices.tables import DeviceRow

NEW: dict[str, Any] = {
    "id": "C09", "code": "99010100001320000009", "name": "北门", "name_en": "North gate",
    "url": "rtsp://u:pa55@10.0.0.9/main", "lon": 119.2, "lat": 34.0, "bearing": 10, "fov": 60, "range_m": 50,
}  # fmt: skip
SQUARE = [[0.1, 0.1], [0.9, 0.1], [0.9, 0.9], [0.1, 0.9]]
ZONE: dict[str, Any] = {"name": "院内", "situation": "intrusion", "points": SQUARE}


def opened(room: Any, camera: Any) -> Camera:
    """As a worker has it in its memory."""
    found = room.console.keyring.open_camera(camera)
    assert isinstance(found, Camera)
    return found


def relay(room: Any) -> Relay:
    return Relay(room.store, room.redis, {"camera": current_cameras, "device": current_devices})


def test_a_camera_is_added_changed_and_removed_with_audit_push_and_outbox_each_time(room: Any) -> None:
    admin = room.role("sysadmin")
    assert admin.post("/api/cameras", NEW).json()["camera"]["version"] == 1
    assert admin.put("/api/cameras/C09", NEW | {"name": "北大门"}).json()["camera"]["version"] == 2
    assert admin.put("/api/cameras/C09", NEW | {"name": "北大门"}).json()["camera"]["version"] == 2  # nothing changed
    assert admin.ask("DELETE", "/api/cameras/C09").status_code == 200
    assert [row.action for row in room.audit()] == ["camera.add", "camera.change", "camera.remove"]
    with room.store.read() as session:
        assert [row.topic for row in feed.after(session, 0)] == ["camera"] * 3
        assert [row.body is None for row in session.scalars(select(OutboxRow).order_by(OutboxRow.seq))] == [
            False, False, True]  # fmt: skip
    assert admin.ask("DELETE", "/api/cameras/C09").status_code == 404


@pytest.mark.parametrize(
    ("change", "key", "said"),
    [
        ({"id": "a b"}, "camera.id", "letters"),
        ({"id": "C01"}, "camera.exists", "C01"),
        ({"name": "  "}, "camera.name", "needs a name"),
        ({"code": "123"}, "camera.code", "20 digits"),
        ({"code": "99010100001180000009"}, "camera.code_type", "118"),
        ({"code": "99010100001320000001"}, "camera.code_taken", "C01"),
        ({"url": ""}, "camera.address_empty", "no address"),
        ({"url": "http://10.0.0.9/x"}, "camera.address_scheme", "rtsp://"),
        ({"url": "10.0.0.9"}, "camera.address_scheme", "rtsp://"),
        ({"url": "rtsp:///main"}, "camera.address_host", "no host"),
        ({"url": "rtsp://h:99999/x"}, "camera.address_port", "65535"),
        ({"url": "rtsp://h:abc/x"}, "camera.address_port", "65535"),
        ({"url": "rtsp://u:s3cret@h:0/x"}, "camera.address_port", "***@h"),
        ({"url": "rtsp://h/a b"}, "camera.address_spaces", "blanks"),
        ({"url": "rtsp://h/" + "x" * 400}, "camera.address_long", "400"),
        ({"sub_url": "ftp://h/x"}, "camera.address_scheme", "ftp://h/x"),
        ({"lat": None}, "camera.place", "both"),
        ({"lat": 134.0}, "record.invalid", "lat"),
        ({"bearing": 400}, "camera.angle", "bearing"),
        ({"fov": 0}, "camera.angle", "fov"),
        ({"transport": "smoke"}, "record.invalid", "transport"),
        ({"adress": "x"}, "record.unknown_field", "did you mean"),
        ({"zones": [ZONE]}, "record.invalid", "zones"),
    ],
)  # fmt: skip
def test_a_nonsense_camera_is_refused_with_what_and_how_to_mend_it(
    room: Any, change: dict[str, Any], key: str, said: str
) -> None:
    answer = room.role("sysadmin").post("/api/cameras", NEW | change)
    problem = answer.json()
    assert problem["key"] == key
    assert answer.status_code in (409, 422)
    assert said in problem["detail"]
    assert "s3cret" not in answer.text
    assert room.audit() == []


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"points": [[0, 0], [1, 1]]}, "zone.too_few_points"),
        ({"points": [[0, 0], [1, 1], [1, 0], [0, 1]]}, "zone.self_crossing"),
        ({"points": [[0, 0], [2, 0], [1, 1]]}, "zone.outside_picture"),
        ({"points": [[0, 0], [0.001, 0], [0, 0.001]]}, "zone.too_small"),
        ({"situation": "line_crossing"}, "zone.line_needs_two_points"),
        ({"situation": "line_crossing", "points": [[0.5, 0.5], [0.5, 0.5]]}, "zone.zero_length"),
        ({"name": " "}, "zone.no_name"),
        ({"labels": []}, "zone.no_labels"),
        ({"schedules": [{"from_minute": 60, "to_minute": 60}]}, "zone.empty_schedule"),
        ({"situation": "petition"}, "record.invalid"),
        ({"points": "square"}, "record.invalid"),
        ({"seconds": -1}, "record.invalid"),
        ({"colour": "red"}, "record.unknown_field"),
    ],
)
def test_a_nonsense_zone_is_refused_by_name(room: Any, change: dict[str, Any], key: str) -> None:
    answer = room.role("sysadmin").put("/api/cameras/C01/zones/C01-z2", ZONE | change)
    assert (answer.status_code, answer.json()["key"]) == (422, key)
    assert "?" not in answer.json()["detail"].replace("did you mean", "").rstrip("?")
    assert room.audit() == []


def test_a_zone_drawn_again_gets_a_new_version_and_so_does_its_camera(room: Any) -> None:
    admin = room.role("sysadmin")
    versions = [admin.put("/api/cameras/C01/zones/C01-z2", ZONE | {"name_en": "Yard"}).json()["zone"]["version"] for _ in range(2)]  # fmt: skip
    assert versions == [1, 2]
    [camera] = [c for c in admin.get("/api/cameras").json()["items"] if c["id"] == "C01"]
    assert camera["version"] == 3
    assert [(zone["id"], zone["name_en"]) for zone in camera["zones"]] == [("C01-z1", "East gate"), ("C01-z2", "Yard")]
    assert admin.put("/api/cameras/C02/zones/C01-z2", ZONE).json()["key"] == "zone.elsewhere"
    assert admin.ask("DELETE", "/api/cameras/C01/zones/C01-z2").status_code == 200
    assert admin.ask("DELETE", "/api/cameras/C01/zones/C01-z2").json()["key"] == "zone.missing"


def test_no_answer_holds_a_password_and_who_only_watches_sees_no_address(room: Any) -> None:
    admin, operator = room.role("sysadmin"), room.role("operator")
    for answer in (admin.get("/api/cameras"), operator.get("/api/cameras"), operator.get("/api/map"),
                   admin.post("/api/cameras", NEW)):  # fmt: skip
        assert "s3cret" not in answer.text
        assert "pa55" not in answer.text
    assert admin.get("/api/cameras").json()["items"][0]["url"] == "rtsp://***@10.0.0.1:554/main"
    assert "rtsp" not in operator.get("/api/cameras").text
    assert "pa55" not in str([row.detail for row in room.audit()])


def test_an_address_that_comes_back_redacted_keeps_its_password_but_not_for_another_host(room: Any) -> None:
    admin = room.role("sysadmin")
    body = {"code": "99010100001320000001", "name": "新名", "url": "rtsp://***@10.0.0.1:554/other"}
    assert admin.put("/api/cameras/C01", body).status_code == 200
    with room.store.read() as session:
        assert opened(room, current_cameras(session)["C01"]).url == "rtsp://cam:s3cret@10.0.0.1:554/other"
    stolen = admin.put("/api/cameras/C01", body | {"url": "rtsp://***@evil.example:554/other"})
    assert stolen.json()["key"] == "camera.password_needed"


def test_an_import_is_all_or_nothing_and_names_every_mistake_with_its_line(room: Any) -> None:
    admin = room.role("sysadmin")
    good = NEW | {"zones": [ZONE | {"id": "C09-z1", "name_en": "Yard"}]}
    bad = [good, NEW | {"id": "C10", "code": "1"}, good,
           NEW | {"id": "C11", "code": "99010100001320000011", "zones": [ZONE | {"id": "C11-z1", "points": [[0, 0]]}]}]  # fmt: skip
    answer = admin.post("/api/cameras/import", {"cameras": bad})
    problem = answer.json()
    assert (answer.status_code, problem["key"]) == (422, "import.mistakes")
    assert [(m["line"], m["id"], m["key"]) for m in problem["values"]["mistakes"]] == [
        (2, "C10", "camera.code"), (3, "C09", "import.repeated"), (4, "C11", "zone.too_few_points")]  # fmt: skip
    assert len(admin.get("/api/cameras").json()["items"]) == 2
    assert room.audit() == []
    assert admin.post("/api/cameras/import", {"cameras": [good]}).json() == {"cameras": 1, "changed": 1}
    assert admin.post("/api/cameras/import", {"cameras": [good]}).json() == {"cameras": 1, "changed": 0}
    assert admin.post("/api/cameras/import", {"cameras": [NEW]}).json() == {"cameras": 1, "changed": 1}
    assert admin.post("/api/cameras/import", {"kameras": []}).json()["key"] == "import.form"


def test_workers_follow_what_was_committed_and_all_of_it_again_when_redis_is_empty(room: Any) -> None:
    with room.store.write() as session:
        session.add(DeviceRow(id="D1", guard_id="G1", credential_sha256="0" * 64, revoked_at=T0))
    mover, cameras, devices = relay(room), Follower(room.redis, "camera"), Follower(room.redis, "device")
    mover.run_once()
    assert sorted(cameras.poll() or {}) == ["C01", "C02"]
    device = (devices.poll() or {})["D1"]
    assert (device.guard_id, device.revoked) == ("G1", True)  # type: ignore[union-attr]
    room.role("sysadmin").put("/api/cameras/C01/zones/C01-z9", ZONE)
    assert mover.run_once() == 1
    followed = (cameras.poll() or {})["C01"]
    assert isinstance(followed, Camera)
    assert "s3cret" not in followed.url
    assert opened(room, followed).url == "rtsp://cam:s3cret@10.0.0.1:554/main"
    assert [zone.id for zone in followed.zones] == ["C01-z1", "C01-z9"]
    room.redis.flushall()
    mover.run_once()
    assert sorted(Follower(room.redis, "camera").poll() or {}) == ["C01", "C02"]


@pytest.mark.parametrize(
    ("age", "shown"),
    [(None, ("unknown", "no_worker", None)), (1.0, ("fault", "silent", None)), (11.0, ("unknown", "no_worker", None))],
)
def test_an_old_word_of_a_worker_is_not_passed_off_as_now(room: Any, age: float | None, shown: Any) -> None:
    if age is not None:
        health = CameraHealth("C01", "fault", "silent", since=T0 - 50, at=T0 - age, fps=25.0, codec="h264")
        room.redis.hset(keys.camera_health(), "C01", encode(health))
    camera = room.role("operator").get("/api/cameras").json()["items"][0]
    assert (camera["state"], camera["reason"]) == shown[:2]
    assert camera["fps"] == (25.0 if age == 1.0 else None)
    on_map = room.role("operator").get("/api/map").json()["cameras"][0]
    assert (on_map["state"], on_map["state_reason"]) == shown[:2]


def test_the_map_shows_the_countys_streets_where_there_are_some(room: Any) -> None:
    officer = room.role("officer")
    assert officer.get("/api/map").json()["streets"] == {"type": "FeatureCollection", "features": []}
    room.settings.run_dir.mkdir(parents=True, exist_ok=True)
    made = {"type": "FeatureCollection", "features": [{"type": "Feature"}]}
    (room.settings.run_dir / "streets.geojson").write_bytes(msgspec.json.encode(made))
    shown = officer.get("/api/map").json()
    assert shown["streets"] == made
    assert shown["areas"][0]["checkpoints"][0]["name_en"] == "East gate"
    assert [unit["id"] for unit in shown["units"]] == ["U1", "U2"]


def test_the_map_does_without_redis(room: Any, redis_server: Any) -> None:
    redis_server.kill()
    assert room.role("operator").get("/api/map").status_code == 200
    health = room.role("sysadmin").get("/api/health")
    assert (health.status_code, health.json()["redis"], health.json()["database"]) == (503, "away", "ok")
    redis_server.start()
    assert isinstance(redis.Redis.from_url(redis_server.url).ping(), bool)
    assert room.role("sysadmin").get("/api/health").status_code == 200


def test_a_view_is_taken_as_right_by_the_worker_that_holds_the_camera(
    room: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    leader = room.role("leader")
    assert leader.post("/api/cameras/C01/view").json()["key"] == "live.no_worker"
    assert leader.post("/api/cameras/C99/view").json()["key"] == "camera.missing"
    asked: list[tuple[str, str]] = []

    def ask(_console: Any, worker: str, told: Any, **_: Any) -> None:
        asked.append((worker, told.path))

    health = CameraHealth("C01", "fault", "moved", since=T0, at=room.clock.now(), worker="ingest-7")
    room.console.redis.hset(keys.camera_health(), "C01", encode(health))
    monkeypatch.setattr("console.cameras.video.ask", ask)
    assert leader.post("/api/cameras/C01/view").status_code == 200
    assert asked == [("ingest-7", "/view/C01")]
    assert [row.object_id for row in room.audit("camera.view_right")] == ["C01"]
    assert room.role("operator").post("/api/cameras/C01/view").status_code == 403


COAT = FalsePlace("person", (0.7, 0.2, 0.76, 0.4), 8.4, T0 - 60)


def test_where_false_boxes_were_learned_is_told_to_who_sees_cameras(room: Any) -> None:
    assert room.role("operator").get("/api/cameras").json()["items"][0]["false_places"] is None, "nobody knows"
    for told in ((), (COAT,)):
        health = CameraHealth("C01", "ok", "", since=T0, at=room.clock.now(), worker="ingest-7", false_places=told)
        room.redis.hset(keys.camera_health(), "C01", encode(health))
        shown = room.role("operator").get("/api/cameras").json()["items"][0]["false_places"]
        assert shown == [msgspec.json.decode(msgspec.json.encode(one)) for one in told]


def test_learned_false_places_are_forgotten_by_the_cameras_worker_on_record(
    room: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    leader, admin = room.role("leader"), room.role("sysadmin")
    assert leader.ask("DELETE", "/api/cameras/C01/false-places").json()["key"] == "live.no_worker"
    assert leader.ask("DELETE", "/api/cameras/C99/false-places").json()["key"] == "camera.missing"
    asked: list[tuple[str, str, str]] = []

    def ask(_console: Any, worker: str, told: Any, **_: Any) -> video.Reply:
        asked.append((worker, told.method, told.path))
        return video.Reply(200, b"2", {})

    health = CameraHealth("C01", "ok", "", since=T0, at=room.clock.now(), worker="ingest-7", false_places=(COAT, COAT))
    room.redis.hset(keys.camera_health(), "C01", encode(health))
    monkeypatch.setattr("console.cameras.video.ask", ask)
    for role in ("operator", "officer", "company", "auditor", "secadmin"):
        assert room.role(role).ask("DELETE", "/api/cameras/C01/false-places").status_code == 403
    assert (asked, room.audit("camera.forget_places")) == ([], [])
    for visitor in (leader, admin):
        assert visitor.ask("DELETE", "/api/cameras/C01/false-places").json() == {"forgotten": 2}
    assert asked == [("ingest-7", "DELETE", "/places/C01")] * 2
    rows = room.audit("camera.forget_places")
    assert [(row.role, row.object_id, row.detail["places"]) for row in rows] == [
        ("leader", "C01", 2), ("sysadmin", "C01", 2)]  # fmt: skip


MASKS = [[[0.0, 0.0], [0.5, 0.0], [0.5, 0.5]], [[0.6, 0.6], [0.9, 0.6], [0.9, 0.9], [0.6, 0.9]]]


def test_masks_are_drawn_followed_by_the_workers_and_taken_off_on_record(room: Any) -> None:
    office = room.role("sysadmin")
    answer = office.put("/api/cameras/C01/masks", {"masks": MASKS})
    assert answer.status_code == 200, answer.text
    assert answer.json()["camera"]["masks"] == MASKS
    with room.console.store.read() as session:
        camera = cameras.camera_of(cameras.get_camera(session, "C01"), {})
    assert camera.masks == tuple(tuple((x, y) for x, y in mask) for mask in MASKS)
    assert office.put("/api/cameras/C01/masks", {"masks": MASKS}).json()["camera"]["version"] == camera.version
    assert office.put("/api/cameras/C01/masks", {"masks": []}).json()["camera"]["masks"] == []
    first, last = room.audit("camera.masks")
    assert (first.detail["before"], first.detail["masks"]) == ([], MASKS)
    assert (last.detail["before"], last.detail["masks"]) == (MASKS, [])


@pytest.mark.parametrize(
    ("masks", "key"),
    [
        ([[[0, 0], [1, 1]]], "zone.too_few_points"),
        ([[[0, 0], [1, 1], [1, 0], [0, 1]]], "zone.self_crossing"),
        ([[[0, 0], [1, 0], [1, 2]]], "zone.outside_picture"),
        ([MASKS[0]] * 17, "mask.many"),
    ],
)
def test_a_mask_that_is_no_area_is_refused(room: Any, masks: Any, key: str) -> None:
    office = room.role("sysadmin")
    assert office.put("/api/cameras/C01/masks", {"masks": masks}).json()["key"] == key


def test_neither_a_change_nor_an_import_takes_a_mask_off(room: Any) -> None:
    office = room.role("sysadmin")
    office.put("/api/cameras/C01/masks", {"masks": MASKS})
    shown = office.get("/api/cameras?q=C01").json()["items"][0]
    body = {key: shown[key] for key in ("code", "url", "sub_url")} | {"name": "新名"}
    changed = office.put("/api/cameras/C01", body)
    assert (changed.status_code, changed.json()["camera"]["masks"]) == (200, MASKS)
    entry = {"id": "C01", "code": shown["code"], "name": "又一名", "url": "rtsp://10.0.0.1/x"}
    assert office.post("/api/cameras/import", {"cameras": [entry]}).status_code == 200
    assert office.get("/api/cameras?q=C01").json()["items"][0]["masks"] == MASKS


RAW = ["rtsp://admin:Ge/hei#m?@1:x@10.0.0.9:554/main", "rtsp://10.0.0.9/user=admin_password=Geheim_channel=1_stream=0.sdp?real_stream",
       "rtsp://10.0.0.9/cam?channel=1&password=Geheim&subtype=0"]  # fmt: skip


@pytest.mark.parametrize("url", RAW)
def test_a_password_typed_raw_or_as_a_parameter_is_kept_and_never_shown(room: Any, url: str) -> None:
    admin = room.role("sysadmin")
    made = admin.post("/api/cameras", NEW | {"url": url, "sub_url": url.replace("main", "sub")})
    assert made.status_code == 200, made.text
    shown = made.json()["camera"]["url"]
    listed, sheet = admin.get("/api/cameras"), admin.get("/api/cameras/sheet?form=csv")
    refused = admin.post("/api/cameras", NEW | {"id": "C10", "url": url.replace("rtsp://", "http://")})
    unclear = admin.post("/api/cameras", NEW | {"id": "C10", "url": "rtsp://a:Ge/heim@10.0.0.1/x@10.0.0.2/y"})
    moved = admin.put("/api/cameras/C09", NEW | {"url": shown.replace("10.0.0.9", "10.0.0.8"), "sub_url": None})
    assert unclear.json()["key"] == "camera.address_ambiguous"
    assert moved.json()["key"] == "camera.password_needed"
    told = [
        made.text,
        listed.text,
        sheet.text,
        refused.text,
        unclear.text,
        moved.text,
        str([row.detail for row in room.audit()]),
    ]
    assert not [(part, text) for part in ("Ge/", "heim", "hei#", "m?@", "@1:x") for text in told if part in text]
    assert admin.put("/api/cameras/C09", NEW | {"url": shown, "name": "另名", "sub_url": None}).status_code == 200
    with room.store.read() as session:
        assert opened(room, current_cameras(session)["C09"]).url == url
