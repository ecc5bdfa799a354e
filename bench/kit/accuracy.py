"""How good detections and tracks are, against boxes that people drew. Used by model cards and by tests."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import cv2
import msgspec
import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment

from detect.boxes import overlap
from detect.detector import Detector
from detect.tracking import Tracker
from lianqin.records import Detection, Frame

Array = npt.NDArray[np.float64]


class Truth(msgspec.Struct, frozen=True):
    """One person on one frame: id and box in pixels (x1 y1 x2 y2)."""

    person: int
    box: tuple[float, float, float, float]


class Quality(msgspec.Struct, frozen=True):
    """Detection: average precision, recall and precision at score 0.5, all at IoU 0.5."""

    ap50: float
    recall: float
    precision: float


class TrackingAccuracy(msgspec.Struct, frozen=True):
    """Tracking: MOTA (Bernardin & Stiefelhagen 2008), IDF1 (Ristani et al. 2016), switches of identity; IoU 0.5."""

    mota: float
    idf1: float
    switches: int


def read_truth(path: Path) -> dict[int, list[Truth]]:
    """A MOT file (1-based frames: id, left, top, width, height in pixels) by 0-based frame."""
    frames: dict[int, list[Truth]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        frame, person, left, top, width, height = (float(value) for value in line.split(",")[:6])
        truth = Truth(int(person), (left, top, left + width, top + height))
        frames.setdefault(int(frame) - 1, []).append(truth)
    return frames


def read_clip(path: Path, *, every: int = 1, wide: bool = False) -> Iterator[Frame]:
    """Every so-manyth frame; `captured_at` is the frame's number. `wide`: a 16:9 crop from the middle."""
    clip = cv2.VideoCapture(str(path))
    number = 0
    while True:
        there, picture = clip.read()
        if not there:
            return
        if number % every == 0:
            yield Frame("clip", float(number), _wide(picture) if wide else picture)
        number += 1


def _wide(picture: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    top = (picture.shape[0] - picture.shape[1] * 9 // 16) // 2
    return picture[top : picture.shape[0] - top]


def measure_detector(
    detector: Detector, clip: Path, truth: Mapping[int, Sequence[Truth]], *, every: int = 5, wide: bool = False
) -> Quality:
    """People found on every fifth frame. Open the detector with `score=0.05`, so that the curve has its tail."""
    scored: list[tuple[float, bool]] = []
    total = 0
    for frame in read_clip(clip, every=every, wide=wide):
        width, height = frame.size
        top = (width * 3 // 4 - height) / 2 if wide else 0.0
        real = np.array([t.box for t in truth.get(int(frame.captured_at), ())], float).reshape(-1, 4) - [0, top, 0, top]
        if wide:
            middle = (real[:, 1] + real[:, 3]) / 2
            real = np.clip(real[(middle > 0) & (middle < height)], 0, [width, height, width, height])
        people = [d for d in detector.detect([frame])[0] if d.label == "person"]
        total += len(real)
        scored += _hits(people, real, width, height)
    scored.sort(reverse=True)
    hits = np.cumsum([hit for _, hit in scored])
    recall, precision = hits / total, hits / np.arange(1, len(hits) + 1)
    best = np.maximum.accumulate(precision[::-1])[::-1]
    ap50 = float((np.diff(recall, prepend=0.0) * best).sum())
    last = sum(score >= 0.5 for score, _ in scored) - 1
    return Quality(ap50, float(recall[last]), float(precision[last]))


def _hits(people: Sequence[Detection], real: Array, width: int, height: int) -> list[tuple[float, bool]]:
    taken = np.zeros(len(real), bool)
    scored = []
    for person in people:  # best score first
        box = np.array([person.box]) * [width, height, width, height]
        shared = np.where(taken, 0.0, overlap(box, real)[0]) if len(real) else np.zeros(0)
        hit = bool(len(shared) and shared.max() >= 0.5)
        if hit:
            taken[shared.argmax()] = True
        scored.append((person.score, hit))
    return scored


def measure_tracker(
    tracker: Tracker,
    detections: Mapping[int, Sequence[Detection]],
    truth: Mapping[int, Sequence[Truth]],
    *,
    frame_seconds: float,
    size: tuple[int, int],
) -> TrackingAccuracy:
    """Feed the frames that `detections` holds (by number, `frame_seconds` apart) and compare what counts, and is
    detected, with the truth."""
    misses = false = switches = total = given = 0
    last: dict[int, str] = {}
    together: Counter[tuple[int, str]] = Counter()
    for number in sorted(detections):
        tracks = tracker.update(detections[number], number * frame_seconds, size[0] / size[1])
        mine = [track for track in tracks if track.counts and track.detected]
        boxes = np.array([track.box for track in mine], float).reshape(-1, 4) * [*size, *size]
        people = truth.get(number, ())
        real = np.array([person.box for person in people], float).reshape(-1, 4)
        total, given = total + len(people), given + len(mine)
        shared = overlap(real, boxes)
        # A pair that held on the frame before is kept while it overlaps (as CLEAR MOT asks).
        bonus = np.array([[last.get(p.person) == t.id for t in mine] for p in people], float).reshape(shared.shape)
        rows, columns = linear_sum_assignment(-(np.where(shared >= 0.5, shared + bonus, -1e3)))
        pairs = [(r, c) for r, c in zip(rows.tolist(), columns.tolist(), strict=True) if shared[r, c] >= 0.5]
        misses, false = misses + len(people) - len(pairs), false + len(mine) - len(pairs)
        for row, column in pairs:
            person, track = people[row].person, mine[column].id
            switches += last.get(person, track) != track
            last[person] = track
        for one, parts in zip(people, shared, strict=True):
            together.update((one.person, other.id) for other, part in zip(mine, parts, strict=True) if part >= 0.5)
    return TrackingAccuracy(1 - (misses + false + switches) / total, _idf1(together, total, given), switches)


def _idf1(together: Mapping[tuple[int, str], int], total: int, given: int) -> float:
    """2 x frames in which the best one-to-one match of whole identities agrees, over all of both sides."""
    people, tracks = sorted({p for p, _ in together}), sorted({t for _, t in together})
    table = np.array([[together.get((p, t), 0) for t in tracks] for p in people], float).reshape(-1, len(tracks))
    rows, columns = linear_sum_assignment(-table)
    return float(2 * table[rows, columns].sum() / (total + given))
