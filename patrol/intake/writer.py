"""Group commit: all fixes that wait go to Redis as one entry a stream, in one round trip, before anyone hears 200."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import msgspec
import redis
import structlog

from lianqin import keys
from lianqin.bus import FIELD
from lianqin.clock import Clock, SystemClock
from lianqin.errors import BusUnavailable
from lianqin.records import Fix, Quarantined, encode
from lianqin.spool import Spool

log = structlog.get_logger(__name__)
LATE_S: Final = 120.0
"""Fixes older than this on arrival go to the late stream: a storm of them never delays the others."""
MOST_IN_ENTRY: Final = 500
AGAIN_S: Final = 0.5
"""Between two tries to reach a Redis that was away."""
_AWAY = (redis.exceptions.ConnectionError, redis.exceptions.TimeoutError, redis.exceptions.BusyLoadingError, OSError)


class Item(msgspec.Struct, frozen=True, gc=False):
    """What is to be made durable for one request, as JSON already: a fix that lives on as 400 bytes and not as 16
    objects leaves the processor's cache to the others. `fix` a Fix, `aside` a Quarantined."""

    now: float
    guard_id: str | None = None
    fix: bytes | None = None
    late: bool = False
    aside: bytes | None = None


def item_of(now: float, fix: Fix | None, guard_id: str | None, quarantined: Quarantined | None = None) -> Item:
    return Item(now, guard_id, encode(fix) if fix else None, fix is not None and now - fix.at > LATE_S,
                encode(quarantined) if quarantined else None)  # fmt: skip


Heard = Callable[[BusUnavailable | None], None]
"""Called once, on the loop: None when it is durable, else why nothing was stored. Must not raise."""


class GroupWriter:
    """`put(item, heard)`, or `await store(item)`. One flight at a time; what arrives meanwhile is the next group.

    `client` must be bus.connect's: a hidden retry could store twice. While Redis is away groups go to the spool.
    """

    def __init__(self, client: redis.Redis, spool: Spool | None, *, partition: int = 0,
                 clock: Clock | None = None) -> None:  # fmt: skip
        self._redis, self._spool, self._partition = client, spool, partition
        self._clock, self._away_at = clock or SystemClock(), -1e9
        self._waiting: list[tuple[Item, Heard]] = []
        self._flight: asyncio.Task[None] | None = None
        self.groups = self.stored = self.spooled = 0

    def put(self, item: Item, heard: Heard) -> None:
        """A call back costs a twentieth of a task: a full intake has no time for tasks."""
        self._waiting.append((item, heard))
        if self._flight is None:
            self._flight = asyncio.get_running_loop().create_task(self._fly())

    async def store(self, item: Item) -> None:
        """Raises BusUnavailable: nothing was stored."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def heard(failed: BusUnavailable | None) -> None:
            if done.done():
                return
            if failed is None:
                done.set_result(None)
            else:
                done.set_exception(failed)

        self.put(item, heard)
        await done

    async def drained(self) -> None:
        """Returns when nobody waits any more."""
        while self._flight is not None:
            await asyncio.wait([self._flight])

    async def _fly(self) -> None:
        await asyncio.sleep(0)  # let the requests that are ready now join the first group
        try:
            while self._waiting:
                group, self._waiting = self._waiting, []
                await self._land(group)
        finally:
            # Whatever broke off, phones that joined meanwhile are not left waiting.
            self._flight = asyncio.create_task(self._fly()) if self._waiting else None

    async def _land(self, group: Sequence[tuple[Item, Heard]]) -> None:
        failed: BusUnavailable | None = BusUnavailable("bus.away", "the write broke off")
        try:
            await asyncio.to_thread(self._write, [item for item, _ in group])
            failed = None
        except BusUnavailable as error:
            failed = error
        except redis.exceptions.RedisError as error:  # full memory, wrong type: nothing was stored
            failed = BusUnavailable("bus.away", f"Redis refuses: {error}")
        finally:
            if failed is not None:
                log.warning("intake_refused", count=len(group), error=str(failed))
            for _, heard in group:
                heard(failed)

    def _write(self, items: Sequence[Item]) -> None:
        entries = self._entries(items)
        self.groups += 1
        if self._spool is not None and not self._spool.empty and (self._is_away() or not self.flush()):
            self._keep(entries, len(items))
            return
        signs = {item.guard_id: item.now for item in items if item.guard_id}
        try:
            self._send(entries, signs)
        except _AWAY as error:
            if self._spool is None:
                raise BusUnavailable("bus.away", f"Redis is away: {error}") from error
            self._away_at = self._clock.monotonic()
            self._keep(entries, len(items))
            return
        self.stored += len(items)

    def _is_away(self) -> bool:
        """Tried a moment ago: phones do not wait for each group's own try."""
        return self._clock.monotonic() - self._away_at < AGAIN_S

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
            self._away_at = self._clock.monotonic()
            return False
        if count:
            log.info("intake_spool_sent", count=count)
        return True

    def _send(self, entries: Sequence[tuple[str, bytes]], signs: Mapping[str, float] | None = None) -> None:
        """In one round trip. Packed here: the client's own packing costs more than all else for 800 signs of life."""
        count = len(entries) + bool(signs)
        commands = [_packed([b"XADD", stream.encode(), b"*", FIELD, body]) for stream, body in entries]
        if signs:
            commands.append(_packed([b"HSET", keys.signs_of_life().encode()], more=len(signs) * 2))
            parts: list[bytes] = []
            said, moment = 0.0, b""
            for guard_id, now in signs.items():
                if now != said:
                    said, moment = now, b"$17\r\n%017.6f\r\n" % now
                parts += _named(guard_id), moment
            commands.append(b"".join(parts))
        if not commands:
            return
        connection = self._redis.connection_pool.get_connection()
        try:
            connection.send_packed_command(commands)  # type: ignore[no-untyped-call]
            answers = [connection.read_response(disable_decoding=True) for _ in range(count)]
        except BaseException:
            connection.disconnect()  # type: ignore[no-untyped-call] # whatever was left unread is not to be the next one's answer
            raise
        finally:
            self._redis.connection_pool.release(connection)
        for answer in answers:
            if isinstance(answer, redis.exceptions.RedisError):
                raise answer

    def _entries(self, items: Sequence[Item]) -> list[tuple[str, bytes]]:
        live = [item.fix for item in items if item.fix and not item.late]
        late = [item.fix for item in items if item.fix and item.late]
        entries = [
            (keys.fixes(self._partition, late=is_late), _batch(some[start : start + MOST_IN_ENTRY]))
            for is_late, some in ((False, live), (True, late))
            for start in range(0, len(some), MOST_IN_ENTRY)
        ]
        return entries + [(keys.QUARANTINE, item.aside) for item in items if item.aside]


def _batch(fixes: Sequence[bytes]) -> bytes:
    """What `encode(FixBatch(...))` says (a test holds them equal)."""
    return b'{"type":"fixes","fixes":[%b]}' % b",".join(fixes)


def _packed(parts: Sequence[bytes], *, more: int = 0) -> bytes:
    """One command as Redis reads it; `more` parts follow elsewhere."""
    return b"*%d\r\n" % (len(parts) + more) + b"".join([b"$%d\r\n%b\r\n" % (len(part), part) for part in parts])


@functools.lru_cache(maxsize=100_000)
def _named(guard_id: str) -> bytes:
    name = guard_id.encode()
    return b"$%d\r\n%b\r\n" % (len(name), name)
