"""Records on Redis Streams: publish durably, consume in groups, acknowledge after the commit, trim behind the slowest.

Delivery is at least once; consumers are idempotent by the records' ids. An entry holds one field `r` with the record's
JSON. What can't be decoded goes to `keys.DEAD` with its reason and is acknowledged: it has a known fate and blocks
nobody.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import redis
import structlog

from lianqin import keys
from lianqin.clock import Clock, SystemClock
from lianqin.errors import BusUnavailable, RecordError
from lianqin.records import Record, decode, encode
from lianqin.spool import Spool

log = structlog.get_logger(__name__)
FIELD = b"r"
_AWAY = (redis.exceptions.ConnectionError, redis.exceptions.TimeoutError, redis.exceptions.BusyLoadingError, OSError)


def connect(url: str, *, timeout: float = 5.0) -> redis.Redis:
    """A client that never retries by itself: a hidden retry could store twice. Answers are bytes."""
    return redis.Redis.from_url(url, socket_timeout=timeout, socket_connect_timeout=timeout, retry=None)


@dataclass(frozen=True, slots=True)
class Entry:
    """One delivered record and where it stands."""

    stream: str
    id: str
    record: Record


@dataclass(frozen=True, slots=True)
class Fence:
    """A counter in Redis and the publisher's own token: once the counter is higher, another has taken its place."""

    key: str
    token: int


_FENCED: Any = """
if tonumber(redis.call('GET', KEYS[2]) or '0') > tonumber(ARGV[1]) then return 0 end
redis.call('XADD', KEYS[1], '*', ARGV[2], ARGV[3])
return 1
"""


class Publisher:
    """Publishes records; while Redis is away they go to the spool and follow later, in order.

    Thread-safe. `flush()` is to be called now and then (each second) so that spooled records follow.
    """

    def __init__(self, client: redis.Redis, spool: Spool | None = None) -> None:
        self._redis, self._spool = client, spool
        self._fenced = client.register_script(_FENCED)

    @property
    def spooled_bytes(self) -> int:
        return self._spool.size_bytes if self._spool else 0

    def publish(self, stream: str, *records: Record) -> None:
        """On return the records are durable: in Redis (append-only file synced) or in the spool.

        Raises BusUnavailable when neither takes them.
        """
        entries = [(stream, encode(record)) for record in records]
        if self._spool and not self._spool.empty and not self.flush():
            self._spool.append(entries)
            return
        try:
            self._send(entries)
        except _AWAY as error:
            if self._spool is None:
                raise BusUnavailable("bus.away", f"Redis is away: {error}") from error
            self._spool.append(entries)
            log.warning("bus_spooled", stream=stream, count=len(entries), error=str(error))

    def publish_fenced(self, stream: str, record: Record, fence: Fence) -> bool:
        """As `publish`; False, and nothing is published, when another has taken the publisher's place meanwhile.

        What was spooled while Redis was away follows unfenced: nobody could take a place then.
        """
        if self._spool and not self._spool.empty and not self.flush():
            self._spool.append([(stream, encode(record))])
            return True
        try:
            answer = self._fenced(keys=[stream, fence.key], args=[fence.token, FIELD, encode(record)])
        except _AWAY as error:
            if self._spool is None:
                raise BusUnavailable("bus.away", f"Redis is away: {error}") from error
            self._spool.append([(stream, encode(record))])
            log.warning("bus_spooled", stream=stream, count=1, error=str(error))
            return True
        return bool(answer)

    def flush(self) -> bool:
        """Send what is spooled. True when nothing is left."""
        if self._spool is None or self._spool.empty:
            return True
        try:
            count = self._spool.drain(self._send)
        except _AWAY:
            return False
        log.info("bus_spool_sent", count=count)
        return True

    def _send(self, entries: Sequence[tuple[str, bytes]]) -> None:
        pipe = self._redis.pipeline(transaction=False)
        for stream, body in entries:
            pipe.xadd(stream, {FIELD: body})
        pipe.execute()


class Consumer:
    """One member of a consumer group over one or more streams, earlier streams first.

    `poll()` gives first what this name left pending, then what dead members left for `reclaim_after` seconds, then new
    entries. Acknowledge with `ack` only after what the entries stand for is durable.
    """

    def __init__(
        self,
        client: redis.Redis,
        streams: Sequence[str],
        group: str,
        name: str,
        *,
        batch: int = 64,
        reclaim_after: float = 30.0,
        trim_every: float = 60.0,
        clock: Clock | None = None,
    ) -> None:
        self._redis, self._streams, self._group, self._name = client, tuple(streams), group, name
        self._batch, self._reclaim_ms, self._trim_every = batch, int(reclaim_after * 1000), trim_every
        self._clock = clock or SystemClock()
        self._own: dict[str, str | None] = dict.fromkeys(self._streams, "0")
        self._claimed_at = -1e9
        self._trimmed_at = self._clock.monotonic()  # not at once: another group may be about to join
        self._ready = False

    def poll(self, block: float = 1.0) -> list[Entry]:
        """Wait up to `block` seconds for entries. Raises BusUnavailable while Redis is away."""
        try:
            if not self._ready:
                self._make_groups()
            return self._pending() or self._reclaim() or self._new(block)
        except redis.exceptions.ResponseError as error:
            if "NOGROUP" not in str(error):
                raise
            self._ready = False  # Redis came back empty: start over
            return []
        except _AWAY as error:
            raise BusUnavailable("bus.away", f"Redis is away: {error}") from error

    def ack(self, entries: Sequence[Entry]) -> None:
        """The entries are done for this group. Trims now and then."""
        try:
            for stream in self._streams:
                ids = [entry.id for entry in entries if entry.stream == stream]
                if ids:
                    self._redis.xack(stream, self._group, *ids)
            now = self._clock.monotonic()
            if now - self._trimmed_at >= self._trim_every:
                self._trimmed_at = now
                for stream in self._streams:
                    trim(self._redis, stream)
        except _AWAY as error:
            raise BusUnavailable("bus.away", f"Redis is away: {error}") from error

    def _make_groups(self) -> None:
        for stream in self._streams:
            try:
                self._redis.xgroup_create(stream, self._group, id="0", mkstream=True)
            except redis.exceptions.ResponseError as error:
                if "BUSYGROUP" not in str(error):
                    raise
        self._own = dict.fromkeys(self._streams, "0")
        self._ready = True

    def _pending(self) -> list[Entry]:
        for stream, after in self._own.items():
            if after is None:
                continue
            answer = cast("Any", self._redis.xreadgroup(self._group, self._name, {stream: after}, count=self._batch))
            raw = answer[0][1] if answer else []
            if not raw:
                self._own[stream] = None
                continue
            self._own[stream] = raw[-1][0].decode()
            entries = self._decode(stream, raw)
            if entries:
                return entries
        return []

    def _reclaim(self) -> list[Entry]:
        now = self._clock.monotonic()
        if (now - self._claimed_at) * 1000 < min(self._reclaim_ms, 5000):
            return []
        for stream in self._streams:
            answer = cast(
                "Any",
                self._redis.xautoclaim(stream, self._group, self._name, self._reclaim_ms, "0-0", count=self._batch),
            )
            entries = self._decode(stream, answer[1])
            if entries:
                log.info("bus_reclaimed", stream=stream, group=self._group, count=len(entries))
                return entries  # look again at once
        self._claimed_at = now
        return []

    def _new(self, block: float) -> list[Entry]:
        for stream in self._streams[:-1]:  # earlier streams first, without waiting
            answer = cast("Any", self._redis.xreadgroup(self._group, self._name, {stream: ">"}, count=self._batch))
            if answer:
                return self._decode(stream, answer[0][1])
        every: Any = dict.fromkeys(self._streams, ">")
        wait = max(1, int(block * 1000))
        answer = cast("Any", self._redis.xreadgroup(self._group, self._name, every, count=self._batch, block=wait))
        entries: list[Entry] = []
        for stream, raw in answer or []:
            entries += self._decode(stream.decode(), raw)
        return entries

    def _decode(self, stream: str, raw: Sequence[tuple[bytes, dict[bytes, bytes] | None]]) -> list[Entry]:
        entries = []
        for entry_id, fields in raw:
            if fields is None:
                self._redis.xack(stream, self._group, entry_id)  # trimmed away while pending: nothing left to do
                continue
            try:
                entries.append(Entry(stream, entry_id.decode(), decode(fields.get(FIELD, b""))))
            except RecordError as error:
                log.error("bus_dead_letter", stream=stream, entry=entry_id.decode(), error=str(error))  # noqa: TRY400
                body: Any = {"stream": stream, "id": entry_id, "why": str(error), "raw": fields.get(FIELD, b"")}
                self._redis.xadd(keys.DEAD, body)
                self._redis.xack(stream, self._group, entry_id)
        return entries


def trim(client: redis.Redis, stream: str) -> int:
    """Forget entries that every group has acknowledged; never beyond the slowest one. Returns how many went."""
    groups = cast("Any", client.xinfo_groups(stream))
    if not groups:
        return 0
    keep = []
    for group in groups:
        pending = cast("Any", client.xpending(stream, group["name"]))
        last = group["last-delivered-id"].decode()
        keep.append(pending["min"].decode() if pending["pending"] else _after(last))
    oldest = min(keep, key=lambda entry: tuple(map(int, entry.split("-"))))
    return client.xtrim(stream, minid=oldest, approximate=False)


def _after(entry_id: str) -> str:
    ms, number = entry_id.split("-")
    return f"{ms}-{int(number) + 1}"
