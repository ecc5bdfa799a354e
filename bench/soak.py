"""`make soak`: forty cameras for half an hour, of which ten flap through every fault the simulator knows.

Each of the ten takes one fault after the other, in an order of its own: the fault is told, must be named in the health that
the ledger is made of within 30 s, is taken back, and the camera must be well again within 10 s. The other thirty must be
looked at as before. Memory, file descriptors and threads of the worker are read each second; their slope is that of the
second half, when everything has been opened once. `python -m bench.soak --minutes 5` for a short one.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
import psutil

from bench.cameras import publish, worker
from bench.density import healths, served
from bench.kit import streets
from bench.kit.figures import Figure
from demo.clips import prepare
from demo.rtsp.media import load
from demo.rtsp.sim import CameraSim

CAMERAS, FLAPPING = 40, 10
NAMED_S, BACK_S = 30.0, 10.0
REST_S: Final = 8.0
QUIET_S: Final = 28.0
BEFORE_S: Final = 60.0
"""Without any fault, to compare with."""
EXPECTED: Final[dict[str, frozenset[str]]] = {
    "drop": frozenset({"ended"}), "hang": frozenset({"silent"}), "stall": frozenset({"silent"}),
    "garbage": frozenset({"unreadable", "no_picture", "ended"}), "401": frozenset({"unauthorised"}),
    "404": frozenset({"not_found"}), "503": frozenset({"busy"}), "slow": frozenset({"slow"}),
    "clock_jump": frozenset({"clock_jump"}), "offline": frozenset({"unreachable"}), "cover": frozenset({"covered"}),
    "freeze": frozenset({"frozen"}), "turn": frozenset({"moved"}), "blur": frozenset({"blurred"}), "dark": frozenset({"black"}),
}  # fmt: skip
"""The reasons that name a fault. A change of codec or size is no fault that lasts: the tests have those."""
ONCE: Final = frozenset({"drop", "clock_jump"})


class Flapper:
    """One camera on its way through the faults; `step` each half second."""

    def __init__(self, sim: CameraSim, name: str, first: int) -> None:
        self._sim, self.name = sim, name
        self._order = [list(EXPECTED)[(first + n) % len(EXPECTED)] for n in range(len(EXPECTED))]
        self._turn = 0
        self._reconnects = 0
        self._steps = self._run()
        self._health: Any = None
        self._now = 0.0
        self.named: list[tuple[str, float | None]] = []
        self.back: list[tuple[str, float | None]] = []

    def step(self, health: Any, now: float) -> None:
        self._health, self._now = health, now
        next(self._steps)

    def _run(self) -> Iterator[None]:
        while True:
            fault = self._order[self._turn % len(self._order)]
            self._turn += 1
            since = self._now
            yield
            while self._now - since < REST_S or self._health is None or self._health.state != "ok":
                yield
            reconnects, began = self._health.reconnects, self._now
            self._sim.fault(self.name, fault)
            while not self._is_named(fault, reconnects) and self._now - began <= NAMED_S:
                yield
            self.named.append((fault, self._now - began if self._is_named(fault, reconnects) else None))
            if fault not in ONCE:
                self._sim.fault(self.name, "ok")
            began = self._now
            while (self._health.state != "ok") and self._now - began <= 3 * BACK_S:
                yield
            self.back.append((fault, self._now - began if self._health.state == "ok" else None))

    def _is_named(self, fault: str, reconnects: int) -> bool:
        health = self._health
        if health.reason in EXPECTED[fault]:
            return True
        return fault == "drop" and bool(health.reconnects > reconnects)  # told and mended between two looks


def run(minutes: float = 30.0) -> list[Figure]:
    """As long as it says, and two minutes more."""
    prepare(lambda text: print(text, file=sys.stderr))
    with tempfile.TemporaryDirectory(prefix="lqb-") as name:
        street = streets.make(Path(name) / "street.mp4", (streets.SHORT,), QUIET_S, "vbr")
        with served(load(street.path), CAMERAS) as sim, worker(_made(Path(name) / "w")) as (process, client):
            publish(client, sim, with_main=False)
            time.sleep(60)
            return _soak(sim, process, client, minutes * 60)


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _soak(sim: CameraSim, process: psutil.Process, client: Any, seconds: float) -> list[Figure]:
    names = sorted(sim.cameras)
    flappers = [Flapper(sim, name, n * 2) for n, name in enumerate(names[:FLAPPING])]
    well = names[FLAPPING:]
    usual = _rate(client, well, BEFORE_S)
    first, began, rows = healths(client), time.monotonic(), list[tuple[float, float, float, float]]()
    troubled = 0
    while (now := time.monotonic() - began) < seconds:
        found = healths(client)
        for one in flappers:
            one.step(found.get(one.name), now)
        troubled += sum(found[name].state != "ok" for name in well if name in found)
        if len(rows) % 120 == 0:
            print(f"{now:.0f} s: {process.memory_info().rss / 1e6:.0f} MB", file=sys.stderr)
        rows.append((now, process.memory_info().rss / 1e6, process.num_fds(), process.num_threads()))
        time.sleep(0.5)
    last = healths(client)
    during = sum(last[name].sampled - first[name].sampled for name in well) / len(well) / seconds
    dropped = sum(last[name].dropped - first[name].dropped for name in well)
    return _figures(
        flappers, rows, usual, during, f"{dropped} dropped; {troubled} looks of {len(rows) * len(well)} saw one not ok"
    )


def _rate(client: Any, names: list[str], seconds: float) -> float:
    before = healths(client)
    time.sleep(seconds)
    after = healths(client)
    return sum(after[name].sampled - before[name].sampled for name in names) / len(names) / seconds


def _counted(faults: Iterable[str]) -> str:
    return ", ".join(f"{fault} {count}" for fault, count in sorted(Counter(faults).items())) or "none"


def _figures(
    flappers: list[Flapper], rows: list[tuple[float, float, float, float]], usual: float, during: float, note: str
) -> list[Figure]:
    named = [one for flapper in flappers for one in flapper.named]
    back = [one for flapper in flappers for one in flapper.back]
    late = _counted(fault for fault, took in named if took is None)
    slow = _counted(fault for fault, took in back if took is None or took > BACK_S)
    table = np.array(rows)
    half = table[len(table) // 2 :]
    slopes = [float(np.polyfit(half[:, 0] / 60, half[:, column], 1)[0]) for column in (1, 2, 3)]
    return [
        Figure("faults named within 30 s", sum(took is not None for _, took in named), "of", "told", len(named),
               f"longest {max((took for _, took in named if took is not None), default=0):.1f} s; not: {late}"),
        Figure("well again within 10 s", sum(took is not None and took <= BACK_S for _, took in back), "of", "taken back",
               len(back), f"longest {max((took for _, took in back if took is not None), default=0):.1f} s; not: {slow}"),
        Figure("the other cameras, looks a second each", round(during, 3), "looks", "before", round(usual, 3), note),
        Figure("memory, second half", round(slopes[0], 2), "MB a minute", "at the end", round(float(table[-1, 1])), "MB"),
        Figure("file descriptors, second half", round(slopes[1], 2), "a minute", "at the end", float(table[-1, 2]), ""),
        Figure("threads, second half", round(slopes[2], 2), "a minute", "at the end", float(table[-1, 3]), ""),
    ]  # fmt: skip


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0)
    for figure in run(parser.parse_args().minutes):
        print(figure)
