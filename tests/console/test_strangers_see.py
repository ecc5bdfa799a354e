"""What who is not logged in, or stands behind a proxy, sees of the house; and cookies that go over TLS alone."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import event

from console.app import make_app
from console.health.health import KEPT_S, Pulse
from console.http.clients import came_by_tls, came_directly, read_proxies
from lianqin.peers import read_networks
from lianqin.testing import T0, FakeClock

NEAR, FAR, PROXY = "127.0.0.1", "198.51.100.7", "10.0.0.1"
FORWARDING = (
    "forwarded",
    "via",
    "x-real-ip",
    "x-forwarded-for",
    "x-forwarded-proto",
    "x-forwarded-host",
    "X-Forwarded-Anything",
)
LOCAL = read_networks("127.0.0.0/8,::1/128", "metrics_from")


@pytest.fixture
def asked_from(room: Any) -> Callable[..., TestClient]:
    """A client at an address, of a console with these settings."""

    def make(address: str, **changes: Any) -> TestClient:
        settings = room.settings.model_copy(update={"trusted_proxies": PROXY, **changes})
        app = make_app(settings, room.store, room.redis, clock=room.clock, threads=False)
        return TestClient(app, client=(address, 5000), raise_server_exceptions=False)

    return make


@pytest.mark.parametrize(
    ("peer", "headers", "directly"),
    [
        (NEAR, [], True),
        ("::1", [], True),
        ("::ffff:127.0.0.1", [], True),
        (FAR, [], False),
        (PROXY, [], False),
        ("", [], False),
        ("testclient", [], False),
        *((NEAR, [(name.lower().encode(), b"127.0.0.1")], False) for name in FORWARDING),
        (NEAR, [(b"user-agent", b"curl"), (b"x-forward", b"1")], True),
    ],
)
def test_direct_is_who_comes_from_a_named_network_through_no_proxy(
    peer: str, headers: list[Any], *, directly: bool
) -> None:
    scope = {"client": (peer, 1) if peer else None, "headers": headers}
    assert came_directly(scope, LOCAL, read_proxies(PROXY)) is directly


def test_a_trusted_proxy_on_the_same_machine_is_no_direct_client() -> None:
    assert not came_directly({"client": (NEAR, 1), "headers": []}, LOCAL, read_proxies(NEAR))


@pytest.mark.parametrize("name", FORWARDING)
def test_metrics_and_the_details_of_health_are_not_told_through_a_proxy(asked_from: Any, name: str) -> None:
    near = asked_from(NEAR)
    assert near.get("/metrics").status_code == 200
    assert "workers" in near.get("/healthz").json()
    through = {name: "127.0.0.1"}
    assert near.get("/metrics", headers=through).status_code == 404
    assert near.get("/healthz", headers=through).json() == {"ok": True}


def test_another_network_may_be_named_for_metrics(asked_from: Any) -> None:
    assert asked_from(FAR).get("/metrics").status_code == 404
    there = asked_from(FAR, metrics_from="198.51.100.0/24")
    assert there.get("/metrics").status_code == 200
    assert "redis" in there.get("/healthz").json()
    assert asked_from(NEAR, metrics_from="198.51.100.0/24").get("/metrics").status_code == 404


def test_a_stranger_hears_well_or_not_and_no_more(asked_from: Any, redis_server: Any, room: Any) -> None:
    far = asked_from(FAR)
    assert (far.get("/healthz").status_code, far.get("/healthz").json()) == (200, {"ok": True})
    redis_server.kill()
    assert far.get("/healthz").status_code == 200, "it is not looked at anew for each who asks"
    room.clock.advance(KEPT_S)
    answer = far.get("/healthz")
    assert (answer.status_code, answer.json()) == (503, {"ok": False})
    assert room.role("sysadmin").get("/api/health").json()["redis"] == "away"
    redis_server.start()


def test_who_asks_for_health_a_thousand_times_costs_the_database_one_question(asked_from: Any, room: Any) -> None:
    far, statements = asked_from(FAR), []
    event.listen(room.store.engine, "before_cursor_execute", lambda *told: statements.append(told[2]))
    for _ in range(1000):
        assert far.get("/healthz").status_code == 200
    assert len([one for one in statements if "outbox" in one]) == 1


def test_of_many_who_ask_at_once_one_looks() -> None:
    looks: list[int] = []

    async def ask() -> list[bool]:
        pulse = Pulse(lambda: looks.append(1) is None, FakeClock())
        return await asyncio.gather(*(pulse.is_well() for _ in range(200)))

    assert asyncio.run(ask()) == [True] * 200
    assert looks == [1]


@pytest.mark.parametrize(
    ("scheme", "peer", "told", "tls"),
    [
        ("https", FAR, None, True),
        ("http", FAR, None, False),
        ("http", FAR, "https", False),
        ("http", PROXY, "https", True),
        ("http", PROXY, "http", False),
        ("http", PROXY, "HTTPS", True),
        ("http", PROXY, "http, https", True),
        ("http", PROXY, "https, http", False),
        ("http", PROXY, None, False),
    ],
)
def test_tls_is_what_we_speak_or_what_a_trusted_proxy_says(
    scheme: str, peer: str, told: str | None, *, tls: bool
) -> None:
    headers = [(b"x-forwarded-proto", told.encode())] if told else []
    assert came_by_tls({"scheme": scheme, "client": (peer, 1), "headers": headers}, read_proxies(PROXY)) is tls


@pytest.mark.parametrize(
    ("address", "told", "secure"),
    [(PROXY, "https", True), (PROXY, "http", False), (FAR, "https", False), (FAR, "", False)],
)
def test_every_cookie_is_for_tls_alone_where_tls_is(asked_from: Any, address: str, told: str, *, secure: bool) -> None:
    client = asked_from(address)
    headers = {"x-forwarded-proto": told, "x-forwarded-for": FAR} if told else {}
    answer = client.post("/api/login", json={"username": "operator", "password": "correct-horse"}, headers=headers)
    cookies = answer.headers.get_list("set-cookie")
    assert len(cookies) == 2
    assert [one.lower().count("; secure") for one in cookies] == [int(secure)] * 2
    assert all("httponly" in one.lower() and "samesite=strict" in one.lower() for one in cookies)
    assert ("strict-transport-security" in answer.headers) is secure


def test_the_setting_makes_every_cookie_secure_once(asked_from: Any) -> None:
    answer = asked_from(FAR, cookie_secure=True).post(
        "/api/login", json={"username": "operator", "password": "correct-horse"}
    )
    assert [one.lower().count("; secure") for one in answer.headers.get_list("set-cookie")] == [1, 1]


TXT = "/.well-known/security.txt"


def test_without_a_contact_there_is_no_security_txt(asked_from: Any) -> None:
    assert asked_from(FAR).get(TXT).status_code == 404


def test_security_txt_names_whom_to_tell_and_until_when(asked_from: Any, room: Any) -> None:
    until = datetime.fromtimestamp(T0 + 1000, UTC).isoformat()
    far = asked_from(
        FAR, security_contact="mailto:security@county.example, https://county.example/weakness", security_expires=until
    )
    answer = far.get(TXT)
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.text.splitlines() == [
        "Contact: mailto:security@county.example", "Contact: https://county.example/weakness", f"Expires: {until}",
        "Preferred-Languages: zh, en",
    ]  # fmt: skip
    room.clock.advance(1001)
    assert far.get(TXT).status_code == 404, "a contact that is stale is not told"


ROOT = Path(__file__).resolve().parents[2]


def test_every_promise_names_tests_that_are_there() -> None:
    rows = [
        line
        for line in (ROOT / "SECURITY.md").read_text(encoding="utf-8").splitlines()
        if line.startswith("| ") and "| Tested in |" not in line
    ]
    assert len(rows) > 15
    for row in rows:
        named = re.findall(r"`(tests/[a-z0-9_/]+\.py)`", row)
        assert named, row
        assert [one for one in named if not (ROOT / one).is_file()] == []
