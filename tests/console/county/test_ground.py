"""Who and where over HTTP: lists, edits, files in and out, by the system administrator alone."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from sqlalchemy import select

from patrol.county.tables import Guard
from patrol.devices import enrol
from patrol.devices.tables import DeviceRow
from patrol.intake import codes

SQUARE = [[119.30, 34.0], [119.31, 34.0], [119.31, 34.01], [119.30, 34.01]]


def send(room: Any, path: str, data: bytes, **headers: str) -> Any:
    admin = room.role("sysadmin")
    return room.client.post(path, content=data, headers=admin.headers(headers))


def test_an_area_is_drawn_listed_and_removed(room: Any) -> None:
    admin = room.role("sysadmin")
    made = admin.put("/api/ground/areas/A2", {"name": "新区", "polygon": SQUARE, "mode": "key", "risk": "red"})
    assert (made.status_code, made.json()["change"]) == (200, "new")
    listed = admin.get("/api/ground/areas").json()
    assert [(one["id"], one["parts"]) for one in listed["items"]] == [
        ("A1", {"guards": 2, "checkpoints": 1}),
        ("A2", {}),
    ]
    assert (listed["total"], listed["next"]) == (2, None)
    assert [one["id"] for one in admin.get("/api/ground-map").json()["areas"]] == ["A1", "A2"]
    assert admin.ask("DELETE", "/api/ground/areas/A2").status_code == 200
    assert [row.action for row in room.audit() if row.object_id == "A2"] == ["area.put", "area.remove"]


@pytest.mark.parametrize(("path", "raw", "status", "key"), [
    ("areas/A2", {"name": "x", "polygon": [[119.3, 34.0], [119.31, 34.01], [119.31, 34.0], [119.3, 34.01]]}, 422, "ring.crosses"),
    ("areas/A2", {"name": "x"}, 422, "record.invalid"),
    ("guards/G9", {"name": "x", "unit_id": "U9"}, 422, "ground.no_unit"),
    ("ghosts/G9", {"name": "x"}, 422, "form.invalid"),
])  # fmt: skip
def test_a_bad_edit_says_what_is_wrong(room: Any, path: str, raw: Any, status: int, key: str) -> None:
    answer = room.role("sysadmin").put(f"/api/ground/{path}", raw)
    assert (answer.status_code, answer.json()["key"]) == (status, key)


@pytest.mark.parametrize(("path", "table"), [("guards/G1", "shift"), ("units/U1", "account"), ("areas/A1", "camera")])
def test_what_is_in_use_says_by_what(room: Any, path: str, table: str) -> None:
    admin = room.role("sysadmin")
    if table == "camera":
        from console.cameras.tables import CameraRow  # noqa: PLC0415 - this case alone

        with room.store.write() as session:
            session.get_one(CameraRow, "C01").area_id = "A1"
    answer = admin.ask("DELETE", f"/api/ground/{path}")
    assert answer.status_code == 409
    assert answer.json()["key"] == "ground.in_use"
    assert table in [use["table"] for use in answer.json()["values"]["uses"]] or path == "guards/G1"
    assert path.split("/")[1] in answer.json()["detail"]


def test_guards_are_found_by_name_and_certificate_and_paged(room: Any) -> None:
    admin = room.role("sysadmin")
    assert [one["id"] for one in admin.get("/api/ground/guards?q=C2").json()["items"]] == ["G2"]
    assert [one["id"] for one in admin.get("/api/ground/guards?under=U1").json()["items"]] == ["G1"]
    first = admin.get("/api/ground/guards?limit=1").json()
    assert (first["total"], first["next"]) == (2, "G1")
    assert [one["id"] for one in admin.get("/api/ground/guards?limit=1&cursor=G1").json()["items"]] == ["G2"]


def test_a_list_says_what_its_references_are_called(room: Any) -> None:
    first = room.role("sysadmin").get("/api/ground/guards").json()["items"][0]
    assert first["names"] == {
        "unit_id": {"name": "1号保安公司", "name_en": "Company 1"},
        "default_area_id": {"name": "城东", "name_en": "East"},
    }


def test_a_sheet_is_tried_told_mended_and_taken(room: Any) -> None:
    bad = "编号,姓名,单位编号\nG8,甲,U1\nG9,乙,U7\n".encode("gb18030")
    tried = send(room, "/api/ground/guards/import?dry_run=true", bad).json()
    assert (tried["new"], tried["bad_count"], tried["done"]) == (1, 1, False)
    assert (tried["bad"][0]["row"], tried["bad"][0]["said"]) == (3, "There is no unit U7; add it first.")
    assert send(room, "/api/ground/guards/import?dry_run=false", bad).json()["done"] is False
    good = bad.replace(b"U7", b"U2")
    assert send(room, "/api/ground/guards/import?dry_run=false", good).json()["done"] is True
    with room.store.read() as session:
        assert session.get_one(Guard, "G9").unit_id == "U2"
    assert len(room.audit("ground.import")) == 1


@pytest.mark.parametrize("form", ["xlsx", "csv"])
def test_an_export_comes_back_as_it_went_and_is_registered(room: Any, form: str) -> None:
    admin = room.role("sysadmin")
    answer = admin.get(f"/api/ground/guards/export?form={form}")
    assert answer.headers["content-disposition"] == f'attachment; filename="guards.{form}"'
    report = send(room, "/api/ground/guards/import", answer.content).json()
    assert (report["same"], report["new"], report["changed"], report["bad_count"]) == (2, 0, 0, 0)
    [row] = room.audit("ground.export")
    assert row.detail == {"rows": 2, "file": f"guards.{form}", "sha256": hashlib.sha256(answer.content).hexdigest()}
    template = admin.get(f"/api/ground/guards/export?form={form}&template=true")
    assert send(room, "/api/ground/guards/import", template.content).json()["rows"] == 0
    assert len(room.audit("ground.export")) == 1


@pytest.mark.parametrize("announced", [True, False])
def test_a_gpx_of_200_mb_is_refused_before_it_is_read(room: Any, announced: bool) -> None:
    read = 0

    def parts() -> Any:
        nonlocal read
        for _ in range(200):
            read += 1_000_000
            yield b"<gpx>" + b" " * 999_995

    admin = room.role("sysadmin")
    headers = admin.headers({"content-length": "200000000"} if announced else {})
    answer = room.client.post("/api/ground/checkpoints/import", content=parts(), headers=headers)
    assert (answer.status_code, answer.json()["key"]) == (413, "sheet.large")
    assert "20 MB" in answer.json()["detail"]


def grid(n: int, west: float) -> Any:
    ring = [[west, 34.0], [west + 0.01, 34.0], [west + 0.01, 34.01], [west, 34.01], [west, 34.0]]
    told = {"code": f"99010110000100{n}", "kind": "urban", "name": f"{n}号"}
    return {"type": "Feature", "properties": told, "geometry": {"type": "Polygon", "coordinates": [ring]}}


def test_grids_are_checked_accepted_exported_and_removed(room: Any) -> None:
    admin = room.role("sysadmin")
    data = json.dumps({"type": "FeatureCollection", "features": [grid(1, 119.2), grid(2, 119.2095)]}).encode()
    told = send(room, "/api/grids/import?dry_run=false", data).json()
    assert (told["hard"], told["soft"], told["done"]) == (0, 1, False)
    assert told["faults"][0]["said"].startswith("990101100001001, 990101100001002 overlap by 5")
    assert send(room, "/api/grids/import?dry_run=false&accept=true", data).json()["done"] is True
    assert [one["code"] for one in admin.get("/api/grids?q=2号").json()["items"]] == ["990101100001002"]
    exported = admin.get("/api/grids.geojson").content
    assert send(room, "/api/grids/import", exported).json()["same"] == 2
    assert admin.ask("DELETE", "/api/grids/990101100001002").status_code == 200
    assert admin.get("/api/grids").json()["total"] == 1


def test_a_phone_is_enrolled_listed_and_revoked_by_two_people(room: Any) -> None:
    admin, other = room.role("sysadmin"), room.role("secadmin")
    made = admin.post("/api/devices", {"guard_id": "G1"}).json()["device"]
    assert len(made["credential"]) == 32
    terminal = admin.post("/api/devices", {"guard_id": "G2", "terminal_no": "13800000001"}).json()["device"]
    assert "credential" not in terminal
    assert admin.post("/api/devices", {"guard_id": "G2", "terminal_no": "abc xyz"}).json()["key"] == "terminal.number"
    listed = other.get("/api/devices").json()
    assert listed["total"] == 2
    assert made["credential"] not in json.dumps(listed)
    assert [one["guard"]["id"] for one in other.get("/api/devices?q=13800000001").json()["items"]] == ["G2"]
    assert admin.post(f"/api/devices/{made['device_id']}/revoke").status_code == 403
    assert other.post(f"/api/devices/{made['device_id']}/revoke").status_code == 200
    with room.store.read() as session:
        assert session.scalars(select(DeviceRow.revoked_at).where(DeviceRow.id == made["device_id"])).one() is not None


def test_a_terminal_is_let_register_again_and_who_was_refused_is_shown(room: Any) -> None:
    admin, other = room.role("sysadmin"), room.role("secadmin")
    minutes = room.settings.register_minutes
    made = admin.post("/api/devices", {"guard_id": "G2", "terminal_no": "13800000001"}).json()["device"]
    assert made["register_until"] == room.clock.now() + minutes * 60
    with room.store.read() as session:
        device = enrol.device_record(session.scalars(select(DeviceRow).where(DeviceRow.id == made["device_id"])).one())
    now = room.clock.now()
    assert admin.get("/api/devices").json()["items"][0]["registration"] is None
    assert codes.do_register(room.redis, b"s", device, "MAKER 1", now)
    assert codes.do_register(room.redis, b"s", device, "MAKER 2", now + 1) is None
    shown = admin.get("/api/devices").json()["items"][0]["registration"]
    assert shown == {"terminal": "MAKER 1", "registered_at": now, "proved_at": None, "refused": 1,
                     "events": [{"at": now + 1, "why": "other_terminal", "terminal": "MAKER 2"}]}  # fmt: skip
    room.clock.advance(60)
    let = f"/api/devices/{made['device_id']}/let-register"
    assert other.post(let).status_code == 403
    assert admin.post(let).json() == {"register_until": room.clock.now() + minutes * 60}
    phone = admin.post("/api/devices", {"guard_id": "G1"}).json()["device"]["device_id"]
    assert admin.post(f"/api/devices/{phone}/let-register").json()["key"] == "terminal.phone"
    assert admin.post("/api/devices/D99/let-register").status_code == 404
    assert other.post(f"/api/devices/{made['device_id']}/revoke").status_code == 200
    assert admin.post(let).json()["key"] == "device.revoked"
