"""Shift templates (班次模板): a unit's usual hours, and a roster made of them. Hours are the county's; a template that ends
before it begins ends on the next day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Annotated, Final

import msgspec
from msgspec import Meta
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lianqin import audit
from lianqin.audit import Actor
from lianqin.clock import COUNTY_ZONE
from lianqin.errors import ConflictError, LianqinError, NotFoundError, RecordError
from patrol.county.tables import Area, Post, Unit
from patrol.duty import roster
from patrol.duty.rest import RestRules
from patrol.duty.tables import RosterEntry, ShiftPattern

LONGEST_DAYS: Final = 92
Minute = Annotated[int, Meta(ge=0, lt=1440)]


class Pattern(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`break_minutes`: what a shift may hold in all."""

    id: Annotated[str, Meta(min_length=1, max_length=60)]
    unit_id: str
    name: Annotated[str, Meta(min_length=1, max_length=80)]
    begins_min: Minute
    ends_min: Minute
    area_id: str | None = None
    post_id: str | None = None
    break_minutes: Annotated[int, Meta(ge=0, le=480)] = 0


class UnplannedDay(msgspec.Struct, frozen=True):
    """A day of a guard that could not be planned, and why."""

    guard_id: str
    day: str
    key: str
    values: dict[str, object]


class PlanOutcome(msgspec.Struct, frozen=True):
    """How many were planned, and what was left out."""

    count: int
    left_out: tuple[UnplannedDay, ...]


def do_put(session: Session, actor: Actor, pattern: Pattern, at: float) -> ShiftPattern:
    """Raises RecordError `pattern.hours`; NotFoundError `unit.missing`, `area.missing`, `post.missing`."""
    if pattern.begins_min == pattern.ends_min:
        raise RecordError("pattern.hours", "a shift begins and ends at different times")
    for kind, key, row_id in (
        (Unit, "unit", pattern.unit_id),
        (Area, "area", pattern.area_id),
        (Post, "post", pattern.post_id),
    ):
        if row_id is not None and session.get(kind, row_id) is None:
            raise NotFoundError(f"{key}.missing", f"no {key} {row_id}", id=row_id)
    row = session.merge(ShiftPattern(**msgspec.structs.asdict(pattern)))
    session.flush()
    audit.write(session, actor, "pattern.put", "shift_pattern", row.id, at=at)
    return row


def do_remove(session: Session, actor: Actor, row: ShiftPattern, at: float) -> None:
    """What was planned by it stays as it is. Raises ConflictError `pattern.in_use` while a shift by it lies ahead."""
    ahead = session.scalar(select(func.count()).where(RosterEntry.pattern_id == row.id, RosterEntry.ends_at > at,
                                                      RosterEntry.state == "planned")) or 0  # fmt: skip
    if ahead:
        raise ConflictError("pattern.in_use", f"{ahead} planned shifts lie ahead", count=ahead)
    session.delete(row)
    session.flush()
    audit.write(session, actor, "pattern.remove", "shift_pattern", row.id, at=at)


def plan_of(pattern: ShiftPattern, guard_id: str, area_id: str, day: str) -> roster.EntryPlan:
    """That day's shift."""
    midnight = datetime.fromisoformat(day).replace(tzinfo=COUNTY_ZONE)
    ends = midnight + timedelta(days=1 if pattern.ends_min <= pattern.begins_min else 0, minutes=pattern.ends_min)
    begins = midnight + timedelta(minutes=pattern.begins_min)
    return roster.EntryPlan(guard_id, area_id, begins.timestamp(), ends.timestamp(), pattern.post_id, pattern.id)


def days_of(first: str, last: str, weekdays: Sequence[int]) -> list[str]:
    """The days from `first` to `last` that are one of `weekdays` (0: Monday). Raises RecordError `pattern.days`."""
    try:
        begins, ends = date.fromisoformat(first), date.fromisoformat(last)
    except ValueError as error:
        raise RecordError("pattern.days", f"{first}, {last}", days=LONGEST_DAYS) from error
    if not 0 <= (ends - begins).days < LONGEST_DAYS:
        raise RecordError("pattern.days", f"{LONGEST_DAYS} days at most", days=LONGEST_DAYS)
    all_of_them = (begins + timedelta(days=n) for n in range((ends - begins).days + 1))
    return [one.isoformat() for one in all_of_them if one.weekday() in weekdays]


def do_plan_by(
    session: Session, actor: Actor, pattern: ShiftPattern, at: float, *,
    guards: Mapping[str, str | None], days: Sequence[str], rules: RestRules = roster.LAW,
) -> PlanOutcome:  # fmt: skip
    """Each guard (with his own area, where the template names none) on each of the days; what can't be is left out and told."""
    count, left_out = 0, []
    for guard_id, own_area in guards.items():
        for day in days:
            try:
                roster.do_plan(
                    session,
                    actor,
                    plan_of(pattern, guard_id, pattern.area_id or own_area or "", day),
                    pattern.unit_id,
                    at,
                    rules,
                )
                count += 1
            except LianqinError as error:
                left_out.append(UnplannedDay(guard_id, day, error.key, dict(error.values)))
    return PlanOutcome(count, tuple(left_out))
