"""A spot check on paper: who checked whom, what the trail says, what was found, and both signatures."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from console.guards.views import guard_view, shift_view
from console.http.context import Console
from console.http.replies import Shown, shown
from console.trails.export import pieces
from console.trails.reads import seen_in, shifts_in
from console.trails.rounds import rounds_of
from console.trails.view import TrailSpan
from lianqin.audit import AuditRow
from lianqin.seals import newest_seals
from patrol.checks.tables import SpotCheck
from patrol.duty import shift_facts
from patrol.duty.shifts import ends_at
from patrol.duty.tables import Shift, Visit

AROUND_S: Final = 1800.0
"""Before an on-site check: what led to it."""
LONGEST_S: Final = 48 * 3600.0
"""As far as a trail is judged."""


def span_of(session: Session, row: SpotCheck, now: float) -> TrailSpan:
    """What the officer looked at under the check's number; else the shift up to the check; on site the half hour before."""
    if row.kind == "on_site":
        return TrailSpan(row.at - AROUND_S, row.at)
    looks = session.scalars(
        select(AuditRow).where(AuditRow.action == "trail.look", AuditRow.object_id == row.guard_id, AuditRow.case_ref == row.case_ref)
        .order_by(AuditRow.seq.desc())
    )  # fmt: skip
    for look in looks:
        span = TrailSpan(float(look.detail["from_at"]), float(look.detail["to_at"]))
        if span.to_at - span.from_at <= LONGEST_S:
            return span
    shift = session.get(Shift, row.shift_id) if row.shift_id else None
    return TrailSpan(row.at - AROUND_S, row.at) if shift is None else TrailSpan(shift.opened_at, ends_at(shift, now))


def sheet(console: Console, row: SpotCheck, printed_by: str) -> dict[str, Any]:
    """Plain values: `{check, guard, span, shifts, lines, visits, gaps, doubts, printed_by, at, seals}`. `lines`: the pieces of the trail that are believed,
    `[[lon, lat], ...]`; what is doubted is counted in `doubts`, never drawn as a way."""
    now = console.clock.now()
    with console.store.read() as session:
        span = span_of(session, row, now)
        rows = shifts_in(session, row.guard_id, span)
    seen = seen_in(console, rows, row.guard_id, span)
    doubts: dict[str, int] = {}
    for flag in seen.flags:
        for doubt in flag.doubts:
            doubts[doubt] = doubts.get(doubt, 0) + 1
    with console.store.read() as session:
        rows = shifts_in(session, row.guard_id, span)
        plans = rounds_of(session, rows, seen, span, now, console.settings.fix_interval)
        visits = session.scalars(
            select(Visit).where(Visit.shift_id.in_([one.id for one in rows])).order_by(Visit.first_at)
        )
        told = [shown(visit) for visit in visits]
        sealed = [msgspec.to_builtins(one) for one in newest_seals(session)]
        shifts = [_shift(one) | {"plan": plans.get(one.id)} for one in rows]
    return {
        "check": shown(row), "guard": guard_view(row.guard), "span": msgspec.to_builtins(span),
        "shifts": shifts,
        "lines": [[[flag.fix.lon, flag.fix.lat] for flag in piece if not flag.doubts] for piece in pieces(seen.flags, seen.gaps)],
        "fixes": len(seen.flags), "visits": told, "gaps": msgspec.to_builtins(seen.gaps), "doubts": doubts,
        "printed_by": printed_by, "at": now, "seals": sealed,
    }  # fmt: skip


def _shift(row: Shift) -> Shown:
    facts = shift_facts.facts_of(row)
    return shift_view(row) | {"facts": {"confirmed_s": facts.confirmed_s, "outside_s": facts.outside_s,
                                        "unknown_s": facts.unknown_s, "break_s": facts.break_s}}  # fmt: skip
