"""What happens to a batch of fixes: one ordered list of named steps, each safe to repeat.

The entries are acknowledged after the last: by then the trail file is synced and the transaction committed.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

import msgspec
import redis
import structlog
from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from lianqin import keys
from lianqin.clock import Clock, county_day
from lianqin.db import Store
from lianqin.records import Fix
from lianqin.settings import Settings
from patrol import calls, dispatches, facts, outcomes, presence
from patrol.facts import FactLimits, Folded, Ground, ShiftFacts
from patrol.presence import Place
from patrol.tables import Area, Dispatch, Shift, Visit
from patrol.trails import TrailStore
from patrol.verdicts import CallLimits

log = structlog.get_logger(__name__)


@dataclass
class Held:
    """An open shift in memory: its fixes in order and the fold over them."""

    ground: Ground
    fixes: list[Fix]
    ids: set[str]
    folded: Folded


@dataclass
class Room:
    """What the steps work with. `held` is a cache: dropped at any time, it is built again from the trails."""

    settings: Settings
    store: Store
    redis: redis.Redis
    trails: TrailStore
    clock: Clock
    held: dict[str, Held] = field(default_factory=dict)

    @property
    def fact_limits(self) -> FactLimits:
        return FactLimits(longest_step_s=max(60.0, 4 * self.settings.fix_interval))

    @property
    def call_limits(self) -> CallLimits:
        ours = self.settings
        return CallLimits(ours.call_answer_seconds, ours.call_silence_seconds, ours.call_grace_hours * 3600)


@dataclass
class Batch:
    """Fixes on their way; `name` is their stream and range of ids."""

    name: str
    fixes: Sequence[Fix]
    of_shift: dict[str, list[Fix]] = field(default_factory=lambda: defaultdict(list))
    shifts: dict[str, Shift] = field(default_factory=dict)
    kept: list[Fix] = field(default_factory=list)
    off_shift: list[Fix] = field(default_factory=list)
    folded: dict[str, Folded] = field(default_factory=dict)


def ground_of(session: Session, shift: Shift) -> Ground:
    area = session.get_one(Area, shift.area_id)
    return Ground(
        shift.id, tuple((point[0], point[1]) for point in area.polygon),
        tuple(facts.Place(one.id, one.lon, one.lat, one.radius_m) for one in area.checkpoints), shift.opened_at,
    )  # fmt: skip


def find_shifts(room: Room, batch: Batch) -> None:
    """Only what was measured during a shift, and came while late fixes count, is kept; an SOS always is."""
    if not batch.fixes:
        return
    first = min(fix.at for fix in batch.fixes)
    with room.store.read() as session:
        found = session.scalars(
            select(Shift).where(
                Shift.guard_id.in_({fix.guard_id for fix in batch.fixes}),
                or_(Shift.closed_at.is_(None), Shift.closed_at >= first),
            )
        ).unique()
        shifts = list(found)
    late = room.settings.late_fix_hours * 3600
    for fix in batch.fixes:
        shift = next((one for one in shifts if one.guard_id == fix.guard_id and one.opened_at <= fix.at
                      and (one.closed_at is None or fix.at <= one.closed_at)), None)  # fmt: skip
        if shift is not None and fix.received_at - fix.at <= late:
            batch.shifts[shift.id] = shift
            batch.of_shift[shift.id].append(fix)
            batch.kept.append(fix)
        else:
            (batch.kept if fix.alarm else batch.off_shift).append(fix)


def append_trails(room: Room, batch: Batch) -> None:
    if batch.kept:
        room.trails.append(batch.name, batch.kept)


def fold_facts(room: Room, batch: Batch) -> None:
    """In order of device time: a fix beyond the last is one step more, any other folds the shift again."""
    for shift_id, fixes in batch.of_shift.items():
        shift = batch.shifts[shift_id]
        held = room.held.get(shift_id)
        if held is None or shift.closed_at is not None:
            held = hold(room, shift)
        fresh = [fix for fix in facts.in_order(fixes) if fix.id not in held.ids]
        for fix in fresh:
            held.ids.add(fix.id)
            last = held.fixes[-1] if held.fixes else None
            held.fixes.append(fix)
            if last is None or (fix.at, fix.id) > (last.at, last.id):
                held.folded = facts.step(held.folded, fix, held.ground, room.fact_limits)
            else:
                held.fixes = facts.in_order(held.fixes)
                held.folded = facts.fold(held.fixes, held.ground, room.fact_limits)
        batch.folded[shift_id] = held.folded
        if shift.closed_at is None:
            room.held[shift_id] = held


def hold(room: Room, shift: Shift) -> Held:
    """From the trails: all that was acknowledged."""
    with room.store.read() as session:
        ground = ground_of(session, shift)
    ahead = room.clock.now() + 86_400
    until = shift.closed_at if shift.closed_at is not None else ahead
    fixes = facts.in_order(room.trails.read(shift.guard_id, shift.opened_at, until))
    return Held(ground, fixes, {fix.id for fix in fixes}, facts.fold(fixes, ground, room.fact_limits))


def write_rows(room: Room, batch: Batch) -> None:
    """Facts, visits, arrivals and the verdicts that rest on a fix: one transaction."""
    if not batch.folded:
        return
    at = room.clock.now()
    with room.store.write() as session:
        for shift_id, folded in batch.folded.items():
            shift = session.get_one(Shift, shift_id)
            found = folded.facts
            if shift.closed_at is not None:
                found = facts.finish(folded, shift.closed_at, room.fact_limits)
            for row in session.scalars(
                select(Dispatch).where(
                    Dispatch.shift_id == shift_id, Dispatch.state.in_(("called", "accepted", "arrived", "done"))
                )
            ).unique():
                hit = next((fix for fix in facts.in_order(batch.of_shift[shift_id])
                            if dispatches.has_arrived(row, fix, room.settings.arrive_radius_m)), None)  # fmt: skip
                if hit is not None:
                    dispatches.arrive(session, row, hit, at)
            times = [fix.at for fix in batch.of_shift[shift_id]]
            calls.settle_again(session, shift_id, at, room.call_limits, room.trails.read, min(times), max(times))
            put_facts(session, shift, found)


def put_facts(session: Session, shift: Shift, found: ShiftFacts) -> bool:
    """The row's facts and the shift's visits, replaced as a whole. True when they changed."""
    if not outcomes.keep(shift, outcomes.with_outcomes(session, found, shift.id)):
        return False
    session.execute(delete(Visit).where(Visit.shift_id == shift.id))
    session.add_all(Visit(shift_id=shift.id, **msgspec.structs.asdict(one)) for one in found.visits)
    session.flush()
    return True


def show_places(room: Room, batch: Batch) -> None:
    """The newest fix of each open shift, for the map."""
    changed = []
    for shift_id, folded in batch.folded.items():
        shift, fix = batch.shifts[shift_id], folded.last
        if shift.closed_at is None and fix is not None:
            changed.append(Place(
                guard_id=shift.guard_id, name=shift.guard.name, unit_id=shift.unit_id, shift_id=shift_id,
                area_id=shift.area_id, lon=fix.lon, lat=fix.lat, at=fix.at, received_at=fix.received_at,
                accuracy_m=fix.accuracy_m, speed_mps=fix.speed_mps, battery_pct=fix.battery_pct, inside=folded.inside,
            ))  # fmt: skip
    presence.put_places(room.redis, changed)


def count_off_shift(room: Room, batch: Batch) -> None:
    """Counted, not kept; a batch that comes again after a crash may count twice."""
    for day, count in Counter(county_day(fix.at) for fix in batch.off_shift).items():
        room.redis.hincrby(keys.off_shift_counts(), day, count)


STEPS: Final[tuple[tuple[str, Callable[[Room, Batch], None]], ...]] = (
    ("find_shifts", find_shifts),
    ("append_trails", append_trails),
    ("fold_facts", fold_facts),
    ("write_rows", write_rows),
    ("show_places", show_places),
    ("count_off_shift", count_off_shift),
)


def process(room: Room, batch: Batch) -> None:
    """All steps in order; an error leaves the batch unacknowledged, and it comes again."""
    for _, step in STEPS:
        step(room, batch)
