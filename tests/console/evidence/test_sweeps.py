"""What is destroyed goes by its arrival on the database's clock; a sweep that is odd stops, rings daily and waits for a person."""

from __future__ import annotations

import os
import threading
from typing import Any

import pytest
from sqlalchemy import select

from console.access.tables import LoginSession
from console.alerts.receiving import ClipWatch
from console.alerts.tables import AlertRow
from console.cameras.cameras import do_remove_camera
from console.cameras.tables import CameraRow
from console.evidence.keeper import Keeper
from console.evidence.tables import PurgeCertificate
from console.evidence.terms import DAY_S
from console.housekeeping import Housekeeping
from lianqin import audit, sweeps
from lianqin.clock import SystemClock
from lianqin.db import Store
from lianqin.errors import RecordError
from lianqin.records import Alert
from lianqin.sweeps import FLOOR, SweepDay, SweepStop, limit_of
from lianqin.testing import T0, an_alert
from patrol.devices.tables import QuarantineRow
from patrol.worker.loop import PatrolWorker

YEAR = 365 * DAY_S
DAYS = 180


def put(room: Any, alert_id: str, **more: Any) -> Alert:
    path = f"2026-09-21/{alert_id}.jpg"
    digest = room.console.evidence.write(path, b"picture " + alert_id.encode())
    alert = an_alert(id=alert_id, snapshot=path, snapshot_sha256=digest, **more)
    room.take(alert)
    return alert


def there(room: Any, alert_id: str) -> bool:
    return bool(room.console.evidence.exists(f"2026-09-21/{alert_id}.jpg"))


def stops_of(store: Store) -> list[tuple[str, str, str]]:
    with store.read() as session:
        return [
            (row.kind, row.reason, row.state) for row in session.scalars(select(SweepStop).order_by(SweepStop.number))
        ]


@pytest.mark.parametrize("days", [-400, -31, 0, 31, 400, 4000])
def test_a_workers_clock_neither_shortens_nor_lengthens_the_term(room: Any, days: int) -> None:
    put(room, "al-1", captured_at=T0 + days * DAY_S, published_at=T0 + days * DAY_S)
    keeper = Keeper(room.console)
    room.clock.advance((DAYS - 1) * DAY_S)
    keeper.run_once()
    assert there(room, "al-1")
    room.clock.advance(2 * DAY_S)
    keeper.run_once()
    assert not there(room, "al-1")


@pytest.mark.parametrize(
    ("moved", "off"),
    [("own", YEAR), ("own", -400 * DAY_S), ("own", 301.0), ("database_off", YEAR), ("database_off", -301.0), ("redis_off", YEAR)],
)  # fmt: skip
def test_clocks_that_differ_by_more_than_five_minutes_stop_every_sweep(room: Any, moved: str, off: float) -> None:
    put(room, "al-1")
    room.clock.advance((DAYS - 1) * DAY_S)
    if moved == "own":
        room.clock.step(off)
        room.clock.database_off = room.clock.redis_off = room.clock.files_off = -off
    else:
        setattr(room.clock, moved, off)
    Keeper(room.console).run_once()
    assert there(room, "al-1")
    assert {one[:2] for one in stops_of(room.store)} == {(kind, "clocks") for kind in ("evidence", "reports", "files")}
    assert len(room.audit("sweep.stop")) == 3


@pytest.mark.parametrize("off", [299.0, -299.0, 0.0])
def test_clocks_that_differ_by_less_do_not(room: Any, off: float) -> None:
    put(room, "al-1")
    room.clock.advance((DAYS + 1) * DAY_S)
    room.clock.redis_off = off
    Keeper(room.console).run_once()
    assert not there(room, "al-1")
    assert stops_of(room.store) == []


def test_a_consoles_clock_a_year_ahead_when_the_alert_came_does_not_keep_it_for_a_year_more(room: Any) -> None:
    room.clock.step(YEAR)
    room.clock.database_off = -YEAR
    put(room, "al-1")
    room.clock.step(-YEAR)
    room.clock.database_off = 0.0
    with room.store.read() as session:
        row = session.scalars(select(AlertRow)).one()
        assert (row.kept_from, row.keep_days, row.received_at) == (T0, DAYS, T0 + YEAR)


def test_all_clocks_of_one_machine_that_jump_together_stop_the_sweep(room: Any) -> None:
    put(room, "al-1")
    keeper = Keeper(room.console)
    keeper.run_once()
    room.clock.step(YEAR)
    keeper.run_once()
    assert there(room, "al-1")
    assert ("evidence", "step", "open") in stops_of(room.store)


def test_a_camera_off_the_list_changes_no_term(room: Any) -> None:
    with room.store.write() as session:
        session.get_one(CameraRow, "C01").keep_days = 365
        session.get_one(CameraRow, "C02").keep_days = 30
    put(room, "al-long")
    put(room, "al-short", camera_id="C02")
    for camera in ("C01", "C02"):
        with room.console.store.write() as session:
            do_remove_camera(session, audit.system("test"), camera, T0)
    room.clock.advance(31 * DAY_S)
    keeper = Keeper(room.console)
    keeper.run_once()
    assert (there(room, "al-long"), there(room, "al-short")) == (True, False)
    room.clock.advance(330 * DAY_S)
    keeper.run_once()
    assert there(room, "al-long")
    room.clock.advance(5 * DAY_S)
    keeper.run_once()
    assert not there(room, "al-long")


@pytest.mark.parametrize(("before", "after", "kept"), [(None, 30, 180), (30, 60, 60), (60, 30, 60), (30, None, 180), (365, None, 365)])  # fmt: skip
def test_a_longer_term_applies_to_what_is_kept_and_a_shorter_one_to_what_comes(
    room: Any, before: int | None, after: int | None, kept: int
) -> None:
    with room.store.write() as session:
        session.get_one(CameraRow, "C01").keep_days = before
    put(room, "al-1")
    with room.store.write() as session:
        session.get_one(CameraRow, "C01").keep_days = after
    Keeper(room.console).run_once()
    put(room, "al-2")
    with room.store.read() as session:
        terms = dict(session.execute(select(AlertRow.id, AlertRow.keep_days)).all())
    assert terms == {"al-1": kept, "al-2": after or DAYS}


@pytest.mark.parametrize(
    ("days", "confirmed", "floor", "limit"),
    [([], 0, 200, 200), ([0] * 14, 0, 200, 200), ([10, 12, 11], 0, 200, 200), ([100, 120, 110], 0, 200, 330),
     ([0, 0, 300], 0, 200, 900), ([100] * 13 + [90000], 0, 200, 300), ([], 2000, 200, 6000), ([100], 50, 200, 300)],
)  # fmt: skip
def test_a_day_takes_three_times_the_median_of_the_days_on_which_something_went(
    days: list[int], confirmed: int, floor: int, limit: int
) -> None:
    assert limit_of(days, confirmed, floor) == limit


def many(room: Any, count: int) -> None:
    for n in range(count):
        put(room, f"al-{n:04}")


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Floors low enough for a test."""
    monkeypatch.setattr(sweeps, "FLOOR", dict.fromkeys(FLOOR, 3))


def test_a_sweep_that_would_take_too_much_stops_rings_daily_and_waits_for_a_person(room: Any, few: None) -> None:
    many(room, 5)
    room.clock.advance((DAYS + 1) * DAY_S)
    keeper = Keeper(room.console)
    for _ in range(3):
        keeper.run_once()
        room.clock.advance(600)
    assert there(room, "al-0000")
    assert len(room.audit("sweep.stop")) == 1
    assert room.audit("sweep.ring") == []
    for _ in range(2):
        room.clock.advance(DAY_S)
        keeper.run_once()
    assert len(room.audit("sweep.ring")) == 2
    assert 'lianqin_sweeps_stopped{kind="evidence"} 1.0' in room.console.metrics.text().decode()

    room.forget_visitors()
    leader = room.role("leader")
    [listed] = leader.get("/api/sweeps").json()["items"]
    assert (listed["kind"], listed["reason"], listed["found"]) == (
        "evidence",
        "many",
        {"due": 5, "taken": 0, "limit": 3},
    )
    path = f"/api/sweeps/{listed['number']}"
    stop = leader.get(path).json()["stop"]
    assert (stop["count"], stop["oldest"], stop["newest"]) == (5, T0, T0)
    assert [(one["camera_id"], one["count"]) for one in stop["by_camera"]] == [("C01", 5)]
    go = {"decision": "go", "note": "a busy day half a year ago", "cut_at": stop["looked_at"]}
    assert room.role("auditor").post(f"{path}/decide", go).status_code == 403
    assert leader.post(f"{path}/decide", go | {"note": " "}).json()["key"] == "sweep.note"
    assert leader.post(f"{path}/decide", go | {"cut_at": None}).json()["key"] == "sweep.cut"
    assert leader.post(f"{path}/decide", go | {"cut_at": stop["looked_at"] + 3600}).json()["key"] == "sweep.cut"
    assert leader.post(f"{path}/decide", {"decision": "hold", "note": "the station looks"}).status_code == 200
    room.clock.advance(3 * DAY_S)
    keeper.run_once()
    assert there(room, "al-0000")
    assert len(room.audit("sweep.ring")) == 2, "held: it rings no more"
    room.forget_visitors()
    assert room.role("sysadmin").post(f"{path}/decide", go).status_code == 200
    assert room.role("sysadmin").post(f"{path}/decide", go).json()["key"] == "sweep.decided"
    keeper.run_once()
    assert not any(there(room, f"al-{n:04}") for n in range(5))
    assert [row.detail["count"] for row in room.audit() if row.action in {"sweep.go", "sweep.hold"}] == [5, 5]
    assert stops_of(room.store) == [("evidence", "many", "done")]
    assert 'lianqin_sweeps_stopped{kind="evidence"} 0.0' in room.console.metrics.text().decode()


def test_go_on_takes_no_more_than_was_looked_at(room: Any, few: None) -> None:
    many(room, 4)
    room.clock.advance(DAY_S)
    put(room, "al-later")
    room.clock.advance((DAYS - 0.5) * DAY_S)
    keeper = Keeper(room.console)
    keeper.run_once()
    looked_at = room.clock.now()
    room.clock.advance(DAY_S)
    room.forget_visitors()
    go = {"decision": "go", "note": "looked", "cut_at": looked_at}
    assert room.role("leader").post("/api/sweeps/1/decide", go).status_code == 200
    keeper.run_once()
    assert not there(room, "al-0000")
    assert there(room, "al-later")
    keeper.run_once()
    assert not there(room, "al-later")


def test_days_without_sweeps_and_the_first_days_are_measured_by_the_floor(room: Any, few: None) -> None:
    with room.store.write() as session:
        session.add(SweepDay(kind="evidence", day="2026-01-01", taken=900, confirmed=0, last_at=T0 - 200 * DAY_S))
    many(room, 4)
    room.clock.advance((DAYS + 1) * DAY_S)
    Keeper(room.console).run_once()
    assert there(room, "al-0000"), "what went months ago says nothing of a usual day"


def test_without_redis_nothing_is_destroyed(room: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    put(room, "al-1")
    room.clock.advance((DAYS + 1) * DAY_S)

    def away(_client: object) -> float:
        raise sweeps.redis.exceptions.ConnectionError("away")

    monkeypatch.setattr(room.clock, "at_redis", away)
    with pytest.raises(sweeps.BusUnavailable):
        Keeper(room.console).run_once()
    assert there(room, "al-1")


def test_files_that_no_row_speaks_of_go_with_a_certificate(room: Any) -> None:
    put(room, "al-1")
    files = room.console.evidence
    for path in ("2026-09-21/al-gone.jpg", "2026-09-21/.al-broken.mp4.part", "2026-09-21/al-young.jpg"):
        files.write(path, b"left")
    for path in ("2026-09-21/al-gone.jpg", "2026-09-21/.al-broken.mp4.part", "2026-09-21/al-1.jpg"):
        os.utime(files.local_path(path), (T0 - 31 * DAY_S,) * 2)
    os.utime(files.local_path("2026-09-21/al-young.jpg"), (T0 - 29 * DAY_S,) * 2)
    Keeper(room.console).run_once()
    assert [files.exists(f"2026-09-21/{name}") for name in ("al-gone.jpg", ".al-broken.mp4.part", "al-young.jpg", "al-1.jpg")] == [
        False, False, True, True]  # fmt: skip
    with room.store.read() as session:
        row = session.scalars(select(PurgeCertificate)).one()
    assert (row.alerts, row.files, row.keep_days) == (0, 2, 30)
    assert {item[1] for item in row.items} == {"2026-09-21/al-gone.jpg", "2026-09-21/.al-broken.mp4.part"}
    assert all(len(item[2]) == 64 for item in row.items)


def test_a_file_systems_clock_that_differs_stops_the_sweep_of_files(room: Any) -> None:
    room.console.evidence.write("2026-09-21/al-gone.jpg", b"left")
    os.utime(room.console.evidence.local_path("2026-09-21/al-gone.jpg"), (T0 - 99 * DAY_S,) * 2)
    room.clock.files_off = -400 * DAY_S
    Keeper(room.console).run_once()
    assert stops_of(room.store) == [("files", "clocks", "open")]
    assert room.console.evidence.exists("2026-09-21/al-gone.jpg")


@pytest.mark.parametrize("off", [YEAR, -400 * DAY_S])
def test_a_patrol_workers_clock_takes_no_quarantine_row(room: Any, off: float) -> None:
    with room.store.write() as session:
        session.get_one(QuarantineRow, "q1").kept_from = T0
    room.clock.step(off)
    room.clock.database_off = room.clock.redis_off = room.clock.files_off = -off
    PatrolWorker(room.settings, room.store, room.redis, room.clock, threading.Event()).tick()
    with room.store.read() as session:
        assert session.get(QuarantineRow, "q1") is not None
    assert {one[0] for one in stops_of(room.store)} == {"quarantine", "trails"}


@pytest.mark.parametrize(("together", "left"), [(False, True), (True, False)])
def test_a_consoles_clock_a_year_ahead_ends_no_session_and_forgets_no_row(
    room: Any, together: bool, left: bool
) -> None:
    room.role("leader")
    room.clock.step(YEAR)
    if not together:
        room.clock.database_off = room.clock.redis_off = room.clock.files_off = -YEAR
    Housekeeping(room.console, ClipWatch(room.console.store, room.clock)).run_once()
    with room.store.read() as session:
        assert bool(session.scalars(select(LoginSession)).all()) == left


def test_the_real_clocks_are_the_databases_and_redis_own(room: Any) -> None:
    clock = SystemClock()
    with room.store.read() as session:
        moments = sweeps.moments_of(clock, session, room.redis, clock.at_files(room.settings.run_dir))
    assert sweeps.judge_clocks(moments) is None


def test_a_decision_needs_a_reason_of_bounded_length() -> None:
    row = SweepStop(number=1, kind="evidence", reason="many", at=T0, rang_at=T0, state="open")
    with pytest.raises(RecordError):
        sweeps.check_decision(row, "x" * 201, T0, "go", T0)
