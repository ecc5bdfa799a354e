"""A month's trail of one guard opened, with a month of the county on disk; and one guard's day, judged and ready to draw.

`BENCH_DAYS=3 python -m bench trails`: fewer days on disk (each takes 260 MB and half a minute).
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from bench.kit import month
from bench.kit.figures import Figure
from console.trails import view
from console.trails.view import TrailSpan
from patrol.trails.store import TrailStore, open_duckdb

DAYS: Final = int(os.environ.get("BENCH_DAYS", "30"))
LOOKS: Final = 9


def median_ms(work: Callable[[int], object]) -> float:
    """Over different guards, so that none is read twice."""
    times = []
    for n in range(LOOKS):
        start = time.perf_counter()
        work(n)
        times.append((time.perf_counter() - start) * 1000)
    return statistics.median(times)


def run() -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="lqb-") as folder:
        root, trails = Path(folder), TrailStore(folder)
        count = sum(month.write_day(root, day) for day in range(DAYS))
        files = [str(path) for path in root.glob("*/*.parquet")]

        def guard(n: int) -> str:
            return month.guard_id(137 + 311 * n)

        def line(n: int) -> bytes:
            return msgspec.json.encode(trails.line(guard(n), month.began(0), month.began(DAYS), 60.0))

        def day(n: int) -> bytes:
            span = TrailSpan(month.began(0), month.began(0) + 30_000)
            seen = view.see(trails, guard(n), [span], span, 10.0)
            stops = view.stops(seen.sure)
            fixes = [(one.fix.at, one.fix.lon, one.fix.lat, one.fix.accuracy_m, one.doubts) for one in seen.flags]
            return msgspec.json.encode((fixes, stops, seen.gaps))

        def bare(n: int) -> object:
            with open_duckdb() as connection:
                return connection.execute(
                    'SELECT "at", lon, lat FROM read_parquet($f) WHERE guard_id = $g', {"f": files, "g": guard(n)}
                ).fetchnumpy()

        span = TrailSpan(month.began(0), month.began(0) + 30_000)
        opened, limit, judged = median_ms(line), median_ms(bare), median_ms(day)
        read = median_ms(lambda n: trails.read(guard(n + LOOKS), span.from_at, span.to_at))
    note = f"{count / 1e6:.0f} M fixes on disk, {DAYS} days, median of {LOOKS} guards"
    return [
        Figure("a month's trail of one guard opened", opened, "ms", "bare DuckDB read of three columns", limit, f"{note}; goal 300"),
        Figure("one guard's day read, judged and ready to draw", judged, "ms", "the read alone", read, f"{month.A_DAY} fixes; goal 50"),
    ]  # fmt: skip
