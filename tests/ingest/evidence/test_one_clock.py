"""Evidence on one clock: the picture itself carries the time, and the clip shows the very moment of the alert. And accounts: what
the ledger says was looked at is what the detector was given."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from demo.rtsp.camera import SimCamera
from demo.rtsp.media import MediaStream, load
from lianqin import keys
from lianqin.records import Detection, Frame, WatchMinutes

FPS, FRAMES, BITS = 25, 750, 10
Sims = Callable[..., Any]


def burned(number: int, size: tuple[int, int]) -> Any:
    """A picture that carries its number as black and white blocks along its upper edge, over a little grain."""
    width, height = size
    picture = np.random.default_rng(number).normal(90, 2, (height, width, 3)).clip(0, 255).astype(np.uint8)
    for bit in range(BITS):
        left = width * bit // BITS
        picture[: height // 4, left : width * (bit + 1) // BITS] = 235 if number >> bit & 1 else 16
    return picture


def read_clock(picture: Any) -> int:
    """The number back."""
    height, width = picture.shape[:2]
    strip = picture[height // 16 : height // 6].mean(axis=(0, 2))
    middles = [strip[int(width * (bit + 0.5) / BITS)] for bit in range(BITS)]
    return sum(1 << bit for bit, value in enumerate(middles) if value > 128)


def clock_stream(path: Path, size: tuple[int, int]) -> MediaStream:
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=FPS)
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        stream.time_base = Fraction(1, 90000)
        stream.options = {"preset": "ultrafast", "bf": "0", "x264-params": "keyint=25:min-keyint=25:scenecut=0"}
        for n in range(FRAMES):
            frame = av.VideoFrame.from_ndarray(burned(n, size), format="bgr24")
            frame.pts, frame.time_base = n * 90000 // FPS, Fraction(1, 90000)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return load(path)


@pytest.fixture(scope="module")
def clocks(tmp_path_factory: pytest.TempPathFactory) -> dict[str, MediaStream]:
    folder = tmp_path_factory.mktemp("clocks")
    return {"main": clock_stream(folder / "main.mp4", (320, 180)), "sub": clock_stream(folder / "sub.mp4", (160, 96))}


class ReadsTheClock:
    """Sees a walker, and notes which number stood in each picture, and how many pictures came of each camera."""

    name = "clock@test"

    def __init__(self, walker: Any) -> None:
        self._walker = walker
        self.numbers: dict[float, int] = {}
        self.given: Counter[str] = Counter()

    def detect(self, frames: Sequence[Frame]) -> list[tuple[Detection, ...]]:
        for frame in frames:
            self.given[frame.camera_id] += 1
            self.numbers[frame.captured_at] = read_clock(frame.bgr)
        found: list[tuple[Detection, ...]] = self._walker.detect(frames)
        return found


@pytest.mark.parametrize("case", ["steady", "an hour off", "too fast", "too slow", "jumps"])
def test_the_clip_shows_the_moment_of_the_alert_whatever_the_cameras_clock_does(
    house: Any, camera_sim: Sims, clocks: dict[str, MediaStream], kit: Any, case: str
) -> None:
    drift = {"too fast": 0.001, "too slow": -0.001}.get(case, 0.0)
    off = 3600.0 if case == "an hour off" else 0.0
    sim = camera_sim({"C01": SimCamera(clocks, drift=drift, clock_error_s=off)})
    detector = ReadsTheClock(kit.walker())
    house.publish(kit.camera_of(sim, "C01", zones=()))
    house.worker(detector, clip_before=3.0, clip_after=2.0)
    kit.until("pictures", lambda: detector.given["C01"] > 20)
    if case == "jumps":
        sim.fault("C01", "clock_jump")
        after = detector.given["C01"]
        kit.until("pictures after the jump", lambda: detector.given["C01"] > after + 20)
    house.publish(kit.camera_of(sim, "C01", version=2))
    [alert] = kit.until("alert", lambda: house.alerts("C01"))
    [evidence] = kit.until("evidence", lambda: house.evidence("C01"))
    assert evidence.clip_error is None
    wanted = detector.numbers[alert.captured_at]
    with av.open(io.BytesIO((house.run_dir / "evidence" / evidence.clip).read_bytes())) as clip:
        shown = [
            (evidence.clip_from + frame.time, read_clock(frame.to_ndarray(format="bgr24")))
            for frame in clip.decode(video=0)
        ]
    assert shown[0][0] <= alert.captured_at - 3.0 + 0.1, "pre-roll as set"
    assert shown[-1][0] >= alert.captured_at + 2.0 - 0.2
    _, nearest = min(shown, key=lambda one: abs(one[0] - alert.captured_at))
    apart = (nearest - wanted + FRAMES // 2) % FRAMES - FRAMES // 2
    assert abs(apart) <= 3, f"{apart} pictures beside the moment"
    numbers = [number for _, number in shown]
    assert wanted in numbers


def test_the_ledger_counts_what_the_detector_was_given(
    house: Any, camera_sim: Sims, clocks: dict[str, MediaStream], kit: Any
) -> None:
    sim = camera_sim({name: SimCamera(clocks) for name in ("C01", "C02", "C03")})
    detector = ReadsTheClock(kit.walker())
    house.publish(*(kit.camera_of(sim, name, code=f"9901010000132000000{name[-1]}") for name in ("C01", "C02", "C03")))
    worker = house.worker(detector)
    kit.until("pictures", lambda: min((detector.given[name] for name in ("C01", "C02", "C03")), default=0) > 40)
    worker.stop()
    told: Counter[str] = Counter()
    for record in house.records(keys.WATCH):
        assert isinstance(record, WatchMinutes)
        for minute in record.minutes:
            told[minute.camera_id] += minute.looked
    # The answers that came after the stop count for nobody: one batch at the most.
    apart = {name: detector.given[name] - told[name] for name in detector.given}
    assert set(apart) == {"C01", "C02", "C03"}
    assert all(0 <= each <= 1 for each in apart.values()), apart
