"""Time. Nothing else in the house asks the machine for it (rule 2: the clock is injected, never patched)."""

from __future__ import annotations

import contextlib
import secrets
import threading
import time
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol
from zoneinfo import ZoneInfo

import redis
from sqlalchemy import text

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

COUNTY_ZONE = ZoneInfo("Asia/Shanghai")


class Clock(Protocol):
    """What every part that needs the time is given."""

    def now(self) -> float:
        """Wall clock: seconds since 1970-01-01T00:00:00Z."""

    def monotonic(self) -> float:
        """Seconds on a clock that never jumps; only differences mean something."""

    def sleep(self, seconds: float, stop: threading.Event | None = None) -> bool:
        """Wait; return True as soon as `stop` is set, False when the time has passed."""

    def at_database(self, session: Session) -> float:
        """The database's own clock, epoch seconds: what is kept and destroyed goes by it. SQLite has this machine's."""

    def at_redis(self, client: redis.Redis) -> float:
        """Redis' own clock (`TIME`), epoch seconds. Redis errors pass through."""

    def at_files(self, folder: Path) -> float:
        """What the file system under `folder` would stamp a file with now, epoch seconds. Raises OSError."""


_DATABASE_NOW: Final = {
    "sqlite": text("SELECT (julianday('now') - 2440587.5) * 86400.0"),
    "postgresql": text("SELECT extract(epoch FROM clock_timestamp())"),
}


class SystemClock:
    """The machine's own clock."""

    def now(self) -> float:
        return time.time()

    def monotonic(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float, stop: threading.Event | None = None) -> bool:
        if stop is not None:
            return stop.wait(max(0.0, seconds))
        time.sleep(max(0.0, seconds))
        return False

    def at_database(self, session: Session) -> float:
        return float(session.scalar(_DATABASE_NOW[session.get_bind().dialect.name]) or 0.0)

    def at_redis(self, client: redis.Redis) -> float:
        told: Any = client.time()
        return float(told[0]) + float(told[1]) / 1e6

    def at_files(self, folder: Path) -> float:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".clock-{secrets.token_hex(6)}"
        try:
            probe.touch(exist_ok=False)
            return probe.stat().st_mtime
        finally:
            with contextlib.suppress(OSError):
                probe.unlink(missing_ok=True)


def county_day(at: float) -> str:
    """The day (YYYY-MM-DD, Asia/Shanghai) that the moment `at` (epoch seconds) belongs to."""
    return _day_of_hour(int(at // 3600))


@lru_cache(maxsize=4096)
def _day_of_hour(hour: int) -> str:
    """Days begin with an hour, so that a day of fixes asks the calendar 24 times."""
    return datetime.fromtimestamp(hour * 3600, COUNTY_ZONE).strftime("%Y-%m-%d")


def county_minute(at: float) -> int:
    """Minutes since local midnight (Asia/Shanghai), 0 to 1439."""
    local = datetime.fromtimestamp(at, COUNTY_ZONE)
    return local.hour * 60 + local.minute
