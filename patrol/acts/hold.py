"""Which fixes off shift may belong to a begin that is still on its way: those of a guard whom the roster plans then."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from lianqin.records import Fix
from patrol.acts.moments import KEPT_S
from patrol.acts.tables import OPEN, DutyAct
from patrol.duty.fulfilled import WORDS
from patrol.duty.fulfilment import EARLY_S
from patrol.duty.tables import RosterEntry, Shift


def to_hold(session: Session, fixes: Sequence[Fix], now: float) -> list[Fix]:
    """Measured within a day, in a planned window (or the hour before it) of which no shift is known yet, or whose begin waits
    for its proof or a person's word."""
    recent = [fix for fix in fixes if now - fix.at <= KEPT_S and now - fix.received_at <= KEPT_S]
    if not recent:
        return []
    guards, first, last = {fix.guard_id for fix in recent}, min(fix.at for fix in recent), max(fix.at for fix in recent)
    windows: dict[str, list[tuple[float, float]]] = {}
    for guard_id, begins, ends in session.execute(select(RosterEntry.guard_id, RosterEntry.begins_at, RosterEntry.ends_at).where(
        RosterEntry.guard_id.in_(guards), RosterEntry.state.not_in(WORDS), RosterEntry.begins_at - EARLY_S <= last,
        RosterEntry.ends_at >= first)):  # fmt: skip
        windows.setdefault(guard_id, []).append((begins - EARLY_S, ends))
    if not windows:
        return []
    begun: dict[str, list[float]] = {}
    for guard_id, opened_at in session.execute(select(Shift.guard_id, Shift.opened_at).where(
        Shift.guard_id.in_(windows), Shift.opened_at >= first - KEPT_S)):  # fmt: skip
        begun.setdefault(guard_id, []).append(opened_at)
    open_acts = begins_open(session, windows, now)
    return [fix for fix in recent if any(
        begins <= fix.at <= ends and (fix.guard_id in open_acts or not any(begins <= one for one in begun.get(fix.guard_id, ())))
        for begins, ends in windows.get(fix.guard_id, ()))]  # fmt: skip


def begins_open(session: Session, guards: Iterable[str], now: float) -> set[str]:
    """Guards with a begin that waits for its proof or may yet get a person's word."""
    query = select(DutyAct.guard_id).where(DutyAct.kind == "begin", DutyAct.state.in_(OPEN),
                                           DutyAct.received_at > now - KEPT_S)  # fmt: skip
    return set(session.scalars(query)).intersection(guards)
