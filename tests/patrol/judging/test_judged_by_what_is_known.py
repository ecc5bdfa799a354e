"""Through the worker: what is stuck arrives nowhere, a fix ahead freezes nobody, silence of the platform is the station's."""

from __future__ import annotations

import threading
from typing import Any

import msgspec
import pytest
import redis
from sqlalchemy import select

from lianqin import keys
from lianqin.audit import Actor
from lianqin.bus import Publisher
from lianqin.db import Store
from lianqin.errors import NotFoundError, RecordError
from lianqin.records import Alive, Fix, FixBatch
from lianqin.settings import Settings
from lianqin.testing import T0, FakeClock, a_fix
from patrol.checks import spot_checks
from patrol.checks.suggestions import LEAST_PLANNED_S, risk_of, suggest
from patrol.devices import enrol
from patrol.devices.tables import DeviceRow
from patrol.dispatch import dispatches, nearest
from patrol.dispatch.dispatches import IncidentPlace
from patrol.dispatch.tables import Dispatch
from patrol.duty import shift_facts, shifts, silences
from patrol.duty.tables import PlatformSilence, Shift
from patrol.intake.accept import accept
from patrol.intake.readers import HttpRequest
from patrol.judging import clocks, presence
from patrol.judging.facts import ShiftFacts
from patrol.worker.loop import PatrolWorker, drain

LIVE, LATE = keys.fixes(0, late=False), keys.fixes(0, late=True)


class Bench:
    def __init__(self, settings: Settings, store: Store, client: redis.Redis) -> None:
        self.clock, self.store, self.client = FakeClock(), store, client
        self.worker = PatrolWorker(settings, store, client, self.clock, threading.Event())

    def send(self, fixes: list[Fix], stream: str = LIVE, alive: tuple[Alive, ...] = ()) -> None:
        Publisher(self.client).publish(stream, FixBatch(tuple(fixes), alive=alive))
        drain(self.worker)

    def facts(self, shift_id: str) -> ShiftFacts:
        with self.store.read() as session:
            return shift_facts.facts_of(session.get_one(Shift, shift_id))


@pytest.fixture
def bench(settings: Settings, store: Store, redis_client: redis.Redis) -> Bench:
    return Bench(settings, store, redis_client)


def walk(count: int, start: float = 0, guard: str = "G01", **fields: Any) -> list[Fix]:
    """A guard on the way, 15 m in 15 s."""
    return [a_fix(**{"id": f"fx-{guard}-{start + n * 15:07.0f}", "guard_id": guard, "device_id": f"D-{guard}", "at": T0 + start + n * 15,
                     "received_at": T0 + start + n * 15 + 1, "lon": 119.195 + (start + n * 15) % 900 * 1e-5} | fields)
            for n in range(count)]  # fmt: skip


def on_shift(bench: Bench, actor: Actor, guard: str = "G01") -> str:
    with bench.store.write() as session:
        return shifts.do_open(session, actor, guard, None, 8, T0).id


def candidate(bench: Bench, guard: str, now: float) -> nearest.Candidate:
    with bench.store.read() as session:
        found = nearest.candidates(session, (119.2, 34.0), presence.places(bench.client), now, 60)
    return next(one for one in found if one.guard_id == guard)


def test_a_stuck_place_arrives_nowhere_a_second_after_the_call(bench: Bench, actor: Actor) -> None:
    shift_id = on_shift(bench, actor)
    stuck: dict[str, Any] = {"lon": 119.2, "speed_mps": 5 / 3.6}
    bench.send(walk(457, **stuck))
    with bench.store.write() as session:
        sent = dispatches.do_call(session, actor, IncidentPlace("in-1", 119.2, 34.0), "G01", T0 + 457 * 15 - 1).id
    bench.send(walk(1, start=457 * 15, **stuck))
    with bench.store.read() as session:
        assert session.get_one(Dispatch, sent).arrived_fix_id is None
    with bench.store.write() as session:
        dispatches.do_cancel(session, actor, sent, T0 + 457 * 15 + 1)
    assert (bench.facts(shift_id).confirmed_s, bench.facts(shift_id).outside_s) == (0, 0)
    place = presence.places(bench.client)["G01"]
    assert (place.doubts, place.sure) == (("frozen",), False)
    told = candidate(bench, "G01", T0 + 457 * 15 + 2)
    assert (told.reason_key, told.distance_m, told.allowed) == ("doubtful_place", None, True)


def test_a_fix_hours_ahead_neither_freezes_the_place_nor_looks_fresh(bench: Bench, actor: Actor) -> None:
    on_shift(bench, actor)
    ahead = msgspec.structs.replace(walk(1, start=30)[0], at=T0 + 3 * 3600)
    bench.send([*walk(2), ahead])
    place = presence.places(bench.client)["G01"]
    assert (place.at, place.doubts) == (ahead.received_at, ("clock_ahead",))
    assert candidate(bench, "G01", T0 + 1800).reason_key == "doubtful_place"
    bench.send(walk(2, start=45))
    place = presence.places(bench.client)["G01"]
    assert (place.at, place.doubts) == (T0 + 60, ())


@pytest.mark.parametrize("off_s", [3600.0, 8 * 3600.0, -8 * 3600.0, 5400.0, -1800.0])
def test_a_steady_offset_of_half_hours_is_named_and_what_was_kept_for_later_is_not(bench: Bench, off_s: float) -> None:
    stream = LATE if off_s < 0 else LIVE
    bench.send([msgspec.structs.replace(one, at=one.at + off_s) for one in walk(9)], stream)
    assert clocks.steady(bench.client) == {"D-G01": off_s}
    bench.send(walk(3, start=200))
    assert clocks.steady(bench.client) == {}
    kept = [
        msgspec.structs.replace(one, received_at=T0 + 3700 + n, guard_id="G02", device_id="D2")
        for n, one in enumerate(walk(60))
    ]
    bench.send(kept, LATE)
    assert clocks.steady(bench.client) == {}


def test_a_clock_corrected_on_the_administrators_word_counts_from_then_on_and_is_taken_back(
    store: Store, actor: Actor
) -> None:
    with store.write() as session:
        made = enrol.do_enrol(session, actor, "G01", "wgs84", T0)

    def sent(off_s: float) -> Fix:
        with store.write() as session:
            row = enrol.do_correct_clock(session, actor, made.device_id, off_s, T0)
            device = enrol.device_record(row)
        query = f"id={made.credential}&timestamp={T0 + 3600:.0f}&lat=34&lon=119.2"
        fix = accept(HttpRequest(query, {}, b""), {device.credential_sha256: device}, T0 + 1).fixes
        assert len(fix) == 1
        return fix[0]

    before, corrected, after = sent(0), sent(3600), sent(0)
    assert (corrected.at, corrected.clock_off_s) == (T0, 3600)
    assert (after.at, after.clock_off_s) == (before.at, 0.0) == (T0 + 3600, 0.0)
    assert before.id == corrected.id
    with store.write() as session:
        assert session.get_one(DeviceRow, made.device_id).version == 3
        with pytest.raises(RecordError, match=r"device\.clock|a day"):
            enrol.do_correct_clock(session, actor, made.device_id, 1e6, T0)
        with pytest.raises(NotFoundError):
            enrol.do_correct_clock(session, actor, "nobody", 1, T0)


def test_the_platforms_silence_is_one_gap_of_the_station_and_nobodys_risk(bench: Bench, actor: Actor) -> None:
    guards = ("G01", "G02", "G03")
    ids = [on_shift(bench, actor, guard) for guard in guards]
    for guard in guards:
        bench.send(walk(40, guard=guard))
    after = 600 + 23 * 60
    bench.send([fix for guard in guards for fix in walk(4, start=after, guard=guard)])
    with bench.store.read() as session:
        (row,) = session.scalars(select(PlatformSilence)).all()
        assert (row.from_at, row.to_at, row.guards) == (T0 + 586, T0 + after + 1, 3)
    drain(bench.worker)
    for shift_id in ids:
        found = bench.facts(shift_id)
        assert (found.gaps, found.outside_s) == ((), 0)
        assert found.unknown_s - found.platform_s <= 60
    with bench.store.read() as session:
        records = spot_checks.records(session, T0 + 4 * 3600)
    assert not any(one.key == "gaps" for record in records for one in risk_of(record)[1])
    # What waited in a spool meanwhile shows that something did arrive.
    bench.send(walk(1, start=1200, guard="G02"), LATE)
    with bench.store.read() as session:
        left = session.scalars(select(PlatformSilence).order_by(PlatformSilence.from_at)).all()
        assert [(one.from_at, one.to_at) for one in left] == [(T0 + 586, T0 + 1201), (T0 + 1201, T0 + after + 1)]


@pytest.mark.parametrize(("heard", "arrivals", "count"), [
    ({"a": 100.0, "b": 90.0, "c": 50.0}, [(400.0, "a")], 1),
    ({"a": 100.0, "b": 90.0}, [(400.0, "a")], 0),
    ({"a": 100.0, "b": 90.0, "c": 30.0}, [(400.0, "a")], 0),
    ({"a": 100.0, "b": 90.0, "c": 50.0}, [(400.0, "a"), (250.0, "b")], 0),
    ({}, [(400.0, "a")], 0),
])  # fmt: skip
def test_only_who_was_just_heard_makes_a_silence(heard: dict[str, float], arrivals: list[Any], count: int) -> None:
    assert len(silences.silences(arrivals, heard)) == count


def test_a_phone_at_rest_stays_on_the_map_as_of_its_own_time(bench: Bench, actor: Actor) -> None:
    shift_id = on_shift(bench, actor)
    fixes = walk(8)
    bench.send(fixes)
    for minute in range(1, 20):
        at = fixes[-1].received_at + minute * 60
        again = msgspec.structs.replace(fixes[-1], received_at=at)
        bench.send([again] if minute % 2 else [], alive=() if minute % 2 else (Alive("D-G01", "G01", at),))
    place = presence.places(bench.client)["G01"]
    assert (place.at, place.still_until) == (T0 + 105, T0 + 105 + 19 * 60)
    assert candidate(bench, "G01", T0 + 105 + 19 * 60 + 20).reason_key == ""
    live = bench.facts(shift_id)
    assert live.confirmed_s == 105 + 19 * 60
    store = bench.worker.room.trails
    (day,) = {*store.days()}
    store.compact(day)
    with bench.store.write() as session:
        shifts.do_close(session, actor, shift_id, T0 + 4 * 3600)
    bench.clock.advance(4 * 3600)
    bench.worker.turn(block=0.01)  # folded anew, from the compacted trail
    assert bench.facts(shift_id).confirmed_s == live.confirmed_s
    assert len(store.read("G01", T0, T0 + 1e4)) == 8


def test_whoever_was_planned_for_little_time_is_no_risk() -> None:
    short = spot_checks.GuardRecord("G1", 1, doubts=(("teleport", 1),), unknown_s=600, planned_s=900)
    long = msgspec.structs.replace(short, guard_id="G2", planned_s=LEAST_PLANNED_S)
    assert risk_of(short) == (0.0, ())
    assert [one.guard_id for one in suggest([short, long], "2026-09-21", T0, 1) if one.chosen_by == "risk"] in (
        [],
        ["G2"],
    )
