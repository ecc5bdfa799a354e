"""Servers that are Python packages, put beside by set-up and never into the environment: aio-rtsp-toolkit (asyncio, RTSP over
TCP alone, its pieces of a picture spread over the picture's time) and rtsp-rs (Rust, H.264 alone, parameter sets in band)."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tests.ingest.servers.serving import Shape, describes, free_port, running
from tests.ingest.servers.streams import Kind
from tools.setup import PEER_PACKAGES, PEERS

AIO: Final = """
import asyncio, sys
import aio_rtsp_toolkit.server as server
asyncio.run(server.serve(sys.argv[1], "127.0.0.1", int(sys.argv[2])))
"""
RUST: Final = """
import sys, time
import av, rtsp
server = rtsp.Server("127.0.0.1:" + sys.argv[2])
server.start()
with av.open(sys.argv[1]) as file:
    plain = av.BitStreamFilterContext("h264_mp4toannexb", file.streams.video[0])
    pictures = [bytes(one) for packet in file.demux(video=0) if packet.size for one in plain.filter(packet)]
    fps = int(file.streams.video[0].average_rate)
began = time.monotonic()
for number in range(1 << 30):
    time.sleep(max(0.0, began + number / fps - time.monotonic()))
    server.send_frame(pictures[number % len(pictures)], 90000 // fps)
"""


def _folders() -> list[Path]:
    return [PEERS / one for one in PEER_PACKAGES]


class _Packaged:
    package: str
    """As it is imported."""
    script: str

    def missing(self) -> str:
        there = any((folder / self.package).is_dir() for folder in _folders())
        return "" if there else f"the package {self.package} is not set up (`make setup` does it)"

    def _run(self, source: Path, path: str) -> contextlib.AbstractContextManager[str]:
        port = free_port()
        command = [sys.executable, "-c", self.script, str(source), str(port)]
        environ = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, _folders()))}
        return running(command, f"rtsp://127.0.0.1:{port}/{path}", describes, env=environ)


class Aio(_Packaged):
    """Where its machine is busy, what it puts into its own line too slowly goes in twice."""

    name, package, script, repeats = "aio-rtsp", "aio_rtsp_toolkit", AIO, True

    @contextlib.contextmanager
    def serve(self, kind: Kind, file: Path, shape: Shape) -> Iterator[str]:
        with self._run(file.parent, file.name) as url:
            yield url


class Rust(_Packaged):
    name, package, script, repeats = "rtsp-rs", "rtsp", RUST, False

    @contextlib.contextmanager
    def serve(self, kind: Kind, file: Path, shape: Shape) -> Iterator[str]:
        with self._run(file, "stream") as url:
            yield url
