"""The detector: milliseconds a frame on one thread, batch 1 and 8, beside the bare `session.run` on the same input."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from bench.kit.figures import Figure
from detect.cards import load_card
from detect.detector import open_detector
from detect.letterbox import fit, pack
from lianqin.clock import SystemClock
from lianqin.records import Frame
from lianqin.settings import load

BATCHES: Final = (1, 8)
ROUNDS: Final = 24
"""Frames timed for each figure; the median is given."""


def run() -> list[Figure]:
    """Pictures are noise of 640x360 with blurred edges: what the network costs does not depend on what is to be seen,
    only reading its answer does a little."""
    settings = load()
    card = load_card(Path(settings.models_dir) / settings.model)
    detector = open_detector(card, threads=1)
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        figures = []
        for batch in BATCHES:
            frames = _frames(batch)
            place = fit(card.input, *frames[0].size)
            packed = {detector.session.get_inputs()[0].name: pack(card.input, [f.bgr for f in frames], place)}
            whole = _median_ms(lambda frames=frames: detector.detect(frames), batch)  # type: ignore[misc]
            bare = _median_ms(lambda packed=packed: detector.session.run(None, packed), batch)  # type: ignore[misc]
            size = f"{place.canvas_width}x{place.canvas_height} {card.variant}"
            figures.append(
                Figure(f"detector, batch {batch}", whole, "ms a frame", "bare session.run", bare, f"{size}, 1 thread")
            )
    finally:
        cv2.setNumThreads(threads)
    return figures


def _frames(count: int) -> list[Frame]:
    rng = np.random.default_rng(1)
    return [
        Frame("bench", float(n), cv2.GaussianBlur(rng.integers(0, 256, (360, 640, 3), np.uint8), (9, 9), 0))
        for n in range(count)
    ]


def _median_ms(work: Callable[[], object], batch: int) -> float:
    clock = SystemClock()
    work()
    took = []
    for _ in range(max(3, ROUNDS // batch)):
        began = clock.monotonic()
        work()
        took.append((clock.monotonic() - began) / batch * 1000)
    return float(np.median(took))


if __name__ == "__main__":
    for figure in run():
        print(figure)
