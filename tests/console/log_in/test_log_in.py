"""Who guesses at passwords: locks, delays, known browsers, one answer for every failure, and what the register keeps of it."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from typing import Any

import httpx
import pytest
from argon2 import PasswordHasher
from sqlalchemy import func, select, update

from console.access import browsers, passwords, tries
from console.access.passwords import Gate, check_password
from console.access.tables import Account, LoginSession, LoginTry
from console.access.tries import Tried
from console.app import make_app
from console.log_in import log_in as first_step
from lianqin.errors import DeniedError, RecordError

PASSWORD = "correct-horse"


@pytest.fixture
def proxied(room: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The room, where a test may come from any address."""
    monkeypatch.setattr(
        "console.log_in.routes.address_of",
        lambda scope, _: dict(scope["headers"]).get(b"x-from", b"192.0.2.1").decode(),
    )
    return room


def log_in(
    room: Any, username: str = "operator", password: str = PASSWORD, *, address: str = "192.0.2.1", browser: str = ""
) -> Any:
    headers = {"accept-language": "en", "x-from": address, "cookie": f"lianqin_browser={browser}" if browser else ""}
    room.client.cookies.clear()
    return room.client.post("/api/login", json={"username": username, "password": password}, headers=headers)


def test_five_failures_lock_the_pair_and_nobody_else(proxied: Any) -> None:
    assert [log_in(proxied, password="wrong").status_code for _ in range(5)] == [401] * 4 + [423]
    answer = log_in(proxied)
    assert (answer.status_code, answer.headers["retry-after"]) == (423, "900")
    proxied.clock.advance(2)
    assert log_in(proxied, address="192.0.2.2").status_code == 200
    assert log_in(proxied, "leader").status_code == 200
    assert log_in(proxied).status_code == 423


def test_the_state_survives_a_restart_and_is_another_consoles_too(proxied: Any) -> None:
    for _ in range(5):
        log_in(proxied, password="wrong")
    other = make_app(proxied.settings, proxied.store, proxied.redis, clock=proxied.clock, threads=False)
    with pytest.raises(DeniedError, match=r"account\.locked"):
        first_step.log_in(proxied.store, other.state.console.settings,
                        first_step.LogInRequest("operator", PASSWORD, "192.0.2.1"), proxied.clock.now())  # fmt: skip


def test_strangers_from_everywhere_slow_a_name_down_and_never_lock_a_known_browser(proxied: Any) -> None:
    first = log_in(proxied)
    known = first.cookies["lianqin_browser"]
    cookie = next(one for one in first.headers.get_list("set-cookie") if one.startswith("lianqin_browser"))
    assert "HttpOnly" in cookie
    assert "samesite=strict" in cookie.lower()
    waits = []
    for number in range(60):
        answer = log_in(proxied, password="wrong", address=f"198.51.100.{number}")
        if answer.status_code == 429:
            assert answer.json()["key"] == "login.slowed"
            waits.append(int(answer.headers["retry-after"]))
            proxied.clock.advance(waits[-1])
    assert waits[:9] == [1, 2, 4, 8, 16, 32, 64, 128, 256]
    assert max(waits) == 300
    log_in(proxied, password="wrong", address="203.0.113.2")
    assert log_in(proxied, address="203.0.113.1").status_code == 429
    assert log_in(proxied, address="203.0.113.1", browser=known).status_code == 200
    assert log_in(proxied, "leader", password="wrong", browser=known).status_code == 401, "it is this account's alone"


def test_a_known_browser_that_guesses_is_locked_itself(proxied: Any) -> None:
    known = log_in(proxied).cookies["lianqin_browser"]
    codes = [log_in(proxied, password="wrong", browser=known, address=f"192.0.2.{n}").status_code for n in range(6)]
    assert codes == [401] * 4 + [423] * 2
    assert log_in(proxied).status_code == 200


@pytest.mark.parametrize("forged", ["x", "A" * 22 + "." + "0" * 64, "²" * 22 + "." + "0" * 64, ""])
def test_a_forged_cookie_makes_no_browser_known(room: Any, forged: str) -> None:
    with room.store.read() as session:
        assert browsers.browser_of(session.get_one(Account, "a-operator"), forged) == ""
        assert browsers.browser_of(None, forged) == ""


def test_every_failure_has_one_answer_and_one_hash(proxied: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with proxied.store.write() as session:
        session.execute(update(Account).where(Account.id == "a-leader").values(disabled=True))
        session.execute(update(Account).where(Account.id == "a-guard").values(password_hash=""))
        session.execute(update(Account).where(Account.id == "a-officer").values(demo=True))
    asked = []
    real = passwords.matches
    monkeypatch.setattr(
        passwords, "matches", lambda known, password: (asked.append(known[:30]), real(known, password))[1]
    )
    answers = {
        (log_in(proxied, username, password).status_code, log_in(proxied, username, password).text)
        for username, password in [("operator", "wrong"), ("nobody", PASSWORD), ("leader", PASSWORD), ("guard", PASSWORD), ("officer", PASSWORD),
                                   ("a\0b", PASSWORD), ("²", PASSWORD)]
    }  # fmt: skip
    assert len(answers) == 1
    assert len(asked) == 14
    assert len(set(asked)) == 1
    for username in ("nobody", "leader"):
        assert [log_in(proxied, username, "wrong").status_code for _ in range(4)] == [401, 401, 423, 423]


def test_the_register_names_address_and_name_and_can_not_be_filled(proxied: Any) -> None:
    log_in(proxied, "x\x1b[31m\u202e" + "y" * 40, "wrong", address="2001:db8::7")
    [row] = proxied.audit("account.login_failed")
    assert row.detail["address"] == "2001:db8::7"
    assert row.detail["name"] == "x?[31m?" + "y" * 40
    with proxied.store.write() as session:
        for number in range(500):
            tried = Tried(f"name{number}", "192.0.2.1", "")
            tries.do_begin(session, tried, proxied.clock.now())
            tries.do_fail(session, tried, None, proxied.settings, proxied.clock.now())
            tries.do_refuse(session, proxied.clock.now())
    assert len(proxied.audit("account.login_failed")) == tries.SINGLY_AN_HOUR
    assert proxied.audit("account.login_failures") == []
    proxied.clock.advance(3600)
    with proxied.store.write() as session:
        tries.sweep(session, proxied.clock.now())
        tries.sweep(session, proxied.clock.now())
    [row] = proxied.audit("account.login_failures")
    assert (row.detail["unknown_names"], row.detail["refused"]) == (501 - tries.SINGLY_AN_HOUR, 500)


def test_the_failures_that_are_kept_are_bounded_and_a_lock_goes_last(
    room: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tries, "MOST_ROWS", 60)
    at = room.clock.now()
    with room.store.write() as session:
        locked = Tried("operator", "192.0.2.1", "")
        for _ in range(5):
            tries.do_begin(session, locked, at)
        tries.do_fail(session, locked, None, room.settings, at)
        for number in range(200):
            tries.do_begin(session, Tried(f"n{number}", "192.0.2.9", ""), at + number)
        assert (session.scalar(select(func.count()).select_from(LoginTry)) or 0) <= 60
        with pytest.raises(DeniedError, match=r"account\.locked"):
            tries.check_open(session, locked, room.settings, at + 200)


def test_tries_at_the_same_time_win_nothing(proxied: Any) -> None:
    """Each is counted before its password is looked at."""
    at = proxied.clock.now()
    form = first_step.LogInRequest("operator", "wrong", "192.0.2.1")
    keys: list[str] = []

    def guess() -> None:
        try:
            first_step.log_in(proxied.store, proxied.settings, form, at)
        except DeniedError as error:
            keys.append(error.key)

    threads = [threading.Thread(target=guess) for _ in range(12)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert keys.count("login.wrong") <= 4
    assert len(keys) == 12
    with proxied.store.read() as session:
        row = session.get_one(LoginTry, Tried("operator", "192.0.2.1", "").pair)
        assert row.until > at


def test_beyond_a_few_at_a_time_the_answer_is_come_again() -> None:
    free = threading.Event()

    async def many() -> list[Any]:
        gate = Gate("test", at_a_time=2, waiting=3)
        asked = [asyncio.create_task(gate.run(lambda: free.wait(30))) for _ in range(60)]
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        free.set()
        return await asyncio.gather(*asked, return_exceptions=True)

    found = asyncio.run(many())
    refused = [one for one in found if isinstance(one, DeniedError)]
    assert found[:5] == [True] * 5
    assert [one.key for one in refused] == ["login.busy"] * 55
    assert refused[0].values["retry_s"] > 0


@pytest.mark.skipif(sys.platform != "linux", reason="a thread has a priority of its own in Linux alone")
def test_hashes_yield_the_cores_to_everybody_else_and_hold_no_lock_meanwhile(
    room: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A niced thread under the write lock would hold all others up."""
    nice: dict[str, int] = {}

    def seen(what: str, real: Any) -> Any:
        def work(_hasher: PasswordHasher, *args: Any) -> Any:
            nice[what] = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
            with room.store.write():
                return real(*args)

        return work

    monkeypatch.setattr(PasswordHasher, "verify", seen("verify", passwords.hasher.verify))
    monkeypatch.setattr(PasswordHasher, "hash", seen("hash", passwords.hasher.hash))
    usual = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
    assert log_in(room).status_code == 200
    passwords.hash_password("x" * 12)
    assert nice == {"verify": usual + 10, "hash": usual + 10}
    assert os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) == usual
    assert 1 <= passwords.AT_A_TIME <= max(1, (os.cpu_count() or 1) // 2)


def test_sixty_log_ins_at_once_leave_a_known_browser_its_way(room: Any) -> None:
    known = log_in(room).cookies["lianqin_browser"]
    room.client.cookies.clear()

    async def all_at_once() -> tuple[list[int], int]:
        transport = httpx.ASGITransport(room.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
            forms = [client.post("/api/login", json={"username": f"n{n}", "password": "wrong"}) for n in range(60)]
            mine = client.post(
                "/api/login",
                json={"username": "operator", "password": PASSWORD},
                headers={"cookie": f"lianqin_browser={known}"},
            )
            *others, own = await asyncio.gather(*forms, mine)
            return [one.status_code for one in others], own.status_code

    others, own = asyncio.run(all_at_once())
    assert own == 200
    assert set(others) == {401, 429}


@pytest.mark.parametrize(("password", "role", "key"), [
    ("short-1", "guard", "account.password"), ("guard-ok-8", "guard", ""), ("guard-ok-8", "operator", "account.password"),
    ("correct-horse", "operator", ""), ("password1234", "operator", "account.password_common"), ("12345678", "guard", "account.password_common"),
    ("aaaaaaaaaaaa", "operator", "account.password_common"), ("qwertyuiop", "guard", "account.password_common"),
    ("Password!2024", "operator", "account.password_common"), ("lianqin123456", "operator", "account.password_common"),
    ("zhangsan.zhou1", "operator", "account.password_common"), ("x" * 3 + "y z" * 100, "operator", "account.password_long"),
    ("我家门口有两棵枣树啊真的", "operator", ""), ("lianqin-demo", "operator", "account.password_common"),
])  # fmt: skip
def test_a_password_is_long_enough_and_not_one_that_is_tried_first(password: str, role: Any, key: str) -> None:
    if not key:
        check_password(password, role, "zhangsan.zhou1")
        return
    with pytest.raises(RecordError) as caught:
        check_password(password, role, "zhangsan.zhou")
    assert caught.value.key == key


def test_ones_own_password_is_changed_by_who_knows_the_old_one_and_all_other_sessions_end(room: Any) -> None:
    operator = room.role("operator")
    room.client.cookies.clear()
    log_in(room)
    with room.store.read() as session:
        assert session.scalar(select(func.count()).where(LoginSession.account_id == "a-operator")) == 2
    wrong = operator.post("/api/me/password", {"old": "no", "new": "a-better-horse"})
    assert (wrong.status_code, wrong.json()["key"]) == (403, "password.wrong")
    for new, key in [
        ("short", "account.password"),
        (PASSWORD, "password.same"),
        ("password1234", "account.password_common"),
    ]:
        answer = operator.post("/api/me/password", {"old": PASSWORD, "new": new})
        assert (answer.status_code, answer.json()["key"]) == (422, key)
    answer = operator.post("/api/me/password", {"old": PASSWORD, "new": "a-better-horse"})
    assert answer.status_code == 200
    assert "lianqin_browser" in answer.headers["set-cookie"]
    assert operator.get("/api/me").status_code == 200
    with room.store.read() as session:
        assert session.scalar(select(func.count()).where(LoginSession.account_id == "a-operator")) == 1
    [row] = room.audit("account.own_password")
    assert (row.actor_id, row.object_id) == ("a-operator", "a-operator")
    assert log_in(room).status_code == 401
    assert log_in(room, password="a-better-horse").status_code == 200


def test_who_found_an_open_session_does_not_guess_the_password_for_long(room: Any) -> None:
    operator = room.role("operator")
    codes = [
        operator.post("/api/me/password", {"old": f"no{n}", "new": "a-better-horse"}).status_code for n in range(6)
    ]
    assert codes == [403] * 4 + [423] * 2


def test_the_wall_has_no_password_of_its_own_to_change(room: Any) -> None:
    assert room.role("wall").post("/api/me/password", {"old": PASSWORD, "new": "a-better-horse"}).status_code == 403


def test_accounts_of_the_demonstration_are_dead_outside_it(room: Any) -> None:
    operator = room.role("operator")
    with room.store.write() as session:
        session.execute(update(Account).where(Account.id == "a-operator").values(demo=True))
    assert operator.get("/api/me").status_code == 401
    assert log_in(room).json()["key"] == "login.wrong"
    form = {"username": "operator", "role": "operator", "name": "甲", "password": "a-better-horse"}
    assert room.role("secadmin").put("/api/accounts/a-operator", form).status_code == 200
    assert log_in(room, password="a-better-horse").status_code == 200


def test_the_security_administrator_sees_a_lock_and_a_new_password_ends_it(room: Any) -> None:
    for _ in range(5):
        log_in(room, password="wrong")
    admin = room.role("secadmin")
    seen = {row["id"]: row for row in admin.get("/api/accounts").json()["items"]}
    assert seen["a-operator"]["locked"]
    assert seen["a-operator"]["locked_until"] == room.clock.now() + 900
    form = {"username": "operator", "role": "operator", "name": "甲", "password": "a-better-horse"}
    assert not admin.put("/api/accounts/a-operator", form).json()["account"]["locked"]
    assert log_in(room, password="a-better-horse").status_code == 200
