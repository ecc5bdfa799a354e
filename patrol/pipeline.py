"""What happens to a batch of fixes: one ordered list of named steps, each safe to repeat.

The entries are acknowledged after the last: by then the trail file is synced and the transaction committed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
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
from patrol.checkpoints import Place
from patrol.facts import FactLimits, Folded, Ground, ShiftFacts
from patrol.filters import SHARED_WITHIN_S, is_sos, trusted
from patrol.shifts import lock_shifts
from patrol.tables import Area, Dispatch, Shift, Visit
from patrol.trails import TrailStore
from patrol.verdicts import CallLimits

log = structlog.get_logger(__name__)
RECENT: Final = 64
"""Ids remembered of an open shift. A double of an older fix is found too, by folding again."""
SHIFTS_AT_ONCE: Final = 50
"""Read from the trails in one look."""
SEEN_FOR_S: Final = 40 * 86_400
AHEAD_S: Final = 86_400.0
"""What the intake lets a phone's clock be ahead."""


@dataclass
class Held:
    """An open shift in memory: the fold over its fixes, and the last ids, by which a double is known at once."""

    ground: Ground
    folded: Folded
    recent: dict[str, None] = field(default_factory=dict)

    def remember(self, fix_id: str) -> None:
        self.recent[fix_id] = None
        while len(self.recent) > RECENT:
            del self.recent[next(iter(self.recent))]


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
        return calls.limits_of(self.settings)


@dataclass
class Batch:
    """Fixes on their way; `name` is their stream and range of ids. `again`: fold their shifts from the start."""

    name: str
    fixes: Sequence[Fix]
    again: bool = False
    of_shift: dict[str, list[Fix]] = field(default_factory=lambda: defaultdict(list))
    shifts: dict[str, Shift] = field(default_factory=dict)
    kept: list[Fix] = field(default_factory=list)
    off_shift: list[Fix] = field(default_factory=list)
    folded: dict[str, Folded] = field(default_factory=dict)

    def parts(self) -> list[Batch]:
        """One for each shift, so that a storm of late fixes is worked off in small bites."""
        return [
            Batch(self.name, fixes, again=True, of_shift={one: fixes}, shifts={one: self.shifts[one]})
            for one, fixes in self.of_shift.items()
        ]


def ground_of(session: Session, shift: Shift) -> Ground:
    area = session.get_one(Area, shift.area_id)
    return Ground(
        shift.id, tuple((point[0], point[1]) for point in area.polygon),
        tuple(Place(one.id, one.lon, one.lat, one.radius_m) for one in area.checkpoints), shift.opened_at,
    )  # fmt: skip


def find_shifts(room: Room, batch: Batch) -> None:
    """Only what was measured during a shift, and came while late fixes count, is kept; an SOS always is."""
    if not batch.fixes:
        return
    first = min(fix.at for fix in batch.fixes)
    with room.store.read() as session:
        found = session.scalars(
            select(Shift)
            .where(
                Shift.guard_id.in_({fix.guard_id for fix in batch.fixes}),
                or_(Shift.closed_at.is_(None), Shift.closed_at >= first),
            )
            .order_by(Shift.opened_at)
        ).unique()
        shifts: dict[str, list[Shift]] = defaultdict(list)
        for row in found:
            shifts[row.guard_id].append(row)
    late = room.settings.late_fix_hours * 3600
    for fix in batch.fixes:
        shift = next((one for one in shifts[fix.guard_id] if one.opened_at <= fix.at
                      and (one.closed_at is None or fix.at <= one.closed_at)), None)  # fmt: skip
        if shift is not None and fix.received_at - fix.at <= late:
            batch.shifts[shift.id] = shift
            batch.of_shift[shift.id].append(fix)
            batch.kept.append(fix)
        else:
            (batch.kept if is_sos(fix) else batch.off_shift).append(fix)


def append_trails(room: Room, batch: Batch) -> None:
    if batch.kept:
        room.trails.append(batch.name, batch.kept)


def fold_facts(room: Room, batch: Batch) -> None:
    """In order of device time: fixes beyond the last are a step each, any other folds the shift again from its trail."""
    anew: list[Shift] = []
    for shift_id, fixes in batch.of_shift.items():
        shift, held = batch.shifts[shift_id], room.held.get(shift_id)
        if held is None or batch.again or shift.closed_at is not None:
            anew.append(shift)
            continue
        for fix in facts.in_order(one for one in fixes if one.id not in held.recent):
            last = held.folded.last
            if last is not None and (fix.at, fix.id) <= (last.at, last.id):
                anew.append(shift)
                break
            held.folded = facts.step(held.folded, fix, held.ground, room.fact_limits)
            held.remember(fix.id)
        batch.folded[shift_id] = held.folded
    anew.sort(key=lambda one: (one.closed_at is not None, one.opened_at))
    for start in range(0, len(anew), SHIFTS_AT_ONCE):
        for shift_id, held in hold(room, anew[start : start + SHIFTS_AT_ONCE]).items():
            batch.folded[shift_id] = held.folded
            if batch.shifts[shift_id].closed_at is None:
                room.held[shift_id] = held


def hold(room: Room, shifts: Sequence[Shift]) -> dict[str, Held]:
    """Shifts folded from the trails, which hold all that was acknowledged and this batch."""
    if not shifts:
        return {}
    with room.store.read() as session:
        grounds = {shift.id: ground_of(session, shift) for shift in shifts}
    ends = {shift.id: room.clock.now() + AHEAD_S if shift.closed_at is None else shift.closed_at for shift in shifts}
    trails = room.trails.read_each(
        [*{shift.guard_id for shift in shifts}], min(shift.opened_at for shift in shifts), max(ends.values())
    )
    found = {}
    for shift in shifts:
        mine = [fix for fix in trails[shift.guard_id] if shift.opened_at <= fix.at <= ends[shift.id]]
        found[shift.id] = Held(grounds[shift.id], facts.fold(mine, grounds[shift.id], room.fact_limits))
        for fix in mine[-RECENT:]:
            found[shift.id].remember(fix.id)
    return found


def closed_facts(room: Room, shift: Shift, folded: Folded) -> ShiftFacts:
    """The facts of a whole shift, from its opening to its close."""
    assert shift.closed_at is not None
    shared = room.trails.shared(shift.guard_id, shift.opened_at, shift.closed_at, SHARED_WITHIN_S)
    return facts.finish(folded, shift.closed_at, room.fact_limits, shared)


def write_rows(room: Room, batch: Batch) -> None:
    """Facts, visits, arrivals and the verdicts that rest on a fix: one transaction."""
    if not batch.folded:
        return
    at = room.clock.now()
    whole = {one: closed_facts(room, shift, batch.folded[one]) for one, shift in batch.shifts.items()
             if shift.closed_at is not None and one in batch.folded}  # fmt: skip
    with room.store.write() as session:
        rows = lock_shifts(session, batch.folded)
        prove_arrivals(room, session, rows, batch, at)
        times = {one: [fix.at for fix in batch.of_shift[one]] for one in batch.folded}
        for one in calls.resting_on_fixes(session, batch.folded):
            calls.settle_again(session, one, at, room.call_limits, room.trails.read, min(times[one]), max(times[one]))
        ended = outcomes.ended(session, batch.folded)
        for one, folded in batch.folded.items():
            put_facts(session, rows[one], outcomes.with_ended(whole.get(one, folded.facts), ended[one]))


def prove_arrivals(room: Room, session: Session, shifts: Mapping[str, Shift], batch: Batch, at: float) -> None:
    """The first trusted fix near a dispatch, of all on the shift, is its arrival; it is looked for where these fixes
    could change that."""
    radius = room.settings.arrive_radius_m
    for row in session.scalars(
        select(Dispatch)
        .where(Dispatch.shift_id.in_(shifts), Dispatch.state.in_(dispatches.PROVABLE))
        .order_by(Dispatch.id)
        .with_for_update(of=Dispatch)
    ).unique():
        if not batch.again and not any(
            dispatches.has_arrived(row, fix, radius) and (row.arrived_at is None or fix.at < row.arrived_at)
            for fix in batch.of_shift[row.shift_id]
        ):
            continue
        shift = shifts[row.shift_id]
        until = shift.closed_at if shift.closed_at is not None else at + AHEAD_S
        sure = trusted(room.trails.read(shift.guard_id, shift.opened_at, until))
        hit = next((fix for fix in sure if dispatches.has_arrived(row, fix, radius)), None)
        dispatches.arrive(session, row, hit, at)


def put_facts(session: Session, shift: Shift, found: ShiftFacts) -> bool:
    """The row's facts and the shift's visits, replaced as a whole. True when they changed."""
    visited = outcomes.facts_of(shift).visits
    if not outcomes.keep(shift, found):
        return False
    if found.visits != visited:
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
            changed.append(presence.Place(
                guard_id=shift.guard_id, name=shift.guard.name, unit_id=shift.unit_id, shift_id=shift_id,
                area_id=shift.area_id, lon=fix.lon, lat=fix.lat, at=fix.at, received_at=fix.received_at,
                accuracy_m=fix.accuracy_m, speed_mps=fix.speed_mps, battery_pct=fix.battery_pct, inside=folded.inside,
            ))  # fmt: skip
    presence.put_places(room.redis, changed)


def count_off_shift(room: Room, batch: Batch) -> None:
    """Counted, not kept: how many different fixes a day, by a sketch of their ids from which none can be read. So a
    batch that comes again counts once; the error is below one in a hundred."""
    days: dict[str, list[str]] = defaultdict(list)
    for fix in batch.off_shift:
        days[county_day(fix.at)].append(fix.id)
    for day, ids in days.items():
        seen = keys.off_shift_seen(day)
        room.redis.pfadd(seen, *ids)
        room.redis.expire(seen, SEEN_FOR_S)
        room.redis.hset(keys.off_shift_counts(), day, str(room.redis.pfcount(seen)))


Step = Callable[[Room, Batch], None]
KEEP: Final[tuple[tuple[str, Step], ...]] = (
    ("find_shifts", find_shifts),
    ("append_trails", append_trails),
    ("count_off_shift", count_off_shift),
)
JUDGE: Final[tuple[tuple[str, Step], ...]] = (
    ("fold_facts", fold_facts),
    ("write_rows", write_rows),
    ("show_places", show_places),
)
STEPS: Final = (*KEEP, *JUDGE)
"""`fold_facts` is, fix by fix: filters.look -> presence.locate -> checkpoints.visit."""


def process(room: Room, batch: Batch, steps: Sequence[tuple[str, Step]] = STEPS) -> None:
    """The steps in order; an error leaves the batch unacknowledged, and it comes again."""
    for _, step in steps:
        step(room, batch)
