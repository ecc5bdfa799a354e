"""Every labelled clip at hand through the real pipeline at several paces: one verdict a case and pace."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

import msgspec

from bench.quality import cases, footage, labels, looks
from bench.quality.footage import Clip
from bench.quality.judge import CaseVerdict, judge
from detect.cards import load_card
from detect.detector import Detector, open_detector
from lianqin import settings

PACES: Final = (5.0, 2.5, 0.5)
"""Looks a second."""


class ClipSeen(msgspec.Struct, frozen=True):
    """A clip with its labels and what the detector saw."""

    clip: Clip
    labels: labels.Labels
    looks: looks.ClipLooks


class QualityRow(msgspec.Struct, frozen=True):
    clip: Clip
    pace: float
    verdict: CaseVerdict


def open_network(variant: str | None = None) -> Detector:
    card = load_card(settings.load().models_dir / settings.load().model, variant)
    return open_detector(card, threads=1, score=looks.LEAST)


def see(detector: Detector, wanted: tuple[Clip, ...], say: Callable[[str], None]) -> tuple[list[ClipSeen], list[str]]:
    """Clips at hand, and the ids of those that are skipped."""
    seen, skipped = list[ClipSeen](), list[str]()
    for clip in wanted:
        path = footage.locate(clip)
        if path is None:
            skipped.append(clip.id)
            continue
        found = looks.look(path, clip, detector)
        drawn = labels.load(clip, found.source_size)
        if drawn is None:
            skipped.append(clip.id)
            continue
        say(f"{clip.id}: {len(found.looks)} looks")
        seen.append(ClipSeen(clip, drawn, found))
    return seen, skipped


def verdicts(seen: list[ClipSeen], paces: tuple[float, ...] = PACES) -> Iterator[QualityRow]:
    for one in seen:
        for pace in paces:
            those = one.looks.at_pace(pace)
            for case in cases.cases(one.labels, one.looks.aspect):
                yield QualityRow(one.clip, pace, judge(case, one.labels, those, one.looks.aspect, pace))
