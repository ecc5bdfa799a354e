"""What Frigate's design does, re-made from its documentation to be measured beside: `python -m bench.kit.frigate_like URL ...`

A process of FFmpeg for each camera decodes every picture, scales and thins them to five a second, and hands raw pictures
through a pipe. Motion is the difference to a running mean on a small grey picture, after a stretch of contrast; boxes of
motion and of what was found a moment ago are gathered into square regions of at least the network's size, and each region is
one call of the network. Kinder to it than the original: one process reads all pipes, nothing is tracked, kept or published.

Prints a line of JSON at SIGTERM: its own and FFmpeg's CPU are for whoever started it to read.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from pathlib import Path
from typing import Any, Final

import cv2
import msgspec
import numpy as np
import numpy.typing as npt

from detect.cards import load_card
from detect.detector import Detector, open_detector
from lianqin import settings
from lianqin.records import Frame

WIDTH, HEIGHT, FPS = 640, 360, 5
MODEL: Final = 320
"""Side of the network's input."""
COMMAND: Final = (
    "ffmpeg", "-hide_banner", "-loglevel", "error", "-threads", "1", "-avoid_negative_ts", "make_zero", "-fflags",
    "+genpts+discardcorrupt", "-rtsp_transport", "tcp", "-timeout", "10000000", "-use_wallclock_as_timestamps", "1",
    "-i", "URL", "-an", "-threads", "1", "-f", "rawvideo", "-pix_fmt", "yuv420p", "-r", str(FPS),
    "-vf", f"fps={FPS},scale={WIDTH}:{HEIGHT}", "pipe:",
)  # fmt: skip
MOTION_HEIGHT: Final = 100
THRESHOLD, CONTOUR, ALPHA, LIGHTNING = 30, 10, 0.01, 0.8
REGION_GROWTH: Final = 1.35
STATIONARY: Final = 50
"""Pictures after which what stays in its place is no longer looked at for its own sake."""
TRACKED: Final = frozenset({"person", "bicycle", "car", "motorcycle", "bus", "truck"})
Picture = npt.NDArray[np.uint8]
Box = tuple[int, int, int, int]
"""Left, top, right, bottom in pixels of the picture."""


class MotionArea:
    """Where something moves, of one camera."""

    def __init__(self) -> None:
        self._mean: npt.NDArray[np.float32] | None = None
        self._contrast: deque[Any] = deque(maxlen=50)

    def boxes(self, grey: Picture) -> list[Box]:
        """`grey` uint8 [360, 640]."""
        scale = MOTION_HEIGHT / HEIGHT
        small = cv2.resize(grey, (round(WIDTH * scale), MOTION_HEIGHT), interpolation=cv2.INTER_LINEAR)
        self._contrast.append(np.percentile(small, (4, 96)))
        low, high = np.mean(self._contrast, axis=0)  # the mean of the last 50 pictures, so that it doesn't flicker
        small = np.clip((small - low) * (255 / max(high - low, 1)), 0, 255).astype(np.uint8)
        small = np.asarray(cv2.GaussianBlur(small, (3, 3), 1), np.uint8)
        if self._mean is None:
            self._mean = small.astype(np.float32)
        changed = cv2.absdiff(small, cv2.convertScaleAbs(self._mean))
        mask = cv2.dilate(cv2.threshold(changed, THRESHOLD, 255, cv2.THRESH_BINARY)[1], None, iterations=1)
        share = float(np.count_nonzero(mask)) / mask.size
        cv2.accumulateWeighted(small, self._mean, 0.2 if share > LIGHTNING else ALPHA)
        if share > LIGHTNING:
            return []
        found = []
        for contour in cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)[0]:
            if cv2.contourArea(contour) > CONTOUR:
                x, y, w, h = cv2.boundingRect(contour)
                found.append((int(x / scale), int(y / scale), int((x + w) / scale), int((y + h) / scale)))
        return found


def regions(boxes: list[Box]) -> list[Box]:
    """Square regions that hold every box, those near each other together."""
    left = sorted(boxes)
    found = []
    while left:
        gathered, rest = left[0], []
        for box in left[1:]:
            both = (
                min(gathered[0], box[0]),
                min(gathered[1], box[1]),
                max(gathered[2], box[2]),
                max(gathered[3], box[3]),
            )
            if max(both[2] - both[0], both[3] - both[1]) * REGION_GROWTH <= MODEL:
                gathered = both
            else:
                rest.append(box)
        left = rest
        side = min(HEIGHT, max(MODEL, int(max(gathered[2] - gathered[0], gathered[3] - gathered[1]) * REGION_GROWTH)))
        x = min(max(0, (gathered[0] + gathered[2] - side) // 2), WIDTH - side)
        y = min(max(0, (gathered[1] + gathered[3] - side) // 2), HEIGHT - side)
        found.append((x, y, x + side, y + side))
    return found


class RecentObject:
    """What was found a moment ago, and for how many pictures it has stayed where it is."""

    def __init__(self) -> None:
        self._boxes: list[tuple[Box, int]] = []

    @property
    def moving(self) -> list[Box]:
        return [box for box, still in self._boxes if still < STATIONARY]

    def update(self, boxes: list[Box]) -> None:
        kept = [(box, still) for box, still in self._boxes if still >= STATIONARY]
        for box in boxes:
            same = max((still for other, still in self._boxes if _overlap(box, other) > 0.85), default=-1)
            if same < STATIONARY:
                kept.append((box, same + 1))
        self._boxes = kept


def _overlap(a: Box, b: Box) -> float:
    width, height = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    shared = max(0, width) * max(0, height)
    return shared / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - shared + 1e-9)


class Watching:
    """All cameras of the run, one detector."""

    def __init__(self, detector: Detector) -> None:
        self._detector, self._guard = detector, threading.Lock()
        self.pictures = self.calls = 0
        self.detector_s = 0.0

    def watch(self, url: str) -> subprocess.Popen[bytes]:
        command = [url if part == "URL" else part for part in COMMAND]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL)
        threading.Thread(target=self._read, args=(process.stdout,), daemon=True).start()
        return process

    def _read(self, pipe: Any) -> None:
        motion, before = MotionArea(), RecentObject()
        size = WIDTH * HEIGHT * 3 // 2
        while len(raw := pipe.read(size)) == size:
            planes = np.frombuffer(raw, np.uint8).reshape(HEIGHT * 3 // 2, WIDTH)
            self.pictures += 1
            found = []
            for region in regions(motion.boxes(planes[:HEIGHT]) + before.moving):
                found += self._detect(planes, region)
            before.update(found)

    def _detect(self, planes: Picture, region: Box) -> list[Box]:
        x, y, right, bottom = region
        bgr = np.asarray(cv2.cvtColor(planes, cv2.COLOR_YUV2BGR_I420), np.uint8)[y:bottom, x:right]
        with self._guard:
            began = time.thread_time()
            [found] = self._detector.detect([Frame("", 0.0, np.ascontiguousarray(bgr))])
            self.detector_s += time.thread_time() - began
            self.calls += 1
        side = right - x
        return [
            (x + int(one.box[0] * side), y + int(one.box[1] * side), x + int(one.box[2] * side), y + int(one.box[3] * side))
            for one in found if one.score >= 0.5 and one.label in TRACKED
        ]  # fmt: skip


def main(urls: list[str]) -> None:
    cv2.setNumThreads(1)
    card = load_card(Path(settings.load().models_dir) / "nanodet-g")
    square = msgspec.structs.replace(card.input, width=MODEL, height=MODEL)
    watching = Watching(open_detector(msgspec.structs.replace(card, input=square), threads=1))
    running = [watching.watch(url) for url in urls]
    for number in (signal.SIGTERM, signal.SIGUSR1):
        signal.signal(number, lambda *_: None)
    while True:
        asked = signal.sigwait({signal.SIGTERM, signal.SIGUSR1})
        told = {"pictures": watching.pictures, "calls": watching.calls, "detector_s": watching.detector_s}
        print(json.dumps(told), flush=True)
        if asked == signal.SIGTERM:
            break
    for process in running:
        process.kill()
    os._exit(0)  # threads still hang on pipes


if __name__ == "__main__":
    main(sys.argv[1:])
