"""The roster: who should be on duty, what became of it, and how each area is manned. A company plans its own guards."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from fastapi import APIRouter, Response
from pydantic import Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from console.access.permissions import PERMISSIONS, Here, requires
from console.access.scope import check_seen, missing, narrow
from console.access.sessions import Caller
from console.audit.exports import ExportEntry, SheetColumn, Tongue, cells_of, export_response, named
from console.duty.answers import (
    ManningNowAnswer,
    RosterAnswer,
    RosterEntryAnswer,
    RosterEntryDoneAnswer,
    WeekCopiedAnswer,
)
from console.guards.views import guard_view
from console.http.answers import Items, gives, gives_table
from console.http.bodies import Form
from console.http.messages import Language
from console.http.replies import Shown, reply, shown
from lianqin.audit import Actor
from lianqin.errors import DeniedError
from lianqin.lengths import most
from lianqin.settings import Settings
from lianqin.sheets.write import Format
from patrol.county.tables import Area
from patrol.duty import roster
from patrol.duty.rest import RestRules
from patrol.duty.tables import RosterEntry

router = APIRouter(prefix="/api")
Sees = Annotated[Caller, requires("roster.see")]
Plans = Annotated[Caller, requires("roster.plan")]
Moment = Annotated[float, Field(gt=0, lt=1e10, allow_inf_nan=False)]
LONGEST_DAYS = 35


class PlanForm(Form):
    """One shift, on each of `days` days one after the other."""

    guard_id: str
    area_id: str
    begins_at: Moment
    ends_at: Moment
    post_id: str | None = None
    days: Annotated[int, Field(ge=1, le=31)] = 1
    note: Annotated[str, Field(max_length=most(RosterEntry.note))] = ""
    exception: Annotated[str, Field(max_length=most(RosterEntry.exception))] = ""
    """Why, although it breaks a rest rule: of who may `roster.except` alone."""


class StandInForm(Form):
    guard_id: str
    exception: Annotated[str, Field(max_length=most(RosterEntry.exception))] = ""


class Move(Form):
    """To this guard and this begin, as long as before."""

    guard_id: str
    begins_at: Moment
    exception: Annotated[str, Field(max_length=most(RosterEntry.exception))] = ""


class EntryChangeForm(Form):
    state: Literal["excused", "cancelled"]
    note: Annotated[str, Field(max_length=most(RosterEntry.note))] = ""


class Copy(Form):
    """The week from `from_at` planned again from `to_at` on, of one unit (a company's own)."""

    from_at: Moment
    to_at: Moment
    unit_id: str | None = None


def _unit(actor: Actor) -> str | None:
    """Whose guards he plans: None is everybody's."""
    return (actor.unit_id or "") if actor.role == "company" else None


def rules_of(settings: Settings) -> RestRules:
    return RestRules(settings.rest_hours * 3600, settings.week_hours * 3600)


def check_except(actor: Actor, exception: str) -> None:
    """Raises DeniedError `roster.no_exception` for a role that may not plan against a rest rule."""
    if exception.strip() and actor.role not in PERMISSIONS["roster.except"]:
        raise DeniedError("roster.no_exception", f"{actor.role} may not plan against a rest rule", role=actor.role)


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
@gives(RosterAnswer)
def entries(console: Here, caller: Sees, from_at: float, to_at: float) -> Response:
    with console.store.read() as session:
        areas = areas_by_id(session)
        return reply({"items": [entry_view(row, areas) for row in _entries(session, caller.actor, from_at, to_at)],
                      "now": console.clock.now()})  # fmt: skip


def _heads(areas: dict[str, Area], language: Language) -> tuple[SheetColumn, ...]:
    return (
        SheetColumn("排班编号", "Entry", lambda row: row.id), SheetColumn("日期", "Day", lambda row: row.day),
        SheetColumn("单位编号", "Unit (id)", lambda row: row.unit_id), SheetColumn("单位", "Unit", lambda row: named(row.guard.unit, language)),
        SheetColumn("保安员编号", "Guard (id)", lambda row: row.guard_id), SheetColumn("保安员", "Guard", lambda row: row.guard.name),
        SheetColumn("区域编号", "Area (id)", lambda row: row.area_id),
        SheetColumn("区域", "Area", lambda row: named(areas.get(row.area_id), language)),
        SheetColumn("开始", "Begins", lambda row: row.begins_at, "moment"), SheetColumn("结束", "Ends", lambda row: row.ends_at, "moment"),
        SheetColumn("状态", "State", lambda row: row.state, "word", "roster.state"),
        SheetColumn("状态起于", "State since", lambda row: row.state_at, "moment"), SheetColumn("备注", "Note", lambda row: row.note),
    )  # fmt: skip


@router.get("/roster.{form}")
@gives_table
def export_entries(  # noqa: PLR0917 - the query's parameters
    console: Here, caller: Sees, tongue: Tongue, form: Format, from_at: Moment, to_at: Moment
) -> Response:
    with console.store.read() as session:
        rows = _entries(session, caller.actor, from_at, to_at)
        cells = cells_of(_heads(areas_by_id(session), tongue), rows, tongue)
    taken = ExportEntry("roster.export", "unit", caller.actor.unit_id or "", {"from_at": from_at, "to_at": to_at})
    return export_response(console, caller, taken, cells, name="roster", form=form)


@router.get("/roster/manning")
@gives(ManningNowAnswer)
def manning(console: Here, caller: Sees) -> Response:
    """On shift against needed, area by area; a company sees its own guards counted."""
    now = console.clock.now()
    with console.store.read() as session:
        areas = areas_by_id(session)
        found = roster.manning(session, _unit(caller.actor), now)
        return reply({"items": [msgspec.to_builtins(one) | {"name": areas[one.area_id].name, "name_en": areas[one.area_id].name_en}
                                for one in found], "now": now})  # fmt: skip


@router.post("/roster")
@gives(Items[RosterEntryAnswer])
def plan(console: Here, caller: Plans, form: PlanForm) -> Response:
    """All days or none."""
    at, rules = console.clock.now(), rules_of(console.settings)
    check_except(caller.actor, form.exception)
    with console.store.write() as session:
        rows = [
            roster.do_plan(
                session, caller.actor,
                roster.EntryPlan(form.guard_id, form.area_id, form.begins_at + n * 86_400, form.ends_at + n * 86_400, form.post_id,
                            note=form.note, exception=form.exception), _unit(caller.actor), at, rules,
            )
            for n in range(form.days)
        ]  # fmt: skip
        areas = areas_by_id(session)
        return reply({"items": [entry_view(row, areas) for row in rows]})


@router.post("/roster/copy")
@gives(WeekCopiedAnswer)
def copy(console: Here, caller: Plans, form: Copy) -> Response:
    at, unit_id = console.clock.now(), _unit(caller.actor) or form.unit_id
    if not unit_id:
        raise missing("unit", "")
    with console.store.write() as session:
        done, left = roster.do_copy_week(
            session, caller.actor, unit_id, at, rules_of(console.settings), from_at=form.from_at, to_at=form.to_at
        )
    return reply({"copied": done, "left_out": left})


@router.post("/roster/{entry_id}/stand-in")
@gives(RosterEntryDoneAnswer)
def stand_in(console: Here, caller: Plans, entry_id: str, form: StandInForm) -> Response:
    """Another guard of the unit for the rest of this entry."""
    check_except(caller.actor, form.exception)
    with console.store.write() as session:
        row = roster.do_stand_in(session, caller.actor, _get(session, caller.actor, entry_id), form.guard_id,
                                 console.clock.now(), rules_of(console.settings), form.exception)  # fmt: skip
        return reply({"entry": entry_view(row, areas_by_id(session))})


@router.post("/roster/{entry_id}/move")
@gives(RosterEntryDoneAnswer)
def move(console: Here, caller: Plans, entry_id: str, form: Move) -> Response:
    """To another guard or another time; checked as a plan is."""
    check_except(caller.actor, form.exception)
    with console.store.write() as session:
        row = _get(session, caller.actor, entry_id)
        roster.do_move(session, caller.actor, row, form.guard_id, form.begins_at, _unit(caller.actor), console.clock.now(),
                       rules_of(console.settings), form.exception)  # fmt: skip
        return reply({"entry": entry_view(row, areas_by_id(session))})


@router.post("/roster/{entry_id}")
@gives(RosterEntryDoneAnswer)
def change(console: Here, caller: Plans, entry_id: str, form: EntryChangeForm) -> Response:
    with console.store.write() as session:
        row = _get(session, caller.actor, entry_id)
        roster.do_set(session, caller.actor, row, form.state, console.clock.now(), note=form.note)
        return reply({"entry": entry_view(row, areas_by_id(session))})
