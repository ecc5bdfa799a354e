"""False alarms where nobody is: clips that show nothing of a kind, played longer than they are, through the real pipeline.

Two measures of time: what was really played (an hour a camera at most: more of the same tells no more), and the goal's rule by
which a looped clip counts as one hour. The second is a number of places that were tried, written as hours; nobody waited them.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

import msgspec

from bench.quality import footage, labels, looks
from bench.quality.cases import AFTER_S, area
from bench.quality.footage import Clip
from bench.quality.judge import COOL_DOWN_S, SCORE, play
from bench.quality.labels import Kind, Labels
from bench.quality.looks import PictureLook
from bench.quality.made import WEATHERS, Weather
from bench.quality.made import play as weathered
from bench.quality.matching import covered, may_be
from bench.quality.measure import ClipSeen
from detect.detector import Detector
from lianqin.decoding import from_msgpack
from lianqin.records import Frame

SECONDS: Final[dict[Weather, float]] = {"drift": 60.0, "rain": 30.0, "headlights": 30.0}
"""Played of each clip; more says more, at 18,000 looks an hour."""
MOST_H: Final = 1.0
"""A camera."""


class Quiet(msgspec.Struct, frozen=True):
    """What was raised of a kind on one clip that shows none of it."""

    camera: str
    clip: str
    split: str
    weather: Weather
    kind: Kind
    seconds: float
    alarms: tuple[float, ...]
    """Seconds of the made clip, here and below."""
    plain: tuple[float, ...]


class Still(msgspec.Struct, frozen=True):
    """A clip that shows nothing of one kind at least, with the shape of its pictures."""

    clip: Clip
    labels: Labels
    aspect: float


def of(seen: Iterable[ClipSeen]) -> list[Still]:
    return [Still(one.clip, one.labels, one.looks.aspect) for one in seen if one.labels.empty]


def at_hand(wanted: Iterable[Clip]) -> tuple[list[Still], list[str]]:
    """Empty clips without a look at the whole of them, and the ids of those that are skipped."""
    found, skipped = list[Still](), list[str]()
    for clip in wanted:
        drawn = labels.load(clip, (1, 1))  # boxes are not used here, so their measure is not
        if drawn is None or not drawn.empty:
            continue
        path = footage.locate(clip)
        if path is None:
            skipped.append(clip.id)
            continue
        _, first = next(looks.pictures(path, clip))
        height, width = looks.shrink(first).shape[:2]
        found.append(Still(clip, drawn, width / height))
    return found, skipped


def look(one: Still, detector: Detector, weather: Weather, seconds: float) -> tuple[PictureLook, ...]:
    """At `looks.PACE`, kept on the disk: a longer run goes on where a shorter one ended, a shorter one takes its beginning."""
    path = footage.locate(one.clip)
    assert path is not None
    key = f"{one.clip.sha256}{one.clip.frames}{detector.card.sha256}{looks.kernel()}{looks.VERSION}{weather}"
    kept = (
        looks.CACHE
        / f"{one.clip.id}-{detector.card.variant}-{weather}-{hashlib.sha256(key.encode()).hexdigest()[:16]}.msgpack"
    )
    found = from_msgpack(kept.read_bytes(), list[PictureLook]) if kept.is_file() else []
    wanted = round(seconds * looks.PACE)
    if len(found) < wanted:
        needed = itertools.islice(looks.pictures(path, one.clip), wanted)
        pictures = [looks.shrink(shown) for _, shown in needed]
        seed = int(one.clip.sha256[:8], 16)
        found += [
            PictureLook(round(at, 3), detector.detect([Frame(one.clip.id, at, shown)])[0])
            for at, shown in weathered(pictures, seconds, looks.PACE, weather, seed, first=len(found))
        ]
        looks.save(kept, msgspec.msgpack.encode(found))
    return tuple(found[:wanted])


def measure(
    those: Sequence[Still], detector: Detector, say: Callable[[str], None], times: float = 1.0
) -> Iterator[Quiet]:
    """`times`: so many times as long as `SECONDS`."""
    lasting = {weather: seconds * times for weather, seconds in SECONDS.items()}
    for one, weather in itertools.product(those, WEATHERS):
        seen = look(one, detector, weather, lasting[weather])
        say(f"{one.clip.id}, {weather}: {len(seen)} looks")
        for kind in one.labels.empty:
            zone = area("intrusion", kind)
            alarms, _ = play(zone, seen, one.aspect, looks.PACE)
            yield Quiet(one.clip.camera, one.clip.id, one.clip.split, weather, kind, lasting[weather],
                        tuple(alarm.at for alarm in alarms if alarm.new), plain(zone.labels, seen))  # fmt: skip


class Beside(msgspec.Struct, frozen=True):
    """On a clip where everything of a kind is labelled: tracks that became a cause of an alert and are nobody's."""

    clip: str
    camera: str
    split: str
    kind: Kind
    seconds: float
    strays: tuple[float, ...]
    """Seconds of the clip."""
    causes: int


def beside(seen: Sequence[ClipSeen]) -> Iterator[Beside]:
    """A stray is a cause whose box no labelled thing, doubtful ones included, could have at that look."""
    for one in seen:
        for kind in one.labels.complete:
            things = [thing for thing in one.labels.appearance if thing.kind == kind]
            alarms, _ = play(area("intrusion", kind), one.looks.looks, one.looks.aspect, looks.PACE)
            strays, causes = list[float](), 0
            for at, box in [(alarm.at, box) for alarm in alarms for box in alarm.boxes]:
                there = [place for thing in things if (place := thing.near(at, before=1.0, after=AFTER_S))]
                causes += 1
                if not any(may_be(place, [box]) or covered(place, [box]) for place in there):
                    strays.append(at)
            yield Beside(one.clip.id, one.clip.camera, one.clip.split, kind, one.looks.seconds, tuple(strays), causes)


def plain(names: tuple[str, ...], those: Sequence[PictureLook]) -> tuple[float, ...]:
    """When the plain rule alerts: at a box of half a score, then not for a minute."""
    found, rested_at = list[float](), float("-inf")
    for one in those:
        if one.at >= rested_at and any(d.label in names and d.score >= SCORE for d in one.detections):
            found.append(one.at)
            rested_at = one.at + COOL_DOWN_S
    return tuple(found)


def hours(those: Sequence[Quiet]) -> float:
    """Camera-hours that were played, an hour a camera at most."""
    cameras = {one.camera for one in those}
    return sum(min(MOST_H, sum(q.seconds for q in those if q.camera == camera) / 3600) for camera in cameras)


def counted(those: Sequence[Quiet]) -> int:
    """Hours by the rule that a looped clip counts as one; several clips of one camera count as one too."""
    return len({one.camera for one in those})
