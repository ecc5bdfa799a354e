"""What supervisors and Prometheus hear of Redis and the spools."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from lianqin.spool import Spool
from lianqin.spool_lines import line_of
from tests.redis_states import STATES


@pytest.mark.parametrize("name", STATES)
def test_a_redis_that_answers_and_does_not_write_is_not_well(room: Any, redis_server: Any, name: str) -> None:
    state = STATES[name]
    if name == "not allowed any more":
        room.redis.execute_command("ACL", "SETUSER", "default", "-set")
    else:
        state.begin(room.redis, redis_server)
    near = TestClient(room.app, client=("127.0.0.1", 5000))
    found = near.get("/healthz")
    assert (found.status_code, found.json()["redis"]) == (503, "refuses")
    assert found.json()["redis_why"]
    room.redis.execute_command("ACL", "SETUSER", "default", "+set")
    state.end(room.redis, redis_server)
    assert near.get("/healthz").json()["redis"] == "ok"


def test_metrics_count_what_was_damaged_in_a_spool(room: Any) -> None:
    folder = room.settings.run_dir / "spool" / "ingest-7"
    Spool(folder, limit_bytes=1000).close()
    (folder / "spool.log").write_bytes(b"torn" + line_of("s", b"{}") + b"half a li")
    Spool(folder, limit_bytes=1000).close()
    said = TestClient(room.app, client=("127.0.0.1", 5000)).get("/metrics").text
    assert "lianqin_spool_damaged 2.0" in said
    assert "lianqin_spool_bytes 15.0" in said
