"""Programs of the house as processes of their own, and the ports on which they listen."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]


@contextmanager
def process(module: str, env: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """`python -m module` with these settings more; ended with the block."""
    running = subprocess.Popen([sys.executable, "-m", module], env={**os.environ, **env}, cwd=ROOT)
    try:
        yield running
    finally:
        running.terminate()
        running.wait(20)


def free_port() -> int:
    """A TCP port of this machine on which nobody listens now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(port: int) -> None:
    """Until somebody listens there. Raises TimeoutError after 20 s."""
    for _ in range(400):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError(f"nothing listens on {port}")
