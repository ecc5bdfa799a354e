"""Fixes a second that the patrol worker judges and keeps, on one core.

The live stream is filled beforehand: each of 3,000 guards on an open shift sends a fix each 15 s, in entries as a busy
intake writes them. Then the worker runs until nothing waits: trails synced, facts and visits in SQLite, places in Redis.

`python -m bench.reader profile`: where its time goes.
"""

from __future__ import annotations

import cProfile
import pstats
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import cast

import msgspec

from bench.kit import county
from bench.kit.figures import Figure
from lianqin import keys
from lianqin.bus import connect
from lianqin.clock import SystemClock
from lianqin.db import Store
from lianqin.embedded import EmbeddedRedis
from lianqin.records import FixBatch, encode
from lianqin.settings import Settings
from patrol.trails.store import open_duckdb
from patrol.worker.loop import PatrolWorker, drain

GUARDS, ROUNDS, IN_ENTRY, EACH_S = 3_000, 20, 200, 15.0
GOAL = 15_000


class Drained(msgspec.Struct, frozen=True):
    """`first_cpu`: with nothing in memory, when every shift is read from the trails."""

    fixes: int
    kept: int
    cpu_seconds: float
    seconds: float
    first_cpu: float
    first_fixes: int


def fill(redis_url: str, rounds: range, began: float) -> int:
    client = connect(redis_url)
    count = 0
    for n in rounds:
        at = began + n * EACH_S
        fixes = [county.a_fix(guard, at + guard % 15, at + guard % 15 + 1) for guard in range(GUARDS)]
        pipe = client.pipeline(transaction=False)
        for start in range(0, len(fixes), IN_ENTRY):
            some = tuple(fixes[start : start + IN_ENTRY])
            pipe.xadd(keys.fixes(0, late=False), {keys.FIELD: encode(FixBatch(some))})
        pipe.execute()
        count += len(fixes)
    client.close()
    return count


def work(settings: Settings, store: Store, rounds: int) -> Drained:
    clock = SystemClock()
    began = clock.now() - (rounds + 2) * EACH_S
    worker = PatrolWorker(settings, store, connect(settings.redis), clock, threading.Event())
    first = fill(settings.redis, range(1), began)
    spent = time.process_time()
    drain(worker)
    first_cpu = time.process_time() - spent
    count = fill(settings.redis, range(1, rounds), began)
    start, spent = time.perf_counter(), time.process_time()
    drain(worker)
    cpu, seconds = time.process_time() - spent, time.perf_counter() - start
    files = f"{settings.trails}/*/*.parquet"
    with open_duckdb() as connection:
        found = connection.execute("SELECT count(DISTINCT id) FROM read_parquet(?)", [files]).fetchone()
    return Drained(count, cast("tuple[int]", found)[0] - first, cpu, seconds, first_cpu, first)


def measure(rounds: int = ROUNDS, profile: cProfile.Profile | None = None) -> Drained:
    with tempfile.TemporaryDirectory(prefix="lq-") as folder:
        server = EmbeddedRedis(Path(folder) / "redis")
        server.start()
        try:
            settings, store = county.a_store(Path(folder), server.url)
            county.populate(store, GUARDS, time.time() - 8 * 3600)
            return profile.runcall(work, settings, store, rounds) if profile else work(settings, store, rounds)
        finally:
            server.stop()


def run() -> list[Figure]:
    """Raises AssertionError when a fix is not in the trails."""
    found = measure()
    assert found.kept == found.fixes, f"{found.fixes} sent, {found.kept} kept"
    note = f"{found.fixes} fixes of {GUARDS} guards, {found.fixes / found.seconds:.0f} a wall second; goal {GOAL}"
    return [
        Figure("fixes judged and kept, one core", found.fixes / found.cpu_seconds, "1/s", "goal", GOAL, note),
        Figure("the same with nothing in memory", found.first_fixes / found.first_cpu, "1/s", "", None,
               "the first batch of each shift"),
    ]  # fmt: skip


if __name__ == "__main__":
    if sys.argv[1:] == ["profile"]:
        seen = cProfile.Profile()
        print(measure(profile=seen))
        pstats.Stats(seen).sort_stats("tottime").print_stats(40)
    else:
        print(measure())
