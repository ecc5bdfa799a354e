"""Fixtures shared by all test folders: few and real."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import redis

from lianqin.bus import connect
from lianqin.embedded import EmbeddedRedis


@pytest.fixture
def redis_server() -> Iterator[EmbeddedRedis]:
    """A real Valkey of this test's own, on a unix socket (short path: socket names are limited to 107 bytes)."""
    with TemporaryDirectory(prefix="lq-") as folder:
        server = EmbeddedRedis(Path(folder))
        server.start()
        yield server
        server.stop()


@pytest.fixture
def redis_client(redis_server: EmbeddedRedis) -> Iterator[redis.Redis]:
    client = connect(redis_server.url)
    yield client
    client.close()
