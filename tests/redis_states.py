"""How a real Valkey comes to refuse writes, and a pair of a primary and its replica."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import redis

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


STATES = {
    "no memory left": State(lambda c, _: c.config_set("maxmemory", "1"), lambda c, _: c.config_set("maxmemory", "0")),
    "read-only after a failover": State(lambda c, _: c.replicaof("127.0.0.1", "1"), lambda c, _: c.replicaof("NO", "ONE")),
    "too few replicas": State(lambda c, _: c.config_set("min-replicas-to-write", "1"),
                              lambda c, _: c.config_set("min-replicas-to-write", "0")),
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
