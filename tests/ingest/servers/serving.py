"""What all foreign servers have in common: a process of their own, an address on 127.0.0.1, and a reason when they can't be had."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, Literal, Protocol
from urllib.parse import urlsplit

from tests.ingest.servers.streams import Kind

STARTS_S: Final = 20.0
Shape = Literal["alone", "in band", "audio first", "metadata first", "jpeg first", "basic", "digest"]
"""What else a session description holds before the video, or lacks (`in band`: it names no parameter sets), or how the server
asks who comes."""


class Peer(Protocol):
    """A server that nobody here wrote."""

    @property
    def name(self) -> str: ...

    @property
    def repeats(self) -> bool:
        """It sends a picture twice now and then."""

    def missing(self) -> str:
        """Why it can't be had on this machine, and what brings it; empty when it is there."""

    def serve(self, kind: Kind, file: Path, shape: Shape) -> contextlib.AbstractContextManager[str]:
        """Plays the file on a free port while the context runs; the address. Raises AssertionError when it does not start."""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


@contextlib.contextmanager
def running(command: list[str], url: str, ready: Callable[[str], bool], **more: Any) -> Iterator[str]:
    """The address of a process, once it is `ready`, until the context ends."""
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **more
    ) as process:
        try:
            _wait(process, url, ready)
            yield url
        finally:
            process.kill()


def _wait(process: subprocess.Popen[bytes], url: str, ready: Callable[[str], bool]) -> None:
    until = time.monotonic() + STARTS_S
    while time.monotonic() < until:
        if process.poll() is not None:
            raise AssertionError(f"{process.args!r} ended at once ({process.returncode})")
        if ready(url):
            return
        time.sleep(0.05)
    raise AssertionError(f"{process.args!r} is not there within {STARTS_S:g} s")


def answers(url: str) -> bool:
    """Its port is open."""
    parts = urlsplit(url)
    with contextlib.suppress(OSError), socket.create_connection((parts.hostname, parts.port), 5):
        return True
    return False


def describes(url: str) -> bool:
    """It knows its stream: some open their port before (RFC 2326 10.2)."""
    parts = urlsplit(url)
    said = f"DESCRIBE {url} RTSP/1.0\r\nCSeq: 1\r\nAccept: application/sdp\r\n\r\n"
    with contextlib.suppress(OSError), socket.create_connection((parts.hostname, parts.port), 5) as connected:
        connected.settimeout(5)
        connected.sendall(said.encode())
        return connected.recv(4096).startswith(b"RTSP/1.0 200")
    return False
