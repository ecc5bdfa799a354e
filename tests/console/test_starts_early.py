"""Each process starts before Redis or the database, which are real ones that begin later: it waits, says so once, ends when it is told
to, and begins when they are there."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from lianqin import keys
from lianqin.bus import connect
from lianqin.db import open_engine
from lianqin.embedded import EmbeddedRedis
from lianqin.waiting import schema_need
from tests.console.conftest import Cluster

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.timeout(180)
PATIENCE_S = 90


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Early:
    """One process of ours, its log, and what it needs, which is not there yet."""

    def __init__(self, folder: Path, database_url: str) -> None:
        self.folder, self.redis, self.port = folder, EmbeddedRedis(folder / "redis"), free_port()
        self.environ = {
            **os.environ, "LIANQIN_RUN_DIR": str(folder / "run"), "LIANQIN_REDIS_URL": self.redis.url,
            "LIANQIN_DATABASE_URL": database_url, "LIANQIN_CONSOLE_PORT": str(self.port), "LIANQIN_JT808_PORT": "0",
            "LIANQIN_INTAKE_PORT": str(self.port),
        }  # fmt: skip
        self.processes: list[subprocess.Popen[bytes]] = []

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        with (self.folder / "log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", *arguments], cwd=ROOT, env=self.environ, stdout=log, stderr=log
            )
        self.processes.append(process)
        return process

    def log(self) -> str:
        return (self.folder / "log").read_text()

    def said(self) -> list[str]:
        """What the log says of waiting, in order."""
        lines = [json.loads(line) for line in self.log().splitlines() if line.startswith("{")]
        return [
            f"{one['event']} {one['part']}"
            for one in lines
            if one["event"] in {"waits_for", "is_there", "begins_without"}
        ]

    def until(self, what: str, found: Callable[[], Any]) -> Any:
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            if value := found():
                return value
            assert all(one.poll() is None for one in self.processes), self.log()
            time.sleep(0.05)
        raise AssertionError(f"no {what}: {self.log()}")

    def health(self) -> httpx.Response | None:
        try:
            return httpx.get(f"http://127.0.0.1:{self.port}/healthz", timeout=20)
        except httpx.TransportError:
            return None

    def is_said_of(self, redis: str, database: str) -> bool:
        """What its health check says of both; a console that has only just begun knows of neither."""
        answer = self.health()
        if answer is None:
            return False
        told = answer.json()
        return (answer.status_code, told["redis"], told["database"]) == (503, redis, database)

    def waits(self, part: str) -> None:
        self.until(f"waiting for {part}", lambda: (self.folder / "log").exists() and f"waits_for {part}" in self.said())

    def key(self, name: str) -> Any:
        client = connect(self.redis.url)
        try:
            return client.get(name)
        finally:
            client.close()

    def end(self) -> None:
        for process in self.processes:
            process.kill()
            process.wait()
        self.redis.stop()


@pytest.fixture
def early() -> Iterator[Callable[[str], Early]]:
    made: list[Early] = []
    with tempfile.TemporaryDirectory(prefix="lqe-") as folder:

        def make(database_url: str = "") -> Early:
            made.append(Early(Path(folder), database_url))
            return made[-1]

        yield make
        for one in made:
            one.end()


@pytest.fixture(scope="module")
def later() -> Iterator[Cluster]:
    """A PostgreSQL that a test starts."""
    cluster = Cluster()
    yield cluster
    cluster.remove()


def begun(early: Early, module: str) -> Callable[[], Any]:
    return {
        "console": lambda: (answer := early.health()) is not None and answer.status_code == 200,
        "patrol": lambda: early.key(keys.partition_lease(0)),
        "patrol.intake": lambda: '"intake_ready"' in early.log(),
        "ingest": lambda: early.key(keys.worker("ingest-1")),
    }[module]


@pytest.mark.parametrize("module", ["console", "patrol", "patrol.intake", "ingest"])
def test_redis_that_starts_later_is_waited_for(module: str, early: Callable[..., Early]) -> None:
    house = early()
    if module == "patrol":
        subprocess.run([sys.executable, "-m", "console", "migrate"], cwd=ROOT, env=house.environ, check=True)
    house.start(module)
    if module == "console":  # its pages stand without Redis
        house.until(
            "begun without", lambda: (house.folder / "log").exists() and house.said() == ["begins_without redis"]
        )
        house.until("its database, and no Redis", lambda: house.is_said_of("away", "ok"))
    else:
        house.waits("redis")
    house.redis.start()
    house.until("begun", begun(house, module))
    assert house.said() == (["begins_without redis"] if module == "console" else ["waits_for redis", "is_there redis"])
    assert "Traceback" not in house.log() or module == "console"


@pytest.mark.parametrize("module", ["console", "patrol", "patrol.intake", "ingest"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda one: one.name)
def test_it_ends_at_once_while_it_waits(module: str, number: signal.Signals, early: Callable[..., Early]) -> None:
    house = early("postgresql+psycopg://ops:geheim-9@127.0.0.1:1/lianqin")
    process = house.start(module)
    house.waits("database" if module == "console" else "redis")
    process.send_signal(number)
    assert process.wait(20) == 0, house.log()
    assert "Traceback" not in house.log()
    assert "geheim-9" not in house.log()


def test_the_database_and_its_tables_are_waited_for(early: Callable[..., Early], later: Cluster) -> None:
    house = early(later.url("lianqin"))
    house.redis.start()
    house.start("patrol")
    house.waits("database")
    house.start("console")
    answer = house.until("the waiting console", house.health)
    told = answer.json()
    assert (answer.status_code, told["database"], told["waits_for"]) == (503, "away", "database")
    assert answer.headers["retry-after"]
    page = httpx.get(f"http://127.0.0.1:{house.port}/desk")
    assert (page.status_code, "等待数据库" in page.text, "waits for its database" in page.text) == (503, True, True)
    assert httpx.post(f"http://127.0.0.1:{house.port}/fix", params={"id": "x"}).status_code == 503

    later.start()  # it runs, but has no database of this name yet
    house.until("a change of what is lacking", lambda: "does not exist" in house.log())
    later.run("CREATE DATABASE lianqin")
    house.until("the console", begun(house, "console"))
    house.until("patrol", begun(house, "patrol"))
    assert httpx.get(f"http://127.0.0.1:{house.port}/fix").status_code == 200
    said = house.said()
    assert said.count("is_there database") == 2
    assert said[-1] in {"is_there database", "is_there schema"}
    assert "Traceback" not in house.log()


def test_tables_that_the_console_brings_later_are_waited_for(early: Callable[..., Early]) -> None:
    house = early()
    house.redis.start()
    house.start("patrol")
    house.waits("schema")
    assert "start the console of this version" in house.log()
    subprocess.run([sys.executable, "-m", "console", "migrate"], cwd=ROOT, env=house.environ, check=True)
    house.until("patrol", begun(house, "patrol"))
    assert house.said() == ["waits_for schema", "is_there schema"]
    assert "Traceback" not in house.log()


def test_a_migrated_database_lacks_nothing(database_url: str) -> None:
    engine = open_engine(database_url)
    assert schema_need(engine).lack() == ""
    engine.dispose()


@pytest.mark.parametrize("arguments", [["console"], ["console", "migrate"], ["patrol"]])
@pytest.mark.parametrize(
    ("database_url", "told"),
    [
        ("sqlite:////proc/version/below/x.db", "can't be made"),
        ("sqlite:////proc", "can't be used"),
        ("nosuch://ops:geheim-9@host/x", "setting `database_url` is no address"),
    ],
)
def test_a_database_that_never_will_be_there_is_said_with_what_to_do(
    arguments: list[str], database_url: str, told: str, early: Callable[..., Early]
) -> None:
    house = early(database_url)
    house.redis.start()
    process = house.start(*arguments)
    assert process.wait(60) == 1, house.log()
    assert told in house.log()
    assert "Traceback" not in house.log()
    assert "geheim-9" not in house.log()


def test_a_command_waits_for_nobody(early: Callable[..., Early]) -> None:
    house = early("postgresql+psycopg://ops:geheim-9@127.0.0.1:1/lianqin")
    process = house.start("console", "migrate")
    assert process.wait(60) == 1
    assert "database at 127.0.0.1:1/lianqin is away" in house.log()
    assert "Traceback" not in house.log()


def no_memory(client: Any) -> None:
    client.config_set("maxmemory", "1")


def memory_again(client: Any) -> None:
    client.config_set("maxmemory", "0")


@pytest.mark.parametrize("when", ["at its start", "while it works"])
def test_the_patrol_worker_waits_for_a_redis_without_memory_and_says_so(when: str, early: Callable[..., Early]) -> None:
    """It can't take its lease, or keep what it found: it goes on by itself once there is room."""
    house = early()
    subprocess.run([sys.executable, "-m", "console", "migrate"], cwd=ROOT, env=house.environ, check=True)
    house.redis.start()
    client = connect(house.redis.url)
    if when == "at its start":
        no_memory(client)
        process = house.start("patrol")
    else:
        process = house.start("patrol")
        house.until("lease", begun(house, "patrol"))
        no_memory(client)
        client.delete(keys.partition_lease(0))  # as when it ran out while the worker could not renew it
    house.until("word", lambda: any("waits_for" in line and "maxmemory" in line for line in house.log().splitlines()))
    assert process.poll() is None
    assert "Traceback" not in house.log()
    memory_again(client)
    house.until("lease", begun(house, "patrol"))
    process.send_signal(signal.SIGTERM)
    assert process.wait(PATIENCE_S) == 0
