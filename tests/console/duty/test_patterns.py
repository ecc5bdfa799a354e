"""Shift templates: a company has its own, a roster is made of one, and what can't be planned is told."""

from __future__ import annotations

from typing import Any

import pytest

from patrol.county.tables import Guard
from patrol.duty.tables import RosterEntry, ShiftPattern
from patrol.duty.templates import days_of, plan_of

NIGHT = {"name": "夜班", "begins_min": 1320, "ends_min": 360, "area_id": "A1", "break_minutes": 30}


def made(room: Any, role: str = "company", **more: Any) -> Any:
    return room.role(role).post("/api/patterns", NIGHT | more).json()["pattern"]


def test_a_template_that_ends_before_it_begins_ends_on_the_next_day() -> None:
    plan = plan_of(
        ShiftPattern(id="p", unit_id="U1", name="n", begins_min=1320, ends_min=360), "G1", "A1", "2026-09-21"
    )
    assert plan.ends_at - plan.begins_at == 8 * 3600
    day = plan_of(ShiftPattern(id="p", unit_id="U1", name="n", begins_min=480, ends_min=1020), "G1", "A1", "2026-09-21")
    assert (day.ends_at - day.begins_at, plan.begins_at - day.begins_at) == (9 * 3600, 14 * 3600)


@pytest.mark.parametrize(("first", "last", "weekdays", "count"), [
    ("2026-09-21", "2026-09-27", [0, 1, 2, 3, 4], 5), ("2026-09-21", "2026-09-21", [0], 1), ("2026-09-21", "2026-09-21", [1], 0),
])  # fmt: skip
def test_days_are_chosen_by_weekday(first: str, last: str, weekdays: list[int], count: int) -> None:
    assert len(days_of(first, last, weekdays)) == count


def test_a_roster_is_made_of_a_template_and_what_clashes_is_told(room: Any) -> None:
    pattern = made(room)
    company = room.role("company")
    form = {"guard_ids": ["G1"], "first": "2026-10-01", "last": "2026-10-07", "weekdays": [0, 1, 2, 3, 4, 5, 6]}
    told = company.post(f"/api/patterns/{pattern['id']}/plan", form).json()
    assert (told["count"], told["left_out"]) == (7, [])
    again = company.post(f"/api/patterns/{pattern['id']}/plan", form | {"last": "2026-10-08"}).json()
    assert (again["count"], {one["key"] for one in again["left_out"]}) == (1, {"roster.overlap"})
    assert again["left_out"][0]["said"]
    with room.store.read() as session:
        rows = session.query(RosterEntry).order_by(RosterEntry.begins_at).all()
        assert {(row.pattern_id, row.ends_at - row.begins_at) for row in rows} == {(pattern["id"], 8 * 3600)}
    assert company.ask("DELETE", f"/api/patterns/{pattern['id']}").json()["key"] == "pattern.in_use"


def test_a_company_plans_by_its_own_templates_and_its_own_guards(room: Any) -> None:
    theirs = made(room, "operator", unit_id="U2")
    mine = made(room, unit_id="U2")
    assert mine["unit_id"] == "U1"
    company = room.role("company")
    assert [one["id"] for one in company.get("/api/patterns").json()["items"]] == [mine["id"]]
    for method, path, body in (("PUT", "", NIGHT), ("DELETE", "", None),
                               ("POST", "/plan", {"guard_ids": ["G2"], "first": "2026-10-01", "last": "2026-10-01", "weekdays": [3]})):  # fmt: skip
        answer = company.ask(method, f"/api/patterns/{theirs['id']}{path}", body)
        assert (answer.status_code, answer.json()["key"]) == (404, "pattern.missing")
    told = company.post(
        f"/api/patterns/{mine['id']}/plan",
        {"guard_ids": ["G2"], "first": "2026-10-01", "last": "2026-10-01", "weekdays": [3]},
    )
    assert [one["key"] for one in told.json()["left_out"]] == ["guard.missing"]


def test_a_guard_without_a_certificate_is_left_out(room: Any) -> None:
    with room.store.write() as session:
        session.get_one(Guard, "G1").cert_valid_until = "2026-10-02"
    pattern = made(room)
    form = {"guard_ids": ["G1"], "first": "2026-10-01", "last": "2026-10-03", "weekdays": [0, 1, 2, 3, 4, 5, 6]}
    told = room.role("company").post(f"/api/patterns/{pattern['id']}/plan", form).json()
    assert (told["count"], [(one["day"], one["key"]) for one in told["left_out"]]) == (
        2,
        [("2026-10-03", "shift.no_certificate")],
    )


@pytest.mark.parametrize(("change", "key"), [
    ({"ends_min": 1320}, "pattern.hours"), ({"area_id": "A9"}, "area.missing"), ({"begins_min": 1440}, "record.invalid"),
    ({"name": ""}, "record.invalid"), ({"colour": "red"}, "record.unknown_field"),
])  # fmt: skip
def test_a_bad_template_is_refused_by_name(room: Any, change: dict[str, Any], key: str) -> None:
    assert room.role("company").post("/api/patterns", NIGHT | change).json()["key"] == key


def test_a_template_is_changed_and_removed(room: Any) -> None:
    pattern, company = made(room), room.role("company")
    changed = company.put(f"/api/patterns/{pattern['id']}", NIGHT | {"name": "晚班"}).json()["pattern"]
    assert (changed["id"], changed["name"]) == (pattern["id"], "晚班")
    form = {"guard_ids": ["G1"], "first": "x", "last": "2026-10-03", "weekdays": [0]}
    assert company.post(f"/api/patterns/{pattern['id']}/plan", form).json()["key"] == "pattern.days"
    assert company.ask("DELETE", f"/api/patterns/{pattern['id']}").status_code == 200
    assert company.get("/api/patterns").json()["items"] == []
