"""The company's list of its own guards with scores, and a score opened down to its evidence."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Final

import msgspec
from fastapi import APIRouter, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from console.access.permissions import Here, requires
from console.access.scope import narrow
from console.access.sessions import Caller
from console.audit.exports import ExportEntry, SheetColumn, Tongue, cells_of, export_response
from console.guards.views import get_shift, guard_view, shift_view
from console.http.answers import Page, gives, gives_table
from console.http.replies import Shown, listed, reply
from console.scores import scores
from console.scores.answers import CompanyGuardAnswer, LineEvidenceAnswer, ScoreAnswer
from lianqin.audit import Actor
from lianqin.sheets.write import Format
from patrol.county.tables import Guard
from patrol.duty.tables import Shift
from patrol.scores.tables import LedgerLine

router = APIRouter(prefix="/api")
Company = Annotated[Caller, requires("company.guards")]
SeesScore = Annotated[Caller, requires("score.see", people="scores")]
LAST_SHIFTS: Final = 10


def _score(lines: list[LedgerLine]) -> Shown | None:
    found = scores.total(lines)
    return msgspec.to_builtins(found) if found else None


def _guards(session: Session, actor: Actor) -> list[Shown]:
    rows = list(session.scalars(narrow(select(Guard), actor, Guard.unit_id, Guard.id).order_by(Guard.id)).unique())
    shifts: dict[str, list[Shift]] = {row.id: [] for row in rows}
    query = select(Shift).where(Shift.guard_id.in_(shifts)).order_by(Shift.opened_at.desc())
    for shift in session.scalars(query.limit(LAST_SHIFTS * max(1, len(rows)) * 4)).unique():
        if len(shifts[shift.guard_id]) < LAST_SHIFTS:
            shifts[shift.guard_id].append(shift)
    lines = scores.lines_of(session, [shift.id for mine in shifts.values() for shift in mine])
    shown = []
    for row in rows:
        mine = shifts[row.id]
        scored = next((shift for shift in mine if lines[shift.id]), None)
        shown.append({
            "guard": guard_view(row) | {"cert_no": row.cert_no},
            "shift": shift_view(mine[0]) if mine else None,
            "score": _score(lines[scored.id]) if scored else None,
            "last_shifts": [shift_view(shift) | {"score": _score(lines[shift.id])} for shift in mine],
        })  # fmt: skip
    return shown


@router.get("/company/guards")
@gives(Page[CompanyGuardAnswer])
def company_guards(
    console: Here, caller: Annotated[Caller, requires("company.guards", people="company_guards")]
) -> Response:
    with console.store.read() as session:
        return listed(_guards(session, caller.actor), None)


def _runs(shift: Shown | None, at: float) -> bool:
    return shift is not None and shift["closed_at"] is None and shift["overdue_at"] > at


def _points(name: str) -> Callable[[Shown], object]:
    return lambda one: (one["score"] or {}).get(name)


HEADS: Final = (
    SheetColumn("编号", "Id", lambda one: one["guard"]["id"]), SheetColumn("姓名", "Name", lambda one: one["guard"]["name"]),
    SheetColumn("保安员证号", "Certificate no.", lambda one: one["guard"]["cert_no"]),
    SheetColumn("证件有效期", "Certificate valid until", lambda one: one["guard"]["cert_valid_until"]),
    SheetColumn("在岗", "On shift", lambda one: one["on_shift"], "yes"),
    SheetColumn("得分", "Points", _points("points"), "number"), SheetColumn("满分", "Full marks", _points("out_of"), "number"),
    SheetColumn("得分率（%）", "Share (%)", _points("share"), "percent"), SheetColumn("暂定", "Provisional", _points("provisional"), "yes"),
    SheetColumn("规则版本", "Rules", _points("rule_version")),
)  # fmt: skip


@router.get("/company/guards.{form}")
@gives_table
def export_guards(console: Here, caller: Company, tongue: Tongue, form: Format) -> Response:
    with console.store.read() as session:
        guards = _guards(session, caller.actor)
        rows = [one | {"on_shift": _runs(one["shift"], console.clock.now())} for one in guards]
        cells = cells_of(HEADS, rows, tongue)
    taken = ExportEntry("company.export", "unit", caller.actor.unit_id or "")
    return export_response(console, caller, taken, cells, name="guards", form=form)


@router.get("/shifts/{shift_id}/score")
@gives(ScoreAnswer)
def shift_score(console: Here, caller: SeesScore, shift_id: str) -> Response:
    with console.store.read() as session:
        shift = get_shift(session, caller.actor, shift_id)
        return reply(scores.score_view(session, shift, shift_view(shift)))


@router.get("/shifts/{shift_id}/evidence/{line}")
@gives(LineEvidenceAnswer)
def line_evidence(console: Here, caller: SeesScore, shift_id: str, line: str) -> Response:
    with console.store.read() as session:
        return reply(scores.evidence_view(session, get_shift(session, caller.actor, shift_id), line))
