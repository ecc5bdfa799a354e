"""The worker on real parts: from stream to trail, facts, verdict and points; and killed in the middle."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import cast

import msgspec
import pytest
import redis
from sqlalchemy import func, select

from lianqin import keys
from lianqin.audit import Actor
from lianqin.bus import Publisher
from lianqin.clock import SystemClock
from lianqin.db import Store
from lianqin.dead import DeadLetters
from lianqin.embedded import EmbeddedRedis
from lianqin.records import Fix, FixBatch, Quarantined, decode
from lianqin.settings import Settings
from lianqin.testing import T0, FakeClock, a_fix
from patrol.calls import calls
from patrol.calls.tables import PointCall
from patrol.devices.tables import QuarantineRow
from patrol.dispatch import dispatches
from patrol.dispatch.dispatches import IncidentPlace
from patrol.dispatch.tables import Dispatch
from patrol.duty import shift_facts, shifts
from patrol.duty.tables import Shift, Visit
from patrol.judging import presence
from patrol.judging.facts import ShiftFacts
from patrol.scores import ledger
from patrol.scores.tables import LedgerLine
from patrol.trails.store import TrailStore
from patrol.worker import loop, pipeline
from patrol.worker.lease import Lease
from patrol.worker.loop import PatrolWorker, drain
from patrol.worker.pipeline import Batch, process

OFFICER = Actor(id="ac-2", name="王警官", role="officer")
LIVE, LATE = keys.fixes(0, late=False), keys.fixes(0, late=True)


def walk(count: int, start: float = 0, lon: float = 119.2, guard: str = "G01") -> list[Fix]:
    return [a_fix(id=f"fx-{guard}-{start + n * 15:06.0f}", guard_id=guard, at=T0 + start + n * 15,
                  received_at=T0 + start + n * 15 + 1, lon=lon, device_id=f"D-{guard}") for n in range(count)]  # fmt: skip


class Bench:
    """A worker turned by hand, with its clock."""

    def __init__(self, settings: Settings, store: Store, client: redis.Redis) -> None:
        self.clock, self.store, self.client = FakeClock(), store, client
        self.worker = PatrolWorker(settings, store, client, self.clock, threading.Event())
        self.publisher = Publisher(client)

    def send(self, fixes: list[Fix], stream: str = LIVE) -> None:
        self.publisher.publish(stream, FixBatch(tuple(fixes)))

    def work(self, seconds: float = 2) -> None:
        self.clock.advance(seconds)
        drain(self.worker)
        self.clock.advance(2)
        self.worker.turn(block=0.01)

    def facts(self, shift_id: str) -> ShiftFacts:
        with self.store.read() as session:
            return shift_facts.facts_of(session.get_one(Shift, shift_id))

    def points(self, shift_id: str, line: str) -> tuple[float, float]:
        with self.store.read() as session:
            found = {one.line: one for one in ledger.current(session, shift_id)}
        return found[line].points, found[line].out_of


@pytest.fixture
def bench(settings: Settings, store: Store, redis_client: redis.Redis) -> Bench:
    return Bench(settings, store, redis_client)


def open_shift(bench: Bench, actor: Actor, guard: str = "G01") -> str:
    with bench.store.write() as session:
        return shifts.do_open(session, actor, guard, None, 8, T0).id


def test_fixes_become_place_trail_visit_and_points(bench: Bench, actor: Actor) -> None:
    shift_id = open_shift(bench, actor)
    bench.send([*walk(21), a_fix(id="other", guard_id="G02")])
    bench.publisher.publish(keys.QUARANTINE, Quarantined("qu-1", T0, "unknown", "unknown device", "id=x"))
    bench.work()
    place = presence.places(bench.client)["G01"]
    assert (place.at, place.inside, place.shift_id, place.name) == (T0 + 300, True, shift_id, "孙建国")
    assert bench.client.hvals(keys.off_shift_counts()) == [b"1"]
    assert len(bench.worker.room.trails.read("G01", T0, T0 + 1e4)) == 21
    assert bench.worker.room.trails.read("G02", T0, T0 + 1e4) == []
    with bench.store.write() as session:
        assert session.scalars(select(Visit.checkpoint_id)).all() == ["A1-1"]
        assert session.scalars(select(QuarantineRow.id)).all() == ["qu-1"]
        shifts.do_close(session, actor, shift_id, T0 + 300)
    bench.work()
    assert bench.points(shift_id, "presence") == (40, 40)
    assert bench.points(shift_id, "checkpoints") == (10, 20)
    assert presence.places(bench.client) == {}
    assert bench.client.xpending(LIVE, keys.PATROL_GROUP)["pending"] == 0  # type: ignore[index]


def test_late_fixes_correct_a_closed_shifts_score_by_reversal(bench: Bench, actor: Actor) -> None:
    shift_id = open_shift(bench, actor)
    fixes = walk(21, lon=119.208)
    bench.send(fixes[:11])
    with bench.store.write() as session:
        shifts.do_close(session, actor, shift_id, T0 + 300)
    bench.work()
    before = bench.facts(shift_id)
    assert (before.confirmed_s, before.unknown_s) == (150, 150)
    bench.send(walk(10, start=165, lon=119.2115), LATE)
    bench.work()
    after = bench.facts(shift_id)
    assert after.outside_s == 135
    assert bench.points(shift_id, "presence") == (round(40 * 150 / 285, 3), 40)
    with bench.store.read() as session:
        lines = [one for one in session.scalars(select(LedgerLine)) if one.line == "presence"]
    assert [one.reverses is not None for one in lines] == [False, True, False]
    bench.work(73 * 3600)
    with bench.store.read() as session:
        assert not any(one.provisional for one in ledger.current(session, shift_id))


@pytest.mark.parametrize("seed", range(3))
def test_shuffled_late_and_repeated_fixes_end_in_the_same_facts(bench: Bench, actor: Actor, seed: int) -> None:
    one, two = open_shift(bench, actor, "G01"), open_shift(bench, actor, "G02")
    bench.send(walk(60, guard="G01"))
    bench.work()
    mixed = walk(60, guard="G02")
    random.Random(seed).shuffle(mixed)
    for start in range(0, 60, 7):
        bench.send(mixed[start : start + 9], LATE if start % 2 else LIVE)
        bench.work()
        if start == 28:
            bench.worker.join()  # a successor takes over
    straight, shuffled = bench.facts(one), bench.facts(two)
    assert straight.confirmed_s == 59 * 15
    assert (straight.confirmed_s, straight.unknown_s, straight.fixes) == (
        shuffled.confirmed_s, shuffled.unknown_s, shuffled.fixes)  # fmt: skip
    assert [v.fix_id[6:] for v in straight.visits] == [v.fix_id[6:] for v in shuffled.visits]


def test_a_fix_proves_arrival_and_gives_an_answer_its_place(bench: Bench, actor: Actor) -> None:
    shift_id = open_shift(bench, actor)
    with bench.store.write() as session:
        sent = dispatches.do_call(session, actor, IncidentPlace("in-1", 119.203, 34.0), "G01", T0).id
    bench.send([*walk(3), *walk(1, start=45, lon=119.203)])
    bench.work()
    with bench.store.write() as session:
        row = session.get_one(Dispatch, sent)
        assert (row.state, row.arrived_at, row.arrived_fix_id) == ("arrived", T0 + 45, "fx-G01-000045")
        dispatches.do_done(session, actor, sent, "", T0 + 60)
        call = calls.do_call_by_name(session, actor, "G01", "抽查", T0 + 40, T0 + 35)
        calls.do_receipt(session, actor, call.id, T0 + 41)
        calls.do_answer(session, actor, call.id, T0 + 46, None, T0 + 47)
    bench.work()
    with bench.store.read() as session:
        found = session.get_one(PointCall, call.id)
        assert (found.verdict, found.evidence["fix_id"]) == ("confirmed", "fx-G01-000045")
    assert [one.counted for one in bench.facts(shift_id).dispatches] == ["confirmed"]


@pytest.mark.parametrize(
    ("lon", "verdict", "reason", "confirmed_s", "before_review", "after_review"),
    [(119.2096, "confirmed", "fix_inside", 150, (20, 20), (20, 20)),
     (119.2107, "contradicted", "fix_outside", 120, (0, 0), (0, 20))],
)  # fmt: skip
def test_one_fix_changed_changes_verdict_line_and_evidence(
    bench: Bench, actor: Actor, lon: float, verdict: str, reason: str, confirmed_s: float,
    before_review: tuple[float, float], after_review: tuple[float, float],
) -> None:  # fmt: skip
    shift_id = open_shift(bench, actor)
    with bench.store.write() as session:
        calls.do_draw(session, actor, 1, "", None, T0 + 20, {"G01": T0 + 15})
        call = session.scalars(select(PointCall)).one()
        calls.do_receipt(session, actor, call.id, T0 + 21)
        calls.do_answer(session, actor, call.id, T0 + 31, None, T0 + 32)
    fixes = walk(11, lon=119.2096)
    fixes[2] = msgspec.structs.replace(fixes[2], lon=lon)
    bench.send(fixes)
    with bench.store.write() as session:
        shifts.do_close(session, actor, shift_id, T0 + 150)
    bench.work()
    with bench.store.read() as session:
        row = session.get_one(PointCall, call.id)
        assert (row.verdict, row.verdict_reason, row.evidence["fix_id"]) == (verdict, reason, fixes[2].id)
    assert bench.points(shift_id, "point_calls") == before_review
    if verdict == "contradicted":
        with bench.store.write() as session:
            calls.do_review(session, OFFICER, call.id, "upheld", "他不在岗", T0 + 900)
        bench.work()
    assert bench.points(shift_id, "point_calls") == after_review
    with bench.store.read() as session:
        lines = {one.line: one for one in ledger.current(session, shift_id)}
    assert lines["presence"].evidence["confirmed_s"] == confirmed_s
    assert [one["id"] for one in lines["point_calls"].evidence["calls"]] == [call.id]


class HurriedClock(FakeClock):
    """Every look at it takes a fifth of a second, so that work in bites is seen in bites."""

    def monotonic(self) -> float:
        self.advance(0.2)
        return super().monotonic()


def test_a_storm_of_late_fixes_does_not_delay_the_live_ones(
    bench: Bench,
    actor: Actor,
    settings: Settings,
    store: Store,
    redis_client: redis.Redis,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(loop, "JUDGED_AT_ONCE", 1)
    shift_ids = [open_shift(bench, actor, f"G0{n}") for n in (1, 2, 3)]
    bench.clock = HurriedClock()
    bench.worker = PatrolWorker(settings, store, redis_client, bench.clock, threading.Event())
    for n in (1, 2, 3):
        bench.send(walk(40, guard=f"G0{n}"), LATE)
    bench.worker.turn(block=0.01)
    bench.worker.turn(block=0.01)
    judged = [bench.facts(one).fixes for one in shift_ids]
    assert 0 < judged.count(40) < 3
    assert redis_client.hlen(keys.behind(0)) == 3 - judged.count(40)
    assert len(bench.worker.room.trails.read("G03", T0, T0 + 1e4)) == 40  # kept, though not judged
    bench.send(walk(1, start=600, guard="G03"))
    bench.worker.turn(block=0.01)
    assert presence.places(redis_client)["G03"].at == T0 + 600
    bench.worker = PatrolWorker(settings, store, redis_client, bench.clock, threading.Event())  # a successor goes on
    drain(bench.worker)
    assert [bench.facts(one).fixes for one in shift_ids] == [40, 40, 41]
    assert redis_client.hlen(keys.behind(0)) == 0
    assert redis_client.xpending(LATE, keys.PATROL_GROUP)["pending"] == 0  # type: ignore[index]


def test_while_more_keeps_coming_a_shift_is_judged_once_for_all_of_it(
    bench: Bench, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    shift_id = open_shift(bench, actor)
    folds: list[str] = []
    plain = pipeline.fold
    monkeypatch.setattr(
        pipeline,
        "fold",
        lambda fixes, ground, limits, **more: folds.append(ground.shift_id) or plain(fixes, ground, limits, **more),
    )
    fixes = walk(60)
    for start in range(0, 60, 5):
        bench.send(fixes[start : start + 5], LATE)
        bench.worker.turn(block=0.01)
        bench.clock.advance(1)
    drain(bench.worker)
    assert bench.facts(shift_id).fixes == 60
    assert 1 <= folds.count(shift_id) <= 3  # by patience, and when nothing more came


def test_off_shift_a_call_for_help_is_kept_and_nothing_else(bench: Bench) -> None:
    bench.send(
        [a_fix(id="help", alarm="SOS"), a_fix(id="low", at=T0 + 1, alarm="lowBattery"), a_fix(id="at home", at=T0 + 2)]
    )
    bench.work()
    assert [fix.id for fix in bench.worker.room.trails.read("G01", T0, T0 + 9)] == ["help"]
    assert bench.client.hvals(keys.off_shift_counts()) == [b"2"]


def test_a_batch_that_comes_again_changes_and_counts_nothing_twice(bench: Bench, actor: Actor) -> None:
    shift_id = open_shift(bench, actor)
    fixes = [*walk(8), *(a_fix(id=f"off-{n}", guard_id="G02", at=T0 + n) for n in range(300))]
    for _ in range(3):
        process(bench.worker.room, Batch("again-1-2", fixes))
        bench.worker.join()
    assert bench.facts(shift_id).fixes == 8
    (counted,) = bench.client.hvals(keys.off_shift_counts())  # type: ignore[misc]
    assert abs(int(counted) - 300) <= 6
    assert bench.worker.room.trails.count(bench.worker.room.trails.days()[0]) == 1


def test_of_a_batch_with_one_fix_that_can_not_be_taken_all_others_are_kept(
    bench: Bench, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    shift_id = open_shift(bench, actor)

    def refuses(room: pipeline.PipelineContext, batch: Batch, *phases: pipeline.Phase) -> None:
        if "bad" in {fix.id for fix in batch.fixes}:
            raise ValueError("year 40000 is out of range")
        process(room, batch, *phases)

    monkeypatch.setattr(loop, "process", refuses)
    fixes = walk(8)
    bench.send([*fixes[:5], a_fix(id="bad", at=T0 + 61), *fixes[5:]])
    bench.work()
    assert bench.facts(shift_id).fixes == 8
    assert [fix.id for fix in bench.worker.room.trails.read("G01", T0 - 60, T0 + 1e4)] == [fix.id for fix in fixes]
    [letter] = DeadLetters(bench.client).newest(10)
    assert [fix.id for fix in cast("FixBatch", decode(letter.raw)).fixes] == ["bad"]


def test_what_was_stored_without_being_confirmed_and_is_sent_again_counts_once(bench: Bench, actor: Actor) -> None:
    """Another entry, other company, another stream: a fix is known by its id."""
    shift_id = open_shift(bench, actor)
    fixes = [*walk(8), *(a_fix(id=f"off-{n}", guard_id="G02", at=T0 + n) for n in range(30))]
    bench.send(fixes[:5])
    bench.work()
    bench.send(fixes)
    bench.send(fixes[3:], LATE)
    bench.work()
    bench.send([*reversed(fixes)])
    bench.work()
    assert bench.facts(shift_id).fixes == 8
    assert [fix.id for fix in bench.worker.room.trails.read("G01", T0 - 60, T0 + 1e4)] == [fix.id for fix in walk(8)]
    (counted,) = bench.client.hvals(keys.off_shift_counts())  # type: ignore[misc]
    assert abs(int(counted) - 30) <= 1


def test_late_fixes_that_put_an_arrival_in_doubt_take_it_back(bench: Bench, actor: Actor) -> None:
    open_shift(bench, actor)
    with bench.store.write() as session:
        sent = dispatches.do_call(session, actor, IncidentPlace("in-1", 119.22, 34.0), "G01", T0).id
        dispatches.do_accept(session, actor, sent, T0 + 1)
    bench.send([*walk(1, lon=119.2), *walk(1, start=60, lon=119.22)])  # 1,840 m in a minute: by car
    bench.work()
    with bench.store.read() as session:
        row = session.get_one(Dispatch, sent)
        assert (row.state, row.arrived_fix_id) == ("arrived", "fx-G01-000060")
    bench.send(walk(1, start=45, lon=119.2), LATE)  # 15 s before he still was where he began
    bench.work()
    with bench.store.read() as session:
        row = session.get_one(Dispatch, sent)
        assert (row.state, row.arrived_at, row.arrived_fix_id) == ("accepted", None, None)
    bench.send(walk(1, start=120, lon=119.22))
    bench.work()
    with bench.store.read() as session:
        row = session.get_one(Dispatch, sent)
        assert (row.state, row.arrived_fix_id) == ("arrived", "fx-G01-000120")


def test_a_shift_keeps_the_rules_it_was_scored_with_and_new_ones_follow_the_file(
    bench: Bench, actor: Actor, settings: Settings, tmp_path: Path
) -> None:
    body, file = settings.rules_file.read_text(encoding="utf-8"), tmp_path / "rules.toml"
    file.write_text(body)
    bench.worker.room.settings = settings.model_copy(update={"rules_file": file})
    one, two = open_shift(bench, actor, "G01"), open_shift(bench, actor, "G02")
    bench.send(walk(11, lon=119.208, guard="G01"))
    with bench.store.write() as session:
        shifts.do_close(session, actor, one, T0 + 300)
    bench.work()
    file.write_text(body.replace("points = 40", "points = 80").replace('version = "2"', 'version = "3"'))
    bench.send(walk(10, start=165, lon=119.2115, guard="G01"), LATE)
    bench.send(walk(11, guard="G02"))
    with bench.store.write() as session:
        shifts.do_close(session, actor, two, T0 + 150)
    bench.work()
    assert bench.points(one, "presence") == (round(40 * 150 / 285, 3), 40)
    assert bench.points(two, "presence") == (80, 80)
    file.write_text("nonsense")
    bench.worker = PatrolWorker(bench.worker.room.settings, bench.store, bench.client, bench.clock, threading.Event())
    bench.work(73 * 3600)
    assert bench.points(two, "presence") == (80, 80)


def test_two_phones_at_the_very_same_degrees_are_a_doubt_that_a_person_looks_at(bench: Bench, actor: Actor) -> None:
    one = open_shift(bench, actor, "G01")
    open_shift(bench, actor, "G02")
    bench.send([*walk(5, guard="G01"), *walk(3, guard="G02")])
    with bench.store.write() as session:
        shifts.do_close(session, actor, one, T0 + 60)
    bench.work()
    assert [(doubt.kind, doubt.count) for doubt in bench.facts(one).doubts] == [("shared_position", 5)]
    assert bench.facts(one).confirmed_s == 60


def test_a_partition_has_one_worker_and_a_second_takes_over(redis_client: redis.Redis) -> None:
    clock = SystemClock()
    first, second = Lease(redis_client, 0, clock), Lease(redis_client, 0, clock)
    assert first.take()
    with first.kept():
        assert first.take()
        assert not second.take()
    assert second.take()
    assert 0 < cast("int", redis_client.pttl(keys.partition_lease(0))) <= 10_000
    redis_client.delete(keys.partition_lease(0))  # the second was killed, and its time ran out
    assert first.take()
    assert not second.take()


def test_a_worker_that_lost_its_partition_stops_work_on_it(
    settings: Settings, store: Store, redis_client: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("patrol.worker.lease.RENEW_S", 0.05)
    worker = PatrolWorker(settings, store, redis_client, SystemClock(), threading.Event())
    thread = threading.Thread(target=worker.run_once, daemon=True)
    thread.start()
    until = time.monotonic() + 20
    while not redis_client.exists(keys.partition_lease(0)) and time.monotonic() < until:
        time.sleep(0.01)
    redis_client.set(keys.partition_lease(0), "another")
    thread.join(20)
    assert not thread.is_alive()
    assert redis_client.get(keys.partition_lease(0)) == b"another"


def start_worker(settings: Settings) -> subprocess.Popen[bytes]:
    env = {**os.environ, "LIANQIN_RUN_DIR": str(settings.run_dir), "LIANQIN_REDIS_URL": settings.redis_url,
           "LIANQIN_LOG_LEVEL": "ERROR",
           "LIANQIN_TRAIL_DAYS": "36500"}  # fmt: skip  # it runs on today's clock: T0 must not be past its term
    return subprocess.Popen([sys.executable, "-m", "patrol"], env=env, cwd=Path(__file__).resolve().parents[3])


def fixes_of(store: Store, shift_id: str) -> int:
    with store.read() as session:
        return shift_facts.facts_of(session.get_one(Shift, shift_id)).fixes


def wait_for_progress(store: Store, shift_id: str, before: int) -> None:
    """Until there are more fixes in the shift than the `before` that its worker began with."""
    until = time.monotonic() + 60
    while fixes_of(store, shift_id) == before:
        assert time.monotonic() < until, "the worker takes nothing"
        time.sleep(0.01)


@pytest.mark.chaos
def test_2000_fixes_survive_a_worker_killed_three_times(
    store: Store, settings: Settings, redis_server: EmbeddedRedis, redis_client: redis.Redis, actor: Actor
) -> None:
    ours = settings.model_copy(update={"redis_url": redis_server.url})
    with store.write() as session:
        shift_id = shifts.do_open(session, actor, "G01", None, 8, T0).id
    publisher = Publisher(redis_client)
    fixes = [msgspec.structs.replace(fix, lat=34.0 + n % 97 * 1e-5) for n, fix in enumerate(walk(2000))]  # it trembles
    chance, killed, taken = random.Random(5), 0, 0
    worker = start_worker(ours)
    try:
        for start in range(0, 2000, 5):
            stream = LATE if start % 50 == 45 else LIVE
            publisher.publish(stream, FixBatch(tuple(fixes[start : start + 5])))
            if start in {500, 1000, 1500}:
                wait_for_progress(store, shift_id, taken)
                time.sleep(chance.uniform(0, 0.3))
                worker.send_signal(signal.SIGKILL)
                worker.wait()
                killed += 1
                taken = fixes_of(store, shift_id)
                redis_client.delete(keys.partition_lease(0))  # as after its ten seconds
                publisher.publish(LIVE, FixBatch(tuple(fixes[start : start + 5])))  # a phone that heard no answer
                worker = start_worker(ours)
        until = time.monotonic() + 120
        while fixes_of(store, shift_id) != 2000 and time.monotonic() < until:
            time.sleep(0.1)
    finally:
        worker.terminate()
        worker.wait(timeout=20)
    with store.read() as session:
        facts = shift_facts.facts_of(session.get_one(Shift, shift_id))
        assert session.scalar(select(func.count()).select_from(Visit)) == 1
    assert (facts.fixes, facts.confirmed_s) == (2000, 1999 * 15)
    assert killed == 3
    assert [fix.id for fix in TrailStore(ours.trails).read("G01", T0, T0 + 1e6)] == [fix.id for fix in fixes]
