"""Group commit: all fixes that wait go to Redis as one entry a stream, in one round trip, before anyone hears 200."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, Final

import msgspec
import redis
import structlog

from lianqin import keys
from lianqin.bus import FIELD
from lianqin.errors import BusUnavailable
from lianqin.records import Fix, FixBatch, Quarantined, encode
from lianqin.spool import Spool

log = structlog.get_logger(__name__)
LATE_S: Final = 120.0
"""Fixes older than this on arrival go to the late stream: a storm of them never delays the others."""
MOST_IN_ENTRY: Final = 500
_AWAY = (redis.exceptions.ConnectionError, redis.exceptions.TimeoutError, redis.exceptions.BusyLoadingError, OSError)


class Item(msgspec.Struct, frozen=True):
    """What is to be made durable for one request."""

    now: float
    fix: Fix | None = None
    guard_id: str | None = None
    quarantined: Quarantined | None = None


class GroupWriter:
    """`await store(item)` returns once it is durable. One flight at a time; what arrives meanwhile is the next group.

    `client` must be bus.connect's: a hidden retry could store twice. While Redis is away groups go to the spool.
    """

    def __init__(self, client: redis.Redis, spool: Spool | None, *, partition: int = 0) -> None:
        self._redis, self._spool, self._partition = client, spool, partition
        self._waiting: list[tuple[Item, asyncio.Future[None]]] = []
        self._flight: asyncio.Task[None] | None = None
        self.groups = self.stored = self.spooled = 0

    async def store(self, item: Item) -> None:
        """Raises BusUnavailable: nothing was stored."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, done))
        if self._flight is None:
            self._flight = asyncio.create_task(self._fly())
        await done

    async def _fly(self) -> None:
        await asyncio.sleep(0)  # let the requests that are ready now join the first group
        try:
            while self._waiting:
                group, self._waiting = self._waiting, []
                await self._land(group)
        finally:
            # Whatever broke off, phones that joined meanwhile are not left waiting.
            self._flight = asyncio.create_task(self._fly()) if self._waiting else None

    async def _land(self, group: Sequence[tuple[Item, asyncio.Future[None]]]) -> None:
        failed: BusUnavailable | None = BusUnavailable("bus.away", "the write broke off")
        try:
            await asyncio.to_thread(self._write, [item for item, _ in group])
            failed = None
        except BusUnavailable as error:
            failed = error
        except redis.exceptions.RedisError as error:  # full memory, wrong type: nothing was stored
            failed = BusUnavailable("bus.away", f"Redis refuses: {error}")
        finally:
            for _, done in group:
                if done.done():
                    continue
                if failed is None:
                    done.set_result(None)
                else:
                    done.set_exception(failed)

    def _write(self, items: Sequence[Item]) -> None:
        entries = self._entries(items)
        self.groups += 1
        if self._spool is not None and not self._spool.empty and not self.flush():
            self._keep(entries, len(items))
            return
        signs: Any = {item.guard_id: item.now for item in items if item.guard_id}
        try:
            pipe = self._redis.pipeline(transaction=False)
            for stream, body in entries:
                pipe.xadd(stream, {FIELD: body})
            if signs:
                pipe.hset(keys.signs_of_life(), mapping=signs)
            pipe.execute()
        except _AWAY as error:
            if self._spool is None:
                raise BusUnavailable("bus.away", f"Redis is away: {error}") from error
            self._keep(entries, len(items))
            return
        self.stored += len(items)

    def _keep(self, entries: Sequence[tuple[str, bytes]], count: int) -> None:
        if self._spool is None:
            raise BusUnavailable("bus.away", "Redis is away")
        if entries:
            self._spool.append(entries)
        self.spooled += count

    def flush(self) -> bool:
        """Send what is spooled; True when nothing is left."""
        if self._spool is None or self._spool.empty:
            return True
        try:
            count = self._spool.drain(self._send)
        except (*_AWAY, redis.exceptions.RedisError):
            return False
        if count:
            log.info("intake_spool_sent", count=count)
        return True

    def _send(self, entries: Sequence[tuple[str, bytes]]) -> None:
        pipe = self._redis.pipeline(transaction=False)
        for stream, body in entries:
            pipe.xadd(stream, {FIELD: body})
        pipe.execute()

    def _entries(self, items: Sequence[Item]) -> list[tuple[str, bytes]]:
        live = [item.fix for item in items if item.fix and item.now - item.fix.at <= LATE_S]
        late = [item.fix for item in items if item.fix and item.now - item.fix.at > LATE_S]
        entries = [
            (keys.fixes(self._partition, late=is_late), encode(FixBatch(tuple(some[start : start + MOST_IN_ENTRY]))))
            for is_late, some in ((False, live), (True, late))
            for start in range(0, len(some), MOST_IN_ENTRY)
        ]
        return entries + [(keys.QUARANTINE, encode(item.quarantined)) for item in items if item.quarantined]
