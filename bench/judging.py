"""Guard-days judged from the trails on disk on two cores: doubts, presence, visits, gaps, as the worker folds them.

Beside it the limit: the same days read into records and not judged. Grows with 300, 3,000 and 30,000 guard-days.
"""

from __future__ import annotations

import math
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Final

from bench.kit import month
from bench.kit.figures import Figure
from patrol.judging.facts import AreaAsOpened, FactLimits
from patrol.judging.fold import fold
from patrol.judging.visits import VisitPoint
from patrol.trails.store import TrailStore

AT_ONCE: Final = 50
CORES: Final = 2
DAYS: Final = 10


def ground(number: int) -> AreaAsOpened:
    """An area of twelve corners and five checkpoints about where he walks."""
    lon, lat = 119.2 + number % 10 * 0.02, 34.0 + number % 90 // 10 * 0.02
    ring = tuple((lon + 0.008 * math.cos(n / 6 * math.pi), lat + 0.008 * math.sin(n / 6 * math.pi)) for n in range(12))
    spots = tuple(VisitPoint(f"c{n}", lon + 0.006 * math.cos(n), lat + 0.006 * math.sin(n), 25.0) for n in range(5))
    return AreaAsOpened(f"sh-{number}", ring, spots, 0.0)


def judge(folder: str, day: int, first: int, *, judged: bool = True) -> int:
    """So many guards from `first` on; returns their confirmed seconds, so that nothing is left undone."""
    guards = [month.guard_id(n) for n in range(first, first + AT_ONCE)]
    trails = TrailStore(folder).read_each(guards, month.began(day), month.began(day) + 40_000)
    if not judged:
        return sum(map(len, trails.values()))
    total = 0.0
    for n, guard in enumerate(guards, first):
        base = ground(n)
        facts = fold(
            trails[guard], AreaAsOpened(base.shift_id, base.polygon, base.checkpoints, month.began(day)), FactLimits()
        )
        total += facts.finish(month.began(day) + 30_000).confirmed_s
    return int(total)


def timed(pool: ProcessPoolExecutor, folder: str, guard_days: int, *, judged: bool) -> float:
    start = time.perf_counter()
    jobs = [
        pool.submit(judge, folder, n // month.GUARDS, n % month.GUARDS, judged=judged)
        for n in range(0, guard_days, AT_ONCE)
    ]
    assert all(job.result() > 0 for job in jobs)
    return time.perf_counter() - start


def run() -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="lqb-") as folder, ProcessPoolExecutor(CORES) as pool:
        for day in range(DAYS):
            month.write_day(Path(folder), day)
        timed(pool, folder, CORES * AT_ONCE, judged=True)  # both processes have their modules
        limit = timed(pool, folder, 3_000, judged=False)
        found = {size: timed(pool, folder, size, judged=True) for size in (300, 3_000, 30_000)}
    return [
        Figure(f"{size:,} guard-days read and judged, two cores", seconds, "s", "3,000 read alone", limit,
               f"{month.A_DAY} fixes a day" + ("; goal 60" if size == 3_000 else ""))
        for size, seconds in found.items()
    ]  # fmt: skip
