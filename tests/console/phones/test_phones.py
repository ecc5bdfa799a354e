"""A guard's phone is bound by a code and stays logged in: a page left alone for an hour still hears and answers a call."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from console.access import sessions
from console.access.tables import Account, LoginSession
from console.phones import phones
from console.phones.tables import Phone
from lianqin.testing import T0
from patrol.calls.tables import PointCall
from patrol.county.tables import Guard

HOUR = 3600.0


def make(room: Any, role: str = "company", guard_id: str = "G1") -> Any:
    return room.role(role).post("/api/phones", {"guard_id": guard_id})


def bind(room: Any, code: str) -> Any:
    return room.client.post(
        "/api/m/bind", json={"code": code}, headers={"user-agent": "Cheap Phone 7", "accept-language": "en"}
    )


def phone_of(answer: Any) -> dict[str, str]:
    return {"cookie": f"lianqin_session={answer.cookies['lianqin_session']}", "x-csrf": answer.json()["csrf"]}


@pytest.mark.parametrize("role", ["company", "operator", "leader"])
def test_a_page_left_alone_for_an_hour_is_called_and_answers(room: Any, role: str) -> None:
    with room.store.write() as session:
        session.get_one(PointCall, "pc-1").verdict = "confirmed"
    bound = bind(room, make(room, role).json()["code"])
    assert bound.status_code == 200, bound.text
    headers = phone_of(bound)
    room.client.cookies.clear()
    assert room.client.get("/api/m/state", headers=headers).json()["point_calls"] == []
    room.clock.advance(HOUR)
    with room.store.write() as session:
        session.get_one(PointCall, "pc-1").verdict = None
    [call] = room.client.get("/api/m/state", headers=headers).json()["point_calls"]
    answer = room.client.post(
        f"/api/m/point-calls/{call['id']}/answer", json={"answered_at": T0 + HOUR}, headers=headers
    )
    assert answer.status_code == 200
    room.clock.advance(90 * 86_400)  # a guard on long leave
    assert room.client.get("/api/m/state", headers=headers).status_code == 200


def test_the_cookie_of_a_bound_phone_outlasts_the_browser(room: Any) -> None:
    cookie = bind(room, make(room).json()["code"]).headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "Max-Age=34560000" in cookie


def test_a_password_page_of_a_guard_that_hears_the_push_stays_open_and_one_that_does_not_ends(room: Any) -> None:
    guard = room.role("guard")
    token = sessions.fingerprint(guard.token)
    for _ in range(6):
        room.clock.advance(600)
        sessions.touch(room.store, {token}, room.clock.now())
    assert guard.get("/api/m/state").status_code == 200
    room.clock.advance(901)
    assert guard.get("/api/m/state").json()["key"] == "session.idle"


@pytest.mark.parametrize("typed", ["{}", " {} ", "{:.4}-{rest}", "lower"])
def test_a_code_is_understood_however_it_is_typed(room: Any, typed: str) -> None:
    code = make(room).json()["code"]
    text = code.lower() if typed == "lower" else typed.format(code, rest=code[4:])
    assert bind(room, text).status_code == 200


def test_a_code_is_good_once_and_for_a_quarter_of_an_hour(room: Any) -> None:
    code = make(room).json()["code"]
    assert bind(room, code).status_code == 200
    again = bind(room, code)
    assert (again.status_code, again.json()["key"]) == (403, "phone.code")
    late = make(room).json()["code"]
    room.clock.advance(phones.CODE_S + 1)
    assert bind(room, late).json()["key"] == "phone.code"
    assert bind(room, "ABCD-EFGH-JKMN").json()["key"] == "phone.code"


def test_a_new_code_voids_the_one_before_and_leaves_the_bound_phone_alone(room: Any) -> None:
    headers = phone_of(bind(room, make(room).json()["code"]))
    first, second = make(room).json()["code"], make(room).json()["code"]
    assert bind(room, first).json()["key"] == "phone.code"
    room.client.cookies.clear()
    assert room.client.get("/api/m/state", headers=headers).status_code == 200
    assert bind(room, second).status_code == 200


def test_binding_another_phone_ends_the_one_before(room: Any) -> None:
    old = phone_of(bind(room, make(room).json()["code"]))
    new = phone_of(bind(room, make(room).json()["code"]))
    room.client.cookies.clear()
    assert room.client.get("/api/m/state", headers=old).status_code == 401
    assert room.client.get("/api/m/state", headers=new).status_code == 200
    assert [row.action for row in room.audit() if row.action.startswith("phone.")] == [
        "phone.code", "phone.bind", "phone.code", "phone.revoke", "phone.bind"]  # fmt: skip


def test_a_revoked_phone_is_nobodys_at_once(room: Any) -> None:
    made = make(room).json()
    headers = phone_of(bind(room, made["code"]))
    room.client.cookies.clear()
    [item] = [one for one in room.role("company").get("/api/phones").json()["items"] if one["guard"]["id"] == "G1"]
    assert (item["phone"]["model"], item["phone"]["made_by"]) == ("Cheap Phone 7", "company 甲")
    assert room.role("secadmin").post(f"/api/phones/{made['phone']['id']}/revoke").status_code == 200
    assert room.client.get("/api/m/state", headers=headers).status_code == 401
    [item] = [one for one in room.role("company").get("/api/phones").json()["items"] if one["guard"]["id"] == "G1"]
    assert item["phone"] is None


def test_a_company_binds_and_sees_its_own_guards_alone(room: Any) -> None:
    assert make(room, guard_id="G2").json()["key"] == "guard.missing"
    other = make(room, "operator", "G2").json()["phone"]["id"]
    assert room.role("company").post(f"/api/phones/{other}/revoke").status_code == 404
    assert [one["guard"]["id"] for one in room.role("company").get("/api/phones").json()["items"]] == ["G1"]


def test_a_guard_without_an_account_gets_one_that_no_password_opens(room: Any) -> None:
    with room.store.write() as session:
        session.add(
            Guard(
                id="G3", unit_id="U1", name="新来的", cert_no="C3", cert_valid_until="2030-01-01", notice_signed_at=T0
            )
        )
    headers = phone_of(bind(room, make(room, guard_id="G3").json()["code"]))
    room.client.cookies.clear()
    assert room.client.get("/api/me", headers=headers).json()["account"]["guard_id"] == "G3"
    with room.store.read() as session:
        account = session.scalars(select(Account).where(Account.guard_id == "G3")).one()
    for password in ("", "correct-horse", account.username):
        said = room.client.post("/api/login", json={"username": account.username, "password": password})
        assert said.status_code == 401


def test_a_disabled_account_binds_no_phone(room: Any) -> None:
    with room.store.write() as session:
        session.get_one(Account, "a-guard").disabled = True
    assert bind(room, make(room).json()["code"]).json()["key"] == "phone.disabled"
    with room.store.read() as session:
        assert session.scalars(select(Phone).where(Phone.guard_id == "G1")).one().bound_at is None
        assert session.scalars(select(LoginSession).where(LoginSession.phone_id.is_not(None))).all() == []


def test_what_one_guard_kept_is_not_taken_in_the_name_of_the_next(room: Any) -> None:
    headers = phone_of(bind(room, make(room, "operator", "G2").json()["code"]))
    room.client.cookies.clear()
    for account, status in (("a-guard", 403), ("a-guard2", 200)):
        said = room.client.post("/api/m/point-calls/pc-2/receipt", headers=headers | {"x-account": account})
        assert said.status_code == status
    said = room.client.post("/api/m/shift/close", headers=headers | {"x-account": "a-guard"})
    assert said.json()["key"] == "session.other"


def test_a_bound_phone_that_is_logged_out_is_bound_no_more(room: Any) -> None:
    headers = phone_of(bind(room, make(room).json()["code"]))
    room.client.cookies.clear()
    assert room.client.get("/api/me", headers=headers).json()["phone"] is True
    assert room.client.post("/api/logout", headers=headers).status_code == 200
    assert room.client.get("/api/m/state", headers=headers).status_code == 401
    [item] = [one for one in room.role("company").get("/api/phones").json()["items"] if one["guard"]["id"] == "G1"]
    assert item["phone"] is None
