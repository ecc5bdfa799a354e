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
from lianqin.clock import Clock, SystemClock
from lianqin.errors import BusUnavailable, Unconfirmed
from lianqin.left_spools import LeftSpools
from lianqin.records import Alive, Fix, Quarantined, SosCall, encode
from lianqin.spool import Spool
from lianqin.storing import AWAY, WAIT_MS, Replicas, may_be_refused
from patrol.intake.refusals import failure_of
from patrol.intake.refused import Refusing

log = structlog.get_logger(__name__)
LATE_S: Final = 120.0
"""Fixes older than this on arrival go to the late stream: a storm of them never delays the others."""
MOST_IN_ENTRY: Final = 500
MOST_ASIDE: Final = 4000
"""Messages in the stream of the quarantine, each of 5 KB at most; the oldest go where nobody takes them off."""
AGAIN_S: Final = 0.5
"""Between two tries to reach a Redis that was away."""


class WriteItem(msgspec.Struct, frozen=True, gc=False):
    """What is to be made durable for one request, as JSON already: a fix that lives on as 400 bytes and not as 16
    objects leaves the processor's cache to the others. `fix` a Fix, `aside` a Quarantined, `sos` a SosCall, `alive` an Alive. `more`: what
    else the same request brought; it is answered once all of it is durable."""

    now: float
    guard_id: str | None = None
    fix: bytes | None = None
    late: bool = False
    aside: bytes | None = None
    sos: bytes | None = None
    more: tuple[WriteItem, ...] = ()
    alive: bytes | None = None

    @property
    def empty(self) -> bool:
        """Nothing is to be stored: a stranger's, counted only."""
        return not (self.guard_id or self.fix or self.aside or self.sos or self.more or self.alive)


_alive = msgspec.json.Encoder().encode


def heartbeat_of(now: float, guard_id: str, device_id: str) -> WriteItem:
    """A device spoke without a place."""
    return WriteItem(now, guard_id, alive=_alive(Alive(device_id, guard_id, now)))


def item_of(now: float, fix: Fix | None, guard_id: str | None, quarantined: Quarantined | None = None,
            sos: SosCall | None = None) -> WriteItem:  # fmt: skip
    return WriteItem(now, guard_id, encode(fix) if fix else None, fix is not None and now - fix.at > LATE_S,
                encode(quarantined) if quarantined else None, encode(sos) if sos else None)  # fmt: skip


def join_items(items: Sequence[WriteItem]) -> WriteItem:
    """One item that is durable when all of them are. At least one, and none with `more` of its own."""
    first, *rest = items
    return msgspec.structs.replace(first, more=tuple(rest)) if rest else first


Heard = Callable[[BusUnavailable | None], None]
"""Called once, on the loop: None when it is durable, else why nothing was stored. Must not raise."""


class GroupWriter:
    """`put(item, heard)`, or `await store(item)`. One flight at a time; what arrives meanwhile is the next group.

    `client` must be bus.connect's: a hidden retry could store twice. While Redis is away (or answers with errors) groups go to
    the spool; what it refuses for the record's own sake is set apart (`patrol.intake.refused`). `replicas`: so many of Redis' are to have a group before anyone hears 200; while they don't say so nobody does.
    """

    def __init__(self, client: redis.Redis, spool: Spool | None, *, partition: int = 0, replicas: int = 0,
                 clock: Clock | None = None) -> None:  # fmt: skip
        self._redis, self._spool, self._partition = client, spool, partition
        self._replicas = Replicas(replicas)
        self._clock, self._away_at = clock or SystemClock(), -1e9
        self._waiting: list[tuple[WriteItem, Heard]] = []
        self._flight: asyncio.Task[None] | None = None
        self.groups = self.stored = self.spooled = 0

    def put(self, item: WriteItem, heard: Heard) -> None:
        """A call back costs a twentieth of a task: a full intake has no time for tasks."""
        self._waiting.append((item, heard))
        if self._flight is None:
            self._flight = asyncio.get_running_loop().create_task(self._fly())

    async def store(self, item: WriteItem) -> None:
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

    async def _land(self, group: Sequence[tuple[WriteItem, Heard]]) -> None:
        failed: BusUnavailable | None = BusUnavailable("bus.away", "the write broke off")
        try:
            await asyncio.to_thread(self._write, [item for item, _ in group])
            failed = None
        except BusUnavailable as error:
            failed = error
        finally:
            if failed is not None:
                log.warning("intake_refused", count=len(group), error=str(failed))
            for _, heard in group:
                _tell(heard, failed)

    def _write(self, requests: Sequence[WriteItem]) -> None:
        items = [item for request in requests for item in (request, *request.more)]
        entries = self._entries(items)
        self.groups += 1
        if self._replicas.unconfirmed and self._is_away():
            raise Unconfirmed("bus.unconfirmed", "too few replicas answered a moment ago")
        if self._spool is not None and not self._spool.empty and (self._is_away() or not self.flush()):
            self._keep(entries, len(requests))
            return
        signs = {item.guard_id: item.now for item in items if item.guard_id}
        try:
            self._send_group(entries, signs)
        except Unconfirmed:
            self._away_at = self._clock.monotonic()
            raise
        except AWAY as error:
            if self._spool is None:
                raise BusUnavailable("bus.away", f"Redis is away: {error}") from error
            if not self._is_away():
                log.warning("intake_spools", error=str(error))
            self._away_at = self._clock.monotonic()
            self._keep(entries, len(requests))
            return
        self.stored += len(requests)

    def _is_away(self) -> bool:
        """Tried a moment ago: phones do not wait for each group's own try."""
        return self._clock.monotonic() - self._away_at < AGAIN_S

    def _keep(self, entries: Sequence[tuple[str, bytes]], count: int) -> None:
        if self._spool is None:
            raise BusUnavailable("bus.away", "Redis is away")
        if self._replicas.unconfirmed:  # it may be stored behind what waits, and is answered once it is for sure
            raise Unconfirmed("bus.unconfirmed", "too few replicas have what was spooled")
        if entries:
            self._spool.append(entries)
        self.spooled += count

    def flush(self) -> bool:
        """Send what is spooled; True when nothing is left."""
        if self._spool is None or self._spool.empty:
            return True
        try:
            count = self._spool.drain(self._send_group)
        except AWAY:
            self._away_at = self._clock.monotonic()
            return False
        if count:
            log.info("intake_spool_sent", count=count)
        return True

    def send_left(self, left: LeftSpools) -> None:
        """What processes left that are gone, once our own is sent; what Redis does not take now follows later."""
        try:
            if self.flush():
                left.send(self._send_group)
        except AWAY as error:
            log.warning("left_spools_wait", error=str(error))

    def _send_group(self, entries: Sequence[tuple[str, bytes]], signs: Mapping[str, float] | None = None) -> None:
        """One that Redis refuses for its own sake is told from a Redis that is away: it is set apart, and holds nobody up."""
        try:
            self._send(entries, signs)
        except redis.exceptions.RedisError as error:
            if self._spool is None or not may_be_refused(error, entries):
                raise
            Refusing(self._redis, self._spool, self._clock, self._send).send_each(entries)
            self._send((), signs)

    def _send(self, entries: Sequence[tuple[str, bytes]], signs: Mapping[str, float] | None = None) -> None:
        """In one round trip, replicas' word included. Packed here: the client's own packing costs more than all else for 800 signs of life."""
        count = len(entries) + bool(signs)
        commands = [_packed([*_adding(stream), b"*", keys.FIELD, body]) for stream, body in entries]
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
        if self._replicas.wanted:
            self._replicas.look(self._redis)
            commands.append(_packed([b"WAIT", b"%d" % self._replicas.wanted, b"%d" % WAIT_MS]))
            count += 1
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
        if self._replicas.wanted:
            self._replicas.heard(answers[-1])

    def _entries(self, items: Sequence[WriteItem]) -> list[tuple[str, bytes]]:
        """Calls for help go with the live fixes, whatever the device's clock says."""
        live = [item.fix for item in items if item.fix and not item.late]
        late = [item.fix for item in items if item.fix and item.late]
        calls = [item.sos for item in items if item.sos]
        batches = [
            (is_late, some[start : start + MOST_IN_ENTRY])
            for is_late, some in ((False, live), (True, late))
            for start in range(0, len(some), MOST_IN_ENTRY)
        ]
        if calls and not live:
            batches.insert(0, (False, []))
        entries = [
            (keys.fixes(self._partition, late=is_late), _batch(some, () if n else calls))
            for n, (is_late, some) in enumerate(batches)
        ]
        alive = [item.alive for item in items if item.alive]
        entries += [
            (keys.fixes(self._partition, late=False), _batch((), (), alive[start : start + MOST_IN_ENTRY]))
            for start in range(0, len(alive), MOST_IN_ENTRY)
        ]
        return entries + [(keys.QUARANTINE, item.aside) for item in items if item.aside]


def _tell(heard: Heard, failed: BusUnavailable | None) -> None:
    """Whatever one who waits trips over, the others of the group hear too."""
    try:
        heard(failed)
    except Exception as error:  # noqa: BLE001 - see above
        log.error("intake_answer_failed", where=failure_of(error))  # noqa: TRY400 - its text may quote the client


def _adding(stream: str) -> list[bytes]:
    bound = [b"MAXLEN", b"~", b"%d" % MOST_ASIDE] if stream == keys.QUARANTINE else []
    return [b"XADD", stream.encode(), *bound]


def _batch(fixes: Sequence[bytes], calls: Sequence[bytes] = (), alive: Sequence[bytes] = ()) -> bytes:
    """What `encode(FixBatch(...))` says (a test holds them equal): what is empty is left out."""
    parts = ((b"sos", calls), (b"alive", alive))
    more = b"".join(b',"%b":[%b]' % (name, b",".join(some)) for name, some in parts if some)
    return b'{"type":"fixes","fixes":[%b]%b}' % (b",".join(fixes), more)


def _packed(parts: Sequence[bytes], *, more: int = 0) -> bytes:
    """One command as Redis reads it; `more` parts follow elsewhere."""
    return b"*%d\r\n" % (len(parts) + more) + b"".join([b"$%d\r\n%b\r\n" % (len(part), part) for part in parts])


@functools.lru_cache(maxsize=100_000)
def _named(guard_id: str) -> bytes:
    name = guard_id.encode()
    return b"$%d\r\n%b\r\n" % (len(name), name)
