"""What the whole pipeline misses for its thrift: events of streams with several people, beside a run that looks at everything.

An event is an alert of a passage; the memory of earlier alerts, into which a later one would be merged, begins anew in the
quiet before each. Both runs play the same packets through decoder, network, tracks
and rules; the one that is always on decodes every picture and looks at the whole of five a second. An alert answers another
within `SAME_S`. How far two runs agree that are both always on, a tenth of a second apart, is printed beside: that much is
chance. Passages that no threshold was chosen on (`bench.kit.streets`).
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Final

import av
import cv2
import msgspec
import numpy as np

from bench.kit import streets
from bench.kit.figures import Figure
from demo.clips import prepare
from detect import windows
from detect.cards import load_card
from detect.detector import Detector, open_detector
from detect.pipeline import CameraPipeline
from ingest.camera import WHOLE_EVERY_S
from ingest.look.gated import Watch
from ingest.look.key_gate import KeyGate
from ingest.look.sampler import Sampler
from ingest.stream import EncodedPacket, VideoFormat
from lianqin import settings
from lianqin.records import Camera, Frame, Zone

SAME_S: Final = 5.0
QUIET_S: Final = 16.0
STREAMS: Final[tuple[tuple[float, streets.Rate], ...]] = ((2.0, "vbr"), (2.0, "cbr"))
ZONE: Final = Zone(
    id="z", name="z", situation="intrusion", points=((0.02, 0.02), (0.98, 0.02), (0.98, 0.98), (0.02, 0.98))
)


class RecallRun(msgspec.Struct, frozen=True):
    """Alerts, in seconds of the stream; looks given to the network, by how much of the picture; CPU ms a second."""

    alerts: tuple[float, ...]
    looks: dict[str, int]
    ms: float
    detector_ms: float


def _pipeline() -> CameraPipeline:
    camera = Camera(id="R", code="99010100001320000001", name="R", url="rtsp://r/", zones=(ZONE,))
    return CameraPipeline(camera, model="m", rule_version="1")


def play(street: streets.Street, detector: Detector, *, always: bool, skip: int = 0) -> RecallRun:
    """One pass over the file, its first `skip` pictures (which hold nobody) left out."""
    anew = [begin - QUIET_S / 2 for begin, _ in street.passages]
    pipeline = _pipeline()
    found, packets = _packets(street.path)
    watch = Watch(found, Sampler(0.2, 60.0, 1e9 if always else 3.0), KeyGate())
    alerts, looks, whole_at, spent = list[float](), {"whole": 0, "coarse": 0, "windows": 0}, -9.0, 0.0
    began = time.thread_time()
    for packet in packets[skip:]:
        if anew and packet.at >= anew[0]:
            anew.pop(0)
            pipeline = _pipeline()
        for look in watch.packet(packet):
            parts: tuple[windows.Box, ...] = ()
            if not always and look.moved is not None and 0 <= look.at - whole_at < WHOLE_EVERY_S:
                parts = windows.plan(look.moved, pipeline.likely, 16 / 9)
            if not parts:
                whole_at = look.at
            kind = "whole" if not parts else "coarse" if parts == (windows.WHOLE,) else "windows"
            looks[kind] += 1
            picture = np.asarray(look.frame.to_ndarray(format="bgr24"), np.uint8)
            started = time.thread_time()
            [detections] = detector.detect([Frame("R", look.at, picture, parts)])
            spent += time.thread_time() - started
            raised = pipeline.process(look.at, detections, (16, 9))
            alerts += [one.captured_at for one in raised]
            watch.saw(look.at, interesting=always or pipeline.interesting)
    seconds = len(packets) / streets.FPS
    return RecallRun(tuple(alerts), looks, (time.thread_time() - began) * 1000 / seconds, spent * 1000 / seconds)


def _packets(path: Path) -> tuple[VideoFormat, list[EncodedPacket]]:
    with av.open(str(path)) as source:
        read: Any = source.streams.video[0]
        convert = av.BitStreamFilterContext("h264_mp4toannexb", read)
        flat = [one for packet in source.demux(read) for one in convert.filter(packet) if one.size]
        packets = [EncodedPacket(n / streets.FPS, bool(one.is_keyframe), bytes(one)) for n, one in enumerate(flat)]
        return VideoFormat("h264", read.width, read.height, float(streets.FPS), b""), packets


def answered(truth: tuple[float, ...], given: tuple[float, ...]) -> int:
    """How many of the true alerts have one of their own in `given`."""
    left, count = list(given), 0
    for at in truth:
        same = min((one for one in left if abs(one - at) <= SAME_S), key=lambda one: abs(one - at), default=None)
        if same is not None:
            left.remove(same)
            count += 1
    return count


class _Sum:
    """Over all places of a kind of stream."""

    def __init__(self) -> None:
        self.events = self.met = self.chance = self.own = self.agreed = self.passages = 0
        self.looks = {"whole": 0, "coarse": 0, "windows": 0}
        self.seconds = self.ms = self.always_ms = self.detector_ms = self.always_detector_ms = self.active_s = 0.0

    def add(self, street: streets.Street, detector: Detector) -> None:
        always = play(street, detector, always=True)
        again = play(street, detector, always=True, skip=53)
        gated = play(street, detector, always=False)
        self.events += len(always.alerts)
        self.met += answered(always.alerts, gated.alerts)
        self.chance += answered(always.alerts, again.alerts)
        self.own += len(gated.alerts)
        self.agreed += answered(gated.alerts, always.alerts)
        self.passages += len(street.passages)
        self.looks = {kind: count + gated.looks[kind] for kind, count in self.looks.items()}
        self.seconds += street.seconds
        self.active_s += street.seconds * street.active
        self.ms += gated.ms * street.seconds
        self.always_ms += always.ms * street.seconds
        self.detector_ms += gated.detector_ms * street.seconds
        self.always_detector_ms += always.detector_ms * street.seconds

    def figures(self, name: str) -> list[Figure]:
        looked = ", ".join(f"{count} {kind}" for kind, count in self.looks.items())
        per = self.seconds
        note = f"{self.passages} passages, {self.active_s / per:.0%} active; looks: {looked}"
        return [
            Figure(f"events seen: {name}", self.met, "of", "always on", self.events, note),
            Figure("  seen by another run always on", self.chance, "of", "always on", self.events, "chance"),
            Figure("  of its own alerts, always on agrees with", self.agreed, "of", "its alerts", self.own, ""),
            Figure("  all of it without network and reading", self.ms / per, "CPU ms a second", "always on",
                   self.always_ms / per, f"detector {self.detector_ms / per:.1f} for {self.always_detector_ms / per:.1f}"),
        ]  # fmt: skip


def run() -> list[Figure]:
    """About twelve minutes."""
    prepare(lambda text: print(text, file=sys.stderr))
    detector, threads = (
        open_detector(load_card(settings.load().models_dir / "nanodet-g"), threads=1),
        cv2.getNumThreads(),
    )
    cv2.setNumThreads(1)
    figures = []
    for group_s, rate in STREAMS:
        total = _Sum()
        for number, place in enumerate(streets.PLACES):
            with tempfile.TemporaryDirectory(prefix="lqb-") as folder:
                target = Path(folder) / "s.mp4"
                total.add(streets.make(target, place, QUIET_S, rate, group_s=group_s, seed=number), detector)
        figures += total.figures(f"{rate.upper()}, key frame each {group_s:g} s")
    cv2.setNumThreads(threads)
    return figures


if __name__ == "__main__":
    for figure in run():
        print(figure)
