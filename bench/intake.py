"""Single durable posts a second that one intake process takes on one core, and how long each waits for its answer.

The server has core 0; the load (800 kept-alive connections, each asks again when it is answered) and Valkey with
`appendfsync always` share core 1. Devices are checked, the spool stands ready. In the same run, by the same load: a bare
asyncio Protocol with httptools that answers 200 and stores nothing (the limit), an empty endpoint of FastAPI, and one
that does an XADD a request (the usual way). Every 200 of ours is looked for in Redis afterwards.

`python -m bench.intake profile`: the server's own profile under that load.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, cast

import redis

from bench.kit.figures import Figure
from bench.kit.load import Load, secret
from bench.kit.processes import free_port, wait_for
from lianqin import keys
from lianqin.bus import connect
from lianqin.decoding import from_json
from lianqin.embedded import EmbeddedRedis
from lianqin.records import Device, FixBatch, decode, encode
from patrol.devices.credential import credential_sha256

RUNS, SECONDS, CONNECTIONS = 5, 4.0, 800
SERVER_CORE, LOAD_CORE = 0, 1
GOAL, GOAL_P99_MS = 20_000, 50


def serve_peer(kind: str, port: int) -> None:
    """`bare`, `empty` or `xadd`."""
    if kind == "bare":
        _serve_bare(port)
        return
    import redis.asyncio as aioredis  # noqa: PLC0415 - only in that process
    import uvicorn  # noqa: PLC0415
    from fastapi import FastAPI, Response  # noqa: PLC0415

    app = FastAPI()
    pool = aioredis.BlockingConnectionPool.from_url(os.environ["LIANQIN_REDIS_URL"], max_connections=50, timeout=60)
    client = aioredis.Redis(connection_pool=pool)

    @app.post("/")
    async def nothing() -> Response:
        return Response()

    @app.post("/xadd")
    async def xadd(id: str, timestamp: float, lat: float, lon: float, speed: float | None = None) -> Response:  # noqa: A002
        await client.xadd("peer", {"id": id, "at": timestamp, "lat": lat, "lon": lon, "speed": speed or 0})
        return Response()

    uvicorn.run(app, host="127.0.0.1", port=port, loop="asyncio", http="httptools", access_log=False,
                log_level="warning", backlog=4096, proxy_headers=False)  # fmt: skip


def _serve_bare(port: int) -> None:
    import asyncio  # noqa: PLC0415

    import httptools  # noqa: PLC0415

    class Bare(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            self.transport = cast("asyncio.Transport", transport)
            self.parser = httptools.HttpRequestParser(self)

        def data_received(self, data: bytes) -> None:
            self.parser.feed_data(data)

        def on_message_complete(self) -> None:
            self.transport.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")

    async def run() -> None:
        server = await asyncio.get_running_loop().create_server(Bare, "127.0.0.1", port, backlog=4096)
        await server.serve_forever()

    asyncio.run(run())


def pin(pid: int, core: int) -> None:
    """Every thread of the process; nothing where there is one core alone."""
    if (os.cpu_count() or 1) > 1:
        for thread in Path(f"/proc/{pid}/task").iterdir():
            os.sched_setaffinity(int(thread.name), {core})


def ask(port: int, seconds: float, first: float, *, path: str = "/") -> Load:
    command = [sys.executable, "-m", "bench.kit.load", str(port), str(min(LOAD_CORE, (os.cpu_count() or 1) - 1)),
               str(CONNECTIONS), str(seconds), str(first), path]  # fmt: skip
    out = subprocess.run(command, check=True, capture_output=True, timeout=120).stdout
    return from_json(out, Load)


def enrol(client: redis.Redis, count: int) -> None:
    """So many phones of so many guards, with the credentials that the load speaks by."""
    for n in range(count):
        device = Device(id=f"dv-{n:028x}", guard_id=f"G{n:05d}", credential_sha256=credential_sha256(secret(n)))
        client.hset(keys.followed("device"), device.id, encode(device))
    client.incr(keys.followed_version("device"))


class ServedIntake:
    """One server process under its own load, pinned. A context manager."""

    def __init__(self, command: list[str], env: dict[str, str], port: int) -> None:
        self._command, self._env, self.port = command, env, port

    def __enter__(self) -> ServedIntake:
        self.process = subprocess.Popen(self._command, env=self._env)
        wait_for(self.port)
        pin(self.process.pid, SERVER_CORE)
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait(timeout=30)


def stored(client: redis.Redis) -> tuple[int, int]:
    """Fixes in the streams, each by its id, and entries. They are taken away, as the worker does behind itself."""
    ids: set[str] = set()
    count = 0
    for stream in (keys.fixes(0, late=False), keys.fixes(0, late=True)):
        last = "-"
        while entries := cast("Any", client.xrange(stream, min=last, count=200)):
            for _, fields in entries:
                record = decode(fields[b"r"])
                if isinstance(record, FixBatch):
                    ids.update(fix.id for fix in record.fixes)
            last = "(" + entries[-1][0].decode()
            count += len(entries)
        client.delete(stream)
    return len(ids), count


def _middle(loads: list[Load]) -> tuple[float, float]:
    return statistics.median(one.rate for one in loads), statistics.median(one.p99_ms for one in loads)


def run(*, runs: int = RUNS, seconds: float = SECONDS) -> list[Figure]:
    """Raises AssertionError when a fix was answered and is not stored."""
    with tempfile.TemporaryDirectory(prefix="lq-") as folder:
        server = EmbeddedRedis(Path(folder) / "redis")
        server.start()
        pin(server.pid or 0, LOAD_CORE)
        client = connect(server.url, timeout=60)
        try:
            enrol(client, CONNECTIONS)
            env = {**os.environ, "LIANQIN_RUN_DIR": folder, "LIANQIN_REDIS_URL": server.url,
                   "LIANQIN_LOG_LEVEL": "WARNING", "LIANQIN_JT808_PORT": "0"}  # fmt: skip
            peers: dict[str, tuple[float, float]] = {}
            for kind in ("bare", "empty", "xadd"):
                port = free_port()
                with ServedIntake([sys.executable, "-m", "bench.intake", kind, str(port)], env, port):
                    path = "/xadd" if kind == "xadd" else "/"
                    peers[kind] = _middle([ask(port, seconds / 2, 1, path=path) for _ in range(3)])
            client.delete("peer")
            port = free_port()
            with ServedIntake([sys.executable, "-m", "patrol.intake", "--port", str(port)], env, port):
                loads, kept, entries = [], 0, 0
                for n in range(runs + 1):
                    loads.append(ask(port, seconds if n else 1.0, 10 * n))
                    ids, some = stored(client)
                    kept, entries = kept + ids, entries + some
        finally:
            client.close()
            server.stop()
    answered = sum(one.answered for one in loads)
    assert kept == answered, f"{answered} answered, {kept} stored"
    del loads[0]  # the warm-up
    rate, p99 = _middle(loads)
    each = ", ".join(f"{one.rate:.0f}" for one in loads)
    note = f"{len(loads)} runs: {each}; all {kept} stored, {kept / max(1, entries):.0f} an entry; goal {GOAL}"
    return [
        Figure("durable posts, one core", rate, "1/s", "bare asyncio + httptools", peers["bare"][0], note),
        Figure("", rate, "1/s", "empty FastAPI endpoint", peers["empty"][0], ""),
        Figure("", rate, "1/s", "FastAPI, one XADD a request", peers["xadd"][0], ""),
        Figure("post to answer, p99", p99, "ms", "FastAPI, one XADD a request", peers["xadd"][1],
               f"{CONNECTIONS} connections, p50 {statistics.median(one.p50_ms for one in loads):.1f} ms, longest "
               f"{max(one.most_ms for one in loads):.0f} ms; goal {GOAL_P99_MS}"),
    ]  # fmt: skip


def profile(seconds: float = 5.0) -> None:
    """The server under cProfile, top lines by own time."""
    with tempfile.TemporaryDirectory(prefix="lq-") as folder:
        server = EmbeddedRedis(Path(folder) / "redis")
        server.start()
        pin(server.pid or 0, LOAD_CORE)
        client = connect(server.url)
        enrol(client, CONNECTIONS)
        port, out = free_port(), str(Path(folder) / "profile")
        env = {**os.environ, "LIANQIN_RUN_DIR": folder, "LIANQIN_REDIS_URL": server.url}
        with ServedIntake(
            [sys.executable, "-m", "cProfile", "-o", out, "-m", "patrol.intake", "--port", str(port)], env, port
        ):
            print(ask(port, seconds, 1))
        client.close()
        server.stop()
        import pstats  # noqa: PLC0415

        pstats.Stats(out).sort_stats("tottime").print_stats(30)


if __name__ == "__main__":
    if sys.argv[1] == "profile":
        profile()
    else:
        serve_peer(sys.argv[1], int(sys.argv[2]))
