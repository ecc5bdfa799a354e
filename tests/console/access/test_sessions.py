"""Log-in, CSRF, idle exit, the lock after failures, and what an account's change does to its sessions."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from console.access.tables import LoginSession

PASSWORD = "correct-horse"


def log_in(room: Any, username: str = "operator", password: str = PASSWORD) -> Any:
    return room.client.post("/api/login", json={"username": username, "password": password}, headers={"accept-language": "en"})  # fmt: skip


def test_a_log_in_gives_a_cookie_no_script_can_read_and_the_token_is_not_in_the_database(room: Any) -> None:
    answer = log_in(room)
    assert answer.status_code == 200
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "samesite=strict" in cookie.lower()
    token = answer.cookies["lianqin_session"]

    with room.store.read() as session:
        rows = list(session.scalars(select(LoginSession)))
    assert len(rows) == 1
    assert token not in (rows[0].token_sha256, rows[0].csrf)
    me = room.client.get("/api/me").json()
    assert me["account"]["username"] == "operator"
    assert me["csrf"] == answer.json()["csrf"]
    assert "alert.judge" in me["permissions"]
    assert "audit.see" not in me["permissions"]
    assert me["settings"]["escalation_seconds"] == [30, 60, 120]


@pytest.mark.parametrize(("username", "password"), [("operator", "wrong"), ("nobody", PASSWORD), ("operator", "")])
def test_a_wrong_log_in_does_not_say_what_was_wrong(room: Any, username: str, password: str) -> None:
    answer = log_in(room, username, password)
    assert (answer.status_code, answer.json()["key"]) == (401, "login.wrong")
    assert answer.headers["content-type"] == "application/problem+json"


def test_five_failures_lock_for_fifteen_minutes_even_for_the_right_password(room: Any) -> None:
    keys = [log_in(room, password="wrong").json()["key"] for _ in range(5)]
    assert keys == ["login.wrong"] * 4 + ["account.locked"]
    assert log_in(room).status_code == 423
    room.clock.advance(14 * 60)
    assert log_in(room).status_code == 423
    room.clock.advance(62)
    assert log_in(room).status_code == 200
    assert [row.action for row in room.audit()].count("account.lock") == 1


def test_a_success_forgets_earlier_failures_and_a_lock_that_is_over_counts_anew(room: Any) -> None:
    for _ in range(4):
        log_in(room, password="wrong")
    assert log_in(room).status_code == 200
    assert log_in(room, password="wrong").json()["key"] == "login.wrong"


def test_a_request_that_changes_something_needs_the_sessions_own_csrf_header(room: Any, alert: Any) -> None:
    operator = room.role("operator")
    for header in ("", "guess", room.role("leader").csrf):
        answer = room.client.post(f"/api/alerts/{alert.id}/ignore", headers=operator.headers({"x-csrf": header}))
        assert (answer.status_code, answer.json()["key"]) == (403, "session.csrf")
    assert operator.get(f"/api/alerts/{alert.id}").json()["state"] == "new"
    assert operator.post(f"/api/alerts/{alert.id}/ignore").status_code == 200


def test_a_session_nobody_uses_ends_and_one_that_is_used_does_not(room: Any) -> None:
    operator = room.role("operator")
    for _ in range(4):
        room.clock.advance(14 * 60)
        assert operator.get("/api/me").status_code == 200
    room.clock.advance(15 * 60 + 1)
    answer = operator.get("/api/me")
    assert (answer.status_code, answer.json()["key"]) == (401, "session.idle")
    assert operator.get("/api/me").json()["key"] == "session.none"


def test_the_wall_is_not_thrown_out(room: Any) -> None:
    wall = room.role("wall")
    room.clock.advance(24 * 3600)
    assert wall.get("/api/me").status_code == 200


def test_log_out_ends_the_session(room: Any) -> None:
    operator = room.role("operator")
    assert operator.post("/api/logout").status_code == 200
    assert operator.get("/api/me").status_code == 401


@pytest.mark.parametrize(
    "change",
    [{"disabled": True}, {"role": "officer"}, {"password": "another-horse"}],
    ids=["disabled", "new role", "new password"],
)
def test_a_changed_account_must_log_in_again(room: Any, change: dict[str, Any]) -> None:
    operator = room.role("operator")
    form = {"username": "operator", "role": "operator", "name": "甲"} | change
    assert room.role("secadmin").put("/api/accounts/a-operator", form).status_code == 200
    assert operator.get("/api/me").status_code == 401
    assert log_in(room).status_code == (401 if "disabled" in change or "password" in change else 200)


@pytest.mark.parametrize(
    ("form", "key"),
    [
        ({"username": "X", "role": "operator", "name": "n", "password": "longenough"}, "account.username"),
        ({"username": "new", "role": "operator", "name": "n", "password": "short"}, "account.password"),
        ({"username": "new", "role": "operator", "name": "n"}, "account.password"),
        ({"username": "new", "role": "company", "name": "n", "password": "longenough"}, "account.needs_unit"),
        ({"username": "new", "role": "company", "name": "n", "password": "longenough", "unit_id": "U9"}, "account.no_unit"),
        ({"username": "new", "role": "guard", "name": "n", "password": "longenough"}, "account.needs_guard"),
        ({"username": "operator", "role": "operator", "name": "n", "password": "longenough"}, "account.taken"),
        ({"username": "new", "role": "superuser", "name": "n", "password": "longenough"}, "record.invalid"),
        ({"username": "new", "rolle": "operator", "name": "n", "password": "longenough"}, "record.unknown_field"),
    ],
)  # fmt: skip
def test_a_nonsense_account_is_refused_by_name(room: Any, form: dict[str, Any], key: str) -> None:
    answer = room.role("secadmin").post("/api/accounts", form)
    assert answer.json()["key"] == key
    assert answer.status_code in (409, 422)
    assert room.audit("account.add") == []


def test_the_last_security_administrator_stays(room: Any) -> None:
    secadmin = room.role("secadmin")
    form = {"username": "secadmin", "role": "operator", "name": "n"}
    assert secadmin.put("/api/accounts/a-secadmin", form).json()["key"] == "account.self"


def test_no_list_of_accounts_shows_a_password_or_its_hash(room: Any) -> None:
    text = room.role("secadmin").get("/api/accounts").text
    assert "argon2" not in text
    assert "password_hash" not in text
