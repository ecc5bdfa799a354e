"""What the gate lets pass, and what it costs: passages of a man at a quiet door, beside a run that is always on.

A passage is *met* when the detector is given a picture on which he can be seen, and *followed* when it is given three within
a second, as a track needs to count. Speeds: the passage lasts from 2.2 s down to 0.5 s; no threshold was chosen on them.
"""

from __future__ import annotations

import time
from typing import Final

import msgspec

from bench.kit.figures import Figure
from bench.kit.passages import FPS, MadeStream, Rate, make
from ingest.look.gated import Watch
from ingest.look.key_gate import KeyGate
from ingest.look.sampler import Sampler

SPEEDS: Final = (12.0, 16.0, 22.0, 30.0, 50.0) * 4
INTERVAL_S: Final = 0.2
STREAMS: Final[tuple[tuple[float, Rate], ...]] = ((2.0, "vbr"), (1.0, "vbr"), (4.0, "vbr"), (2.0, "cbr"))


class Went(msgspec.Struct, frozen=True):
    """Passages met and followed, pictures looked at, CPU milliseconds a second, times that sizes alone called."""

    met: int
    followed: int
    looks: int
    ms: float
    alarms: int


def went(made: MadeStream, *, always: bool = False) -> Went:
    """Play the stream through a watch; the answers are what the detector is known to see."""
    watch = Watch(made.format, Sampler(INTERVAL_S, 60.0, 3.0), KeyGate())
    looked: list[int] = []
    began = time.thread_time()
    for packet in made.packets:
        for look in watch.packet(packet):
            n = round(look.at * FPS)
            looked.append(n)
            watch.saw(look.at, interesting=always or n in made.seen)
    ms = (time.thread_time() - began) * 1000 / (len(made.packets) / FPS)
    met = followed = 0
    for passage in made.passages:
        hits = sorted(n for n in set(looked) & made.seen if passage.begin <= n / FPS <= passage.end)
        met += bool(hits)
        followed += any(b - a <= FPS for a, b in zip(hits, hits[2:], strict=False))
    return Went(met, followed, len(looked), ms, watch.alarms)


def run() -> list[Figure]:
    figures = []
    for group_s, rate in STREAMS:
        made = make(group_s, rate, SPEEDS)
        gated, always = went(made), went(made, always=True)
        name = f"{rate.upper()}, key frame each {group_s:g} s"
        active = sum(one.end - one.begin for one in made.passages) / (len(made.packets) / FPS)
        note = f"{len(made.passages)} passages, {active:.0%} active, {gated.looks} pictures looked at for {always.looks}, {gated.alarms} alarms by sizes"
        figures += [
            Figure(f"passages met: {name}", gated.met, "of", "always on", always.met, note),
            Figure(f"passages followed: {name}", gated.followed, "of", "always on", always.followed, "three pictures within a second"),
            Figure(f"decoding and gate: {name}", gated.ms, "CPU ms a second", "always on", always.ms, ""),
        ]  # fmt: skip
    return figures
