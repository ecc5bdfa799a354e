"""What one request or one connection trips over takes no other along."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

from lianqin import keys
from lianqin.embedded import EmbeddedRedis
from lianqin.records import Device, encode
from lianqin.settings import Settings
from lianqin.testing import T0
from patrol.devices.credential import credential_sha256
from patrol.intake.http import AT_ONCE, HttpConnection
from patrol.intake.reports import HttpRequest
from patrol.intake.writer import GroupWriter, WriteItem
from tests.patrol.intake.test_intake_http_answers import PLAIN, SECRET, Running, chunked, post

MARK = b"this makes the connection fail"


@pytest.fixture
def running(redis_server: EmbeddedRedis, redis_client: redis.Redis, tmp_path: Path) -> Iterator[Running]:
    device = Device(id="D01", guard_id="G01", credential_sha256=credential_sha256(SECRET))
    redis_client.hset(keys.followed("device"), "D01", encode(device))
    redis_client.incr(keys.followed_version("device"))
    with Running(Settings(run_dir=tmp_path, redis_url=redis_server.url)) as found:
        yield found


def test_of_a_group_each_hears_though_one_trips_over_the_answer(redis_client: redis.Redis) -> None:
    async def steps() -> list[int]:
        writer = GroupWriter(redis_client, None)
        heard: list[int] = []

        def hears(number: int) -> Any:
            def told(_: object) -> None:
                if number == 3:
                    raise ZeroDivisionError
                heard.append(number)

            return told

        for number in range(8):
            writer.put(WriteItem(T0, "G01"), hears(number))
        await writer.drained()
        return heard

    assert asyncio.run(steps()) == [0, 1, 2, 4, 5, 6, 7]


@pytest.mark.parametrize("where", ["data_received", "take"])
def test_a_connection_that_fails_is_ended_and_those_that_are_ready_with_it_are_read(
    running: Running, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    whole = getattr(HttpConnection, where)

    def fails(self: HttpConnection, data: bytes, *more: Any) -> None:
        if MARK in data or (where == "take" and b"lat=33" in data):
            raise ZeroDivisionError
        whole(self, data, *more)

    monkeypatch.setattr(HttpConnection, where, fails)
    lines = [socket.create_connection(("127.0.0.1", running.server.port), 10) for _ in range(6)]
    for line in lines:  # so that the next ones are read together
        line.sendall(PLAIN)
        assert line.recv(4096).startswith(b"HTTP/1.1 200")

    async def send() -> None:  # in the loop's own thread: all are ready when it looks
        for n, line in enumerate(lines):
            line.sendall((PLAIN.replace(b"lat=34", b"lat=33") if where == "take" else MARK) if n == 2 else PLAIN)

    running.run(send())
    for n, line in enumerate(lines):
        with contextlib.suppress(ConnectionError):
            answer = line.recv(4096)
            assert answer.startswith(b"HTTP/1.1 200") == (n != 2)
        line.close()
    assert [status for status, _ in running.ask([PLAIN], [b"POST"])] == [200, 200]


def test_a_body_nested_deep_is_not_read(running: Running, redis_client: redis.Redis) -> None:
    for opens, closes in ((b"[", b"]"), (b'{"a":', b"}")):
        for depth in (33, 900, 4000):
            heard = running.ask(
                [post(opens * depth + b"1" + closes * depth, target=f"/?id={SECRET}") + PLAIN], [b"POST"] * 2
            )
            assert [status for status, _ in heard] == [200] * 3
    from lianqin.records import decode  # noqa: PLC0415

    aside: Any = redis_client.xrange(keys.QUARANTINE)
    assert {decode(fields[b"r"]).why for _, fields in aside} == {"not JSON: nested too deep"}  # type: ignore[union-attr]


def test_a_pipelined_stranger_costs_an_enrolled_phone_no_answer(running: Running) -> None:
    """Hundreds of bad requests wait on one connection, each by itself: the phone's are answered between them."""
    bad = post(b"[" * 900 + b"]" * 900)
    with socket.create_connection(("127.0.0.1", running.server.port), 10) as stranger:
        stranger.sendall(bad * 30)
        for _ in range(5):
            assert [status for status, _ in running.ask([PLAIN], [b"POST"])] == [200, 200]


def test_hundreds_of_requests_in_one_packet_leave_others_their_turn(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    turn, said, whole = [0], Counter[int](), HttpConnection._say

    def say(self: HttpConnection, answer: Any) -> None:
        said[turn[0]] += 1
        whole(self, answer)

    async def count_turns() -> None:
        while True:
            turn[0] += 1
            await asyncio.sleep(0)

    async def begin() -> asyncio.Task[None]:
        return asyncio.create_task(count_turns())

    monkeypatch.setattr(HttpConnection, "_say", say)
    counting = running.run(begin())
    heard = running.ask([b"GET / HTTP/1.1\r\n\r\n" * 700 + PLAIN + b"GET / HTTP/1.1\r\n\r\n" * 100], [b"GET"] * 801)
    running._loop.call_soon_threadsafe(counting.cancel)
    assert [status for status, _ in heard] == [200] * 802
    assert sum(said.values()) == 801
    assert max(said.values()) <= 2 * AT_ONCE, "one packet's rest and the next one's begin at most"


def test_the_forwarded_address_of_a_request_is_not_the_next_ones(running: Running) -> None:
    seen: list[str] = []
    running.door.proxies = __import__("lianqin.peers", fromlist=["x"]).read_networks("127.0.0.1", "trusted_proxies")
    whole = running.door.looked

    async def looked(request: HttpRequest) -> Any:
        seen.append(request.address)
        return await whole(request)

    running.door.looked = looked  # type: ignore[method-assign]
    who = b"id=who&lat=1&lon=2"
    running.ask(
        [post(who, "X-Forwarded-For: 198.51.100.1") + post(who) + post(who, "X-Forwarded-For: 198.51.100.2, 198.51.100.3")
         + chunked(who, trailer="X-Forwarded-For: 198.51.100.4\r\n")],
        [b"POST"] * 4,
    )  # fmt: skip
    assert seen == ["198.51.100.1", "127.0.0.1", "198.51.100.3", "127.0.0.1"]
