"""What sleep costs: each clip as an encoded stream, after a quiet stretch, through decoder, gate, windows and pipeline; beside
a run over the same packets that is always awake and looks at the whole."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import av
import cv2
import msgspec
import numpy as np

from bench.quality import footage, looks
from bench.quality.cases import area
from bench.quality.footage import Clip
from bench.quality.judge import EPOCH, alarms_of, is_his, new_pipeline
from bench.quality.labels import KINDS, Appearance, Kind
from bench.quality.measure import ClipSeen
from detect import windows
from detect.detector import Detector
from ingest.camera import WHOLE_EVERY_S
from ingest.look.gated import Watch
from ingest.look.key_gate import KeyGate
from ingest.look.sampler import Sampler
from ingest.stream import EncodedPacket, VideoFormat
from lianqin.records import Box, Frame, Zone

FPS: Final = 25
QUIET_S: Final = 16.0
"""Before the clip: its own median picture, so that the camera is asleep when the clip begins."""
GROUP_S: Final = 2.0
GRAIN: Final = 1.5
AFTER_S: Final = 3.0


class GatedOutcome(msgspec.Struct, frozen=True):
    """One labelled appearance in both runs: seconds to the alert that he is a cause of, None where none came."""

    clip: Clip
    kind: Kind
    always: float | None
    gated: float | None


class Shown(msgspec.Struct, frozen=True):
    """At one look: boxes of the tracks that are a cause of an alert."""

    at: float
    boxes: tuple[Box, ...]


class GatedRun(msgspec.Struct, frozen=True):
    shown: dict[Kind, list[Shown]]
    looks: dict[str, int]


def stream(path: Path, clip: Clip, target: Path) -> None:
    """H.264 at a variable rate, key frames each `GROUP_S`, at most 640 wide."""
    sample = [looks.shrink(picture) for _, picture in looks.pictures(path, clip, 0.7)]
    empty = np.asarray(np.median(np.stack(sample), 0), np.uint8)
    shown = looks.pictures(path, clip, FPS)
    height, width = (side // 2 * 2 for side in empty.shape[:2])
    dice, group = np.random.default_rng(1), round(GROUP_S * FPS)
    grains = [dice.normal(0, GRAIN, (height, width, 1)).astype(np.float32) for _ in range(8)]
    with av.open(str(target), "w") as out:
        to: Any = out.add_stream("libx264", rate=FPS)
        to.width, to.height, to.pix_fmt = width, height, "yuv420p"
        to.codec_context.gop_size = group
        to.options = {"preset": "superfast", "crf": "26", "bf": "0",
                      "x264-params": f"keyint={group}:min-keyint={group}:scenecut=0:threads=1:sync-lookahead=0:rc-lookahead=0"}  # fmt: skip
        for n, picture in enumerate(_shown(empty, shown)):
            grainy = np.clip(picture[:height, :width] + grains[n % len(grains)], 0, 255).astype(np.uint8)
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(grainy), format="bgr24")
            frame.pts = n
            out.mux(to.encode(frame))
        out.mux(to.encode(None))


def _shown(empty: looks.Picture, clip: Iterator[tuple[float, looks.Picture]]) -> Iterator[looks.Picture]:
    """`FPS` a second: the quiet, the clip at its own pace, and quiet again."""
    yield from itertools.repeat(empty, round(QUIET_S * FPS))
    count, last = 0, empty
    for at, picture in clip:
        while count < round(at * FPS):
            yield last
            count += 1
        last = looks.shrink(picture)
    yield last
    yield from itertools.repeat(empty, round(AFTER_S * FPS))


def packets(path: Path) -> tuple[VideoFormat, list[EncodedPacket]]:
    with av.open(str(path)) as source:
        read: Any = source.streams.video[0]
        convert = av.BitStreamFilterContext("h264_mp4toannexb", read)
        flat = [one for packet in source.demux(read) for one in convert.filter(packet) if one.size]
        found = [EncodedPacket(n / FPS, bool(one.is_keyframe), bytes(one)) for n, one in enumerate(flat)]
        return VideoFormat("h264", read.width, read.height, float(FPS), b""), found


def play(found: VideoFormat, those: list[EncodedPacket], detector: Detector, *, always: bool) -> GatedRun:
    zones = tuple(msgspec.structs.replace(area("intrusion", kind), id=kind) for kind in KINDS)
    pipeline, aspect = new_pipeline(zones, looks.PACE), found.width / found.height
    size = found.width, found.height
    watch = Watch(found, Sampler(0.2, 60.0, 1e9 if always else 3.0), KeyGate())
    shown: dict[Kind, list[Shown]] = {kind: [] for kind in KINDS}
    keys, known, whole_at = dict[str, Zone](), set[tuple[str, str]](), -9.0
    count = {"whole": 0, "coarse": 0, "windows": 0}
    for packet in those:
        for look in watch.packet(packet):
            parts: tuple[windows.Box, ...] = ()
            if not always and look.moved is not None and 0 <= look.at - whole_at < WHOLE_EVERY_S:
                parts = windows.plan(look.moved, pipeline.likely, aspect)
            if not parts:
                whole_at = look.at
            count["whole" if not parts else "coarse" if parts == (windows.WHOLE,) else "windows"] += 1
            picture = np.asarray(look.frame.to_ndarray(format="bgr24"), np.uint8)
            [detections] = detector.detect([Frame("Q", look.at, picture, parts)])
            raised = pipeline.process(EPOCH + look.at, detections, size)
            keys |= {one.key: one.zone for one in raised}
            list(alarms_of(pipeline, look.at, keys, known, {one.key for one in raised}))
            for kind in KINDS:
                causes = {track for key, track in known if keys[key].id == kind}
                boxes = tuple(one.box for one in pipeline.tracks if one.detected and one.id in causes)
                if boxes:
                    shown[kind].append(Shown(look.at, boxes))
            watch.saw(look.at, interesting=always or pipeline.interesting)
    return GatedRun(shown, count)


def after(who: Appearance, others: list[Appearance], shown: list[Shown]) -> float | None:
    """Seconds from his appearance to the first look at which he is a cause of an alert."""
    for one in shown:
        at = one.at - QUIET_S
        if who.begin - 0.5 <= at <= who.end + 2.0 and is_his(who, others, at, one.boxes):
            return max(0.0, at - who.begin)
    return None


def measure(seen: list[ClipSeen], detector: Detector, say: Callable[[str], None]) -> Iterator[GatedOutcome]:
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    for one in seen:
        path = footage.locate(one.clip)
        if path is None or not one.labels.appearance or one.looks.seconds < 2.5:
            continue
        with tempfile.TemporaryDirectory(prefix="lqb-") as folder:
            stream(path, one.clip, Path(folder) / "s.mp4")
            found, those = packets(Path(folder) / "s.mp4")
        always = play(found, those, detector, always=True)
        gated = play(found, those, detector, always=False)
        say(f"{one.clip.id}: looks {gated.looks} for {sum(always.looks.values())}")
        for kind in KINDS:
            others = [who for who in one.labels.appearance if who.kind == kind]
            for who in others:
                if not who.unsure:
                    yield GatedOutcome(
                        one.clip, kind, after(who, others, always.shown[kind]), after(who, others, gated.shown[kind])
                    )
    cv2.setNumThreads(threads)
