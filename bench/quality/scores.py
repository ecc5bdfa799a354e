"""`python -m bench.quality.scores [--json FILE]`: how the detector scores what is there and what is not, in bins of .05.

`there`: at each look the best box that could be a labelled thing's (0 where there is none of `LEAST`). `not there`: all boxes
that could be nobody's, on clips where everything of the kind is labelled. For rules that weigh evidence; the held cameras are
for information alone.
"""

from __future__ import annotations

import argparse
import itertools
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from bench.quality import footage, looks, measure, table, windowed
from bench.quality.labels import KINDS, OF_KIND, Kind, Labels
from bench.quality.looks import PictureLook
from bench.quality.matching import covered, may_be

BIN: Final = 0.05
EDGES: Final = tuple(round(looks.LEAST + n * BIN, 2) for n in range(round((1 - looks.LEAST) / BIN) + 1))


class Histogram(msgspec.Struct, frozen=True):
    """Of one kind on some clips; `there` and `not_there` count scores from `EDGES[n]` to `EDGES[n + 1]`."""

    split: str
    kind: Kind
    look: str
    """The whole picture, or a window of it."""
    things: int
    """Labelled things, times looks at each."""
    unseen: int
    """Of these, without any box that could be theirs."""
    there: tuple[int, ...]
    alike: tuple[float, ...]
    """Shares of `there` where each thing weighs the same, however long it is to be seen; what is left to 1 is unseen."""
    looks: int
    """At which everything of the kind is labelled."""
    not_there: tuple[int, ...]


def on_things(labels: Labels, kind: Kind, one: PictureLook) -> Iterator[tuple[int, float]]:
    """Number and best score of each labelled thing to be seen then; 0: no box."""
    right = [found for found in one.detections if found.label in OF_KIND[kind]]
    boxes = [found.box for found in right]
    for number, thing in enumerate(labels.appearance):
        box = thing.box(one.at)
        if thing.kind == kind and not thing.unsure and box is not None:
            yield number, max((right[n].score for n in may_be(box, boxes)), default=0.0)


def on_nothing(labels: Labels, kind: Kind, one: PictureLook) -> list[float]:
    """Scores of boxes that could be no labelled thing's, doubtful ones included."""
    right = [found for found in one.detections if found.label in OF_KIND[kind]]
    boxes = [found.box for found in right]
    taken = set[int]()
    for thing in labels.appearance:
        box = thing.near(one.at)
        if thing.kind == kind and box is not None:
            taken.update(may_be(box, boxes), covered(box, boxes))
    return [found.score for n, found in enumerate(right) if n not in taken]


def histogram(split: str, kind: Kind, look: str, seen: Sequence[tuple[Labels, Sequence[PictureLook]]]) -> Histogram:
    by_thing: dict[tuple[int, int], list[float]] = {}
    for clip, (labels, those) in enumerate(seen):
        for one in those:
            for number, score in on_things(labels, kind, one):
                by_thing.setdefault((clip, number), []).append(score)
    best = [score for scores in by_thing.values() for score in scores]
    shares = [np.asarray(_bins(scores)) / len(scores) for scores in by_thing.values()]
    alike = tuple(float(share) for share in np.mean(shares, 0)) if shares else ()
    known = [(labels, those) for labels, those in seen if kind in labels.complete or kind in labels.empty]
    false = [score for labels, those in known for one in those for score in on_nothing(labels, kind, one)]
    return Histogram(split, kind, look, len(best), sum(score == 0 for score in best), _bins(best), alike,
                     sum(len(those) for _, those in known), _bins(false))  # fmt: skip


def _bins(scores: Sequence[float]) -> tuple[int, ...]:
    return tuple(int(n) for n in np.histogram([s for s in scores if s > 0], bins=np.asarray(EDGES))[0])


def lines(one: Histogram) -> Iterator[str]:
    yield f"\n{one.kind}, {one.split} cameras, {one.look}: {one.things} looks at labelled things, {one.looks} looks where all is labelled"
    if one.things:
        yield f"  no box of {looks.LEAST:g} or more: {one.unseen / one.things:.3f} of them, {1 - sum(one.alike):.3f} where things weigh alike"
    yield "  score        of things   share   alike   false boxes   a look"
    for n, low in enumerate(EDGES[:-1]):
        share = one.there[n] / one.things if one.things else 0.0
        rate = one.not_there[n] / one.looks if one.looks else 0.0
        alike = one.alike[n] if one.alike else 0.0
        yield f"  {low:.2f}-{EDGES[n + 1]:.2f}  {one.there[n]:>10}  {share:>6.3f}  {alike:>6.3f}  {one.not_there[n]:>12}  {rate:>7.4f}"


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.quality.scores", description=__doc__)
    parser.add_argument("--variant")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--whole", action="store_true", help="whole looks alone: those in windows take minutes")
    options = parser.parse_args(arguments)
    detector = measure.open_network(options.variant)
    seen, _ = measure.see(detector, footage.clips(), lambda _: None)
    print(table.heading(detector.name))
    found = list[Histogram]()
    for split, kind in itertools.product(("chosen", "held"), KINDS):
        those = [one for one in seen if one.clip.split == split]
        sights = {"whole": [(one.labels, one.looks.looks) for one in those]}
        if not options.whole:
            sights[f"windows of {windowed.PIXELS}"] = [
                (one.labels, windowed.look(one, detector, kind)) for one in those
            ]
        for look, sight in sights.items():
            found.append(histogram(split, kind, look, sight))
            for text in lines(found[-1]):
                print(text, flush=True)
    if options.json:
        options.json.write_bytes(msgspec.json.format(msgspec.json.encode({"edges": EDGES, "histograms": found})))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
