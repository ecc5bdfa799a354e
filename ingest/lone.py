"""A camera whose worker died twice while it was open, in a process of its own: it takes nobody with it.

`Lone` is the worker's side: it keeps the lease, starts `python -m ingest.alone <camera> <token>` and starts it again, each time
later, when it dies. That process is a worker of one camera: it follows its record, looks, tells its health and shows live video
under a name of its own, and ends when its standard input does, which is when its parent dies.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
import zlib
from collections.abc import Collection
from pathlib import Path
from typing import Final

import structlog

from lianqin.clock import Clock
from lianqin.records import Camera, CameraHealth
from lianqin.settings import Settings, foreign_environment

log = structlog.get_logger(__name__)
FIRST_WAIT_S: Final = 10.0
LONGEST_WAIT_S: Final = 600.0
PROVED_S: Final = 3600.0
"""Who lived alone for so long is opened beside the others again."""


class Lone:
    """One camera's process, as its worker sees it."""

    def __init__(self, camera: Camera, settings: Settings, clock: Clock, token: int | None) -> None:
        self.camera, self.token = camera, token
        self._settings, self._clock = settings, clock
        self._process: subprocess.Popen[bytes] | None = None
        self._deaths = 0
        self._began = self._again = clock.monotonic()
        self._since = clock.now()

    @property
    def name(self) -> str:
        """Of the process, as a worker."""
        return f"{self._settings.worker_id[:24]}-alone-{zlib.crc32(self.camera.id.encode()):08x}"

    @property
    def runs(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def proved(self) -> bool:
        """It did no harm."""
        return self.runs and self._clock.monotonic() - self._began > PROVED_S

    def look(self) -> None:
        """Each second: it is started, or left alone for longer."""
        now = self._clock.monotonic()
        if self.runs or self.token is None:
            return
        if self._process is not None:
            self._deaths += 1
            wait = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2 ** min(self._deaths - 1, 8))
            self._again = now + wait
            log.error(
                "alone_died", camera=self.camera.id, code=self._process.returncode, deaths=self._deaths, wait_s=wait
            )
            self._process = None
        if now >= self._again:
            self._begin(now)

    def _begin(self, now: float) -> None:
        settings = self._settings.model_copy(update={"worker_id": self.name})
        command = [sys.executable, "-m", "ingest.alone", self.camera.id, str(self.token)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, env=foreign_environment(), cwd=Path.cwd())  # noqa: S603 - our own program
        assert self._process.stdin
        with contextlib.suppress(OSError):
            self._process.stdin.write(settings.model_dump_json(exclude_defaults=True).encode() + b"\n")
            self._process.stdin.flush()
        self._began = now
        log.info("opened_alone", camera=self.camera.id, process=self._process.pid)

    def stop(self) -> None:
        """Its input ends, and it with it; whoever hangs is killed."""
        if self._process is None:
            return
        assert self._process.stdin
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def health(self, worker: str) -> CameraHealth | None:
        """While it does not run; else it speaks itself."""
        if self.runs:
            return None
        wait = max(0.0, self._again - self._clock.monotonic())
        detail = f"its worker died twice while it was open; it is opened alone, again in {wait:.0f} s"
        return CameraHealth(self.camera.id, "fault", "quarantined", self._since, self._clock.now(), worker, detail,
                            camera_version=self.camera.version, read_by="alone", read_why="died")  # fmt: skip


class OneLease:
    """Of a process that its parent gave one camera; as `leases.Leases`."""

    others = 0
    draining = False

    def __init__(self, camera_id: str, token: int) -> None:
        self._camera_id, self._token = camera_id, token

    @property
    def held(self) -> frozenset[str]:
        return frozenset({self._camera_id})

    @property
    def warming(self) -> frozenset[str]:
        return frozenset()

    def token(self, camera: str) -> int | None:
        return self._token if camera == self._camera_id else None

    def poll(self, cameras: Collection[str], _ready: Collection[str] | None = None) -> frozenset[str]:
        return self.held & set(cameras)

    def give_all_back(self) -> None:
        """The lease is the parent's."""
