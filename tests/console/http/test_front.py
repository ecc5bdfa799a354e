"""The console's process with the intake at /fix: a phone enrolled by the page's API is heard at once."""

from __future__ import annotations

import threading
import time
from typing import Any, cast

import httpx
import redis

from console.access.sessions import fingerprint
from console.access.tables import LoginSession
from console.server import make_server
from lianqin import keys
from lianqin.clock import SystemClock
from lianqin.db import Store
from lianqin.records import FixBatch, decode


def entries(client: redis.Redis) -> list[Any]:
    raw = cast("Any", client.xrange(keys.fixes(0, late=False)))
    return [decode(fields[b"r"]) for _, fields in raw]


def test_an_enrolled_phone_is_heard_at_fix_and_an_unknown_one_is_kept_apart(
    settings: Any, store: Store, redis_client: redis.Redis, seed_county: Any
) -> None:
    seed_county(store)
    at = SystemClock().now()
    with store.write() as session:
        session.add(LoginSession(token_sha256=fingerprint("t"), account_id="a-sysadmin", csrf="c", created_at=at,
                                 last_seen_at=at))  # fmt: skip
    server = make_server(settings.model_copy(update={"console_port": 0}), store, redis_client)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        while not server.started:
            time.sleep(0.02)
        url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
        admin = {"cookie": "lianqin_session=t", "x-csrf": "c"}
        made = httpx.post(f"{url}/api/devices", json={"guard_id": "G1"}, headers=admin).json()["device"]
        assert made["credential"] not in httpx.get(f"{url}/api/cameras", headers=admin).text
        deadline = time.monotonic() + 10
        while not redis_client.hexists(keys.followed("device"), made["device_id"]) and time.monotonic() < deadline:
            time.sleep(0.05)
        query = {"lat": "34.0", "lon": "119.2", "timestamp": str(int(at)), "speed": "2", "accuracy": "5"}
        assert httpx.post(f"{url}/fix", params={"id": made["credential"], **query}).status_code == 200
        assert httpx.post(f"{url}/fix", params={"id": "stranger", **query}).status_code == 200
        [batch] = [entry for entry in entries(redis_client) if isinstance(entry, FixBatch)]
        assert [fix.guard_id for fix in batch.fixes] == ["G1"]
        assert redis_client.xlen(keys.QUARANTINE) == 1
        assert httpx.get(f"{url}/healthz").status_code == 200
    finally:
        server.should_exit = True
        thread.join(15)
    assert not thread.is_alive()
