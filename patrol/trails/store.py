"""Trails as Parquet, one folder a county day by device time, read by DuckDB.

A file is named by the range of stream ids it was written from: a batch that comes again overwrites itself. It is
written aside, synced and renamed; what was acknowledged survives a power cut. Readers de-duplicate by fix id.
"""

from __future__ import annotations

import contextlib
import functools
import math
import os
import re
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import duckdb
import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from lianqin.clock import COUNTY_ZONE, county_day
from lianqin.errors import UnavailableError
from lianqin.records import Alive, Fix
from patrol.judging.at_rest import DeviceSign
from patrol.judging.stillness import REST_S
from patrol.judging.twins import TwinMatch

_TEXT, _NUMBER = pa.string(), pa.float64()
SCHEMA: Final = pa.schema(
    [("id", _TEXT), ("device_id", _TEXT), ("guard_id", _TEXT), ("at", _NUMBER), ("received_at", _NUMBER),
     ("lat", _NUMBER), ("lon", _NUMBER), ("accuracy_m", _NUMBER), ("speed_mps", _NUMBER), ("course", _NUMBER),
     ("altitude_m", _NUMBER), ("battery_pct", _NUMBER), ("alarm", _TEXT), ("client", _TEXT), ("coord_sys_sent", _TEXT),
     ("clock_off_s", _NUMBER), ("ahead_s", _NUMBER)]
)  # fmt: skip
COLUMNS: Final = ", ".join(f'"{name}"' for name in SCHEMA.names)
"""Quoted: `at` is a word of SQL."""
_LATER: Final = {"clock_off_s": 0.0, "ahead_s": 0.0}
"""Columns that older files lack, with what stands for them."""
_READ: Final = ", ".join(f"coalesce({name}, {_LATER[name]}) AS {name}" if name in _LATER else f'"{name}"'
                         for name in SCHEMA.names)  # fmt: skip
_ROWS: Final = (
    "(SELECT * FROM read_parquet($files, union_by_name = true) "
    "UNION ALL BY NAME SELECT 0.0::DOUBLE AS clock_off_s, 0.0::DOUBLE AS ahead_s WHERE false)"
)
"""All that is kept: fixes (some more than once, by arrival), and signs of life, which have no place."""
_FIXES: Final = f"(SELECT {_READ} FROM {_ROWS} WHERE lat IS NOT NULL)"  # noqa: S608 - our own column names
_AGAIN_S: Final = REST_S + 120.0
"""A fix that arrived again later than this after its first arrival says nothing more (`patrol/judging/at_rest.py`)."""
_KEPT: Final = f"QUALIFY received_at - min(received_at) OVER (PARTITION BY id) <= {_AGAIN_S}"
HELD: Final = "held-"
"""Begins the name of a file of those under a hold."""
_OFF: Final = ("autoinstall_known_extensions", "autoload_known_extensions", "allow_community_extensions",
               "allow_persistent_secrets")  # fmt: skip
"""What DuckDB would do of itself: fetch extensions from its makers, load them, read secrets from the user's folder."""
_ONCE: Final = "QUALIFY row_number() OVER (PARTITION BY id ORDER BY received_at) = 1"


def open_duckdb() -> duckdb.DuckDBPyConnection:
    """An in-memory database that fetches and loads no extension by itself, and keeps nothing in the user's folder."""
    return duckdb.connect(config=dict.fromkeys(_OFF, "false"))


@functools.cache
def _database(process: int) -> duckdb.DuckDBPyConnection:
    """One in-memory database a process (beginning one takes 40 ms); it remembers the files' footers."""
    assert process == os.getpid()
    connection = open_duckdb()
    connection.execute("SET parquet_metadata_cache = true")
    return connection


class TrailStore:
    """The trails under one folder. One writer a partition; readers anywhere."""

    def __init__(self, root: str | Path) -> None:
        self.root = Path(root)

    def append(self, name: str, fixes: Sequence[Fix], alive: Sequence[Alive] = ()) -> list[Path]:
        """Keep a batch; on return it is on disk. `name`: its stream and range of ids. Raises UnavailableError
        `trails.disk`."""
        safe = re.sub(r"[^A-Za-z0-9_-]+", "_", name)
        days: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for fix in fixes:
            days[county_day(fix.at)].append(msgspec.structs.asdict(fix))
        for one in alive:
            days[county_day(one.at)].append({
                "id": f"alive-{one.device_id}-{one.at!r}", "device_id": one.device_id, "guard_id": one.guard_id, "at": one.at,
                "received_at": one.at, "client": "alive", "clock_off_s": 0.0, "ahead_s": 0.0,
            })  # fmt: skip
        return [self._write(self.root / day, safe, some) for day, some in sorted(days.items())]

    def read(self, guard_id: str, from_at: float, to_at: float) -> list[Fix]:
        """The guard's fixes between two moments (device time, both ends included), in order, each once."""
        return self.read_each([guard_id], from_at, to_at)[guard_id]

    def read_each(self, guard_ids: Sequence[str], from_at: float, to_at: float) -> dict[str, list[Fix]]:
        """The same for several guards, in one look at the files."""
        rows = self._query(
            f'SELECT {COLUMNS} FROM {_FIXES} '  # noqa: S608 - our own column names
            f'WHERE guard_id IN (SELECT unnest($guards)) AND "at" BETWEEN $since AND $until {_ONCE} ORDER BY "at", id',
            from_at, to_at, guards=list(guard_ids), since=from_at, until=to_at,
        )  # fmt: skip
        found: dict[str, list[Fix]] = {one: [] for one in guard_ids}
        for row in rows:
            fix = Fix(*row)  # the columns are the record's fields, in its order
            found[fix.guard_id].append(fix)
        return found

    def signs_each(self, guard_ids: Sequence[str], from_at: float, to_at: float) -> dict[str, list[DeviceSign]]:
        """When each guard's devices spoke without a new fix between two moments (arrival): a fix again, or a bare sign."""
        rows = self._query(
            'SELECT DISTINCT guard_id, received_at, device_id, CASE WHEN lat IS NULL THEN \'\' ELSE id END '  # noqa: S608
            f'FROM {_ROWS} WHERE guard_id IN (SELECT unnest($guards)) AND "at" BETWEEN $early AND $until '
            'QUALIFY (lat IS NULL OR received_at > min(received_at) OVER (PARTITION BY id)) '
            'AND received_at BETWEEN $since AND $until ORDER BY ALL',
            from_at - REST_S, to_at, guards=list(guard_ids), since=from_at, until=to_at, early=from_at - REST_S,
        )  # fmt: skip
        found: dict[str, list[DeviceSign]] = {one: [] for one in guard_ids}
        for guard_id, at, device_id, fix_id in rows:
            found[guard_id].append(DeviceSign(at, device_id, fix_id))
        return found

    def line(self, guard_id: str, from_at: float, to_at: float, every_s: float) -> list[tuple[float, float, float]]:
        """(device time, longitude, latitude) of the first fix in each `every_s` seconds: a month at a glance."""
        return self._query(
            'SELECT min("at"), arg_min(lon, "at"), arg_min(lat, "at") FROM read_parquet($files) '
            'WHERE lat IS NOT NULL AND guard_id = $guard AND "at" BETWEEN $since AND $until GROUP BY floor("at" / $every) ORDER BY 1',
            from_at, to_at, guard=guard_id, since=from_at, until=to_at, every=every_s,
        )  # fmt: skip

    def near(self, guard_id: str, from_at: float, to_at: float, within_s: float) -> list[TwinMatch]:
        """The guard's fixes that lie at the very degrees of another guard's, or came from his device, `within_s` of one
        of his in time."""
        rows = self._query(
            f'WITH near AS (SELECT {COLUMNS} FROM {_FIXES} '  # noqa: S608 - our own column names
            'WHERE "at" BETWEEN $since AND $until), '
            'own AS (SELECT row_number() OVER (ORDER BY "at", id) AS n, * FROM ('
            f'SELECT * FROM near WHERE guard_id = $guard AND "at" BETWEEN $from AND $to {_ONCE})) '
            'SELECT DISTINCT own.n, own.lat, own.lon, near.guard_id, false FROM own JOIN near '
            'ON near.lat = own.lat AND near.lon = own.lon WHERE near.guard_id <> own.guard_id '
            'AND abs(near."at" - own."at") <= $within UNION ALL '
            'SELECT DISTINCT own.n, own.lat, own.lon, near.guard_id, true FROM own JOIN near '
            'ON near.device_id = own.device_id WHERE near.guard_id <> own.guard_id '
            'AND abs(near."at" - own."at") <= $within ORDER BY ALL',
            from_at - within_s, to_at + within_s, since=from_at - within_s, until=to_at + within_s, guard=guard_id,
            within=within_s, **{"from": from_at, "to": to_at},
        )  # fmt: skip
        return [TwinMatch(*row) for row in rows]

    def count(self, day: str) -> int:
        """Files of a day."""
        return len(self._files(day))

    def files(self, day: str) -> list[Path]:
        """Those of a day, sorted."""
        return self._files(day)

    def fixes(self, day: str) -> int:
        """How many different ones lie there that are under no hold."""
        files = [str(path) for path in self._files(day) if not path.name.startswith(HELD)]
        with _disk(), _database(os.getpid()).cursor() as cursor:
            found = (
                cursor.execute(
                    "SELECT count(DISTINCT id) FROM read_parquet(?) WHERE lat IS NOT NULL", [files]
                ).fetchone()
                if files
                else (0,)
            )
        return int(found[0]) if found else 0

    def hold(self, day: str, guard_ids: Sequence[str]) -> None:
        """Put those guards' fixes of a day into a file of their own, durable on return."""
        if not guard_ids:
            return
        rows = self._query(
            f'SELECT {COLUMNS} FROM {_FIXES} WHERE guard_id IN (SELECT unnest($guards)) {_ONCE} ORDER BY guard_id, "at", id',  # noqa: S608
            *_span(day), guards=list(guard_ids),
        )  # fmt: skip
        self._write(self.root / day, f"{HELD}{day}", [dict(zip(SCHEMA.names, row, strict=True)) for row in rows])

    def remove(self, day: str, files: Sequence[Path]) -> None:
        """For good; an empty folder goes too."""
        with _disk():
            for path in files:
                path.unlink(missing_ok=True)
            folder = self.root / day
            _sync(folder)
            with contextlib.suppress(OSError):
                folder.rmdir()

    def days(self) -> list[str]:
        return sorted(folder.name for folder in self.root.glob("????-??-??")) if self.root.is_dir() else []

    def compact(self, day: str, *, below_bytes: float = math.inf) -> int:
        """One file in place of the day's many (of those smaller than `below_bytes`), by guard and time. What came again stays
        only where it is a sign of life; then the file's name begins with `again-`, else each fix is there once.

        The new one is durable before the old ones go. Returns how many went. Raises UnavailableError `trails.disk`.
        """
        files = [file for file in self._files(day) if file.stat().st_size < below_bytes]
        if len(files) < 2:
            return 0
        name = files[-1].stem.removeprefix("compact-").removeprefix("again-")[-80:]
        aside = self.root / day / f".compact-{name}.tmp"
        with _disk():
            with open_duckdb() as connection:
                connection.execute(
                    f'COPY (SELECT DISTINCT {_READ} FROM {_ROWS} {_KEPT} ORDER BY guard_id, "at", id, received_at) '  # noqa: S608
                    f"TO '{str(aside).replace(chr(39), chr(39) * 2)}' (FORMAT parquet, COMPRESSION zstd)",
                    {"files": [str(file) for file in files]},
                )
                single = connection.execute(
                    "SELECT count(*) = count(DISTINCT id) FROM read_parquet(?)", [[str(aside)]]
                ).fetchone()
            kept = aside.with_name(f"{'compact' if single and single[0] else 'again'}-{name}.parquet")
            written_at = max(file.stat().st_mtime for file in files)
            os.utime(aside, (written_at, written_at))  # its time is that of the last arrival: retention goes by it
            with aside.open("rb") as file:
                os.fsync(file.fileno())
            aside.replace(kept)
            _sync(self.root / day)
            gone = [file for file in files if file != kept]
            for one in gone:
                one.unlink(missing_ok=True)
        return len(gone)

    def _days(self, from_at: float, to_at: float) -> list[str]:
        first, last = county_day(from_at), county_day(max(from_at, to_at))
        return [day for day in self.days() if first <= day <= last]

    def _files(self, day: str) -> list[Path]:
        return sorted((self.root / day).glob("*.parquet"))

    def _query(self, query: str, from_at: float, to_at: float, **values: Any) -> list[tuple[Any, ...]]:
        """Over the files of those days. Files that were compacted away between listing and reading: it looks again."""
        for wait in (0.0, 0.05, 0.2, 0.5):
            time.sleep(wait)
            files = [str(file) for day in self._days(from_at, to_at) for file in self._files(day)]
            if not files:
                return []
            # Where each day is one compacted file every fix is there once.
            once = all("/compact-" in file for file in files) and len(files) == len(
                {Path(file).parent for file in files}
            )
            asked = query.replace(_ONCE, "") if once else query
            try:
                with _database(os.getpid()).cursor() as cursor:
                    found: list[tuple[Any, ...]] = cursor.execute(asked, {"files": files, **values}).fetchall()
                    return found
            except duckdb.IOException as error:
                if wait == 0.5:
                    raise UnavailableError("trails.disk", f"trails can't be read: {error}", why=str(error)) from error
        raise AssertionError("the last try returns or raises")

    def _write(self, folder: Path, name: str, rows: Iterable[dict[str, Any]]) -> Path:
        path, aside = folder / f"{name}.parquet", folder / f".{name}.tmp"
        with _disk():
            folder.mkdir(parents=True, exist_ok=True)
            table = pa.Table.from_pylist([*rows], schema=SCHEMA)
            with aside.open("wb") as file:
                pq.write_table(table, file, compression="zstd")
                file.flush()
                os.fsync(file.fileno())
            aside.replace(path)
            for one in (folder, self.root):
                _sync(one)
        return path


def _span(day: str) -> tuple[float, float]:
    """The moments of a county's day."""
    begins = datetime.fromisoformat(day).replace(tzinfo=COUNTY_ZONE).timestamp()
    return begins, begins + 86_399


@contextlib.contextmanager
def _disk() -> Iterator[None]:
    try:
        yield
    except (OSError, duckdb.IOException) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise UnavailableError("trails.disk", f"trails can't be written: {why}", why=why) from error


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
