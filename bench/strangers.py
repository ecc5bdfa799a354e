"""A console under strangers, beside forty operators and twenty enrolled phones; and an intake beside a stranger who pipelines JSON a
thousand deep.

Strangers (`bench/kit/hostile.py`), all at once: 400 MB bodies to the log-in, 60 log-ins at a time, 2,000 silent connections, 1,000 unknown
posts a second. Operators ask for alerts, cameras, the map and themselves, once a second each; phones post once a second. First they are
alone, then beside the strangers. All share the machine, so the generators' own share of it is printed.

`python -m bench.strangers [SECONDS]`; `python -m bench strangers` takes 60.
"""

from __future__ import annotations

import http.client
import os
import secrets
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

import msgspec

from bench.intake import ask, enrol
from bench.kit.figures import Figure
from bench.kit.hostile import AttackResult
from bench.kit.load import secret
from bench.kit.processes import free_port
from console.access.passwords import hasher
from console.access.sessions import fingerprint
from console.access.tables import Account, LoginSession
from console.migrate import migrate
from lianqin.bus import connect
from lianqin.db import Store, open_engine
from lianqin.decoding import from_json
from lianqin.embedded import EmbeddedRedis
from lianqin.settings import check
from patrol.county.tables import Guard, Unit

OPERATORS, PHONES, SECONDS = 40, 20, 60.0
GOAL_MS, GOAL_FIX_S = 300, 2.0
PATHS: Final = ("/api/alerts", "/api/me", "/api/cameras", "/api/map")
KINDS: Final = ("bodies", "log_ins", "silent", "posts")


class Heard(msgspec.Struct):
    """Seconds to each answer of 200, and how many were others or none."""

    took: list[float] = msgspec.field(default_factory=list)
    failed: int = 0

    def p99_ms(self) -> float:
        return statistics.quantiles(self.took, n=100)[98] * 1e3 if len(self.took) > 1 else float("nan")


def seed(store: Store) -> list[str]:
    """A county of forty operators, who are logged in; returns their tokens."""
    tokens = [secrets.token_hex(16) for _ in range(OPERATORS)]
    now, password = time.time(), hasher.hash(secrets.token_hex(16))
    with store.write() as session:
        session.add(Unit(id="U1", kind="security_company", name="平安保安"))
        session.flush()
        session.add_all(Guard(id=f"G{n:05d}", unit_id="U1", name=f"保安{n}") for n in range(PHONES))
        for n in range(OPERATORS):
            session.add(
                Account(id=f"ac-{n}", username=f"op{n:02d}", password_hash=password, role="operator", name=f"值班员{n}")
            )
        session.flush()
        for n, token in enumerate(tokens):
            session.add(
                LoginSession(
                    token_sha256=fingerprint(token), account_id=f"ac-{n}", csrf="x", created_at=now, last_seen_at=now
                )
            )
    return tokens


class Stranger:
    """One who asks once a second over a connection that is kept, from an address of its own."""

    def __init__(
        self, port: int, address: str, ask: Callable[[int], tuple[str, str, dict[str, str]]], heard: Heard
    ) -> None:
        self._port, self._address, self._ask, self._heard = port, address, ask, heard

    def run(self, stop: threading.Event, first: float) -> None:
        stop.wait(first)
        connection, number = self._connection(), 0
        while not stop.is_set():
            number += 1
            method, path, headers = self._ask(number)
            began = time.perf_counter()
            try:
                connection.request(method, path, headers=headers)
                answer = connection.getresponse()
                answer.read()
                took = time.perf_counter() - began
                if answer.status == 200:
                    self._heard.took.append(took)
                else:
                    self._heard.failed += 1
            except (OSError, http.client.HTTPException):
                self._heard.failed += 1
                connection.close()
                connection = self._connection()
            stop.wait(max(0.0, 1.0 - (time.perf_counter() - began)))
        connection.close()

    def _connection(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self._port, timeout=30, source_address=(self._address, 0))


def listen(port: int, tokens: list[str], seconds: float) -> tuple[Heard, Heard]:
    """What operators and phones hear for so long."""
    operators, phones, stop = Heard(), Heard(), threading.Event()

    def operator(token: str) -> Callable[[int], tuple[str, str, dict[str, str]]]:
        return lambda n: ("GET", PATHS[n % len(PATHS)], {"Cookie": f"lianqin_session={token}"})

    def phone(number: int) -> Callable[[int], tuple[str, str, dict[str, str]]]:
        return lambda n: (
            "POST",
            f"/fix?id={secret(number)}&timestamp={time.time():.3f}&lat={34 + n / 1e5:.6f}&lon=119.2",
            {},
        )

    clients = [Stranger(port, f"127.0.1.{n + 1}", operator(token), operators) for n, token in enumerate(tokens)]
    clients += [
        Stranger(port, f"127.4.0.{n + 1}", phone(n), phones) for n in range(PHONES)
    ]  # a stranger's address, too
    threads = [threading.Thread(target=one.run, args=(stop, n / len(clients))) for n, one in enumerate(clients)]
    for thread in threads:
        thread.start()
    time.sleep(seconds)
    stop.set()
    for thread in threads:
        thread.join()
    return operators, phones


class MemoryUse:
    """MB that a process holds, looked at twice a second."""

    def __init__(self, pid: int) -> None:
        self._file, self._stop = Path(f"/proc/{pid}/status"), threading.Event()
        self.start = self.top = self.now()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()

    def now(self) -> float:
        (row,) = [line for line in self._file.read_text().splitlines() if line.startswith("VmRSS")]
        return int(row.split()[1]) / 1000

    def _watch(self) -> None:
        while not self._stop.wait(0.5):
            self.top = max(self.top, self.now())

    def close(self) -> float:
        self._stop.set()
        self._thread.join()
        return self.now()


@contextmanager
def hostile(port: int, seconds: float, kinds: tuple[str, ...]) -> Iterator[dict[str, AttackResult]]:
    """All at once; what came of them is there at the end."""
    done: dict[str, AttackResult] = {}
    running = {
        kind: subprocess.Popen([sys.executable, "-m", "bench.kit.hostile", kind, str(port), str(seconds)], stdout=subprocess.PIPE)
        for kind in kinds
    }  # fmt: skip
    try:
        yield done
        for kind, process in running.items():
            out, _ = process.communicate(timeout=seconds + 60)
            done[kind] = from_json(out, AttackResult)
    finally:
        for process in running.values():
            if process.poll() is None:
                process.kill()
                process.wait()


@contextmanager
def served(command: list[str], env: dict[str, str], port: int) -> Iterator[int]:
    """Its process id."""
    process = subprocess.Popen(command, env=env)
    try:
        wait_until(lambda: _listens(port), f"nothing listens on {port}")
        yield process.pid
    finally:
        process.terminate()
        process.wait(timeout=30)


def console_figures(folder: str, server: EmbeddedRedis, seconds: float) -> list[Figure]:
    port = free_port()
    values = {"run_dir": folder, "redis_url": server.url, "console_port": port}
    store = Store(open_engine(check(values).database))
    migrate(store.engine)
    tokens = seed(store)
    env = {
        **os.environ,
        **{f"LIANQIN_{name.upper()}": str(value) for name, value in values.items()},
        "LIANQIN_LOG_LEVEL": "WARNING",
    }
    with served([sys.executable, "-m", "console"], env, port) as pid:
        wait_until(lambda: _is_ready(port), "the console is not ready")
        alone, alone_phones = listen(port, tokens, min(15.0, seconds))
        memory = MemoryUse(pid)
        with hostile(port, seconds + 2, KINDS) as done:
            time.sleep(1.0)
            operators, phones = listen(port, tokens, seconds)
        end = memory.close()
    store.engine.dispose()
    share = sum(one.cpu_seconds for one in done.values()) / ((seconds + 2) * (os.cpu_count() or 1))
    told = {kind: one.counts for kind, one in done.items()}
    return [
        Figure("operators' requests beside strangers, p99", operators.p99_ms(), "ms", "without strangers", alone.p99_ms(),
               f"{len(operators.took)} answers, {operators.failed} failed; goal {GOAL_MS}; generators took {share:.0%} of {os.cpu_count()} cores"),
        Figure("an enrolled phone's fix stored, latest", max(phones.took, default=float("nan")), "s", "without strangers",
               max(alone_phones.took, default=float("nan")), f"{len(phones.took)} fixes, {phones.failed} failed; goal {GOAL_FIX_S:g}"),
        Figure("the console's memory, top", memory.top, "MB", "at the start", memory.start, f"at the end {end:.0f}"),
        Figure("strangers' posts answered", told["posts"].get("200", 0) / (seconds + 2), "1/s", "", None, f"{told}"),
    ]  # fmt: skip


def wait_until(met: Callable[[], bool], why: str) -> None:
    """Raises TimeoutError after three minutes: a busy machine takes long to begin."""
    until = time.monotonic() + 180
    while not met():
        if time.monotonic() > until:
            raise TimeoutError(why)
        time.sleep(0.1)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _is_ready(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def nested_figure(folder: str, server: EmbeddedRedis, seconds: float) -> Figure:
    """Answers a second of 200 enrolled phones that ask again as soon as they are answered."""
    port = free_port()
    env = {
        **os.environ,
        "LIANQIN_RUN_DIR": folder,
        "LIANQIN_REDIS_URL": server.url,
        "LIANQIN_LOG_LEVEL": "ERROR",
        "LIANQIN_JT808_PORT": "0",
    }
    with served([sys.executable, "-m", "patrol.intake", "--port", str(port), "--name", "nested"], env, port):
        ask(port, 1.0, 1)
        alone = ask(port, seconds, 10)
        with hostile(port, seconds + 4, ("nested",)) as done:
            time.sleep(1.0)
            beside = ask(port, seconds, 40)
    counts = done["nested"].counts
    return Figure("answers of enrolled phones beside pipelined JSON a thousand deep", beside.rate, "1/s", "without it", alone.rate,
                  f"p99 {beside.p99_ms:.0f} ms beside {alone.p99_ms:.0f}; the stranger heard {counts.get('answers', 0) / (seconds + 4):.0f} answers a second")  # fmt: skip


def run(*, seconds: float = SECONDS) -> list[Figure]:
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="lq-"))
        server = EmbeddedRedis(Path(folder) / "redis")
        server.start()
        stack.callback(server.stop)
        client = connect(server.url, timeout=60)
        stack.callback(client.close)
        enrol(client, 800)
        figures = console_figures(folder, server, seconds)
        return [*figures, nested_figure(folder, server, min(10.0, seconds))]


if __name__ == "__main__":
    from bench.__main__ import table

    socket.setdefaulttimeout(60)
    print(table(run(seconds=float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS)))
