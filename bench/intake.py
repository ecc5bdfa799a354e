"""Durable fixes a second of one intake process over HTTP, beside an endpoint of FastAPI that does nothing.

Both are served by uvicorn in a process of their own and asked by the same load from a third one: a bounded number of
requests over kept-alive loopback connections. "A core" is a second of the serving process's own CPU time, so that what
load and Redis use of the machine does not count against either. Every 200 is checked to be in Redis afterwards.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, cast

import msgspec
import redis

from bench.figures import Figure
from lianqin import keys
from lianqin.bus import connect
from lianqin.embedded import EmbeddedRedis
from lianqin.records import Device, FixBatch, decode, encode

REQUESTS, CONNECTIONS, WARM_UP = 12_800, 256, 512
SECRET = "00112233445566778899aabbccddeeff"
EMPTY = "fastapi"


class Load(msgspec.Struct, frozen=True):
    """What the load saw."""

    answered: int
    seconds: float


def serve_empty(port: int) -> None:
    """The peer: FastAPI, one endpoint that returns nothing."""
    import uvicorn  # noqa: PLC0415 - only in that process
    from fastapi import FastAPI, Response  # noqa: PLC0415

    app = FastAPI()

    @app.post("/")
    async def nothing() -> Response:
        return Response()

    uvicorn.run(app, host="127.0.0.1", port=port, access_log=False, log_level="warning")


async def _phone(port: int, numbers: range, began: float) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    answered = 0
    for number in numbers:
        query = f"/?id={SECRET}&timestamp={began - number / 1000:.3f}&lat=34.0&lon=119.2&speed=2&accuracy=8&batt=80"
        writer.write(f"POST {query} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0] or 0)
        if length:
            await reader.readexactly(length)
        answered += head.startswith(b"HTTP/1.1 200")
    writer.close()
    return answered


async def load(port: int, first: int, count: int) -> Load:
    began, share = time.time(), count // CONNECTIONS
    start = time.perf_counter()
    counts = await asyncio.gather(
        *(_phone(port, range(first + n * share, first + (n + 1) * share), began) for n in range(CONNECTIONS))
    )
    return Load(sum(counts), time.perf_counter() - start)


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _ask(port: int, first: int, count: int) -> Load:
    command = [sys.executable, "-m", "bench.intake", "load", str(port), str(first), str(count)]
    out = subprocess.run(command, check=True, capture_output=True, timeout=120).stdout
    return msgspec.json.decode(out, type=Load)


def _wait(port: int) -> None:
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError(f"nothing listens on {port}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _measure(command: list[str], env: dict[str, str], port: int) -> tuple[Load, float]:
    server = subprocess.Popen(command, env=env)
    try:
        _wait(port)
        _ask(port, 10_000_000, WARM_UP)
        before = cpu_seconds(server.pid)
        found = _ask(port, 0, REQUESTS)
        return found, cpu_seconds(server.pid) - before
    finally:
        server.terminate()
        server.wait(timeout=20)


def stored(client: redis.Redis) -> int:
    """Fixes in the streams, those of the warm-up left out."""
    ids: set[str] = set()
    for stream in (keys.fixes(0, late=False), keys.fixes(0, late=True)):
        for _, fields in cast("Any", client.xrange(stream)):
            record = decode(fields[b"r"])
            if isinstance(record, FixBatch):
                ids.update(fix.id for fix in record.fixes if fix.received_at - fix.at < 5_000)
    return len(ids)


def run() -> list[Figure]:
    """Fixes a CPU second and a wall second. Raises AssertionError when a fix was answered and is not stored."""
    with tempfile.TemporaryDirectory(prefix="lq-") as folder:
        server = EmbeddedRedis(Path(folder) / "redis")
        server.start()
        client = connect(server.url)
        try:
            device = Device(id="D1", guard_id="G1", credential_sha256=hashlib.sha256(SECRET.encode()).hexdigest())
            client.hset(keys.followed("device"), "D1", encode(device))
            client.incr(keys.followed_version("device"))
            env = {**os.environ, "LIANQIN_RUN_DIR": folder, "LIANQIN_REDIS_URL": server.url}
            port, empty = free_port(), free_port()
            ours, ours_cpu = _measure([sys.executable, "-m", "patrol.intake", "--port", str(port)], env, port)
            peer, peer_cpu = _measure([sys.executable, "-m", "bench.intake", EMPTY, str(empty)], env, empty)
            entries = client.xlen(keys.fixes(0, late=False))
            kept = stored(client)
        finally:
            client.close()
            server.stop()
    assert kept == ours.answered, f"{ours.answered} answered, {kept} stored"
    note = f"{kept} answered and stored, {kept / max(1, entries):.0f} fixes an entry, synced before each 200"
    return [
        Figure("durable fixes a core", ours.answered / ours_cpu, "1/s", "empty FastAPI endpoint",
               peer.answered / peer_cpu, note),
        Figure("durable fixes, wall clock", ours.answered / ours.seconds, "1/s", "empty FastAPI endpoint",
               peer.answered / peer.seconds, f"{CONNECTIONS} connections; load, Redis and server share this machine"),
    ]  # fmt: skip


if __name__ == "__main__":
    if sys.argv[1] == EMPTY:
        serve_empty(int(sys.argv[2]))
    else:
        result = asyncio.run(load(*map(int, sys.argv[2:5])))
        sys.stdout.buffer.write(msgspec.json.encode(result))
