"""One ingest worker on simulated cameras: CPU a camera-second, cameras a core, memory a camera, and whether memory grows.

The cameras run in this process and are not counted; the worker is a process of its own, as in service. Nine of ten cameras
are quiet (a still street with a sensor's noise), one is busy all the time: 10 % of camera-seconds are active. All send H.264:
one stream of 640x360 at 25 pictures a second; in a second run that as sub-stream beside a main stream of 1280x720, which is
kept in the ring undecoded.
"""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, cast

import av
import msgspec
import numpy as np
import psutil
import redis

from bench.kit.figures import Figure
from demo.clips import clip_path, prepare
from demo.rtsp.camera import SimCamera
from demo.rtsp.media import MediaStream, load
from demo.rtsp.sim import CameraSim
from lianqin import keys
from lianqin.bus import connect
from lianqin.embedded import EmbeddedRedis
from lianqin.records import Camera, CameraHealth, Zone, decode, encode

CAMERAS: Final = 10
BUSY: Final = 1
WARM_S: Final = 40.0
"""Until quiet cameras sleep, every ring (24 s and a group) is full and the memory has settled."""
MEASURED_S: Final = 50.0
QUIET_CLIP_S: Final = 12
RATE_SETTLES_S: Final = 4
"""What the encoder's rate control needs at the start, left out."""
NOISE: Final = 2.0
"""Standard deviation of the sensor's noise, grey levels."""


class WorkerSample(msgspec.Struct, frozen=True):
    """What was read of the worker at one moment."""

    cpu_s: float
    rss_mb: float
    at: float


class Run(msgspec.Struct, frozen=True):
    """One worker with its cameras, from nothing to the end of the measurement."""

    empty: WorkerSample
    begin: WorkerSample
    end: WorkerSample
    states: Any

    @property
    def ms(self) -> float:
        """CPU milliseconds a camera-second."""
        return (self.end.cpu_s - self.begin.cpu_s) * 1000 / (self.end.at - self.begin.at) / CAMERAS

    @property
    def megabytes(self) -> float:
        return (self.begin.rss_mb - self.empty.rss_mb) / CAMERAS

    @property
    def note(self) -> str:
        well, awake = self.states[:, 0].mean() / CAMERAS, self.states[:, 1].mean() / CAMERAS
        dropped = int(self.states[-1, 2] - self.states[0, 2])
        took = self.end.at - self.begin.at
        return f"{CAMERAS} cameras for {took:.0f} s, {well:.0%} ok, {awake:.0%} awake, {dropped} frames dropped"


def run() -> list[Figure]:
    """Takes about three and a half minutes."""
    prepare(lambda text: print(text, file=sys.stderr))
    with tempfile.TemporaryDirectory(prefix="lqb-") as name:
        quiet = _quiet_stream(Path(name) / "quiet.mp4")
        busy, main = load(clip_path("C01", "sub")), load(clip_path("C01", "main"))
        decode_ms = _decode_ms(clip_path("C01", "sub"))
        street = {f"B{n:02d}": SimCamera({"sub": busy if n < BUSY else quiet, "main": main}) for n in range(CAMERAS)}
        with CameraSim(street) as sim:
            one = _measure(Path(name) / "one", sim, with_main=False)
            two = _measure(Path(name) / "two", sim, with_main=True)
    return _figures(one, two, decode_ms)


def _measure(folder: Path, sim: CameraSim, *, with_main: bool) -> Run:
    folder.mkdir()
    with worker(folder) as (process, client):
        time.sleep(5)
        empty = _read(process)
        publish(client, sim, with_main=with_main)
        time.sleep(WARM_S)
        begin, states = _read(process), list[tuple[int, int, int]]()
        while time.monotonic() - begin.at < MEASURED_S:
            time.sleep(1)
            states.append(_states(client))
        return Run(empty, begin, _read(process), np.array(states))


def _figures(one: Run, two: Run, decode_ms: float) -> list[Figure]:
    decode = "full decode of 640x360 alone"
    grown = (two.end.rss_mb - two.begin.rss_mb) * 60 / (two.end.at - two.begin.at)
    return [
        Figure("a 640x360 camera, 10 % active", round(one.ms, 2), "CPU ms a second", decode, round(decode_ms, 2), one.note),
        Figure("640x360 cameras a core, 10 % active", round(1000 / one.ms, 1), "cameras", decode,
               round(1000 / decode_ms, 1), "goal 50; 1000 ms / the line above"),
        Figure("the same beside a kept 720p main stream", round(two.ms, 2), "CPU ms a second", decode,
               round(decode_ms, 2), two.note),
        Figure("such cameras a core, 10 % active", round(1000 / two.ms, 1), "cameras", decode,
               round(1000 / decode_ms, 1), "1000 ms / the line above"),
        Figure("memory a 640x360 camera", round(one.megabytes, 1), "MB", "limit", 40.0,
               f"worker without cameras {one.empty.rss_mb:.0f} MB"),
        Figure("memory a camera with a 720p main stream", round(two.megabytes, 1), "MB", "its ring of main packets",
               round(_ring_mb(), 1), "limit 40"),
        Figure("memory growth", round(grown, 2), "MB a minute", note=f"of {two.end.rss_mb:.0f} MB, over {MEASURED_S:.0f} s only"),
    ]  # fmt: skip


def _quiet_stream(path: Path) -> MediaStream:
    """The first picture of a quiet back door, with noise that changes in each frame."""
    with av.open(str(clip_path("C05", "sub"))) as source:
        still = next(source.decode(video=0)).to_ndarray(format="yuv420p").astype(np.int16)
    random = np.random.default_rng(1)
    noise = [random.normal(0, NOISE, still.shape).round().astype(np.int16) for _ in range(16)]
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 640, 360, "yuv420p"
        stream.options = {"preset": "veryfast", "crf": "26", "bf": "0",
                          "x264-params": "keyint=50:min-keyint=50:scenecut=0:threads=1"}  # fmt: skip
        for n in range(RATE_SETTLES_S * 25 + QUIET_CLIP_S * 25):
            grain = noise[int(random.integers(len(noise)))]
            picture = np.clip(still + grain, 0, 255).astype(np.uint8)
            packets = stream.encode(av.VideoFrame.from_ndarray(picture, format="yuv420p"))
            out.mux([packet for packet in packets if n >= RATE_SETTLES_S * 25])
    return load(path)


def _decode_ms(path: Path) -> float:
    """CPU milliseconds to decode one second of the busy sub-stream in full, one thread, nothing else."""
    content = io.BytesIO(path.read_bytes())
    with av.open(content) as source:
        stream = source.streams.video[0]
        stream.codec_context.thread_count = 1
        began = time.thread_time()
        frames = sum(1 for _ in source.decode(stream))
        return (time.thread_time() - began) * 1000 / (frames / 25)


def _ring_mb() -> float:
    path = clip_path("C01", "main")
    with av.open(str(path)) as source:
        seconds = float(source.duration or 0) / 1e6
    return path.stat().st_size / seconds * 25 / 1e6


@contextmanager
def worker(folder: Path, how: tuple[str, ...] = ("ingest",)) -> Iterator[tuple[psutil.Process, redis.Redis]]:
    """A worker with a Redis of its own; its process and a client. `how`: the module that runs it, with its arguments."""
    server = EmbeddedRedis(folder / "redis")
    server.start()
    environ = {
        **os.environ,
        "LIANQIN_RUN_DIR": str(folder),
        "LIANQIN_REDIS_URL": server.url,
        "LIANQIN_LOG_LEVEL": "ERROR",
    }
    process = subprocess.Popen([sys.executable, "-m", *how], env=environ)
    client = connect(server.url)
    try:
        yield psutil.Process(process.pid), client
    finally:
        process.terminate()
        process.wait(20)
        client.close()
        server.stop()


def publish(client: redis.Redis, sim: CameraSim, *, with_main: bool) -> None:
    """The simulator's cameras, a zone over nearly the whole picture each."""
    square = ((0.02, 0.02), (0.98, 0.02), (0.98, 0.98), (0.02, 0.98))
    for name in sim.cameras:
        zone = Zone(id=f"{name}-z", name="z", situation="intrusion", points=square)
        camera = Camera(id=name, code="99010100001320000001", name=name, url=sim.url(name, "main" if with_main else "sub"),
                        sub_url=sim.url(name, "sub") if with_main else None, zones=(zone,))  # fmt: skip
        client.hset(keys.followed("camera"), name, cast("Any", encode(camera)))
    client.incr(keys.followed_version("camera"))


def _read(process: psutil.Process) -> WorkerSample:
    times = process.cpu_times()
    return WorkerSample(times.user + times.system, process.memory_info().rss / 1e6, time.monotonic())


def _states(client: redis.Redis) -> tuple[int, int, int]:
    """Cameras that are ok, cameras that are awake, frames dropped so far."""
    raw = cast("dict[bytes, bytes]", cast("Any", client.hgetall(keys.camera_health())))
    healths = [health for health in map(decode, raw.values()) if isinstance(health, CameraHealth)]
    return sum(h.state == "ok" for h in healths), sum(h.active for h in healths), sum(h.dropped for h in healths)


if __name__ == "__main__":
    for figure in run():
        print(figure)
