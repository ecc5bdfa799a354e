"""Scores of closed shifts: once they close, again when their facts change, and a last time when late fixes end."""

from __future__ import annotations

import structlog
from sqlalchemy import select

from lianqin.errors import ConflictError, SettingsError
from patrol import facts, ledger, outcomes
from patrol.pipeline import Room, hold, put_facts
from patrol.scoring import Rules, load_rules, parse_rules, score_shift
from patrol.tables import RuleSet, Shift

log = structlog.get_logger(__name__)


class Scorer:
    """Remembers which version of a shift's facts was scored, and whether finally."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._done: dict[str, tuple[int, bool]] = {}

    def run(self, at: float) -> list[str]:
        """Score what is due; returns the shifts that got new lines."""
        late = self._room.settings.late_fix_hours * 3600
        with self._room.store.read() as session:
            rows = session.execute(
                select(Shift.id, Shift.facts_version, Shift.closed_at).where(Shift.closed_at > at - late - 7 * 86_400)
            ).all()
        due = [row.id for row in rows if self._done.get(row.id) != (row.facts_version, at >= row.closed_at + late)]
        if not due:
            return []
        rules = self._rules(at)
        return [one for one in due if rules is not None and self._score(one, rules, at, late)]

    def _score(self, shift_id: str, rules: Rules, at: float, late: float) -> bool:
        room = self._room
        room.held.pop(shift_id, None)
        with room.store.read() as session:
            shift = session.get_one(Shift, shift_id)
        held = hold(room, shift)
        with room.store.write() as session:
            shift = session.get_one(Shift, shift_id)
            assert shift.closed_at is not None
            put_facts(session, shift, facts.finish(held.folded, shift.closed_at, room.fact_limits))
            first = not ledger.current(session, shift_id)
            lines = score_shift(outcomes.facts_of(shift), rules)
            final = at >= shift.closed_at + late
            reason = "closed" if first else "final" if final else "corrected"
            added = ledger.append(session, shift, lines, rules, at, reason, late)
            done = shift.facts_version, final
        self._done[shift_id] = done
        return bool(added)

    def _rules(self, at: float) -> Rules | None:
        """The file's rules; while it makes no sense, or a known version has another text, the last ones on record."""
        try:
            rules = load_rules(self._room.settings.rules_file)
            with self._room.store.write() as session:
                ledger.keep_rules(session, rules, at)
        except (SettingsError, ConflictError) as error:
            log.error("rules_refused", error=str(error))  # noqa: TRY400 - a person's mistake, no fault of ours
            with self._room.store.read() as session:
                row = session.scalar(select(RuleSet).order_by(RuleSet.loaded_at.desc()).limit(1))
            return parse_rules(row.body) if row else None
        return rules
