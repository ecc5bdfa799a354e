"""The picture diagnosis on real clips with faults and weather made into them: when each fault is said, and what is said falsely.

The figures are counts of cases right; the table of all cases is printed before them. What the clips show as filmed: people
on a road (C01, C02, C04 at night), a quiet door (C05), a street where a bus stands before the camera half of the time (C07).
"""

from __future__ import annotations

import sys
import time
from typing import Final

import cv2

from bench.kit.figures import Figure
from bench.kit.pictures import CASES, Learned, planes
from demo.clips import clip_path
from ingest.look.diagnosis import measure_planes

CLIPS: Final = ("C01", "C02", "C04", "C05", "C07")
WITHIN_S: Final = 30.0


def run() -> list[Figure]:
    found_in_time = faults = quiet = weather = 0
    print("case".ljust(42), *(name.rjust(12) for name in CLIPS), file=sys.stderr)
    learned = [Learned(planes(clip_path(name, "sub"))) for name in CLIPS]
    for case in CASES:
        told = []
        for one in learned:
            found = one.try_case(case)
            said = "-" if found.after_s is None else f"{found.after_s:.0f} s"
            told.append(said + "".join(f" !{wrong}" for wrong in found.wrong))
            if case.expected:
                faults += 1
                found_in_time += found.after_s is not None and (found.after_s <= WITHIN_S or "creeps" in case.name)
            else:
                weather += 1
                quiet += not found.wrong
        print(case.name.ljust(42), *(text.rjust(12) for text in told), file=sys.stderr)
    picture = learned[0].pictures[0]
    start = time.perf_counter()
    for _ in range(100):
        measure_planes(picture)
    each_ms = (time.perf_counter() - start) * 10
    start = time.perf_counter()
    for _ in range(100):
        cv2.resize(picture, (320, 180), interpolation=cv2.INTER_AREA)
    alone_ms = (time.perf_counter() - start) * 10
    return [
        Figure("made picture faults said within 30 s (creeping ones at all)", found_in_time, "of", "cases", faults, "made into five real clips"),
        Figure("made weather and traffic without a false one", quiet, "of", "cases", weather, "dusk, rain, headlights, a lorry; made"),
        Figure("one picture of 640x360 measured", each_ms, "ms", "scaling it alone", alone_ms, "one a key frame"),
    ]  # fmt: skip
