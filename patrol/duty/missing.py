"""Who is missing now, and who could stand in: of the same unit, with a valid certificate, not planned, rested."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from lianqin.clock import county_day
from patrol.county.tables import Guard
from patrol.duty.rest import RestRules, Work, breaches
from patrol.duty.shifts import on_duty
from patrol.duty.tables import RosterEntry, RosterRequest, Shift


class StandIn(msgspec.Struct, frozen=True):
    """One who could come; `rested_h`: hours since the last work, None: none in the nine days before."""

    guard_id: str
    name: str
    phone: str
    default_area_id: str | None
    rested_h: float | None


def missing_now(session: Session, unit_id: str | None, now: float) -> list[RosterEntry]:
    """Entries where nobody stands that should, the longest first."""
    ours = () if unit_id is None else (RosterEntry.unit_id == unit_id,)
    query = select(RosterEntry).where(RosterEntry.missing_since.is_not(None), RosterEntry.begins_at <= now, RosterEntry.ends_at > now,
                                      RosterEntry.state.not_in(("excused", "cancelled")), *ours)  # fmt: skip
    return list(session.scalars(query.order_by(RosterEntry.missing_since, RosterEntry.id)).unique())


def could_stand_in(  # noqa: PLR0917 - whose, when and by which rules
    session: Session, unit_id: str, from_at: float, to_at: float, now: float, rules: RestRules
) -> list[StandIn]:
    """Those of the unit who may take a shift from `from_at` to `to_at`, the most rested first. What they worked counts as
    well as what is planned."""
    day, near = county_day(from_at), 9 * 86_400
    guards = session.scalars(select(Guard).where(
        Guard.unit_id == unit_id, Guard.cert_valid_until >= day, Guard.notice_signed_at.is_not(None)).order_by(Guard.id)).unique().all()  # fmt: skip
    work: dict[str, list[Work]] = defaultdict(list)
    for guard_id, begins, ends in session.execute(select(RosterEntry.guard_id, RosterEntry.begins_at, RosterEntry.ends_at).where(
        RosterEntry.unit_id == unit_id, RosterEntry.state.not_in(("cancelled", "excused")),
        RosterEntry.ends_at > max(now, from_at - near), RosterEntry.begins_at < to_at + near)):  # fmt: skip
        work[guard_id].append(Work(begins, ends))
    for guard_id, begins, closed in session.execute(select(Shift.guard_id, Shift.opened_at, Shift.closed_at).where(
        Shift.unit_id == unit_id, Shift.closed_at > from_at - near)):  # fmt: skip
        work[guard_id].append(Work(begins, closed or now))
    busy = set(session.scalars(select(Shift.guard_id).where(Shift.unit_id == unit_id, on_duty(now))))
    leave = set(session.scalars(select(RosterRequest.guard_id).where(
        RosterRequest.unit_id == unit_id, RosterRequest.kind == "leave", RosterRequest.state == "granted",
        RosterRequest.from_at < to_at, RosterRequest.to_at > from_at)))  # fmt: skip
    found = []
    for one in guards:
        mine = work[one.id]
        if one.id in busy or one.id in leave or (one.left_on is not None and one.left_on <= day):
            continue
        if any(other.from_at < to_at and other.to_at > from_at for other in mine) or breaches(
            Work(from_at, to_at), mine, rules
        ):
            continue
        last = max((other.to_at for other in mine if other.to_at <= from_at), default=None)
        found.append(
            StandIn(one.id, one.name, one.phone, one.default_area_id, None if last is None else (from_at - last) / 3600)
        )
    return sorted(found, key=lambda one: (-(one.rested_h if one.rested_h is not None else 1e9), one.guard_id))


def certificates_ending(session: Session, unit_id: str | None, now: float, days: int) -> list[Guard]:
    """Guards whose certificate is over, or ends within so many days (令564 art. 16), the first first; not who has left."""
    until = (date.fromisoformat(county_day(now)) + timedelta(days=days)).isoformat()
    ours = () if unit_id is None else (Guard.unit_id == unit_id,)
    query = select(Guard).where(Guard.cert_valid_until <= until, *ours).order_by(Guard.cert_valid_until, Guard.id)
    return [row for row in session.scalars(query).unique() if row.left_on is None or row.left_on > county_day(now)]
