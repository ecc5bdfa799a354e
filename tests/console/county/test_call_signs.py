"""What rings a guard and calls on the radio: set up, on the list of the nearest, with the task, on the card and on the sheet."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import update

from lianqin.sheets.write import to_file
from patrol.county.tables import Guard
from patrol.duty.tables import Shift
from tests.console.conftest import Room
from tests.console.county.test_ground import send
from tests.console.dispatch.test_stuck import call, incident, put

__all__ = ["incident"]
HEADS = ["编号", "姓名", "单位编号", "电台呼号", "电话"]


def entry(**more: Any) -> dict[str, Any]:
    return {
        "id": "G1",
        "unit_id": "U1",
        "name": "保安1",
        "cert_no": "C1",
        "cert_valid_until": "2030-01-01",
        "default_area_id": "A1",
        **more,
    }


def signed(room: Room) -> None:
    with room.store.write() as session:
        session.execute(update(Guard).values(phone="13800000000", call_sign="洞拐"))


def test_it_is_set_up_by_the_form_and_tidied(room: Room) -> None:
    admin = room.role("sysadmin")
    assert admin.put("/api/ground/guards/G1", entry(call_sign="  洞 拐\u200b ")).status_code == 200
    [row] = [one for one in admin.get("/api/ground/guards").json()["items"] if one["id"] == "G1"]
    assert row["call_sign"] == "洞 拐"
    assert admin.put("/api/ground/guards/G1", entry(call_sign="长" * 21)).status_code == 422


@pytest.mark.parametrize("form", ["xlsx", "csv"])
def test_it_comes_in_and_goes_out_by_files(room: Room, form: Any) -> None:
    admin = room.role("sysadmin")
    data = to_file([HEADS, ["G1", "保安1", "U1", "洞拐", "13800000000"]], form)
    answer = send(room, "/api/ground/guards/import?dry_run=false", data)
    assert answer.json()["done"] is True, answer.text
    with room.store.read() as session:
        assert session.get_one(Guard, "G1").call_sign == "洞拐"
    out = admin.get("/api/ground/guards/export?form=csv&lang=zh-CN").content.decode("utf-8-sig")
    assert "电台呼号" in out.splitlines()[0]
    assert "洞拐" in out


def test_the_nearest_have_them_while_on_shift_alone(room: Room, incident: str) -> None:
    signed(room)
    with room.store.write() as session:
        session.execute(update(Shift).where(Shift.id == "S2").values(closed_at=room.clock.now()))
    rows = room.role("operator").get(f"/api/incidents/{incident}/nearest").json()["candidates"]
    assert {one["guard_id"]: (one["phone"], one["call_sign"]) for one in rows} == {
        "G1": ("13800000000", "洞拐"), "G2": ("", ""), "G3": ("13800000000", "洞拐"),
    }  # fmt: skip


def test_task_sheet_and_shift_bear_the_call_sign(room: Room, incident: str) -> None:
    signed(room)
    put(room, "1")
    call(room, incident)
    operator = room.role("operator")
    [task] = operator.get(f"/api/incidents/{incident}").json()["dispatches"]
    assert (task["guard"]["call_sign"], task["guard"]["phone"]) == ("洞拐", "13800000000")
    [sheet] = operator.get("/api/hand-over-sheet").json()["incidents"]["items"]
    assert sheet["sent"][0]["guard"]["call_sign"] == "洞拐"
    assert {one["guard"]["call_sign"] for one in operator.get("/api/shifts").json()["items"]} == {"洞拐"}


@pytest.mark.parametrize(
    ("role", "status"),
    [("operator", 200), ("leader", 200), ("officer", 403), ("company", 403), ("auditor", 403), ("sysadmin", 403), ("guard", 403)],
)  # fmt: skip
def test_the_card_on_the_map_has_them_for_who_sends_guards_and_the_look_is_registered(
    room: Room, role: str, status: int
) -> None:
    signed(room)
    answer = room.role(role).get("/api/guards/G1/contact")
    assert answer.status_code == status
    looks = [(row.actor_id, row.object_id) for row in room.audit("people.look")]
    assert looks == ([(f"a-{role}", "contacts")] if status == 200 else [])
    if status == 200:
        assert answer.json() == {
            "guard_id": "G1",
            "name": "保安1",
            "phone": "13800000000",
            "unit_phone": answer.json()["unit_phone"],
            "call_sign": "洞拐",
        }
        assert room.role(role).get("/api/guards/G9/contact").status_code == 404
