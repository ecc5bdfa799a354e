"""Canaries from the bus to the leader's figures, and the alert of the line, on both databases, with time moved by hand."""

from __future__ import annotations

from typing import Any

import pytest
import redis
from sqlalchemy import func, select

from console.alerts.receiving import Receiver
from console.alerts.tables import AlertRow
from console.canary import canaries
from console.canary.canaries import Drawn, drawing_of
from console.canary.figures import newest_told
from console.canary.line import IN_A_ROW, SETTLED_S, LineWatch
from console.canary.tables import CanaryRow, LineFault
from console.housekeeping import Housekeeping
from lianqin import keys
from lianqin.bus import Publisher
from lianqin.feed import FeedRow
from lianqin.records import Canary, new_id
from lianqin.testing import T0, an_alert

EVERY = 10.0


class Line:
    """Workers that send a canary each ten seconds; the receiver and the watch are run as their threads do."""

    def __init__(self, room: Any) -> None:
        self.room, self.watch = room, LineWatch(room.console)
        self.bus = Publisher(room.redis)
        self.receiver = Receiver(
            room.console.store, room.redis, "console-1", room.clock, room.console.metrics, room.settings.evidence_days
        )
        self.receives, self.takes_s, self.page_s = True, 0.1, None
        self.workers = ["w1"]
        self._due = 0.0

    def run(self, seconds: float) -> None:
        """In steps of the watch's own two seconds."""
        clock, end = self.room.clock, self.room.clock.now() + seconds
        while clock.now() < end:
            self._live()
            if clock.now() >= self._due:
                self._due = clock.now() + EVERY
                self._send()
            if self.receives:
                self.receiver.run_once(0.01)
            self.watch.run_once()

    def _live(self) -> None:
        for worker in self.workers:
            self.room.redis.set(keys.worker(worker), "here", px=600_000)
            self.room.redis.hset(keys.canaries(), worker, str(EVERY))

    def _send(self) -> None:
        at = self.room.clock.now()
        self.room.clock.advance(self.takes_s)
        for worker in self.workers:
            self.bus.publish(
                keys.ALERTS, Canary(new_id("cn", at), worker, at, at + self.takes_s / 2, at + self.takes_s)
            )

    def dies(self, worker: str) -> None:
        """Its name is left behind."""
        self.workers.remove(worker)
        self.room.redis.delete(keys.worker(worker))

    def alerts(self) -> list[AlertRow]:
        with self.room.store.read() as session:
            return list(session.scalars(select(AlertRow).where(AlertRow.situation == "line_slow")))

    def faults(self) -> list[tuple[str, str, bool]]:
        with self.room.store.read() as session:
            rows = session.scalars(select(LineFault).order_by(LineFault.seq))
            return [(row.worker, row.reason, row.to_at is not None) for row in rows]


@pytest.fixture
def line(room: Any) -> Line:
    return Line(room)


def count(room: Any, table: Any) -> int:
    with room.store.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def words(answer: Any) -> list[str]:
    if isinstance(answer, dict):
        return [f"{name} {one}" for name, part in sorted(answer.items()) for one in words(part)]
    if isinstance(answer, list):
        return [one for part in answer for one in words(part)]
    return [answer] if isinstance(answer, str) else []


def test_a_canary_leaves_no_trace_among_alerts_counts_records_and_cameras(line: Line, room: Any) -> None:
    room.take(an_alert(id="al-1", captured_at=T0))
    day = f"from_at={T0 - 3600}&to_at={T0 + 3600}"
    asked = [
        ("operator", "/api/alerts?state=open"), ("operator", "/api/cameras"), ("leader", f"/api/records?{day}"),
        ("leader", f"/api/alarms?{day}"), ("operator", "/api/map"), ("leader", "/api/records/choices"), ("leader", "/api/incidents"),
        ("operator", "/api/attention"),
    ]  # fmt: skip

    def told() -> list[list[str]]:
        """All words of each answer: none of them goes with the clock."""
        return [words(room.role(role).get(path).json()) for role, path in asked]

    before = told()
    line.run(60)
    assert count(room, CanaryRow) == 6
    assert told() == before
    assert room.role("leader").get(f"/api/alarms?{day}").json()["alerts"] == 1
    assert room.role("leader").get("/api/cameras").json()["total"] == 2
    assert count(room, AlertRow) == 1
    assert b"lianqin_alerts_received_total{" not in room.console.metrics.text()
    with room.store.read() as session:
        assert set(session.scalars(select(FeedRow.topic).where(FeedRow.at > T0))) == {"canary"}
    assert room.audit("alert.escalate") == []


def test_one_that_comes_twice_is_one(room: Any) -> None:
    canary = Canary("cn-1", "w1", T0, T0, T0)
    room.take(canary, canary)
    room.take(canary)
    assert count(room, CanaryRow) == 1
    assert room.role("operator").get("/api/canary/cn-1").json()["worker"] == "w1"
    assert room.role("leader").get("/api/canary/cn-2").json()["key"] == "canary.missing"


@pytest.mark.parametrize(
    ("drawn_ms", "told_ms", "after", "shown", "within"),
    [
        (100, 200, 0.3, 0.15, 0.05),  # 0.1 s of way there and back
        (100, 4100, 4.1, 0.1, 0.0),  # told late, in a batch
        (2500, 2600, 2.7, 2.55, 0.05),  # a page that draws slowly
        (100, 200, 2.2, 1.1, 1.0),  # a slow network: off by a second at most
        (100, 240, 0.2, 0.1, 0.0),  # the page's counter runs a little fast
        (100, 900, 0.2, None, 0),  # it can't have waited longer than there was time
        (300, 200, 0.3, None, 0),  # nor drawn after it told
        (100, 200, 90.0, None, 0),  # the page slept
    ],
)
def test_when_a_page_drew_it_is_worked_out_of_the_servers_time_and_the_pages_lengths(
    drawn_ms: float, told_ms: float, after: float, shown: float | None, within: float
) -> None:
    found = drawing_of(Drawn(id="cn-1", pushed_at=T0, drawn_ms=drawn_ms, told_ms=told_ms), T0 + after)
    if shown is None:
        assert found is None
    else:
        assert found is not None
        assert (found.shown_at - T0, found.within) == (pytest.approx(shown, abs=1e-6), pytest.approx(within, abs=1e-6))


@pytest.mark.parametrize(
    ("told", "shows"),
    [  # each a second older than the one before: was it told of by a page?
        ([True, True], 0),
        ([False, True], 1),
        ([False, False, False, True, True], 3),
        ([False] * 30 + [True], 30),
        ([False] * 31 + [True], 0),  # of the last half minute none: the newest, on its way to the database
        ([False], 0),
        ([], None),
    ],
)
def test_the_number_on_top_is_the_newest_that_a_page_told_of(told: list[bool], shows: int | None) -> None:
    rows = [CanaryRow(id=f"cn-{n}", received_at=T0 - n, shown_at=T0 if was else None) for n, was in enumerate(told)]
    found = newest_told(rows)
    assert (found and found.id) == (None if shows is None else f"cn-{shows}")


def tell(room: Any, canary_id: str, pushed_at: float, drawn_ms: float, told_ms: float, role: str = "operator") -> int:
    drawn = [{"id": canary_id, "pushed_at": pushed_at, "drawn_ms": drawn_ms, "told_ms": told_ms}]
    answer = room.role(role).post("/api/canary/drawn", {"drawn": drawn})
    assert answer.status_code == 200, answer.text
    return int(answer.json()["taken"])


def test_the_leader_sees_capture_to_page_by_step_of_the_first_page_that_drew_it(line: Line, room: Any) -> None:
    room.redis.set(keys.worker("w1"), "here")
    room.redis.hset(keys.canaries(), "w1", "10")
    room.clock.advance(1.0)
    room.take(Canary("cn-1", "w1", T0, T0 + 0.2, T0 + 0.3))
    room.clock.advance(1.0)
    assert tell(room, "cn-1", T0 + 1.1, 600, 900) == 1  # the slower page
    assert tell(room, "cn-1", T0 + 1.1, 200, 900, "leader") == 1
    assert tell(room, "cn-1", T0 + 0.5, 200, 1500) == 1  # pushed before it was received: passed over
    assert tell(room, "cn-9", T0 + 1.1, 200, 900) == 1  # unknown
    line.watch.run_once()
    found = room.role("leader").get("/api/canary").json()
    [worker] = found["workers"]
    assert (worker["state"], worker["newest"]["pages"], worker["newest"]["total"]) == ("good", 2, pytest.approx(1.3))
    steps = {name: round(value, 3) for name, value in worker["newest"]["steps"].items()}
    assert steps == {"published": 0.3, "received": 0.7, "pushed": 0.1, "shown": 0.2}
    for span in ("hour", "day"):
        assert (found[span]["count"], found[span]["shown"], found[span]["total"]["p99"]) == (1, 1, pytest.approx(1.3))
    assert "lianqin_capture_to_page_seconds_count 1.0" in room.console.metrics.text().decode()
    room.clock.advance(2 * 3600)
    room.forget_visitors()
    found = room.role("leader").get("/api/canary").json()
    assert (found["hour"]["count"], found["hour"]["total"], found["day"]["count"]) == (0, None, 1)


def test_a_line_that_is_well_rings_nobody(line: Line) -> None:
    line.run(300)
    assert (line.alerts(), line.faults()) == ([], [])


def test_three_slow_ones_in_a_row_make_one_alert_for_the_desk_that_ends_by_itself(line: Line, room: Any) -> None:
    line.run(60)
    line.takes_s = 2.5
    line.run(EVERY * (IN_A_ROW - 1))
    assert line.alerts() == []
    line.run(EVERY * 4)
    [alert] = line.alerts()
    assert (alert.priority, alert.camera_id, alert.state) == (2, "", "new")
    assert line.faults() == [("w1", "line_slow", False)]
    [shown] = room.role("operator").get("/api/alerts?state=open").json()["items"]
    assert (shown["camera"]["name_en"], shown["camera"]["id"]) == ("The way of alerts", "")
    assert [(one["name"], one["reason"], one["to_at"]) for one in shown["outages"]] == [("w1", "line_slow", None)]
    health = room.role("sysadmin").get("/api/health").json()
    assert health["line"]["w1"]["state"] == "slow"
    assert health["line"]["w1"]["stored_s"] == pytest.approx(2.5, abs=0.1)
    line.takes_s = 0.1
    line.run(EVERY * (IN_A_ROW + 1) + SETTLED_S)
    assert line.faults() == [("w1", "line_slow", True)]
    [shown] = room.role("operator").get("/api/alerts?state=open").json()["items"]
    assert shown["outages"][0]["to_at"] is not None
    line.takes_s = 2.5
    line.run(60)
    assert len(line.alerts()) == 1, "nobody judged the first: what begins again joins it"


def test_one_slow_page_in_sight_is_slow_though_the_database_is_quick(line: Line, room: Any) -> None:
    line.run(1)
    for n in range(IN_A_ROW):
        at = room.clock.now()
        room.take(Canary(f"cn-{n}", "w1", at, at, at))
        room.clock.advance(4.0)
        assert tell(room, f"cn-{n}", at, 3500, 4000) == 1
        line._live()
        line.watch.run_once()
        room.clock.advance(4.0)
    line._live()
    line.watch.run_once()
    assert line.faults() == [("w1", "line_slow", False)]


def test_a_receiver_that_stands_still_is_silent_and_its_backlog_slow_until_it_is_good(line: Line, room: Any) -> None:
    line.run(60)
    line.receives = False
    line.run(16)
    assert line.alerts() == []
    line.run(20)
    assert line.faults() == [("w1", "line_silent", False)]
    assert len(line.alerts()) == 1
    assert room.role("leader").get("/api/canary").json()["workers"][0]["state"] == "silent"
    line.receives = True
    line.run(4)
    assert line.faults() == [("w1", "line_slow", False)]
    line.run(EVERY * (IN_A_ROW + 1) + SETTLED_S)
    assert line.faults() == [("w1", "line_slow", True)]
    assert len(line.alerts()) == 1


def test_a_redis_that_is_away_is_silence_too(line: Line, room: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    line.run(60)

    def away(*_: Any) -> None:
        raise redis.exceptions.ConnectionError

    monkeypatch.setattr("console.canary.line.senders", away)
    line.receives = False
    line.run(40)
    assert line.faults() == [("w1", "line_silent", False)]


def test_what_holds_all_workers_up_is_one_alert(line: Line) -> None:
    line.workers = ["w1", "w2", "w3"]
    line.run(60)
    line.receives = False
    line.run(50)
    [alert] = line.alerts()
    assert alert.merged_tracks == 2
    assert [fault[0] for fault in line.faults()] == ["w1", "w2", "w3"]


def test_a_dead_worker_is_told_by_its_cameras_and_not_by_the_line(line: Line, room: Any) -> None:
    line.workers = ["w1", "w2"]
    line.run(40)
    line.dies("w2")
    line.run(120)
    assert line.faults() == []
    found = {one["worker"]: one["state"] for one in room.role("leader").get("/api/canary").json()["workers"]}
    assert found == {"w1": "good", "w2": "gone"}
    canaries.forget_senders(room.redis)
    assert list(room.redis.hgetall(keys.canaries())) == [b"w1"]


def test_who_begins_or_was_held_up_has_seen_no_silence(line: Line, room: Any) -> None:
    line.run(60)
    line.receives = False
    line.run(12)
    room.clock.advance(300)  # console or database were away
    line.receives = True
    line.run(100)
    assert line.faults() == []
    line.watch = LineWatch(room.console)  # a new process
    line.run(60)
    assert line.faults() == []


def test_canaries_are_forgotten_after_a_day_and_their_feed_sooner(line: Line, room: Any) -> None:
    line.run(100)
    assert count(room, CanaryRow) == 10
    room.clock.advance(700)
    at = room.clock.now()
    room.take(Canary("cn-last", "w1", at, at, at))
    with room.console.store.write() as session:
        canaries.forget_old(session, room.clock.now())
    assert count(room, CanaryRow) == 11
    with room.store.read() as session:
        assert list(session.scalars(select(FeedRow.object_id))) == ["cn-last"]
    room.clock.advance(26 * 3600)
    Housekeeping(room.console, type("Clips", (), {"run_once": lambda _: None})()).run_once()  # type: ignore[arg-type]
    assert count(room, CanaryRow) == 0
