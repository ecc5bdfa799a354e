"""The ledger of points: lines are added, never changed. A correction is a reversal and a new line."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from lianqin import audit, feed
from lianqin.errors import ConflictError, NotFoundError
from lianqin.records import new_id
from patrol.duty.shift_facts import facts_of
from patrol.duty.shifts import get_shift, lock_shift
from patrol.duty.tables import Shift
from patrol.scores.scoring import Rules, ScoreLine, parse_rules, score_shift
from patrol.scores.tables import LedgerLine, RuleSet


def keep_rules(session: Session, rules: Rules, at: float) -> None:
    """Keep this version word for word. Raises ConflictError `rules.version_taken` where it stands for another text."""
    row = session.get(RuleSet, rules.version)
    if row is None:
        session.add(RuleSet(version=rules.version, sha256=rules.sha256, body=rules.body, loaded_at=at))
        session.flush()
    elif row.sha256 != rules.sha256:
        raise ConflictError(
            "rules.version_taken",
            f"version {rules.version} of the rules is on record with another text: give the changed rules a new version",
            version=rules.version,
        )


def current(session: Session, shift_id: str) -> list[LedgerLine]:
    """The lines that stand: neither reversals nor reversed."""
    lines = list(session.scalars(select(LedgerLine).where(LedgerLine.shift_id == shift_id).order_by(LedgerLine.seq)))
    gone = {line.reverses for line in lines if line.reverses}
    return [line for line in lines if line.reverses is None and line.id not in gone]


def append(  # noqa: PLR0917 - what a score is made of
    session: Session, shift: Shift, lines: Sequence[ScoreLine], rules: Rules, at: float, reason: str,
    late_seconds: float = 72 * 3600.0,
) -> list[LedgerLine]:  # fmt: skip
    """Bring the shift's score to `lines`: what stands and differs is reversed. Returns the lines added.

    Provisional while late fixes still count. Raises as `keep_rules`.
    """
    keep_rules(session, rules, at)
    lock_shift(session, shift.id)
    provisional = shift.closed_at is None or at < shift.closed_at + late_seconds
    standing = {line.line: line for line in current(session, shift.id)}
    added: list[LedgerLine] = []
    for line in lines:
        old = standing.pop(line.line, None)
        if old is not None and _same(old, line, rules, provisional=provisional):
            continue
        if old is not None:
            added.append(_reversal(old, at, reason))
        added.append(LedgerLine(
            id=new_id("ln", at), at=at, shift_id=shift.id, guard_id=shift.guard_id, unit_id=shift.unit_id,
            rule_version=rules.version, line=line.line, points=line.points, out_of=line.out_of,
            numerator=line.numerator, denominator=line.denominator, provisional=provisional,
            evidence=line.evidence_json(), reason=reason,
        ))  # fmt: skip
    added += [_reversal(old, at, reason) for old in standing.values()]  # lines that these rules no longer have
    for one in added:  # one by one: their numbers tell the order
        session.add(one)
        session.flush()
    if added:
        audit.write(session, audit.system("patrol"), "score.append", "shift", shift.id, at=at,
                    detail={"rules": rules.version, "reason": reason, "lines": [one.id for one in added]})  # fmt: skip
        feed.push(session, "score", shift.id, at=at, unit_id=shift.unit_id, guard_id=shift.guard_id)
    return added


def score_with(session: Session, shift_id: str, version: str) -> tuple[ScoreLine, ...]:
    """The shift's score by a version on record, nothing written. Raises NotFoundError `rules.missing`,
    `shift.missing`."""
    shift = get_shift(session, shift_id)
    row = session.get(RuleSet, version)
    if row is None:
        raise NotFoundError("rules.missing", f"no rules of version {version}", version=version)
    return score_shift(facts_of(shift), parse_rules(row.body, f"version {version}"))


def _same(old: LedgerLine, line: ScoreLine, rules: Rules, *, provisional: bool) -> bool:
    return (
        (old.rule_version, old.points, old.out_of, old.numerator, old.denominator, old.provisional)
        == (rules.version, line.points, line.out_of, line.numerator, line.denominator, provisional)
        and old.evidence == line.evidence_json()
    )  # fmt: skip


def _reversal(old: LedgerLine, at: float, reason: str) -> LedgerLine:
    return LedgerLine(
        id=new_id("ln", at), at=at, shift_id=old.shift_id, guard_id=old.guard_id, unit_id=old.unit_id,
        rule_version=old.rule_version, line=old.line, points=-old.points, out_of=-old.out_of, numerator=-old.numerator,
        denominator=-old.denominator, provisional=old.provisional, evidence={}, reverses=old.id, reason=reason,
    )  # fmt: skip
