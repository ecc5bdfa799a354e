"""A house for a worker: a real Valkey, simulated cameras that send small loops, and the records that follow."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import msgspec
import numpy as np
import pytest
import redis

from demo.rtsp.media import MediaStream, load
from ingest.worker import IngestWorker
from lianqin import keys, settings
from lianqin.embedded import EmbeddedRedis
from lianqin.records import Alert, Camera, CameraHealth, Detection, Evidence, Frame, decode, encode
from lianqin.testing import a_camera, a_zone

ROOT = Path(__file__).resolve().parents[2]
EVERYWHERE = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))


def until(what: str, look: Callable[[], Any], seconds: float = 40.0) -> Any:
    """Look again and again until something is there."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = look()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError(f"within {seconds} s there was no {what}")


def encode_loop(path: Path, codec: str, size: tuple[int, int], frames: int = 50, grain: float = 0.0) -> Path:
    """A bright square that wanders over grey: 25 pictures a second, a key frame a second, no B-frames. `grain`: standard
    deviation of a sensor's noise, levels."""
    with av.open(str(path), "w") as out:
        stream = out.add_stream(codec, rate=25)
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        stream.time_base = Fraction(1, 90000)
        stream.codec_context.gop_size = 25
        own = "keyint=25:min-keyint=25:scenecut=0"
        stream.options = (
            {"preset": "ultrafast", "bf": "0", "x264-params": own}
            if codec == "libx264"
            else {"preset": "ultrafast", "x265-params": f"{own}:bframes=0:log-level=error"}
        )
        for n in range(frames):
            picture = np.full((size[1], size[0], 3), 60, np.uint8)
            left = int((size[0] - 40) * n / frames)
            picture[20:60, left : left + 40] = 200
            if grain:
                noise = np.random.default_rng(n).normal(0, grain, picture.shape)
                picture = (picture + noise).clip(0, 255).astype(np.uint8)
            frame = av.VideoFrame.from_ndarray(picture, format="bgr24")
            frame.pts, frame.time_base = n * 3600, Fraction(1, 90000)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


@dataclass(frozen=True)
class Loops:
    """Two-second loops of the same view: main and sub-stream in H.264 and in H.265."""

    h264: dict[str, MediaStream]
    hevc: dict[str, MediaStream]


@pytest.fixture(scope="session")
def loops(tmp_path_factory: pytest.TempPathFactory) -> Loops:
    folder = tmp_path_factory.mktemp("loops")

    def pair(codec: str) -> dict[str, MediaStream]:
        return {
            "main": load(encode_loop(folder / f"{codec}-main.mp4", codec, (320, 180))),
            "sub": load(encode_loop(folder / f"{codec}-sub.mp4", codec, (160, 96))),
        }

    return Loops(pair("libx264"), pair("libx265"))


class SeesAWalker:
    """Stands for the detector where the test is not about it: a person who walks on, so that a camera stays awake."""

    name = "walker@test"

    def detect(self, frames: Sequence[Frame]) -> list[tuple[Detection, ...]]:
        return [(Detection("person", 0.9, self._box(frame.captured_at)),) for frame in frames]

    def _box(self, at: float) -> tuple[float, float, float, float]:
        left = 0.2 + 0.3 * abs((at / 10) % 2 - 1)
        return left, 0.4, left + 0.1, 0.7


class SeesNobody:
    name = "nobody@test"

    def detect(self, frames: Sequence[Frame]) -> list[tuple[Detection, ...]]:
        return [() for _ in frames]


@dataclass
class House:
    """Redis, settings and what a worker of them left on the bus."""

    server: EmbeddedRedis
    client: redis.Redis
    run_dir: Path
    more: dict[str, Any] = field(default_factory=dict)
    _workers: list[IngestWorker] = field(default_factory=list)
    _processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def settings(self, **more: Any) -> settings.Settings:
        # What a test reads off the bus, and what its detector was given, is of its cameras alone: no canary.
        fixed = {"run_dir": self.run_dir, "redis_url": self.server.url, "open_timeout": 5, "read_timeout": 5,
                 "canary_seconds": 0}  # fmt: skip
        return settings.check({**fixed, **self.more, **more})

    def worker(self, detector: Any = None, **more: Any) -> IngestWorker:
        """One that runs in this process until the test ends."""
        worker = IngestWorker(self.settings(**more), detector or SeesAWalker())
        worker.start()
        self._workers.append(worker)
        return worker

    def process(self, worker_id: str = "ingest-1", **more: Any) -> subprocess.Popen[bytes]:
        """One that runs as `python -m ingest`, with the real detector; its log is `<run_dir>/<worker_id>.log`."""
        wanted = {"run_dir": self.run_dir, "redis_url": self.server.url, "worker_id": worker_id, **self.more, **more}
        environ = {**os.environ, **{f"LIANQIN_{name.upper()}": str(value) for name, value in wanted.items()}}
        with (self.run_dir / f"{worker_id}.log").open("ab") as log:
            process = subprocess.Popen([sys.executable, "-m", "ingest"], env=environ, cwd=ROOT, stderr=log)
        self._processes.append(process)
        return process

    def publish(self, *cameras: Camera) -> None:
        """As the console's relay does."""
        for camera in cameras:
            self.client.hset(keys.followed("camera"), camera.id, encode(camera))
        self.client.incr(keys.followed_version("camera"))

    def remove(self, camera_id: str) -> None:
        self.client.hdel(keys.followed("camera"), camera_id)
        self.client.incr(keys.followed_version("camera"))

    def records(self, stream: str = keys.ALERTS) -> list[Any]:
        """All of a stream, in order."""
        return [decode(fields[b"r"]) for _, fields in self.client.xrange(stream)]

    def alerts(self, camera_id: str = "") -> list[Alert]:
        return [one for one in self.records() if isinstance(one, Alert) and camera_id in ("", one.camera_id)]

    def evidence(self, camera_id: str = "") -> list[Evidence]:
        return [one for one in self.records() if isinstance(one, Evidence) and camera_id in ("", one.camera_id)]

    def health(self, camera_id: str) -> CameraHealth | None:
        """As the hash has it."""
        raw: Any = self.client.hget(keys.camera_health(), camera_id)
        found = decode(raw) if raw else None
        return found if isinstance(found, CameraHealth) else None

    def is_ok(self, camera_id: str) -> bool:
        found = self.health(camera_id)
        return found is not None and found.state == "ok"

    def log(self, worker_id: str = "ingest-1") -> str:
        return (self.run_dir / f"{worker_id}.log").read_text(errors="replace")

    def close(self) -> None:
        for worker in self._workers:
            worker.stop()
        for process in self._processes:
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.kill()
            process.wait()


@pytest.fixture
def house(redis_server: EmbeddedRedis, redis_client: redis.Redis) -> Iterator[House]:
    built = House(redis_server, redis_client, redis_server.folder)
    yield built
    built.close()


def camera_of(sim: Any, camera_id: str, *, sub: bool = True, **changes: Any) -> Camera:
    """The record of a simulated camera, with one zone over the whole picture."""
    zone = a_zone(id=f"{camera_id}-z1", points=EVERYWHERE)
    fixed = {"id": camera_id, "url": sim.url(camera_id), "sub_url": sim.url(camera_id, "sub") if sub else None,
             "zones": (zone,)}  # fmt: skip
    return msgspec.structs.replace(a_camera(), **{**fixed, **changes})


@dataclass(frozen=True)
class Kit:
    """Helpers for the tests beside (test folders are no packages)."""

    until: Callable[..., Any] = until
    camera_of: Callable[..., Camera] = camera_of
    walker: type = SeesAWalker
    nobody: type = SeesNobody
    house: type = House
    encode_loop: Callable[..., Path] = encode_loop
    everywhere: Any = EVERYWHERE


@pytest.fixture(scope="session")
def kit() -> Kit:
    return Kit()


@pytest.fixture
def full_disk(tmp_path: Path) -> Iterator[str]:
    """A folder of a file system with no room left."""
    folder = tmp_path / "full"
    folder.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if done.returncode:
        pytest.skip("a small file system can't be mounted here: it needs root")
    try:
        with contextlib.suppress(OSError):  # until nothing goes in any more
            (folder / "filler").write_bytes(bytes(1 << 20))
        yield str(folder)
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=False)
