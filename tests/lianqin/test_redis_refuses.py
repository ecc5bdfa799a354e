"""A real Valkey that answers with an error, in every state that has one: records are spooled and follow once it writes again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from lianqin import keys, outbox
from lianqin.bus import Consumer, FencingToken, Publisher, connect
from lianqin.db import Base, Store, open_engine
from lianqin.embedded import EmbeddedRedis
from lianqin.errors import BusUnavailable, RecordError
from lianqin.records import Camera, decode
from lianqin.spool import Spool
from lianqin.testing import a_camera, an_alert
from tests.redis_states import STATES, Pair, State, a_pair


@pytest.fixture(params=STATES)
def state(request: pytest.FixtureRequest) -> State:
    return STATES[request.param]


def ids(client: redis.Redis) -> list[str]:
    return [decode(fields[b"r"]).id for _, fields in client.xrange(keys.ALERTS)]  # type: ignore[union-attr]


def test_a_server_that_refuses_is_away_records_are_spooled_and_follow_in_order(
    redis_server: EmbeddedRedis, redis_client: redis.Redis, tmp_path: Path, state: State
) -> None:
    publisher = Publisher(connect(redis_server.url), Spool(tmp_path, limit_bytes=1 << 20))
    fence = FencingToken(keys.camera_fence("C01"), 1)
    publisher.publish(keys.ALERTS, an_alert(id="al-0"))
    state.begin(redis_client, redis_server)
    with pytest.raises(redis.exceptions.ResponseError):
        connect(redis_server.url).xadd(keys.ALERTS, {b"r": b"{}"})
    publisher.publish(keys.ALERTS, an_alert(id="al-1"), an_alert(id="al-2"))
    assert publisher.publish_fenced(keys.ALERTS, an_alert(id="al-3"), fence)
    assert publisher.publish_fenced(keys.ALERTS, an_alert(id="al-4"), fence)
    assert not publisher.flush()
    assert publisher.spooled_bytes > 0
    state.end(redis_client, redis_server)
    assert publisher.flush()
    publisher.publish(keys.ALERTS, an_alert(id="al-5"))
    assert ids(redis_client) == [f"al-{n}" for n in range(6)]


def test_a_fenced_record_first_met_by_a_refusal_is_spooled_too(
    redis_server: EmbeddedRedis, redis_client: redis.Redis, tmp_path: Path, state: State
) -> None:
    publisher = Publisher(connect(redis_server.url), Spool(tmp_path, limit_bytes=1 << 20))
    state.begin(redis_client, redis_server)
    assert publisher.publish_fenced(keys.ALERTS, an_alert(id="al-0"), FencingToken(keys.camera_fence("C01"), 1))
    state.end(redis_client, redis_server)
    assert publisher.flush()
    assert ids(redis_client) == ["al-0"]


def test_without_a_spool_a_refusal_is_said_as_away(
    redis_server: EmbeddedRedis, redis_client: redis.Redis, state: State
) -> None:
    state.begin(redis_client, redis_server)
    with pytest.raises(BusUnavailable, match=r"bus\.away"):
        Publisher(connect(redis_server.url)).publish(keys.ALERTS, an_alert())
    state.end(redis_client, redis_server)


def test_the_relay_keeps_its_rows_until_redis_takes_them(
    redis_server: EmbeddedRedis, redis_client: redis.Redis, tmp_path: Path, state: State
) -> None:
    store = a_store(tmp_path)
    relay = outbox.Relay(store, connect(redis_server.url), {})
    with store.write() as session:
        outbox.put(session, "camera", "C01", a_camera())
    state.begin(redis_client, redis_server)
    with pytest.raises(redis.exceptions.RedisError):
        relay.run_once()
    state.end(redis_client, redis_server)
    assert relay.run_once() == 1
    assert redis_client.hlen(keys.followed("camera")) == 1
    assert relay.run_once() == 0


def a_store(folder: Path) -> Store:
    engine = open_engine(f"sqlite:///{folder / 'l.db'}")
    Base.metadata.create_all(engine)
    return Store(engine)


def test_a_busy_server_and_one_with_a_password_are_away_too(redis_server: EmbeddedRedis, redis_client: redis.Redis, tmp_path: Path) -> None:  # fmt: skip
    publisher = Publisher(connect(redis_server.url), Spool(tmp_path, limit_bytes=1 << 20))
    redis_client.config_set("requirepass", "s")
    publisher.publish(keys.ALERTS, an_alert(id="al-0"))
    connect(redis_server.url.replace("unix://", "unix://:s@")).config_set("requirepass", "")
    redis_client.config_set("busy-reply-threshold", "1")
    endless = connect(redis_server.url, timeout=0.2)
    with pytest.raises(redis.exceptions.TimeoutError):
        endless.eval("while true do end", 0)
    publisher.publish(keys.ALERTS, an_alert(id="al-1"))
    connect(redis_server.url).script_kill()
    while not publisher.flush():
        pass
    assert ids(redis_client) == ["al-0", "al-1"]


def test_a_consumer_says_away_for_any_refusal(redis_server: EmbeddedRedis, redis_client: redis.Redis) -> None:
    Publisher(redis_client).publish(keys.ALERTS, an_alert())
    consumer = Consumer(connect(redis_server.url), [keys.ALERTS], "console", "a")
    entries = consumer.poll(0.01)
    redis_client.replicaof("127.0.0.1", "1")
    for work in (lambda: consumer.poll(0.01), lambda: consumer.ack(entries)):
        with pytest.raises(BusUnavailable):
            work()


LONG = "y" * (2 << 20)
"""Longer than a Redis takes whose `proto-max-bulk-len` is at its least; it closes the connection under it."""


@pytest.fixture
def narrow(redis_client: redis.Redis) -> redis.Redis:
    redis_client.config_set("proto-max-bulk-len", str(1 << 20))
    return redis_client


def test_one_that_redis_never_takes_is_set_apart_and_the_others_follow(
    redis_server: EmbeddedRedis, narrow: redis.Redis, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    spool = Spool(tmp_path, limit_bytes=1 << 24)
    publisher = Publisher(connect(redis_server.url), spool)
    fence = FencingToken(keys.camera_fence("C01"), 1)
    publisher.publish(keys.ALERTS, an_alert(id="al-0"), an_alert(id="al-x", rule_version=LONG), an_alert(id="al-1"))
    publisher.publish_fenced(keys.ALERTS, an_alert(id="al-y", rule_version=LONG), fence)
    publisher.publish_fenced(keys.ALERTS, an_alert(id="al-2"), fence)
    assert (spool.empty, spool.damaged) == (True, 2)
    assert ids(narrow)[-2:] == ["al-1", "al-2"]
    assert set(ids(narrow)) == {"al-0", "al-1", "al-2"}
    assert "Redis never takes it" in capfd.readouterr().out


def test_one_that_waited_beside_others_is_set_apart_once_redis_is_there(
    redis_server: EmbeddedRedis, narrow: redis.Redis, tmp_path: Path
) -> None:
    spool = Spool(tmp_path, limit_bytes=1 << 24)
    publisher = Publisher(connect(redis_server.url), spool)
    redis_server.kill()
    for name, words in (("al-0", "1"), ("al-x", LONG), ("al-1", "1")):
        publisher.publish(keys.ALERTS, an_alert(id=name, rule_version=words))
    assert spool.damaged == 0, "while it is away nobody knows"
    redis_server.start()
    narrow.config_set("proto-max-bulk-len", str(1 << 20))
    assert publisher.flush()
    assert (spool.empty, spool.damaged) == (True, 1)
    assert set(ids(narrow)) == {"al-0", "al-1"}


def test_without_a_spool_one_that_redis_never_takes_is_said_to_its_sender(
    redis_server: EmbeddedRedis, narrow: redis.Redis
) -> None:
    with pytest.raises(RecordError, match=r"record\.refused"):
        Publisher(connect(redis_server.url)).publish(keys.ALERTS, an_alert(rule_version=LONG))
    assert ids(narrow) == []


# --- replicas ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def pair() -> Iterator[Pair]:
    with a_pair() as both:
        yield both


def test_a_record_is_forgotten_only_once_the_replica_has_it(pair: Pair, tmp_path: Path) -> None:
    publisher = Publisher(connect(pair.primary.url), Spool(tmp_path, limit_bytes=1 << 20), replicas=1)
    fence = FencingToken(keys.camera_fence("C01"), 1)
    publisher.publish(keys.ALERTS, an_alert(id="al-0"))
    assert publisher.publish_fenced(keys.ALERTS, an_alert(id="al-1"), fence)
    assert (ids(pair.to_replica), publisher.spooled_bytes) == (["al-0", "al-1"], 0)
    pair.cut()
    assert publisher.publish_fenced(keys.ALERTS, an_alert(id="al-2"), fence)
    publisher.publish(keys.ALERTS, an_alert(id="al-3"))
    held = publisher.spooled_bytes
    assert held > 0
    length = pair.to_primary.xlen(keys.ALERTS)
    for _ in range(3):
        assert not publisher.flush()
    assert pair.to_primary.xlen(keys.ALERTS) == length, (
        "a try that can't be confirmed does not store it again and again"
    )
    assert publisher.spooled_bytes == held
    pair.join()
    assert publisher.flush()
    assert set(ids(pair.to_replica)) == {f"al-{n}" for n in range(4)}
    pair.primary.kill()
    pair.to_replica.replicaof("NO", "ONE")
    assert set(ids(pair.to_replica)) == {f"al-{n}" for n in range(4)}


def test_without_replicas_asked_for_nobody_waits_for_one(pair: Pair, tmp_path: Path) -> None:
    publisher = Publisher(connect(pair.primary.url), Spool(tmp_path, limit_bytes=1 << 20))
    pair.cut()
    publisher.publish(keys.ALERTS, an_alert(id="al-0"))
    assert (ids(pair.to_primary), publisher.spooled_bytes) == (["al-0"], 0)


def test_the_relay_forgets_a_row_only_once_the_replica_has_it(pair: Pair, tmp_path: Path) -> None:
    store = a_store(tmp_path)

    def current(_session: object) -> dict[str, Camera]:
        return {"C01": a_camera()}

    relay = outbox.Relay(store, connect(pair.primary.url), {"camera": current}, replicas=1)
    relay.run_once()
    assert pair.to_replica.hkeys(keys.followed("camera")) == [b"C01"]
    with store.write() as session:
        outbox.put(session, "camera", "C02", a_camera(id="C02"))
    pair.cut()
    for _ in range(2):
        with pytest.raises(BusUnavailable, match=r"bus\.unconfirmed"):
            relay.run_once()
    pair.join()
    assert relay.run_once() == 1
    assert set(pair.to_replica.hkeys(keys.followed("camera"))) == {b"C01", b"C02"}
