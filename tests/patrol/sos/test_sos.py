"""A call for help from the stream: whatever is odd about the record, it is raised, once, before anything else."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import msgspec
import pytest
import redis
from sqlalchemy import func, select

from lianqin import keys
from lianqin.audit import Actor, AuditRow
from lianqin.bus import Publisher
from lianqin.db import Store
from lianqin.errors import ConflictError, RecordError
from lianqin.feed import FeedRow
from lianqin.records import FixBatch, SosCall
from lianqin.settings import Settings
from lianqin.testing import T0, FakeClock, a_fix
from patrol.duty import breaks, shifts
from patrol.judging import presence
from patrol.judging.presence import GuardPlace
from patrol.sos import calls
from patrol.sos.places import clock_of, last_place, late_s, own_place
from patrol.sos.tables import SosCallRow, SosPress
from patrol.worker.loop import PatrolWorker, drain

LIVE, LATE = keys.fixes(0, late=False), keys.fixes(0, late=True)
OTHER = Actor(id="ac-2", name="值班长", role="leader")


def a_call(**changes: Any) -> SosCall:
    call = SosCall(id="sos-1", device_id="D01", guard_id="G01", received_at=T0, at=T0 - 1, lat=34.0, lon=119.2,
                   accuracy_m=8.0, client="jt808")  # fmt: skip
    return msgspec.structs.replace(call, **changes)


class Bench:
    """A worker turned by hand, and what it has raised."""

    def __init__(self, settings: Settings, store: Store, client: redis.Redis) -> None:
        self.clock, self.store, self.client = FakeClock(), store, client
        self.worker = PatrolWorker(settings, store, client, self.clock, threading.Event())
        self.publisher = Publisher(client)

    def send(self, *batches: FixBatch | SosCall, stream: str = LIVE) -> None:
        self.publisher.publish(stream, *batches)

    def rows(self) -> list[SosCallRow]:
        with self.store.read() as session:
            return list(session.scalars(select(SosCallRow).order_by(SosCallRow.raised_at, SosCallRow.id)))

    def audits(self, action: str) -> int:
        with self.store.read() as session:
            return session.scalar(select(func.count()).where(AuditRow.action == action)) or 0

    def shift(self, actor: Actor, guard: str = "G01") -> str:
        with self.store.write() as session:
            return shifts.do_open(session, actor, guard, None, 8, T0 - 600).id


@pytest.fixture
def bench(settings: Settings, store: Store, redis_client: redis.Redis) -> Bench:
    return Bench(settings, store, redis_client)


FIX = a_fix(id="fx-1", at=T0 - 1, received_at=T0, alarm="sos")
ODD: list[tuple[str, list[FixBatch | SosCall], str]] = [
    ("a place of its own", [FixBatch((), (a_call(),))], "own"),
    ("no place", [FixBatch((), (a_call(lat=None, lon=None),))], "none"),
    ("half a place", [FixBatch((), (a_call(lon=None),))], "none"),
    ("at 0, 0", [FixBatch((), (a_call(lat=0.0, lon=0.0),))], "none"),
    ("no clock", [FixBatch((), (a_call(at=None),))], "own"),
    ("a clock in 2000", [FixBatch((), (a_call(at=946_684_800.0),))], "own"),
    ("a clock at 0", [FixBatch((), (a_call(at=0.0),))], "own"),
    ("a clock a year ahead", [FixBatch((), (a_call(at=T0 + 3e7),))], "own"),
    ("a clock before 1970", [FixBatch((), (a_call(at=-1e9),))], "own"),
    ("neither place nor clock", [FixBatch((), (a_call(at=None, lat=None, lon=None),))], "none"),
    ("hours in the phone", [FixBatch((), (a_call(at=T0 - 4 * 3600),))], "own"),
    ("days in a spool", [FixBatch((), (a_call(received_at=T0 - 2 * 86_400, at=T0 - 2 * 86_400 - 1),))], "own"),
    ("a guard whom nobody knows", [FixBatch((), (a_call(guard_id="G99"),))], "own"),
    ("a very long id", [FixBatch((), (a_call(id="x" * 300),))], "own"),
    ("a client of a long name", [FixBatch((), (a_call(client="y" * 300, device_id="d" * 300),))], "own"),
    ("an accuracy of kilometres", [FixBatch((), (a_call(accuracy_m=90_000.0),))], "own"),
    ("with its fix", [FixBatch((FIX,), (a_call(),))], "own"),
    ("with its fix, in two entries", [FixBatch((), (a_call(),)), FixBatch((FIX,))], "own"),
    ("a fix alone, of an older intake", [FixBatch((FIX,))], "own"),
    ("a fix alone, whose clock is wrong", [FixBatch((msgspec.structs.replace(FIX, at=946_684_800.0),))], "own"),
    ("a record by itself", [a_call()], "own"),
    ("beyond the pole", [FixBatch((), (a_call(lat=95.0),))], "none"),
    ("beyond the pole, by itself", [a_call(lat=95.0)], "none"),
    ("beyond the date line, with its fix", [FixBatch((msgspec.structs.replace(FIX, lon=300.0),), (a_call(lon=300.0),))], "none"),
    ("a fix alone, beyond the pole", [FixBatch((msgspec.structs.replace(FIX, lat=-91.0),))], "none"),
    ("beside another's fix that can't be read", [FixBatch((a_fix(id="f9", guard_id="G02", lat=99.0),), (a_call(),))], "own"),
    ("an accuracy that is a word", [FixBatch((), (a_call(accuracy_m="good"),))], "own"),
    ("a clock that is a word", [FixBatch((), (a_call(at="noon"),))], "own"),
    ("among fixes of others", [FixBatch(tuple(a_fix(id=f"f{n}", guard_id="G02", at=T0 + n) for n in range(50)), (a_call(),))], "own"),
    ("the same record again", [FixBatch((), (a_call(),)), FixBatch((), (a_call(),))], "own"),
    ("repeated each few seconds", [FixBatch((), (a_call(id=f"s{n}", received_at=T0 + 5 * n),)) for n in range(30)], "own"),
    ("repeated in one entry", [FixBatch((), tuple(a_call(id=f"s{n}", received_at=T0 + n) for n in range(5)))], "own"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("duty_state", "stream"), [("off shift", LIVE), ("on a break", LIVE), ("on shift", LATE)],
    ids=["off shift", "on a break", "on shift and late"],
)  # fmt: skip
@pytest.mark.parametrize(("what", "entries", "source"), ODD, ids=[what for what, _, _ in ODD])
def test_whatever_is_odd_about_the_record_exactly_one_call_is_open(
    bench: Bench, actor: Actor, what: str, entries: list[FixBatch | SosCall], source: str, duty_state: str, stream: str
) -> None:
    if duty_state != "off shift":
        shift_id = bench.shift(actor)
        if duty_state == "on a break":
            with bench.store.write() as session:
                breaks.do_break_begin(session, actor, shift_id, "rest", T0 - 60)
    bench.send(*entries, stream=stream)
    drain(bench.worker)
    (row,) = bench.rows()
    assert (row.state, row.place_source) == ("raised", source)
    ids = {call.id for entry in entries for call in (entry.sos if isinstance(entry, FixBatch) else (entry,))}
    assert row.presses == max(1, len(ids))
    assert bench.audits("sos.raise") == 1
    with bench.store.read() as session:
        told = session.scalars(select(FeedRow).where(FeedRow.topic == "sos")).all()
        assert {one.object_id for one in told} == {row.id}
        assert {one.guard_id for one in told} == {row.guard_id}
        assert session.scalar(select(func.count()).select_from(SosPress)) == row.presses
    for name in (LIVE, LATE):
        assert bench.client.xpending(name, keys.PATROL_GROUP)["pending"] == 0  # type: ignore[index]


def test_what_the_device_claims_is_kept_beside_the_moment_of_arrival_and_late_is_said() -> None:
    for device_at, known_at, state, late in [
        (T0 - 1, T0 + 1, "right", 2.0), (None, T0 + 1, "none", 1.0), (T0 + 3600, T0 + 1, "wrong", 1.0),
        (946_684_800.0, T0, "wrong", 0.0), (T0 - 4 * 3600, T0, "right", 4 * 3600.0), (T0 + 30, T0, "right", 0.0),
        (None, T0 + 7200, "none", 7200.0),
    ]:  # fmt: skip
        assert (clock_of(device_at, T0), late_s(device_at, T0, known_at)) == (state, late)


def test_the_age_of_a_place_is_told_only_where_the_clock_can_be_believed() -> None:
    for changes, at in [({}, T0 - 1), ({"at": None}, T0), ({"at": 946_684_800.0}, None), ({"at": T0 + 9e4}, None)]:  # fmt: skip
        place = own_place(a_call(**changes))
        assert place is not None
        assert (place.at, place.source) == (at, "own")
    aged = own_place(a_call(), 240.0)
    assert aged is not None
    assert aged.at == T0 - 241
    ahead = GuardPlace("G01", "孙建国", "U1", "S1", "A1", 119.2, 34.0, T0 + 900, T0 - 30)
    assert last_place(ahead) is not None
    assert last_place(ahead).at == T0 - 30  # type: ignore[union-attr] # asserted in the line above
    assert last_place(None) is None


def test_without_a_place_of_its_own_the_call_has_the_last_one_on_the_map_as_of_its_moment(
    bench: Bench, actor: Actor
) -> None:
    bench.shift(actor)
    bench.send(FixBatch((a_fix(id="f1", at=T0 - 240, received_at=T0 - 239, lon=119.204),)))
    drain(bench.worker)
    bench.send(FixBatch((), (a_call(lat=None, lon=None, accuracy_m=None),)))
    drain(bench.worker)
    (row,) = bench.rows()
    assert (row.place_source, row.lon, row.place_at) == ("last", 119.204, T0 - 240)


def test_a_press_with_a_newer_place_moves_the_call_and_an_older_one_does_not(bench: Bench) -> None:
    bench.send(
        FixBatch((), (a_call(id="a", lat=None, lon=None),)),
        FixBatch((), (a_call(id="b", received_at=T0 + 10, lon=119.201),)),
        FixBatch((), (a_call(id="c", received_at=T0 + 5, lon=119.209),)),
        FixBatch((), (a_call(id="d", received_at=T0 + 20, lat=None, lon=None),)),
    )
    drain(bench.worker)
    (row,) = bench.rows()
    assert (row.id, row.lon, row.presses, row.last_press_at) == ("a", 119.201, 4, T0 + 20)
    assert (row.raised_at, row.known_at) == (T0, bench.clock.now())


def test_after_the_call_was_closed_a_new_press_makes_a_new_one_and_an_old_record_none(
    bench: Bench, actor: Actor
) -> None:
    bench.send(FixBatch((), (a_call(),)))
    drain(bench.worker)
    with bench.store.write() as session:
        calls.do_close(session, actor, "sos-1", "false_press", "", T0 + 60)
    bench.send(FixBatch((), (a_call(),)), FixBatch((FIX,)))  # the same message, twice over
    drain(bench.worker)
    assert [row.state for row in bench.rows()] == ["closed"]
    bench.send(FixBatch((), (a_call(id="sos-2", received_at=T0 + 90),)))
    drain(bench.worker)
    assert [(row.id, row.state) for row in bench.rows()] == [("sos-1", "closed"), ("sos-2", "raised")]


def test_presses_of_one_hold_are_counted_and_one_a_minute_later_is_in_the_audit(bench: Bench) -> None:
    bench.send(*(FixBatch((), (a_call(id=f"s{n}", received_at=T0 + at),)) for n, at in enumerate((0, 5, 10, 75, 80))))
    drain(bench.worker)
    assert bench.rows()[0].presses == 5
    assert (bench.audits("sos.raise"), bench.audits("sos.press")) == (1, 1)


def test_a_call_is_raised_although_nothing_after_it_can_be_written(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk of the trails is full: the batch comes again and again, and calls that arrive meanwhile are raised too."""
    append = bench.worker.room.trails.append

    def full(*_: object) -> None:
        raise RecordError("trails.disk", "no space")

    monkeypatch.setattr(bench.worker.room.trails, "append", full)
    bench.send(FixBatch((FIX,), (a_call(),)))
    with pytest.raises(RecordError):
        drain(bench.worker)
    assert [row.id for row in bench.rows()] == ["sos-1"]
    bench.send(FixBatch((), (a_call(id="sos-2", guard_id="G02"),)))
    bench.send(FixBatch((), (a_call(id="sos-3", guard_id="G03"),)), stream=LATE)
    stopped = threading.Event()
    bench.worker = PatrolWorker(bench.worker.room.settings, bench.store, bench.client, bench.clock, stopped)
    monkeypatch.setattr(bench.worker.room.trails, "append", full)
    with pytest.raises(RecordError):
        bench.worker.run_once()
    assert [row.guard_id for row in bench.rows()] == ["G01", "G02", "G03"]
    monkeypatch.setattr(bench.worker.room.trails, "append", append)
    bench.worker.join()
    drain(bench.worker)
    assert [row.presses for row in bench.rows()] == [1, 1, 1]


def test_behind_a_long_backlog_a_call_is_found_first(bench: Bench, actor: Actor) -> None:
    bench.shift(actor)
    for n in range(1200):
        bench.send(FixBatch((a_fix(id=f"f{n}", at=T0 - 500 + n / 10, received_at=T0),)))
    bench.send(FixBatch((), (a_call(),)))
    bench.worker.raise_waiting()
    assert [row.id for row in bench.rows()] == ["sos-1"]
    assert presence.places(bench.client) == {}, "nothing was judged yet"


def test_without_the_map_in_redis_a_call_is_raised_without_a_place(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise redis.exceptions.ConnectionError

    monkeypatch.setattr(presence, "place_of", away)
    bench.send(FixBatch((), (a_call(lat=None, lon=None),)))
    drain(bench.worker)
    assert [row.place_source for row in bench.rows()] == ["none"]


DIES = """
import os, signal, sys, threading
from lianqin.bus import connect
from lianqin.db import Store, open_engine
from lianqin.settings import Settings
from lianqin.testing import FakeClock
from patrol.worker import pipeline
from patrol.worker import loop
from patrol.sos import calls
settings = Settings(run_dir=sys.argv[1])
def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)
if sys.argv[3] == "before the commit":
    calls.audit.write = die
else:
    plain = pipeline.raise_calls
    loop.process = lambda room, batch, *steps: (plain(room, batch), die())
one = loop.PatrolWorker(settings, Store(open_engine(settings.database)), connect(sys.argv[2]), FakeClock(), threading.Event())
loop.drain(one)
"""


@pytest.mark.parametrize("when", ["before the commit", "after it and before the acknowledgement"])
def test_a_worker_that_is_killed_raises_it_once(bench: Bench, settings: Settings, redis_server: Any, when: str) -> None:
    bench.send(FixBatch((FIX,), (a_call(), a_call(id="sos-1b", received_at=T0 + 5))))
    command = [sys.executable, "-c", DIES, str(settings.run_dir), redis_server.url, when]
    for _ in range(2):
        killed = subprocess.run(command, cwd=Path(__file__).resolve().parents[3], check=False)
        assert killed.returncode == -9
    drain(bench.worker)
    (row,) = bench.rows()
    assert (row.id, row.presses, bench.audits("sos.raise")) == ("sos-1", 2, 1)


def test_of_two_takers_the_second_hears_who_was_first_and_when(bench: Bench, actor: Actor) -> None:
    bench.send(FixBatch((), (a_call(),)))
    drain(bench.worker)
    with bench.store.write() as session:
        calls.do_take(session, actor, "sos-1", T0 + 3)
    with bench.store.write() as session:
        calls.do_take(session, actor, "sos-1", T0 + 9)
    with pytest.raises(ConflictError) as second, bench.store.write() as session:
        calls.do_take(session, OTHER, "sos-1", T0 + 5)
    assert (second.value.key, second.value.values["name"], second.value.values["when"]) == (
        "sos.taken", "值班员", "22:13:23")  # fmt: skip
    (row,) = bench.rows()
    assert (row.taken_by, row.taken_at, bench.audits("sos.take")) == ("ac-1", T0 + 3, 1)


def test_closing_needs_an_outcome_of_the_list_and_other_needs_a_note(bench: Bench, actor: Actor) -> None:
    bench.send(FixBatch((), (a_call(),)))
    drain(bench.worker)
    for outcome, note, key in [("fine", "", "sos.outcome"), ("other", "  ", "sos.note")]:
        with pytest.raises(RecordError) as refused, bench.store.write() as session:
            calls.do_close(session, actor, "sos-1", outcome, note, T0 + 5)
        assert refused.value.key == key
    with bench.store.write() as session:
        calls.do_close(session, actor, "sos-1", "helped", " 已送医 ", T0 + 60)
    (row,) = bench.rows()
    assert (row.state, row.taken_by, row.closed_by, row.outcome, row.note) == (
        "closed", "ac-1", "ac-1", "helped", "已送医")  # fmt: skip
    for act in (calls.do_take, calls.do_well):
        with pytest.raises(ConflictError, match=r"sos\.closed"), bench.store.write() as session:
            act(session, OTHER, "sos-1", T0 + 70)


def test_who_says_to_be_well_and_presses_again_is_not_well(bench: Bench, actor: Actor) -> None:
    bench.send(FixBatch((), (a_call(),)))
    drain(bench.worker)
    with bench.store.write() as session:
        calls.do_well(session, actor, "sos-1", T0 + 5)
        calls.do_well(session, actor, "sos-1", T0 + 7)
    assert (bench.rows()[0].well_at, bench.audits("sos.well")) == (T0 + 5, 1)
    bench.send(FixBatch((), (a_call(id="sos-2", received_at=T0 + 9),)))
    drain(bench.worker)
    assert [(row.well_at, row.presses) for row in bench.rows()] == [(None, 2)]
