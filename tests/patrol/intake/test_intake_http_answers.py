"""Every request that is framed gets its answer, in order and by its own headers, whatever stands before or behind it."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import itertools
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from hypothesis import HealthCheck, given
from hypothesis import settings as limits
from hypothesis import strategies as st

from lianqin import keys
from lianqin.embedded import EmbeddedRedis
from lianqin.records import Device, decode, encode
from lianqin.settings import Settings
from lianqin.testing import T0, FakeClock
from patrol.devices.credential import credential_sha256
from patrol.intake.door import AcceptedMessage, FixReceiver
from patrol.intake.http_framing import MOST_HEAD, MOST_MESSAGE
from patrol.intake.readers import HttpRequest
from patrol.intake.refusals import LOG_EVERY_S, Refusals
from patrol.intake.serve import Server

SECRET = "0123456789abcdef0123456789abcdef"
FAULTY = b"this body makes the handler fail"
BASIC = base64.b64encode(f"u:{SECRET}".encode()).decode()
OWNTRACKS = f'{{"_type":"location","tst":{T0:.0f},"lat":34,"lon":119}}'.encode()


def post(body: bytes, *lines: str, target: str = "/") -> bytes:
    head = [f"POST {target} HTTP/1.1", "Host: x", *lines, f"Content-Length: {len(body)}", "", ""]
    return "\r\n".join(head).encode() + body


def chunked(*parts: bytes, lines: str = "", trailer: str = "") -> bytes:
    body = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts)
    return (
        f"POST / HTTP/1.1\r\n{lines}Transfer-Encoding: chunked\r\n\r\n".encode() + body + f"0\r\n{trailer}\r\n".encode()
    )


PLAIN = f"POST /?id={SECRET}&timestamp={T0:.0f}&lat=34.0&lon=119.2 HTTP/1.1\r\nContent-Length: 0\r\n\r\n".encode()
GOES_ON: dict[str, tuple[bytes, int]] = {
    "a plain fix": (PLAIN, 200),
    "a health check": (b"GET / HTTP/1.1\r\n\r\n", 200),
    "HEAD": (b"HEAD /health HTTP/1.1\r\n\r\n", 200),
    "HEAD of what fails": (b"HEAD / HTTP/1.1\r\nContent-Length: %d\r\n\r\n%b" % (len(FAULTY), FAULTY), 500),
    "a form": (post(f"id={SECRET}&timestamp={T0:.0f}&lat=34&lon=119".encode()), 200),
    "JSON with a password": (post(OWNTRACKS, f"Authorization: Basic {BASIC}", "X-Limit-U: u"), 200),
    "chunked": (chunked(b"id=", SECRET.encode(), b"&lat=34&lon=119"), 200),
    "a trailer": (chunked(b"x", trailer=f"Authorization: Basic {BASIC}\r\nX-Limit-U: u\r\n"), 200),
    "nothing known": (post(b"\x00\xff\xfe"), 200),
    "our own fault": (post(FAULTY), 500),
    "two passwords": (post(OWNTRACKS, f"Authorization: Basic {BASIC}", "authorization: Basic eA=="), 400),
    "two hosts": (post(b"", "Host: y"), 400),
    "the same user twice": (post(OWNTRACKS, f"Authorization: Basic {BASIC}", "X-Limit-U: u", "X-Limit-U: u"), 200),
}
ENDS: dict[str, tuple[bytes, int, str]] = {
    "both lengths": (b"POST / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400, "two_lengths"),
    "both, the other way": (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n", 400, "two_lengths"),
    "two lengths": (b"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400, "content_length"),
    "the same length twice": (b"POST / HTTP/1.1\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nab", 400, "content_length"),
    "a list of lengths": (b"POST / HTTP/1.1\r\nContent-Length: 2, 2\r\n\r\nab", 400, "content_length"),
    "a length below zero": (b"POST / HTTP/1.1\r\nContent-Length: -2\r\n\r\nab", 400, "content_length"),
    "no number": (b"POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n", 400, "content_length"),
    "beyond 64 bits": (b"POST / HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n", 400, "content_length"),
    "gzip alone": (b"POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\nab", 400, "transfer_encoding"),
    "chunked and more": (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked, x\r\n\r\n0\r\n\r\n", 400, "transfer_encoding"),
    "chunked twice": (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400, "transfer_encoding"),
    "gzip, chunked": (b"POST / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501, "transfer_coding"),
    "a tunnel": (b"CONNECT a:1 HTTP/1.1\r\n\r\n", 501, "method"),
    "HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, "version"),
    "HTTP/1.2": (b"GET / HTTP/1.2\r\n\r\n", 505, "version"),
    "an expectation": (b"POST / HTTP/1.1\r\nExpect: wonders\r\nContent-Length: 1\r\n\r\na", 417, "expectation"),
    "no chunk": (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400, "chunk"),
    "a bare line feed": (b"GET / HTTP/1.1\nA: b\n\n", 400, "not_http"),
    "a space in a header's name": (b"GET / HTTP/1.1\r\nA : b\r\n\r\n", 400, "header"),
    "a folded header": (b"GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n", 400, "header"),
    "a zero byte in a header": (b"GET / HTTP/1.1\r\nA: \x00\r\n\r\n", 400, "header"),
    "no ASCII in the address": (b"GET /?a=\xff HTTP/1.1\r\n\r\n", 400, "target"),
    "TLS": (b"\x16\x03\x01\x02\x00", 400, "request_line"),
    "a long head": (b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 6000 + b"\r\n", 431, "long_head"),
    "one long header": (b"GET / HTTP/1.1\r\nA: " + b"b" * MOST_HEAD * 2, 431, "long_head"),
    "a long address": (b"GET /?" + b"b" * MOST_HEAD * 2, 414, "long_target"),
    "a long trailer": (chunked(trailer="A: " + "b" * MOST_HEAD * 2), 431, "long_head"),
    "a body told to be too long": (b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % (MOST_MESSAGE + 1), 413, "long_body"),
    "a body that is too long": (chunked(*[b"x" * 65_536] * (MOST_MESSAGE // 65_536 + 1)), 413, "long_body"),
}  # fmt: skip


class Faulty(FixReceiver):
    """Fails at one body, as at a fault of our own."""

    def taken(self, request: HttpRequest) -> AcceptedMessage | None:
        if request.body == FAULTY:
            raise ZeroDivisionError(SECRET)
        return super().taken(request)


class Running:
    """A server in a thread of its own, so that a test can speak to it by plain sockets."""

    def __init__(self, settings: Settings) -> None:
        self._settings, self.clock = settings, FakeClock()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)

    def __enter__(self) -> Running:
        self._thread.start()
        self.run(self._open())
        return self

    async def _open(self) -> None:
        self.door = Faulty(self._settings, clock=self.clock)
        self.server = Server(self.door)
        await self.server.open()

    async def _close(self) -> None:
        await self.server.close()
        await self.door.close()

    def run(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(20)

    def __exit__(self, *_: object) -> None:
        self.run(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def ask(self, pieces: list[bytes], methods: list[bytes]) -> list[tuple[int, bytes]]:
        """All answers until the server ends the connection, which it does once we ended our side: status and head."""
        with socket.create_connection(("127.0.0.1", self.server.port), 10) as line:
            for piece in pieces:
                with contextlib.suppress(ConnectionError):
                    line.sendall(piece)
            with contextlib.suppress(OSError):
                line.sendall(b"GET /last HTTP/1.1\r\nConnection: close\r\n\r\n")
            heard = b""
            while more := line.recv(65_536):
                heard += more
        return list(answers(heard, methods))


def answers(heard: bytes, methods: list[bytes]) -> Iterator[tuple[int, bytes]]:
    """As a client reads them that knows what it asked."""
    asked = iter([*methods, b"GET"])
    while heard:
        head, _, heard = heard.partition(b"\r\n\r\n")
        status = int(head.split()[1])
        if status == 100:
            continue
        size = int(head.lower().partition(b"content-length: ")[2].partition(b"\r")[0])
        if next(asked) != b"HEAD":
            heard = heard[size:]
        yield status, head


@pytest.fixture
def running(redis_server: EmbeddedRedis, redis_client: redis.Redis, tmp_path: Path) -> Iterator[Running]:
    device = Device(id="D01", guard_id="G01", credential_sha256=credential_sha256(SECRET))
    redis_client.hset(keys.followed("device"), "D01", encode(device))
    redis_client.incr(keys.followed_version("device"))
    with Running(Settings(run_dir=tmp_path, redis_url=redis_server.url)) as found:
        yield found


def cut(whole: bytes, places: list[int]) -> list[bytes]:
    edges = [0, *sorted(place % (len(whole) + 1) for place in places), len(whole)]
    return [whole[start:end] for start, end in itertools.pairwise(edges)]


@pytest.mark.parametrize("name", ENDS)
def test_what_can_not_be_read_is_answered_by_its_reason_after_what_came_before(running: Running, name: str) -> None:
    sent, status, reason = ENDS[name]
    for before in (b"", PLAIN, post(FAULTY) + PLAIN):
        expected = [200] * before.count(PLAIN) + [status]
        if FAULTY in before:
            expected.insert(0, 500)
        heard = running.ask([before + sent], [b"GET"] * 9)
        assert [one for one, _ in heard] == expected
        assert [b"connection: close" in head for _, head in heard] == [False] * (len(expected) - 1) + [True]
    assert running.server.refusals.counts[reason] == 3


@pytest.mark.parametrize(
    "body", [b'{"_type":"location","tid":"\xff"}', b"[" * 1100, b'{"a":' * 1100, b'"\xed\xa0\x80"', b"{\x00"]
)
def test_a_body_that_nobody_understands_is_answered_and_so_is_what_follows(running: Running, body: bytes) -> None:
    heard = running.ask([post(body) + PLAIN + post(body) + PLAIN], [b"POST"] * 4)
    assert [status for status, _ in heard] == [200] * 5


def test_a_fault_of_our_own_is_counted_by_its_place_and_never_with_what_was_sent(
    running: Running, capsys: pytest.CaptureFixture[str]
) -> None:
    assert [status for status, _ in running.ask([PLAIN + post(FAULTY) + PLAIN], [b"POST"] * 3)] == [200, 500, 200, 200]
    ((reason, count),) = running.server.refusals.counts.items()
    assert (reason.split(":")[0], count) == ("failed ZeroDivisionError test_intake_http_answers.py", 1)

    async def sweep() -> None:
        running.server.sweep()

    running.run(sweep())
    said = "".join(capsys.readouterr())
    assert "failed ZeroDivisionError" in said
    assert SECRET not in said


def test_counts_are_logged_once_a_minute(capsys: pytest.CaptureFixture[str]) -> None:
    refusals = Refusals("refused")
    for second in range(130):
        refusals.count("chunk")
        refusals.report(float(second))
    said = "".join(capsys.readouterr())
    assert said.count("refused ") == 130 // LOG_EVERY_S + 1
    assert refusals.counts == {"chunk": 130}


def test_a_request_has_no_header_of_the_next_one(running: Running, redis_client: redis.Redis) -> None:
    """The first waits while the second is read: nothing of the second may become its own."""
    stranger, known = post(OWNTRACKS), post(OWNTRACKS, f"Authorization: Basic {BASIC}", "X-Limit-U: u")
    assert [status for status, _ in running.ask([PLAIN + stranger + known], [b"POST"] * 3)] == [200] * 4
    aside: Any = redis_client.xrange(keys.QUARANTINE)
    assert [decode(fields[b"r"]).why for _, fields in aside] == ["unknown device"]  # type: ignore[union-attr]


def test_who_waits_for_100_hears_it_in_its_turn(running: Running) -> None:
    body = f"id={SECRET}&timestamp={T0:.0f}&lat=34&lon=119".encode()
    head = post(body, "Expect: 100-continue")[: -len(body)]
    with socket.create_connection(("127.0.0.1", running.server.port), 10) as line:
        line.sendall(PLAIN + head)
        heard = b""
        while b"100 Continue" not in heard:
            heard += line.recv(4096)
        line.sendall(body)
        while heard.count(b"HTTP/1.1 ") < 3:
            heard += line.recv(4096)
    assert [part.split()[1] for part in heard.split(b"\r\n\r\n") if part] == [b"200", b"100", b"200"]


@limits(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(names=st.lists(st.sampled_from(sorted(GOES_ON)), max_size=12), last=st.none() | st.sampled_from(sorted(ENDS)),
       places=st.lists(st.integers(0, 5000), max_size=12))  # fmt: skip
def test_however_it_is_cut_and_pipelined_each_request_has_its_answer_in_order(
    running: Running, names: list[str], last: str | None, places: list[int]
) -> None:
    whole = b"".join(GOES_ON[name][0] for name in names)
    expected = [GOES_ON[name][1] for name in names] + [ENDS[last][1] if last else 200]
    pieces = cut(whole, places) + ([ENDS[last][0]] if last else [])
    heard = running.ask(pieces, [GOES_ON[name][0].split()[0] for name in names])
    assert [status for status, _ in heard] == expected
    assert [b"connection: close" in head for _, head in heard] == [False] * len(names) + [True]


@limits(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(noise=st.lists(st.sampled_from([b"\r\n", b"\n", b" ", b":", b"\x00", b"0\r\n\r\n", b"5\r\n", b"GET / HTTP/1.1\r\n", b"Host: x\r\n",
                                        b"Content-Length: 3\r\n", b"Transfer-Encoding: chunked\r\n", PLAIN]) | st.binary(max_size=8),
                      max_size=10))  # fmt: skip
def test_after_any_bytes_at_all_the_connection_ends_with_an_answer_and_others_are_served(
    running: Running, noise: list[bytes]
) -> None:
    heard = running.ask(noise, [b"GET"] * 20)
    assert {status for status, _ in heard} <= {200, 400, 501, 505}
    assert [status for status, _ in running.ask([PLAIN], [b"POST"])] == [200, 200]
