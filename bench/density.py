"""How many cameras does a core watch? Lianqin, Frigate's design and decoding alone, in one run on the same streams.

Each camera plays a loop of its own phase, so that at every moment the same share of them has somebody in it. Cameras are
served by a process whose CPU is not counted; Lianqin is a worker with Redis, reading, rings and health, as in service.
`python -m bench density`, or some of it: `python -m bench.density vbr10 cbr10`. Needs `ffmpeg` (apt-get install ffmpeg).
"""

from __future__ import annotations

import io
import json
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, Final

import av
import msgspec
import numpy as np
import psutil

from bench import detector
from bench.cameras import publish, worker
from bench.kit import frigate_like, streets
from bench.kit.figures import Figure
from demo.clips import prepare
from demo.rtsp.camera import SimCamera
from demo.rtsp.media import MediaStream, load
from demo.rtsp.sim import CameraSim
from lianqin import keys
from lianqin.records import Alert, CameraHealth, decode

WARM_S: Final = 75.0
"""Until cameras sleep, the gate has learned what quiet is, and rings are full."""
MEASURED_S: Final = 61.0
BESIDE_WARM_S, BESIDE_S = 12.0, 45.0


class StreamCase(msgspec.Struct, frozen=True):
    """One kind of stream, with how many cameras Lianqin and the other are given, and the goals."""

    title: str
    passages: tuple[streets.StreetPassage, ...]
    quiet_s: float
    rate: streets.Rate
    size: tuple[int, int]
    cameras: int
    beside: int
    goal: float
    times: float


SUB, MAIN = (640, 360), (1920, 1080)
CASES: Final = {
    "vbr10": StreamCase("VBR sub-streams, 10 % active", (streets.SEVERAL,), 108, "vbr", SUB, 40, 8, 120, 2.5),
    "vbr2": StreamCase("VBR sub-streams, 2 % active", (streets.SHORT,), 116, "vbr", SUB, 50, 8, 350, 4),
    "cbr10": StreamCase("CBR sub-streams, 10 % active", (streets.SEVERAL,), 108, "cbr", SUB, 40, 8, 100, 3),
    "main10": StreamCase("1080p main streams alone, 10 % active", (streets.ONE,), 74, "vbr", MAIN, 20, 4, 30, 4),
    "main2": StreamCase("1080p main streams alone, 2 % active", (streets.SHORT,), 116, "vbr", MAIN, 20, 4, 30, 6),
}


class Ours(msgspec.Struct, frozen=True):
    """A worker over the measured time. CPU in ms a camera-second; lateness of its alerts in seconds."""

    ms: float
    detector_ms: float
    megabytes: float
    due: int
    dropped: int
    well: float
    late: Any

    @property
    def unseen(self) -> float:
        return self.dropped / max(1, self.due)


class Theirs(msgspec.Struct, frozen=True):
    """The imitation, in ms a camera-second."""

    ms: float
    detector_ms: float
    ffmpeg_ms: float
    calls: float


def run(names: list[str] | None = None) -> list[Figure]:
    """About four minutes a kind of stream."""
    prepare(lambda text: print(text, file=sys.stderr))
    if not shutil.which("ffmpeg"):
        raise SystemExit("ffmpeg is needed for the comparison: apt-get install ffmpeg")
    print("beside:", " ".join(frigate_like.COMMAND), file=sys.stderr)
    figures = []
    for name in names or list(CASES):
        with tempfile.TemporaryDirectory(prefix="lqb-") as folder:
            figures += _case(CASES[name], Path(folder))
    return figures


def _case(case: StreamCase, folder: Path) -> list[Figure]:
    street = streets.make(folder / "street.mp4", case.passages, case.quiet_s, case.rate, size=case.size)
    stream = load(street.path)
    with served(stream, case.cameras) as sim:
        ours = measure(sim, folder / "ours", case.cameras)
    with served(stream, case.beside) as sim:
        theirs = _beside(sim, case.beside)
    alone = decode_ms(street.path)
    note = (
        f"{case.cameras} cameras, {street.active:.1%} active, {ours.well:.0%} ok; detector {ours.detector_ms:.1f} of it"
    )
    beside = f"{case.beside} cameras; ffmpeg {theirs.ffmpeg_ms:.1f}, detector {theirs.detector_ms:.1f} of it, {theirs.calls:.2f} calls a second"
    p95, p99 = (round(float(np.percentile(ours.late, q)), 2) if len(ours.late) else float("nan") for q in (95, 99))
    return [
        Figure(f"{case.title}: a camera", round(ours.ms, 2), "CPU ms a second", "decode alone", round(alone, 2), note),
        Figure("  Frigate's design", round(theirs.ms, 2), "CPU ms a second", "decode alone", round(alone, 2), beside),
        Figure("  cameras a core", round(1000 / ours.ms, 1), "cameras", "Frigate's design", round(1000 / theirs.ms, 1),
               f"goal {case.goal:g}; decode alone {1000 / alone:.0f}"),
        Figure("  times as many", round(theirs.ms / ours.ms, 2), "times", "goal", case.times, ""),
        Figure("  capture to alert, p95", p95, "s", "goal", 2.0, f"p99 {p99} of {len(ours.late)} alerts"),
        Figure("  due pictures not looked at", round(100 * ours.unseen, 3), "%", "goal", 0.1, f"{ours.dropped} of {ours.due}"),
    ]  # fmt: skip


@contextmanager
def served(stream: MediaStream, count: int) -> Iterator[CameraSim]:
    """Cameras in a process of this one, each at another place of the loop."""
    names = [f"D{n:03d}" for n in range(count)]
    groups = len(stream.frames) // (2 * streets.FPS)
    shifted = [_from_group(stream, n * groups // count) for n in range(count)]
    with CameraSim(
        {name: SimCamera({"main": one, "sub": one}) for name, one in zip(names, shifted, strict=True)}
    ) as sim:
        yield sim


def _from_group(stream: MediaStream, group: int) -> MediaStream:
    at = group * 2 * streets.FPS
    return replace(stream, frames=stream.frames[at:] + stream.frames[:at])


def measure(sim: CameraSim, folder: Path, count: int, warm_s: float = WARM_S, measured_s: float = MEASURED_S) -> Ours:
    """A worker on the simulator's cameras."""
    folder.mkdir()
    with worker(folder) as (process, client):
        time.sleep(4)
        empty = process.memory_info().rss / 1e6
        publish(client, sim, with_main=False)
        time.sleep(warm_s)
        before, cpu, began = healths(client), process.cpu_times(), time.monotonic()
        since = time.time()
        time.sleep(measured_s)
        after, spent = healths(client), process.cpu_times()
        took = time.monotonic() - began
        late = _lateness(client, since)
        megabytes = (process.memory_info().rss / 1e6 - empty) / count
    cpu_s = spent.user + spent.system - cpu.user - cpu.system
    looked = sum(after[name].sampled - before[name].sampled for name in after)
    return Ours(
        ms=cpu_s * 1000 / took / count, detector_ms=looked * detector_ms() / took / count, megabytes=megabytes,
        due=sum(after[name].due - before[name].due for name in after),
        dropped=sum(after[name].dropped - before[name].dropped for name in after),
        well=sum(health.state == "ok" for health in after.values()) / count, late=late,
    )  # fmt: skip


def _lateness(client: Any, since: float) -> list[float]:
    """Seconds from the capture to Redis, of each alert since then."""
    late = []
    for number, fields in client.xrange(keys.ALERTS, f"{int(since * 1000)}"):
        alert = decode(fields[b"r"])
        if isinstance(alert, Alert):
            late.append(int(number.split(b"-")[0]) / 1000 - alert.captured_at)
    return late


def healths(client: Any) -> dict[str, CameraHealth]:
    """What the worker says of each camera now."""
    found = map(decode, client.hgetall(keys.camera_health()).values())
    return {health.camera_id: health for health in found if isinstance(health, CameraHealth)}


@cache
def detector_ms() -> float:
    """One whole look at 640x360, alone, CPU milliseconds."""
    return detector.run()[0].value


def _beside(sim: CameraSim, count: int) -> Theirs:
    urls = [sim.url(name, "sub") for name in sim.cameras]
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.kit.frigate_like", *urls], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    try:
        time.sleep(BESIDE_WARM_S)
        first, a = _asked(process), _cpu(process.pid)
        began = time.monotonic()
        time.sleep(BESIDE_S)
        second, b = _asked(process), _cpu(process.pid)
        took = time.monotonic() - began
    finally:
        process.terminate()
        process.wait(20)
    each = 1000 / took / count
    return Theirs(
        (sum(b) - sum(a)) * each, (second["detector_s"] - first["detector_s"]) * each, (b[1] - a[1]) * each,
        (second["calls"] - first["calls"]) / took / count,
    )  # fmt: skip


def _asked(process: subprocess.Popen[str]) -> Any:
    assert process.stdout
    process.send_signal(signal.SIGUSR1)
    return json.loads(process.stdout.readline())


def _cpu(pid: int) -> tuple[float, float]:
    """Seconds of the process itself and of its children that run."""
    whole = psutil.Process(pid)
    own, children = whole.cpu_times(), [child.cpu_times() for child in whole.children()]
    return own.user + own.system, sum(times.user + times.system for times in children)


def decode_ms(path: Path) -> float:
    """CPU milliseconds to decode a second of the stream in full, one thread, nothing else."""
    with av.open(io.BytesIO(path.read_bytes())) as source:
        stream = source.streams.video[0]
        stream.codec_context.thread_count = 1
        began = time.thread_time()
        frames = sum(1 for _ in source.decode(stream))
        return (time.thread_time() - began) * 1000 / (frames / streets.FPS)


if __name__ == "__main__":
    for figure in run(sys.argv[1:] or None):
        print(figure)
