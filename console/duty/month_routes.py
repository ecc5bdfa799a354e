"""The manager's two lists: who is missing now and who could stand in; and the month's table."""

from __future__ import annotations

from typing import Annotated

import msgspec
from fastapi import APIRouter, Query, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from console.access.permissions import Here, requires
from console.access.sessions import Caller
from console.audit.exports import ExportEntry, Tongue, export_response
from console.duty import month as months
from console.duty.answers import CompanyNowAnswer, MonthAnswer
from console.duty.routes import areas_by_id, entry_view, rules_of
from console.guards.views import guard_view, shift_view
from console.http.answers import gives, gives_table
from console.http.replies import Shown, reply
from lianqin.audit import Actor
from lianqin.clock import county_day
from lianqin.sheets.write import Format
from patrol.county.tables import Area
from patrol.duty import missing
from patrol.duty.rest import RestRules
from patrol.duty.tables import RosterEntry, Shift

router = APIRouter(prefix="/api")
Sees = Annotated[Caller, requires("roster.see")]
DAY_S = 86_400.0


def _unit(actor: Actor) -> str | None:
    """Whose guards are seen: a company its own, the station all."""
    return (actor.unit_id or "") if actor.role == "company" else None


def _missing(session: Session, row: RosterEntry, areas: dict[str, Area], now: float, rules: RestRules) -> Shown:
    shift = session.scalar(
        select(Shift).where(Shift.guard_id == row.guard_id).order_by(Shift.opened_at.desc()).limit(1)
    )
    able = missing.could_stand_in(session, row.unit_id, now, row.ends_at, now, rules)
    return entry_view(row, areas) | {
        "phone": row.guard.phone, "why": row.holes[-1][2] if row.holes else "no_show",
        "last_shift": shift_view(shift) if shift else None, "stand_ins": msgspec.to_builtins(able),
    }  # fmt: skip


@router.get("/company/now")
@gives(CompanyNowAnswer)
def who_is_missing(console: Here, caller: Annotated[Caller, requires("roster.see", people="missing")]) -> Response:
    """Entries where nobody stands, with telephone and who could stand in; shifts of the last day that ended by themselves;
    certificates about to end."""
    now, unit_id, rules = console.clock.now(), _unit(caller.actor), rules_of(console.settings)
    with console.store.read() as session:
        areas = areas_by_id(session)
        ours = () if unit_id is None else (Shift.unit_id == unit_id,)
        over = session.scalars(select(Shift).where(Shift.closed_how == "overdue", Shift.closed_at > now - DAY_S, *ours)
                               .order_by(Shift.closed_at.desc())).unique()  # fmt: skip
        ending = missing.certificates_ending(session, unit_id, now, console.settings.certificate_days)
        return reply({
            "missing": [_missing(session, row, areas, now, rules) for row in missing.missing_now(session, unit_id, now)],
            "overdue": [shift_view(row) for row in over],
            "certificates": [guard_view(row) | {"phone": row.phone, "over": (row.cert_valid_until or "") < county_day(now)} for row in ending],
            "certificate_days": console.settings.certificate_days, "now": now,
        })  # fmt: skip


@router.get("/company/month")
@gives(MonthAnswer)
def month(
    console: Here,
    caller: Annotated[Caller, requires("roster.see", people="attendance")],
    month: Annotated[str, Query(max_length=20)],
) -> Response:
    """A company its own unit, the station all."""
    with console.store.read() as session:
        lines = months.table(session, month, _unit(caller.actor), console.clock.now())
    return reply({"month": month, "items": msgspec.to_builtins(lines), "certificate_days": console.settings.certificate_days,
                  "now": console.clock.now()})  # fmt: skip


@router.get("/company/month.{form}")
@gives_table
def export_month(
    console: Here, caller: Sees, tongue: Tongue, form: Format, month: Annotated[str, Query(max_length=20)]
) -> Response:
    with console.store.read() as session:
        lines = months.table(session, month, _unit(caller.actor), console.clock.now())
    cells = months.cells(lines, chinese=tongue == "zh-CN")
    taken = ExportEntry("company.export", "unit", caller.actor.unit_id or "", {"month": month})
    return export_response(console, caller, taken, cells, name=f"month-{month}", form=form)
