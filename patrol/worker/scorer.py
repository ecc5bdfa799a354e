"""Scores of closed shifts: once they close, again when their facts change, and a last time when late fixes end."""

from __future__ import annotations

from typing import Final

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from lianqin.errors import ConflictError, SettingsError
from patrol.duty import shift_facts
from patrol.duty.shifts import lock_shift
from patrol.duty.tables import Shift
from patrol.scores import ledger
from patrol.scores.scoring import Rules, load_rules, parse_rules, score_shift
from patrol.scores.tables import RuleSet
from patrol.worker.pipeline import PipelineContext, closed_facts, hold, on_shifts, put_facts

log = structlog.get_logger(__name__)
LOOK_BACK_S: Final = 7 * 86_400.0
"""Beyond the time of late fixes: a review or an appeal may change a call of an older shift."""
BITE_S: Final = 0.5


class Scorer:
    """Remembers which version of a shift's facts was scored, and whether finally. Forgotten, it looks again and finds
    nothing to change."""

    def __init__(self, room: PipelineContext) -> None:
        self._room = room
        self._done: dict[str, tuple[int, bool]] = {}
        self._refused = ""

    def run(self, at: float) -> list[str]:
        """Score what is due, the newest first, for half a second at most; returns the shifts that got new lines."""
        room = self._room
        late = room.settings.late_fix_hours * 3600
        with room.store.read() as session:
            rows = session.execute(
                select(Shift.id, Shift.facts_version, Shift.closed_at)
                .where(Shift.closed_at > at - late - LOOK_BACK_S)
                .order_by(Shift.closed_at.desc())
            ).all()
        self._done = {row.id: self._done[row.id] for row in rows if row.id in self._done}
        due = [row.id for row in rows if self._done.get(row.id) != (row.facts_version, at >= row.closed_at + late)]
        if not due:
            return []
        in_force, began, scored = self._rules(at), room.clock.monotonic(), []
        for shift_id in due:
            if self._score(shift_id, in_force, at, late):
                scored.append(shift_id)
            if room.clock.monotonic() - began > BITE_S:
                break
        return scored

    def _score(self, shift_id: str, in_force: Rules | None, at: float, late: float) -> bool:
        room = self._room
        room.held.pop(shift_id, None)
        with room.store.read() as session:
            shift = session.get_one(Shift, shift_id)
            [duty] = on_shifts(session, Shift.id == shift_id)
        found = None
        if shift_facts.facts_of(shift).until != shift.closed_at:  # what the worker folded last was an open shift
            found = closed_facts(room, duty, hold(room, [duty])[shift_id].folded)
        with room.store.write() as session:
            shift = lock_shift(session, shift_id)
            assert shift.closed_at is not None
            if found is not None:
                put_facts(
                    session, {shift: shift_facts.with_ended(found, shift_facts.ended(session, [shift_id])[shift_id])}
                )
            rules, first = self._rules_of(session, shift_id, in_force)
            if rules is None:
                return False
            final = at >= shift.closed_at + late
            reason = "closed" if first else "final" if final else "corrected"
            lines = score_shift(shift_facts.facts_of(shift), rules)
            added = ledger.append(session, shift, lines, rules, at, reason, late)
            done = shift.facts_version, final
        self._done[shift_id] = done
        return bool(added)

    def _rules_of(self, session: Session, shift_id: str, in_force: Rules | None) -> tuple[Rules | None, bool]:
        """A shift keeps the rules it was scored with, until a person has it scored again by others."""
        standing = ledger.current(session, shift_id)
        if not standing:
            return in_force, True
        version = standing[-1].rule_version
        if in_force is not None and in_force.version == version:
            return in_force, False
        row = session.get_one(RuleSet, version)
        return parse_rules(row.body, f"version {version}"), False

    def _rules(self, at: float) -> Rules | None:
        """The file's rules; while it makes no sense, or a known version has another text, the last ones on record."""
        try:
            rules = load_rules(self._room.settings.rules_file)
            with self._room.store.write() as session:
                ledger.keep_rules(session, rules, at)
        except (SettingsError, ConflictError) as error:
            if self._refused != str(error):
                self._refused = str(error)
                log.error("rules_refused", error=self._refused)  # noqa: TRY400 - a person's mistake, no fault of ours
            with self._room.store.read() as session:
                row = session.scalar(select(RuleSet).order_by(RuleSet.loaded_at.desc()).limit(1))
            return parse_rules(row.body) if row else None
        self._refused = ""
        return rules
