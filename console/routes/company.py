"""The company's list of its own guards with scores, and a score opened down to its evidence."""

from __future__ import annotations

from typing import Annotated, Final

import msgspec
from fastapi import APIRouter, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from console import scores
from console.patrol_views import get_shift, guard_view, shift_view
from console.permissions import Here, requires
from console.replies import Shown, csv_reply, listed, reply
from console.scope import narrow
from console.sessions import Caller
from lianqin import audit
from lianqin.audit import Actor
from patrol.tables import Guard, LedgerLine, Shift

router = APIRouter(prefix="/api")
Company = Annotated[Caller, requires("company.guards")]
SeesScore = Annotated[Caller, requires("score.see")]
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
def company_guards(console: Here, caller: Company) -> Response:
    with console.store.read() as session:
        return listed(_guards(session, caller.actor), None)


@router.get("/company/guards.csv")
def export_guards(console: Here, caller: Company) -> Response:
    columns = ("guard_id", "name", "cert_no", "cert_valid_until", "on_shift", "points", "out_of", "share", "provisional",
               "rule_version")  # fmt: skip
    with console.store.write() as session:
        lines: list[list[object]] = []
        for one in _guards(session, caller.actor):
            guard, shift, score = one["guard"], one["shift"], one["score"] or {}
            on_shift = shift is not None and shift["closed_at"] is None
            lines.append([guard["id"], guard["name"], guard["cert_no"], guard["cert_valid_until"], on_shift,
                          *(score.get(name) for name in columns[5:])])  # fmt: skip
        audit.write(session, caller.actor, "company.export", "unit", caller.actor.unit_id or "", at=console.clock.now(),
                    detail={"rows": len(lines)})  # fmt: skip
    return csv_reply("guards", columns, lines)


@router.get("/shifts/{shift_id}/score")
def shift_score(console: Here, caller: SeesScore, shift_id: str) -> Response:
    with console.store.read() as session:
        shift = get_shift(session, caller.actor, shift_id)
        return reply(scores.score_view(session, shift, shift_view(shift)))


@router.get("/shifts/{shift_id}/evidence/{line}")
def line_evidence(console: Here, caller: SeesScore, shift_id: str, line: str) -> Response:
    with console.store.read() as session:
        return reply(scores.evidence_view(session, get_shift(session, caller.actor, shift_id), line))
