"""Is the house well? Looked at once for all who ask within a second, on a thread of its own: who asks often costs nothing."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Callable
from typing import Any, Final, cast

import redis
from sqlalchemy import func, select

from console.cameras import cameras, outages
from console.canary.canaries import senders
from console.canary.figures import brief
from console.http.context import Console
from console.http.replies import Shown
from lianqin import keys
from lianqin.clock import Clock
from lianqin.errors import UnavailableError
from lianqin.outbox import OutboxRow
from lianqin.spool import DAMAGED, LOG
from lianqin.spool_lines import count_aside

READ_BY: Final = ("ffmpeg", "ffmpeg_udp", "alone")
"""As `CameraHealth.read_by` has them; our own reader goes without saying."""
KEPT_S: Final = 1.0


def _bus(console: Console) -> Shown:
    try:
        console.redis.set(keys.replicas_asked(), b"", ex=60)
        workers = sorted(name.decode().removeprefix(keys.worker("")) for name in console.redis.scan_iter(match=keys.worker("*"), count=500))  # fmt: skip
        groups = cast("Any", console.redis.xinfo_groups(keys.ALERTS)) if console.redis.exists(keys.ALERTS) else []
    except redis.exceptions.ResponseError as error:  # no memory, read-only, no disk ...
        return {
            "redis": "refuses",
            "redis_why": f"{type(error).__name__}: {error}",
            "receiver_lag": None,
            "workers": [],
        }
    except redis.exceptions.RedisError:
        return {"redis": "away", "receiver_lag": None, "workers": []}
    ours = [group for group in groups if group["name"].decode() == keys.CONSOLE_GROUP]
    lag = ours[0].get("lag") if ours else 0
    return {"redis": "ok", "receiver_lag": lag, "workers": workers}


def _database(console: Console) -> Shown:
    try:
        with console.store.read() as session:
            waiting = session.scalar(select(func.count()).select_from(OutboxRow)) or 0
    except UnavailableError:
        return {"database": "away", "relay": None}
    console.metrics.outbox.set(waiting)
    return {"database": "ok", "relay": waiting}


def _line(console: Console) -> Shown | None:
    try:
        alive = senders(console.redis)
        with console.store.read() as session:
            return brief(session, alive, console.clock.now())
    except (redis.exceptions.RedisError, UnavailableError):
        return None


def look(console: Console) -> Shown:
    """`redis` is `refuses` where it answers and does not write; `receiver_lag`: alerts not yet taken off the bus; `relay`: records
    that wait to be followed; `line`: by worker how late its alerts are, as its canaries tell; None where that can't be told."""
    return _bus(console) | _database(console) | {"line": _line(console)}


def is_well(found: Shown) -> bool:
    """Of what `look` found."""
    return bool(found["redis"] == found["database"] == "ok")


def measure(console: Console) -> bytes:
    """What Prometheus reads, with what is looked at when it asks."""
    _look_at_spools(console)
    with contextlib.suppress(UnavailableError), console.store.read() as session:  # the database is away: as it was
        for trouble, count in outages.troubles(session).items():
            console.metrics.troubled.labels(trouble).set(count)
    by = Counter(one.health.read_by for one in cameras.lives(console).values())
    for name in READ_BY:
        console.metrics.read_by.labels(name).set(by[name])
    return console.metrics.text()


def _look_at_spools(console: Console) -> None:
    """One that was left is moved and removed by whoever takes it over, also while it is looked at here."""
    held = damaged = 0
    for path in console.settings.run_dir.glob(f"spool/*/{LOG}*"):
        with contextlib.suppress(FileNotFoundError):
            if path.name == LOG:
                held += path.stat().st_size
            elif path.name == f"{LOG}{DAMAGED}":
                with path.open("rb") as file:
                    damaged += count_aside(file)
    console.metrics.spool_bytes.set(held)
    console.metrics.spool_damaged.set(damaged)


class Pulse:
    """What strangers hear: well or not, no older than `KEPT_S`. However many ask, one look is under way at most."""

    def __init__(self, look: Callable[[], bool], clock: Clock) -> None:
        self._look, self._clock = look, clock
        self._at, self._well = -1e9, False
        self._looking: asyncio.Task[None] | None = None

    async def is_well(self) -> bool:
        while self._clock.monotonic() - self._at >= KEPT_S:
            if self._looking is None:
                self._looking = asyncio.create_task(self._look_anew())
            await asyncio.shield(self._looking)
        return self._well

    async def _look_anew(self) -> None:
        self._well = False
        try:
            self._well = await asyncio.to_thread(self._look)
        finally:
            self._at, self._looking = self._clock.monotonic(), None
