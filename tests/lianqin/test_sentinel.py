"""Redis found by its Sentinels: addresses, what a log may say of them, and a real failover."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

from lianqin import keys, outbox
from lianqin.bus import Consumer, Publisher, connect
from lianqin.db import Base, Store, open_engine
from lianqin.errors import BusUnavailable, SettingsError
from lianqin.follow import Follower
from lianqin.records import Camera, decode
from lianqin.spool import Spool
from lianqin.testing import a_camera, an_alert
from lianqin.waiting import redis_need
from tests.redis_states import Watched, watched


@pytest.mark.parametrize(
    ("address", "where"),
    [
        ("sentinel://a:26379,b:26380/county", "county by a:26379, b:26380"),
        ("sentinel://a,[::1]:26380/county/2", "county by a:26379, ::1:26380"),
        ("sentinel://u:geheim%40@a/county?sentinel_password=geheim&tls=true", "county by a:26379"),
    ],
)
def test_an_address_of_sentinels_is_read_and_named_without_a_password(address: str, where: str) -> None:
    assert redis_need(connect(address)).where == where


def test_what_the_address_says_is_what_is_connected_with() -> None:
    client = connect("sentinel://u:p%40ss@a/county/2?sentinel_user=s&sentinel_password=w&tls=true", timeout=0.5)
    told: Any = client.connection_pool.connection_kwargs
    assert (told["username"], told["password"], told["db"], told["socket_timeout"]) == ("u", "p@ss", 2, 0.5)
    pool: Any = client.connection_pool
    asked = pool.sentinel_manager.sentinels[0].connection_pool
    assert (asked.connection_kwargs["username"], asked.connection_kwargs["password"]) == ("s", "w")
    assert asked.connection_class is redis.SSLConnection
    assert issubclass(pool.connection_class, redis.SSLConnection)


@pytest.mark.parametrize("address", ["sentinel://a:26379", "sentinel:///county", "sentinel://a:x/county", "sentinel://a/county/x",
                                     "sentinel://a,,b/county", "sentinel://a:geheim@b/county?tsl=true"])  # fmt: skip
def test_an_address_that_is_none_is_refused_with_how_to_write_it(address: str) -> None:
    with pytest.raises(SettingsError, match="sentinel://host:26379") as error:
        connect(address)
    assert "geheim" not in str(error.value)


def test_sentinels_that_nobody_answers_for_are_away_and_the_wait_says_whom_it_waits_for() -> None:
    need = redis_need(connect("sentinel://127.0.0.1:1,127.0.0.1:2/county", timeout=0.5))
    assert "county" in need.lack()


@pytest.fixture(scope="module")
def house() -> Iterator[Watched]:
    with watched() as made:
        yield made


def until(look: Any, seconds: float = 60.0) -> Any:
    end = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < end
        time.sleep(0.05)
    return found


def test_after_a_failover_each_writer_and_reader_finds_the_new_primary(house: Watched, tmp_path: Path) -> None:
    """The old primary hangs, and comes back as a replica: connections that were open to it are not used any more."""
    publisher = Publisher(connect(house.url, timeout=1.0), Spool(tmp_path / "spool", limit_bytes=1 << 20), replicas=1)
    consumer = Consumer(connect(house.url, timeout=2.0), [keys.ALERTS], "console", "a")
    engine = open_engine(f"sqlite:///{tmp_path / 'l.db'}")
    Base.metadata.create_all(engine)
    store = Store(engine)
    cameras: dict[str, Camera] = {"C01": a_camera()}
    relay = outbox.Relay(store, connect(house.url, timeout=1.0), {"camera": lambda _: cameras}, replicas=1)
    follower = Follower(connect(house.url, timeout=1.0), "camera")
    publisher.publish(keys.ALERTS, an_alert(id="al-0"))
    relay.run_once()
    assert set(follower.poll() or {}) == {"C01"}
    consumer.ack(consumer.poll(0.1))
    before = house.primary()
    process: Any = house.servers[before]._process
    process.send_signal(signal.SIGSTOP)
    publisher.publish(keys.ALERTS, an_alert(id="al-1"))
    assert publisher.spooled_bytes > 0
    with store.write() as session:
        outbox.put(session, "camera", "C02", a_camera(id="C02"))
    cameras["C02"] = a_camera(id="C02")
    until(lambda: house.primary() != before)
    process.send_signal(signal.SIGCONT)
    until(publisher.flush)
    publisher.publish(keys.ALERTS, an_alert(id="al-2"))
    until(lambda: published(relay))
    assert set(until(lambda: polled(follower))) == {"C01", "C02"}
    came = set[str]()
    until(lambda: came.update(one.record.id for one in taken(consumer)) or came >= {"al-1", "al-2"})
    raw: Any = connect(house.url).xrange(keys.ALERTS)
    assert {decode(fields[b"r"]).id for _, fields in raw} >= {"al-1", "al-2"}  # type: ignore[union-attr]
    engine.dispose()


def published(relay: outbox.Relay) -> bool:
    try:
        return relay.run_once() == 1
    except (redis.exceptions.RedisError, BusUnavailable):
        return False


def polled(follower: Follower) -> Any:
    try:
        return follower.poll()
    except redis.exceptions.RedisError:
        return None


def taken(consumer: Consumer) -> Any:
    try:
        return consumer.poll(0.1)
    except BusUnavailable:
        return []
