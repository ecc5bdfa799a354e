"""Records on Redis Streams: publish durably (`lianqin.publisher`), consume in groups, acknowledge after the commit, trim behind
the slowest.

Delivery is at least once; consumers are idempotent by the records' ids. An entry holds one field `r` with the record's
JSON. What can't be decoded, or taken (`lianqin.taking`), goes to the dead letters with its reason and is acknowledged: it has a
known fate and blocks nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, cast

import redis
import structlog

from lianqin import keys
from lianqin.batches import split_readable
from lianqin.clock import Clock, SystemClock
from lianqin.dead import DeadLetters
from lianqin.errors import BusUnavailable, RecordError, SettingsError
from lianqin.publisher import FencingToken, Publisher
from lianqin.records import Record, decode
from lianqin.sentinel import SCHEME, open_by_sentinel
from lianqin.storing import AWAY

__all__ = ["Consumer", "Entry", "FencingToken", "Publisher", "connect", "trim"]
log = structlog.get_logger(__name__)


def connect(url: str, *, timeout: float = 5.0) -> redis.Redis:
    """A client that never retries by itself: a hidden retry could store twice. Answers are bytes. `sentinel://...` finds the primary
    by its Sentinels (`lianqin.sentinel`), again after each failover. Raises SettingsError."""
    try:
        if url.startswith(SCHEME):
            return open_by_sentinel(url, timeout)
        return redis.Redis.from_url(url, socket_timeout=timeout, socket_connect_timeout=timeout, retry=None)
    except ValueError:
        detail = (
            "setting `redis_url` is no address of a Redis: write redis://host:6379/0, rediss://..., unix:///path, or "
            "sentinel://host:26379,host:26379,host:26379/service"
        )
        raise SettingsError("settings.invalid", detail, key="redis_url") from None  # its text may show the password


@dataclass(frozen=True, slots=True)
class Entry:
    """One delivered record and where it stands."""

    stream: str
    id: str
    record: Record


class Consumer:
    """One member of a consumer group over one or more streams, earlier streams first.

    `poll()` gives first what this name left pending, then what dead members left for `reclaim_after` seconds, then new
    entries. `unreadable` sees the body of what can't be decoded before it goes to the dead letters; an error of it leaves the
    entry pending. Acknowledge with `ack` only after what the entries stand for is durable.
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
        unreadable: Callable[[bytes], None] | None = None,
    ) -> None:
        self._unreadable = unreadable
        self._redis, self._streams, self._group, self._name = client, tuple(streams), group, name
        self._batch, self._reclaim_ms, self._trim_every = batch, int(reclaim_after * 1000), trim_every
        self._clock = clock or SystemClock()
        self._dead = DeadLetters(client)
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
                raise BusUnavailable("bus.away", f"Redis refuses: {error}") from error
            self._ready = False  # Redis came back empty: start over
            return []
        except AWAY as error:
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
        except AWAY as error:
            raise BusUnavailable("bus.away", f"Redis is away: {error}") from error

    def bury(self, stream: str, entry_id: str, raw: bytes, *, reason: str, why: str, rest: bytes = b"") -> None:
        """The entry can't be taken: it goes to the dead letters and is acknowledged, both together. `rest`: see `DeadLetters.bury`."""
        try:
            kept = self._dead.bury(stream, self._group, entry_id, raw, reason=reason, why=why, rest=rest)
        except AWAY as error:
            raise BusUnavailable("bus.away", f"Redis is away: {error}") from error
        if kept:
            log.error("bus_dead_letter", stream=stream, entry=entry_id, reason=reason, error=why)

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
                entries.append(Entry(stream, entry_id.decode(), decode(fields.get(keys.FIELD, b""))))
            except RecordError as error:
                self._set_aside(stream, entry_id.decode(), fields.get(keys.FIELD, b""), error)
        return entries

    def _set_aside(self, stream: str, entry_id: str, raw: bytes, error: RecordError) -> None:
        """What of a batch can be read goes on as an entry of its own."""
        if self._unreadable is not None:
            self._unreadable(raw)
        rest, bad = split_readable(raw) or (b"", raw)
        self.bury(stream, entry_id, bad, reason="unreadable", why=str(error), rest=rest)


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
