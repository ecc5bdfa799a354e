"""How far the situations read from found tracks agree with those read from the true ones: the same rules, random zones
and lines, the same street. A truth without a rule of its own, so what is measured is detector and tracker in the rule's
eyes."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from itertools import chain

import msgspec
import numpy as np

from bench.kit.accuracy import Truth
from detect.boxes import overlap
from detect.situations.memory import NOTHING
from detect.situations.table import evaluate
from detect.tracking import Tracker
from detect.zones import locate
from lianqin.records import Detection, Situation, Track, Zone


class Agreement(msgspec.Struct, frozen=True):
    """Of what is true of the people, how much was raised; of what was raised, how much is true."""

    recall: float
    precision: float
    true: int
    raised: int


class TrackedScene(msgspec.Struct, frozen=True):
    """Found and true tracks by frame number, `frame_seconds` apart, on a picture of that shape."""

    found: Mapping[int, Sequence[Track]]
    real: Mapping[int, Sequence[Track]]
    frame_seconds: float
    aspect: float


class _Said(msgspec.Struct, frozen=True):
    frame: int
    person: str


def read_scene(
    detections: Mapping[int, Sequence[Detection]],
    truth: Mapping[int, Sequence[Truth]],
    *,
    frame_seconds: float,
    interval: float,
    size: tuple[int, int],
) -> TrackedScene:
    """Follow the detections with a tracker, and take the truth as tracks that are never lost."""
    width, height = size
    tracker = Tracker("scene", interval)
    found = {n: tracker.update(detections[n], n * frame_seconds, width / height) for n in sorted(detections)}
    real = {n: tuple(_as_track(person, width, height) for person in truth.get(n, ())) for n in found}
    return TrackedScene(found, real, frame_seconds, width / height)


def random_zones(situation: Situation, count: int, *, seconds: float | None = None, seed: int = 1) -> list[Zone]:
    """Rectangles (or lines) all over the picture."""
    rng = random.Random(seed)
    zones = []
    for number in range(count):
        if situation == "line_crossing":
            ends = tuple((rng.uniform(0.1, 0.9), rng.uniform(0.25, 0.95)) for _ in range(2))
            zones.append(Zone(str(number), "line", situation, ends))
            continue
        x, y = rng.uniform(0.05, 0.7), rng.uniform(0.2, 0.7)
        right, low = min(1.0, x + rng.uniform(0.12, 0.4)), min(1.0, y + rng.uniform(0.12, 0.4))
        corners = ((x, y), (right, y), (right, low), (x, low))
        zones.append(Zone(str(number), "zone", situation, corners, seconds=seconds))
    return zones


def measure_situation(scene: TrackedScene, zones: Sequence[Zone], *, within: float = 2.0) -> Agreement:
    """Match what both say of the same person within so many seconds."""
    hits = true = raised = 0
    for zone in zones:
        said = [_Said(s.frame, _who(scene, s)) for s in _all_said(scene, scene.found, zone)]
        expected = _all_said(scene, scene.real, zone)
        true, raised = true + len(expected), raised + len(said)
        for one in expected:
            near = [s for s in said if s.person == one.person]
            match = next((s for s in near if abs(s.frame - one.frame) * scene.frame_seconds <= within), None)
            if match is not None:
                said.remove(match)
                hits += 1
    return Agreement(hits / max(1, true), hits / max(1, raised), true, raised)


def _as_track(person: Truth, width: int, height: int) -> Track:
    x1, y1, x2, y2 = person.box
    box = (x1 / width, y1 / height, x2 / width, y2 / height)
    return Track(str(person.person), "person", box, 1.0, counts=True, detected=True)


def _all_said(scene: TrackedScene, tracks: Mapping[int, Sequence[Track]], zone: Zone) -> list[_Said]:
    memory, said = NOTHING, []
    for frame, seen in tracks.items():
        outcome = evaluate(zone, memory, locate(zone, seen, scene.aspect), frame * scene.frame_seconds)
        memory = outcome.memory
        said += [_Said(frame, key) for key in chain.from_iterable(fired.tracks for fired in outcome.fired)]
    return said


def _who(scene: TrackedScene, said: _Said) -> str:
    """The person whose true box the track's box covers best at that moment; nobody below IoU 0.4."""
    box = next(track.box for track in scene.found[said.frame] if track.id == said.person)
    people = scene.real[said.frame]
    if not people:
        return "nobody"
    shared = overlap(np.array([box]), np.array([person.box for person in people]))[0]
    return people[int(shared.argmax())].id if shared.max() >= 0.4 else "nobody"
