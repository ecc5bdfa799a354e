"""The worker's transactions read no trail: what a verdict or an arrival rests on is read before, and again where another worker added to it."""

from __future__ import annotations

import threading
from typing import Any

import pytest
import redis
from sqlalchemy import select

from lianqin import keys
from lianqin.audit import Actor
from lianqin.bus import Publisher
from lianqin.db import Store
from lianqin.records import Fix, FixBatch
from lianqin.settings import Settings
from lianqin.testing import T0, FakeClock, a_fix
from patrol.calls import calls
from patrol.calls.tables import PointCall
from patrol.dispatch import dispatches
from patrol.dispatch.dispatches import IncidentPlace
from patrol.dispatch.tables import Dispatch
from patrol.duty import shifts
from patrol.trails.store import TrailStore
from patrol.worker.loop import PatrolWorker, drain
from tests.lock_watch import is_held, watched


def fixes_at(*seconds: float, lon: float = 119.2) -> list[Fix]:
    return [
        a_fix(id=f"fx-{one:06.0f}", guard_id="G01", at=T0 + one, received_at=T0 + one + 1, lon=lon) for one in seconds
    ]


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def worker(settings: Settings, store: Store, redis_client: redis.Redis, clock: FakeClock) -> PatrolWorker:
    return PatrolWorker(settings, store, redis_client, clock, threading.Event())


def work(worker: PatrolWorker, clock: FakeClock, seconds: float = 2) -> None:
    clock.advance(seconds)
    drain(worker)
    clock.advance(2)
    worker.turn(block=0.01)


def answered_call(store: Store, actor: Actor) -> str:
    """By the app, without a place: a fix speaks for it."""
    with store.write() as session:
        call = calls.do_call_by_name(session, actor, "G01", "抽查", T0 + 40, T0 + 35)
        calls.do_receipt(session, actor, call.id, T0 + 41)
        calls.do_answer(session, actor, call.id, T0 + 46, None, T0 + 47)
        return call.id


def test_no_trail_and_no_redis_is_read_under_the_write_lock(
    worker: PatrolWorker,
    clock: FakeClock,
    store: Store,
    actor: Actor,
    redis_client: redis.Redis,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with store.write() as session:
        shift_id = shifts.do_open(session, actor, "G01", None, 8, T0).id
        sent = dispatches.do_call(session, actor, IncidentPlace("in-1", 119.203, 34.0), "G01", T0).id
    whole, read, held = TrailStore.read, [0], [0]

    def counted(self: TrailStore, *arguments: Any) -> list[Fix]:
        read[0] += 1
        held[0] += is_held()
        return whole(self, *arguments)

    monkeypatch.setattr(TrailStore, "read", counted)
    publisher = Publisher(redis_client)
    with watched(monkeypatch) as lock:
        publisher.publish(keys.fixes(0, late=False), FixBatch(tuple(fixes_at(0, 15, 30) + fixes_at(45, lon=119.203))))
        work(worker, clock)
        with store.write() as session:
            dispatches.do_done(session, actor, sent, "", T0 + 47)
        call_id = answered_call(store, actor)
        work(worker, clock)
        publisher.publish(keys.fixes(0, late=True), FixBatch(tuple(fixes_at(44, 46, lon=119.2031))))
        work(worker, clock)
        with store.write() as session:
            shifts.do_close(session, actor, shift_id, T0 + 300)
        work(worker, clock)
    with store.read() as session:
        assert session.get_one(Dispatch, sent).arrived_at is not None
        call = session.get_one(PointCall, call_id)
        assert (call.verdict, call.evidence["fix_id"]) == ("confirmed", "fx-000046"), "given again with the nearer fix"
    assert read[0] > 0
    assert held[0] == 0
    assert lock.transactions > 0
    assert lock.found == []


def test_a_fix_that_another_worker_added_in_between_still_speaks_for_its_call(
    worker: PatrolWorker,
    clock: FakeClock,
    store: Store,
    actor: Actor,
    redis_client: redis.Redis,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with store.write() as session:
        shifts.do_open(session, actor, "G01", None, 8, T0)
    Publisher(redis_client).publish(keys.fixes(0, late=False), FixBatch(tuple(fixes_at(0, 15, 30))))
    work(worker, clock)
    call_id = answered_call(store, actor)
    settle_due = calls.settle_due

    def after_another(*arguments: Any) -> list[PointCall]:
        worker.room.trails.append("another-worker", fixes_at(45))
        return settle_due(*arguments)

    monkeypatch.setattr("patrol.worker.loop.calls.settle_due", after_another)
    clock.advance(30 * 60)  # what has no fix near it is unknown by now
    worker.tick()
    with store.read() as session:
        call = session.scalars(select(PointCall).where(PointCall.id == call_id)).one()
        assert (call.verdict, call.evidence["fix_id"]) == ("confirmed", "fx-000045")
