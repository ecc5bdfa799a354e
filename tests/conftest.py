"""Fixtures shared by all test folders: few and real."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import redis
import structlog
from hypothesis import settings

from demo.clips import CACHE, prepare
from demo.rtsp.__main__ import street
from demo.rtsp.camera import SimCamera
from demo.rtsp.sim import CameraSim
from lianqin.bus import connect
from lianqin.embedded import EmbeddedRedis

settings.load_profile("ci")
"""Generated cases are the same in each run: a gate doesn't turn red by chance. `--hypothesis-seed=<n>` tries others."""


MEMORY = Path("/dev/shm")
"""Where it is there, a file's fsync costs nothing: the servers sync each write all the same."""


@pytest.fixture(autouse=True)
def logs_as_before() -> Iterator[None]:
    """A program that a test runs in this process sets up its logs; the next test's are as ever."""
    yield
    if structlog.is_configured():
        structlog.reset_defaults()


def _redis() -> Iterator[EmbeddedRedis]:
    with TemporaryDirectory(prefix="lq-", dir=MEMORY if MEMORY.is_dir() else None) as folder:
        server = EmbeddedRedis(Path(folder))
        server.start()
        yield server
        server.stop()


@pytest.fixture
def redis_server() -> Iterator[EmbeddedRedis]:
    """A real Valkey of this test's own, on a unix socket (short path: socket names are limited to 107 bytes)."""
    yield from _redis()


@pytest.fixture(scope="session")
def shared_redis() -> Iterator[EmbeddedRedis]:
    """One server for the many tests of a room: a start takes longer than most of them."""
    yield from _redis()


def emptied(server: EmbeddedRedis) -> EmbeddedRedis:
    """The shared server as a new one: running, though a test may have killed it, and without a key."""
    if not server.running:
        server.start()
    client = connect(server.url)
    client.flushall()
    client.close()
    return server


@pytest.fixture
def redis_client(redis_server: EmbeddedRedis) -> Iterator[redis.Redis]:
    client = connect(redis_server.url)
    yield client
    client.close()


@pytest.fixture(scope="session")
def clips() -> Path:
    """The folder of the demo's transcoded clips; makes them when they are not there yet."""
    prepare(print)
    return CACHE


@pytest.fixture
def camera_sim() -> Iterator[Callable[[Mapping[str, SimCamera]], CameraSim]]:
    """`sim = camera_sim({"C01": SimCamera({"main": stream, "sub": stream})})` serves on a free port until the test ends."""
    running: list[CameraSim] = []

    def start(cameras: Mapping[str, SimCamera]) -> CameraSim:
        running.append(CameraSim(cameras).start())
        return running[-1]

    yield start
    for sim in running:
        sim.stop()


@pytest.fixture
def street_sim(clips: Path, camera_sim: Callable[[Mapping[str, SimCamera]], CameraSim]) -> CameraSim:
    """All cameras of the demo, as they stand on the map."""
    return camera_sim(street())
