"""VLC's own RTSP server (`--sout '#rtp{sdp=...}'`). It refuses to run as root, so as root it runs as nobody."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.ingest.servers.serving import Shape, describes, free_port, running
from tests.ingest.servers.streams import Kind

NOBODY = 65534


class Vlc:
    name, repeats = "vlc", False

    def missing(self) -> str:
        return "" if shutil.which("vlc") else "vlc-bin and vlc-plugin-base are not installed"

    @contextlib.contextmanager
    def serve(self, kind: Kind, file: Path, shape: Shape) -> Iterator[str]:
        address = f"rtsp://127.0.0.1:{free_port()}/x"
        with file.open("rb") as opened:  # nobody may not walk into the tests' folders: the open file is handed over
            command = ["vlc", "-I", "dummy", "--no-audio", "--loop", f"fd://{opened.fileno()}",
                       "--sout", f"#rtp{{sdp={address}}}", "--sout-keep"]  # fmt: skip
            more: dict[str, Any] = {"pass_fds": [opened.fileno()], "env": {**os.environ, "HOME": "/nonexistent"}}
            if os.geteuid() == 0:
                more |= {"user": NOBODY, "group": NOBODY, "extra_groups": []}
            with running(command, address, describes, **more) as url:
                yield url
