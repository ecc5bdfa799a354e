"""The patrol worker: one leased worker a partition, live fixes first, then late ones, then what was quarantined."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Sequence
from typing import Final

import redis
import structlog
from sqlalchemy import delete, select

from lianqin import keys
from lianqin.bus import Consumer, Entry
from lianqin.clock import Clock, county_day
from lianqin.db import Store
from lianqin.errors import BusUnavailable
from lianqin.records import Fix, FixBatch, Quarantined
from lianqin.settings import Settings
from patrol import calls, presence
from patrol.pipeline import Batch, Room, process
from patrol.scorer import Scorer
from patrol.tables import PointCall, QuarantineRow, Shift
from patrol.trails import TrailStore

log = structlog.get_logger(__name__)
LEASE_MS: Final = 10_000
COMPACT_FROM: Final = 200
"""A day's folder of so many files is made one."""
_RENEW: Final = (
    "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('pexpire', KEYS[1], ARGV[2]) end return 0"
)
_GIVE_BACK: Final = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end return 0"


class Worker:
    """`run_once` serves until `stop`, an error, or the lease is lost; whoever calls it retries (lianqin.supervise)."""

    def __init__(
        self, settings: Settings, store: Store, client: redis.Redis, clock: Clock, stop: threading.Event, *,
        partition: int = 0,
    ) -> None:  # fmt: skip
        self.room = Room(settings, store, client, TrailStore(settings.trails), clock)
        self._partition, self._stop = partition, stop
        self._me = f"patrol-{partition}-{secrets.token_hex(4)}"
        self._live, self._late = keys.fixes(partition, late=False), keys.fixes(partition, late=True)
        self._scorer = Scorer(self.room)
        self._ticked_at = self._tidied_at = -1e9
        self._files = 0

    def run_once(self) -> None:
        """Raises UnavailableError while Redis or the database is away. Everything in memory is a cache."""
        self.room.held.clear()
        try:
            if not self._lease(fresh=True):
                self.room.clock.sleep(1.0, self._stop)
                return
            # The member's name is the partition's: a successor finds what its predecessor left pending at once.
            consumer = Consumer(
                self.room.redis, [self._live, self._late, keys.QUARANTINE], keys.PATROL_GROUP,
                f"partition-{self._partition}", batch=256, clock=self.room.clock,
            )  # fmt: skip
            while not self._stop.is_set() and self._lease(fresh=False):
                self.turn(consumer)
            self.room.redis.eval(_GIVE_BACK, 1, keys.partition_lease(self._partition), self._me)
        except redis.exceptions.RedisError as error:
            raise BusUnavailable("bus.away", f"Redis is away: {error}") from error

    def turn(self, consumer: Consumer, block: float = 0.5) -> int:
        """One poll, worked through and acknowledged, and what is due each second. Returns how many entries."""
        entries = consumer.poll(block)
        if entries:
            self._work(entries)
            consumer.ack(entries)
        now = self.room.clock.monotonic()
        if now - self._ticked_at >= 1.0:
            self._ticked_at = now
            self.tick()
        return len(entries)

    def _lease(self, *, fresh: bool) -> bool:
        key = keys.partition_lease(self._partition)
        if fresh and self.room.redis.set(key, self._me, nx=True, px=LEASE_MS):
            log.info("partition_leased", partition=self._partition, worker=self._me)
            return True
        held = bool(self.room.redis.eval(_RENEW, 1, key, self._me, str(LEASE_MS)))
        if not held and not fresh:
            log.warning("partition_lost", partition=self._partition, worker=self._me)
        return held

    def _work(self, entries: Sequence[Entry]) -> None:
        for stream in (self._live, self._late):
            mine = [entry for entry in entries if entry.stream == stream]
            fixes: list[Fix] = []
            for entry in mine:
                if isinstance(entry.record, FixBatch):
                    fixes.extend(entry.record.fixes)
                elif isinstance(entry.record, Fix):
                    fixes.append(entry.record)
            if mine:
                process(self.room, Batch(f"{stream}-{mine[0].id}-{mine[-1].id}", fixes))
                self._files += 1
        aside = [entry.record for entry in entries if isinstance(entry.record, Quarantined)]
        if aside:
            self._put_aside(aside)

    def _put_aside(self, found: Sequence[Quarantined]) -> None:
        with self.room.store.write() as session:
            known = set(session.scalars(select(QuarantineRow.id).where(QuarantineRow.id.in_([q.id for q in found]))))
            for one in {one.id: one for one in found if one.id not in known}.values():
                session.add(QuarantineRow(id=one.id, received_at=one.received_at, client=one.client, why=one.why,
                                          raw=one.raw))  # fmt: skip

    def tick(self) -> None:
        """Verdicts and scores whose time has come; guards off shift leave the map; old things go."""
        room, at = self.room, self.room.clock.now()
        with room.store.read() as session:
            running = session.scalar(select(PointCall.id).where(PointCall.verdict.is_(None)).limit(1))
            on_shift = set(session.scalars(select(Shift.id).where(Shift.closed_at.is_(None))))
        if running is not None:
            with room.store.write() as session:
                calls.settle_due(session, at, room.call_limits, room.trails.read)
        self._scorer.run(at)
        room.held = {one: held for one, held in room.held.items() if one in on_shift}
        gone = [one.guard_id for one in presence.places(room.redis).values() if one.shift_id not in on_shift]
        presence.forget_places(room.redis, gone)
        if self._files >= COMPACT_FROM or room.clock.monotonic() - self._tidied_at >= 600:
            self._tidied_at, self._files = room.clock.monotonic(), 0
            self._tidy(at)

    def _tidy(self, at: float) -> None:
        with self.room.store.write() as session:
            session.execute(
                delete(QuarantineRow).where(QuarantineRow.received_at < at - self.room.settings.quarantine_hours * 3600)
            )
        today = county_day(at)
        for day in self.room.trails.days():
            if self.room.trails.count(day) >= (COMPACT_FROM if day >= today else 2):
                self.room.trails.compact(day)


def drain(worker: Worker, consumer: Consumer) -> None:
    """Work until nothing waits (tests and tools)."""
    while worker.turn(consumer, block=0.01):
        pass
