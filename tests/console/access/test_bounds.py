"""Bodies are bounded before they are read, and connections that say nothing do not stay: real sockets, a real process."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import redis

from console.access.bounds import announced_of, rooms_of
from console.access.permissions import every_route
from console.http.bodies import SMALL, Limited
from console.http.clients import address_of, read_proxies
from console.http.wire import ConnectionLimits
from console.server import ConsoleServer, make_server
from lianqin.db import Store
from lianqin.embedded import EmbeddedRedis
from lianqin.numbers import whole
from lianqin.settings import PREFIX, Settings
from lianqin.testing import FakeClock

ROOT = Path(__file__).parents[3]
MB = 1_000_000
LARGE = 400 * MB


def test_every_large_route_is_in_the_table_with_the_bound_it_checks_itself(room: Any) -> None:
    rooms = {(one.pattern.pattern, one.most) for one in rooms_of(room.app.routes)}
    declared = {
        (route.path_regex.pattern, inner.call.most)
        for route in every_route(room.app.routes)
        for inner in route.dependant.dependencies
        if isinstance(inner.call, Limited) and inner.call.most > SMALL
    }
    assert rooms == declared
    assert len(rooms) >= 4


@pytest.mark.parametrize(("cookie", "path", "size", "chunked", "status", "key"), [
    ("lianqin_session=x", "/api/cameras/sheet", 20 * MB, False, 401, "session.none"),
    ("lianqin_session=x", "/api/cameras/sheet", 20 * MB + 1, False, 413, "sheet.large"),
    ("lianqin_session=x", "/api/m/reports/r1/media", 3 * MB + 1, False, 413, "report.large"),
    ("lianqin_session=x", "/api/cameras/import", 20 * MB, False, 401, "session.none"),
    ("lianqin_session=x", "/api/cameras/import", 20 * MB + 1, False, 413, "sheet.large"),
    ("lianqin_session=x", "/api/login", SMALL + 1, False, 413, "request.large"),
    ("lianqin_session=x", "/api/login", SMALL + 1, True, 413, "request.large"),
    ("", "/api/cameras/sheet", SMALL + 1, False, 413, "request.large"),
    ("", "/api/cameras/sheet", SMALL + 1, True, 401, "session.none"),  # of which nothing is read
    ("", "/api/login", SMALL + 1, False, 413, "request.large"),
    ("", "/api/login", SMALL + 1, True, 413, "request.large"),
    ("", "/no/such/page", SMALL + 1, False, 413, "request.large"),
])  # fmt: skip
def test_a_body_beyond_its_routes_bound_is_refused_before_the_session_is_looked_at(
    room: Any, cookie: str, path: str, size: int, chunked: bool, status: int, key: str
) -> None:
    body: Any = (bytes(65536) for _ in range(-(-size // 65536))) if chunked else bytes(size)
    answer = room.client.post(path, content=body, headers={"cookie": cookie, "accept-language": "en"})
    assert (answer.status_code, answer.json()["key"]) == (status, key)
    if status == 413:
        assert answer.headers["connection"] == "close"
        assert "x-content-type-options" in answer.headers
        assert answer.json()["title"] == "Too large"


@pytest.mark.parametrize(("text", "number"), [
    ("0", 0), ("256", 256), (str(2**63 - 1), 2**63 - 1), (str(2**63), None), ("²", None), ("٣", None), ("9" * 5000, None), ("-1", None),
    ("+1", None), (" 1", None), ("1_0", None), ("", None),
])  # fmt: skip
def test_a_number_of_a_header_is_plain_digits_or_none(text: str, number: int | None) -> None:
    assert whole(text) == number
    with contextlib.suppress(UnicodeEncodeError):
        assert announced_of({"headers": [(b"content-length", text.encode("latin-1"))]}) == number


@pytest.mark.parametrize(("peer", "told", "address"), [
    ("203.0.113.9", "", "203.0.113.9"),
    ("203.0.113.9", "198.51.100.1", "203.0.113.9"),  # no proxy of ours: what it says counts for nothing
    ("10.0.0.2", "198.51.100.1", "198.51.100.1"),
    ("10.0.0.2", "1.1.1.1, 198.51.100.1", "198.51.100.1"),  # the first was written by the client itself
    ("10.0.0.2", "198.51.100.1, 10.0.0.3", "198.51.100.1"),
    ("10.0.0.2", "nonsense", "10.0.0.2"),
    ("10.0.0.2", "", "10.0.0.2"),
    ("::ffff:10.0.0.2", "2001:db8::1", "2001:db8::1"),
    ("::ffff:203.0.113.9", "", "203.0.113.9"),
])  # fmt: skip
def test_only_a_trusted_proxy_says_another_address(peer: str, told: str, address: str) -> None:
    headers = [(b"x-forwarded-for", told.encode())] if told else []
    assert address_of({"client": (peer, 1), "headers": headers}, read_proxies("10.0.0.0/24")) == address


# --- a server of this process, its connections by a made clock ---


@pytest.fixture
def served_by_hand(
    settings: Settings, store: Store, redis_client: redis.Redis, seed_county: Callable[[Store], None]
) -> Iterator[tuple[ConsoleServer, FakeClock, int]]:
    seed_county(store)
    clock = FakeClock()
    ours = settings.model_copy(update={"console_port": 0, "console_connections": 60, "console_connections_each": 20})
    server = make_server(ours, store, redis_client, wire_clock=clock)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield server, clock, server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    thread.join(20)


def until(done: Callable[[], bool]) -> None:
    for _ in range(400):
        if done():
            return
        time.sleep(0.02)
    raise AssertionError("it did not happen")


def everything(sock: socket.socket) -> bytes:
    sock.settimeout(10)
    got = b""
    with contextlib.suppress(ConnectionError):
        while part := sock.recv(65536):
            got += part
    return got


BEGINS = {
    "nothing": (b"", b" 408 ", ConnectionLimits().head_s),
    "half a head": (b"GET /api/me HTTP/1.1\r\nHost: x\r\n", b" 408 ", ConnectionLimits().head_s),
    "empty lines": (b"\r\n\r\n", b" 408 ", ConnectionLimits().head_s),
    "a body that does not come": (b"POST /api/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 90\r\n\r\n{",
                                  b" 408 ", ConnectionLimits().body_s),
    "chunks that do not end": (b"POST /api/login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n", b" 408 ",
                               ConnectionLimits().body_s),
}  # fmt: skip


@pytest.mark.parametrize("begin", BEGINS)
def test_a_request_that_does_not_end_is_ended(served_by_hand: Any, begin: str) -> None:
    server, clock, port = served_by_hand
    said, status, limit = BEGINS[begin]
    with socket.create_connection(("127.0.0.1", port)) as sock:
        sock.sendall(said)
        until(lambda: len(server.door.wires) == 1)
        if b"POST" in said:
            until(lambda: next(iter(server.door.wires)).body_from is not None)
        elif said:
            until(lambda: next(iter(server.door.wires))._head_size > 0)
        clock.advance(limit + 1)
        assert status in everything(sock)
    until(lambda: not server.door.wires)


def test_a_byte_now_and_then_keeps_no_connection(served_by_hand: Any) -> None:
    server, clock, port = served_by_hand
    with socket.create_connection(("127.0.0.1", port)) as sock:
        for number, sign in enumerate(b"GET / HT", 1):
            sock.sendall(bytes([sign]))
            until(lambda number=number: any(wire._head_size == number for wire in server.door.wires))
            clock.advance(1.0)
        clock.advance(4.0)
        assert b" 408 " in everything(sock)
    until(lambda: not server.door.wires)


def test_a_head_without_an_end_is_refused_by_its_size(served_by_hand: Any) -> None:
    _, _, port = served_by_hand
    with socket.create_connection(("127.0.0.1", port)) as sock:
        sock.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nX: ")
        with contextlib.suppress(ConnectionError):
            for _ in range(30):
                sock.sendall(b"a" * 8192)
        assert b" 431 " in everything(sock)


def test_silent_connections_make_room_and_an_operator_is_heard(served_by_hand: Any) -> None:
    server, _, port = served_by_hand
    with contextlib.ExitStack() as stack:
        working = stack.enter_context(httpx.Client(base_url=f"http://127.0.0.1:{port}"))
        assert working.get("/healthz").status_code == 200
        silent = [stack.enter_context(socket.create_connection(("127.0.0.1", port))) for _ in range(100)]
        assert httpx.get(f"http://127.0.0.1:{port}/healthz").status_code == 200
        assert working.get("/healthz").status_code == 200
        assert len(server.door.wires) <= 20
        assert everything(silent[0]) == b""


def test_a_client_that_reads_nothing_is_let_go(served_by_hand: Any) -> None:
    server, clock, port = served_by_hand
    with socket.create_connection(("127.0.0.1", port)):
        until(lambda: len(server.door.wires) == 1)
        wire = next(iter(server.door.wires))
        wire.pause_writing()  # as its transport does when nothing goes out
        until(lambda: wire.stuck_from is not None)
        clock.advance(ConnectionLimits().write_s + 1)
        until(lambda: not server.door.wires)


# --- a process of its own ---


@pytest.fixture(scope="module")
def process(
    tmp_path_factory: pytest.TempPathFactory, blank_sqlite: Path, shared_redis: EmbeddedRedis
) -> Iterator[tuple[int, int]]:
    """`python -m console`, one for all: its port and its process id."""
    tmp_path = tmp_path_factory.mktemp("own")
    shutil.copy(blank_sqlite, tmp_path / "own.db")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    told = {"RUN_DIR": str(tmp_path / "run"), "DATABASE_URL": f"sqlite:///{tmp_path / 'own.db'}", "REDIS_URL": shared_redis.url,
            "CONSOLE_PORT": str(port)}  # fmt: skip
    env = {**os.environ, **{PREFIX + name: value for name, value in told.items()}}
    console = subprocess.Popen([sys.executable, "-m", "console"], cwd=ROOT, env=env, stdout=subprocess.DEVNULL)
    try:
        until(lambda: _answers(port))
        yield port, console.pid
    finally:
        console.terminate()
        console.wait(20)


def _answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=5).status_code == 200
    except httpx.TransportError:
        return False


def forget_memory(pid: int) -> None:
    """What it held at most is counted from now on (proc(5), clear_refs)."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")


def most_memory(pid: int) -> float:
    """MB of memory that the process held at most."""
    found = re.search(r"VmHWM:\s*(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found
    return int(found[1]) / 1000


@pytest.mark.parametrize("path", ["/api/login", "/api/cameras/sheet", "/fix", "/"])
@pytest.mark.parametrize("chunked", [False, True], ids=["announced", "in chunks"])
def test_four_hundred_megabytes_leave_the_memory_flat(process: tuple[int, int], path: str, chunked: bool) -> None:
    port, pid = process
    forget_memory(pid)
    before, piece, sent = most_memory(pid), bytes(1 << 20), 0
    with socket.create_connection(("127.0.0.1", port)) as sock:
        how = b"Transfer-Encoding: chunked" if chunked else b"Content-Length: %d" % LARGE
        sock.sendall(
            b"POST %b HTTP/1.1\r\nHost: x\r\nAccept-Language: en\r\nCookie: lianqin_session=x\r\n%b\r\n\r\n"
            % (path.encode(), how)
        )
        with contextlib.suppress(ConnectionError):
            while sent < LARGE:
                sock.sendall(b"%x\r\n%b\r\n" % (len(piece), piece) if chunked else piece)
                sent += len(piece)
        answer = everything(sock)
    assert not answer or re.match(rb"HTTP/1\.1 (413|401|405) ", answer)
    assert sent < 100 * MB
    assert most_memory(pid) - before < 60
    assert _answers(port)


def test_five_hundred_silent_connections_do_not_stop_a_request(process: tuple[int, int]) -> None:
    port, _ = process
    with contextlib.ExitStack() as stack:
        for number in range(500):
            sock = stack.enter_context(socket.create_connection(("127.0.0.1", port)))
            if number % 2:
                sock.sendall(b"POST /api/login HTTP/1.1\r\nContent-Length: 100\r\n\r\n{")
        assert _answers(port)
