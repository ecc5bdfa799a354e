"""One case on one clip's looks: the real pipeline, and the plain rule beside it. Pure but for the pipeline's own state."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import pairwise
from typing import Final

import msgspec

from bench.quality.cases import AFTER_S, BEFORE_S, Case
from bench.quality.labels import KINDS, Appearance, Labels
from bench.quality.looks import PictureLook
from bench.quality.matching import may_be, pairs
from detect.pipeline import CameraPipeline
from lianqin.records import Box, Camera, Zone

EPOCH: Final = 1_700_000_000.0
"""Clips begin at this moment (any would do)."""


class CaseVerdict(msgspec.Struct, frozen=True):
    """What came of a case."""

    case: Case
    seen: bool
    """A track that counts was his at some look."""
    raised_after: float | None
    """Seconds to the alert from when it is `due`; None: none came."""
    repeats: int
    """Further alerts that he is a cause of."""
    plain: bool
    """The plain rule found it."""
    best: float
    """Highest score of a box that could be his; of a crowd, the most tracks that counted at once."""


def new_pipeline(zones: tuple[Zone, ...], pace: float) -> CameraPipeline:
    camera = Camera(id="Q", code="99010100001320000001", name="Q", url="rtsp://q/", zones=zones)
    return CameraPipeline(camera, model="m", rule_version="1", interval=1 / pace, run="q")


class Alarm(msgspec.Struct, frozen=True):
    """An alert, or that further tracks were added to one, at `at` seconds of the clip; `boxes` of those on this look."""

    at: float
    key: str
    tracks: frozenset[str]
    boxes: tuple[Box, ...]
    new: bool


class Tracked(msgspec.Struct, frozen=True):
    """Boxes of detected tracks at one look: of those that count, and of those that are a cause of an alert."""

    at: float
    counted: tuple[Box, ...]
    causes: tuple[Box, ...]


def play(zone: Zone, looks: Sequence[PictureLook], aspect: float, pace: float) -> tuple[list[Alarm], list[Tracked]]:
    """All looks through a fresh pipeline."""
    pipeline = new_pipeline((zone,), pace)
    keys, known = list[str](), set[tuple[str, str]]()
    alarms, tracked = list[Alarm](), list[Tracked]()
    size = (round(aspect * 3600), 3600)
    for look in looks:
        # Labels never mix in the tracker: what no rule asks for only costs time.
        mine = tuple(one for one in look.detections if one.label in zone.labels)
        raised = pipeline.process(EPOCH + look.at, mine, size)
        keys += [one.key for one in raised]
        alarms += alarms_of(pipeline, look.at, keys, known, {one.key for one in raised})
        here = [one for one in pipeline.tracks if one.detected]
        causes = {track for _, track in known}
        tracked.append(
            Tracked(
                look.at,
                tuple(one.box for one in here if one.counts),
                tuple(one.box for one in here if one.id in causes),
            )
        )
    return alarms, tracked


def alarms_of(
    pipeline: CameraPipeline, at: float, keys: Iterable[str], known: set[tuple[str, str]], fresh: set[str]
) -> Iterator[Alarm]:
    """Of the look just processed: which alerts came (`fresh`) or took in a further track. `known` is added to."""
    here = {track.id: track.box for track in pipeline.tracks}
    for key in keys:
        causes = {path.track_id for path in pipeline.paths(EPOCH + at - 1e-3, key) if path.cause}
        added = {one for one in causes if (key, one) not in known}
        known |= {(key, one) for one in added}
        if added or key in fresh:
            yield Alarm(at, key, frozenset(added), tuple(here[one] for one in added if one in here), key in fresh)


def judge(case: Case, labels: Labels, looks: Sequence[PictureLook], aspect: float, pace: float) -> CaseVerdict:
    """`looks` of the whole clip at `pace`."""
    mine = [look for look in looks if case.begin - BEFORE_S <= look.at <= case.end + AFTER_S]
    alarms, tracked = play(case.zone, mine, aspect, pace)
    others = [one for one in labels.appearance if one.kind == case.kind]
    timely = [one for one in alarms if case.begin - 0.5 <= one.at <= case.end + AFTER_S]
    if case.who is None:
        seen, answers = bool(alarms), [one.at for one in timely]
    else:
        who = case.who
        seen = any(is_his(who, others, one.at, one.counted) for one in tracked)
        answers = [one.at for one in timely if is_his(who, others, one.at, one.boxes)]
        if case.situation in KINDS:
            # He is a cause of an alert too where a track that is one has become his: it is he who is shown.
            shown = [one.at for one in tracked if case.begin - 0.5 <= one.at <= case.end + AFTER_S
                     and is_his(who, others, one.at, one.causes)]  # fmt: skip
            answers = sorted([*answers, *shown[:1]])
    news = sum(one.new and (case.who is None or is_his(case.who, others, one.at, one.boxes)) for one in timely)
    return CaseVerdict(
        case,
        seen=seen,
        raised_after=max(0.0, answers[0] - case.due) if answers else None,
        repeats=max(0, news - 1),
        plain=plain(case, labels, mine),
        best=max((score for _, score in his_boxes(case, mine)), default=0.0)
        if case.who
        else float(max((len(one.counted) for one in tracked), default=0)),
    )


def his_boxes(case: Case, looks: Sequence[PictureLook]) -> list[tuple[float, float]]:
    """(seconds, score) of the best box at each look that could be his."""
    found = []
    for look in looks:
        box = case.who.box(look.at) if case.who else None
        if box is None:
            continue
        right = [one for one in look.detections if one.label in case.zone.labels]
        scores = [right[n].score for n in may_be(box, [one.box for one in right])]
        found.append((look.at, max(scores, default=0.0)))
    return found


def _his(who: Appearance, others: Sequence[Appearance], at: float, boxes: dict[str, Box]) -> list[str]:
    """The track that is his at this look, if any."""
    return [one for one, box in boxes.items() if is_his(who, others, at, list(boxes.values()), box)]


def is_his(
    who: Appearance, others: Sequence[Appearance], at: float, boxes: Sequence[Box], which: Box | None = None
) -> bool:
    """Does one of the boxes (or `which` of them) belong to him rather than to another labelled one? A track may trail a moment
    after he left."""
    there = [(one, box) for one in others if (box := one.near(at, after=AFTER_S)) is not None]
    own = next((n for n, (one, _) in enumerate(there) if one is who), None)
    if own is None:
        return False
    mine = pairs([box for _, box in there], boxes).get(own)
    return mine is not None and (which is None or boxes[mine] == which)


# --- the plain rule -------------------------------------------------------------------------------------------------------

SCORE: Final = 0.5
COOL_DOWN_S: Final = 60.0
STAYS: Final = 0.8


def plain(case: Case, labels: Labels, looks: Sequence[PictureLook]) -> bool:
    """Boxes of half a score on the same looks, no tracks, with a cool-down of a minute (each case begins rested)."""
    timely = [look for look in looks if case.begin - 0.5 <= look.at <= case.end + AFTER_S]
    good = [(look.at, [one.box for one in look.detections if one.label in case.zone.labels and one.score >= SCORE]) for look in timely]  # fmt: skip
    others = [one for one in labels.appearance if one.kind == case.kind]
    if case.situation == "crowd":
        return any(len(boxes) >= (case.zone.people or 0) for _, boxes in good)
    assert case.who is not None
    his = [(at, is_his(case.who, others, at, boxes)) for at, boxes in good]
    if case.situation == "loitering":
        return bool(his) and sum(there for _, there in his) >= STAYS * len(his)
    if case.situation in ("crossing", "crossing either way"):
        return _plain_crossing(case, others, good)
    return any(there for _, there in his)


def _plain_crossing(case: Case, others: Sequence[Appearance], looks: Sequence[tuple[float, list[Box]]]) -> bool:
    """A box's foot on one side, and at the next look the nearest box's, which is his, on the other."""
    (ax, ay), (bx, by) = case.zone.points

    def side(box: Box) -> float:
        return (bx - ax) * (box[3] - ay) - (by - ay) * ((box[0] + box[2]) / 2 - ax)

    def along(box: Box) -> float:
        x, y = (box[0] + box[2]) / 2 - ax, box[3] - ay
        return ((bx - ax) * x + (by - ay) * y) / ((bx - ax) ** 2 + (by - ay) ** 2)

    for (_, before), (at, now) in pairwise(looks):
        for box in before:
            near = min(now, key=partial(_apart, box), default=None)
            if near is None or not 0 <= along(near) <= 1:
                continue
            first, second = side(box), side(near)
            passes = first < 0 <= second or (case.zone.both_ways and second < 0 <= first)
            if passes and case.who is not None and is_his(case.who, others, at, [near]):
                return True
    return False


def _apart(a: Box, b: Box) -> float:
    return abs(a[0] + a[2] - b[0] - b[2]) + abs(a[1] + a[3] - b[1] - b[3])
