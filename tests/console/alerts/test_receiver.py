"""From the bus to the record, exactly once: repeats, poison, a database that is away, and kill -9 while alerts pass."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import redis
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from console.alerts.receiving import Receiver
from console.alerts.tables import LATE, AlertRow
from console.attention.tables import Escalation
from console.http.metrics import Metrics
from lianqin import feed, keys
from lianqin.bus import Publisher
from lianqin.clock import SystemClock
from lianqin.db import Store
from lianqin.errors import UnavailableError
from lianqin.records import Evidence
from lianqin.testing import T0, an_alert

ROOT = Path(__file__).resolve().parents[3]


def a_receiver(store: Store, client: redis.Redis, name: str = "console-1", metrics: Metrics | None = None) -> Receiver:
    return Receiver(store, client, name, SystemClock(), metrics or Metrics(), keep_days=180)


def stored(store: Store) -> list[str]:
    with store.read() as session:
        return list(session.scalars(select(AlertRow.id).order_by(AlertRow.id)))


def test_what_is_published_is_stored_then_acknowledged(store: Store, redis_client: redis.Redis) -> None:
    metrics = Metrics()
    bus = Publisher(redis_client)
    bus.publish(keys.ALERTS, an_alert(), an_alert(), an_alert(id="al-2"), Evidence("al-2", "C01", T0, (), "x/y.mp4"))
    a_receiver(store, redis_client, metrics=metrics).run_once(0.05)
    assert stored(store) == ["al-0001", "al-2"]
    assert redis_client.xpending(keys.ALERTS, keys.CONSOLE_GROUP)["pending"] == 0  # type: ignore[index]
    assert b'lianqin_alerts_received_total{situation="intrusion"} 2.0' in metrics.text()
    assert b"lianqin_alerts_repeated_total 1.0" in metrics.text()
    assert b"lianqin_capture_to_stored_seconds_count 2.0" in metrics.text()


def test_one_record_that_the_database_refuses_blocks_nobody(store: Store, redis_client: redis.Redis) -> None:
    metrics = Metrics()
    Publisher(redis_client).publish(keys.ALERTS, an_alert(id="al-1"), an_alert(id="al-2", model="x" * 500), an_alert(id="al-3"))  # fmt: skip
    a_receiver(store, redis_client, metrics=metrics).run_once(0.05)
    assert stored(store) == ["al-1", "al-3"]
    [(_, dead)] = redis_client.xrange(keys.DEAD)  # type: ignore[misc]
    assert b"al-2" in dead[b"raw"]
    assert redis_client.xpending(keys.ALERTS, keys.CONSOLE_GROUP)["pending"] == 0  # type: ignore[index]


def test_while_the_database_is_away_entries_wait_and_come_again(
    store: Store, redis_client: redis.Redis, monkeypatch: Any
) -> None:
    Publisher(redis_client).publish(keys.ALERTS, an_alert())
    receiver = a_receiver(store, redis_client)

    def away(*_: Any) -> None:
        raise OperationalError("INSERT", {}, Exception("disk I/O error"))

    with monkeypatch.context() as patch:
        patch.setattr("console.alerts.receiving.feed.push", lambda *a, **k: away())
        with pytest.raises(UnavailableError):
            receiver.run_once()
    assert stored(store) == []
    with store.read() as session:
        assert feed.after(session, 0) == []
    a_receiver(store, redis_client).run_once()  # the same name, started again: what was pending comes first
    assert stored(store) == ["al-0001"]


def test_two_replicas_share_the_stream_and_store_nothing_twice(store: Store, redis_client: redis.Redis) -> None:
    first, second = a_receiver(store, redis_client, "one"), a_receiver(store, redis_client, "two")
    for n in range(5):
        Publisher(redis_client).publish(keys.ALERTS, *[an_alert(id=f"al-{n}-{m}") for m in range(40)], an_alert(id="al-0-0"))  # fmt: skip
        (first if n % 2 else second).run_once(0.05)
    for _ in range(6):
        first.run_once(0.05)
        second.run_once(0.05)
    assert stored(store) == sorted(f"al-{n}-{m}" for n in range(5) for m in range(40))


@pytest.mark.chaos
def test_killed_again_and_again_while_alerts_pass_nothing_is_lost_or_doubled(
    settings: Any, store: Store, redis_client: redis.Redis
) -> None:
    environ = {
        **os.environ, "LIANQIN_RUN_DIR": str(settings.run_dir), "LIANQIN_DATABASE_URL": settings.database_url,
        "LIANQIN_REDIS_URL": settings.redis_url, "LIANQIN_CONSOLE_PORT": "0", "LIANQIN_INTAKE_IN_CONSOLE": "false",
    }  # fmt: skip
    published: list[str] = []
    bus = Publisher(redis_client)

    def start() -> subprocess.Popen[bytes]:
        return subprocess.Popen([sys.executable, "-m", "console"], cwd=ROOT, env=environ, stderr=subprocess.DEVNULL)

    process = start()
    try:
        deadline = time.monotonic() + 200  # a slow machine needs long for three starts
        for round_number in (1, 2):
            # Some wait before the start, more come while it takes them; then -9 in the middle.
            while len(published) < 100 * round_number:
                one = f"al-{len(published):04}"
                bus.publish(keys.ALERTS, an_alert(id=one))
                published.append(one)
                if len(published) % 100 == 50:
                    while len(stored(store)) < len(published) - 40:
                        assert time.monotonic() < deadline, "the console does not take alerts"
                        time.sleep(0.02)
            process.kill()
            process.wait()
            process = start()
        while len(stored(store)) < len(published) and time.monotonic() < deadline:
            time.sleep(0.1)
        assert stored(store) == published
        with store.read() as session:
            assert session.scalar(select(func.count()).select_from(AlertRow)) == len(set(published))
            told = Counter(row.object_id for row in feed.after(session, 0, 100_000) if row.topic == "alert")
            # On a slow machine some wait until they are escalated, or their clips given up: each is told of once more.
            again = Counter(session.scalars(select(Escalation.alert_id)))
            again.update(session.scalars(select(AlertRow.id).where(AlertRow.clip_error == LATE)))
        assert told == Counter(published) + again
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
