"""What follows an act, in the patrol worker: a fix that proves a begin, fixes opened for a shift or destroyed, shifts judged again."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from lianqin import audit, inner, keys
from lianqin.bus import Publisher
from lianqin.clock import county_day
from lianqin.records import Fix, FixBatch
from patrol.acts.decide import let_count, tell
from patrol.acts.hold import begins_open
from patrol.acts.moments import FIX_WITHIN_S, KEPT_S
from patrol.acts.sealed import BUCKET_S, SealedFixes
from patrol.acts.tables import DutyAct
from patrol.duty.shifts import ground_at, on_duty
from patrol.duty.tables import Shift
from patrol.judging.doubts import ASSUMED_ACCURACY_M
from patrol.judging.judge import trusted
from patrol.judging.presence import locate
from patrol.worker import pipeline
from patrol.worker.pipeline import PipelineContext

SYSTEM: Final = audit.system("patrol")
AT_ONCE: Final = 500
EVERY_S: Final = 5.0
"""Between two looks at what waits or is held."""


def proving_fix(fixes: Iterable[Fix], at: float, polygon: Sequence[Sequence[float]]) -> Fix | None:
    """The trusted fix in the area that lies nearest to the moment, within `FIX_WITHIN_S` of it."""
    ring = [(lon, lat) for lon, lat in polygon]
    there = [
        fix for fix in trusted(fixes)
        if abs(fix.at - at) <= FIX_WITHIN_S
        and locate(ring, (fix.lon, fix.lat), fix.accuracy_m or ASSUMED_ACCURACY_M, was_inside=None)
    ]  # fmt: skip
    return min(there, key=lambda fix: (abs(fix.at - at), fix.id), default=None)


class PartitionFollower:
    """Runs each second in the worker of one partition."""

    def __init__(self, room: PipelineContext, partition: int) -> None:
        self._room, self._partition, self._looked_at = room, partition, -math.inf

    @cached_property
    def _sealed(self) -> SealedFixes:
        return SealedFixes(self._room.redis, inner.current_secret(self._room.redis, self._room.settings))

    def run(self, at: float) -> None:
        """Redis and database errors pass through; what was not done is found again."""
        room = self._room
        with room.store.read() as session:
            fresh = bool(
                session.scalar(
                    select(DutyAct.id).where(DutyAct.followed_at.is_(None), DutyAct.state != "waiting").limit(1)
                )
            )
        if not fresh and room.clock.monotonic() - self._looked_at < EVERY_S:
            return
        self._looked_at = room.clock.monotonic()
        held = self._sealed.guards()
        self._prove(held, at)
        self._open(held, at)
        self._destroy(at)

    def _prove(self, held: dict[str, list[int]], at: float) -> None:
        """Begins that a fix proves now, and those that waited for a day."""
        room = self._room
        with room.store.read() as session:
            waiting = [(row.id, row.guard_id, row.at, row.received_at, row.shift_id) for row in session.scalars(
                select(DutyAct).where(DutyAct.state == "waiting").order_by(DutyAct.received_at)).unique()]  # fmt: skip
            grounds = {one[4]: ground_at(session, one[4]) for one in waiting if one[4] is not None}
        for act_id, guard_id, moment, received_at, shift_id in waiting:
            fixes = self._sealed.read(guard_id, held.get(guard_id, ()))
            fixes += room.trails.read(guard_id, moment - 2 * FIX_WITHIN_S, moment + 2 * FIX_WITHIN_S)
            proof = proving_fix(fixes, moment, grounds[shift_id]["polygon"]) if shift_id in grounds else None
            if proof is None and received_at + KEPT_S > at:
                continue
            with room.store.write() as session:
                row = session.get(DutyAct, act_id, with_for_update={"of": DutyAct})
                if row is None or row.state != "waiting":
                    continue
                _settle(session, row, proof, at)

    def _open(self, held: dict[str, list[int]], at: float) -> None:
        """Fixes held go to the shift that counts now: durable in the stream first, then no longer held."""
        room = self._room
        with room.store.read() as session:
            due = [(row.id, row.guard_id, row.shift_id) for row in session.scalars(
                select(DutyAct).where(DutyAct.followed_at.is_(None), DutyAct.state != "waiting").limit(AT_ONCE)).unique()]  # fmt: skip
            shifts = {
                one.id: one
                for one in pipeline.on_shifts(session, Shift.id.in_({shift for _, _, shift in due if shift}))
            }
        for shift in shifts.values():
            buckets = held.get(shift.guard_id, [])
            mine = [fix for fix in self._sealed.read(shift.guard_id, buckets) if shift.holds(fix.at)]
            for start in range(0, len(mine), AT_ONCE):
                batch = FixBatch(tuple(mine[start : start + AT_ONCE]))
                Publisher(room.redis, replicas=room.settings.redis_replicas).publish(
                    keys.fixes(self._partition, late=True), batch
                )
            self._sealed.drop(shift.guard_id, buckets, [fix.id for fix in mine])
            room.again[shift.id] = (-math.inf, math.inf)
        if due:
            with room.store.write() as session:
                session.execute(update(DutyAct).where(DutyAct.id.in_([one[0] for one in due]), DutyAct.state != "waiting")
                                .values(followed_at=at))  # fmt: skip

    def _destroy(self, at: float) -> None:
        """Held for a day, or no begin can be on its way any more: destroyed, and counted as fixes off shift."""
        held = self._sealed.guards()
        if not held:
            return
        with self._room.store.read() as session:
            on_shift = set(session.scalars(select(Shift.guard_id).where(on_duty(at), Shift.guard_id.in_(held))))
            wait = begins_open(session, held, at)
            wait |= set(session.scalars(select(DutyAct.guard_id).where(DutyAct.followed_at.is_(None))))
        for guard_id, buckets in held.items():
            over = guard_id in on_shift and guard_id not in wait
            for bucket in buckets:
                if over or bucket * BUCKET_S + KEPT_S <= at:
                    ids = self._sealed.ids(guard_id, bucket)
                    pipeline.count_as_off_shift(self._room, county_day(bucket * BUCKET_S), ids)
                    self._sealed.drop(guard_id, [bucket])


def _settle(session: Session, row: DutyAct, proof: Fix | None, at: float) -> None:
    if proof is None:
        row.state, row.why = "as_claimed", "act.no_proof"
    else:
        let_count(session, SYSTEM, row, at)
        row.state, row.proof, row.proof_fix_id, row.why = "counted", "fix", proof.id, ""
    session.flush()
    audit.write(session, SYSTEM, "act.prove", "duty_act", row.id, at=at,
                detail={"guard": row.guard_id, "at": row.at, "fix": row.proof_fix_id, "state": row.state})  # fmt: skip
    tell(session, row, at)
