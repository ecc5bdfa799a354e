"""The watch ledger through the bus and the API, and blind cameras called out, on both databases."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import select

from console.alerts.tables import AlertRow
from console.cameras import ledger
from console.cameras import outages as blind
from console.cameras.outages import (
    ALERT_AFTER_S,
    BEHIND_AFTER_S,
    BlindWatch,
    Sighting,
    do_follow,
    situation_of,
    switch_of,
)
from console.cameras.tables import CameraRow, Outage, WatchHour
from console.health.health import measure
from lianqin import keys
from lianqin.clock import county_day
from lianqin.records import CameraHealth, SeenBefore, WatchMinute, WatchMinutes, encode
from lianqin.testing import T0
from lianqin.watch import LETTERS
from patrol.county.tables import Area

MINUTE = int(T0 // 60)


def minute(at: int, watched: float = 60.0, worker: str = "w1", camera: str = "C01", **fields: Any) -> WatchMinute:
    return WatchMinute(camera, at, worker, watched, **fields)


def told(room: Any, camera: str = "C01") -> str:
    """That camera's day by the API, from the first account on."""
    answer = room.role("operator").get(f"/api/cameras/{camera}/watch?day={county_day(T0)}")
    assert answer.status_code == 200, answer.text
    return str(answer.json()["line"]).lstrip("-")


def test_minutes_are_kept_once_however_often_they_are_told(room: Any) -> None:
    record = WatchMinutes(
        (minute(MINUTE), minute(MINUTE + 1, 20.0, blind={"black": 40.0}, due=50, looked=49, dropped=1))
    )
    room.take(record)
    room.take(record)
    room.clock.advance(120)
    assert told(room) == "w" + LETTERS["black"]
    view = room.role("leader").get(f"/api/cameras/C01/watch?day={county_day(T0)}").json()
    assert (view["due"], view["looked"], view["dropped"], view["share"]) == (50, 49, 1, 0.5)


def test_parts_of_two_workers_make_one_minute_in_any_order(room: Any) -> None:
    parts = [minute(MINUTE, 31.0, due=5, looked=5), minute(MINUTE, 29.0, "w2", due=4, looked=3, dropped=1)]
    room.take(WatchMinutes((minute(MINUTE - 1), parts[0])))
    room.clock.advance(60)
    assert told(room) == "wr"
    room.take(WatchMinutes((parts[1],)))
    room.take(WatchMinutes((parts[0],)))
    assert told(room) == "wr", "more than a hundredth was dropped"
    with room.store.read() as session:
        rows = {row.hour: row for row in session.scalars(select(WatchHour))}
        assert rows[MINUTE // 60].looks[MINUTE % 60] == [9, 8, 1]


def test_a_cameras_first_minute_counts_only_when_it_is_whole(room: Any) -> None:
    room.take(WatchMinutes((minute(MINUTE, 20.0), minute(MINUTE + 1))))
    room.clock.advance(120)
    assert told(room) == "w"


def test_a_minute_that_nobody_tells_of_was_watched_by_nobody(room: Any) -> None:
    room.take(WatchMinutes((minute(MINUTE), minute(MINUTE + 4))))
    room.clock.advance(5 * 60)
    gap = LETTERS["no_worker"]
    assert told(room) == f"w{gap}{gap}.w"
    room.clock.advance(60)
    assert told(room) == f"w{gap}{gap}{gap}w."


def test_a_camera_that_was_watched_once_is_blind_for_whole_days_when_nobody_tells(room: Any) -> None:
    room.take(WatchMinutes((minute(MINUTE),)))
    room.clock.advance(3 * 86_400)
    day = county_day(room.clock.now() - 86_400)
    view = room.role("operator").get(f"/api/cameras/C01/watch?day={day}").json()
    assert view["line"] == LETTERS["no_worker"] * 1440
    assert room.role("operator").get(f"/api/watch?day={day}").json()["county"]["share"] == 0.0
    other = room.role("operator").get(f"/api/cameras/C02/watch?day={day}").json()
    assert other["line"] == "-" * 1440


def test_the_county_has_a_share_and_a_page_of_strips(room: Any) -> None:
    room.take(WatchMinutes((minute(MINUTE), minute(MINUTE, 0.0, camera="C02", blind={"ended": 60.0}))))
    room.clock.advance(60)
    answer = room.role("sysadmin").get(f"/api/watch?day={county_day(T0)}&limit=1").json()
    assert answer["county"] == {
        "watched": 1,
        "reduced": 0,
        "blind": 1,
        "share": 0.5,
        "reasons": {"ended": 1},
        "cameras": 2,
    }
    assert [one["camera_id"] for one in answer["items"]] == ["C01"]
    assert answer["next"] == "C01"
    second = room.role("sysadmin").get(f"/api/watch?day={county_day(T0)}&cursor=C01").json()
    assert [(one["camera_id"], one["blind"]) for one in second["items"]] == [("C02", 1)]
    assert room.role("operator").get("/api/watch?q=Road%202").json()["items"][0]["camera_id"] == "C02"
    assert room.role("operator").get("/api/watch?q=nowhere").json()["items"] == []


def test_a_nonsense_day_is_said(room: Any) -> None:
    answer = room.role("operator").get("/api/watch?day=2026-13-01")
    assert (answer.status_code, answer.json()["key"]) == (422, "watch.day")
    assert room.role("operator").get("/api/cameras/C99/watch").json()["key"] == "camera.missing"


def health(camera: str, state: str, reason: str = "", *, at: float, since: float | None = None) -> CameraHealth:
    return CameraHealth(camera, state, reason, at if since is None else since, at, "w1")  # type: ignore[arg-type]


class Street:
    """What the workers say each second, looked at as the console's thread does; the clock is moved by hand."""

    def __init__(self, room: Any) -> None:
        self.room, self._watch = room, BlindWatch(room.console)
        self.said: dict[str, tuple[str, str, float]] = {}

    def tell(self, camera: str, state: str, reason: str = "") -> None:
        self.said[camera] = (state, reason, self.room.clock.now())

    def live(self, seconds: float, *, silent: tuple[str, ...] = ()) -> None:
        until = self.room.clock.now() + seconds
        while self.room.clock.now() < until:
            now = self.room.clock.now()
            for camera, (state, reason, since) in self.said.items():
                if camera not in silent:
                    self.room.redis.hset(
                        keys.camera_health(), camera, encode(health(camera, state, reason, at=now, since=since))
                    )
            self._watch.run_once()  # it sleeps on the hand-moved clock

    def alerts(self) -> list[AlertRow]:
        with self.room.store.read() as session:
            return list(session.scalars(select(AlertRow).order_by(AlertRow.seq)))

    def outages(self) -> list[Outage]:
        with self.room.store.read() as session:
            return list(session.scalars(select(Outage).order_by(Outage.seq)))


@pytest.fixture
def live_street(room: Any) -> Street:
    street = Street(room)
    for camera in ("C01", "C02"):
        street.tell(camera, "ok")
    street.live(30)
    return street


@pytest.mark.parametrize(
    ("reason", "situation", "method", "kind"),
    [("covered", "camera_covered", 5, 13), ("frozen", "picture_fault", 5, 11), ("ended", "camera_lost", 2, 1)],
)
def test_a_blind_camera_is_called_out_within_30_seconds_as_the_standard_names_it(
    live_street: Street, reason: str, situation: str, method: int, kind: int
) -> None:
    live_street.tell("C01", "fault", reason)
    began = live_street.room.clock.now()
    live_street.live(16)
    [alert] = live_street.alerts()
    assert (alert.situation, alert.method, alert.kind, alert.priority) == (situation, method, kind, 3)
    assert alert.camera_id == "C01"
    assert alert.received_at - began <= 16
    live_street.tell("C01", "ok")
    live_street.live(4)
    [outage] = live_street.outages()
    assert (outage.reason, outage.alert_id) == (reason, alert.id)
    assert outage.to_at is not None
    view = live_street.room.role("operator").get(f"/api/alerts/{alert.id}").json()
    assert [(one["camera_id"], one["reason"], one["to_at"]) for one in view["outages"]] == [
        ("C01", reason, outage.to_at)
    ]
    day = live_street.room.role("operator").get("/api/cameras/C01/watch").json()
    assert [one["reason"] for one in day["outages"]] == [reason]


@pytest.mark.parametrize(
    ("reason", "area", "is_key", "priority"),
    [("covered", "A1", True, 2), ("covered", "A1", False, 3), ("covered", None, False, 3), ("silent", "A1", True, 3)],
)  # fmt: skip
def test_a_covered_lens_in_a_key_area_is_more_urgent_and_a_device_alert_bears_its_areas_name(
    room: Any, reason: str, area: str | None, is_key: bool, priority: int
) -> None:
    with room.console.store.write() as session:
        session.get_one(CameraRow, "C01").area_id = area
        session.get_one(Area, "A1").key_area = is_key
        [made] = do_follow(session, [Sighting("C01", "10.0.0", reason, T0)], T0 + 14)
    assert (made.priority, made.zone_name) == (priority, "城东" if area else "")


def test_offline_covered_and_behind_are_counted_apart_at_metrics(room: Any) -> None:
    reasons = {
        "D1": "silent",
        "D2": "no_worker",
        "D3": "covered",
        "D4": "behind",
        "D5": "black",
        "D6": "moved",
        "D7": "ended",
    }
    with room.store.write() as session:
        do_follow(session, [Sighting(camera_id, "10.0.0", reason, T0) for camera_id, reason in reasons.items()], T0 + 1)

    def counted() -> dict[str, float]:
        text = measure(room.console).decode()
        return {name: float(n) for name, n in re.findall(r'lianqin_cameras_troubled\{trouble="(\w+)"\} (\S+)', text)}

    assert counted() == {"offline": 3, "covered": 1, "picture": 2, "behind": 1}
    with room.store.write() as session:
        do_follow(session, [Sighting("D3", "10.0.0", "", T0 + 5), Sighting("D5", "10.0.0", "covered", T0)], T0 + 5)
    assert counted() == {"offline": 0, "covered": 1, "picture": 0, "behind": 0}, "what sees again, or is away, is none"


def test_the_alert_of_a_covered_lens_shows_the_last_good_picture_and_who_was_before_it(room: Any) -> None:
    before = SeenBefore("al-cover", "2026-09-21/al-cover.jpg", None, "a" * 64, T0 - 2, "2026-09-21/al-cover.mp4", "b" * 64, "",
                        T0 - 10.5, 18.5, "h264")  # fmt: skip
    with room.console.store.write() as session:
        [made] = do_follow(session, [Sighting("C01", "10.0.0", "covered", T0, "", before)], T0 + 14)
    shown = room.role("operator").get(f"/api/alerts/{made.id}").json()
    assert (shown["id"], shown["snapshot"], shown["snapshot_error"]) == ("al-cover", before.picture, None)
    assert (shown["clip_state"], shown["clip_error"], shown["clip_from"], shown["captured_at"]) == (
        "ready",
        None,
        T0 - 10.5,
        T0,
    )
    with room.console.store.write() as session:
        row = session.get_one(Outage, 1)
        row.to_at, row.alert_id = T0 + 20, None
        session.get_one(AlertRow, made.seq).state = "false"
        [again] = do_follow(session, [Sighting("C01", "10.0.0", "covered", T0 + 700, "", before)], T0 + 714)
    assert again.id != "al-cover", "what is told again of an older covering makes no second alert of its id"


def test_a_reconnect_makes_an_outage_and_no_alert(live_street: Street) -> None:
    live_street.tell("C01", "fault", "ended")
    live_street.live(6)
    live_street.tell("C01", "ok")
    live_street.live(30)
    assert live_street.alerts() == []
    assert [one.to_at is not None for one in live_street.outages()] == [True]


def test_cameras_of_a_dead_worker_are_called_out_once_together(live_street: Street) -> None:
    with live_street.room.store.write() as session:
        session.add(CameraRow(id="C03", code="99010100001320000003", name="三", url="rtsp://10.9.9.9/x", zones=[]))
    live_street.tell("C03", "ok")
    live_street.live(30)
    began = live_street.room.clock.now()
    live_street.live(20, silent=("C01", "C02", "C03"))
    assert live_street.alerts() == [], "another worker may still take them over"
    live_street.live(10, silent=("C01", "C02", "C03"))
    [alert] = live_street.alerts()
    assert alert.received_at - began <= 30
    view = live_street.room.role("operator").get(f"/api/alerts/{alert.id}").json()
    assert [one["camera_id"] for one in view["outages"]] == ["C01", "C02", "C03"]
    assert {one["reason"] for one in view["outages"]} == {"no_worker"}
    live_street.live(4)
    assert all(one.to_at is not None for one in live_street.outages())


def test_a_flapping_camera_raises_one_alert_until_it_is_judged(live_street: Street) -> None:
    for _ in range(3):
        live_street.tell("C01", "fault", "ended")
        live_street.live(20)
        live_street.tell("C01", "ok")
        live_street.live(10)
    [alert] = live_street.alerts()
    assert len(live_street.outages()) == 3
    assert {one.alert_id for one in live_street.outages()} == {alert.id}


@pytest.mark.parametrize(
    ("reason", "state", "alerts"),
    [("covered", "new", 1), ("covered", "confirmed", 2), ("covered", "false", 2), ("covered", "ignored", 2),
     ("ended", "new", 1), ("ended", "false", 1), ("frozen", "false", 1), ("blurred", "confirmed", 1)],
)  # fmt: skip
def test_a_lens_that_is_covered_anew_after_a_judgement_is_called_out_anew_and_a_fault_that_was_judged_is_the_same_one(
    room: Any, reason: str, state: str, alerts: int
) -> None:
    def seen(since: float, why: str = reason) -> list[Sighting]:
        return [Sighting("C01", "10.0.0", why, since)]

    with room.store.write() as session:
        session.get_one(CameraRow, "C01").area_id = "A1"
        session.get_one(Area, "A1").key_area = True
        made = do_follow(session, seen(T0), T0 + 14)
        made[0].state = state
        assert do_follow(session, seen(T0 + 20, ""), T0 + 20) == []
        made += do_follow(session, seen(T0 + 60), T0 + 74)
        assert do_follow(session, seen(T0 + 60), T0 + 76) == []
        assert len(made) == alerts
        assert {one.priority for one in made} == {2 if reason == "covered" else 3}
        assert [row.alert_id for row in session.scalars(select(Outage).order_by(Outage.from_at))] == [
            made[0].id, made[-1].id]  # fmt: skip


def test_while_redis_is_away_nobody_is_called_blind(live_street: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blind.cameras, "lives_or_none", lambda _: None)
    live_street.live(60)
    monkeypatch.undo()
    live_street.live(4)
    assert live_street.outages() == []


def test_a_switched_off_camera_is_not_blind(live_street: Street) -> None:
    live_street.tell("C01", "fault", "ended")
    live_street.live(8)
    with live_street.room.store.write() as session:
        session.get_one(CameraRow, "C01").enabled = False
    live_street.live(30)
    assert live_street.alerts() == []
    assert [one.to_at is not None for one in live_street.outages()] == [True]


def test_a_whole_switch_is_one_alert_and_who_follows_joins_it(room: Any) -> None:
    def seen(count: int, reason: str = "silent") -> list[Sighting]:
        return [Sighting(f"C{n:02}", "10.0.0", reason if n < count else "", T0) for n in range(8)]

    with room.console.store.write() as session:
        assert do_follow(session, seen(5), T0 + 5) == []
        [alert] = do_follow(session, seen(5), T0 + 14)
        assert (alert.merged_tracks, alert.situation) == (4, "camera_lost")
        assert do_follow(session, seen(7), T0 + 16) == []
        assert {row.alert_id for row in session.scalars(select(Outage))} == {alert.id}
        assert do_follow(session, seen(0), T0 + 40) == []
        assert all(row.to_at == T0 + 40 for row in session.scalars(select(Outage)))


def test_a_camera_that_fails_while_our_machine_is_behind_is_called_out_on_its_own(room: Any) -> None:
    def seen(now: float, *, broken: str = "") -> list[Sighting]:
        return [
            Sighting(f"C{n:02}", "10.0.0", "unreachable", now) if broken == f"C{n:02}"
            else Sighting(f"C{n:02}", "10.0.0", "behind", T0) for n in range(8)
        ]  # fmt: skip

    with room.store.write() as session:
        assert do_follow(session, seen(T0), T0 + ALERT_AFTER_S + 2) == [], "a short lack of power calls nobody"
        [ours] = do_follow(session, seen(T0), T0 + BEHIND_AFTER_S + 2)
        assert (ours.zone_id, ours.merged_tracks) == ("switch:behind", 7)
        assert do_follow(session, seen(T0 + 40, broken="C03"), T0 + 42) == []
        [theirs] = do_follow(session, seen(T0 + 40, broken="C03"), T0 + 40 + ALERT_AFTER_S + 2)
        assert (theirs.camera_id, theirs.zone_id, theirs.merged_tracks) == ("C03", "switch:10.0.0", 0)
        outages = [
            (row.reason, row.from_at - T0, row.to_at and row.to_at - T0)
            for row in session.scalars(select(Outage).where(Outage.camera_id == "C03").order_by(Outage.from_at))
        ]
    assert outages == [("behind", 0, 40), ("unreachable", 40, None)]


def test_two_cameras_alone_are_two_alerts_and_covered_lenses_never_merge(room: Any) -> None:
    seen = [Sighting("C01", "10.0.0", "silent", T0), Sighting("C02", "10.0.0", "silent", T0),
            *(Sighting(f"D{n}", "10.0.0", "covered", T0) for n in range(4))]  # fmt: skip
    with room.console.store.write() as session:
        made = do_follow(session, seen, T0 + 14)
        assert sorted(one.camera_id for one in made) == ["C01", "C02", "D0", "D1", "D2", "D3"]


@pytest.mark.parametrize(
    ("url", "switch"),
    [("rtsp://u:p@10.1.2.3:554/main", "10.1.2"), ("rtsp://cam7.street.local/x", "cam7.street.local"), ("nonsense", "")],
)
def test_the_switch_of_an_address(url: str, switch: str) -> None:
    assert switch_of(url) == switch


def test_every_reason_that_blinds_has_its_situation() -> None:
    assert {situation_of(reason) for reason in LETTERS} == set(blind.SITUATIONS)
    assert set(ledger.legend().values()) >= set(LETTERS)
