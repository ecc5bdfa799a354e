"""Who should be on duty where and when (排班), and what became of it. "Should be there and is not" is a state with a time.

States: planned -> present | late | absent -> ended; excused and cancelled are a person's word and stay.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from lianqin import audit, feed
from lianqin.audit import Actor
from lianqin.clock import county_day
from lianqin.errors import ConflictError, NotFoundError, RecordError
from lianqin.records import new_id
from patrol.duty_tables import RosterEntry
from patrol.place_tables import Post
from patrol.tables import Area, Guard, Shift

GRACE_S: Final = 600.0
"""So late is not late; so long before its begin a shift may be opened for it."""
EARLY_S: Final = 3600.0
LONGEST_S: Final = 24 * 3600.0
SETTLED_S: Final = 86_400.0
"""A day after its end an entry's state stands: who was absent to the end has been absent."""
FINAL: Final = frozenset({"ended", "excused", "cancelled"})
OPEN_STATES: Final = ("planned", "absent", "present", "late")


class Plan(msgspec.Struct, frozen=True):
    """What is planned: epoch seconds."""

    guard_id: str
    area_id: str
    begins_at: float
    ends_at: float
    post_id: str | None = None
    pattern_id: str | None = None
    note: str = ""


class OnDuty(msgspec.Struct, frozen=True):
    """A shift as the roster sees it."""

    id: str
    opened_at: float
    closed_at: float | None


class State(msgspec.Struct, frozen=True):
    """A state, the moment since when it holds, and the shift that shows it."""

    name: str
    since: float
    shift_id: str | None = None


def state_of(begins_at: float, ends_at: float, shifts: Iterable[OnDuty], now: float) -> State:
    """What is so at `now`: a shift counts that was open within the plan's hours, or an hour before. Pure."""
    his = sorted((one for one in shifts if one.opened_at < ends_at and (one.closed_at or now) > begins_at - EARLY_S),
                 key=lambda one: (one.opened_at, one.closed_at or now, one.id))  # fmt: skip
    running = [one for one in his if one.closed_at is None or one.closed_at >= ends_at]
    if running:
        late = his[0].opened_at > begins_at + GRACE_S
        if now >= ends_at and running[-1].closed_at is not None:
            return State("ended", running[-1].closed_at, running[-1].id)
        return State("late" if late else "present", his[0].opened_at, running[-1].id)
    if his and his[-1].closed_at is not None and (now >= ends_at or his[-1].closed_at > ends_at - GRACE_S):
        return State("ended", his[-1].closed_at, his[-1].id)
    if his and his[-1].closed_at is not None and his[-1].closed_at > begins_at:
        return State("absent", his[-1].closed_at, his[-1].id)  # he left before the end
    if now >= begins_at + GRACE_S:
        return State("absent", begins_at)
    return State("planned", begins_at)


def check_plan(session: Session, plan: Plan, unit_id: str | None) -> Guard:
    """`unit_id`: whose guards may be planned; None: anybody's.

    Raises RecordError `roster.span`; NotFoundError `guard.missing`, `area.missing`, `post.missing`; ConflictError
    `roster.overlap`, `shift.no_certificate` (令564 art. 16).
    """
    if not 0 < plan.ends_at - plan.begins_at <= LONGEST_S:
        raise RecordError("roster.span", "a shift ends after it begins, within 24 h", hours=LONGEST_S / 3600)
    guard = session.get(Guard, plan.guard_id)
    if guard is None or (unit_id is not None and guard.unit_id != unit_id):
        raise NotFoundError("guard.missing", f"no guard {plan.guard_id}", id=plan.guard_id)
    if session.get(Area, plan.area_id) is None:
        raise NotFoundError("area.missing", f"no area {plan.area_id}", id=plan.area_id)
    if plan.post_id and session.get(Post, plan.post_id) is None:
        raise NotFoundError("post.missing", f"no post {plan.post_id}", id=plan.post_id)
    if guard.cert_valid_until is None or guard.cert_valid_until < county_day(plan.begins_at):
        raise ConflictError("shift.no_certificate", f"{guard.name}'s certificate is not valid then", name=guard.name,
                            until=guard.cert_valid_until or "-")  # fmt: skip
    clash = session.scalar(select(RosterEntry.id).where(
        RosterEntry.guard_id == guard.id, RosterEntry.state != "cancelled", RosterEntry.begins_at < plan.ends_at,
        RosterEntry.ends_at > plan.begins_at))  # fmt: skip
    if clash is not None:
        raise ConflictError("roster.overlap", f"{guard.name} is planned at that time already", name=guard.name)
    return guard


def do_plan(session: Session, actor: Actor, plan: Plan, unit_id: str | None, at: float) -> RosterEntry:
    """Raises as `check_plan`."""
    guard = check_plan(session, plan, unit_id)
    row = RosterEntry(
        id=new_id("ro", at), unit_id=guard.unit_id, guard_id=guard.id, area_id=plan.area_id, post_id=plan.post_id,
        pattern_id=plan.pattern_id, day=county_day(plan.begins_at), begins_at=plan.begins_at, ends_at=plan.ends_at,
        state="planned", state_at=plan.begins_at, note=plan.note,
    )  # fmt: skip
    session.add(row)
    session.flush()
    audit.write(
        session, actor, "roster.plan", "roster_entry", row.id, at=at, detail={"guard": guard.id, "day": row.day}
    )
    _tell(session, row, at)
    return row


def do_set(session: Session, actor: Actor, row: RosterEntry, state: str, at: float, *, note: str = "") -> None:
    """`excused` (a reason is asked for) or `cancelled`. Raises ConflictError `roster.over`, RecordError
    `roster.reason`."""
    if row.state in FINAL:
        raise ConflictError("roster.over", "this entry has come to its end")
    if state == "excused" and not note.strip():
        raise RecordError("roster.reason", "why is he excused?")
    row.state, row.state_at, row.note = state, at, note.strip() or row.note
    session.flush()
    audit.write(session, actor, f"roster.{state}", "roster_entry", row.id, at=at, detail={"note": row.note})
    _tell(session, row, at)


def do_copy_week(
    session: Session, actor: Actor, unit_id: str, at: float, *, from_at: float, to_at: float
) -> tuple[int, int]:
    """The seven days from `from_at` planned again from `to_at` on: how many were copied, how many could not be."""
    query = select(RosterEntry).where(RosterEntry.unit_id == unit_id, RosterEntry.state != "cancelled",
                                      RosterEntry.begins_at >= from_at, RosterEntry.begins_at < from_at + 7 * 86_400)  # fmt: skip
    done = left = 0
    for row in session.scalars(query.order_by(RosterEntry.begins_at)).unique().all():
        shifted = Plan(row.guard_id, row.area_id, row.begins_at + to_at - from_at, row.ends_at + to_at - from_at, row.post_id,
                       row.pattern_id)  # fmt: skip
        try:
            do_plan(session, actor, shifted, unit_id, at)
        except (ConflictError, NotFoundError):
            left += 1
        else:
            done += 1
    return done, left


def settle_due(session: Session, now: float) -> int:
    """Entries whose state has become another: told to those who listen. Returns how many."""
    rows = session.scalars(select(RosterEntry).where(
        RosterEntry.state.in_(OPEN_STATES), RosterEntry.begins_at <= now + EARLY_S, RosterEntry.ends_at > now - SETTLED_S
    )).unique().all()  # fmt: skip
    shifts = _shifts_of(session, rows)
    changed = 0
    for row in rows:
        found = state_of(row.begins_at, row.ends_at, shifts.get(row.guard_id, ()), now)
        if (row.state, row.state_at, row.shift_id) == (found.name, found.since, found.shift_id):
            continue
        row.state, row.state_at, row.shift_id = found.name, found.since, found.shift_id
        _tell(session, row, now)
        changed += 1
    return changed


def _shifts_of(session: Session, rows: Sequence[RosterEntry]) -> dict[str, list[OnDuty]]:
    if not rows:
        return {}
    found: dict[str, list[OnDuty]] = {}
    first = min(row.begins_at for row in rows) - LONGEST_S
    query = select(Shift.guard_id, Shift.id, Shift.opened_at, Shift.closed_at).where(
        Shift.guard_id.in_({row.guard_id for row in rows}), Shift.opened_at >= first
    )
    for guard_id, shift_id, opened_at, closed_at in session.execute(query):
        found.setdefault(guard_id, []).append(OnDuty(shift_id, opened_at, closed_at))
    return found


def _tell(session: Session, row: RosterEntry, at: float) -> None:
    feed.push(session, "roster", row.id, at=at, unit_id=row.unit_id, guard_id=row.guard_id)


class Manning(msgspec.Struct, frozen=True):
    """An area now: guards needed, planned, on shift, missing (planned and absent)."""

    area_id: str
    needed: int
    planned: int
    on_shift: int
    absent: int


def manning(session: Session, unit_id: str | None, now: float) -> list[Manning]:
    """Each area, counting one unit's guards or all. `needed` is the area's own figure; of one unit, what it planned: how
    many of an area's guards are its to send is agreed in the plan."""
    mine = () if unit_id is None else (Shift.unit_id == unit_id,)
    on_shift = list(session.scalars(select(Shift.area_id).where(Shift.closed_at.is_(None), *mine)))
    ours = () if unit_id is None else (RosterEntry.unit_id == unit_id,)
    planned = session.execute(
        select(RosterEntry.area_id, RosterEntry.state).where(
            RosterEntry.begins_at <= now, RosterEntry.ends_at > now, RosterEntry.state != "cancelled", *ours)
    ).all()  # fmt: skip
    found = []
    for area in session.scalars(select(Area).order_by(Area.id)).unique():
        states = [state for one, state in planned if one == area.id]
        needed = (area.needed or 0) if unit_id is None else len(states)
        found.append(Manning(area.id, needed, len(states), on_shift.count(area.id), states.count("absent")))
    return found
