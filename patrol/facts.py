"""What the fixes of a shift say: a fold over them in order of device time, the same bit for bit however they arrived.

Time between two fixes is confirmed when both lie inside the area, outside when both lie clearly outside, and unknown
otherwise: missing data is not misconduct.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from lianqin.geo import LonLat
from lianqin.records import Fix
from patrol.checkpoints import Place, VisitFact, visit
from patrol.filters import Seen, accuracy_m, look, proves
from patrol.presence import locate


class FactLimits(msgspec.Struct, frozen=True):
    """`longest_step_s`: fixes farther apart leave a gap. `visit_slack_m`: accuracy that a visit may count on."""

    longest_step_s: float = 60.0
    visit_slack_m: float = 25.0


class Ground(msgspec.Struct, frozen=True):
    """The area and checkpoints of a shift, and its hours (`until`: closed_at, or now)."""

    shift_id: str
    polygon: tuple[LonLat, ...]
    checkpoints: tuple[Place, ...]
    opened_at: float


class Gap(msgspec.Struct, frozen=True):
    """No fix between these (epoch seconds)."""

    from_at: float
    to_at: float


class DoubtCount(msgspec.Struct, frozen=True):
    kind: str
    count: int


class CallOutcome(msgspec.Struct, frozen=True):
    """A settled point call; `counted` is the verdict that counts: a contradicted one only once a person upheld it."""

    id: str
    by_draw: bool
    counted: str
    reason: str = ""


class DispatchOutcome(msgspec.Struct, frozen=True):
    """A dispatch that came to an end. `counted`: confirmed (arrived), contradicted (refused), unknown (cancelled)."""

    id: str
    counted: str
    called_at: float
    arrived_at: float | None = None
    arrived_fix_id: str | None = None


class ShiftFacts(msgspec.Struct, frozen=True):
    """Seconds confirmed in the area, clearly outside, and not known; gaps; visits; doubts; outcomes of calls."""

    shift_id: str = ""
    opened_at: float = 0.0
    until: float = 0.0
    confirmed_s: float = 0.0
    outside_s: float = 0.0
    unknown_s: float = 0.0
    gaps: tuple[Gap, ...] = ()
    outside: tuple[Gap, ...] = ()
    visits: tuple[VisitFact, ...] = ()
    checkpoints: tuple[str, ...] = ()
    doubts: tuple[DoubtCount, ...] = ()
    fixes: int = 0
    first_fix_id: str | None = None
    first_at: float | None = None
    last_fix_id: str | None = None
    last_at: float | None = None
    calls: tuple[CallOutcome, ...] = ()
    dispatches: tuple[DispatchOutcome, ...] = ()


class Folded(msgspec.Struct, frozen=True):
    """The fold's state after some fixes: facts so far, what matters to the next fix, and where he is."""

    facts: ShiftFacts
    seen: Seen = Seen()
    inside: bool | None = None

    @property
    def last(self) -> Fix | None:
        return self.seen.last


def begin(ground: Ground) -> Folded:
    return Folded(
        ShiftFacts(
            shift_id=ground.shift_id, opened_at=ground.opened_at, until=ground.opened_at,
            checkpoints=tuple(place.id for place in ground.checkpoints),
        )
    )  # fmt: skip


def in_order(fixes: Iterable[Fix]) -> list[Fix]:
    """By (device time, id), each id once (the earliest arrival of it)."""
    found: list[Fix] = []
    for fix in sorted(fixes, key=lambda one: (one.at, one.id, one.received_at)):
        if not found or found[-1].id != fix.id:
            found.append(fix)
    return found


def step(state: Folded, fix: Fix, ground: Ground, limits: FactLimits) -> Folded:
    """One fix more; it must not come before the last one."""
    facts = state.facts
    flag, seen = look(state.seen, fix)
    trusted = proves(flag.doubts)
    inside = None
    if trusted:
        inside = locate(ground.polygon, (fix.lon, fix.lat), accuracy_m(fix), was_inside=state.inside)
    since = state.last.at if state.last else ground.opened_at
    before = state.inside if state.last else None
    span = max(0.0, fix.at - since)
    gap = span > limits.longest_step_s
    confirmed = not gap and before is True and inside is True
    outside = not gap and before is False and inside is False
    facts = msgspec.structs.replace(
        facts,
        until=max(facts.until, fix.at),
        confirmed_s=facts.confirmed_s + (span if confirmed else 0.0),
        outside_s=facts.outside_s + (span if outside else 0.0),
        unknown_s=facts.unknown_s + (0.0 if confirmed or outside else span),
        gaps=(*facts.gaps, Gap(since, fix.at)) if gap else facts.gaps,
        outside=_grown(facts.outside, since, fix.at) if outside else facts.outside,
        visits=visit(facts.visits, fix, ground.checkpoints, limits.visit_slack_m) if trusted else facts.visits,
        doubts=_counted(facts.doubts, flag.doubts),
        fixes=facts.fixes + 1,
        first_fix_id=facts.first_fix_id or fix.id, first_at=fix.at if facts.first_at is None else facts.first_at,
        last_fix_id=fix.id, last_at=fix.at,
    )  # fmt: skip
    return Folded(facts, seen, inside)


def fold(fixes: Iterable[Fix], ground: Ground, limits: FactLimits) -> Folded:
    """All of them from the start, in any order and with doubles."""
    state = begin(ground)
    for fix in in_order(fixes):
        state = step(state, fix, ground, limits)
    return state


def finish(state: Folded, until: float, limits: FactLimits, shared: int = 0) -> ShiftFacts:
    """The facts up to `until`: what follows the last fix is not known. `shared`: fixes at another guard's very place."""
    facts = state.facts
    since = facts.last_at if facts.last_at is not None else facts.opened_at
    rest = max(0.0, until - since)
    gaps = (*facts.gaps, Gap(since, until)) if rest > limits.longest_step_s else facts.gaps
    doubts = tuple(one for one in facts.doubts if one.kind != "shared_position")
    if shared:
        doubts = tuple(sorted((*doubts, DoubtCount("shared_position", shared)), key=lambda one: one.kind))
    return msgspec.structs.replace(
        facts, until=max(until, since), unknown_s=facts.unknown_s + rest, gaps=gaps, doubts=doubts
    )


def _grown(spans: tuple[Gap, ...], from_at: float, to_at: float) -> tuple[Gap, ...]:
    if spans and spans[-1].to_at == from_at:
        return (*spans[:-1], Gap(spans[-1].from_at, to_at))
    return (*spans, Gap(from_at, to_at))


def _counted(counts: tuple[DoubtCount, ...], found: Sequence[str]) -> tuple[DoubtCount, ...]:
    if not found:
        return counts
    held = {one.kind: one.count for one in counts}
    for kind in found:
        held[kind] = held.get(kind, 0) + 1
    return tuple(DoubtCount(kind, held[kind]) for kind in sorted(held))
