"""Sessions, listed and ended by their owner and by the security administrator; failed log-ins, locks and addresses for him."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from console.access.tables import LoginSession
from console.phones.tables import Phone
from tests.console.conftest import PASSWORD


@pytest.fixture
def elsewhere(room: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The room, where a log-in comes from an address and a browser of its own."""
    monkeypatch.setattr("console.factors.routes.address_of", lambda *_: "192.0.2.7")
    monkeypatch.setattr("console.log_in.routes.address_of", lambda *_: "192.0.2.7")
    return room


def log_in(room: Any, username: str = "operator", password: str = PASSWORD) -> Any:
    room.client.cookies.clear()
    headers = {"user-agent": "Firefox of the night shift"}
    return room.client.post("/api/login", json={"username": username, "password": password}, headers=headers)


def own(room: Any, role: str = "operator") -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = room.role(role).get("/api/me/sessions").json()["items"]
    return items


def test_ones_own_sessions_say_since_when_from_where_and_which_is_this_one(elsewhere: Any) -> None:
    room = elsewhere
    room.role("operator")
    room.clock.advance(60)
    token = log_in(room).cookies["lianqin_session"]
    room.client.cookies.clear()
    second, first = sorted(own(room), key=lambda one: one["created_at"])
    assert (first["address"], first["agent"], first["current"]) == ("192.0.2.7", "Firefox of the night shift", False)
    assert first["created_at"] == room.clock.now()
    assert (second["current"], second["phone"]) == (True, False)
    assert token not in str([first, second])


def test_ones_own_session_is_ended_at_once_and_registered_and_nobody_elses(elsewhere: Any) -> None:
    room = elsewhere
    operator = room.role("operator")
    token = log_in(room).cookies["lianqin_session"]
    room.client.cookies.clear()
    [other] = [one for one in own(room) if not one["current"]]
    stranger = room.role("leader").post(f"/api/me/sessions/{other['id']}/end")
    assert (stranger.status_code, stranger.json()["key"]) == (404, "session.missing")
    assert operator.post(f"/api/me/sessions/{other['id']}/end").status_code == 200
    assert room.client.get("/api/me", headers={"cookie": f"lianqin_session={token}"}).status_code == 401
    assert operator.get("/api/me").status_code == 200
    [row] = room.audit("account.end_session")
    assert (row.actor_id, row.object_id, row.detail["address"]) == ("a-operator", "a-operator", "192.0.2.7")


def test_the_security_administrator_finds_and_ends_anybodys(elsewhere: Any) -> None:
    room = elsewhere
    log_in(room)
    room.client.cookies.clear()
    admin = room.role("secadmin")
    found = admin.get("/api/sessions?q=192.0.2").json()["items"]
    assert [one["account"]["username"] for one in found] == ["operator"]
    assert admin.get("/api/sessions?q=nobody").json()["items"] == []
    assert admin.post(f"/api/sessions/{found[0]['id']}/end").status_code == 200
    assert admin.post(f"/api/sessions/{found[0]['id']}/end").status_code == 404
    [row] = room.audit("account.end_session")
    assert (row.actor_id, row.object_id) == ("a-secadmin", "a-operator")


def test_all_sessions_come_page_by_page(room: Any) -> None:
    for role in ("operator", "leader", "officer", "auditor", "secadmin"):
        room.role(role)
    admin, seen, cursor = room.role("secadmin"), list[str](), ""
    for _ in range(10):
        page = admin.get(f"/api/sessions?limit=2&cursor={cursor}").json()
        seen += [one["account"]["username"] for one in page["items"]]
        cursor = page["next"]
        if not cursor:
            break
    assert sorted(seen) == ["auditor", "leader", "officer", "operator", "secadmin"]


def test_a_phone_whose_session_is_ended_is_bound_no_more(room: Any) -> None:
    visitor = room.visitor("a-guard2")
    with room.store.write() as session:
        row = session.scalars(select(LoginSession).where(LoginSession.account_id == "a-guard2")).one()
        row.phone_id = "ph-2"
    found = room.role("secadmin").get("/api/sessions?q=guard2").json()["items"]
    assert found[0]["phone"]
    assert room.role("secadmin").post(f"/api/sessions/{found[0]['id']}/end").status_code == 200
    assert visitor.get("/api/me").status_code == 401
    with room.store.read() as session:
        assert session.get_one(Phone, "ph-2").ended_at is not None


def test_failed_log_ins_stand_with_name_and_address_newest_first(elsewhere: Any) -> None:
    room = elsewhere
    for name in ("operator", "nobody", "operator"):
        log_in(room, name, "wrong")
        room.clock.advance(1)
    admin = room.role("secadmin")
    first = admin.get("/api/log-ins/failed?limit=2").json()
    rest = admin.get(f"/api/log-ins/failed?limit=2&cursor={first['next']}").json()
    assert [one["name"] for one in first["items"] + rest["items"]] == ["operator", "nobody", "operator"]
    assert {one["address"] for one in first["items"]} == {"192.0.2.7"}
    assert [one["account_id"] for one in first["items"]] == ["a-operator", None]
    assert rest["next"] is None
    assert admin.get("/api/log-ins/failed?cursor=x²").json()["key"] == "list.cursor"


def test_locked_pairs_and_addresses_are_shown_as_they_stand(elsewhere: Any) -> None:
    room = elsewhere
    for _ in range(5):
        log_in(room, password="wrong")
    log_in(room, "leader")
    room.client.cookies.clear()
    admin = room.role("secadmin")
    [lock] = admin.get("/api/log-ins/locks").json()["items"]
    assert (lock["name"], lock["address"], lock["failures"], lock["until"]) == (
        "operator",
        "192.0.2.7",
        5,
        room.clock.now() + 900,
    )
    [place] = [one for one in admin.get("/api/log-ins/addresses").json()["items"] if one["address"]]
    assert (place["address"], place["sessions"], place["failures"]) == ("192.0.2.7", 1, 5)
    assert sorted(place["names"]) == ["leader", "operator"]
    room.clock.advance(901)
    room.forget_visitors()
    assert room.role("secadmin").get("/api/log-ins/locks").json()["items"] == []
