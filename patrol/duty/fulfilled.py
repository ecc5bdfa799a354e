"""What became of roster entries: their shifts, take-overs and stand-ins read from the tables, and judged by `fulfilment`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from patrol.duty.fulfilment import FilledSpan, Fulfilment, OnDuty, PlaceTakeOver, PlannedEntry, fulfil
from patrol.duty.tables import HandOver, RosterEntry, Shift

LOOK_BACK_S: Final = 24 * 3600.0
"""A shift that fulfils an entry opened at most so long before it."""
WORDS: Final = frozenset({"excused", "cancelled"})
AT_ONCE: Final = 500


def planned_of(row: RosterEntry) -> PlannedEntry:
    return PlannedEntry(row.id, row.guard_id, row.area_id, row.post_id, row.begins_at, row.ends_at,
                   row.state if row.state in WORDS else "")  # fmt: skip


def _shifts(session: Session, guards: set[str], first: float, last: float, now: float) -> dict[str, OnDuty]:
    columns = (Shift.id, Shift.guard_id, Shift.area_id, Shift.post_id, Shift.opened_at, Shift.closed_at, Shift.closed_how,
               Shift.due_end_at, Shift.overdue_at)  # fmt: skip
    found: dict[str, OnDuty] = {}
    names = sorted(guards)
    for n in range(0, len(names), AT_ONCE):
        query = select(*columns).where(Shift.guard_id.in_(names[n : n + AT_ONCE]), Shift.opened_at >= first, Shift.opened_at < last,
                                       or_(Shift.closed_at.is_(None), Shift.closed_at >= first))  # fmt: skip
        for row in session.execute(query):
            over = (
                row.closed_at is None and row.overdue_at <= now
            )  # it has ended, whether the worker has seen it or not
            found[row.id] = OnDuty(
                row.id, row.guard_id, row.area_id, row.post_id, row.opened_at, row.overdue_at if over else row.closed_at,
                "overdue" if over else row.closed_how, row.due_end_at,
            )  # fmt: skip
    return found


def judge_all(session: Session, rows: Sequence[RosterEntry], now: float) -> dict[str, Fulfilment]:
    """By entry id, as of `now`. All that speaks of them is read in a few queries, however many they are."""
    if not rows:
        return {}
    first, last = min(row.begins_at for row in rows) - LOOK_BACK_S, max(row.ends_at for row in rows)
    accepted = session.scalars(
        select(HandOver).where(HandOver.accepted_at >= first, HandOver.accepted_at <= last)
    ).all()
    taken = [PlaceTakeOver(one.from_shift_id, one.to_shift_id, one.accepted_at) for one in accepted
             if one.to_shift_id is not None and one.accepted_at is not None]  # fmt: skip
    guards = {row.guard_id for row in rows} | {
        guard for one in accepted for guard in (one.from_guard_id, one.to_guard_id)
    }
    shifts = _shifts(session, guards, first, last, now)
    near = session.scalars(select(RosterEntry).where(
        RosterEntry.begins_at < last, RosterEntry.ends_at > first, RosterEntry.state != "cancelled")).unique().all()  # fmt: skip
    entries: dict[str, list[PlannedEntry]] = defaultdict(list)
    for row in near:
        entries[row.guard_id].append(planned_of(row))
    of: dict[str, list[OnDuty]] = defaultdict(list)
    for one in shifts.values():
        of[one.guard_id].append(one)
    chain = _chains(taken, shifts)

    def judge(row: RosterEntry, stand_ins: Sequence[FilledSpan] = ()) -> Fulfilment:
        mine = of[row.guard_id]
        involved = {one.id: one for one in mine} | {one: shifts[one] for own in mine for one in chain.get(own.id, ())}
        hers = [
            entry for guard in {one.guard_id for one in involved.values()} | {row.guard_id} for entry in entries[guard]
        ]
        moves = [one for one in taken if one.to_shift_id in involved or one.from_shift_id in involved]
        return fulfil(planned_of(row), list(involved.values()), moves, now, entries=hers, stand_ins=stand_ins)

    covering: dict[str, list[RosterEntry]] = defaultdict(list)
    for row in near:
        if row.covers_id:
            covering[row.covers_id].append(row)
    return {row.id: judge(row, [span for other in covering[row.id] for span in judge(other).spans]) for row in rows}


def _chains(taken: Sequence[PlaceTakeOver], shifts: dict[str, OnDuty]) -> dict[str, set[str]]:
    """Shift by shift: all that took over from it, one after the other, and those it took over from."""
    after: dict[str, list[str]] = defaultdict(list)
    before: dict[str, set[str]] = defaultdict(set)
    for one in taken:
        if one.to_shift_id in shifts and one.from_shift_id in shifts:
            after[one.from_shift_id].append(one.to_shift_id)
            before[one.to_shift_id].add(one.from_shift_id)
    found: dict[str, set[str]] = {}
    for begin in set(after) | set(before):
        seen, waiting = {begin}, [begin]
        while waiting:
            fresh = [one for one in after[waiting.pop()] if one not in seen]
            seen.update(fresh)
            waiting += fresh
        found[begin] = seen | before[begin]
    return found
