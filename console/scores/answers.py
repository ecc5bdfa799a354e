"""What the routes of scores and of a company's guards answer. Times are epoch seconds."""

from __future__ import annotations

from console.guards.answers import DispatchAnswer, GuardAnswer, PointCallAnswer, ShiftAnswer, VisitAnswer
from console.http.answers import Answer, NamedAnswer
from patrol.judging.facts import ShiftFacts
from patrol.scores.measures import MeasureEvidence


class PointsAnswer(Answer):
    """Points of those that could be had. `share`: 0 to 1, None where nothing could be scored."""

    points: float
    out_of: float
    share: float | None


class ScoreTotalAnswer(PointsAnswer):
    """A shift's score in one line (`console.scores.scores.Total`). `provisional`: some of its lines may still change."""

    provisional: bool
    rule_version: str | None
    """None: it has no line yet."""


class ScoreLineAnswer(Answer):
    """A line of the ledger with the names that its rule has."""

    seq: int
    """In the order in which the lines were written, over all shifts."""
    id: str
    at: float
    shift_id: str
    guard_id: str
    unit_id: str
    rule_version: str
    line: str
    """The rule's key; its `name` is this key too where the rules can't be read."""
    name: str
    name_en: str
    unit: str
    """Of `numerator` and `denominator`; empty where the rules can't be read."""
    points: float
    out_of: float
    """0: it did not occur, or nothing is known."""
    numerator: float
    denominator: float
    provisional: bool
    evidence: MeasureEvidence
    reverses: str | None
    """Id of the line that this one takes back."""
    reversed: bool
    reason: str
    hash: str | None


class ScoreAnswer(Answer):
    """A shift's score. `lines`: those that count; `history`: all, with reversals and what they took back."""

    shift: ShiftAnswer
    total: PointsAnswer
    provisional: bool
    rule_version: str
    lines: list[ScoreLineAnswer]
    history: list[ScoreLineAnswer]


class LineEvidenceAnswer(Answer):
    """What a line of a score was computed from: the figures of that line, and all facts, visits, calls and tasks of the shift."""

    line: str
    shift_id: str
    points: float
    out_of: float
    numerator: float
    denominator: float
    evidence: MeasureEvidence
    facts: ShiftFacts
    """Without any field as long as there is no fix."""
    facts_version: int
    visits: list[VisitAnswer]
    checkpoints: list[NamedAnswer]
    """Those of the area when the shift opened, as they are named now."""
    point_calls: list[PointCallAnswer]
    dispatches: list[DispatchAnswer]


class CertifiedGuardAnswer(GuardAnswer):
    """A guard with the number of the certificate."""

    cert_no: str


class ScoredShiftAnswer(ShiftAnswer):
    """A shift with its score; None: there is none yet."""

    score: ScoreTotalAnswer | None


class CompanyGuardAnswer(Answer):
    """One of a company's guards. `shift`: the last one; `score`: of the last shift that has one; `last_shifts`: newest first."""

    guard: CertifiedGuardAnswer
    shift: ShiftAnswer | None
    score: ScoreTotalAnswer | None
    last_shifts: list[ScoredShiftAnswer]
