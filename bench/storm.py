"""A storm of late fixes: nine of ten guards come back within a minute with an hour of fixes each, posted one by one.

Of 3,000 guards on open shifts 2,700 were off the net: each connects at a moment of that minute and sends 360 fixes,
oldest first, the next when the one before is answered, as real clients do. The others send live all the while. Intake,
patrol worker, Valkey and load share this machine. Asked: is every answered fix in the trails, and how old is a live fix
when it is judged (it then stands in the places of the map)?

`python -m bench.storm [--scale 1] [--kills]`: a share of the guards; each process killed with -9 amid the storm (the
phones then send again what was not answered). `python -m bench` runs a small one without kills.
"""

from __future__ import annotations

import argparse
import contextlib
import heapq
import http.client
import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from select import EPOLLIN, epoll
from typing import Any, cast

import msgspec
import redis
from sqlalchemy import select

from bench.kit import county
from bench.kit.figures import Figure
from bench.kit.load import secret
from bench.kit.processes import free_port, wait_for
from lianqin import keys
from lianqin.bus import connect
from lianqin.decoding import from_json
from lianqin.embedded import EmbeddedRedis
from lianqin.records import FixBatch, decode, encode
from patrol.duty.tables import Shift
from patrol.trails.store import open_duckdb

GUARDS, BACK, LATE_EACH, WITHIN_S, EACH_S = 3_000, 2_700, 360, 60.0, 10.0
LIVE_EACH_S, GOAL_S = 15.0, 10.0
KILLS = ((0.15, "worker"), (0.3, "intake"), (0.45, "valkey"), (0.6, "intake"), (0.75, "worker"), (0.9, "valkey"))
"""Who is killed, and after what share of the minute."""
SMALL, LIMIT_S = 0.1, 120.0
"""Share of the guards, and seconds that the worker is given after the last answer, where nothing else is asked."""


class Poured(msgspec.Struct, frozen=True):
    """What the load saw."""

    answered: int
    refused: int
    seconds: float


class Storm(msgspec.Struct, frozen=True):
    """`kept`: different ids in the trails or still in a stream; `judged`: those in the trails; `counted`: by
    the facts of all shifts. `delays`: of live fixes,
    from sending to their place on the map, sorted. `drained_s`: after the last answer, until every shift was judged with
    all its fixes, or the limit; `left`: shifts that were not."""

    guards: int
    sent: int
    kept: int
    judged: int
    counted: int
    rate: float
    refused: int
    drained_s: float
    left: int
    delays: tuple[float, ...]


def post(number: int, at: float) -> bytes:
    lon, lat = county.place(number, at)
    query = f"/?id={secret(number)}&timestamp={at:.3f}&lat={lat:.6f}&lon={lon:.6f}&speed=2.0&bearing=90.0&accuracy=8.0&batt=80"
    return f"POST {query} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n".encode()


def pour(port: int, first: int, count: int, since: float) -> Poured:
    """`count` guards from number `first` on; their fixes begin at `since`."""
    poll, start = epoll(), time.perf_counter()
    due = [(start + WITHIN_S * n / count, n, -1) for n in range(count)]
    socks: dict[int, tuple[socket.socket, int]] = {}
    sent = [0] * count
    answered = refused = 0
    left = count
    while left:
        while due and due[0][0] <= time.perf_counter():
            _, n, handle = heapq.heappop(due)
            if handle < 0:
                try:
                    sock = socket.create_connection(("127.0.0.1", port))
                except ConnectionError:
                    heapq.heappush(due, (time.perf_counter() + 1.0, n, -1))
                    continue
                handle = sock.fileno()
                socks[handle] = sock, n
                poll.register(handle, EPOLLIN)
            socks[handle][0].send(post(first + n, since + sent[n] * EACH_S))
        for handle, _ in poll.poll(max(0.0, due[0][0] - time.perf_counter()) if due else 10.0):
            sock, n = socks[handle]
            try:
                answer = sock.recv(4096)
            except ConnectionError:
                answer = b""
            if not answer:  # the intake is gone: connect again, send again what was not answered
                poll.unregister(handle)
                sock.close()
                refused += 1
                heapq.heappush(due, (time.perf_counter() + 1.0, n, -1))
                continue
            if not answer.startswith(b"HTTP/1.1 200"):
                refused += 1
                heapq.heappush(due, (time.perf_counter() + 1.0, n, handle))
                continue
            answered, sent[n] = answered + 1, sent[n] + 1
            if sent[n] < LATE_EACH:
                sock.send(post(first + n, since + sent[n] * EACH_S))
            else:
                left -= 1
                poll.unregister(handle)
                sock.close()
    return Poured(answered, refused, time.perf_counter() - start)


class SteadyGuards:
    """The guards who were never away: each sends each 15 s; `look` sees whose newest fix stands on the map."""

    def __init__(self, port: int, client: redis.Redis, count: int) -> None:
        self._client, self._numbers = client, range(count)
        self._http = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        begin = time.time()
        self._next = {n: begin + LIVE_EACH_S * n / count for n in self._numbers}
        self._waits: dict[int, float] = {}
        self.sent = 0
        self.delays: list[float] = []

    def turn(self) -> None:
        """Send what is due, then look."""
        now = time.time()
        for n in (one for one in self._numbers if self._next[one] <= now):
            self._next[n] += LIVE_EACH_S
            at = round(time.time(), 3)
            lon, lat = county.place(n, at)
            path = f"/?id={secret(n)}&timestamp={at:.3f}&lat={lat:.6f}&lon={lon:.6f}&accuracy=8.0"
            if not self._is_taken(path):
                self._next[n] = now + 1.0
                continue
            self.sent += 1
            self._waits.setdefault(n, at)
        self.look()

    def _is_taken(self, path: str) -> bool:
        try:
            self._http.request("POST", path)
            answer = self._http.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException):
            self._http.close()
            return False
        return answer.status == 200

    def look(self) -> None:
        waits = list(self._waits)
        if not waits:
            return
        try:
            places = cast("list[bytes | None]", self._client.hmget(keys.places(), [county.guard_id(n) for n in waits]))
        except redis.exceptions.RedisError:  # killed: nobody sees anything for a moment
            return
        now = time.time()
        for n, raw in zip(waits, places, strict=True):
            if raw is not None and from_json(raw)["at"] >= self._waits[n]:
                self.delays.append(now - self._waits.pop(n))

    @property
    def waiting(self) -> int:
        return len(self._waits)

    @property
    def pending(self) -> list[float]:
        """When those were sent that no place shows yet."""
        return list(self._waits.values())


def waits(client: redis.Redis) -> int:
    """Entries that the worker has not acknowledged, and shifts that it has to judge again."""
    found = client.hlen(keys.behind(0))
    for late in (False, True):
        for group in cast("list[Any]", client.xinfo_groups(keys.fixes(0, late=late))):
            found += (group["lag"] or 0) + group["pending"]
    return found


class House:
    """Valkey, intake and patrol worker as processes; each can be killed and comes back at once."""

    def __init__(self, folder: Path, server: EmbeddedRedis, port: int) -> None:
        self._server = server
        self._env = {**os.environ, "LIANQIN_RUN_DIR": str(folder), "LIANQIN_REDIS_URL": server.url,
                     "LIANQIN_LOG_LEVEL": "WARNING", "LIANQIN_JT808_PORT": "0"}  # fmt: skip
        self._commands = {"intake": ["patrol.intake", "--port", str(port)], "worker": ["patrol"]}
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        for name in self._commands:
            self._start(name)

    def _start(self, name: str) -> None:
        self._running[name] = subprocess.Popen([sys.executable, "-m", *self._commands[name]], env=self._env)

    def kill(self, name: str) -> None:
        if name == "valkey":
            self._server.kill()
            self._server.start()
            return
        self._running[name].kill()
        self._running[name].wait()
        self._start(name)

    def stop(self) -> None:
        for process in self._running.values():
            process.terminate()
        for process in self._running.values():
            process.wait()


def measure(scale: float, limit_s: float, *, kills: bool = False) -> Storm:
    guards, back = round(GUARDS * scale), round(BACK * scale)
    with tempfile.TemporaryDirectory(prefix="lq-") as folder, contextlib.ExitStack() as stack:
        server = EmbeddedRedis(Path(folder) / "redis")
        server.start()
        stack.callback(server.stop)
        client = connect(server.url, timeout=60)
        settings, store = county.a_store(Path(folder), server.url)
        began = time.time()
        county.populate(store, guards, began - 2 * 3600)
        for n in range(guards):
            client.hset(keys.followed("device"), county.device_id(n), encode(county.device(n)))
        client.incr(keys.followed_version("device"))
        port = free_port()
        house = House(Path(folder), server, port)
        stack.callback(house.stop)
        wait_for(port)
        live = SteadyGuards(port, client, guards - back)
        while len(live.delays) < guards - back:  # all stand on the map once: the worker is at work
            live.turn()
            time.sleep(0.05)
        live.delays.clear()
        load = subprocess.Popen(
            [sys.executable, "-m", "bench.storm", "pour", str(port), str(guards - back), str(back),
             str(began - LATE_EACH * EACH_S - 600)], stdout=subprocess.PIPE,
        )  # fmt: skip
        poured_from, victims = time.perf_counter(), list(KILLS) if kills else []
        while load.poll() is None:
            live.turn()
            if victims and time.perf_counter() - poured_from > victims[0][0] * WITHIN_S:
                house.kill(victims.pop(0)[1])
            time.sleep(0.1)
        poured = from_json(load.communicate()[0], Poured)
        over = time.perf_counter()
        while (waits(client) or live.waiting) and time.perf_counter() - over < limit_s:
            live.look()
            time.sleep(0.2)
        drained, left = time.perf_counter() - over, client.hlen(keys.behind(0))
        in_streams = streamed(client)
        in_trails = trailed(settings.trails)
        with store.read() as session:
            counted = sum(shift.facts.get("fixes", 0) for shift in session.scalars(select(Shift)))
        client.close()
    late = time.time()
    delays = sorted([*live.delays, *(late - at for at in live.pending)])
    return Storm(guards, poured.answered + live.sent, len(in_trails | in_streams), len(in_trails), counted,
                 poured.answered / poured.seconds, poured.refused, drained, left, tuple(delays))  # fmt: skip


def streamed(client: redis.Redis) -> set[str]:
    """Ids of what is in the streams, judged or not. Asked before the trails: nothing is trimmed that is not there."""
    ids: set[str] = set()
    for late in (False, True):
        last = "-"
        while entries := cast("Any", client.xrange(keys.fixes(0, late=late), min=last, count=500)):
            for _, fields in entries:
                record = decode(fields[b"r"])
                if isinstance(record, FixBatch):
                    ids.update(fix.id for fix in record.fixes)
            last = "(" + entries[-1][0].decode()
    return ids


def trailed(trails: str) -> set[str]:
    with open_duckdb() as connection:
        rows = connection.execute("SELECT DISTINCT id FROM read_parquet(?)", [f"{trails}/*/*.parquet"]).fetchall()
    return {row[0] for row in rows}


def run(scale: float = SMALL, limit_s: float = LIMIT_S, *, kills: bool = False) -> list[Figure]:
    """Raises AssertionError when an answered fix is nowhere, or one is judged twice."""
    found = measure(scale, limit_s, kills=kills)
    assert found.kept == found.sent, f"{found.sent} answered, {found.kept} kept"
    assert found.counted == found.judged or found.left, f"{found.judged} in the trails, {found.counted} counted"
    share = f"scale {scale:g}: {found.guards} guards" + (f", {len(KILLS)} kills" if kills else "")
    p50, p99 = (found.delays[int(len(found.delays) * part)] for part in (0.5, 0.99))
    return [
        Figure("storm: late posts taken", found.rate, "1/s", "", None,
               f"{share}, {found.sent} fixes, each kept once by its id; {found.refused} told to come again"),
        Figure("storm: all judged after the last answer", found.drained_s, "s", "", None,
               f"{found.left} shifts left; {100 * found.judged / found.sent:.4g} % of the fixes in the trails"),
        Figure("storm: a live fix to its place on the map, longest", found.delays[-1], "s", "goal", GOAL_S,
               f"{len(found.delays)} live fixes, p50 {p50:.2f} s, p99 {p99:.2f} s"),
    ]  # fmt: skip


def main(arguments: list[str]) -> int:
    from bench.__main__ import table  # noqa: PLC0415 - it imports this module by name

    parser = argparse.ArgumentParser(prog="python -m bench.storm", description=__doc__)
    parser.add_argument("--scale", type=float, default=SMALL, help="share of 3,000 guards")
    parser.add_argument("--limit", type=float, default=LIMIT_S, help="seconds for the worker after the last answer")
    parser.add_argument("--kills", action="store_true", help="kill -9 each process amid the storm")
    options = parser.parse_args(arguments)
    print(table(run(options.scale, options.limit, kills=options.kills)))
    return 0


if __name__ == "__main__":
    if sys.argv[1:2] == ["pour"]:
        result = pour(int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]), float(sys.argv[5]))
        sys.stdout.buffer.write(msgspec.json.encode(result))
    else:
        sys.exit(main(sys.argv[1:]))
