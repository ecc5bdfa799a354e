"""The roster: who should be on duty, what became of it, and how each area is manned. A company plans its own guards."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from console.patrol_views import guard_view
from console.permissions import Here, requires
from console.replies import Shown, csv_reply, reply, shown
from console.scope import check_seen, missing, narrow
from console.sessions import Caller
from lianqin import audit
from lianqin.audit import Actor
from patrol import roster
from patrol.duty_tables import RosterEntry
from patrol.tables import Area

router = APIRouter(prefix="/api")
Sees = Annotated[Caller, requires("roster.see")]
Plans = Annotated[Caller, requires("roster.plan")]
Moment = Annotated[float, Field(gt=0, lt=1e10, allow_inf_nan=False)]
LONGEST_DAYS = 35


class PlanForm(BaseModel):
    """One shift, on each of `days` days one after the other."""

    model_config = ConfigDict(extra="forbid")
    guard_id: str
    area_id: str
    begins_at: Moment
    ends_at: Moment
    post_id: str | None = None
    days: Annotated[int, Field(ge=1, le=31)] = 1
    note: Annotated[str, Field(max_length=200)] = ""


class Change(BaseModel):
    model_config = ConfigDict(extra="forbid")
    state: Literal["excused", "cancelled"]
    note: Annotated[str, Field(max_length=200)] = ""


class Copy(BaseModel):
    """The week from `from_at` planned again from `to_at` on, of one unit (a company's own)."""

    model_config = ConfigDict(extra="forbid")
    from_at: Moment
    to_at: Moment
    unit_id: str | None = None


def _unit(actor: Actor) -> str | None:
    """Whose guards he plans: None is everybody's."""
    return (actor.unit_id or "") if actor.role == "company" else None


def entry_view(row: RosterEntry, areas: dict[str, Area]) -> Shown:
    area = areas.get(row.area_id)
    return shown(row) | {"guard": guard_view(row.guard), "area_name": area.name if area else row.area_id,
                         "area_name_en": area.name_en if area else ""}  # fmt: skip


def _entries(session: Session, actor: Actor, from_at: float, to_at: float) -> list[RosterEntry]:
    query = select(RosterEntry).where(RosterEntry.ends_at > from_at, RosterEntry.begins_at < min(to_at, from_at + LONGEST_DAYS * 86_400))  # fmt: skip
    query = narrow(query, actor, RosterEntry.unit_id, RosterEntry.guard_id)
    return list(session.scalars(query.order_by(RosterEntry.begins_at, RosterEntry.id)).unique())


def areas_by_id(session: Session) -> dict[str, Area]:
    return {row.id: row for row in session.scalars(select(Area)).unique()}


def _get(session: Session, actor: Actor, entry_id: str) -> RosterEntry:
    row = session.get(RosterEntry, entry_id)
    if row is None:
        raise missing("roster", entry_id)
    check_seen(actor, "roster", entry_id, unit_id=row.unit_id, guard_id=row.guard_id)
    return row


@router.get("/roster")
def entries(console: Here, caller: Sees, from_at: float, to_at: float) -> Response:
    with console.store.read() as session:
        areas = areas_by_id(session)
        return reply({"items": [entry_view(row, areas) for row in _entries(session, caller.actor, from_at, to_at)],
                      "now": console.clock.now()})  # fmt: skip


@router.get("/roster.csv")
def entries_as_csv(console: Here, caller: Sees, from_at: float, to_at: float) -> Response:
    columns = (
        "id",
        "day",
        "unit_id",
        "guard_id",
        "guard",
        "area_id",
        "begins_at",
        "ends_at",
        "state",
        "state_at",
        "note",
    )
    with console.store.write() as session:
        lines = [[row.guard.name if name == "guard" else getattr(row, name) for name in columns]
                 for row in _entries(session, caller.actor, from_at, to_at)]  # fmt: skip
        audit.write(session, caller.actor, "roster.export", "unit", caller.actor.unit_id or "", at=console.clock.now(),
                    detail={"rows": len(lines)})  # fmt: skip
    return csv_reply("roster", columns, lines)


@router.get("/roster/manning")
def manning(console: Here, caller: Sees) -> Response:
    """On shift against needed, area by area; a company sees its own guards counted."""
    now = console.clock.now()
    with console.store.read() as session:
        areas = areas_by_id(session)
        found = roster.manning(session, _unit(caller.actor), now)
        return reply({"items": [msgspec.to_builtins(one) | {"name": areas[one.area_id].name, "name_en": areas[one.area_id].name_en}
                                for one in found], "now": now})  # fmt: skip


@router.post("/roster")
def plan(console: Here, caller: Plans, form: PlanForm) -> Response:
    """All days or none."""
    at = console.clock.now()
    with console.store.write() as session:
        rows = [
            roster.do_plan(
                session, caller.actor,
                roster.Plan(form.guard_id, form.area_id, form.begins_at + n * 86_400, form.ends_at + n * 86_400, form.post_id,
                            note=form.note), _unit(caller.actor), at,
            )
            for n in range(form.days)
        ]  # fmt: skip
        areas = areas_by_id(session)
        return reply({"items": [entry_view(row, areas) for row in rows]})


@router.post("/roster/copy")
def copy(console: Here, caller: Plans, form: Copy) -> Response:
    at, unit_id = console.clock.now(), _unit(caller.actor) or form.unit_id
    if not unit_id:
        raise missing("unit", "")
    with console.store.write() as session:
        done, left = roster.do_copy_week(session, caller.actor, unit_id, at, from_at=form.from_at, to_at=form.to_at)
    return reply({"copied": done, "left_out": left})


@router.post("/roster/{entry_id}")
def change(console: Here, caller: Plans, entry_id: str, form: Change) -> Response:
    with console.store.write() as session:
        row = _get(session, caller.actor, entry_id)
        roster.do_set(session, caller.actor, row, form.state, console.clock.now(), note=form.note)
        return reply({"entry": entry_view(row, areas_by_id(session))})
