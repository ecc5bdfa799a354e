"""Spot checks (抽查) by officers: a trail reviewed, or an on-site check that the guard signs too; and comments (点评)."""

from __future__ import annotations

from collections import Counter
from typing import Final, Literal

import msgspec
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from lianqin import audit, db, feed
from lianqin.audit import Actor
from lianqin.clock import county_day
from lianqin.errors import ConflictError, NotFoundError
from lianqin.records import new_id
from patrol import case_numbers
from patrol.calls.tables import PointCall
from patrol.checks.suggestions import UNCHECKED_DAYS, ChosenBy, GuardRecord
from patrol.checks.tables import SpotCheck, StationComment
from patrol.county.tables import Guard, Unit
from patrol.duty import shift_facts
from patrol.duty.tables import RosterEntry, Shift

Result = Literal["in_order", "remark"]
RECORD_DAYS: Final = 7
SIGN_WITHIN_S: Final = 72 * 3600.0
"""The guard signs, or says why not, within this."""


def records(session: Session, now: float) -> list[GuardRecord]:
    """What the last `RECORD_DAYS` days say of each guard who had a shift in the last `UNCHECKED_DAYS`."""
    since = now - RECORD_DAYS * 86_400
    shifts = session.scalars(select(Shift).where(Shift.opened_at >= since)).unique()
    of: dict[str, list[Shift]] = {}
    for row in shifts:
        of.setdefault(row.guard_id, []).append(row)
    last = select(SpotCheck.guard_id, func.max(SpotCheck.at)).group_by(SpotCheck.guard_id)
    checked: dict[str, float] = dict(session.execute(last).all())
    month = shifts_since(session, now - UNCHECKED_DAYS * 86_400)
    upheld = Counter(session.scalars(
        select(PointCall.guard_id).where(PointCall.called_at >= since, PointCall.review == "upheld")
    ))  # fmt: skip
    away = Counter(session.scalars(
        select(RosterEntry.guard_id).where(RosterEntry.begins_at >= since, RosterEntry.state == "absent")
    ))  # fmt: skip
    found = []
    for guard_id in sorted({*of, *month}):
        rows = of.get(guard_id, [])
        facts = [shift_facts.facts_of(row) for row in rows]
        doubts: Counter[str] = Counter()
        for one in facts:
            for doubt in one.doubts:
                doubts[doubt.kind] += doubt.count
        found.append(GuardRecord(
            guard_id=guard_id, shifts=len(rows), doubts=tuple(sorted(doubts.items())),
            outside_s=sum(one.outside_s for one in facts), unknown_s=sum(one.unknown_s - one.platform_s for one in facts),
            planned_s=sum(max(0.0, min(now, row.due_end_at) - row.opened_at) for row in rows),
            confirmed_s=sum(one.confirmed_s for one in facts), contradicted=upheld[guard_id],
            no_shows=away[guard_id], checked_at=checked.get(guard_id),
            month_shifts=month.get(guard_id, 0),
        ))  # fmt: skip
    return found


def shifts_since(session: Session, since: float) -> dict[str, int]:
    """How many shifts each guard began since then."""
    query = select(Shift.guard_id, func.count()).where(Shift.opened_at >= since).group_by(Shift.guard_id)
    return dict(session.execute(query).all())


class Unchecked(msgspec.Struct, frozen=True):
    """A guard on duty whom nobody checked for `UNCHECKED_DAYS`: shifts in those days, the last of them, and the last check (None: never)."""

    guard: Guard
    shifts: int
    last_shift_at: float
    checked_at: float | None


def unchecked(session: Session, now: float) -> list[Unchecked]:
    """Who was never checked first, then the longest ago; of those, who had the most shifts."""
    since = now - UNCHECKED_DAYS * 86_400
    on_duty = (
        select(Shift.guard_id, func.count().label("n"), func.max(Shift.opened_at).label("last_at"))
        .where(Shift.opened_at >= since).group_by(Shift.guard_id).subquery()
    )  # fmt: skip
    last = select(SpotCheck.guard_id, func.max(SpotCheck.at).label("at")).group_by(SpotCheck.guard_id).subquery()
    rows = session.execute(
        select(Guard, on_duty.c.n, on_duty.c.last_at, last.c.at)
        .join(on_duty, on_duty.c.guard_id == Guard.id).outerjoin(last, last.c.guard_id == Guard.id)
        .where(Guard.left_on.is_(None), or_(last.c.at.is_(None), last.c.at < since))
    ).unique()  # fmt: skip
    found = [Unchecked(guard, shifts, last_at, checked) for guard, shifts, last_at, checked in rows]
    return sorted(found, key=lambda one: (one.checked_at or 0.0, -one.shifts, one.guard.id))


def unsigned(session: Session, now: float) -> int:
    """Checks to which the guard may still give a word and has not."""
    return session.scalar(select(func.count()).where(
        SpotCheck.guard_signed_at.is_(None), SpotCheck.guard_refused_at.is_(None), SpotCheck.at >= now - SIGN_WITHIN_S)) or 0  # fmt: skip


def done_today(session: Session, day: str, now: float) -> int:
    """Spot checks signed on the county's day, of those of the last two days."""
    times = session.scalars(select(SpotCheck.at).where(SpotCheck.at >= now - 2 * 86_400))
    return sum(county_day(at) == day for at in times)


def get_check(session: Session, check_id: str) -> SpotCheck:
    """Raises NotFoundError `spot_check.missing`."""
    row = session.get(SpotCheck, check_id)
    if row is None:
        raise NotFoundError("spot_check.missing", f"no spot check {check_id}", id=check_id)
    return row


def check_check(session: Session, kind: str, guard_id: str, shift_id: str | None, at: float) -> Guard:
    """An on-site check is of an open shift of this guard.

    Raises NotFoundError `guard.missing`; ConflictError `spot_check.not_his_shift`, `spot_check.off_shift`.
    """
    guard = session.get(Guard, guard_id)
    if guard is None:
        raise NotFoundError("guard.missing", f"no guard {guard_id}", id=guard_id)
    shift = session.get(Shift, shift_id) if shift_id else None
    if shift_id and (shift is None or shift.guard_id != guard_id):
        raise ConflictError("spot_check.not_his_shift", f"{shift_id} is no shift of {guard.name}", name=guard.name)
    if kind == "on_site" and (shift is None or shift.closed_at is not None or shift.overdue_at <= at):
        raise ConflictError("spot_check.off_shift", f"{guard.name} is not on shift", name=guard.name)
    return guard


def do_check(  # noqa: PLR0917 - what the form holds
    session: Session, actor: Actor, kind: Literal["trail", "on_site"], guard_id: str, shift_id: str | None,
    chosen_by: ChosenBy, case_ref: str, result: Result, note: str, at: float,
) -> SpotCheck:  # fmt: skip
    """The officer signs; a check without a number gets one. Raises as `check_check`, `case_numbers.check_case`, `check_unused`."""
    db.in_order(session)
    guard = check_check(session, kind, guard_id, shift_id, at)
    case_ref = case_numbers.do_case(session, actor, "spot_check", case_ref, at)
    case_numbers.check_unused(session, case_ref)
    row = SpotCheck(
        id=new_id("sc", at), kind=kind, guard_id=guard_id, unit_id=guard.unit_id, shift_id=shift_id, officer_id=actor.id,
        officer_name=actor.name, chosen_by=chosen_by, case_ref=case_ref, at=at, result=result, note=note,
    )  # fmt: skip
    session.add(row)
    session.flush()
    audit.write(session, actor, "spot_check.sign", "spot_check", row.id, at=at, purpose="spot_check", case_ref=case_ref,
                detail={"kind": kind, "guard": guard_id, "chosen_by": chosen_by, "result": result})  # fmt: skip
    feed.push(session, "spot_check", row.id, at=at, unit_id=row.unit_id, guard_id=guard_id)
    return row


def do_sign(session: Session, actor: Actor, check_id: str, at: float, *, agrees: bool, note: str = "") -> SpotCheck:
    """The guard's own word, once. Raises NotFoundError `spot_check.missing` (another's too), ConflictError
    `spot_check.signed`, `spot_check.too_late`."""
    row = get_check(session, check_id)
    if row.guard_id != actor.guard_id:
        raise NotFoundError("spot_check.missing", f"no spot check {check_id}", id=check_id)
    if row.guard_signed_at is not None or row.guard_refused_at is not None:
        raise ConflictError("spot_check.signed", "this check has your word already")
    if at - row.at > SIGN_WITHIN_S:
        raise ConflictError("spot_check.too_late", "it can be signed within 72 h", hours=int(SIGN_WITHIN_S // 3600))
    if agrees:
        row.guard_signed_at = at
    else:
        row.guard_refused_at = at
    row.guard_note = note
    session.flush()
    audit.write(session, actor, "spot_check.guard_sign", "spot_check", row.id, at=at, detail={"agrees": agrees})
    feed.push(session, "spot_check", row.id, at=at, unit_id=row.unit_id, guard_id=row.guard_id)
    return row


def do_comment(  # noqa: PLR0917 - what the form holds
    session: Session, actor: Actor, day: str, unit_id: str | None, text: str, at: float
) -> StationComment:
    """Raises NotFoundError `unit.missing`."""
    if unit_id is not None and session.get(Unit, unit_id) is None:
        raise NotFoundError("unit.missing", f"no unit {unit_id}", id=unit_id)
    row = StationComment(id=new_id("cm", at), day=day, officer_id=actor.id, officer_name=actor.name, unit_id=unit_id,
                         text=text, at=at)  # fmt: skip
    session.add(row)
    session.flush()
    audit.write(session, actor, "comment.write", "comment", row.id, at=at, detail={"day": day, "unit": unit_id})
    feed.push(session, "comment", row.id, at=at, unit_id=unit_id)
    return row
