"""A shift's score as people read it: the lines that count, their rules' names, what they were computed from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from console.access.scope import missing
from console.guards.views import dispatch_view, point_call_view
from console.http.replies import Shown, shown
from lianqin.errors import NotFoundError, SettingsError
from patrol.calls.tables import PointCall
from patrol.county.tables import Checkpoint
from patrol.dispatch.tables import Dispatch
from patrol.duty.shifts import ground_at
from patrol.duty.tables import Shift, Visit
from patrol.scores.scoring import Rule, parse_rules
from patrol.scores.tables import LedgerLine, RuleSet


class Total(msgspec.Struct, frozen=True):
    """Points of the lines that count; `share` None where nothing could be scored (unknown is not zero)."""

    points: float
    out_of: float
    share: float | None
    provisional: bool
    rule_version: str | None


def counting(lines: Sequence[LedgerLine]) -> list[LedgerLine]:
    """The lines that stand: neither reversals nor reversed."""
    reversed_ids = {line.reverses for line in lines if line.reverses}
    return [line for line in lines if line.reverses is None and line.id not in reversed_ids]


def total(lines: Sequence[LedgerLine]) -> Total | None:
    """None where there is no score yet."""
    standing = counting(lines)
    if not standing:
        return None
    points, out_of = sum(line.points for line in standing), sum(line.out_of for line in standing)
    return Total(
        points=points, out_of=out_of, share=points / out_of if out_of > 0 else None,
        provisional=any(line.provisional for line in standing), rule_version=standing[-1].rule_version,
    )  # fmt: skip


def lines_of(session: Session, shift_ids: Iterable[str]) -> dict[str, list[LedgerLine]]:
    """All ledger lines of each shift, in order."""
    found: dict[str, list[LedgerLine]] = defaultdict(list)
    query = select(LedgerLine).where(LedgerLine.shift_id.in_(set(shift_ids))).order_by(LedgerLine.seq)
    for line in session.scalars(query):
        found[line.shift_id].append(line)
    return found


def rules_of(session: Session, version: str) -> dict[str, Rule]:
    """The lines of the rules that were in force, word for word as they are kept; empty where they can't be read."""
    row = session.get(RuleSet, version)
    try:
        return {rule.key: rule for rule in parse_rules(row.body).lines} if row else {}
    except SettingsError:
        return {}


def line_view(session: Session, line: LedgerLine, reversed_ids: set[str]) -> Shown:
    """One line with its rule's names."""
    rule = rules_of(session, line.rule_version).get(line.line)
    return shown(line, "reverses") | {
        "name": rule.name if rule else line.line, "name_en": rule.name_en if rule else line.line,
        "unit": rule.unit if rule else "",
        "reverses": line.reverses, "reversed": line.id in reversed_ids,
    }  # fmt: skip


def score_view(session: Session, shift: Shift, shift_shown: Shown) -> Shown:
    """Raises NotFoundError `score.missing` while there is none."""
    lines = lines_of(session, [shift.id])[shift.id]
    sum_up = total(lines)
    if sum_up is None:
        raise missing("score", shift.id)
    reversed_ids = {line.reverses for line in lines if line.reverses}
    return {
        "shift": shift_shown,
        "total": {"points": sum_up.points, "out_of": sum_up.out_of, "share": sum_up.share},
        "provisional": sum_up.provisional, "rule_version": sum_up.rule_version,
        "lines": [line_view(session, line, reversed_ids) for line in counting(lines)],
        "history": [line_view(session, line, reversed_ids) for line in lines],
    }  # fmt: skip


def _checkpoints(session: Session, shift: Shift) -> list[Checkpoint]:
    """Those that stood when the shift opened, as they are named now."""
    ids = [one[0] for one in ground_at(session, shift.id)["checkpoints"]]
    return list(session.scalars(select(Checkpoint).where(Checkpoint.id.in_(ids)).order_by(Checkpoint.id)))


def evidence_view(session: Session, shift: Shift, line_key: str) -> Shown:
    """What a line leads to. Raises NotFoundError `score.line_missing`."""
    lines = [line for line in lines_of(session, [shift.id])[shift.id] if line.line == line_key]
    if not lines:
        raise NotFoundError("score.line_missing", f"no line {line_key} on shift {shift.id}", id=line_key)
    line = counting(lines)[-1] if counting(lines) else lines[-1]
    visits = session.scalars(select(Visit).where(Visit.shift_id == shift.id).order_by(Visit.first_at))
    calls = session.scalars(select(PointCall).where(PointCall.shift_id == shift.id).order_by(PointCall.called_at))
    sent = session.scalars(select(Dispatch).where(Dispatch.shift_id == shift.id).order_by(Dispatch.called_at))
    return {
        "line": line_key, "shift_id": shift.id, "points": line.points, "out_of": line.out_of,
        "numerator": line.numerator, "denominator": line.denominator, "evidence": line.evidence,
        "facts": shift.facts, "facts_version": shift.facts_version,
        "visits": [shown(row) for row in visits],
        "checkpoints": [{"id": row.id, "name": row.name, "name_en": row.name_en} for row in _checkpoints(session, shift)],
        "point_calls": [point_call_view(session, row) for row in calls.unique()],
        "dispatches": [dispatch_view(row) for row in sent.unique()],
    }  # fmt: skip
