"""Publish, consume, reclaim, trim and spool on a real server that gets killed."""

from __future__ import annotations

from pathlib import Path

import pytest
import redis

from lianqin import keys
from lianqin.bus import Consumer, Publisher, connect, trim
from lianqin.embedded import EmbeddedRedis
from lianqin.errors import BusUnavailable, ConflictError
from lianqin.records import Alert
from lianqin.spool import Spool
from lianqin.testing import an_alert


def alerts(count: int, start: int = 0) -> list[Alert]:
    return [an_alert(id=f"al-{n:04d}") for n in range(start, start + count)]


def drain(consumer: Consumer, *, ack: bool = True, rounds: int = 20) -> list[str]:
    seen = []
    for _ in range(rounds):
        entries = consumer.poll(block=0.02)
        seen += [entry.record.id for entry in entries if isinstance(entry.record, Alert)]
        if ack:
            consumer.ack(entries)
    return seen


def stored(client: redis.Redis) -> int:
    return int(client.xlen(keys.ALERTS))


def test_what_is_published_arrives_once_and_in_order(redis_client: redis.Redis) -> None:
    Publisher(redis_client).publish(keys.ALERTS, *alerts(150))
    consumer = Consumer(redis_client, [keys.ALERTS], "console", "a")
    assert drain(consumer) == [f"al-{n:04d}" for n in range(150)]
    assert drain(consumer) == []


def test_a_consumer_that_comes_back_gets_first_what_it_never_acknowledged(redis_client: redis.Redis) -> None:
    Publisher(redis_client).publish(keys.ALERTS, *alerts(3))
    assert drain(Consumer(redis_client, [keys.ALERTS], "console", "a"), ack=False) == ["al-0000", "al-0001", "al-0002"]
    Publisher(redis_client).publish(keys.ALERTS, *alerts(1, start=3))
    again = Consumer(redis_client, [keys.ALERTS], "console", "a")
    assert drain(again) == ["al-0000", "al-0001", "al-0002", "al-0003"]


def test_what_a_dead_consumer_left_pending_is_reclaimed_by_another(redis_client: redis.Redis) -> None:
    Publisher(redis_client).publish(keys.ALERTS, *alerts(3))
    assert len(drain(Consumer(redis_client, [keys.ALERTS], "console", "dead"), ack=False)) == 3
    other = Consumer(redis_client, [keys.ALERTS], "console", "alive", reclaim_after=0.05)
    assert drain(other) == ["al-0000", "al-0001", "al-0002"]
    pending = redis_client.xpending(keys.ALERTS, "console")
    assert pending["pending"] == 0


def test_trimming_never_passes_the_slowest_group(redis_client: redis.Redis) -> None:
    Publisher(redis_client).publish(keys.ALERTS, *alerts(10))
    fast = Consumer(redis_client, [keys.ALERTS], "fast", "a")
    slow = Consumer(redis_client, [keys.ALERTS], "slow", "a", batch=4)
    first = slow.poll(block=0.02)
    drain(fast)
    slow.ack(first[:2])  # two done, two pending, six unread
    trim(redis_client, keys.ALERTS)
    assert stored(redis_client) == 8
    assert drain(slow) == [f"al-{n:04d}" for n in range(4, 10)]
    late = Consumer(redis_client, [keys.ALERTS], "slow", "a")
    assert drain(late) == ["al-0002", "al-0003"]
    trim(redis_client, keys.ALERTS)
    assert stored(redis_client) == 0


def test_a_stream_without_a_reader_is_not_trimmed(redis_client: redis.Redis) -> None:
    Publisher(redis_client).publish(keys.ALERTS, *alerts(5))
    trim(redis_client, keys.ALERTS)
    assert stored(redis_client) == 5


def test_an_entry_that_nobody_can_read_is_set_apart_with_its_reason(redis_client: redis.Redis) -> None:
    redis_client.xadd(keys.ALERTS, {"r": b'{"type":"alert","id":3}'})
    Publisher(redis_client).publish(keys.ALERTS, *alerts(1))
    assert drain(Consumer(redis_client, [keys.ALERTS], "console", "a")) == ["al-0000"]
    [(_, fields)] = redis_client.xrange(keys.DEAD)
    assert b"record.unreadable" in fields[b"why"]


def test_earlier_streams_come_first(redis_client: redis.Redis) -> None:
    live, late = keys.fixes(0, late=False), keys.fixes(0, late=True)
    publisher = Publisher(redis_client)
    publisher.publish(late, *alerts(2))
    publisher.publish(live, *alerts(2, start=5))
    assert drain(Consumer(redis_client, [live, late], "patrol", "a")) == ["al-0005", "al-0006", "al-0000", "al-0001"]


def test_while_redis_is_away_records_are_spooled_and_follow_in_order(
    redis_server: EmbeddedRedis, tmp_path: Path
) -> None:
    client = connect(redis_server.url)
    publisher = Publisher(client, Spool(tmp_path, limit_bytes=1 << 20))
    publisher.publish(keys.ALERTS, *alerts(2))
    redis_server.kill()
    for alert in alerts(20, start=2):
        publisher.publish(keys.ALERTS, alert)
    assert publisher.spooled_bytes > 0
    redis_server.start()
    publisher.publish(keys.ALERTS, *alerts(1, start=22))  # behind what is spooled
    assert publisher.flush()
    assert publisher.spooled_bytes == 0
    assert drain(Consumer(client, [keys.ALERTS], "console", "a")) == [f"al-{n:04d}" for n in range(23)]


def test_a_spool_survives_its_process_and_drops_only_a_torn_line(tmp_path: Path) -> None:
    spool = Spool(tmp_path, limit_bytes=1 << 20)
    spool.append([("s", b'{"n":1}'), ("s", b'{"n":2}')])
    spool.close()
    with (tmp_path / "spool.log").open("ab") as file:
        file.write(b's {"n":3')  # the power went here: never acknowledged
    sent: list[tuple[str, bytes]] = []
    again = Spool(tmp_path, limit_bytes=1 << 20)
    assert again.drain(sent.extend) == 2
    assert sent == [("s", b'{"n":1}'), ("s", b'{"n":2}')]
    assert again.empty


def test_a_full_spool_says_so_and_keeps_what_it_has(tmp_path: Path) -> None:
    spool = Spool(tmp_path, limit_bytes=20)
    spool.append([("s", b"0123456789")])
    with pytest.raises(BusUnavailable, match=r"spool\.full"):
        spool.append([("s", b"0123456789")])
    sent: list[tuple[str, bytes]] = []
    assert spool.drain(sent.extend) == 1


def test_two_processes_can_not_share_a_spool(tmp_path: Path) -> None:
    first = Spool(tmp_path, limit_bytes=100)
    with pytest.raises(ConflictError, match=r"spool\.taken"):
        Spool(tmp_path, limit_bytes=100)
    first.close()


def test_without_a_spool_publishing_to_an_absent_redis_is_an_error(redis_server: EmbeddedRedis) -> None:
    client = connect(redis_server.url)
    redis_server.kill()
    with pytest.raises(BusUnavailable):
        Publisher(client).publish(keys.ALERTS, an_alert())
    with pytest.raises(BusUnavailable):
        Consumer(client, [keys.ALERTS], "console", "a").poll(block=0.01)


def test_a_redis_that_comes_back_empty_gets_its_groups_again(redis_server: EmbeddedRedis) -> None:
    client = connect(redis_server.url)
    consumer = Consumer(client, [keys.ALERTS], "console", "a")
    assert consumer.poll(block=0.01) == []
    client.flushall()
    Publisher(client).publish(keys.ALERTS, an_alert())
    assert drain(consumer) == ["al-0001"]
