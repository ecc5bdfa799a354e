"""What happens to a batch of fixes: one ordered list of named steps, each safe to repeat.

The entries are acknowledged after the last: by then the trail file is synced and the transaction committed. One file, since each
step rests on what the ones before it did.
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
from sqlalchemy import ColumnElement, Select, delete, or_, select
from sqlalchemy.orm import Session

from lianqin import inner, keys
from lianqin.clock import Clock, county_day
from lianqin.db import Store
from lianqin.records import Alive, Fix, SosCall
from lianqin.settings import Settings
from patrol.acts.hold import to_hold
from patrol.acts.sealed import SealedFixes
from patrol.calls import calls
from patrol.calls.verdicts import CallLimits
from patrol.county.tables import Guard, Post
from patrol.dispatch import dispatches
from patrol.dispatch.tables import Dispatch
from patrol.duty import shift_facts, silences
from patrol.duty.shifts import grounds_at, lock_shifts
from patrol.duty.tables import Shift, ShiftBreak, Visit
from patrol.judging import clocks, coverage, presence
from patrol.judging.at_rest import DeviceSign, signs_of
from patrol.judging.doubts import SHARED_WITHIN_S, in_time, is_sos
from patrol.judging.facts import AreaAsOpened, FactLimits, Gap, ShiftFacts
from patrol.judging.fold import Folded, fold, in_order
from patrol.judging.judge import trusted
from patrol.judging.twins import doubts_among
from patrol.judging.visits import VisitPoint
from patrol.sos.raising import raise_all
from patrol.trails.store import TrailStore
from patrol.worker.backlog import Span

log = structlog.get_logger(__name__)
RECENT: Final = 64
"""Ids remembered of an open shift. A double of an older fix is found too, by folding again."""
SHIFTS_AT_ONCE: Final = 50
"""Read from the trails in one look."""
SEEN_FOR_S: Final = 40 * 86_400
AHEAD_S: Final = 86_400.0
"""What the intake lets a phone's clock be ahead."""


@dataclass
class OpenShift:
    """An open shift in memory: the fold over its fixes, and the last ids, by which a double is known at once."""

    folded: Folded
    recent: dict[str, float] = field(default_factory=dict)
    """By fix id: its first arrival."""

    def remember(self, fix: Fix) -> None:
        self.recent[fix.id] = fix.received_at
        while len(self.recent) > RECENT:
            del self.recent[next(iter(self.recent))]


@dataclass
class PipelineContext:
    """What the steps work with. `held` is a cache: dropped at any time, it is built again from the trails."""

    settings: Settings
    store: Store
    redis: redis.Redis
    trails: TrailStore
    clock: Clock
    held: dict[str, OpenShift] = field(default_factory=dict)
    heard: dict[str, float] | None = None
    clocks: dict[str, clocks.DeviceClock] | None = None
    again: dict[str, Span] = field(default_factory=dict)
    """Shifts whose facts something else than their own fixes has changed: to be judged again."""

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
    overdue_at: float
    pauses: list[list[float]]

    @property
    def until(self) -> float:
        """Fixes after this are off shift: left open, a shift ends by itself."""
        return self.overdue_at if self.closed_at is None else self.closed_at

    def holds(self, at: float) -> bool:
        """On shift at this moment; not while an end by mistake stood."""
        return self.opened_at <= at <= self.until and not any(one < at < two for one, two in self.pauses)


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
        Shift.overdue_at,
        Shift.pauses,
    )
    query = select(*columns).join(Guard, Guard.id == Shift.guard_id).where(*where).order_by(Shift.opened_at)
    return [OnShift(*row) for row in session.execute(query)]


@dataclass
class Batch:
    """Fixes on their way; `name` is their stream and range of ids. `again`: fold their shifts from the start."""

    name: str
    fixes: Sequence[Fix]
    sos: Sequence[SosCall] = ()
    """Calls for help, said as such; `sos_fixes`: those that a fix with the alarm stands for."""
    sos_fixes: Sequence[SosCall] = ()
    again: bool = False
    alive: Sequence[Alive] = ()
    of_shift: dict[str, list[Fix]] = field(default_factory=lambda: defaultdict(list))
    shifts: dict[str, OnShift] = field(default_factory=dict)
    kept: list[Fix] = field(default_factory=list)
    off_shift: list[Fix] = field(default_factory=list)
    signs: dict[str, list[DeviceSign]] = field(default_factory=lambda: defaultdict(list))
    """Signs of life without a fix, by shift."""
    kept_alive: list[Alive] = field(default_factory=list)
    folded: dict[str, Folded] = field(default_factory=dict)
    spans: dict[str, Span] = field(default_factory=dict)
    """Device times of the first and last new fix, where the fixes themselves are in the trails alone."""

    def span(self, shift_id: str) -> Span:
        if shift_id in self.spans:
            return self.spans[shift_id]
        times = [fix.at for fix in self.of_shift[shift_id]]
        return min(times, default=math.inf), max(times, default=-math.inf)


def behind(room: PipelineContext, spans: Mapping[str, Span]) -> Batch:
    """Shifts to be judged again, from their trails."""
    with room.store.read() as session:
        found = on_shifts(session, Shift.id.in_(spans))
    shifts = {one.id: one for one in found}
    return Batch("behind", [], again=True, of_shift={one: [] for one in shifts}, shifts=shifts, spans=dict(spans))


def grounds_of(session: Session, shifts: Sequence[OnShift]) -> dict[str, AreaAsOpened]:
    grounds = grounds_at(session, [shift.id for shift in shifts])
    posts = {shift.post_id for shift in shifts if shift.post_id}
    found = {post.id: post for post in session.scalars(select(Post).where(Post.id.in_(posts)))} if posts else {}
    return {shift.id: _ground(shift, grounds[shift.id], found.get(shift.post_id or "")) for shift in shifts}


def _ground(shift: OnShift, ground: dict[str, Any], post: Post | None) -> AreaAsOpened:
    return AreaAsOpened(
        shift.id, tuple((lon, lat) for lon, lat in ground["polygon"]),
        tuple(VisitPoint(*one) for one in ground["checkpoints"]), shift.opened_at,
        VisitPoint(post.id, post.lon, post.lat, post.radius_m) if post else None,
        tuple(Gap(*one) for one in shift.pauses),
    )  # fmt: skip


def raise_calls(room: PipelineContext, batch: Batch) -> None:
    """Calls for help, before anything judges place or clock: nothing that fails later can hold them back."""
    if batch.sos or batch.sos_fixes:
        raise_all(room.store, room.redis, room.clock.now(), batch.sos, batch.sos_fixes)


def find_shifts(room: PipelineContext, batch: Batch) -> None:
    """Only what was measured during a shift, and came while late fixes count, is kept; an SOS always is."""
    if not batch.fixes and not batch.alive:
        return
    batch.fixes = [in_time(fix) for fix in batch.fixes]
    came: list[Fix | Alive] = [*batch.fixes, *batch.alive]
    first, guards = min(one.at for one in came), {one.guard_id for one in came}
    with room.store.read() as session:
        found = on_shifts(session, Shift.guard_id.in_(guards), or_(Shift.closed_at.is_(None), Shift.closed_at >= first))
    rows = {row.id: row for row in found}
    shifts: dict[str, list[OnShift]] = defaultdict(list)
    for row in found:
        shifts[row.guard_id].append(row)
    late = room.settings.late_fix_hours * 3600
    for fix in batch.fixes:
        at = fix.at
        shift_id = next((one.id for one in shifts[fix.guard_id] if one.holds(at)), None)
        if shift_id is not None and fix.received_at - at <= late:
            batch.of_shift[shift_id].append(fix)
            batch.kept.append(fix)
        else:
            (batch.kept if is_sos(fix) else batch.off_shift).append(fix)
    for alive in batch.alive:
        shift_id = next((one.id for one in shifts[alive.guard_id] if one.holds(alive.at)), None)
        if shift_id is not None:
            batch.signs[shift_id].append(DeviceSign(alive.at, alive.device_id))
            batch.kept_alive.append(alive)
            batch.of_shift.setdefault(shift_id, [])
    batch.shifts = {one: rows[one] for one in batch.of_shift}


def hold_sealed(room: PipelineContext, batch: Batch) -> None:
    """What came before a begin that may be on its way is held for a day, and shown to nobody (`patrol.acts`)."""
    if not batch.off_shift:
        return
    with room.store.read() as session:
        held = to_hold(session, batch.off_shift, room.clock.now())
    if held:
        SealedFixes(room.redis, inner.current_secret(room.redis, room.settings)).hold(held)
        ids = {fix.id for fix in held}
        batch.off_shift = [fix for fix in batch.off_shift if fix.id not in ids]


def append_trails(room: PipelineContext, batch: Batch) -> None:
    if batch.kept or batch.kept_alive:
        room.trails.append(batch.name, batch.kept, batch.kept_alive)


def note_arrivals(room: PipelineContext, batch: Batch) -> None:
    """Silences of the platform, and clocks that are wrong by whole half hours."""
    arrivals = [(one.received_at, one.guard_id) for one in batch.fixes] + [
        (one.at, one.guard_id) for one in batch.alive
    ]
    if room.heard is None:
        room.heard = silences.heard(room.redis)
    if room.clocks is None:
        room.clocks = clocks.read(room.redis)
    found = silences.silences(arrivals, room.heard)
    newest = max(room.heard.values(), default=0.0)
    within = [one for one in arrivals if one[0] < newest - silences.JUST_S]
    if found or within:
        with room.store.write() as session:
            changed = silences.do_split(session, within, room.clock.now())
            for one in found:
                changed += silences.do_note(session, one, room.clock.now())
        room.again.update(dict.fromkeys(changed, (math.inf, -math.inf)))
    silences.keep_heard(room.redis, room.heard, arrivals)
    clocks.follow(room.redis, room.clocks, [*batch.fixes])


def fold_facts(room: PipelineContext, batch: Batch) -> None:
    """In order of device time: fixes beyond the last are a step each, any other folds the shift again from its trail."""
    anew: list[OnShift] = []
    for shift_id, fixes in batch.of_shift.items():
        shift, held = batch.shifts[shift_id], room.held.get(shift_id)
        if (
            held is None
            or batch.again
            or shift.closed_at is not None
            or len(held.folded.ground.pauses) != len(shift.pauses)
        ):
            anew.append(shift)
            continue
        if not go_on(held, fixes, batch.signs.get(shift_id, ())):
            anew.append(shift)
        batch.folded[shift_id] = held.folded
    anew.sort(key=lambda one: (one.closed_at is not None, one.opened_at))
    for start in range(0, len(anew), SHIFTS_AT_ONCE):
        for shift_id, held in hold(room, anew[start : start + SHIFTS_AT_ONCE]).items():
            batch.folded[shift_id] = held.folded
            if batch.shifts[shift_id].closed_at is None:
                room.held[shift_id] = held


def go_on(held: OpenShift, fixes: Sequence[Fix], alive: Sequence[DeviceSign]) -> bool:
    """The fold goes on with what came; False: something lies before its end, and the shift is to be folded again. A fix
    that came before is a sign of life."""
    signs, new = list(alive), list[Fix]()
    for fix in fixes:
        first = held.recent.get(fix.id)
        if first is None:
            new.append(fix)
        elif first < fix.received_at:
            signs.append(DeviceSign(fix.received_at, fix.device_id, fix.id))
        elif first > fix.received_at:
            return False
    signs += signs_of(new)
    coming: list[Fix | DeviceSign] = [*in_order(new), *signs]
    coming.sort(key=lambda one: (one.at, isinstance(one, DeviceSign), one.id if isinstance(one, Fix) else one.fix_id))
    for one in coming:
        last, heard_at = held.folded.last, held.folded.heard_at
        if isinstance(one, DeviceSign):
            if one.at < heard_at or (last is not None and one.at < last.at):
                return False
            held.folded.hear(one)
            continue
        if one.at <= heard_at or (last is not None and (one.at, one.id) <= (last.at, last.id)):
            return False
        held.folded.push(one)
        held.remember(one)
    return True


def hold(room: PipelineContext, shifts: Sequence[OnShift]) -> dict[str, OpenShift]:
    """Shifts folded from the trails, which hold all that was acknowledged and this batch."""
    if not shifts:
        return {}
    with room.store.read() as session:
        grounds = grounds_of(session, shifts)
    ahead = room.clock.now() + AHEAD_S
    ends = {shift.id: min(ahead, shift.until) for shift in shifts}
    guards, first = [*{shift.guard_id for shift in shifts}], min(shift.opened_at for shift in shifts)
    trails = room.trails.read_each(guards, first, max(ends.values()))
    signs = room.trails.signs_each(guards, first, max(ends.values()))
    found = {}
    for shift in shifts:
        mine = [fix for fix in trails[shift.guard_id] if fix.at <= ends[shift.id] and shift.holds(fix.at)]
        spoke = [one for one in signs[shift.guard_id] if one.at <= ends[shift.id] and shift.holds(one.at)]
        found[shift.id] = OpenShift(
            fold(mine, grounds[shift.id], room.fact_limits, cells=shift.closed_at is None, signs=spoke)
        )
        for fix in mine[-RECENT:]:
            found[shift.id].remember(fix)
    return found


def breaks_of(session: Session, shift_ids: Collection[str]) -> dict[str, list[Gap]]:
    """Breaks taken on these shifts; one that still runs has no end."""
    found: dict[str, list[Gap]] = {one: [] for one in shift_ids}
    for row in session.scalars(select(ShiftBreak).where(ShiftBreak.shift_id.in_(shift_ids))):
        found[row.shift_id].append(Gap(row.from_at, math.inf if row.to_at is None else row.to_at))
    return found


def closed_facts(room: PipelineContext, shift: OnShift, folded: Folded) -> ShiftFacts:
    """The facts of a whole shift, from its opening to its close."""
    assert shift.closed_at is not None
    matches = room.trails.near(shift.guard_id, shift.opened_at, shift.closed_at, SHARED_WITHIN_S)
    with room.store.read() as session:
        breaks = breaks_of(session, [shift.id])[shift.id]
        silent = silences.between(session, shift.opened_at, shift.closed_at)
    return folded.finish(shift.closed_at, breaks, doubts_among(matches), silent)


def write_rows(room: PipelineContext, batch: Batch) -> None:
    """Facts, visits, arrivals and the verdicts that rest on a fix: one transaction."""
    if not batch.folded:
        return
    at = room.clock.now()
    whole = {one: closed_facts(room, shift, batch.folded[one]) for one, shift in batch.shifts.items()
             if shift.closed_at is not None and one in batch.folded}  # fmt: skip
    ahead = read_ahead(room, batch, at)
    with room.store.write() as session:
        rows = lock_shifts(session, batch.folded)
        prove_arrivals(room, session, rows, batch, at, ahead)
        for one in calls.resting_on_fixes(session, batch.folded):
            calls.settle_again(session, one, at, room.call_limits, ahead, *spoken_for(batch, one))
        ended, breaks = shift_facts.ended(session, batch.folded), breaks_of(session, batch.folded)
        silent = silences.between(session, min(batch.shifts[one].opened_at for one in batch.folded), at + AHEAD_S)
        put_facts(session, {
            rows[one]: shift_facts.with_ended(whole[one] if one in whole else folded.facts(breaks[one], silent), ended[one])
            for one, folded in batch.folded.items()
        })  # fmt: skip
    for folded in batch.folded.values():
        folded.wavered_from = None


def spoken_for(batch: Batch, shift_id: str) -> tuple[float, float]:
    """From when to when this batch's fixes may change a verdict."""
    first, last = batch.span(shift_id)
    return min(first, batch.folded[shift_id].wavered_from or math.inf), last


def read_ahead(room: PipelineContext, batch: Batch, at: float) -> calls.ReadAhead:
    """The fixes that arrivals and verdicts of this batch will ask for, read under no lock."""
    ahead, spans = calls.ReadAhead(room.trails.read), list[tuple[str, float, float]]()
    with room.store.read() as session:
        for row in session.scalars(provable(batch.folded)).unique():
            if may_prove(room, batch, row):
                spans.append(whole_shift(session.get_one(Shift, row.shift_id), at))
        for one in calls.resting_on_fixes(session, batch.folded):
            which = calls.resting_in(one, room.call_limits, *spoken_for(batch, one))
            spans += calls.spans_asked(session, which, room.call_limits)
    ahead.expect(spans)
    return ahead


def provable(shift_ids: Collection[str]) -> Select[Dispatch]:
    """Dispatches of these shifts whose arrival fixes may prove, in the order of their locks."""
    asked = select(Dispatch).where(Dispatch.shift_id.in_(shift_ids), Dispatch.state.in_(dispatches.PROVABLE))
    return asked.order_by(Dispatch.id)


def may_prove(room: PipelineContext, batch: Batch, row: Dispatch) -> bool:
    """Could this batch's fixes change the arrival?"""
    wavered, radius = batch.folded[row.shift_id].wavered_from, room.settings.arrive_radius_m
    doubted = wavered is not None and row.arrived_at is not None and row.arrived_at >= wavered
    return (
        bool(batch.again)
        or doubted
        or any(
            dispatches.has_arrived(row, fix, radius) and (row.arrived_at is None or fix.at < row.arrived_at)
            for fix in batch.of_shift[row.shift_id]
        )
    )


def whole_shift(shift: Shift, at: float) -> tuple[str, float, float]:
    """Guard, from, to."""
    return shift.guard_id, shift.opened_at, shift.closed_at if shift.closed_at is not None else at + AHEAD_S


def prove_arrivals(  # noqa: PLR0917 - whose, of what, and the fixes that were read
    room: PipelineContext,
    session: Session,
    shifts: Mapping[str, Shift],
    batch: Batch,
    at: float,
    fixes_of: calls.FixesOf,
) -> None:
    """The first trusted fix near a dispatch, of all on the shift, is its arrival; it is looked for where these fixes
    could change that."""
    radius = room.settings.arrive_radius_m
    for row in session.scalars(provable(shifts).with_for_update(of=Dispatch)).unique():
        if not may_prove(room, batch, row):
            continue
        sure = trusted(fixes_of(*whole_shift(shifts[row.shift_id], at)))
        hit = next((fix for fix in sure if dispatches.has_arrived(row, fix, radius)), None)
        dispatches.arrive(session, row, hit, at)


def put_facts(session: Session, found: Mapping[Shift, ShiftFacts]) -> None:
    """The rows' facts and the shifts' visits, replaced as a whole where they changed."""
    moved: dict[str, ShiftFacts] = {}
    for shift, facts in found.items():
        before = shift.facts.get("visits", [])
        if shift_facts.keep(shift, facts) and shift.facts["visits"] != before:
            moved[shift.id] = facts
    session.flush()
    if moved:
        session.execute(delete(Visit).where(Visit.shift_id.in_(moved)))
        session.add_all(Visit(shift_id=shift_id, **msgspec.structs.asdict(one)) for shift_id, facts in moved.items()
                        for one in facts.visits)  # fmt: skip
        session.flush()


def show_places(room: PipelineContext, batch: Batch) -> None:
    """The newest fix of each open shift, for the map, with what is wrong with it."""
    changed = []
    for shift_id, folded in batch.folded.items():
        shift, newest, whole = batch.shifts[shift_id], folded.newest, folded.whole()
        if shift.closed_at is None and newest is not None:
            fix, clock = newest.fix, (room.clocks or {}).get(newest.fix.device_id)
            changed.append(presence.GuardPlace(
                guard_id=shift.guard_id, name=shift.guard_name, unit_id=shift.unit_id, shift_id=shift_id,
                area_id=shift.area_id, lon=fix.lon, lat=fix.lat, at=min(fix.at, fix.received_at), received_at=fix.received_at,
                accuracy_m=fix.accuracy_m, speed_mps=fix.speed_mps, battery_pct=fix.battery_pct, inside=whole.inside,
                doubts=newest.doubts, system=newest.system, off_m=newest.off_m,
                still_until=whole.known_until if whole.known_until > fix.at else None,
                clock_off_s=clock.off_s if clock is not None and clock.steady else fix.clock_off_s or None,
                clock_corrected=bool(fix.clock_off_s),
            ))  # fmt: skip
    presence.put_places(room.redis, changed)


def mark_cells(room: PipelineContext, batch: Batch) -> None:
    """Which cells of their areas the shifts passed."""
    seen = defaultdict[str, dict[str, float]](dict)
    for shift_id, folded in batch.folded.items():
        cells = seen[batch.shifts[shift_id].area_id]
        for cell, at in folded.cells.items():
            cells[cell] = max(at, cells.get(cell, at))
        folded.cells.clear()
    coverage.mark(room.redis, seen)


def count_off_shift(room: PipelineContext, batch: Batch) -> None:
    """Counted, not kept: how many different fixes a day, by a sketch of their ids from which none can be read. So a
    batch that comes again counts once; the error is below one in a hundred."""
    days: dict[str, list[str]] = defaultdict(list)
    for fix in batch.off_shift:
        days[county_day(fix.at)].append(fix.id)
    for day, ids in days.items():
        count_as_off_shift(room, day, ids)


def count_as_off_shift(room: PipelineContext, day: str, ids: Sequence[str]) -> None:
    if ids:
        seen = keys.off_shift_seen(day)
        room.redis.pfadd(seen, *ids)
        room.redis.expire(seen, SEEN_FOR_S)
        room.redis.hset(keys.off_shift_counts(), day, str(room.redis.pfcount(seen)))


Step = Callable[[PipelineContext, Batch], None]
KEEP: Final[tuple[tuple[str, Step], ...]] = (
    ("raise_calls", raise_calls),
    ("find_shifts", find_shifts),
    ("hold_sealed", hold_sealed),
    ("append_trails", append_trails),
    ("note_arrivals", note_arrivals),
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


def process(room: PipelineContext, batch: Batch, steps: Sequence[tuple[str, Step]] = STEPS) -> None:
    """The steps in order; an error leaves the batch unacknowledged, and it comes again."""
    for _, step in steps:
        step(room, batch)
