"""Detections become tracks: one thing followed over frames, by capture time.

A constant-velocity Kalman filter on box centres, all tracks of a label in arrays, matched by assignment: first the
confirmed tracks with good detections, then those seen a moment ago with weak ones (as in ByteTrack, Zhang et al. 2021),
then the young ones. Lengths are in box heights and times in seconds, so that nothing depends on resolution or frame
rate. Labels never mix.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

import msgspec
import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment

from lianqin.records import Detection, Track

Array = npt.NDArray[np.float64]
_NEVER = 1e3
"""Cost of a pair that must not be matched."""
_EPS = 1e-6


class TrackingRules(msgspec.Struct, frozen=True):
    """The tracker's constants, tuned on PETS2009 S2.L1 at 5 and 2.5 detections a second."""

    high: float = 0.5
    """Scores from here on are good: they match any track."""
    low: float = 0.4
    """Scores from here on keep a track alive that was seen a moment ago."""
    new: float = 0.6
    """Score that begins a track."""
    duplicate: float = 0.5
    """Overlap (IoU) with a matched detection that bars a birth."""
    lost: float = 2.0
    """Seconds a confirmed track is kept without a detection."""
    low_age: float = 0.4
    """Seconds since the last detection within which weak ones match."""
    tentative: float = 0.5
    """Seconds a young track is kept without a detection."""
    hits: int = 3
    """Detections that confirm a track ..."""
    hits_within: float = 1.0
    """... within so many seconds, or 4 intervals where that is longer."""
    gate: float = 0.4
    """Box heights a centre may lie from its prediction; grows by `gate_growth` a second unseen, up to `gate_max`."""
    gate_growth: float = 0.35
    gate_max: float = 1.2
    size_gate: float = 0.7
    """Largest change of height: |log ratio|."""
    acceleration: float = 0.7
    """Box heights a second squared: what the filter expects of people who turn and stop."""
    noise: float = 0.08
    """Box heights: spread of a detection's centre."""
    speed: float = 0.6
    """Box heights a second: spread of a newborn's speed."""
    size_gain: float = 0.4
    """How quickly the size follows."""

    def at_interval(self, interval: float) -> TrackingRules:
        """The same rules for detections that come every `interval` seconds."""
        return msgspec.structs.replace(
            self,
            low_age=max(self.low_age, 1.5 * interval),
            tentative=max(self.tentative, 1.5 * interval),
            hits_within=max(self.hits_within, 4 * interval),
        )


class Tracker:
    """The tracks of one camera. Ids are `prefix-n` and never come twice, not even after `reset`."""

    def __init__(self, prefix: str, interval: float = 0.2, rules: TrackingRules | None = None) -> None:
        self._rules = (rules or TrackingRules()).at_interval(interval)
        self._ids = (f"{prefix}-{number}" for number in itertools.count(1))
        self._labels: dict[str, _Label] = {}
        self._at: float | None = None

    def reset(self) -> None:
        """Forget all tracks: the clock jumped, or the camera shows another view."""
        self._labels.clear()
        self._at = None

    def update(self, detections: Sequence[Detection], t: float, aspect: float = 16 / 9) -> tuple[Track, ...]:
        """The tracks at capture time `t` (seconds), coasting ones included; `aspect` is the frame's width / height.

        A frame that repeats or is late by less than a second changes nothing and gives no tracks; a longer step back,
        or a gap of five times the time a lost track is kept, begins anew.
        """
        if self._at is not None:
            step = t - self._at
            if -1 < step <= 0:
                return ()
            if not 0 < step <= 5 * self._rules.lost:
                self.reset()
        self._at = t
        by_label: dict[str, list[Detection]] = {label: [] for label in self._labels}
        for detection in detections:
            by_label.setdefault(detection.label, []).append(detection)
        tracks: list[Track] = []
        for label, mine in by_label.items():
            if label not in self._labels:
                self._labels[label] = _Label(label, self._rules, self._ids)
            tracks += self._labels[label].update(mine, t, aspect)
            if self._labels[label].empty:
                del self._labels[label]
        return tuple(tracks)


class _Sight:
    """One frame's detections of a label, and which track (its row) took which of them."""

    def __init__(self, detections: Sequence[Detection], t: float, scale: Array) -> None:
        self.t = t
        self.boxes = np.array([d.box for d in detections], float).reshape(-1, 4) * scale
        self.scores = np.array([d.score for d in detections], float)
        self.usable = (self.boxes[:, 2] > self.boxes[:, 0]) & (self.boxes[:, 3] > self.boxes[:, 1])
        self.matched: dict[int, int] = {}

    def free(self, rows: npt.NDArray[np.int_]) -> npt.NDArray[np.int_]:
        """Those of `rows` that no track took."""
        taken = set(self.matched.values())
        return np.array([j for j in rows if j not in taken], int)


class _Label:
    """The tracks of one label in arrays, one row a track. x is scaled by the aspect: both axes are in frame heights."""

    def __init__(self, label: str, rules: TrackingRules, ids: Iterator[str]) -> None:
        self.label, self._rules, self._ids = label, rules, ids
        self._t: float | None = None
        self._state = np.empty((0, 2, 2))  # track, axis, (centre, velocity)
        self._cov = np.empty((0, 2, 2, 2))
        self._size = np.empty((0, 2))
        self._seen = np.empty(0)
        self._score = np.empty(0)
        self._counts = np.empty(0, bool)
        self._id: list[str] = []
        self._hits: list[list[float]] = []

    @property
    def empty(self) -> bool:
        return not self._id

    def update(self, detections: Sequence[Detection], t: float, aspect: float) -> list[Track]:
        rules = self._rules
        scale = np.array([aspect, 1.0, aspect, 1.0])
        sight = _Sight(detections, t, scale)
        good = np.flatnonzero(sight.usable & (sight.scores >= rules.high))
        weak = np.flatnonzero(sight.usable & (sight.scores >= rules.low) & (sight.scores < rules.high))
        self._predict(t)
        self._drop_lost(t)
        old, young = np.flatnonzero(self._counts), np.flatnonzero(~self._counts)
        self._assign(old, good, sight)
        recent = [i for i in old if i not in sight.matched and t - self._seen[i] <= rules.low_age]
        self._assign(np.array(recent, int), weak, sight)
        self._assign(young, sight.free(good), sight)
        for j in sight.free(good):
            if sight.scores[j] >= rules.new and not self._is_double(j, sight):
                sight.matched[self._birth(sight.boxes[j], float(sight.scores[j]), t)] = int(j)
        where = self._boxes()
        for i, j in sight.matched.items():
            where[i] = sight.boxes[j]
        where /= scale
        return [
            Track(
                id=self._id[i],
                label=self.label,
                box=(float(box[0]), float(box[1]), float(box[2]), float(box[3])),
                score=float(self._score[i]),
                counts=bool(self._counts[i]),
                detected=i in sight.matched,
            )
            for i, box in enumerate(where)
        ]

    def _assign(self, tracks: npt.NDArray[np.int_], rows: npt.NDArray[np.int_], sight: _Sight) -> None:
        pairs = self._match(tracks, sight.boxes[rows], sight.t)
        if not pairs:
            return
        mine, theirs = [i for i, _ in pairs], rows[[j for _, j in pairs]]
        self._correct(mine, sight.boxes[theirs], sight.t)
        self._score[mine] = sight.scores[theirs]
        sight.matched.update(zip(mine, (int(j) for j in theirs), strict=True))

    def _is_double(self, row: int, sight: _Sight) -> bool:
        if not sight.matched:
            return False
        others = sight.boxes[list(sight.matched.values())]
        return bool(overlap(others, sight.boxes[row : row + 1]).max() > self._rules.duplicate)

    def _boxes(self) -> Array:
        centre = self._state[:, :, 0]
        return np.concatenate([centre - self._size / 2, centre + self._size / 2], 1)

    def _predict(self, t: float) -> None:
        dt = 0.0 if self._t is None else t - self._t
        self._t = t
        step = np.array([[1.0, dt], [0.0, 1.0]])
        push = np.array([[dt**4 / 4, dt**3 / 2], [dt**3 / 2, dt**2]])
        self._state = self._state @ step.T
        spread = (self._rules.acceleration * self._size[:, 1]) ** 2
        self._cov = step @ self._cov @ step.T + spread[:, None, None, None] * push

    def _match(self, tracks: npt.NDArray[np.int_], boxes: Array, t: float) -> list[tuple[int, int]]:
        """(track, row of boxes): distance over a gate that grows while unseen, plus change of size and overlap."""
        if not len(tracks) or not len(boxes):
            return []
        rules = self._rules
        height, other = self._size[tracks, 1][:, None], (boxes[:, 3] - boxes[:, 1])[None]
        centre = (boxes[:, :2] + boxes[:, 2:]) / 2
        distance = np.linalg.norm(self._state[tracks, :, 0][:, None] - centre[None], axis=-1) / height
        unseen = (t - self._seen[tracks])[:, None]
        gate = np.minimum(rules.gate + rules.gate_growth * unseen, rules.gate_max)
        growth = np.abs(np.log(height / other))
        cost = distance / gate + growth + 0.5 * (1 - overlap(self._boxes()[tracks], boxes))
        cost[(distance > gate) | (growth > rules.size_gate)] = _NEVER
        rows, columns = linear_sum_assignment(cost)
        return [(int(tracks[i]), int(j)) for i, j in zip(rows, columns, strict=True) if cost[i, j] < _NEVER]

    def _correct(self, tracks: list[int], boxes: Array, t: float) -> None:
        rules = self._rules
        centre, size = (boxes[:, :2] + boxes[:, 2:]) / 2, boxes[:, 2:] - boxes[:, :2]
        cov = self._cov[tracks]
        noise = (rules.noise * self._size[tracks, 1][:, None]) ** 2
        gain = cov[..., :, 0] / (cov[..., 0, 0] + noise)[..., None]
        self._state[tracks] += gain * (centre - self._state[tracks, :, 0])[..., None]
        self._cov[tracks] = cov - gain[..., :, None] * cov[..., None, 0, :]
        self._size[tracks] += rules.size_gain * (size - self._size[tracks])
        self._seen[tracks] = t
        for i in tracks:
            self._hits[i] = [hit for hit in self._hits[i] if t - hit <= rules.hits_within + _EPS] + [t]
            self._counts[i] |= len(self._hits[i]) >= rules.hits

    def _birth(self, box: Array, score: float, t: float) -> int:
        rules = self._rules
        centre, size = (box[:2] + box[2:]) / 2, box[2:] - box[:2]
        spread = np.diag([(rules.noise * size[1]) ** 2, (rules.speed * size[1]) ** 2])
        self._state = np.concatenate([self._state, np.stack([centre, np.zeros(2)], -1)[None]])
        self._cov = np.concatenate([self._cov, np.stack([spread, spread])[None]])
        self._size = np.concatenate([self._size, size[None]])
        self._seen = np.append(self._seen, t)
        self._score = np.append(self._score, score)
        self._counts = np.append(self._counts, rules.hits <= 1)
        self._id.append(next(self._ids))
        self._hits.append([t])
        return len(self._id) - 1

    def _drop_lost(self, t: float) -> None:
        keep = t - self._seen <= np.where(self._counts, self._rules.lost, self._rules.tentative) + _EPS
        if keep.all():
            return
        self._state, self._cov, self._size = self._state[keep], self._cov[keep], self._size[keep]
        self._seen, self._score, self._counts = self._seen[keep], self._score[keep], self._counts[keep]
        self._id = list(itertools.compress(self._id, keep))
        self._hits = list(itertools.compress(self._hits, keep))


def overlap(a: Array, b: Array) -> Array:
    """Intersection over union of boxes [n, 4] and [m, 4] -> [n, m]."""
    side = np.minimum(a[:, None, 2:], b[None, :, 2:]) - np.maximum(a[:, None, :2], b[None, :, :2])
    shared = np.maximum(0, side).prod(-1)
    area_a, area_b = (a[:, 2:] - a[:, :2]).prod(-1), (b[:, 2:] - b[:, :2]).prod(-1)
    result: Array = shared / (area_a[:, None] + area_b - shared + 1e-12)
    return result
