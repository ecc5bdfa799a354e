"""A shift's score: the lines that stand, what was reversed, and the company's list of its own guards."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from lianqin.testing import T0
from patrol.duty.tables import Visit
from patrol.scores.tables import LedgerLine


def a_line(n: int, **changes: Any) -> LedgerLine:
    values: dict[str, Any] = {
        "id": f"l{n}", "at": T0 + n, "shift_id": "S1", "guard_id": "G1", "unit_id": "U1", "rule_version": "r1",
        "line": "presence", "points": 30.0, "out_of": 40.0, "numerator": 3.0, "denominator": 4.0, "provisional": True,
        "evidence": {"minutes": 3}, "reason": "",
    }  # fmt: skip
    return LedgerLine(**values | changes)


@pytest.fixture
def scored(room: Any) -> Any:
    """S1: presence corrected from 30 to 36, checkpoints 20, point calls did not occur; S2 (another unit): 5."""
    with room.store.write() as session:
        session.add_all([
            a_line(1), a_line(2, line="checkpoints", points=20.0, out_of=20.0),
            a_line(3, line="point_calls", points=0.0, out_of=0.0, numerator=0.0, denominator=0.0),
            a_line(4, points=-30.0, reverses="l1", reason="late fixes"),
            a_line(5, points=36.0, reason="late fixes"),
            a_line(6, shift_id="S2", guard_id="G2", unit_id="U2", points=5.0),
        ])  # fmt: skip
        session.add(Visit(shift_id="S1", checkpoint_id="A1-p1", first_at=T0, last_at=T0, fix_id="fx-1", distance_m=3.0))
    return room


@pytest.mark.parametrize("role", ["company", "officer", "guard"])
def test_a_score_counts_the_lines_that_stand_and_shows_the_reversed_ones_in_its_history(scored: Any, role: str) -> None:
    score = scored.role(role).get("/api/shifts/S1/score").json()
    assert score["total"] == {"points": 56.0, "out_of": 60.0, "share": pytest.approx(56 / 60)}
    assert (score["provisional"], score["rule_version"]) == (True, "r1")
    assert [(line["id"], line["points"]) for line in score["lines"]] == [("l2", 20.0), ("l3", 0.0), ("l5", 36.0)]
    assert [(line["id"], line["reversed"]) for line in score["history"]] == [
        ("l1", True), ("l2", False), ("l3", False), ("l4", False), ("l5", False)]  # fmt: skip
    assert score["shift"]["guard"]["name"] == "保安1"


def test_what_did_not_occur_has_no_share_rather_than_a_zero(room: Any) -> None:
    with room.store.write() as session:
        session.add(a_line(1, points=0.0, out_of=0.0))
    assert room.role("officer").get("/api/shifts/S1/score").json()["total"]["share"] is None
    assert room.role("officer").get("/api/shifts/S2/score").json()["key"] == "score.missing"


def test_a_line_opens_its_evidence(scored: Any) -> None:
    shown = scored.role("company").get("/api/shifts/S1/evidence/presence").json()
    assert (shown["points"], shown["evidence"]) == (36.0, {"minutes": 3})
    assert [visit["fix_id"] for visit in shown["visits"]] == ["fx-1"]
    assert {visit["checkpoint_id"] for visit in shown["visits"]} <= {point["id"] for point in shown["checkpoints"]}
    assert [call["id"] for call in shown["point_calls"]] == ["pc-1"]
    assert [dispatch["id"] for dispatch in shown["dispatches"]] == ["dp-1"]
    assert scored.role("company").get("/api/shifts/S1/evidence/arrests").json()["key"] == "score.line_missing"


def test_a_company_sees_its_own_guards_with_their_scores_and_exports_them_registered(scored: Any) -> None:
    company = scored.role("company")
    [one] = company.get("/api/company/guards").json()["items"]
    assert (one["guard"]["id"], one["guard"]["cert_no"], one["shift"]["id"]) == ("G1", "C1", "S1")
    assert one["score"]["points"] == 56.0
    assert [shift["score"]["share"] for shift in one["last_shifts"]] == [pytest.approx(56 / 60)]
    lines = list(csv.DictReader(io.StringIO(company.get("/api/company/guards.csv").content.decode("utf-8-sig"))))
    assert [(line["Id"], line["Points"], line["Share (%)"], line["On shift"]) for line in lines] == [
        ("G1", "56", "93.3", "Yes")
    ]
    assert [row.object_id for row in scored.audit("company.export")] == ["U1"]
