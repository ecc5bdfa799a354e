"""From the bus to the page: an alert is published, a client of the push stream hears of it.

The whole way from the camera's frame is measured over the running demo; this is the console's own share of it: receive,
commit, feed, fan out, and the stream's last step.
"""

from __future__ import annotations

import json
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import numpy as np

from bench.kit.figures import Figure
from console.access.passwords import hasher
from console.access.sessions import fingerprint
from console.access.tables import Account, LoginSession
from console.migrate import migrate
from console.server import make_server
from lianqin import keys, settings
from lianqin.bus import Publisher, connect
from lianqin.clock import SystemClock
from lianqin.db import Store, open_engine
from lianqin.embedded import EmbeddedRedis
from lianqin.records import new_id
from lianqin.testing import an_alert

ALERTS = 200
APART = 0.05
"""Seconds between alerts: far denser than a county raises them."""


@contextmanager
def _console(folder: Path) -> Iterator[str]:
    """A console on a free port with one operator who is logged in; gives its address."""
    redis_server = EmbeddedRedis(folder / "redis")
    redis_server.start()
    ours = settings.check(
        {"run_dir": folder, "redis_url": redis_server.url, "console_port": 0, "intake_in_console": False}
    )
    store = Store(open_engine(ours.database))
    migrate(store.engine)
    at = SystemClock().now()
    with store.write() as session:
        session.add(Account(id="op", username="op", password_hash=hasher.hash("x"), role="operator", name="op"))
        session.flush()
        session.add(
            LoginSession(token_sha256=fingerprint("t"), account_id="op", csrf="c", created_at=at, last_seen_at=at)
        )
    server = make_server(ours, store, connect(redis_server.url))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(15)
        redis_server.stop()
        store.engine.dispose()


def _hear(url: str, heard: dict[str, float], ready: threading.Event) -> None:
    """Note the moment at which each alert's id came; ends with the last."""
    headers = {"cookie": "lianqin_session=t"}
    with httpx.stream("GET", f"{url}/api/push", headers=headers, timeout=30) as answer:
        for line in answer.iter_lines():
            if line.startswith("data: "):
                ready.set()
                thing = json.loads(line[6:]).get("id")
                if thing:
                    heard.setdefault(thing, time.perf_counter())
                if len(heard) == ALERTS:
                    return


def run() -> list[Figure]:
    """p50, p95 and p99 in ms over 200 alerts; the limit is the house's 2 s for the whole way."""
    sent: dict[str, float] = {}
    heard: dict[str, float] = {}
    with tempfile.TemporaryDirectory(prefix="lqb-") as name, _console(Path(name)) as url:
        client = connect(f"unix://{Path(name) / 'redis' / 'redis.sock'}")
        bus, ready = Publisher(client), threading.Event()
        listener = threading.Thread(target=_hear, args=(url, heard, ready), daemon=True)
        listener.start()
        ready.wait(15)
        for _ in range(ALERTS):
            at = SystemClock().now()
            alert = an_alert(id=new_id("al", at), captured_at=at, published_at=at)
            sent[alert.id] = time.perf_counter()
            bus.publish(keys.ALERTS, alert)
            time.sleep(APART)
        listener.join(20)
        client.close()
    waits = np.array([heard[one] - began for one, began in sent.items() if one in heard]) * 1000
    lost = len(sent) - len(waits)
    return [
        Figure(f"publish to page, p{share}", round(float(np.percentile(waits, share)), 1), "ms", "limit of the whole way",
               2000.0, f"{len(waits)} alerts, {lost} not heard")
        for share in (50, 95, 99)
    ]  # fmt: skip
