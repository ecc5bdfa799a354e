"""A worker and an intake are killed with full spools and come again under other names: all that was raised or answered is on the bus."""

from __future__ import annotations

from pathlib import Path

import pytest
import redis

from lianqin.bus import connect
from lianqin.embedded import EmbeddedRedis
from tests.chaos.test_redis_refuses import House, enrol, until

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(240)]


def names(folder: Path) -> set[str]:
    return {path.name for path in (folder / "spool").iterdir()}


def test_after_kill_9_and_under_another_name_all_that_was_spooled_is_published(
    redis_server: EmbeddedRedis, redis_client: redis.Redis
) -> None:
    enrol(redis_client)
    old = House(redis_server.folder, redis_server.url, worker_id="old", intake_name="old-intake")
    new = House(redis_server.folder, redis_server.url, worker_id="new", intake_name="new-intake")
    try:
        old.start()
        redis_server.kill()
        raised, answered = len(old.raised), len(old.answered)
        until("more was spooled", lambda: old.post() == 200 and len(old.answered) > answered + 20)
        until("alerts too", lambda: len(old.raised) > raised + 50)
        old.kill()
        assert names(redis_server.folder) >= {"old", "old-intake"}
        alerts, fixes = old.found(None)
        assert len(alerts) > 20
        assert len(fixes) >= 20
        redis_server.start()
        new.start()
        client = connect(redis_server.url)
        until("the old spools are gone", lambda: names(redis_server.folder) == {"new", "new-intake"})
        new.end()
        found_alerts, found_fixes = new.found(client)
        assert set(alerts) <= set(found_alerts)
        assert old.answered | new.answered <= set(found_fixes)
        assert len(found_alerts) == len(set(found_alerts))
    finally:
        old.kill()
        new.kill()
