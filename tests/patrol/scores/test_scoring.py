"""Points from facts by rules that are data; the ledger that keeps every version."""

from __future__ import annotations

from pathlib import Path

import pytest

from lianqin.audit import Actor
from lianqin.db import Store
from lianqin.errors import ConflictError, LianqinError
from lianqin.settings import Settings
from lianqin.testing import T0
from patrol.duty import shift_facts, shifts
from patrol.judging.facts import CallOutcome, DispatchOutcome, ShiftFacts
from patrol.scores import ledger
from patrol.scores.measures import MEASURES
from patrol.scores.scoring import ScoreLine, load_rules, parse_rules, score_shift

FACTS = ShiftFacts(
    shift_id="s", confirmed_s=2700, outside_s=900, unknown_s=3600, checkpoints=("A1-1", "A1-2"),
    calls=(CallOutcome("c1", True, "confirmed"), CallOutcome("c2", True, "contradicted"),
           CallOutcome("c3", True, "unknown"), CallOutcome("c4", False, "contradicted")),
)  # fmt: skip


def test_what_is_unknown_or_did_not_occur_leaves_the_denominator(settings: Settings) -> None:
    lines = {one.line: one for one in score_shift(FACTS, load_rules(settings.rules_file))}
    assert (lines["presence"].points, lines["presence"].out_of) == (30, 40)
    assert (lines["checkpoints"].points, lines["checkpoints"].out_of) == (0, 20)
    assert (lines["point_calls"].points, lines["point_calls"].out_of) == (10, 20)
    assert [one.id for one in lines["point_calls"].evidence.apart] == ["c4"]
    assert (lines["dispatch"].points, lines["dispatch"].out_of) == (0, 0)


@pytest.mark.parametrize(
    "change",
    [('measure = "presence"', 'measure = "smiles"'), ("least_known", "guess"), ('key = "presence"', 'key = "dispatch"'),
     ("points = 40", "points = -1"), ('version = "2"', ""), ("[[lines]]", "[[lines]")],
)  # fmt: skip
def test_rules_that_make_no_sense_are_refused(settings: Settings, change: tuple[str, str]) -> None:
    body = settings.rules_file.read_text(encoding="utf-8")
    assert change[0] in body
    with pytest.raises(LianqinError) as caught:
        parse_rules(body.replace(*change, 1))
    assert caught.value.key == "rules.invalid"


def test_an_edited_rule_changes_the_new_score_and_the_old_version_still_gives_the_old_number(
    store: Store, actor: Actor, settings: Settings, tmp_path: Path
) -> None:
    edited = tmp_path / "rules.toml"
    body = settings.rules_file.read_text(encoding="utf-8")
    edited.write_text(body.replace("points = 40", "points = 80").replace('version = "2"', 'version = "3"'))
    old, new = load_rules(settings.rules_file), load_rules(edited)

    def presence(lines: tuple[ScoreLine, ...]) -> float:
        return next(one.points for one in lines if one.line == "presence")

    with store.write() as session:
        shift = shifts.do_open(session, actor, "G01", None, 8, T0)
        shifts.do_close(session, actor, shift.id, T0 + 7200)
        shift_facts.keep(shift, FACTS)
        first = ledger.append(session, shift, score_shift(FACTS, old), old, T0 + 7300, "closed")
        assert len(first) == 4
        assert ledger.append(session, shift, score_shift(FACTS, old), old, T0 + 7400, "again") == []
        second = ledger.append(session, shift, score_shift(FACTS, new), new, T0 + 7500, "rescored")
        assert [one.reverses for one in second if one.reverses] == [one.id for one in first]
        standing = {one.line: one for one in ledger.current(session, shift.id)}
        assert (standing["presence"].points, standing["presence"].provisional) == (60, True)
        assert presence(ledger.score_with(session, shift.id, "2")) == 30
        assert presence(ledger.score_with(session, shift.id, "3")) == 60
        cheat = parse_rules(body.replace("points = 40", "points = 10"))
        with pytest.raises(ConflictError, match="new version"):
            ledger.append(session, shift, score_shift(FACTS, cheat), cheat, T0 + 7600, "cheat")


def one_line(more: str, measure: str = "presence", points: float = 40) -> str:
    return (f'version = "t"\n[[lines]]\nkey = "a"\nname = "甲"\nname_en = "A"\nunit = "min"\nmeasure = "{measure}"\n'
            f"points = {points}\n{more}\n")  # fmt: skip


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (one_line("", "presense"), "line 1 `a`: no measure `presense` (did you mean `presence`?)"),
        (one_line("", "smiles"), "there are presence, checkpoints, point_calls, dispatches"),
        (one_line("parameters = { least_know = 1 }", "checkpoints"), "did you mean `least_known`?"),
        (one_line("parameters = { by_name = 1 }"), "it has none"),
        (one_line("floor = 30\ncap = 20"), "floor 30, cap 20.0 and points 40"),
        (one_line("cap = 50"), "must rise in this order"),
        (one_line("colour = 1"), "colour"),
        (one_line("floor = -1"), ">= 0"),
        ('version = "t"\nlines = []', "length >= 1"),
    ],
)
def test_a_mistake_in_the_rules_is_named_with_its_line_and_how_to_mend_it(body: str, says: str) -> None:
    with pytest.raises(LianqinError) as caught:
        parse_rules(body, "shift.toml")
    assert caught.value.key == "rules.invalid"
    assert says in caught.value.detail


@pytest.mark.parametrize(
    ("more", "points", "out_of"),
    [("", 30, 40), ("floor = 35", 35, 40), ("cap = 25", 25, 40), ("minimum = 60", 30, 40), ("minimum = 60.5", 0, 0)],
)
def test_floor_cap_and_minimum_bound_a_line(more: str, points: float, out_of: float) -> None:
    (line,) = score_shift(FACTS, parse_rules(one_line(more)))
    assert (line.points, line.out_of) == (points, out_of)


SENT = ShiftFacts(shift_id="s", dispatches=(DispatchOutcome("d1", "confirmed", T0), DispatchOutcome("d2", "unknown", T0),
                                            DispatchOutcome("d3", "contradicted", T0)))  # fmt: skip


@pytest.mark.parametrize(
    ("facts", "measure", "parameters", "numerator", "denominator"),
    [
        (FACTS, "presence", {}, 45, 60),
        (FACTS, "checkpoints", {}, 0, 2),
        (FACTS, "checkpoints", {"least_known": 0.6}, 0, 0),
        (FACTS, "point_calls", {}, 1, 2),
        (FACTS, "point_calls", {"by_name": 1}, 1, 3),
        (SENT, "dispatches", {}, 1, 2),
        (ShiftFacts(), "presence", {}, 0, 0),
        (ShiftFacts(), "checkpoints", {}, 0, 0),
    ],
)
def test_a_measure_is_so_much_of_so_much(
    facts: ShiftFacts, measure: str, parameters: dict[str, float], numerator: float, denominator: float
) -> None:
    known = MEASURES[measure]
    found = known.of(facts, {**known.parameters, **parameters})
    assert (found.numerator, found.denominator) == (numerator, denominator)
