"""How often the demo's cameras are looked at, by how fast this machine looks.

A county runs beside a browser on one machine here; what takes 10 ms on one takes 40 on another. A worker that can't look at most of
what is due calls its cameras `behind`, which is true and not what the demo is to show.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from detect.cards import load_card
from detect.detector import open_detector
from lianqin.clock import SystemClock
from lianqin.records import Frame
from lianqin.settings import Settings

AWAKE: Final = 7
"""Of the nine cameras; on the others nothing moves."""
SHARE: Final = 0.2
"""Of the machine's cores, for what the detector does."""
FEW_CORES: Final = 2
QUICKEST_S, ON_FEW_CORES_S, SLOWEST_S = 0.2, 0.25, 0.5
LOOKS: Final = 8


def look_s(settings: Settings) -> float:
    """Seconds that one picture of 640x360 takes the detector: the least of `LOOKS`, for other programs only make it longer.

    Raises ModelError when the model can't be opened.
    """
    detector = open_detector(load_card(Path(settings.models_dir) / settings.model), threads=1)
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    clock = SystemClock()
    taken = []
    try:
        for n in range(LOOKS):
            began = clock.monotonic()
            detector.detect([Frame("pace", float(n), np.full((360, 640, 3), 114, np.uint8))])
            taken.append(clock.monotonic() - began)
    finally:
        cv2.setNumThreads(threads)
    return min(taken)


def sample_interval(look_s: float, cores: int) -> float:
    """Seconds between two looks of a camera that is awake, in steps of 0.05 s."""
    quickest = QUICKEST_S if cores > FEW_CORES else ON_FEW_CORES_S
    fits = AWAKE * look_s / (SHARE * cores)
    return min(max(round(fits * 20) / 20, quickest), SLOWEST_S)


def cores() -> int:
    """Those that this process may run on."""
    return len(os.sched_getaffinity(0))
