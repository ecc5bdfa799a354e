"""Trails as Parquet, one folder a county day by device time, read by DuckDB.

A file is named by the range of stream ids it was written from: a batch that comes again overwrites itself. It is
written aside, synced and renamed; what was acknowledged survives a power cut. Readers de-duplicate by fix id.
"""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

import duckdb
import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from lianqin.clock import county_day
from lianqin.errors import UnavailableError
from lianqin.records import Fix

_DAY_S: Final = 86_400.0
_TEXT, _NUMBER = pa.string(), pa.float64()
SCHEMA: Final = pa.schema(
    [("id", _TEXT), ("device_id", _TEXT), ("guard_id", _TEXT), ("at", _NUMBER), ("received_at", _NUMBER),
     ("lat", _NUMBER), ("lon", _NUMBER), ("accuracy_m", _NUMBER), ("speed_mps", _NUMBER), ("course", _NUMBER),
     ("altitude_m", _NUMBER), ("battery_pct", _NUMBER), ("alarm", _TEXT), ("client", _TEXT), ("coord_sys_sent", _TEXT)]
)  # fmt: skip
COLUMNS: Final = ", ".join(f'"{name}"' for name in SCHEMA.names)
"""Quoted: `at` is a word of SQL."""


class TrailStore:
    """The trails under one folder. One writer a partition; readers anywhere."""

    def __init__(self, root: str | Path) -> None:
        self.root = Path(root)

    def append(self, name: str, fixes: Sequence[Fix]) -> list[Path]:
        """Keep a batch; on return it is on disk. `name`: its stream and range of ids. Raises UnavailableError
        `trails.disk`."""
        safe = re.sub(r"[^A-Za-z0-9_-]+", "_", name)
        days: dict[str, list[Fix]] = defaultdict(list)
        for fix in fixes:
            days[county_day(fix.at)].append(fix)
        return [self._write(self.root / day, safe, some) for day, some in sorted(days.items())]

    def read(self, guard_id: str, from_at: float, to_at: float) -> list[Fix]:
        """The guard's fixes between two moments (device time, both ends included), in order, each once."""
        files = [str(file) for day in self._days(from_at, to_at) for file in self._files(day)]
        if not files:
            return []
        query = (
            f'SELECT {COLUMNS} FROM read_parquet(?) WHERE guard_id = ? AND "at" BETWEEN ? AND ? '  # noqa: S608
            'QUALIFY row_number() OVER (PARTITION BY id ORDER BY received_at) = 1 ORDER BY "at", id'
        )
        try:
            rows = self._query(query, [files, guard_id, from_at, to_at])
        except duckdb.IOException:  # a file was compacted away between listing and reading: look once more
            files = [str(file) for day in self._days(from_at, to_at) for file in self._files(day)]
            rows = self._query(query, [files, guard_id, from_at, to_at])
        names = SCHEMA.names
        return [msgspec.convert(dict(zip(names, row, strict=True)), Fix) for row in rows]

    def count(self, day: str) -> int:
        """Files of a day."""
        return len(self._files(day))

    def days(self) -> list[str]:
        return sorted(folder.name for folder in self.root.glob("????-??-??")) if self.root.is_dir() else []

    def compact(self, day: str) -> int:
        """One file in place of many. The new one is durable before the old ones go. Returns how many went."""
        files = self._files(day)
        if len(files) < 2:
            return 0
        table = pa.concat_tables([pq.read_table(file, schema=SCHEMA) for file in files])
        fixes: dict[str, Fix] = {}
        for row in table.to_pylist():
            fix = msgspec.convert(row, Fix)
            held = fixes.get(fix.id)
            if held is None or fix.received_at < held.received_at:
                fixes[fix.id] = fix
        ordered = sorted(fixes.values(), key=lambda one: (one.guard_id, one.at, one.id))
        kept = self._write(self.root / day, f"compact-{files[-1].stem.removeprefix('compact-')[-80:]}", ordered)
        gone = [file for file in files if file != kept]
        for file in gone:
            file.unlink(missing_ok=True)
        return len(gone)

    def _days(self, from_at: float, to_at: float) -> list[str]:
        first, last = county_day(from_at), county_day(max(from_at, to_at))
        return [day for day in self.days() if first <= day <= last]

    def _files(self, day: str) -> list[Path]:
        return sorted((self.root / day).glob("*.parquet"))

    def _query(self, query: str, values: list[Any]) -> list[tuple[Any, ...]]:
        with duckdb.connect() as connection:
            found: list[tuple[Any, ...]] = connection.execute(query, values).fetchall()
            return found

    def _write(self, folder: Path, name: str, fixes: Iterable[Fix]) -> Path:
        path, aside = folder / f"{name}.parquet", folder / f".{name}.tmp"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            table = pa.Table.from_pylist([msgspec.structs.asdict(fix) for fix in fixes], schema=SCHEMA)
            with aside.open("wb") as file:
                pq.write_table(table, file, compression="zstd")
                file.flush()
                os.fsync(file.fileno())
            aside.replace(path)
            for one in (folder, self.root):
                _sync(one)
        except OSError as error:
            raise UnavailableError("trails.disk", f"trails can't be written: {error}", why=error.strerror) from error
        return path


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
