"""What a shift's plan asks for round by round, read from the tables for `patrol.judging.rounds`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from console.http.replies import Shown
from console.trails.view import SpanView, TrailSpan, gaps
from patrol.county.tables import Area
from patrol.dispatch.tables import Dispatch
from patrol.duty.shifts import ends_at, grounds_at
from patrol.duty.tables import Shift, ShiftBreak
from patrol.judging import coverage
from patrol.judging.facts import Gap
from patrol.judging.rounds import RoundPlan, rounds
from patrol.judging.visits import VisitPoint


def rounds_of(  # noqa: PLR0917 - what a look depends on
    session: Session, rows: Sequence[Shift], seen: SpanView, span: TrailSpan, now: float, interval: float
) -> dict[str, Shown]:
    """By shift id: `{required_s, risk, mode, rounds}`. The area's colour and windows are those of now; its points are those of
    the shift's beginning. A shift that runs is cut up to its planned end."""
    ids = [row.id for row in rows]
    required, grounds, excused = coverage.required_seconds(), grounds_at(session, ids), _excused(session, ids, now)
    areas = {row.id: row for row in session.scalars(select(Area).where(Area.id.in_({row.area_id for row in rows})))}
    found: dict[str, Shown] = {}
    for row in rows:
        until = ends_at(row, now)
        area = areas[row.area_id]
        asked = RoundPlan(
            row.opened_at, until if row.closed_at is not None else max(until, row.due_end_at), required[area.risk],
            tuple(VisitPoint(*one) for one in grounds[row.id]["checkpoints"]), Gap(span.from_at, span.to_at), area.windows,
            tuple(excused[row.id]),
        )  # fmt: skip
        sure = [fix for fix in seen.sure if row.opened_at <= fix.at <= until]
        looked = TrailSpan(max(row.opened_at, span.from_at), min(until, span.to_at))
        holes = [Gap(one.from_at, one.to_at) for one in gaps(sure, [looked], interval, seen.rests)]
        told = rounds(asked, sure, holes, now)
        found[row.id] = {"required_s": asked.required_s, "risk": area.risk, "mode": area.mode,
                         "rounds": [msgspec.to_builtins(one) | {"whole": one.whole} for one in told]}  # fmt: skip
    return found


def _excused(session: Session, shift_ids: Sequence[str], now: float) -> dict[str, list[Gap]]:
    """Breaks, and tasks from their acceptance to the report of completion."""
    found = defaultdict[str, list[Gap]](list)
    for rest in session.scalars(select(ShiftBreak).where(ShiftBreak.shift_id.in_(shift_ids))):
        found[rest.shift_id].append(Gap(rest.from_at, now if rest.to_at is None else rest.to_at))
    tasks = select(Dispatch).where(Dispatch.shift_id.in_(shift_ids), Dispatch.accepted_at.is_not(None))
    for task in session.scalars(tasks).unique():
        running = now if task.state in {"accepted", "arrived"} else None
        ended = task.done_at if task.done_at is not None else running
        if task.accepted_at is not None and ended is not None:
            found[task.shift_id].append(Gap(task.accepted_at, ended))
    return found
