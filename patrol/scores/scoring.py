"""The score of a shift: a pure function of its facts and a version of the rules."""

from __future__ import annotations

import difflib
import hashlib
import tomllib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from lianqin.decoding import from_json, from_plain
from lianqin.errors import SettingsError
from patrol.judging.facts import ShiftFacts
from patrol.scores.measures import MEASURES, MeasureEvidence


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One line of the score: a measure and the most points it gives (its weight).

    `floor` and `cap` bound what it gives; `minimum`: with a smaller denominator (in the measure's own unit) too little
    occurred to judge by, and the line leaves the score.
    """

    key: Annotated[str, Meta(pattern=r"^[a-z_]{1,40}$")]
    name: str
    name_en: str
    unit: str
    measure: str
    points: Annotated[float, Meta(ge=0, le=1000)]
    parameters: dict[str, float] = {}
    floor: Annotated[float, Meta(ge=0)] = 0.0
    cap: Annotated[float, Meta(ge=0)] | None = None
    minimum: Annotated[float, Meta(ge=0)] = 0.0


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    version: Annotated[str, Meta(min_length=1, max_length=40)]
    lines: Annotated[tuple[Rule, ...], Meta(min_length=1)]


class Rules(msgspec.Struct, frozen=True):
    """A version of the rules with its text, word for word."""

    version: str
    lines: tuple[Rule, ...]
    body: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.body.encode()).hexdigest()


class ScoreLine(msgspec.Struct, frozen=True):
    """`points` of `out_of`; out of 0: it did not occur or nothing is known."""

    line: str
    points: float
    out_of: float
    numerator: float
    denominator: float
    evidence: MeasureEvidence

    def evidence_json(self) -> dict[str, Any]:
        """As the ledger keeps it."""
        found: dict[str, Any] = from_json(msgspec.json.encode(self.evidence))
        return found


def _mistake(rule: Rule, keys: Sequence[str]) -> str:
    """What is wrong with a line and how to mend it; empty: nothing."""
    measure = MEASURES.get(rule.measure)
    if measure is None:
        return f"no measure `{rule.measure}`{_nearest(rule.measure, MEASURES)}; there are {', '.join(MEASURES)}"
    for name in rule.parameters:
        if name not in measure.parameters:
            known = ", ".join(measure.parameters) or "none"
            near = _nearest(name, measure.parameters)
            return f"measure `{rule.measure}` has no parameter `{name}`{near}; it has {known}"
    if keys.count(rule.key) > 1:
        return "this key stands twice; give each line its own"
    if not rule.floor <= (rule.points if rule.cap is None else rule.cap) <= rule.points:
        return f"floor {rule.floor:g}, cap {rule.cap} and points {rule.points:g} must rise in this order"
    return ""


def _nearest(name: str, known: Iterable[str]) -> str:
    found = difflib.get_close_matches(name, list(known), n=1, cutoff=0.3)
    return f" (did you mean `{found[0]}`?)" if found else ""


def parse_rules(body: str, source: str = "rules") -> Rules:
    """Raises SettingsError `rules.invalid` that says where."""
    try:
        found = from_plain(tomllib.loads(body), _File)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise SettingsError("rules.invalid", f"{source}: {error}", file=source, why=str(error)) from error
    keys = [rule.key for rule in found.lines]
    for number, rule in enumerate(found.lines, 1):
        if why := _mistake(rule, keys):
            raise SettingsError("rules.invalid", f"{source}: line {number} `{rule.key}`: {why}", file=source, why=why)
    return Rules(found.version, found.lines, body)


def load_rules(path: Path) -> Rules:
    """Raises SettingsError `rules.file` or `rules.invalid`."""
    try:
        body = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError("rules.file", f"can't read the rules {path}: {error}", file=str(path)) from error
    return parse_rules(body, str(path))


def score_shift(facts: ShiftFacts, rules: Rules) -> tuple[ScoreLine, ...]:
    """One line a rule, in the rules' order: points x numerator / denominator, to a thousandth, within floor and cap.

    What is unknown or did not occur leaves the denominator: such a line is out of 0, and the weights of the others
    spread over the rest, since a score is read as the sum of points out of the sum of what was possible.
    """
    lines = []
    for rule in rules.lines:
        measure = MEASURES[rule.measure]
        found = measure.of(facts, {**measure.parameters, **rule.parameters})
        occurred = found.denominator > 0 and found.denominator >= rule.minimum
        points = 0.0
        if occurred:
            most = rule.points if rule.cap is None else rule.cap
            points = round(min(most, max(rule.floor, rule.points * found.numerator / found.denominator)), 3)
        lines.append(ScoreLine(rule.key, points, rule.points if occurred else 0.0, found.numerator, found.denominator,
                               found.evidence))  # fmt: skip
    return tuple(lines)
