"""The patrol worker: one leased worker a partition. Live fixes first; late ones in small bites, so that a storm of them
never delays the others; then what was quarantined."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import Final

import redis
import structlog
from sqlalchemy import select

from lianqin import keys
from lianqin.bus import Consumer, Entry
from lianqin.clock import Clock, county_day
from lianqin.db import Store
from lianqin.errors import BusUnavailable, UnavailableError
from lianqin.records import Alive, Fix, FixBatch, Quarantined, SosCall
from lianqin.settings import Settings
from lianqin.sweeps import Sweeper
from lianqin.taking import refusal, take_each
from patrol.calls import calls
from patrol.devices.tables import QuarantineRow
from patrol.duty import roster, shifts
from patrol.duty.tables import Shift
from patrol.judging import presence
from patrol.sos.raising import raise_what_can_be
from patrol.sos.waiting import calls_in, salvaged, waiting_calls
from patrol.trails.store import TrailStore
from patrol.worker import retention
from patrol.worker.backlog import Backlog, Span
from patrol.worker.follower import PartitionFollower
from patrol.worker.lease import Lease
from patrol.worker.pipeline import JUDGE, KEEP, Batch, PipelineContext, behind, process
from patrol.worker.scorer import Scorer

log = structlog.get_logger(__name__)
COMPACT_FROM: Final = 200
ROSTER_EVERY_S: Final = 5.0
SWEEP_EVERY_S: Final = 600.0
TIDY_EVERY_S: Final = 600.0
"""A day's folder of so many files is made one, those beyond `COMPACT_BELOW` left alone while the day runs."""
COMPACT_BELOW: Final = 4_000_000
LATE_ENTRIES: Final = 64
JUDGED_AT_ONCE: Final = 20
"""Shifts folded again from one look at the trails."""
BOUND_EACH: Final = 1000
"""Messages put aside between two looks at how many there are."""
BITE_S: Final = 0.25
"""Time for late fixes between two looks at the live ones."""


class PatrolWorker:
    """`run_once` serves until `stop`, an error, or the lease is lost; whoever calls it retries (lianqin.supervise)."""

    def __init__(
        self, settings: Settings, store: Store, client: redis.Redis, clock: Clock, stop: threading.Event, *,
        partition: int = 0,
    ) -> None:  # fmt: skip
        self.room = PipelineContext(settings, store, client, TrailStore(settings.trails), clock)
        self._partition, self._stop = partition, stop
        self._lease = Lease(client, partition, clock)
        self._scorer, self._follower = Scorer(self.room), PartitionFollower(self.room, partition)
        self._ticked_at = self._tidied_at = self._swept_at = self._rostered_at = -1e9
        self._sweeper = Sweeper(store, client, clock)
        self._files, self._unbounded = 0, BOUND_EACH
        self.join()

    def join(self) -> None:
        """Begin anew: everything in memory is a cache, and what was not acknowledged comes again. The member's name is
        the partition's: a successor finds what its predecessor left pending at once."""
        name, clock, client = f"partition-{self._partition}", self.room.clock, self.room.redis
        live, late = keys.fixes(self._partition, late=False), keys.fixes(self._partition, late=True)
        self._live = Consumer(client, [live, keys.QUARANTINE], keys.PATROL_GROUP, name, batch=256, clock=clock,
                              unreadable=self._salvage)  # fmt: skip
        self._late = Consumer(client, [late], keys.PATROL_GROUP, name, batch=LATE_ENTRIES, clock=clock,
                              unreadable=self._salvage)  # fmt: skip
        self._behind = Backlog(client, self._partition)
        self._behind.load(clock.monotonic())
        self._late_came = 0
        self.room.held.clear()
        self.room.heard = self.room.clocks = None

    def run_once(self) -> None:
        """Raises UnavailableError while Redis or the database is away."""
        try:
            if not self._lease.take():
                self.room.clock.sleep(1.0, self._stop)
                return
            self.join()
            self.raise_waiting()
            with self._lease.kept():
                while not self._stop.is_set() and self._lease.held:
                    self.turn()
                    self._lease.progress()
        except redis.exceptions.RedisError as error:
            raise BusUnavailable("bus.away", f"Redis is away: {error}") from error

    def raise_waiting(self) -> None:
        """Calls for help that wait behind other work, in both streams; each counts once, however often it is seen.
        Raises as `run_once`."""
        for late in (False, True):
            stream, at = keys.fixes(self._partition, late=late), self.room.clock.now()
            for said, fixes in waiting_calls(self.room.redis, stream, at):
                raise_what_can_be(self.room.store, self.room.redis, at, said, fixes)

    def _salvage(self, body: bytes) -> None:
        """An entry that can't be decoded goes to the dead letters, but no call for help with it."""
        room, at = self.room, self.room.clock.now()
        said, fixes = salvaged(body, at)
        if said or fixes:
            raise_what_can_be(room.store, room.redis, at, said, fixes)

    def turn(self, block: float = 0.5) -> int:
        """What is live now, a bite of what is late, and what is due each second. Returns how many entries came or
        still wait."""
        entries = self._live.poll(0.001 if self._late_came else block)
        if entries:
            take_each(self._live, entries, self._take_live, failed=self._forget)
        self._late_came = self._catch_up()
        now = self.room.clock.monotonic()
        if now - self._ticked_at >= 1.0:
            self._ticked_at = now
            self.tick()
        return len(entries) + self._late_came

    def _take_live(self, entries: Sequence[Entry]) -> None:
        fixes = [entry for entry in entries if not isinstance(entry.record, Quarantined)]
        if fixes:
            process(self.room, self._batch(fixes))
        self._put_aside([entry.record for entry in entries if isinstance(entry.record, Quarantined)])

    def _take_late(self, entries: Sequence[Entry]) -> None:
        batch = self._batch(entries)
        process(self.room, batch, KEEP)
        self._behind.add(batch.of_shift, self.room.clock.monotonic())

    def _forget(self) -> None:
        """A step broke off: what is held in memory may be half of a batch."""
        self.room.held.clear()
        self.room.heard = self.room.clocks = None

    def _batch(self, entries: Sequence[Entry]) -> Batch:
        fixes: list[Fix] = []
        sos: list[SosCall] = []
        sos_fixes: list[SosCall] = []
        alive: list[Alive] = []
        for entry in entries:
            said, stood_for = calls_in(entry.record)
            sos += said
            sos_fixes += stood_for
            if isinstance(entry.record, FixBatch):
                fixes.extend(entry.record.fixes)
                alive.extend(entry.record.alive)
            elif isinstance(entry.record, Fix):
                fixes.append(entry.record)
        self._files += 1
        return Batch(f"{entries[0].stream}-{entries[0].id}-{entries[-1].id}", fixes, sos, sos_fixes, alive=alive)

    def _catch_up(self) -> int:
        """Late fixes are kept and acknowledged at once; their shifts are judged again a few at a time, and last of all
        while more keeps coming. Returns how much came or waits."""
        entries, room = self._late.poll(0.001), self.room
        if entries:
            take_each(self._late, entries, self._take_late, failed=self._forget)
        if room.again:
            self._behind.add_spans(room.again, room.clock.monotonic())
            room.again = {}
        began = room.clock.monotonic()
        while (now := room.clock.monotonic()) - began < BITE_S:
            due = self._behind.due(now, JUDGED_AT_ONCE, every=not entries)
            if not due:
                break
            self._judge_again(due)
        return len(entries) + len(self._behind)

    def _judge_again(self, due: Mapping[str, Span]) -> None:
        """A shift that can't be judged for what its trail holds stays on the list of the next worker, and holds up no other."""
        room = self.room
        error = refusal(lambda: process(room, behind(room, due), JUDGE), self._forget)
        if error is None:
            self._behind.done(due)
            return
        if len(due) > 1:
            for shift_id, span in due.items():
                self._judge_again({shift_id: span})
            return
        log.error("shift_not_judged", shifts=[*due], error=str(error))
        self._behind.leave(due)

    def _put_aside(self, found: Sequence[object]) -> None:
        aside = {one.id: one for one in found if isinstance(one, Quarantined)}
        if not aside:
            return
        with self.room.store.write() as session:
            known = set(session.scalars(select(QuarantineRow.id).where(QuarantineRow.id.in_(aside))))
            here = self.room.clock.at_database(session)
            for one in (one for one in aside.values() if one.id not in known):
                session.add(QuarantineRow(id=one.id, received_at=one.received_at, client=one.client, why=one.why, raw=one.raw,
                                          kept_from=here, keep_hours=self.room.settings.quarantine_hours))  # fmt: skip
            session.flush()
            self._unbounded += len(aside)
            if self._unbounded >= BOUND_EACH:
                retention.do_bound_quarantine(session, here)
                self._unbounded = 0

    def tick(self) -> None:
        """Verdicts and scores whose time has come; guards off shift leave the map; old things go."""
        room, at = self.room, self.room.clock.now()
        ahead = calls.ReadAhead(room.trails.read)
        with room.store.read() as session:
            unsettled = calls.any_unsettled(session)
            spans = calls.spans_asked(session, calls.UNSETTLED, room.call_limits) if unsettled else []
            on_shift = set(session.scalars(select(Shift.id).where(shifts.on_duty(at))))
        if unsettled:
            ahead.expect(spans)
            with room.store.write() as session:
                changed = {row.shift_id for row in calls.settle_due(session, at, room.call_limits, ahead)}
            fresh = ahead.again() if changed else None
            if fresh is not None:  # another worker put fixes there before these verdicts stood, and passed them over
                with room.store.write() as session:
                    for shift_id in sorted(changed):
                        calls.settle_again(session, shift_id, at, room.call_limits, fresh)
        if room.clock.monotonic() - self._rostered_at >= ROSTER_EVERY_S:
            self._rostered_at = room.clock.monotonic()
            with room.store.write() as session:
                shifts.set_overdue(session, room.settings.overdue_hours * 3600)
                shifts.end_overdue(session, at)
                roster.settle_due(session, at)
        self._follower.run(at)
        self._scorer.run(at)
        room.held = {one: held for one, held in room.held.items() if one in on_shift}
        gone = [one.guard_id for one in presence.places(room.redis).values() if one.shift_id not in on_shift]
        presence.forget_places(room.redis, gone)
        if room.clock.monotonic() - self._swept_at >= SWEEP_EVERY_S:
            self._swept_at = room.clock.monotonic()
            self._sweep()
        if self._files >= COMPACT_FROM or room.clock.monotonic() - self._tidied_at >= TIDY_EVERY_S:
            self._tidied_at, self._files = room.clock.monotonic(), 0
            self._tidy(at)

    def _tidy(self, at: float) -> None:
        today = county_day(at)
        for day in self.room.trails.days():
            if day < today and self.room.trails.count(day) > 1:
                self.room.trails.compact(day)
            elif day >= today and self.room.trails.count(day) >= COMPACT_FROM:
                self.room.trails.compact(day, below_bytes=COMPACT_BELOW)

    def _sweep(self) -> None:
        """What is past its term, by the database's clock. Raises UnavailableError while Redis or the database is away."""
        room, settings = self.room, self.room.settings
        try:
            files = room.clock.at_files(room.trails.root)
        except OSError as error:
            why = error.strerror or str(error)
            raise UnavailableError("trails.disk", f"trails can't be written: {why}", why=why) from error
        with room.store.write() as session:
            retention.do_note_quarantine(session, settings.quarantine_hours, room.clock.at_database(session))
        self._sweeper.run("quarantine", lambda session, at: retention.quarantine_going(session, at).count, self._take_quarantine)  # fmt: skip
        self._sweeper.run(
            "trails",
            lambda _, at: len(retention.due_days(room.store, room.trails, settings.trail_days, at)),
            self._take_trails,
            files=files,
        )

    def _take_quarantine(self, cut_at: float) -> int:
        with self.room.store.write() as session:
            return retention.do_purge_quarantine(session, cut_at, self.room.clock.at_database(session))

    def _take_trails(self, cut_at: float) -> int:
        room = self.room
        with room.store.read() as session:
            at = room.clock.at_database(session)
        return len(retention.purge_old(room.store, room.trails, room.settings.trail_days, cut_at, at))


def drain(worker: PatrolWorker) -> None:
    """Work until nothing waits (tests and tools)."""
    while worker.turn(block=0.01):
        pass
