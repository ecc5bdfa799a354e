"""The score of a shift: a pure function of its facts and a version of the rules."""

from __future__ import annotations

import hashlib
import tomllib
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from lianqin.errors import SettingsError
from patrol.facts import ShiftFacts
from patrol.measures import MEASURES, Evidence


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One line of the score: a measure and the most points it gives."""

    key: Annotated[str, Meta(pattern=r"^[a-z_]{1,40}$")]
    name: str
    name_en: str
    unit: str
    measure: str
    points: Annotated[float, Meta(ge=0, le=1000)]
    parameters: dict[str, float] = {}


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
    evidence: Evidence

    def evidence_json(self) -> dict[str, Any]:
        """As the ledger keeps it."""
        found: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(self.evidence))
        return found


def parse_rules(body: str, source: str = "rules") -> Rules:
    """Raises SettingsError `rules.invalid` that says where."""
    try:
        found = msgspec.convert(tomllib.loads(body), _File)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise SettingsError("rules.invalid", f"{source}: {error}", file=source, why=str(error)) from error
    for rule in found.lines:
        measure = MEASURES.get(rule.measure)
        why = ""
        if measure is None:
            why = f"line {rule.key}: no measure {rule.measure!r}; there are {', '.join(MEASURES)}"
        elif unknown := set(rule.parameters) - set(measure.parameters):
            why = f"line {rule.key}: {rule.measure} has no parameter {', '.join(sorted(unknown))}"
        elif sum(other.key == rule.key for other in found.lines) > 1:
            why = f"line {rule.key} stands twice"
        if why:
            raise SettingsError("rules.invalid", f"{source}: {why}", file=source, why=why)
    return Rules(found.version, found.lines, body)


def load_rules(path: Path) -> Rules:
    """Raises SettingsError `rules.file` or `rules.invalid`."""
    try:
        body = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError("rules.file", f"can't read the rules {path}: {error}", file=str(path)) from error
    return parse_rules(body, str(path))


def score_shift(facts: ShiftFacts, rules: Rules) -> tuple[ScoreLine, ...]:
    """One line a rule, in the rules' order: points x numerator / denominator, to a thousandth."""
    lines = []
    for rule in rules.lines:
        measure = MEASURES[rule.measure]
        found = measure.of(facts, {**measure.parameters, **rule.parameters})
        occurred = found.denominator > 0
        points = round(rule.points * found.numerator / found.denominator, 3) if occurred else 0.0
        lines.append(ScoreLine(rule.key, points, rule.points if occurred else 0.0, found.numerator, found.denominator,
                               found.evidence))  # fmt: skip
    return tuple(lines)
