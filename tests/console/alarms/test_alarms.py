"""The alarm budget: floods, rates with bounds, the split, the worst zones, waits and seats, as tables of cases; then over HTTP."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import event, update

from console.access.permissions import ROLES
from console.alarms.budget import (
    LONGEST_SEAT,
    Flood,
    RungAlert,
    SeatAct,
    floods,
    rate,
    seats,
    split,
    waits,
    worst_zones,
)
from console.alerts.tables import AlertRow
from console.attention.tables import Escalation
from console.rules.shelves import do_end_due
from lianqin import audit
from lianqin.clock import COUNTY_ZONE
from lianqin.shares import percentile, poisson, share_of, wilson
from lianqin.testing import T0, an_alert

H = 3600.0


def every(seconds: float, count: int, start: float = 0.0) -> list[float]:
    return [start + n * seconds for n in range(count)]


@pytest.mark.parametrize(
    ("moments", "until", "said"),
    [
        ([], 9e9, []),
        (every(60, 10), 9e9, []),  # ten in ten minutes are not more than ten
        (every(60, 11), 9e9, []),  # the eleventh comes as the first one leaves
        (every(59, 11), 9e9, [(590.0, 59 * 6 + 600.0, 11, 11)]),  # ends as the seventh leaves and four are left
        (every(1, 50), 9e9, [(10.0, 45 + 600.0, 50, 50)]),
        (every(1, 50), 300.0, [(10.0, 300.0, 50, 50)]),  # it lasts
        ([*every(1, 11), *every(1, 11, 5000.0)], 9e9, [(10.0, 606.0, 11, 11), (5010.0, 5606.0, 11, 11)]),
        # Seven more within ten minutes keep it above four: one flood.
        ([*every(1, 11), *every(1, 7, 500.0)], 9e9, [(10.0, 502 + 600.0, 18, 18)]),
        (list(reversed(every(1, 11))), 9e9, [(10.0, 606.0, 11, 11)]),  # in whatever order they are told
    ],
)
def test_a_flood_begins_above_ten_in_ten_minutes_and_ends_below_five(
    moments: list[float], until: float, said: list[Any]
) -> None:
    found = floods(moments, until)
    assert [(one.from_at, one.to_at, one.alerts, one.peak) for one in found] == said
    assert [one.lasts for one in found] == [until == 300.0] * len(said)


def test_the_bounds_of_a_count_are_those_of_the_tables() -> None:
    """Exact 95 % limits of a Poisson count (0: 0 to 3.69; 10: 4.80 to 18.39; 100: 81.4 to 121.6), and Wilson's of 2 in 10 (5.7 % to 51 %)."""
    for count, low, high in ((0, 0.0, 3.69), (10, 4.80, 18.39), (100, 81.36, 121.63)):
        found = poisson(count, 1.0)
        assert (found.low, found.high) == (pytest.approx(low, abs=0.05), pytest.approx(high, abs=0.1))
    found = wilson(2, 10)
    assert (found.value, found.low, found.high) == (
        0.2,
        pytest.approx(0.0567, abs=1e-3),
        pytest.approx(0.5098, abs=1e-3),
    )
    assert (wilson(0, 10).low, wilson(10, 10).high) == (0.0, pytest.approx(1.0))


@pytest.mark.parametrize(
    ("alerts", "hours", "said"),
    [
        (0, 0.0, "nobody"), (500, 0.0, "nobody"), (40, 0.5, "few"), (3, 1.0, "few"), (30, 5.0, "open"), (100, 5.0, "over"),
        (20, 10.0, "within"), (0, 8.0, "within"),
    ],
)  # fmt: skip
def test_a_rate_is_said_beside_the_goal_only_beyond_chance(alerts: int, hours: float, said: str) -> None:
    found = rate(alerts, hours)
    assert found.said == said
    assert (found.rate is None) is (said == "nobody")


def test_the_split_counts_three_and_four_as_low_and_says_nothing_of_nothing() -> None:
    counts = split([1, 2, 2, 3, 4, 4])
    assert [(count, None if share is None else round(share.value, 3)) for count, share in counts] == [
        (1, 0.167), (2, 0.333), (3, 0.5),
    ]  # fmt: skip
    assert split([]) == ((0, None), (0, None), (0, None))


def rang(**changes: Any) -> RungAlert:
    told = {"captured_at": T0, "priority": 2, "camera_id": "C01", "zone_id": "z1", "zone_name": "东门", "state": "new",
            "judged_at": None, "judged_by": None, "called_at": T0, "waits_from": T0}  # fmt: skip
    return RungAlert(**{**told, **changes})


def test_the_worst_zones_come_first_with_their_false_share_once_enough_are_judged() -> None:
    found = worst_zones([
        *[rang(state="false") for _ in range(9)], rang(state="confirmed"), rang(state="ignored"), rang(),
        *[rang(zone_id="z2", state="false") for _ in range(3)],
        *[rang(zone_id="switch:lost", zone_name="") for _ in range(50)],
        *[rang(camera_id=f"C{n}", zone_id=f"z{n}") for n in range(20, 40)],
    ])  # fmt: skip
    assert len(found) == 10
    first, second = found[:2]
    assert (first.zone_id, first.alerts, first.confirmed, first.false, first.ignored, first.waiting) == (
        "z1",
        12,
        1,
        9,
        1,
        1,
    )
    assert first.false_share is not None
    assert first.false_share.value == 0.9
    assert first.share == pytest.approx(12 / 85)
    assert (second.zone_id, second.false_share) == ("z2", None), "three judged are too few"


@pytest.mark.parametrize(
    ("count", "of", "said"),
    [
        (0, 0, None),
        (1, 1, None),
        (9, 9, None),
        (10, 10, (1.0, 0.722, 1.0)),
        (0, 10, (0.0, 0.0, 0.278)),
        (5, 10, (0.5, 0.237, 0.763)),
    ],
)
def test_a_share_is_said_with_its_bounds_once_it_is_of_enough(
    count: int, of: int, said: tuple[float, ...] | None
) -> None:
    found = share_of(count, of, 10)
    assert (found and (found.value, round(found.low, 3), round(found.high, 3))) == said


@pytest.mark.parametrize(("share", "value"), [(0.5, 10), (0.95, 19), (0.0, 1), (1.0, 20)])
def test_a_percentile_is_the_nearest_rank(share: float, value: float) -> None:
    assert percentile(list(range(1, 21)), share) == value


def test_waits_are_told_by_priority_and_by_who_judged_and_what_waits_still_is_none_of_them() -> None:
    alerts = [rang(priority=1, judged_at=T0 + n, judged_by="甲") for n in range(1, 21)] + [
        rang(judged_at=T0 - 5, judged_by="乙"), rang(), rang(priority=3, judged_at=T0 + 9, judged_by="丙", waits_from=None),
    ]  # fmt: skip
    assert [(one.of, one.judged, one.p50, one.p95, one.few) for one in waits(alerts, "priority")] == [
        ("1", 20, 10.0, 19.0, False), ("2", 1, 0.0, 0.0, True),
    ]  # fmt: skip
    assert {one.of for one in waits(alerts, "person")} == {"甲", "乙"}


def acts(*told: tuple[float, str, bool]) -> list[SeatAct]:
    return [SeatAct(hours * H, account, begins) for hours, account, begins in told]


@pytest.mark.parametrize(
    ("told", "hours", "accounts"),
    [
        ([], 0.0, 0),
        ([(1, "a", True), (3, "a", False)], 2.0, 1),
        ([(1, "a", True), (3, "a", False), (2, "b", True), (5, "b", False)], 5.0, 2),
        ([(1, "a", True), (2, "a", True), (3, "a", False), (4, "a", False)], 3.0, 1),  # two sessions of one account
        ([(-5, "a", True), (3, "a", False)], 3.0, 1),  # began before
        ([(3, "a", False)], 0.0, 0),  # of a beginning nobody knows
        ([(1, "a", True)], 9.0, 1),  # open still
        ([(-20, "a", True)], 0.0, 0),  # nobody sits for 30 hours
        ([(-20, "a", True), (2, "a", True), (3, "a", False)], 1.0, 1),
        ([(9, "a", True), (30, "a", False)], 1.0, 1),
    ],
)
def test_a_seat_is_held_from_log_in_to_the_end_of_the_session(told: Any, hours: float, accounts: int) -> None:
    assert LONGEST_SEAT == 12 * H
    found = seats(acts(*told), 0.0, 10 * H)
    assert (found.hours, found.accounts) == (pytest.approx(hours), accounts)


def test_the_leaders_page_says_rate_floods_split_zones_reasons_and_waits(room: Any) -> None:
    at = room.clock.now()
    for n in range(24):
        room.take(
            an_alert(
                id=f"al-{n:02}",
                captured_at=at - 1800 + n,
                published_at=at - 1800 + n,
                priority=1 + n % 4,
                zone_name="东门",
            )
        )
    room.take(an_alert(id="al-old", captured_at=at - 10 * 86_400, published_at=at))
    for n in range(12):
        answer = room.role("operator").post(f"/api/alerts/al-{n:02}/false", {"reason": "animal" if n else "weather"})
        assert answer.status_code == 200
    with room.store.write() as session:
        operator = audit.Actor("a-operator", "operator 甲", "operator")
        audit.write(session, operator, "account.login", "account", "a-operator", at=at - 4 * H)
        audit.write(session, operator, "account.idle_exit", "account", "a-operator", at=at - H)
        leader = audit.Actor("a-leader", "leader 甲", "leader")
        audit.write(session, leader, "account.login", "account", "a-leader", at=at - 9 * H)
    found = room.role("leader").get(f"/api/alarms?from_at={at - 86_400}&to_at={at + 60}").json()
    assert (found["alerts"], found["waiting"], found["states"]) == (24, 12, {"new": 12, "false": 12})
    idle = room.settings.idle_exit_minutes / 60
    assert found["seats"] == {"hours": pytest.approx(3 - idle), "accounts": 1}, "an idle exit comes after the last act"
    assert (found["goal"], found["rate"]["said"]) == (6.0, "open")
    [flood] = found["floods"]
    assert (flood["alerts"], flood["peak"], flood["lasts"]) == (24, 24, True)
    assert [one["count"] for one in found["split"]] == [6, 6, 12]
    [zone] = found["zones"]
    assert (zone["camera"]["name"], zone["zone"], zone["false"]) == (
        "学院路1", {"id": "C01-z1", "name": "东门", "name_en": "East gate"}, 12,
    )  # fmt: skip
    assert (len(found["months"]), sum(one["false"] for one in found["months"])) == (6, 12)
    assert found["months"][-1]["reasons"] == {"animal": 11, "weather": 1}
    share, alerts = found["months"][-1]["false_share"], found["months"][-1]["alerts"]
    assert alerts >= 24
    assert share["value"] == pytest.approx(12 / alerts)
    assert share["low"] < share["value"] < share["high"]
    assert {one["false_share"] for one in found["months"][:-1]} == {None}, "of few alerts none is said"
    assert [(one["of"], one["judged"]) for one in found["waits"]["person"]] == [("operator 甲", 12)]


def shelve(room: Any, minutes: float) -> None:
    form = {"camera_id": "C01", "minutes": minutes, "reason": "road works"}
    assert room.role("operator").post("/api/shelves", form).status_code == 200


def came_at(room: Any, name: str, second: float) -> None:
    """An alert captured and come `second` seconds after T0, which is when the room's clock then stands."""
    room.clock.advance(T0 + second - room.clock.now())
    room.take(an_alert(id=name, captured_at=T0 + second, published_at=T0 + second))


@pytest.fixture
def shelved(room: Any) -> Any:
    """A shelf from second 10 to 70. Came before it: `al-first`, judged at once; `al-open`, at rest with it and back. Came on it: `al-on`,
    judged there, and twelve, of which one is judged 30 s after it is back. Came after it: `al-last`."""
    came_at(room, "al-first", 0)
    came_at(room, "al-open", 1)
    operator = room.role("operator")
    room.clock.advance(4)
    operator.post("/api/alerts/al-first/ignore")
    room.clock.advance(5)
    shelve(room, 1)
    came_at(room, "al-on", 20)
    for n in range(12):
        came_at(room, f"al-{n:02}", 21 + n)
    operator.post("/api/alerts/al-on/ignore")
    room.clock.advance(T0 + 71 - room.clock.now())
    with room.store.write() as session:
        assert do_end_due(session, room.clock.now()) == 1
    room.clock.advance(29)
    for name in ("al-open", "al-00"):
        operator.post(f"/api/alerts/{name}/ignore")
    came_at(room, "al-last", 110)
    return room


def test_what_was_shelved_when_it_came_is_counted_apart_and_makes_no_rate_and_no_flood(room: Any) -> None:
    shelve(room, 60)
    for n in range(15):
        came_at(room, f"al-{n:02}", 1 + n)
    room.clock.advance(5)
    found = room.role("leader").get(f"/api/alarms?from_at={T0 - 60}&to_at={T0 + 600}").json()
    assert (found["alerts"], found["shelved"], found["rate"]["alerts"], found["floods"]) == (15, 15, 0, [])
    assert (found["waiting"], found["zones"][0]["alerts"]) == (0, 15), "the worst zone is still the worst"


def test_what_comes_back_from_a_shelf_calls_then_and_waits_from_then(shelved: Any) -> None:
    leader = shelved.role("leader")
    found = leader.get(f"/api/alarms?from_at={T0 - 60}&to_at={T0 + 600}").json()
    assert (found["alerts"], found["shelved"], found["rate"]["alerts"]) == (16, 1, 15), "one was judged on its shelf"
    [flood] = found["floods"]
    assert (flood["from_at"], flood["alerts"]) == (T0 + 70, 15), "twelve are back at once"
    [waits] = found["waits"]["priority"]
    assert (waits["judged"], waits["p50"], waits["p95"]) == (3, 30.0, 30.0), (
        "5 s and twice 30; on the shelf none waited"
    )
    rows = {one["id"]: one for one in leader.get("/api/records?limit=200").json()["items"]}
    assert {name: rows[name]["waited_s"] for name in ("al-first", "al-open", "al-00", "al-on", "al-last")} == {
        "al-first": 5.0, "al-open": 30.0, "al-00": 30.0, "al-on": 0.0, "al-last": None,
    }  # fmt: skip
    for order, first in (("up", ["al-on", "al-first", "al-00", "al-open"]), ("down", ["al-last"])):
        seen, cursor = list[str](), ""
        while cursor is not None:
            told = leader.get(f"/api/records?sort=waited&order={order}&limit=3&cursor={cursor}").json()
            seen, cursor = [*seen, *(one["id"] for one in told["items"])], told["next"]
        assert len(set(seen)) == len(seen) == 16
        assert (seen if order == "up" else seen[11:12])[: len(first)] == first


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("path", [f"alarms?from_at={T0}&to_at={T0 + 60}", "records?sort=waited"])
def test_the_rows_of_alerts_that_never_rested_are_not_read(room: Any, path: str) -> None:
    """They are wide by their tracks: what is summed up and sorted stands in the index of the record."""
    asked: list[tuple[str, Any]] = []

    def watch(_connection: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        if " FROM alert " in statement.replace("\n", " "):
            asked.append((statement, values))

    event.listen(room.store.engine, "before_cursor_execute", watch)
    assert room.role("leader").get(f"/api/{path}").status_code == 200
    event.remove(room.store.engine, "before_cursor_execute", watch)
    with room.store.read() as session:
        plans = [
            [row[3] for row in session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)]
            for statement, values in asked
        ]
    told = [step for plan in plans for step in plan if re.match(r"(SCAN|SEARCH) alert(_\d+)? ", step)]
    assert told
    assert [step for step in told if re.match(r"\w+ alert ", step) and "COVERING INDEX" not in step] == []
    assert [step for step in told if step.startswith("SCAN alert_")] == []


def test_both_counts_of_reasons_are_of_one_rule_and_lead_to_as_many_rows(room: Any) -> None:
    """Captured in August, judged in September; and a guard's report, which is no alert of a machine."""
    august = datetime(2026, 8, 31, 23, 59, tzinfo=COUNTY_ZONE).timestamp()
    for n, at in enumerate((august, T0, T0)):
        room.take(an_alert(id=f"al-{n}", captured_at=at, published_at=at))
        room.role("operator").post(f"/api/alerts/al-{n}/false", {"reason": "animal"})
    with room.store.write() as session:
        session.execute(update(AlertRow).where(AlertRow.id == "al-2").values(situation="reported"))
    leader = room.role("leader")
    months = {
        one["month"]: one for one in leader.get(f"/api/alarms?from_at={T0 - 60}&to_at={T0 + 60}").json()["months"]
    }
    for month in ("2026-08", "2026-09"):
        told = leader.get(f"/api/false-reasons/month?month={month}").json()
        counted = {one["id"]: one["count"] for one in told["items"] if one["count"]}
        assert (months[month]["reasons"], told["total"]) == (counted, 1) == ({"animal": 1}, 1)
        asked = f"from_at={months[month]['from_at']}&to_at={months[month]['to_at']}&state=false&reason=animal"
        found = leader.get(f"/api/records?{asked}").json()["items"]
        assert [one["id"] for one in found if one["situation"] != "reported"] == [
            f"al-{0 if month == '2026-08' else 1}"
        ]


def ring(room: Any, n: int, alert_id: str, **changes: Any) -> None:
    told = {"id": f"rg-0000000{n}", "alert_id": alert_id, "at": room.clock.now(), "why": "new", "means": "sound",
            "hidden": False}  # fmt: skip
    assert room.role("operator").post("/api/rings", {"rings": [told | changes]}).json() == {"taken": 1}


def test_the_leader_reads_which_alerts_rang_when_at_whose_page_and_who_took_them_after_how_long(room: Any) -> None:
    came_at(room, "al-1", 0)
    ring(room, 1, "al-1")
    came_at(room, "al-2", 10)
    ring(room, 2, "al-2", means="blocked", hidden=True)
    ring(room, 3, "al-gone", why="escalation", means="notification")
    room.clock.advance(30)
    room.role("operator").post("/api/alerts/al-1/ignore")
    leader, span = room.role("leader"), f"from_at={T0 - 60}&to_at={T0 + 60}"
    told = leader.get(f"/api/alarms/rung?{span}").json()
    assert [(one["alert_id"], one["at"], one["why"], one["means"], one["hidden"], one["name"]) for one in told["items"]] == [
        ("al-gone", T0 + 10, "escalation", "notification", False, "operator 甲"),
        ("al-2", T0 + 10, "new", "blocked", True, "operator 甲"),
        ("al-1", T0, "new", "sound", False, "operator 甲"),
    ]  # fmt: skip
    assert [(one["taken_by"], one["taken_at"], one["waited_s"]) for one in told["items"]] == [
        (None, None, None), (None, None, None), ("operator 甲", T0 + 40, 40.0),
    ]  # fmt: skip
    gone, _, first = (one["alert"] for one in told["items"])
    assert gone is None
    assert (first["situation"], first["priority"], first["camera"]["name_en"], first["state"]) == (
        "intrusion", 2, "College Road 1", "ignored",
    )  # fmt: skip
    seen, cursor = list[str](), ""
    while cursor is not None:
        page = leader.get(f"/api/alarms/rung?{span}&limit=2&cursor={cursor}").json()
        seen, cursor = [*seen, *(one["id"] for one in page["items"])], page["next"]
    assert seen == [one["id"] for one in told["items"]]
    assert (
        leader.get(f"/api/alarms/rung?from_at={T0 + 10}&to_at={T0 + 60}&limit=1").json()["items"][0]["alert_id"]
        == "al-gone"
    )
    assert room.audit("people.look") == [], "as the counts by account beside it"


def test_an_escalation_that_was_taken_ends_the_wait_and_what_is_back_from_a_shelf_waits_anew(room: Any) -> None:
    came_at(room, "al-1", 0)
    ring(room, 1, "al-1")
    with room.store.write() as session:
        session.add(
            Escalation(id="es-1", alert_id="al-1", step=2, seat="second", at=T0 + 20, taken_by="乙", taken_at=T0 + 25)
        )
    room.clock.advance(30)
    shelve(room, 1)
    room.clock.advance(61)
    with room.store.write() as session:
        assert do_end_due(session, room.clock.now()) == 1
    ring(room, 2, "al-1")
    room.clock.advance(9)
    room.role("operator").post("/api/alerts/al-1/ignore")
    told = room.role("leader").get(f"/api/alarms/rung?from_at={T0 - 60}&to_at={T0 + 600}").json()["items"]
    assert [(one["taken_by"], one["taken_at"], one["waited_s"]) for one in told] == [
        ("operator 甲", T0 + 100, 10.0), ("乙", T0 + 25, 25.0),
    ]  # fmt: skip


@pytest.mark.parametrize("role", [role for role in ROLES if role != "leader"])
def test_nobody_but_a_leader_reads_what_rang(room: Any, role: str) -> None:
    answer = room.role(role).get(f"/api/alarms/rung?from_at={T0 - 60}&to_at={T0 + 60}")
    assert (answer.status_code, answer.json()["key"]) == (403, "role.denied")


@pytest.mark.parametrize("path", ["alarms", "alarms/rung"])
@pytest.mark.parametrize("asked", ["from_at=5&to_at=5", "from_at=10&to_at=5", f"from_at=0&to_at={33 * 86_400}"])
def test_a_budget_is_of_a_month_at_most(room: Any, path: str, asked: str) -> None:
    answer = room.role("leader").get(f"/api/{path}?{asked}")
    assert (answer.status_code, answer.json()["key"]) == (422, "alarms.span")


def test_what_another_rule_would_have_spared_is_told_of_the_last_weeks_alerts_and_changes_nothing(room: Any) -> None:
    at = room.clock.now()
    for n in range(3):
        room.take(an_alert(id=f"al-{n}", captured_at=T0, published_at=T0, zone_points=an_zone()))
    room.take(an_alert(id="al-old", captured_at=T0 - 8 * 86_400, published_at=T0))
    room.take(an_alert(id="al-other", zone_id="C01-z9", captured_at=T0, published_at=T0))
    with room.store.write() as session:
        session.execute(update(AlertRow).where(AlertRow.id == "al-2").values(tracks=[{"nonsense": 1}]))
    room.role("operator").post("/api/alerts/al-0/confirm")
    assert at - T0 < 7 * 86_400
    leader, zone = room.role("leader"), {"camera_id": "C01", "zone_id": "C01-z1"}
    before = room.audit()
    told = leader.post("/api/alarms/spared", zone | {"least_height": 0.3}).json()
    assert (told["alerts"], told["spared"], told["unknown"], told["states"]) == (3, 2, 1, {"confirmed": 1, "new": 1})
    assert {(one["id"], one["outcome"], *one["why"]) for one in told["items"]} == {
        ("al-0", "spared", "size"), ("al-1", "spared", "size"), ("al-2", "unknown"),
    }  # fmt: skip
    assert leader.post("/api/alarms/spared", zone | {"least_height": 0.1}).json()["spared"] == 0
    assert leader.post("/api/alarms/spared", {"camera_id": "C01", "least_height": 0.3}).json()["alerts"] == 4
    corner = [[0.0, 0.0], [0.1, 0.0], [0.1, 0.1]]
    assert leader.post("/api/alarms/spared", zone | {"points": corner}).json()["spared"] == 2
    assert [row.seq for row in room.audit()] == [row.seq for row in before]


def an_zone() -> Any:
    return ((0.2, 0.2), (0.8, 0.2), (0.8, 0.8), (0.2, 0.8))


@pytest.mark.parametrize(
    ("form", "key"),
    [
        ({"camera_id": "C01"}, "alarms.nothing"),
        ({"camera_id": "C01", "points": [[0, 0], [1, 0], [1, 1]]}, "alarms.nothing"),
        ({"camera_id": "C99", "least_height": 0.1}, "camera.missing"),
        ({"camera_id": "C01", "zone_id": "C01-z1", "points": [[0, 0], [1, 1]]}, "zone.too_few_points"),
        ({"camera_id": "C01", "hours": [{"from_minute": 60, "to_minute": 60, "days": [1]}]}, "zone.empty_schedule"),
    ],
)
def test_a_rule_that_is_none_is_refused(room: Any, form: Any, key: str) -> None:
    assert room.role("leader").post("/api/alarms/spared", form).json()["key"] == key


def test_a_flood_is_one_value() -> None:
    assert floods(every(1, 11), 9e9) == (Flood(10.0, 606.0, 11, 11),)
