"""Who actually stood there: what became of a roster entry, from the shifts at its place. Pure functions.

An entry is fulfilled within its hours by shifts at its area (and post, where both name one): the planned guard's own, those
of whoever took over from him, and a stand-in's. What nobody filled is a hole with its from-to and its reason; only some
reasons are the guard's own (`OWN_FAULT`). The judgement at a time `now` rests on what has happened until then.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Final, Literal

import msgspec

GRACE_S: Final = 600.0
"""Coming late or leaving early by no more than this counts as on time; a hole as short at one end of an entry is not reported."""
EARLY_S: Final = 3600.0
"""A shift opened at most this long before an entry begins may fill it. A shift that overlaps another entry of the guard more, and this
one by no more than this, does not make the guard present here."""
SHORT_S: Final = 60.0
"""A shorter hole between two shifts is none."""
Why = Literal["no_show", "late", "left", "relieving", "handed_over", "sent_home", "ill", "operator", "overdue"]
OWN_FAULT: Final = frozenset({"no_show", "late", "left"})
"""Holes that are absence of the planned guard."""
DECIDED: Final[dict[str, Why]] = {"sent_home": "sent_home", "ill": "ill", "operator": "operator", "overdue": "overdue",
                                  "handed_over": "handed_over", "relieved": "handed_over", "moved": "relieving"}  # fmt: skip
"""Ends of a shift that are no leaving: a person or the clock decided, or another took over."""


class PlannedEntry(msgspec.Struct, frozen=True):
    """An entry. `word`: what a person decided of it, `excused` or `cancelled`; empty: nothing."""

    id: str
    guard_id: str
    area_id: str
    post_id: str | None
    begins_at: float
    ends_at: float
    word: str = ""


class OnDuty(msgspec.Struct, frozen=True):
    """A shift. `until`: when it is due to end while it runs."""

    id: str
    guard_id: str
    area_id: str
    post_id: str | None
    opened_at: float
    closed_at: float | None = None
    closed_how: str = ""
    until: float = math.inf


class PlaceTakeOver(msgspec.Struct, frozen=True):
    """At this moment the one shift's place went to the other shift."""

    from_shift_id: str
    to_shift_id: str
    at: float


class FilledSpan(msgspec.Struct, frozen=True):
    """Filled. `kind`: own; relief (who took over, or a stand-in); held (the guard before stayed until the planned one took over)."""

    from_at: float
    to_at: float
    shift_id: str
    kind: Literal["own", "relief", "held"]


class Hole(msgspec.Struct, frozen=True):
    """Planned time that nobody filled, and why."""

    from_at: float
    to_at: float
    why: Why


class Fulfilment(msgspec.Struct, frozen=True):
    """`state` since `since`: planned | present | late | relieved | relieving | absent | ended | excused | cancelled.

    `shift_id`: the shift that overlaps the entry most. `late_s`, `early_s`: so late he came, so early he left by himself.
    `missing_since`: nobody stands there now, since then.
    """

    state: str
    since: float
    shift_id: str | None = None
    spans: tuple[FilledSpan, ...] = ()
    holes: tuple[Hole, ...] = ()
    late_s: float = 0.0
    early_s: float = 0.0
    missing_since: float | None = None

    @property
    def own_s(self) -> float:
        """Seconds in which the planned guard stood there."""
        return sum(end - begin for begin, end in _union(one for one in self.spans if one.kind == "own"))

    @property
    def filled_s(self) -> float:
        """Seconds in which somebody did."""
        return sum(end - begin for begin, end in _union(self.spans))

    @property
    def absent_s(self) -> float:
        """Seconds that nobody filled and that are the guard's own absence."""
        return sum(one.to_at - one.from_at for one in self.holes if one.why in OWN_FAULT)


def same_place(entry: PlannedEntry, shift: OnDuty) -> bool:
    """A post counts only where both name one."""
    return shift.area_id == entry.area_id and (None in {entry.post_id, shift.post_id} or entry.post_id == shift.post_id)


def fulfil(
    entry: PlannedEntry, shifts: Sequence[OnDuty], taken: Sequence[PlaceTakeOver], now: float, *,
    entries: Sequence[PlannedEntry] = (), stand_ins: Sequence[FilledSpan] = (),
) -> Fulfilment:  # fmt: skip
    """`shifts`: the guard's own and those of who took over; `entries`: what else is planned for all of them; `stand_ins`:
    spans of entries that were made to cover this one."""
    if entry.word:
        return Fulfilment(entry.word, entry.begins_at)
    begin, end, until = entry.begins_at, entry.ends_at, min(now, entry.ends_at)
    by_id = {one.id: one for one in shifts}
    mine = sorted((one for one in shifts if one.guard_id == entry.guard_id and one.opened_at <= now),
                  key=lambda one: (one.opened_at, one.id))  # fmt: skip
    own = [one for one in mine if same_place(entry, one) and one.opened_at < end and _closed(one) > begin]
    spans = [FilledSpan(max(one.opened_at, begin), min(_closed(one), until), one.id, "own") for one in own]
    spans += _relief(entry, own, by_id, taken, entries, until)
    spans += [FilledSpan(max(one.from_at, begin), min(one.to_at, until), one.shift_id, "relief") for one in stand_ins]
    counted = {one.id for one in own if not _belongs_to_another(one, entry, entries, now)}
    held = [FilledSpan(max(by_id[one.from_shift_id].opened_at, begin), min(one.at, until), one.from_shift_id, "held")
            for one in taken if one.to_shift_id in counted and one.from_shift_id in by_id
            and same_place(entry, by_id[one.from_shift_id])]  # fmt: skip
    filled = tuple(sorted((one for one in (*spans, *held) if one.to_at > one.from_at),
                          key=lambda one: (one.from_at, one.to_at, one.shift_id)))  # fmt: skip
    away = _away(entry, mine, taken, own)
    holes = tuple(_holes(entry, filled, own, by_id, away, now))
    ours = [one for one in own if one.id in counted]
    early = _early_s(entry, ours, now)
    late = _late_s(entry, ours, away)
    state, since = _state(entry, ours, filled, away, now, late=late > 0)
    gone = [one for one in holes if one.to_at >= now]
    missing = None
    if begin + GRACE_S <= now < end and gone and not any(one.to_at >= now for one in filled):
        missing = gone[-1].from_at
        for one in reversed(holes):  # a hole in several parts is one
            missing = one.from_at if one.to_at == missing else missing
    most = max(filled, key=lambda one: (one.kind == "own", one.to_at - one.from_at, one.shift_id), default=None)
    shift_id = most.shift_id if most else ours[-1].id if ours else next(
        (one.id for one in mine if _comes_early(one, entry)), None)  # fmt: skip
    return Fulfilment(state, since, shift_id, filled, holes, late, early, missing)


def _closed(shift: OnDuty) -> float:
    return math.inf if shift.closed_at is None else shift.closed_at


def _comes_early(shift: OnDuty, entry: PlannedEntry) -> bool:
    return (shift.closed_at is None and same_place(entry, shift)
            and entry.begins_at - EARLY_S <= shift.opened_at < entry.begins_at)  # fmt: skip


def _overlap(shift: OnDuty, entry: PlannedEntry, now: float) -> float:
    ends = shift.closed_at if shift.closed_at is not None else max(now, shift.until)
    return max(0.0, min(ends, entry.ends_at) - max(shift.opened_at, entry.begins_at))


def _belongs_to_another(shift: OnDuty, entry: PlannedEntry, entries: Sequence[PlannedEntry], now: float) -> bool:
    """The shift overlaps another entry of the guard more than this one; here it is an early begin or a late end."""
    here = _overlap(shift, entry, now)
    if here > min(EARLY_S, (entry.ends_at - entry.begins_at) / 2):
        return False
    return any(_overlap(shift, one, now) > here for one in entries
               if one.guard_id == entry.guard_id and one.id != entry.id and one.word != "cancelled"
               and same_place(one, shift))  # fmt: skip


def _relief(  # noqa: PLR0917 - what the walk along the take-overs needs
    entry: PlannedEntry, own: Sequence[OnDuty], by_id: dict[str, OnDuty], taken: Sequence[PlaceTakeOver],
    entries: Sequence[PlannedEntry], until: float,
) -> list[FilledSpan]:  # fmt: skip
    """Who took over from his shift, and from them again. Time in which such a guard is planned at the same place himself
    fills his own entry, not this one: one person fills one entry at a time."""
    found: list[FilledSpan] = []
    waiting, seen = [one.id for one in own], {one.id for one in own}
    while waiting:
        shift_id = waiting.pop()
        for one in taken:
            shift = by_id.get(one.to_shift_id)
            if one.from_shift_id != shift_id or shift is None or shift.id in seen:
                continue
            seen.add(shift.id)
            waiting.append(shift.id)
            free = [(max(one.at, entry.begins_at), min(_closed(shift), until))]
            for other in entries:
                if (
                    other.guard_id == shift.guard_id
                    and other.id != entry.id
                    and not other.word
                    and same_place(other, shift)
                ):
                    free = _without(free, other.begins_at, other.ends_at)
            found += [FilledSpan(begins, ends, shift.id, "relief") for begins, ends in free if ends > begins]
    return found


def _without(spans: Iterable[tuple[float, float]], from_at: float, to_at: float) -> list[tuple[float, float]]:
    return [part for begins, ends in spans for part in ((begins, min(ends, from_at)), (max(begins, to_at), ends))
            if part[1] > part[0]]  # fmt: skip


def _union(spans: Iterable[FilledSpan]) -> list[tuple[float, float]]:
    found: list[tuple[float, float]] = []
    for one in sorted(spans, key=lambda one: one.from_at):
        if found and one.from_at <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], one.to_at)
        else:
            found.append((one.from_at, one.to_at))
    return found


def _away(
    entry: PlannedEntry, mine: Sequence[OnDuty], taken: Sequence[PlaceTakeOver], own: Sequence[OnDuty]
) -> list[tuple[float, float]]:
    """When the guard stood for somebody at another place, with the time to come from there (`EARLY_S` at most)."""
    begun = {one.to_shift_id: one.at for one in taken}
    found = []
    for one in mine:
        if one.id in begun and not same_place(entry, one):
            comes = min((own_one.opened_at for own_one in own if own_one.opened_at >= _closed(one)), default=math.inf)
            ends = comes if comes <= _closed(one) + EARLY_S else _closed(one)
            found.append((begun[one.id], ends))
    return found


def _holes(  # noqa: PLR0917 - what a hole's reason rests on
    entry: PlannedEntry, filled: Sequence[FilledSpan], own: Sequence[OnDuty], by_id: dict[str, OnDuty],
    away: Sequence[tuple[float, float]], now: float,
) -> Iterable[Hole]:  # fmt: skip
    begin, end, until = entry.begins_at, entry.ends_at, min(now, entry.ends_at)
    stood = _union(filled)
    edges = [begin, *(edge for pair in stood for edge in pair), until]
    for from_at, to_at in zip(edges[::2], edges[1::2], strict=True):
        least = SHORT_S
        if from_at == begin and to_at == until:
            least = 1.0 if now >= end else GRACE_S
        elif from_at == begin or (to_at == until and now >= end):
            least = GRACE_S + 1.0  # coming or going within the grace is in time
        if to_at - from_at < least:
            continue
        last = max((one for one in filled if one.to_at == from_at), key=lambda one: one.kind == "own", default=None)
        yield from _parts(from_at, to_at, _why(to_at, own, by_id, last), away)


def _why(to_at: float, own: Sequence[OnDuty], by_id: dict[str, OnDuty], last: FilledSpan | None) -> Why:
    """`last`: who stood there before the hole."""
    if last is None:
        return "late" if any(one.opened_at <= to_at for one in own) else "no_show"
    shift = by_id.get(last.shift_id)
    if last.kind != "own" or shift is None:
        return "handed_over"
    return DECIDED.get(shift.closed_how, "left")


def _parts(from_at: float, to_at: float, why: Why, away: Sequence[tuple[float, float]]) -> Iterable[Hole]:
    """A hole in parts: time that the guard spent relieving elsewhere has the reason `relieving`."""
    rest, cut = [(from_at, to_at)], []
    for begins, ends in away:
        cut += [(max(begins, one), min(ends, two)) for one, two in rest if min(ends, two) > max(begins, one)]
        rest = _without(rest, begins, ends)
    found = [Hole(*one, "relieving") for one in cut] + [Hole(*one, why) for one in rest if one[1] - one[0] >= SHORT_S]
    yield from sorted(found, key=lambda one: one.from_at)


def _late_s(entry: PlannedEntry, ours: Sequence[OnDuty], away: Sequence[tuple[float, float]]) -> float:
    """From its begin until he came, without what he did for somebody elsewhere."""
    if not ours or ours[0].opened_at - entry.begins_at <= GRACE_S:
        return 0.0
    waited = [(entry.begins_at, ours[0].opened_at)]
    for begins, ends in away:
        waited = _without(waited, begins, ends)
    late = sum(ends - begins for begins, ends in waited)
    return late if late > GRACE_S else 0.0


def _early_s(entry: PlannedEntry, ours: Sequence[OnDuty], now: float) -> float:
    """Seconds before the end of the entry at which the guard left without being sent away."""
    if not ours or any(one.closed_at is None for one in ours):
        return 0.0
    last = max(ours, key=_closed)
    gone = entry.ends_at - _closed(last)
    return gone if last.closed_how not in DECIDED and gone > GRACE_S and now >= _closed(last) else 0.0


def _state(  # noqa: PLR0911 - one case after the other, in the order in which they count
    entry: PlannedEntry, ours: Sequence[OnDuty], filled: Sequence[FilledSpan], away: Sequence[tuple[float, float]], now: float, *,
    late: bool,
) -> tuple[str, float]:  # fmt: skip
    begin, end = entry.begins_at, entry.ends_at
    if now < begin:
        early = next((one for one in ours if _comes_early(one, entry)), None)
        return ("planned", begin) if early is None else ("present", early.opened_at)
    relief = [one for one in filled if one.kind == "relief"]
    if now >= end:
        if ours:
            last = max(_closed(one) for one in ours)
            return "ended", last if last <= end + EARLY_S else end
        if any(begins < end and ends > begin for begins, ends in away):
            return "relieving", max(begin, min(begins for begins, _ in away))
        return "absent", begin
    if any(one.closed_at is None or one.closed_at >= now for one in ours):
        return ("late" if late else "present"), ours[0].opened_at
    if ours and relief and max(one.to_at for one in relief) >= now:
        return "relieved", relief[0].from_at
    if any(begins <= now <= ends for begins, ends in away):
        return "relieving", max(begin, min(begins for begins, ends in away if begins <= now <= ends))
    if ours:
        last_one = max(ours, key=_closed)
        left = last_one.closed_how not in DECIDED and _closed(last_one) <= end - GRACE_S
        return ("absent" if left else "ended"), _closed(last_one)
    return ("absent", begin) if now >= begin + GRACE_S else ("planned", begin)
