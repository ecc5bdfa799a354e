"""Reasons for false, several alerts judged at once, calendars of zones, and a zone tried on yesterday's record."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import msgspec
import pytest
from sqlalchemy import func, select

from console.alarms.spared import Past, change_to, judge
from console.alerts.tables import AlertRow
from console.cameras import cameras
from console.rules.reasons import OWN
from lianqin.clock import COUNTY_ZONE
from lianqin.outbox import OutboxRow
from lianqin.records import Alert, Camera, Schedule, TrackPath, TrackPoint
from lianqin.testing import T0, a_zone, an_alert
from lianqin.zoning import is_armed

# --- reasons ----------------------------------------------------------------------------------------------------------


def reasons(room: Any) -> list[dict[str, Any]]:
    return list(room.role("operator").get("/api/false-reasons").json()["items"])


def test_the_houses_reasons_stand_in_the_order_of_their_keys_in_both_languages(room: Any) -> None:
    told = reasons(room)
    assert [one["id"] for one in told] == list(OWN)
    assert {"headlights", "trees", "construction", "gathering", "repeated", "device"} <= set(OWN)
    assert all(one["enabled"] and one["name"] and one["name_en"] and one["name"] != one["id"] for one in told)
    assert {one["id"]: one["name"] for one in told}["trees"] == "树枝晃动"


def test_a_station_makes_its_own_list_and_what_was_judged_before_stays_readable(room: Any) -> None:
    room.take(an_alert(id="al-1"), an_alert(id="al-2"), an_alert(id="al-3"))
    operator, leader = room.role("operator"), room.role("leader")
    operator.post("/api/alerts/al-1/false", {"reason": "shadow"})
    lines = [{"name": "洒水车"}, {"id": "animal", "name": "猫狗"}, {"id": "other", "name": "其他"}]
    told = leader.put("/api/false-reasons", {"items": lines}).json()["items"]
    assert [one["name"] for one in told if one["enabled"]] == ["洒水车", "猫狗", "其他"]
    own = told[0]["id"]
    assert operator.post("/api/alerts/al-2/false", {"reason": "shadow"}).json()["key"] == "reason.unknown"
    assert operator.post("/api/alerts/al-2/false", {"reason": own}).status_code == 200
    assert {one["id"]: one["name"] for one in reasons(room)}["shadow"] == "光影变化"
    for file in ("alerts", "records"):
        text = leader.get(f"/api/{file}.csv?state=judged&lang=zh-CN").text
        assert "光影变化" in text
        assert "洒水车" in text
    [row] = room.audit("reason.set")
    assert (row.actor_id, row.detail["after"]) == ("a-leader", ["洒水车", "猫狗", "其他"])
    assert operator.put("/api/false-reasons", {"items": lines}).status_code == 403


@pytest.mark.parametrize(
    ("lines", "key"),
    [
        ([], "reason.none_left"),
        ([{"id": "animal", "name": "动物", "enabled": False}], "reason.none_left"),
        ([{"name": " "}], "reason.no_name"),
        ([{"name": "甲"}, {"name": "甲 "}], "reason.twice"),
        ([{"id": "no-such", "name": "甲"}], "reason.unknown"),
        ([{"name": f"{n}"} for n in range(41)], "reason.many"),
    ],
)
def test_a_list_that_nobody_could_judge_by_is_refused(room: Any, lines: Any, key: str) -> None:
    before = reasons(room)
    assert room.role("leader").put("/api/false-reasons", {"items": lines}).json()["key"] == key
    assert reasons(room) == before


def test_a_month_is_counted_by_reason_and_by_the_countys_clock(room: Any) -> None:
    operator = room.role("operator")
    for n, reason in enumerate(["trees", "trees", "headlights"]):
        room.take(an_alert(id=f"al-{n}"))
        operator.post(f"/api/alerts/al-{n}/false", {"reason": reason})
    october = datetime(2026, 10, 1, tzinfo=COUNTY_ZONE).timestamp()
    with room.store.write() as session:
        for n, at in enumerate((october - 1, october)):
            session.scalars(select(AlertRow).where(AlertRow.id == f"al-{n}")).one().captured_at = at
    told = operator.get("/api/false-reasons/month?month=2026-09").json()
    assert (told["total"], [(one["id"], one["count"]) for one in told["items"][:2]]) == (
        2,
        [("headlights", 1), ("trees", 1)],
    )
    assert operator.get("/api/false-reasons/month?month=2026-10").json()["total"] == 1
    assert operator.get("/api/false-reasons/month?month=soon").json()["key"] == "month.wrong"


# --- judged together --------------------------------------------------------------------------------------------------


def together(room: Any, *ids: str, **form: Any) -> Any:
    asked = {"alert_ids": list(ids), "how": "false", "reason": "repeated"} | form
    return room.role("operator").post("/api/alerts/judge", asked)


def states(room: Any) -> dict[str, tuple[str, str]]:
    with room.store.read() as session:
        return {row.id: (row.state, row.judge_reason) for row in session.scalars(select(AlertRow))}


def test_several_are_judged_in_one_go_each_with_its_own_row_in_the_register(room: Any) -> None:
    room.take(*(an_alert(id=f"al-{n}") for n in range(3)))
    answer = together(room, "al-0", "al-1", "al-0")
    assert answer.json() == {"judged": ["al-0", "al-1"], "conflicts": []}
    assert states(room) == {"al-0": ("false", "repeated"), "al-1": ("false", "repeated"), "al-2": ("new", "")}
    rows = room.audit("alert.false")
    assert [(row.object_id, row.detail["together"]) for row in rows] == [("al-0", 2), ("al-1", 2)]
    assert together(room, "al-2", how="ignored").json()["judged"] == ["al-2"]
    assert states(room)["al-2"] == ("ignored", "")
    assert room.role("operator").post("/api/alerts/al-1/reopen").status_code == 200


def test_what_another_was_first_at_is_told_and_left_as_it_is(room: Any) -> None:
    room.take(an_alert(id="al-0"), an_alert(id="al-1"))
    room.visitor("a-operator2").post("/api/alerts/al-0/confirm")
    told = together(room, "al-0", "al-1").json()
    assert told["judged"] == ["al-1"]
    [other] = told["conflicts"]
    assert (other["id"], other["by"], other["state"]) == ("al-0", "operator 乙", "confirmed")
    assert states(room) == {"al-0": ("confirmed", ""), "al-1": ("false", "repeated")}


@pytest.mark.parametrize(
    ("ids", "form"),
    [
        (["al-0", "al-none"], {}),
        (["al-0"], {"reason": "petitioner"}),
        (["al-0"], {"reason": ""}),
        ([], {}),
        ([f"al-{n}" for n in range(101)], {}),
        (["al-0"], {"how": "confirm"}),
    ],
)
def test_of_a_request_that_is_wrong_none_is_judged(room: Any, ids: list[str], form: Any) -> None:
    room.take(an_alert(id="al-0"))
    assert together(room, *ids, **form).status_code in {404, 422}
    assert states(room) == {"al-0": ("new", "")}
    assert room.audit("alert.false") == []


# --- zones: hours, calendars, sizes, instructions ---------------------------------------------------------------------

HOLIDAY = ["2026-10-01", "2026-10-02"]


def put_zone(room: Any, **changes: Any) -> Any:
    raw = {**msgspec.to_builtins(a_zone()), **changes}
    return room.role("sysadmin").put("/api/cameras/C01/zones/C01-z1", raw)


def calendar(room: Any, **form: Any) -> Any:
    return room.role("sysadmin").post("/api/calendars", {"name": "国庆", "dates": HOLIDAY} | form)


def followed(room: Any) -> Camera:
    with room.console.store.read() as session:
        return cameras.followed_camera(session, cameras.get_camera(session, "C01"))


def test_a_zone_keeps_hours_size_kinds_and_what_the_operator_does(room: Any) -> None:
    night = {"from_minute": 1320, "to_minute": 360, "days": [0, 1, 2, 3, 4]}
    answer = put_zone(
        room, schedules=[night], least_height=0.12, labels=["person", "car"], instruction="先喊话，再派人"
    )
    assert answer.status_code == 200, answer.text
    zone = next(one for one in followed(room).zones if one.id == "C01-z1")
    assert (zone.least_height, zone.labels, zone.schedules[0].from_minute) == (0.12, ("person", "car"), 1320)
    room.take(an_alert())
    assert room.role("operator").get("/api/alerts/al-0001").json()["instruction"] == "先喊话，再派人"


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"least_height": 1.0}, "zone.least_height"),
        ({"least_height": -0.1}, "record.invalid"),
        ({"schedules": [{"from_minute": 60, "to_minute": 60}]}, "zone.empty_schedule"),
        ({"schedules": [{"from_minute": 60, "to_minute": 61, "days": []}]}, "zone.empty_schedule"),
        ({"schedules": [{"from_minute": 60, "to_minute": 61}] * 15}, "zone.many_schedules"),
        ({"labels": []}, "zone.no_labels"),
        ({"on_calendars": ["x"]}, "calendar.missing"),
        ({"on_calendars": ["x"], "off_calendars": ["x"]}, "zone.both_ways_calendar"),
        ({"instruction": "长" * 401}, "record.invalid"),
    ],
)
def test_a_zone_that_could_never_be_followed_is_refused(room: Any, changes: Any, key: str) -> None:
    assert put_zone(room, **changes).json()["key"] == key
    assert room.audit("zone.put") == []


def test_workers_follow_a_zone_with_its_calendars_days_and_anew_when_these_change(room: Any) -> None:
    made = calendar(room).json()["calendar"]
    put_zone(room, on_calendars=[made["id"]])
    first = followed(room)
    [zone] = first.zones
    holiday = datetime(2026, 10, 1, 12, tzinfo=COUNTY_ZONE).timestamp()
    assert (is_armed(zone, holiday), is_armed(zone, holiday + 3 * 86400)) == (True, False)
    with room.store.read() as session:
        rows = session.scalar(select(func.count()).select_from(OutboxRow))
    room.role("sysadmin").put(f"/api/calendars/{made['id']}", {"name": "国庆", "dates": ["2026-10-04"]})
    then = followed(room)
    assert then.version == first.version + 1
    assert is_armed(then.zones[0], holiday + 3 * 86400)
    with room.store.read() as session:
        assert (session.scalar(select(func.count()).select_from(OutboxRow)) or 0) >= (rows or 0)
        stored = cameras.zone_of(cameras.get_camera(session, "C01").zones[0])
    assert (stored.on_calendars, stored.on_days) == (
        (made["id"],),
        (),
    )  # the record names it, whoever follows has its days
    assert [row.detail["first"] for row in room.audit("calendar.put")] == ["2026-10-01", "2026-10-04"]


def test_a_calendar_that_a_zone_names_stays(room: Any) -> None:
    made = calendar(room).json()["calendar"]["id"]
    put_zone(room, off_calendars=[made])
    sysadmin = room.role("sysadmin")
    assert sysadmin.ask("DELETE", f"/api/calendars/{made}").json()["key"] == "calendar.used"
    put_zone(room)
    assert sysadmin.ask("DELETE", f"/api/calendars/{made}").status_code == 200
    assert room.role("operator").get("/api/calendars").json()["items"] == []


@pytest.mark.parametrize(
    ("form", "key"),
    [
        ({"name": " "}, "calendar.no_name"),
        ({"dates": []}, "calendar.no_dates"),
        ({"dates": ["2026-02-30"]}, "calendar.date"),
        ({"dates": [str(date(2026, 1, 1) + timedelta(n)) for n in range(801)]}, "calendar.many"),
    ],
)
def test_a_calendar_without_days_is_refused(room: Any, form: Any, key: str) -> None:
    assert calendar(room, **form).json()["key"] == key


# --- the trial --------------------------------------------------------------------------------------------------------


def at(hour: int, minute: int = 0, day: int = 20) -> float:
    return datetime(2026, 9, day, hour, minute, tzinfo=COUNTY_ZONE).timestamp()


def path(*feet: tuple[float, float], label: str = "person", height: float = 0.2, cause: bool = True) -> TrackPath:
    points = tuple(TrackPoint(T0 + n, (x - 0.02, y - height, x + 0.02, y), 0.8) for n, (x, y) in enumerate(feet))
    return TrackPath("t", label, cause, points)


@pytest.mark.parametrize(
    ("zone", "moment", "tracks", "why"),
    [
        ({}, at(13, 34), (path((0.5, 0.5)),), None),
        ({"enabled": False}, at(13, 34), (path((0.5, 0.5)),), "off"),
        ({"hours": (1320, 360)}, at(13, 34), (path((0.5, 0.5)),), "hours"),
        ({"hours": (1320, 360)}, at(23, 0), (path((0.5, 0.5)),), None),
        ({"off_days": (date(2026, 9, 20).toordinal(),)}, at(13, 34), (path((0.5, 0.5)),), "days"),
        ({"labels": ("car",)}, at(13, 34), (path((0.5, 0.5)),), "kind"),
        ({"least_height": 0.3}, at(13, 34), (path((0.5, 0.5)),), "size"),
        ({}, at(13, 34), (path((0.1, 0.1)),), "shape"),
        ({}, at(13, 34), (path((0.1, 0.1)), path((0.5, 0.5), cause=False)), "shape"),
        ({}, at(13, 34), (path((0.1, 0.1), (0.5, 0.5)),), None),
        ({"line": True}, at(13, 34), (path((0.4, 0.5), (0.6, 0.5)),), "shape"),
        ({"line": True}, at(13, 34), (path((0.6, 0.5), (0.4, 0.5)),), None),
        ({"line": True, "both_ways": True}, at(13, 34), (path((0.4, 0.5), (0.6, 0.5)),), None),
        ({"line": True}, at(13, 34), (path((0.6, 0.95), (0.4, 0.95)),), "shape"),
    ],
)
def test_the_first_thing_that_keeps_an_alert_out_is_named(
    zone: dict[str, Any], moment: float, tracks: Any, why: str | None
) -> None:
    changes = dict(zone)
    if hours := changes.pop("hours", None):
        changes["schedules"] = (Schedule(*hours),)
    if changes.pop("line", False):
        changes |= {"situation": "line_crossing", "points": ((0.5, 0.2), (0.5, 0.8))}
    new = a_zone(**changes)
    # It came from a zone that holds the whole picture, or from a line that all of these cross, whichever way.
    line = new.situation == "line_crossing"
    was = ((0.5, -9.0), (0.5, 9.0)) if line else ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
    tracks = tuple(
        msgspec.structs.replace(
            one,
            points=tuple(
                msgspec.structs.replace(point, at=moment + n / 10 - 0.1) for n, point in enumerate(one.points)
            ),
        )
        for one in tracks
    )
    past = Past("al-1", new.situation, moment, was, tracks, both_ways=line)
    judged = judge(past, change_to(new, None, past))
    assert (judged.why[0] if judged.outcome == "spared" else None) == why


def tried(room: Any, zone_id: str = "C01-z1", **changes: Any) -> dict[str, Any]:
    raw = {**msgspec.to_builtins(a_zone()), **changes}
    return dict(room.role("sysadmin").post(f"/api/cameras/C01/zones/{zone_id}/trial", raw).json())


def test_a_zone_is_tried_on_yesterdays_alerts_before_it_is_kept(room: Any) -> None:
    """The room's clock says the evening of the 21st."""

    def came(alert_id: str, moment: float, **more: Any) -> Alert:
        stood = TrackPath("C01-1", "person", True, (TrackPoint(moment, (0.4, 0.4, 0.45, 0.6), 0.8),))
        return an_alert(id=alert_id, captured_at=moment, tracks=(stood,), zone_points=a_zone().points, **more)

    room.take(
        came("al-1", at(13, 34)), came("al-2", at(23, 10)), came("al-3", at(0, 0)), came("al-today", at(0, 0, day=21)),
        came("al-before", at(23, 59, day=19)), came("al-z9", at(14), zone_id="C01-z9"), came("al-other", at(14), camera_id="C02"),
    )  # fmt: skip
    night = [{"from_minute": 1320, "to_minute": 360}]
    told = tried(room, schedules=night)
    assert (told["from_at"], told["to_at"], told["of_zone"]) == (at(0), at(0, day=21), True)
    assert (told["total"], told["raised"], told["spared"], told["spared_ids"]) == (3, 2, {"hours": 1}, ["al-1"])
    assert room.audit("zone.put") == []
    anew = tried(room, zone_id="C01-z7", schedules=night)
    assert (anew["of_zone"], anew["total"], anew["raised"]) == (False, 4, 2)
    holiday = calendar(room, dates=["2026-09-20"]).json()["calendar"]["id"]
    # The small hours of the 20th belong to the night that began on the 19th.
    assert tried(room, schedules=night, off_calendars=[holiday])["spared"] == {"hours": 1, "days": 1}
    assert tried(room, points=[[0, 0], [1, 1], [1, 0], [0, 1]])["key"] == "zone.self_crossing"
