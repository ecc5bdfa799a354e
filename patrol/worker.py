"""The patrol worker: one leased worker a partition. Live fixes first; late ones in small bites, so that a storm of them
never delays the others; then what was quarantined."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Final

import redis
from sqlalchemy import delete, select

from lianqin import keys
from lianqin.bus import Consumer, Entry
from lianqin.clock import Clock, county_day
from lianqin.db import Store
from lianqin.errors import BusUnavailable
from lianqin.records import Fix, FixBatch, Quarantined
from lianqin.settings import Settings
from patrol import calls, presence, retention, roster
from patrol.backlog import Backlog
from patrol.lease import Lease
from patrol.pipeline import JUDGE, KEEP, Batch, Room, behind, process
from patrol.scorer import Scorer
from patrol.tables import QuarantineRow, Shift
from patrol.trails import TrailStore

COMPACT_FROM: Final = 200
ROSTER_EVERY_S: Final = 5.0
"""A day's folder of so many files is made one, those beyond `COMPACT_BELOW` left alone while the day runs."""
COMPACT_BELOW: Final = 4_000_000
LATE_ENTRIES: Final = 64
JUDGED_AT_ONCE: Final = 20
"""Shifts folded again from one look at the trails."""
BITE_S: Final = 0.25
"""Time for late fixes between two looks at the live ones."""


class Worker:
    """`run_once` serves until `stop`, an error, or the lease is lost; whoever calls it retries (lianqin.supervise)."""

    def __init__(
        self, settings: Settings, store: Store, client: redis.Redis, clock: Clock, stop: threading.Event, *,
        partition: int = 0,
    ) -> None:  # fmt: skip
        self.room = Room(settings, store, client, TrailStore(settings.trails), clock)
        self._partition, self._stop = partition, stop
        self._lease = Lease(client, partition, clock)
        self._scorer = Scorer(self.room)
        self._ticked_at = self._tidied_at = self._rostered_at = -1e9
        self._purged_on = ""
        self._files = 0
        self.join()

    def join(self) -> None:
        """Begin anew: everything in memory is a cache, and what was not acknowledged comes again. The member's name is
        the partition's: a successor finds what its predecessor left pending at once."""
        name, clock, client = f"partition-{self._partition}", self.room.clock, self.room.redis
        live, late = keys.fixes(self._partition, late=False), keys.fixes(self._partition, late=True)
        self._live = Consumer(client, [live, keys.QUARANTINE], keys.PATROL_GROUP, name, batch=256, clock=clock)
        self._late = Consumer(client, [late], keys.PATROL_GROUP, name, batch=LATE_ENTRIES, clock=clock)
        self._behind = Backlog(client, self._partition)
        self._behind.load(clock.monotonic())
        self._late_came = 0
        self.room.held.clear()

    def run_once(self) -> None:
        """Raises UnavailableError while Redis or the database is away."""
        try:
            if not self._lease.take():
                self.room.clock.sleep(1.0, self._stop)
                return
            self.join()
            with self._lease.kept():
                while not self._stop.is_set() and self._lease.held:
                    self.turn()
                    self._lease.progress()
        except redis.exceptions.RedisError as error:
            raise BusUnavailable("bus.away", f"Redis is away: {error}") from error

    def turn(self, block: float = 0.5) -> int:
        """What is live now, a bite of what is late, and what is due each second. Returns how many entries came or
        still wait."""
        entries = self._live.poll(0.001 if self._late_came else block)
        if entries:
            fixes = [entry for entry in entries if not isinstance(entry.record, Quarantined)]
            if fixes:
                process(self.room, self._batch(fixes))
            self._put_aside([entry.record for entry in entries if isinstance(entry.record, Quarantined)])
            self._live.ack(entries)
        self._late_came = self._catch_up()
        now = self.room.clock.monotonic()
        if now - self._ticked_at >= 1.0:
            self._ticked_at = now
            self.tick()
        return len(entries) + self._late_came

    def _batch(self, entries: Sequence[Entry]) -> Batch:
        fixes: list[Fix] = []
        for entry in entries:
            if isinstance(entry.record, FixBatch):
                fixes.extend(entry.record.fixes)
            elif isinstance(entry.record, Fix):
                fixes.append(entry.record)
        self._files += 1
        return Batch(f"{entries[0].stream}-{entries[0].id}-{entries[-1].id}", fixes)

    def _catch_up(self) -> int:
        """Late fixes are kept and acknowledged at once; their shifts are judged again a few at a time, and last of all
        while more keeps coming. Returns how much came or waits."""
        entries, room = self._late.poll(0.001), self.room
        if entries:
            batch = self._batch(entries)
            process(room, batch, KEEP)
            self._behind.add(batch.of_shift, room.clock.monotonic())
            self._late.ack(entries)
        began = room.clock.monotonic()
        while (now := room.clock.monotonic()) - began < BITE_S:
            due = self._behind.due(now, JUDGED_AT_ONCE, every=not entries)
            if not due:
                break
            process(room, behind(room, due), JUDGE)
            self._behind.done(due)
        return len(entries) + len(self._behind)

    def _put_aside(self, found: Sequence[object]) -> None:
        aside = {one.id: one for one in found if isinstance(one, Quarantined)}
        if not aside:
            return
        with self.room.store.write() as session:
            known = set(session.scalars(select(QuarantineRow.id).where(QuarantineRow.id.in_(aside))))
            for one in (one for one in aside.values() if one.id not in known):
                session.add(QuarantineRow(id=one.id, received_at=one.received_at, client=one.client, why=one.why,
                                          raw=one.raw))  # fmt: skip

    def tick(self) -> None:
        """Verdicts and scores whose time has come; guards off shift leave the map; old things go."""
        room, at = self.room, self.room.clock.now()
        with room.store.read() as session:
            unsettled = calls.any_unsettled(session)
            on_shift = set(session.scalars(select(Shift.id).where(Shift.closed_at.is_(None))))
        if unsettled:
            with room.store.write() as session:
                calls.settle_due(session, at, room.call_limits, room.trails.read)
        if room.clock.monotonic() - self._rostered_at >= ROSTER_EVERY_S:
            self._rostered_at = room.clock.monotonic()
            with room.store.write() as session:
                roster.settle_due(session, at)
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
        if today != self._purged_on:
            retention.purge_old(self.room.store, self.room.trails, self.room.settings.trail_days, at)
            self._purged_on = today
        for day in self.room.trails.days():
            if day < today and self.room.trails.count(day) > 1:
                self.room.trails.compact(day)
            elif day >= today and self.room.trails.count(day) >= COMPACT_FROM:
                self.room.trails.compact(day, below_bytes=COMPACT_BELOW)


def drain(worker: Worker) -> None:
    """Work until nothing waits (tests and tools)."""
    while worker.turn(block=0.01):
        pass
