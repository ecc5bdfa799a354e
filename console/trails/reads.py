"""Which shifts and which fixes a look reaches."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from console.http.context import Console
from console.trails.view import SpanView, TrailSpan, see
from patrol.duty import silences
from patrol.duty.shifts import ended_after, ends_at
from patrol.duty.tables import Shift
from patrol.trails.store import TrailStore


def shifts_in(session: Session, guard_id: str, span: TrailSpan) -> list[Shift]:
    """The guard's shifts that overlap the span, the first first."""
    return list(session.scalars(
        select(Shift)
        .where(Shift.guard_id == guard_id, Shift.opened_at < span.to_at,
               ended_after(span.from_at))
        .order_by(Shift.opened_at)
    ).unique())  # fmt: skip


def seen_in(console: Console, rows: Sequence[Shift], guard_id: str, span: TrailSpan) -> SpanView:
    """What lies in the span, judged as the whole shifts are. Raises UnavailableError `trails.disk`."""
    shifts = [TrailSpan(row.opened_at, ends_at(row, console.clock.now())) for row in rows]
    with console.store.read() as session:
        silent = silences.between(session, span.from_at, span.to_at)
    return see(TrailStore(console.settings.trails), guard_id, shifts, span, console.settings.fix_interval, silent)
