"""A month of the county's trails on disk, as the worker compacts them: 3,000 guards, eight hours a day, a fix each 10 s."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import pyarrow as pa

from lianqin.clock import county_day
from patrol.trails.store import SCHEMA, open_duckdb

GUARDS, A_DAY, EACH_S = 3_000, 2_889, 10
TYPED: Final = ", ".join(
    f'"{one.name}"::{"DOUBLE" if one.type == pa.float64() else "VARCHAR"} AS "{one.name}"' for one in SCHEMA
)
FIRST: Final = datetime(2026, 9, 1, 0, 0, tzinfo=UTC).timestamp()
"""08:00 in the county: a day's fixes lie in one folder."""


def guard_id(number: int) -> str:
    return f"G{number:05d}"


def began(day: int) -> float:
    return FIRST + timedelta(days=day).total_seconds()


def write_day(root: Path, day: int, guards: int = GUARDS) -> int:
    """One compacted file; returns how many fixes. Guards walk about their area at some metres a second, with a
    receiver's noise; ids are as random as real ones."""
    folder = root / county_day(began(day))
    folder.mkdir(parents=True)
    with open_duckdb() as connection:
        connection.execute(f"""
            COPY (SELECT {TYPED} FROM (
                SELECT 'fx-' || substr(md5(g || '-' || n || '-{day}'), 1, 24) AS id, 'dv-' || lpad(g::VARCHAR, 5, '0') AS device_id,
                    'G' || lpad(g::VARCHAR, 5, '0') AS guard_id, {began(day)} + n * {EACH_S} + g % 10 AS "at",
                    {began(day)} + n * {EACH_S} + g % 10 + 1.3 AS received_at,
                    34.0 + g % 90 // 10 * 0.02 + sin(n / 120.0 + g) * 0.006 + hash(g * 100000 + n) % 1000 * 2e-8 AS lat,
                    119.2 + g % 10 * 0.02 + cos(n / 120.0 + g) * 0.006 + hash(n * 7919 + g) % 1000 * 2e-8 AS lon,
                    5.0 + hash(n + g) % 80 / 10.0 AS accuracy_m, 1.2 AS speed_mps, 90.0 AS course, 12.0 AS altitude_m,
                    80.0 - n // 60 AS battery_pct, NULL::VARCHAR AS alarm, 'traccar8' AS client, 'wgs84' AS coord_sys_sent
                FROM range({guards}) a(g), range({A_DAY}) b(n)) ORDER BY guard_id, "at")
            TO '{folder}/compact-{day}.parquet' (FORMAT parquet, COMPRESSION zstd)""")
    return guards * A_DAY
