"""Who should be on duty where and when (排班), and what became of it. "Should be there and is not" is a state with a time.

States: planned -> present | late | absent | relieved | relieving -> ended; excused and cancelled are a person's word and
stay. What the state is, `fulfilment` says from who actually stood there.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import msgspec
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from lianqin import audit, feed
from lianqin.audit import Actor
from lianqin.clock import county_day
from lianqin.errors import ConflictError, NotFoundError, RecordError
from lianqin.records import new_id
from patrol.county.tables import Area, Guard, Post
from patrol.duty import fulfilled, shifts
from patrol.duty.fulfilment import EARLY_S, GRACE_S
from patrol.duty.rest import RestRules, Work, breaches
from patrol.duty.shifts import on_duty
from patrol.duty.tables import RosterEntry, RosterRequest, Shift

LONGEST_S: Final = 24 * 3600.0
SETTLED_S: Final = 86_400.0
"""A day after its end an entry's state stands: who was absent to the end has been absent."""
FINAL: Final = frozenset({"ended", "excused", "cancelled"})
SETTLING: Final = ("planned", "absent", "present", "late", "relieved", "relieving", "ended")
LAW: Final = RestRules()


class EntryPlan(msgspec.Struct, frozen=True):
    """What is planned: epoch seconds. `exception`: why, although it breaks a rest rule."""

    guard_id: str
    area_id: str
    begins_at: float
    ends_at: float
    post_id: str | None = None
    pattern_id: str | None = None
    note: str = ""
    covers_id: str | None = None
    exception: str = ""


def check_plan(
    session: Session,
    plan: EntryPlan,
    unit_id: str | None,
    at: float,
    rules: RestRules = LAW,
    *,
    without: Iterable[str] = (),
) -> Guard:
    """`unit_id`: whose guards may be planned; None: anybody's. `without`: entries that fall away by the same act.

    Raises RecordError `roster.span`, `roster.past`; NotFoundError `guard.missing`, `area.missing`, `post.missing`;
    ConflictError `roster.overlap`, `roster.on_leave`, `shift.left`, `shift.no_certificate` (令564 art. 16), and for a plan
    without its `exception` `roster.rest`, `roster.stretch`, `roster.week` (`rest`).
    """
    if not 0 < plan.ends_at - plan.begins_at <= LONGEST_S:
        raise RecordError("roster.span", "a shift ends after it begins, within 24 h", hours=LONGEST_S / 3600)
    if plan.begins_at < at - GRACE_S:
        raise RecordError("roster.past", "nobody is planned into the past")
    guard = session.get(Guard, plan.guard_id)
    if guard is None or (unit_id is not None and guard.unit_id != unit_id):
        raise NotFoundError("guard.missing", f"no guard {plan.guard_id}", id=plan.guard_id)
    if session.get(Area, plan.area_id) is None:
        raise NotFoundError("area.missing", f"no area {plan.area_id}", id=plan.area_id)
    if plan.post_id and session.get(Post, plan.post_id) is None:
        raise NotFoundError("post.missing", f"no post {plan.post_id}", id=plan.post_id)
    if guard.left_on is not None and guard.left_on <= county_day(plan.begins_at):
        raise ConflictError("shift.left", f"{guard.name} left on {guard.left_on}", name=guard.name, day=guard.left_on)
    if guard.cert_valid_until is None or guard.cert_valid_until < county_day(plan.begins_at):
        raise ConflictError("shift.no_certificate", f"{guard.name}'s certificate is not valid then", name=guard.name,
                            until=guard.cert_valid_until or "-")  # fmt: skip
    leave = session.scalar(select(RosterRequest.id).where(
        RosterRequest.kind == "leave", RosterRequest.state == "granted", RosterRequest.guard_id == guard.id,
        RosterRequest.from_at < plan.ends_at, RosterRequest.to_at > plan.begins_at).limit(1))  # fmt: skip
    if leave is not None:
        raise ConflictError("roster.on_leave", f"{guard.name} has leave at that time", name=guard.name)
    others = works_of(session, guard.id, plan.begins_at, without)
    if any(one.from_at < plan.ends_at and one.to_at > plan.begins_at for one in others):
        raise ConflictError("roster.overlap", f"{guard.name} is planned at that time already", name=guard.name)
    broken = breaches(Work(plan.begins_at, plan.ends_at), others, rules)
    if broken and not plan.exception.strip():
        raise ConflictError(
            broken[0].key, f"{guard.name} would not rest enough", name=guard.name, exception=True, **broken[0].values
        )
    return guard


def works_of(session: Session, guard_id: str, near: float, without: Iterable[str] = ()) -> list[Work]:
    """What is planned for a guard in the weeks about that time; an excused shift is none."""
    found = session.execute(select(RosterEntry.id, RosterEntry.begins_at, RosterEntry.ends_at).where(
        RosterEntry.guard_id == guard_id, RosterEntry.state.not_in(("cancelled", "excused")),
        RosterEntry.begins_at < near + 9 * 86_400, RosterEntry.ends_at > near - 9 * 86_400))  # fmt: skip
    left = set(without)
    return [Work(begins, ends) for row_id, begins, ends in found if row_id not in left]


def do_plan(  # noqa: PLR0917 - what the form holds
    session: Session, actor: Actor, plan: EntryPlan, unit_id: str | None, at: float, rules: RestRules = LAW
) -> RosterEntry:
    """Raises as `check_plan`. Of an exception the audit keeps what it breaks and why."""
    guard = check_plan(session, plan, unit_id, at, rules)
    broken = breaches(Work(plan.begins_at, plan.ends_at), works_of(session, guard.id, plan.begins_at), rules)
    row = RosterEntry(
        id=new_id("ro", at), unit_id=guard.unit_id, guard_id=guard.id, area_id=plan.area_id, post_id=plan.post_id,
        pattern_id=plan.pattern_id, day=county_day(plan.begins_at), begins_at=plan.begins_at, ends_at=plan.ends_at,
        state="planned", state_at=plan.begins_at, note=plan.note, covers_id=plan.covers_id, holes=[],
        exception=plan.exception.strip()[:200] if broken else "",
    )  # fmt: skip
    session.add(row)
    session.flush()
    detail: dict[str, Any] = {"guard": guard.id, "day": row.day}
    if plan.covers_id:
        detail["covers"] = plan.covers_id
    if broken:
        detail |= {"breaks": [one.key for one in broken], "exception": row.exception}
    audit.write(session, actor, "roster.plan", "roster_entry", row.id, at=at, detail=detail)
    shifts.stretch_due(session, guard.id, at)
    tell(session, row, at)
    return row


def do_stand_in(  # noqa: PLR0917 - what the form holds
    session: Session,
    actor: Actor,
    row: RosterEntry,
    guard_id: str,
    at: float,
    rules: RestRules = LAW,
    exception: str = "",
) -> RosterEntry:
    """Another guard of the unit stands in (顶岗) for the rest of this entry. Raises ConflictError `roster.over` after its end,
    and as `check_plan`."""
    if row.ends_at <= at or row.state == "cancelled":
        raise ConflictError("roster.over", "this entry has come to its end")
    plan = EntryPlan(
        guard_id, row.area_id, max(row.begins_at, at), row.ends_at, row.post_id, None, "", row.id, exception
    )
    return do_plan(session, actor, plan, row.unit_id, at, rules)


def check_move(  # noqa: PLR0917 - what the form holds
    session: Session, row: RosterEntry, guard_id: str, begins_at: float, unit_id: str | None, at: float,
    rules: RestRules = LAW, exception: str = "",
) -> tuple[Guard, bool]:  # fmt: skip
    """Who takes the entry, as long as before, and whether a rest rule is broken by it. The row is held until the
    transaction's end. Raises ConflictError `roster.begun`, `roster.stood_in` (it is a stand-in, or has one),
    `roster.swap_waits`, and as `check_plan`."""
    session.refresh(row, with_for_update={"of": RosterEntry})
    if row.begins_at <= at or fulfilled.judge_all(session, [row], at)[row.id].state != "planned":
        raise ConflictError("roster.begun", "this entry has begun, or is called off")
    stand_in = select(RosterEntry.id).where(
        RosterEntry.covers_id == row.id, RosterEntry.state.not_in(("cancelled", "excused"))
    )
    if row.covers_id or session.scalar(stand_in.limit(1)) is not None:
        raise ConflictError("roster.stood_in", "this entry is a stand-in, or has one")
    swap = select(RosterRequest.id).where(RosterRequest.state.in_(("asked", "agreed")),
                                          or_(RosterRequest.entry_id == row.id, RosterRequest.other_entry_id == row.id))  # fmt: skip
    if session.scalar(swap.limit(1)) is not None:
        raise ConflictError("roster.swap_waits", "a swap of this entry waits for its decision")
    ends_at = begins_at + row.ends_at - row.begins_at
    plan = EntryPlan(guard_id, row.area_id, begins_at, ends_at, row.post_id, exception=exception)
    guard = check_plan(session, plan, unit_id, at, rules, without=[row.id])
    return guard, bool(breaches(Work(begins_at, ends_at), works_of(session, guard.id, begins_at, [row.id]), rules))


def do_move(  # noqa: PLR0917 - as `check_move`
    session: Session, actor: Actor, row: RosterEntry, guard_id: str, begins_at: float, unit_id: str | None, at: float,
    rules: RestRules = LAW, exception: str = "",
) -> None:  # fmt: skip
    """To another guard or another time, as long as before. Where it stands already nothing changes. Raises as `check_move`."""
    guard, breaks = check_move(session, row, guard_id, begins_at, unit_id, at, rules, exception)
    if (guard.id, begins_at) == (row.guard_id, row.begins_at):
        return
    before = row.guard_id, row.unit_id
    detail = {"guard": before[0], "to": guard.id, "from_at": row.begins_at, "to_at": begins_at}
    row.day, row.ends_at = county_day(begins_at), begins_at + row.ends_at - row.begins_at
    row.begins_at = row.state_at = begins_at
    if guard.unit_id != row.unit_id:
        row.unit_id, row.pattern_id = guard.unit_id, None
    row.guard_id, row.exception = guard.id, exception.strip()[:200] if breaks else ""
    session.flush()
    session.refresh(row)
    audit.write(session, actor, "roster.move", "roster_entry", row.id, at=at,
                detail=detail | ({"exception": row.exception} if breaks else {}))  # fmt: skip
    shifts.stretch_due(session, guard.id, at)
    if guard.id != before[0]:
        feed.push(session, "roster", row.id, at=at, unit_id=before[1], guard_id=before[0])
    tell(session, row, at)


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
    tell(session, row, at)


def do_copy_week(
    session: Session, actor: Actor, unit_id: str, at: float, rules: RestRules = LAW, *, from_at: float, to_at: float
) -> tuple[int, int]:
    """The seven days from `from_at` planned again from `to_at` on: how many were copied, how many could not be."""
    query = select(RosterEntry).where(RosterEntry.unit_id == unit_id, RosterEntry.state != "cancelled", RosterEntry.covers_id.is_(None),
                                      RosterEntry.begins_at >= from_at, RosterEntry.begins_at < from_at + 7 * 86_400)  # fmt: skip
    done = left = 0
    for row in session.scalars(query.order_by(RosterEntry.begins_at)).unique().all():
        shifted = EntryPlan(row.guard_id, row.area_id, row.begins_at + to_at - from_at, row.ends_at + to_at - from_at, row.post_id,
                       row.pattern_id)  # fmt: skip
        try:
            do_plan(session, actor, shifted, unit_id, at, rules)
        except (ConflictError, NotFoundError, RecordError):
            left += 1
        else:
            done += 1
    return done, left


def settle_due(session: Session, now: float) -> int:
    """Entries whose state has become another: told to those who listen. Returns how many."""
    rows = session.scalars(select(RosterEntry).where(
        RosterEntry.state.in_(SETTLING), RosterEntry.begins_at <= now + EARLY_S, RosterEntry.ends_at > now - SETTLED_S
    )).unique().all()  # fmt: skip
    found = fulfilled.judge_all(session, rows, now)
    changed = 0
    for row in rows:
        one = found[row.id]
        holes = [[hole.from_at, hole.to_at, hole.why] for hole in one.holes]
        begun = [[hole[0], hole[2]] for hole in holes]
        said = row.state, row.state_at, row.shift_id, row.missing_since, [[hole[0], hole[2]] for hole in row.holes]
        if said == (one.state, one.since, one.shift_id, one.missing_since, begun) and (
            row.holes == holes or one.missing_since
        ):
            continue  # a hole that grows is no news
        row.state, row.state_at, row.shift_id = one.state, one.since, one.shift_id
        row.missing_since, row.holes = one.missing_since, holes
        tell(session, row, now)
        changed += 1
    return changed


def tell(session: Session, row: RosterEntry, at: float) -> None:
    feed.push(session, "roster", row.id, at=at, unit_id=row.unit_id, guard_id=row.guard_id)


class Manning(msgspec.Struct, frozen=True):
    """An area now: guards needed, planned, on shift, missing (planned, and nobody stands there)."""

    area_id: str
    needed: int
    planned: int
    on_shift: int
    absent: int


def manning(session: Session, unit_id: str | None, now: float) -> list[Manning]:
    """Each area, counting one unit's guards or all. `needed` is the area's own figure; of one unit, what it planned: how
    many of an area's guards are its to send is agreed in the plan. A stand-in takes the place of the entry it covers."""
    mine = () if unit_id is None else (Shift.unit_id == unit_id,)
    on_shift = list(session.scalars(select(Shift.area_id).where(on_duty(now), *mine)))
    ours = () if unit_id is None else (RosterEntry.unit_id == unit_id,)
    rows = session.execute(
        select(RosterEntry.id, RosterEntry.area_id, RosterEntry.missing_since, RosterEntry.covers_id).where(
            RosterEntry.begins_at <= now, RosterEntry.ends_at > now, RosterEntry.state.not_in(("cancelled", "excused")), *ours)
    ).all()  # fmt: skip
    ids = {row.id for row in rows}
    planned = [row for row in rows if row.covers_id not in ids]
    found = []
    for area in session.scalars(select(Area).order_by(Area.id)).unique():
        here = [row for row in planned if row.area_id == area.id]
        needed = (area.needed or 0) if unit_id is None else len(here)
        missing = sum(row.missing_since is not None for row in here)
        found.append(Manning(area.id, needed, len(here), on_shift.count(area.id), missing))
    return found
