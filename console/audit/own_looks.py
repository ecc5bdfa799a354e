"""Who looked at a guard: at the trail, in a file that was taken away, or live on the map. Each look is shown to the guard with who,
why and when (个人信息保护法 art. 17, 44)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

import msgspec
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from console.http.replies import Shown
from lianqin.audit import AuditRow
from patrol.duty.shifts import ended_after
from patrol.duty.tables import Shift

DAYS: Final = 30
MOST: Final = 40


def looks_at(session: Session, guard_id: str, now: float) -> list[Shown]:
    """Of thirty days, the newest first. A live look counts where the guard was on shift while it lasted: then the guard was on it."""
    since = now - DAYS * 86_400
    trail = session.scalars(
        select(AuditRow)
        .where(AuditRow.action.in_(("trail.look", "trail.export")), AuditRow.object_id == guard_id, AuditRow.at > since)
        .order_by(AuditRow.seq.desc())
        .limit(MOST)
    )
    found = [_view(row, "export" if row.action == "trail.export" else "trail", row.at, row.detail.get("from_at"),
                   row.detail.get("to_at")) for row in trail]  # fmt: skip
    found += [
        _view(look.row, "live", look.from_at, look.from_at, look.to_at)
        for look in live_looks_at(session, [guard_id], now)
    ]
    return sorted(found, key=lambda one: one["at"], reverse=True)[:MOST]


class LiveLookSpan(msgspec.Struct, frozen=True):
    """A look at the map, as its row, and the time in which the guard was on it."""

    row: AuditRow
    from_at: float
    to_at: float


def live_looks_at(session: Session, guard_ids: Collection[str], now: float) -> list[LiveLookSpan]:
    """Of thirty days, at any of these guards: two queries whatever their number."""
    since = now - DAYS * 86_400
    shifts = session.execute(
        select(Shift.opened_at, func.coalesce(Shift.closed_at, Shift.overdue_at))
        .where(Shift.guard_id.in_(guard_ids), Shift.opened_at < now, ended_after(since))
    ).all()  # fmt: skip
    if not shifts:
        return []
    rows = session.scalars(
        select(AuditRow).where(AuditRow.action.in_(("guards.look", "guards.look_end")), AuditRow.at > since)
        .order_by(AuditRow.seq)
    ).all()  # fmt: skip
    found = []
    for n, row in enumerate(rows):
        if row.action != "guards.look":
            continue
        told = min(now, float(row.detail.get("until", row.at)), _next_of(row, rows[n + 1 :]))
        until = max(row.at, told)  # a clock that was set back hides no look
        for opened, ended in shifts:
            begin, end = max(row.at, opened), min(until, ended)
            if begin <= end and row.at < ended:
                found.append(LiveLookSpan(row, begin, end))
    return found


def _next_of(row: AuditRow, later: Sequence[AuditRow]) -> float:
    """When the same person ended the look, or began another."""
    return next((one.at for one in later if one.actor_id == row.actor_id), float("inf"))


def _view(row: AuditRow, kind: str, at: float, from_at: float | None, to_at: float | None) -> Shown:
    return {"kind": kind, "at": at, "by": row.actor_name, "role": row.role, "purpose": row.purpose,
            "case_ref": row.case_ref, "from_at": from_at, "to_at": to_at}  # fmt: skip
