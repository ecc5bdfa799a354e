"""What one worker costs as its cameras grow: CPU, memory and lateness at 1 to 200 cameras, of which 2 % have somebody in them.

One process reads, keeps, gates, decodes and looks; the cameras are served by another process of this machine, and what they
take is printed, for on two cores it is taken from the worker's. `python -m bench.curve 1 10 50` for some of it.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Final

import numpy as np
import psutil

from bench.density import CASES, Ours, measure, served
from bench.kit import streets
from bench.kit.figures import Figure
from demo.clips import prepare
from demo.rtsp.media import load

COUNTS: Final = (1, 10, 50, 100, 150, 200)
WARM_S: Final = 210.0
"""All cameras begin awake: a hundred and fifty take minutes until each has been seen to be quiet."""
MEASURED_S: Final = 45.0


def run(counts: tuple[int, ...] = COUNTS) -> list[Figure]:
    """About five minutes a count."""
    prepare(lambda text: print(text, file=sys.stderr))
    case, figures = CASES["vbr2"], list[Figure]()
    with tempfile.TemporaryDirectory(prefix="lqb-") as name:
        street = streets.make(Path(name) / "street.mp4", case.passages, case.quiet_s, case.rate, size=case.size)
        stream = load(street.path)
        for count in counts:
            with served(stream, count) as sim:
                me = psutil.Process()
                before = me.cpu_times()
                ours = measure(sim, Path(name) / f"w{count}", count, WARM_S + count / 10, MEASURED_S)
                after = me.cpu_times()
            spent = after.user + after.system - before.user - before.system
            figures += _point(count, ours, spent / (WARM_S + count / 10 + MEASURED_S + 4))
    return figures


def _point(count: int, ours: Ours, simulator: float) -> list[Figure]:
    p95 = round(float(np.percentile(ours.late, 95)), 2) if len(ours.late) else float("nan")
    note = (
        f"{ours.well:.0%} ok; alerts p95 {p95} s of {len(ours.late)}; {ours.dropped} of {ours.due} due pictures not looked at;"
        f" the simulator {simulator:.2f} of a core"
    )
    return [
        Figure(f"{count} cameras: CPU", round(ours.ms * count / 1000, 3), "cores", "a camera", round(ours.ms, 2), note),
        Figure(
            f"{count} cameras: memory", round(ours.megabytes * count), "MB", "a camera", round(ours.megabytes, 1), ""
        ),
    ]


if __name__ == "__main__":
    for figure in run(tuple(int(one) for one in sys.argv[1:]) or COUNTS):
        print(figure, flush=True)
