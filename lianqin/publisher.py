"""Records published durably: in Redis, or in the local spool while Redis does not store (`lianqin.storing`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import redis
import structlog

from lianqin import keys
from lianqin.clock import Clock, SystemClock
from lianqin.errors import BusUnavailable, RecordError
from lianqin.records import Record, encode
from lianqin.spool import Spool
from lianqin.storing import AWAY, Replicas, answers_of, broke_off, let_go, may_be_refused

log = structlog.get_logger(__name__)
AGAIN_S: Final = 0.5
"""Between two tries to reach a Redis that was away: a server that hangs is not waited for by each record anew."""
Entries = Sequence[tuple[str, bytes]]


@dataclass(frozen=True, slots=True)
class FencingToken:
    """A counter in Redis and the publisher's own token: once the counter is higher, another has taken its place."""

    key: str
    token: int


_FENCED: Final = """
if tonumber(redis.call('GET', KEYS[2]) or '0') > tonumber(ARGV[1]) then return 0 end
redis.call('XADD', KEYS[1], '*', ARGV[2], ARGV[3])
return 1
"""


class Publisher:
    """Publishes records; while Redis is away they go to the spool and follow later, in order.

    Thread-safe. `flush()` is to be called now and then (each second) so that spooled records follow. `replicas`: so many of
    Redis' are to have a record before it counts as published, or is forgotten by the spool.
    """

    def __init__(self, client: redis.Redis, spool: Spool | None = None, *, replicas: int = 0,
                 clock: Clock | None = None) -> None:  # fmt: skip
        self._redis, self._spool = client, spool
        self._replicas, self._clock = Replicas(replicas), clock or SystemClock()
        self._failed_at = -1e9
        self._ends = False

    @property
    def spooled_bytes(self) -> int:
        return self._spool.size_bytes if self._spool else 0

    def publish(self, stream: str, *records: Record) -> None:
        """On return the records are durable: in Redis (append-only file synced, and with its replicas) or in the spool.

        Raises BusUnavailable when neither takes them, RecordError for one that Redis never takes where no spool sets it apart.
        """
        entries = [(stream, encode(record)) for record in records]
        if self._is_behind():
            self._keep(entries, None)
            return
        try:
            self._send(entries)
        except AWAY as error:
            self._keep_or_refuse(entries, error)

    def publish_fenced(self, stream: str, record: Record, fence: FencingToken) -> bool:
        """As `publish`; False, and nothing is published, when another has taken the publisher's place meanwhile.

        What was spooled while Redis was away follows unfenced: nobody could take a place then.
        """
        entry = (stream, encode(record))
        if self._is_behind():
            self._keep([entry], None)
            return True
        try:
            return self._send_fenced(entry, fence)
        except AWAY as error:
            self._keep_or_refuse([entry], error)
            return True

    def publish_unkept(self, stream: str, record: Record) -> bool:
        """As `publish`, but never spooled: False, and the record is gone, while Redis is away or what was spooled is to go first."""
        if self._is_behind():
            return False
        try:
            self._send([(stream, encode(record))])
        except AWAY as error:
            self._failed(error)
            return False
        return True

    def end(self) -> None:
        """The process ends: what Redis does not take goes to the spool though that be full, and is not waited for twice."""
        self._ends = True

    def flush(self) -> bool:
        """Send what is spooled. True when nothing is left."""
        if self._spool is None or self._spool.empty:
            return True
        try:
            count = self._spool.drain(self.send_spooled)
        except AWAY as error:
            self._failed(error)
            return False
        log.info("bus_spool_sent", count=count)
        return True

    def _is_behind(self) -> bool:
        """The spool is to go first, and can't now."""
        if self._spool is None or self._spool.empty:
            return False
        return self._clock.monotonic() - self._failed_at < AGAIN_S or not self.flush()

    def _failed(self, error: BaseException) -> None:
        self._failed_at = self._clock.monotonic()
        if isinstance(error, redis.exceptions.ResponseError):
            let_go(self._redis)

    def _keep_or_refuse(self, entries: Entries, error: BaseException) -> None:
        if not may_be_refused(error, entries):
            self._failed(error)
            self._keep(entries, error)
            return
        for sent, entry in enumerate(entries):  # one of them, perhaps
            try:
                self._send_or_refuse(entry)
            except AWAY as own:
                self._failed(own)
                self._keep(entries[sent:], own)
                return

    def _send_or_refuse(self, entry: tuple[str, bytes]) -> None:
        """Again: what Redis refuses twice, and is there, it never takes. Raises what is in `storing.AWAY` while it is away."""
        try:
            self._send([entry])
        except redis.exceptions.RedisError as error:
            if not may_be_refused(error, [entry]):
                raise
            if broke_off(error):
                self._redis.ping()
            self._refuse(entry, error)

    def _refuse(self, entry: tuple[str, bytes], error: BaseException) -> None:
        if self._spool is None:
            raise RecordError("record.refused", f"Redis never takes it: {error}", why=str(error)) from error
        self._spool.refuse(*entry, f"Redis never takes it: {error}")

    def _keep(self, entries: Entries, error: BaseException | None) -> None:
        if self._spool is None:
            if isinstance(error, BusUnavailable):
                raise error
            raise BusUnavailable("bus.away", f"Redis is away: {error}") from error
        self._spool.append(entries, beyond_limit=self._ends)
        if error is not None:
            log.warning("bus_spooled", stream=entries[0][0], count=len(entries), error=str(error))

    def send_spooled(self, entries: Entries) -> None:
        """Of this process' spool or of one that was left: one that Redis never takes is not to hold the others up. Raises what is
        in `storing.AWAY`."""
        try:
            self._send(entries)
        except redis.exceptions.RedisError as error:
            if not may_be_refused(error, entries):
                raise
            for entry in entries:
                self._send_or_refuse(entry)

    def _send(self, entries: Entries) -> None:
        self._replicas.look(self._redis)
        pipe = self._redis.pipeline(transaction=False)
        for stream, body in entries:
            pipe.xadd(stream, {keys.FIELD: body})
        self._ask(pipe)

    def _send_fenced(self, entry: tuple[str, bytes], fence: FencingToken) -> bool:
        self._replicas.look(self._redis)
        pipe = self._redis.pipeline(transaction=False)
        stream, body = entry
        args: Any = (stream, fence.key, fence.token, keys.FIELD, body)
        pipe.eval(_FENCED, 2, *args)
        answers = self._ask(pipe)
        return bool(answers[0])

    def _ask(self, pipe: Any) -> list[Any]:
        self._replicas.ask(pipe)
        answers = answers_of(pipe)
        if self._replicas.wanted:
            self._replicas.heard(answers[-1])
        return answers
