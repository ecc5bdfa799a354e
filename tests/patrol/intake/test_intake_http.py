"""HTTP as clients really speak it, over a real socket: in pieces, many at once, broken, slowly, and with TLS."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import redis
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st

from lianqin import keys
from lianqin.embedded import EmbeddedRedis
from lianqin.records import Device, FixBatch, decode, encode
from lianqin.settings import Settings
from lianqin.testing import T0, FakeClock
from patrol.devices.credential import credential_sha256
from patrol.intake import http
from patrol.intake.accept import accept, item_for
from patrol.intake.devices import Devices
from patrol.intake.door import MOST_BODY, FixReceiver
from patrol.intake.http_framing import MOST_MESSAGE
from patrol.intake.quick import Quick
from patrol.intake.readers import HttpRequest
from patrol.intake.serve import Server, tls_of
from patrol.intake.writer import GroupWriter, item_of

SECRET = "0123456789abcdef0123456789abcdef"
HEAD = " HTTP/1.1\r\nHost: x\r\nUser-Agent: phone\r\nContent-Length: 0\r\n\r\n"
ROOT = Path(__file__).resolve().parents[3]
DEVICE = Device(id="D01", guard_id="G01", credential_sha256=credential_sha256(SECRET))


def post(number: int, secret: str = SECRET, lat: str = "34.0") -> bytes:
    return f"POST /?id={secret}&timestamp={T0 - number:.0f}&lat={lat}&lon=119.2{HEAD}".encode()


def enrol(client: redis.Redis) -> None:
    client.hset(keys.followed("device"), "D01", encode(DEVICE))
    client.incr(keys.followed_version("device"))


def stored(client: redis.Redis) -> list[int]:
    """How long before T0 each stored fix was, in order of its storing."""
    found = []
    for _, fields in client.xrange(keys.fixes(0, late=False)):  # type: ignore[union-attr]
        batch = decode(fields[b"r"])
        assert isinstance(batch, FixBatch)
        found += [round(T0 - fix.at) for fix in batch.fixes]
    return found


@pytest.fixture
def ours(redis_server: EmbeddedRedis, redis_client: redis.Redis, tmp_path: Path) -> Settings:
    enrol(redis_client)
    return Settings(run_dir=tmp_path, redis_url=redis_server.url)


@contextlib.asynccontextmanager
async def open_server(settings: Settings, clock: FakeClock | None = None, **where: object) -> AsyncIterator[Server]:
    door = FixReceiver(settings, clock=clock or FakeClock())
    server = Server(door)
    await server.open(**where)  # type: ignore[arg-type]
    yield server
    await server.close()
    await door.close()


async def said(port: int, pieces: list[bytes], answers: int, tls: ssl.SSLContext | None = None) -> bytes:
    """All that comes back: so many answers, or until the server ends the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=tls)
    heard = b""
    for piece in pieces:
        writer.write(piece)
        await writer.drain()
        await asyncio.sleep(0)
    async with asyncio.timeout(10):
        while heard.count(b"HTTP/1.1") < answers:
            more = await reader.read(65536)
            if not more:
                break
            heard += more
    writer.close()
    return heard


def cut(whole: bytes, size: int) -> list[bytes]:
    return [whole[at : at + size] for at in range(0, len(whole), size)]


@pytest.mark.parametrize(
    ("pieces", "answers", "kept"),
    [
        ([b"".join(map(post, range(40)))], 40, list(range(40))),
        (cut(b"".join(map(post, range(5))), 7), 5, list(range(5))),
        ([post(0), post(1), post(2, lat="1e1")], 3, [0, 1, 2]),
        ([b"GET / HTTP/1.1\r\n\r\n" * 3000], 3000, []),
        ([post(0) + b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
          + f"{(body := f'id={SECRET}&timestamp={T0 - 1:.0f}&lat=34&lon=119').__len__():x}\r\n{body}\r\n0\r\n\r\n".encode()
          + post(2)], 3, [0, 1, 2]),
    ],
    ids=["many at once", "in small pieces", "one after the other", "health checks", "a chunked form in between"],
)  # fmt: skip
def test_requests_are_answered_in_their_order(
    ours: Settings, redis_client: redis.Redis, pieces: list[bytes], answers: int, kept: list[int]
) -> None:
    async def walk() -> bytes:
        async with open_server(ours) as server:
            return await said(server.port, pieces, answers)

    heard = asyncio.run(walk())
    assert heard.count(b"HTTP/1.1 200 OK") == answers
    assert stored(redis_client) == kept


@pytest.mark.parametrize(
    "sent",
    [b"\x16\x03\x01\x02\x00", b"what\r\n\r\n", b"POST /\x00 HTTP/1.1\r\n\r\n", b"GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n"],
)  # fmt: skip
def test_broken_http_is_told_so_after_what_came_before_it_was_answered(
    ours: Settings, redis_client: redis.Redis, sent: bytes
) -> None:
    async def walk() -> tuple[bytes, bytes]:
        async with open_server(ours) as server:
            return await said(server.port, [sent], 2), await said(server.port, [post(1) + sent], 3)

    alone, after = asyncio.run(walk())
    assert alone.startswith(b"HTTP/1.1 400")
    assert after.startswith(b"HTTP/1.1 200 OK")
    assert after.count(b"HTTP/1.1 400") == 1
    assert stored(redis_client) == [1]


@pytest.mark.parametrize(
    "start", [b"GET / HTTP/1.1\r\nA: ", b"GET /?", b"GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nA: "]
)
def test_a_head_without_end_is_not_read_to_its_end(ours: Settings, start: bytes) -> None:
    async def walk() -> bytes:
        async with open_server(ours) as server:
            with contextlib.suppress(ConnectionError):
                return await said(server.port, [start + b"x" * 80_000], 2)
            return b""

    assert b"200" not in asyncio.run(walk())


def test_a_client_that_wants_the_connection_closed_gets_it_closed(ours: Settings) -> None:
    async def walk() -> list[bytes]:
        async with open_server(ours) as server:
            closing = post(0).replace(b"Host: x", b"Connection: close")
            old = post(1).replace(b"HTTP/1.1", b"HTTP/1.0")
            upgrade = post(2).replace(b"Host: x", b"Connection: upgrade\r\nUpgrade: h2c")
            return [await said(server.port, [one], 9) for one in (closing, old, upgrade)]

    for heard in asyncio.run(walk()):
        assert heard.startswith(b"HTTP/1.1 200 OK")
        assert b"connection: close" in heard


def test_a_body_beyond_the_limit_is_dropped_and_one_beyond_all_measure_refused(
    ours: Settings, redis_client: redis.Redis
) -> None:
    def body(size: int) -> bytes:
        return b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % size + b"x" * size

    async def walk() -> tuple[bytes, bytes]:
        async with open_server(ours) as server:
            fits = await said(server.port, [body(MOST_BODY * 3) + post(1)], 2)
            with contextlib.suppress(ConnectionError):
                return fits, await said(server.port, [body(MOST_MESSAGE * 2)], 1)
            return fits, b""

    fits, huge = asyncio.run(walk())
    assert fits.count(b"HTTP/1.1 200 OK") == 2
    assert huge.startswith(b"HTTP/1.1 413 ")
    assert redis_client.xlen(keys.QUARANTINE) == 1


def test_who_is_slow_or_idle_is_let_go_and_who_waits_for_us_is_not(ours: Settings) -> None:
    async def walk() -> list[bool]:
        clock = FakeClock()
        async with open_server(ours, clock) as server:
            slow, idle = [await asyncio.open_connection("127.0.0.1", server.port) for _ in range(2)]
            slow[1].write(post(0)[:20])
            idle[1].write(post(1))
            await idle[0].readuntil(b"\r\n\r\n")
            found, told = list[bool](), b""
            for seconds in (http.SLOW_S + 1, http.IDLE_S - http.SLOW_S):
                clock.advance(seconds)
                server.sweep()
                await asyncio.sleep(0.05)
                told = await slow[0].read() if not found else told
                found += [slow[0].at_eof(), idle[0].at_eof()]
            assert told.startswith(b"HTTP/1.1 408 ")
            return found

    assert asyncio.run(walk()) == [True, False, True, True]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    folder = tmp_path_factory.mktemp("tls")
    cert, key = str(folder / "cert.pem"), str(folder / "key.pem")
    made = subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", cert,
                           "-days", "2", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"],
                          capture_output=True, check=False)  # fmt: skip
    if made.returncode:
        pytest.skip("no openssl here")
    return cert, key


def test_with_a_certificate_it_speaks_tls(
    ours: Settings, redis_client: redis.Redis, certificate: tuple[str, str]
) -> None:
    secure = ours.model_copy(update={"tls_cert": certificate[0], "tls_key": certificate[1]})

    async def walk() -> bytes:
        async with open_server(secure, tls=tls_of(secure)) as server:
            trusting = ssl.create_default_context(cafile=certificate[0])
            return await said(server.port, [post(0), post(1), b"".join(map(post, range(2, 30)))], 30, trusting)

    assert asyncio.run(walk()).count(b"HTTP/1.1 200 OK") == 30
    assert sorted(stored(redis_client)) == list(range(30))


def test_told_to_stop_it_answers_what_came_and_leaves(
    ours: Settings, redis_client: redis.Redis, tmp_path: Path
) -> None:
    enrolled = {"LIANQIN_RUN_DIR": str(tmp_path), "LIANQIN_REDIS_URL": ours.redis_url, "LIANQIN_LOG_LEVEL": "ERROR"}
    socket = str(tmp_path / "s")
    process = subprocess.Popen([sys.executable, "-m", "patrol.intake", "--uds", socket],
                               env={**os.environ, **enrolled}, cwd=ROOT)  # fmt: skip

    async def walk() -> bytes:
        while not Path(socket).exists():
            await asyncio.sleep(0.05)
        reader, writer = await asyncio.open_unix_connection(socket)
        writer.write(f"POST /?id={SECRET}&lat=34&lon=119.2{HEAD}".encode() * 50)
        heard = await reader.readuntil(b"\r\n\r\n")
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(15):
            return heard + await reader.read()

    heard = asyncio.run(walk())
    assert process.wait(timeout=15) == 0
    assert heard.count(b"200 OK") >= 1


class Known(Devices):
    def __init__(self) -> None:
        super().__init__(redis.Redis(), FakeClock())
        self.by_sha256 = {DEVICE.credential_sha256: DEVICE}


VALUES = st.sampled_from(
    ["34.0", "119.2", "0", "-1", "1e-5", "0.00001", "-0.0", "nan", "inf", "null", "true", "", " 1", "1_0", "１", "400", "95",
     f"{T0:.3f}", f"{T0 * 1000:.0f}", "2026-09-21T14:13:20Z", "1e999", '"', "\\", "a=b", "%31", "+1", "\x00", "é", SECRET]
) | st.floats(-200, 200).map(repr)  # fmt: skip
NAMES = st.sampled_from(
    ["id", "timestamp", "lat", "lon", "speed", "bearing", "altitude", "accuracy", "batt", "charge", "alarm", "heading",
     "deviceid", "location", "x", "l-at", "", '"']
)  # fmt: skip
PLAIN = [
    ("id", SECRET),
    ("timestamp", f"{T0:.3f}"),
    ("lat", "34.0"),
    ("lon", "119.2"),
    ("speed", "2.5"),
    ("batt", "80"),
]


@limits(max_examples=600, deadline=None)
@given(st.lists(st.sampled_from(PLAIN), unique=True, min_size=4), st.lists(st.tuples(NAMES, VALUES), max_size=3))
def test_the_short_way_says_what_the_long_one_says(fields: list[tuple[str, str]], odd: list[tuple[str, str]]) -> None:
    query = "&".join(f"{name}={value}" for name, value in [*fields, *odd]).encode("latin-1", "replace")
    quick = Quick(Known()).item(query, T0 + 5)
    if quick is not None:
        found = accept(HttpRequest(query.decode("latin-1"), {}, b""), Known().by_sha256 or {}, T0 + 5)
        assert quick == item_for(found, T0 + 5)


def test_the_short_way_takes_what_phones_send() -> None:
    for query in (b"id=%b&timestamp=1790000000&lat=34.0&lon=119.2&speed=0.0&bearing=0.0&altitude=0.0&accuracy=12.5&batt=80.0",
                  b"id=%b&timestamp=1790000000&lat=34.0&lon=119.2&speed=0.0&charge=true"):  # fmt: skip
        assert Quick(Known()).item(query % SECRET.encode(), T0 + 5) is not None


@given(st.lists(st.integers(0, 9), max_size=5), st.booleans())
def test_a_batch_put_together_reads_as_one_encoded(numbers: list[int], late: bool) -> None:
    kept = tuple(
        fix for n in numbers
        for fix in accept(HttpRequest(f"id={SECRET}&timestamp={T0 - n}&lat=34&lon=119", {}, b""), Known().by_sha256 or {}, T0).fixes
    )  # fmt: skip
    items = [item_of(T0 + (200 if late else 0), fix, "G01") for fix in kept]
    entries = GroupWriter(redis.Redis(), None)._entries(items)
    whole = encode(FixBatch(kept))
    assert entries == ([(keys.fixes(0, late=late), whole)] if kept else [])
