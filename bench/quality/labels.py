"""What a person saw on a clip: who appears when and where. One file a clip in `labels/`; boxes are fractions of the picture.

Lines and zones are drawn by hand; that somebody crosses one, or stays, follows from his labelled way.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Final, Literal

import msgspec

from bench.kit.accuracy import Truth, read_truth
from bench.quality.footage import Clip, find
from lianqin.decoding import from_plain

FOLDER: Final = Path(__file__).with_name("labels")
Kind = Literal["person", "vehicle"]
KINDS: Final[tuple[Kind, ...]] = ("person", "vehicle")
OF_KIND: Final[dict[Kind, tuple[str, ...]]] = {
    "person": ("person",),
    "vehicle": ("car", "truck", "bus", "motorcycle", "bicycle"),
}
"""The detector's labels."""
Box = tuple[float, float, float, float]
Key = tuple[float, float, float, float, float]
"""Seconds, left, top, right, bottom."""
AWAY_S: Final = 1.0
SHORT_S: Final = 1.5
PEOPLE: Final = 5
CROWD_S: Final = 3.5
APART_S: Final = 6.0
BEFORE_S: Final = 0.8
"""So long he must have been seen before a line that he crosses: nobody knows where one came from who was never before it."""
CLEAR: Final = 0.1
"""Of a box's height: a foot that has been so far on both sides of a line has crossed it."""


class Appearance(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One person or vehicle, from its first key to its last; between keys it moves evenly."""

    kind: Kind
    keys: tuple[Key, ...]
    unsure: bool = False
    """A person who looks would not swear to it, or it shows for less than 1.5 s or less than 20 of 640 pixels: neither a
    miss nor a false box."""

    @property
    def begin(self) -> float:
        return self.keys[0][0]

    @property
    def end(self) -> float:
        return self.keys[-1][0]

    def box(self, at: float) -> Box | None:
        """Where it is then; None while it is not to be seen."""
        if not self.begin - 1e-6 <= at <= self.end + 1e-6:
            return None
        for before, after in pairwise(self.keys):
            if at <= after[0] + 1e-6:
                share = min(1.0, max(0.0, (at - before[0]) / max(1e-9, after[0] - before[0])))
                a, b, c, d = (p + share * (q - p) for p, q in zip(before[1:], after[1:], strict=True))
                return a, b, c, d
        return self.keys[-1][1:]

    def near(self, at: float, *, before: float = 0.5, after: float = 0.5) -> Box | None:
        """Where it is then, and a moment before it appears or after it is gone."""
        if self.end < at <= self.end + after:
            return self.keys[-1][1:]
        if self.begin - before <= at < self.begin:
            return self.keys[0][1:]
        return self.box(at)


class LabelledLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A line that a `kind` may cross."""

    kind: Kind
    points: tuple[tuple[float, float], tuple[float, float]]


class Stretch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """At least five people can be seen at once, all the time from `begin` to `end`."""

    begin: float
    end: float


class Labels(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Of one clip."""

    complete: tuple[Kind, ...] = ()
    """Everything of these kinds is labelled: another box is a false one."""
    empty: tuple[Kind, ...] = ()
    """Nothing of these kinds is ever to be seen."""
    appearance: tuple[Appearance, ...] = ()
    line: tuple[LabelledLine, ...] = ()
    crowd: tuple[Stretch, ...] = ()
    mot: str = ""
    """A file of public truth (people, MOT format) below the folder of own clips; without it the clip is skipped."""


class Crossing(msgspec.Struct, frozen=True):
    """A labelled thing's foot passes a line; `to_right` as seen on the picture, looking from the first point to the second."""

    line: LabelledLine
    who: Appearance
    at: float
    to_right: bool


def load(clip: Clip, size: tuple[int, int]) -> Labels | None:
    """The clip's labels; None where there are none, or their public truth is not at hand. `size`: of the file's pictures."""
    path = FOLDER / f"{clip.id}.toml"
    if not path.is_file():
        return None
    labels = from_plain(tomllib.loads(path.read_text(encoding="utf-8")), Labels)
    if not labels.mot:
        return labels
    found = find(labels.mot)
    people = _people(read_truth(found), clip.fps or 25.0, size) if found else None
    return msgspec.structs.replace(labels, appearance=(*labels.appearance, *people)) if people else None


def _people(truth: dict[int, list[Truth]], fps: float, size: tuple[int, int]) -> tuple[Appearance, ...]:
    """Boxes by frame become ways; who is away for more than `AWAY_S` appears anew."""
    width, height = size
    ways: dict[int, list[list[Key]]] = {}
    for frame, people in sorted(truth.items()):
        for person in people:
            (a, b, c, d), at = person.box, frame / fps
            key = at, a / width, b / height, c / width, d / height
            mine = ways.setdefault(person.person, [])
            if mine and at - mine[-1][-1][0] <= AWAY_S:
                mine[-1].append(key)
            else:
                mine.append([key])
    short = [(way, way[-1][0] - way[0][0] < SHORT_S) for mine in ways.values() for way in mine]
    return tuple(Appearance("person", tuple(way), unsure=unsure) for way, unsure in short)


def crowds(labels: Labels) -> tuple[Stretch, ...]:
    """Where at least `PEOPLE` are to be seen for `CROWD_S` and more: as drawn, or where everybody is labelled, counted."""
    if labels.crowd or "person" not in labels.complete:
        return labels.crowd
    people = [one for one in labels.appearance if one.kind == "person" and not one.unsure]
    times = sorted({one.begin for one in people} | {one.end for one in people})
    found = list[Stretch]()
    for begin, end in pairwise(times):
        if sum(one.begin <= begin and one.end >= end for one in people) < PEOPLE:
            continue
        if found and begin - found[-1].end < 1e-6:
            found[-1] = Stretch(found[-1].begin, end)
        else:
            found.append(Stretch(begin, end))
    return tuple(one for one in found if one.end - one.begin >= CROWD_S)


def crossings(labels: Labels, aspect: float) -> Iterator[Crossing]:
    """Each passage from clear of a line to clear of it on its other side, between its ends; who turns back at once and passes
    again is one happening."""
    for line in labels.line:
        for who in labels.appearance:
            if who.kind == line.kind and not who.unsure:
                last = -APART_S
                for one in _crossings(line, who, aspect):
                    if one.at - last >= APART_S and one.at >= who.begin + BEFORE_S:
                        yield one
                    last = one.at


def _crossings(line: LabelledLine, who: Appearance, aspect: float) -> Iterator[Crossing]:
    (ax, ay), (bx, by) = ((x * aspect, y) for x, y in line.points)
    wx, wy = bx - ax, by - ay
    length = (wx * wx + wy * wy) ** 0.5
    side, left_at = 0, who.begin
    steps = int((who.end - who.begin) / 0.1) + 1
    for step in range(steps):
        at = who.begin + step * 0.1
        box = who.box(at)
        if box is None:
            continue
        fx, fy = (box[0] + box[2]) / 2 * aspect - ax, box[3] - ay
        depth = (wx * fy - wy * fx) / length
        along = (wx * fx + wy * fy) / length**2
        if abs(depth) < CLEAR * (box[3] - box[1]):
            continue
        now = 1 if depth > 0 else -1
        if side and now != side and 0.05 <= along <= 0.95:
            yield Crossing(line, who, (left_at + at) / 2, to_right=now > 0)
        side, left_at = now, at
