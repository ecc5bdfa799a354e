"""What happens to a batch of fixes: one ordered list of named steps, each safe to repeat.

The entries are acknowledged after the last: by then the trail file is synced and the transaction committed.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec
import redis
import structlog
from sqlalchemy import ColumnElement, delete, or_, select
from sqlalchemy.orm import Session

from lianqin import keys
from lianqin.clock import Clock, county_day
from lianqin.db import Store
from lianqin.records import Fix
from lianqin.settings import Settings
from patrol import calls, coverage, dispatches, outcomes, presence
from patrol.backlog import Span
from patrol.checkpoints import Place
from patrol.duty_tables import ShiftBreak
from patrol.facts import FactLimits, Gap, Ground, ShiftFacts
from patrol.filters import SHARED_WITHIN_S, is_sos
from patrol.fold import Folded, fold, in_order
from patrol.judge import trusted
from patrol.place_tables import Post
from patrol.shifts import grounds_at, lock_shifts
from patrol.tables import Dispatch, Guard, Shift, Visit
from patrol.trails import TrailStore
from patrol.twins import doubts_among
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


class OnShift(msgspec.Struct, frozen=True):
    """A shift as the steps need it: a batch touches thousands, so no row is loaded whole for it."""

    id: str
    guard_id: str
    guard_name: str
    unit_id: str
    area_id: str
    post_id: str | None
    opened_at: float
    closed_at: float | None


def on_shifts(session: Session, *where: ColumnElement[bool]) -> list[OnShift]:
    """By their opening."""
    columns = (
        Shift.id,
        Shift.guard_id,
        Guard.name,
        Shift.unit_id,
        Shift.area_id,
        Shift.post_id,
        Shift.opened_at,
        Shift.closed_at,
    )
    query = select(*columns).join(Guard, Guard.id == Shift.guard_id).where(*where).order_by(Shift.opened_at)
    return [OnShift(*row) for row in session.execute(query)]


@dataclass
class Batch:
    """Fixes on their way; `name` is their stream and range of ids. `again`: fold their shifts from the start."""

    name: str
    fixes: Sequence[Fix]
    again: bool = False
    of_shift: dict[str, list[Fix]] = field(default_factory=lambda: defaultdict(list))
    shifts: dict[str, OnShift] = field(default_factory=dict)
    kept: list[Fix] = field(default_factory=list)
    off_shift: list[Fix] = field(default_factory=list)
    folded: dict[str, Folded] = field(default_factory=dict)
    spans: dict[str, Span] = field(default_factory=dict)
    """Device times of the first and last new fix, where the fixes themselves are in the trails alone."""

    def span(self, shift_id: str) -> Span:
        if shift_id in self.spans:
            return self.spans[shift_id]
        times = [fix.at for fix in self.of_shift[shift_id]]
        return min(times), max(times)


def behind(room: Room, spans: Mapping[str, Span]) -> Batch:
    """Shifts to be judged again, from their trails."""
    with room.store.read() as session:
        found = on_shifts(session, Shift.id.in_(spans))
    shifts = {one.id: one for one in found}
    return Batch("behind", [], again=True, of_shift={one: [] for one in shifts}, shifts=shifts, spans=dict(spans))


def grounds_of(session: Session, shifts: Sequence[OnShift]) -> dict[str, Ground]:
    grounds = grounds_at(session, [shift.id for shift in shifts])
    posts = {shift.post_id for shift in shifts if shift.post_id}
    found = {post.id: post for post in session.scalars(select(Post).where(Post.id.in_(posts)))} if posts else {}
    return {shift.id: _ground(shift, grounds[shift.id], found.get(shift.post_id or "")) for shift in shifts}


def _ground(shift: OnShift, ground: dict[str, Any], post: Post | None) -> Ground:
    return Ground(
        shift.id, tuple((lon, lat) for lon, lat in ground["polygon"]),
        tuple(Place(*one) for one in ground["checkpoints"]), shift.opened_at,
        Place(post.id, post.lon, post.lat, post.radius_m) if post else None,
    )  # fmt: skip


def find_shifts(room: Room, batch: Batch) -> None:
    """Only what was measured during a shift, and came while late fixes count, is kept; an SOS always is."""
    if not batch.fixes:
        return
    first = min(fix.at for fix in batch.fixes)
    with room.store.read() as session:
        guards = {fix.guard_id for fix in batch.fixes}
        found = on_shifts(session, Shift.guard_id.in_(guards), or_(Shift.closed_at.is_(None), Shift.closed_at >= first))
    rows = {row.id: row for row in found}
    shifts: dict[str, list[tuple[float, float, str]]] = defaultdict(list)
    for row in found:
        shifts[row.guard_id].append((row.opened_at, math.inf if row.closed_at is None else row.closed_at, row.id))
    late = room.settings.late_fix_hours * 3600
    for fix in batch.fixes:
        at = fix.at
        shift_id = next((one for begins, ends, one in shifts[fix.guard_id] if begins <= at <= ends), None)
        if shift_id is not None and fix.received_at - at <= late:
            batch.of_shift[shift_id].append(fix)
            batch.kept.append(fix)
        else:
            (batch.kept if is_sos(fix) else batch.off_shift).append(fix)
    batch.shifts = {one: rows[one] for one in batch.of_shift}


def append_trails(room: Room, batch: Batch) -> None:
    if batch.kept:
        room.trails.append(batch.name, batch.kept)


def fold_facts(room: Room, batch: Batch) -> None:
    """In order of device time: fixes beyond the last are a step each, any other folds the shift again from its trail."""
    anew: list[OnShift] = []
    for shift_id, fixes in batch.of_shift.items():
        shift, held = batch.shifts[shift_id], room.held.get(shift_id)
        if held is None or batch.again or shift.closed_at is not None:
            anew.append(shift)
            continue
        for fix in in_order(one for one in fixes if one.id not in held.recent):
            last = held.folded.last
            if last is not None and (fix.at, fix.id) <= (last.at, last.id):
                anew.append(shift)
                break
            held.folded.push(fix)
            held.remember(fix.id)
        batch.folded[shift_id] = held.folded
    anew.sort(key=lambda one: (one.closed_at is not None, one.opened_at))
    for start in range(0, len(anew), SHIFTS_AT_ONCE):
        for shift_id, held in hold(room, anew[start : start + SHIFTS_AT_ONCE]).items():
            batch.folded[shift_id] = held.folded
            if batch.shifts[shift_id].closed_at is None:
                room.held[shift_id] = held


def hold(room: Room, shifts: Sequence[OnShift]) -> dict[str, Held]:
    """Shifts folded from the trails, which hold all that was acknowledged and this batch."""
    if not shifts:
        return {}
    with room.store.read() as session:
        grounds = grounds_of(session, shifts)
    ends = {shift.id: room.clock.now() + AHEAD_S if shift.closed_at is None else shift.closed_at for shift in shifts}
    trails = room.trails.read_each(
        [*{shift.guard_id for shift in shifts}], min(shift.opened_at for shift in shifts), max(ends.values())
    )
    found = {}
    for shift in shifts:
        mine = [fix for fix in trails[shift.guard_id] if shift.opened_at <= fix.at <= ends[shift.id]]
        found[shift.id] = Held(fold(mine, grounds[shift.id], room.fact_limits, cells=shift.closed_at is None))
        for fix in mine[-RECENT:]:
            found[shift.id].remember(fix.id)
    return found


def breaks_of(session: Session, shift_ids: Collection[str]) -> dict[str, list[Gap]]:
    """Breaks taken on these shifts; one that still runs has no end."""
    found: dict[str, list[Gap]] = {one: [] for one in shift_ids}
    for row in session.scalars(select(ShiftBreak).where(ShiftBreak.shift_id.in_(shift_ids))):
        found[row.shift_id].append(Gap(row.from_at, math.inf if row.to_at is None else row.to_at))
    return found


def closed_facts(room: Room, shift: OnShift, folded: Folded) -> ShiftFacts:
    """The facts of a whole shift, from its opening to its close."""
    assert shift.closed_at is not None
    matches = room.trails.near(shift.guard_id, shift.opened_at, shift.closed_at, SHARED_WITHIN_S)
    with room.store.read() as session:
        breaks = breaks_of(session, [shift.id])[shift.id]
    return folded.finish(shift.closed_at, breaks, doubts_among(matches))


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
        for one in calls.resting_on_fixes(session, batch.folded):
            first, last = batch.span(one)
            first = min(first, batch.folded[one].wavered_from or math.inf)
            calls.settle_again(session, one, at, room.call_limits, room.trails.read, first, last)
        ended, breaks = outcomes.ended(session, batch.folded), breaks_of(session, batch.folded)
        put_facts(session, {
            rows[one]: outcomes.with_ended(whole[one] if one in whole else folded.facts(breaks[one]), ended[one])
            for one, folded in batch.folded.items()
        })  # fmt: skip
    for folded in batch.folded.values():
        folded.wavered_from = None


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
        wavered = batch.folded[row.shift_id].wavered_from
        doubted = wavered is not None and row.arrived_at is not None and row.arrived_at >= wavered
        if (
            not batch.again
            and not doubted
            and not any(
                dispatches.has_arrived(row, fix, radius) and (row.arrived_at is None or fix.at < row.arrived_at)
                for fix in batch.of_shift[row.shift_id]
            )
        ):
            continue
        shift = shifts[row.shift_id]
        until = shift.closed_at if shift.closed_at is not None else at + AHEAD_S
        sure = trusted(room.trails.read(shift.guard_id, shift.opened_at, until))
        hit = next((fix for fix in sure if dispatches.has_arrived(row, fix, radius)), None)
        dispatches.arrive(session, row, hit, at)


def put_facts(session: Session, found: Mapping[Shift, ShiftFacts]) -> None:
    """The rows' facts and the shifts' visits, replaced as a whole where they changed."""
    moved: dict[str, ShiftFacts] = {}
    for shift, facts in found.items():
        before = shift.facts.get("visits", [])
        if outcomes.keep(shift, facts) and shift.facts["visits"] != before:
            moved[shift.id] = facts
    session.flush()
    if moved:
        session.execute(delete(Visit).where(Visit.shift_id.in_(moved)))
        session.add_all(Visit(shift_id=shift_id, **msgspec.structs.asdict(one)) for shift_id, facts in moved.items()
                        for one in facts.visits)  # fmt: skip
        session.flush()


def show_places(room: Room, batch: Batch) -> None:
    """The newest fix of each open shift, for the map."""
    changed = []
    for shift_id, folded in batch.folded.items():
        shift, fix = batch.shifts[shift_id], folded.last
        if shift.closed_at is None and fix is not None:
            changed.append(presence.Place(
                guard_id=shift.guard_id, name=shift.guard_name, unit_id=shift.unit_id, shift_id=shift_id,
                area_id=shift.area_id, lon=fix.lon, lat=fix.lat, at=fix.at, received_at=fix.received_at,
                accuracy_m=fix.accuracy_m, speed_mps=fix.speed_mps, battery_pct=fix.battery_pct, inside=folded.whole().inside,
            ))  # fmt: skip
    presence.put_places(room.redis, changed)


def mark_cells(room: Room, batch: Batch) -> None:
    """Which cells of their areas the shifts passed."""
    seen = defaultdict[str, dict[str, float]](dict)
    for shift_id, folded in batch.folded.items():
        cells = seen[batch.shifts[shift_id].area_id]
        for cell, at in folded.cells.items():
            cells[cell] = max(at, cells.get(cell, at))
        folded.cells.clear()
    coverage.mark(room.redis, seen)


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
    ("show_places", show_places),
    ("mark_cells", mark_cells),
    ("write_rows", write_rows),
)
STEPS: Final = (*KEEP, *JUDGE)
"""`fold_facts` is, fix by fix: judge.push -> presence.decide -> checkpoints.add."""


def process(room: Room, batch: Batch, steps: Sequence[tuple[str, Step]] = STEPS) -> None:
    """The steps in order; an error leaves the batch unacknowledged, and it comes again."""
    for _, step in steps:
        step(room, batch)
