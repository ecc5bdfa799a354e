"""Cameras by sheet: a dry run that names each bad row, all or nothing, read back unchanged; a long list paged and searched."""

from __future__ import annotations

import codecs
import csv
import io
from typing import Any

import pytest

from console.cameras import cameras
from console.cameras.tables import CameraRow
from lianqin import keys
from lianqin.records import CameraHealth, encode

HEAD = ["编号", "国标编码", "名称", "主码流地址", "子码流地址", "智能分析", "优先级", "保存天数"]


def sheet(*rows: list[str], head: list[str] = HEAD) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out).writerows([head, *rows])
    return codecs.BOM_UTF8 + out.getvalue().encode()


def a_row(number: int, **changes: str) -> list[str]:
    row = {"id": f"N{number:05d}", "code": f"9901010000132{number + 500000:07d}", "name": f"路口{number}", "url": f"rtsp://u:p@10.1.0.{number % 250}/main",
           "sub_url": "", "enabled": "否", "priority": "2", "keep_days": ""}  # fmt: skip
    return list((row | changes).values())


def send(room: Any, data: bytes, *, dry_run: bool = False, role: str = "sysadmin") -> dict[str, Any]:
    visitor = room.role(role)
    answer = visitor.client.post(
        f"/api/cameras/sheet?dry_run={str(dry_run).lower()}", content=data, headers=visitor.headers()
    )
    found: dict[str, Any] = answer.json()
    return found


def test_a_dry_run_tells_and_writes_nothing_then_it_is_taken(room: Any) -> None:
    data = sheet(a_row(1), a_row(2, enabled="是", priority="1", keep_days="60"))
    told = send(room, data, dry_run=True)
    assert (told["rows"], told["new"], told["bad_count"], told["done"]) == (2, 2, 0, False)
    admin = room.role("sysadmin")
    assert admin.get("/api/cameras?q=N0").json()["total"] == 0
    assert send(room, data)["done"]
    found = {one["id"]: one for one in admin.get("/api/cameras?q=N0").json()["items"]}
    assert (found["N00001"]["enabled"], found["N00002"]["enabled"]) == (False, True)
    assert (found["N00002"]["priority"], found["N00002"]["keep_days"]) == (1, 60)
    assert "p@" not in found["N00001"]["url"]
    again = send(room, data)
    assert (again["same"], again["new"], again["changed"]) == (2, 0, 0)
    hidden = sheet(a_row(1, url="rtsp://***@10.9.9.9/main"))
    assert [bad["key"] for bad in send(room, hidden)["bad"]] == ["camera.password_needed"]


BAD = [
    (a_row(1, code="123"), "camera.code"),
    (a_row(1, url="http://10.0.0.1/"), "camera.address_scheme"),
    (a_row(1, enabled="vielleicht"), "sheet.flag"),
    (a_row(1, name=""), "sheet.needed"),
    (a_row(1, priority="9"), "sheet.too_large"),
    (a_row(1, keep_days="7"), "camera.keep_days"),
    (a_row(1, id="C 01"), "camera.id"),
    (a_row(1, code="34020000001320000001"), "camera.code_taken"),
]


@pytest.mark.parametrize(("row", "key"), BAD, ids=[key for _, key in BAD])
def test_a_bad_row_is_named_and_nothing_is_written(room: Any, row: list[str], key: str) -> None:
    with room.store.write() as session:
        session.get_one(CameraRow, "C01").code = "34020000001320000001"
    told = send(room, sheet(a_row(7), row))
    assert (told["bad_count"], told["done"]) == (1, False)
    [bad] = told["bad"]
    assert (bad["row"], bad["key"]) == (3, key)
    assert "{" not in bad["said"]
    assert room.role("sysadmin").get("/api/cameras?q=N0").json()["total"] == 0


def test_the_same_camera_or_code_twice_is_refused(room: Any) -> None:
    told = send(room, sheet(a_row(1), a_row(1), a_row(2, code=a_row(1)[1])))
    assert [bad["key"] for bad in told["bad"]] == ["sheet.repeated", "camera.code_taken"]


@pytest.mark.parametrize("form", ["xlsx", "csv"])
@pytest.mark.parametrize("tongue", ["zh-CN", "en"])
def test_an_export_reads_back_unchanged_and_keeps_the_passwords(room: Any, form: str, tongue: str) -> None:
    send(room, sheet(a_row(1, sub_url="rtsp://u:p@10.1.0.1/sub"), a_row(2, keep_days="45")))
    visitor = room.role("sysadmin")
    answer = visitor.client.get(f"/api/cameras/sheet?form={form}&lang={tongue}", headers=visitor.headers())
    assert b"u:p" not in answer.content
    told = send(room, answer.content)
    assert (told["bad"], told["new"], told["changed"], told["same"]) == ([], 0, 0, told["rows"])
    with room.store.read() as session:
        assert session.get_one(CameraRow, "N00001").sub_url == "rtsp://u:p@10.1.0.1/sub"
    assert [row.detail["rows"] for row in room.audit("camera.export")] == [told["rows"]]


def test_an_empty_cell_leaves_what_stands(room: Any) -> None:
    send(room, sheet(a_row(1, keep_days="45")))
    told = send(room, sheet(["N00001", "改名"], head=["编号", "名称"]))
    assert told["changed"] == 1
    with room.store.read() as session:
        row = session.get_one(CameraRow, "N00001")
        assert (row.name, row.keep_days, row.url) == ("改名", 45, "rtsp://u:p@10.1.0.1/main")


def test_only_who_sets_up_may_send_or_take_a_sheet(room: Any) -> None:
    assert send(room, sheet(a_row(1)), role="operator")["key"] == "role.denied"


def test_a_county_of_cameras_is_paged_searched_and_counted(room: Any) -> None:
    assert send(room, sheet(*(a_row(n) for n in range(1, 451))))["done"]
    operator = room.role("operator")
    first = operator.get("/api/cameras?q=N0").json()
    assert (len(first["items"]), first["total"], first["next"]) == (200, 450, "N00200")
    assert first["counts"]["disabled"] == 450
    seen, cursor = [one["id"] for one in first["items"]], first["next"]
    while cursor:
        page = operator.get(f"/api/cameras?q=N0&cursor={cursor}").json()
        seen += [one["id"] for one in page["items"]]
        cursor = page["next"]
    assert seen == [f"N{n:05d}" for n in range(1, 451)]
    assert [one["id"] for one in operator.get("/api/cameras?q=路口449").json()["items"]] == ["N00449"]
    assert operator.get("/api/cameras?q=%25").json()["total"] == 0, "a percent sign is no wildcard"


def test_the_state_that_is_asked_for_is_the_one_that_is_shown(room: Any) -> None:
    now = room.clock.now()
    for name, state in (("C01", "ok"), ("C02", "fault")):
        health = CameraHealth(name, state, "" if state == "ok" else "silent", since=now, at=now)  # type: ignore[arg-type]
        room.console.redis.hset(keys.camera_health(), name, encode(health))
    operator = room.role("operator")
    counts = operator.get("/api/cameras").json()["counts"]
    for state in ("ok", "fault", "unknown"):
        found = operator.get(f"/api/cameras?state={state}").json()
        assert {one["state"] for one in found["items"]} == ({state} if counts.get(state) else set())
        assert found["total"] == counts.get(state, 0)
    assert counts["ok"] == counts["fault"] == 1
    room.clock.advance(cameras.STALE_HEALTH + 1)
    assert operator.get("/api/cameras?state=ok").json()["total"] == 0, "an old word is not passed off as now"
