"""Detections become tracks: one thing followed over looks, by capture time.

A constant-velocity Kalman filter on the centre and the ln of the height of each, matched by assignment: first those that
count, with boxes as good as theirs were, then those seen a moment ago with weaker ones (as in ByteTrack, Zhang et al. 2021), then
the young ones. How far a box may lie from where it was expected follows from time and uncertainty: a newborn's speed is
unknown, so its second look is searched for widely. Whether a track counts is decided by accumulated evidence (`evidence.py`).
What stood still and was lost from sight goes on when it is seen again (`standing.py`).

Lengths are in box heights and times in seconds, so that nothing depends on resolution or rate. Car, lorry and bus are one
family, bicycle and motorcycle another, whose label is the one its boxes say most; others never mix.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from detect import evidence
from detect.boxes import Array, inside, is_whole, overlap, step
from detect.followed import CAME, Axis, Followed
from detect.pairs import Pairs, Rows
from detect.sight import Sight
from detect.standing import A_LOOK, Kept, Places, Standing
from detect.tracking_rules import PACE, TrackingRules, family_of
from lianqin.records import Box, Detection, Track

_EPS: Final = 1e-6


class Tracker:
    """The tracks of one camera. Ids are `prefix-n` and never come twice, not even after `reset`."""

    def __init__(self, prefix: str, interval: float = 0.2, rules: TrackingRules | None = None) -> None:
        self._rules = (rules or TrackingRules()).at_interval(interval)
        self._ids = (f"{prefix}-{number}" for number in itertools.count(1))
        self._families: dict[str, _Family] = {}
        self._at: float | None = None
        self._whole_at: float | None = None
        """Of the last look at the whole."""
        self.places = Places()

    def kept(self) -> Kept:
        """Standing things and places of false boxes, those of the present tracks among them: for the tracker that follows this camera next."""
        places = Places()
        places.recall(self.places.kept())
        for family in self._families.values():
            family.lose_all(places)
        return places.kept()

    def reset(self) -> None:
        """Forget all tracks: the clock was set back. What stands is known again by its place."""
        for family in self._families.values():
            family.lose_all(self.places)
        self._families.clear()
        self._at = self._whole_at = None

    def update(
        self, detections: Sequence[Detection], t: float, aspect: float = 16 / 9, looked: Sequence[Box] = ()
    ) -> tuple[Track, ...]:
        """The tracks at capture time `t` (seconds), coasting ones included; `aspect` is the frame's width / height, `looked`
        the parts that were looked at (none: the whole).

        A frame that repeats or is late by less than a second changes nothing and gives no tracks; after a longer step back
        all begins anew, but for what stands.
        """
        if self._at is not None:
            step = t - self._at
            if -1 < step <= 0:
                return ()
            if step < 0:
                self.reset()
        self._at = t
        by_family: dict[str, list[Detection]] = {name: [] for name in self._families}
        for detection in detections:
            if detection.score >= self._rules.least:
                by_family.setdefault(family_of(detection.label), []).append(detection)
        tracks: list[Track] = []
        for name, mine in by_family.items():
            if name not in self._families:
                self._families[name] = _Family(name, self._rules, self._ids, self.places)
            tracks += self._families[name].update(mine, t, aspect, looked)
            if self._families[name].empty:
                del self._families[name]
        if not looked:
            since = 0.0 if self._whole_at is None else t - self._whole_at
            self._whole_at = t
            self.places.look(t, since, [track.box for track in tracks if track.detected])
        return tuple(tracks)


_CLEARLY: Final = 0.6
"""Least score that begins a track at a place of false boxes."""
_STOOD: Final = 0.3
"""Standard deviation of the first speed of a thing that stood still, box heights a second."""
_ONE_LOOK_S: Final = 6.0
"""A young track is compared with the next look, if that comes within so long."""


class _Family:
    """The tracks of one family."""

    def __init__(self, name: str, rules: TrackingRules, ids: Iterator[str], places: Places) -> None:
        self.name, self._rules, self._ids, self._places = name, rules, ids, places
        self._odds = evidence.VEHICLE if name in {"vehicle", "cycle"} else evidence.PERSON
        self._pace = PACE.get(name, PACE["person"])
        self._t: float | None = None
        self._aspect = 1.0
        self._things: list[Followed] = []

    @property
    def empty(self) -> bool:
        return not self._things

    def lose_all(self, places: Places) -> None:
        for one in self._things:
            self._remember(one, places)

    def update(self, detections: Sequence[Detection], t: float, aspect: float, looked: Sequence[Box]) -> list[Track]:
        rules, self._aspect = self._rules, aspect
        sight = Sight(detections, t, aspect, rules.duplicate)
        since = 0.0 if self._t is None else t - self._t
        self._drop_lost(t)
        self._predict(t)
        if self._things and len(sight.boxes):
            self._complete(sight)
            self._assign_all(sight, t)
            for row, box in sight.matched.items():
                self._correct(self._things[row], sight, box)
        self._miss(sight, looked)
        for j in sight.free().tolist():
            if not self._is_double(j, sight):
                self._begin(j, sight)
        self._settle(t, since)
        return self._tracks(sight)

    def _tracks(self, sight: Sight) -> list[Track]:
        found = []
        for row, one in enumerate(self._things):
            taken = sight.matched.get(row)
            left, top, right, bottom = one.box if taken is None else sight.whole[taken].tolist()
            found.append(
                Track(
                    id=one.id,
                    label=one.label,
                    box=(left / self._aspect, top, right / self._aspect, bottom),
                    score=one.score,
                    counts=one.counts,
                    detected=taken is not None,
                    probability=evidence.probability(one.evidence),
                )
            )
        return found

    # --- which box is whose -------------------------------------------------------------------------------------------

    def _assign_all(self, sight: Sight, t: float) -> None:
        rules, things = self._rules, self._things
        pairs = Pairs(
            rules, sight.whole,
            centres=np.array([(one.x.at, one.y.at) for one in things]), heights=np.array([one.high for one in things]),
            places=np.array([one.box for one in things]), gates=self._gates(t, widely=False),
            unseen=np.array([t - one.seen for one in things]),
            doubts=np.array([evidence.doubt(self._odds.at(score)) for score in sight.scores.tolist()]),
        )  # fmt: skip
        old = [row for row, one in enumerate(things) if one.counts]
        young = [row for row, one in enumerate(things) if not one.counts]
        own = np.array([min(rules.good, one.mean - rules.below_own) for one in things])
        self._assign(old, sight, pairs, own)
        recent = [row for row in old if row not in sight.matched and t - things[row].seen <= rules.low_age]
        weak = np.array([rules.least if one.mean < rules.good + rules.below_own else rules.low for one in things])
        self._assign(recent, sight, pairs, weak)
        any_score = np.full(len(things), rules.least)
        self._assign(young, sight, pairs, any_score)
        self._assign(recent, sight, pairs, any_score, alone=True)
        if sight.is_all_taken():
            return
        pairs.widen(self._gates(t, widely=True))
        self._assign(old, sight, pairs, own, alone=True, widely=True)
        self._assign(young, sight, pairs, any_score, alone=True, widely=True)

    def _assign(
        self, rows: list[int], sight: Sight, pairs: Pairs, least: Array, *, alone: bool = False, widely: bool = False
    ) -> None:
        """`least`: the score, by row, that a box must have. `alone`: only where no other track fits the box; `widely`: and no other box
        fits the track."""
        tracks: Rows = np.array([row for row in rows if row not in sight.matched], int)
        if len(tracks) and not sight.is_all_taken():
            free = sight.free()
            good_enough = sight.scores[free][None] >= least[tracks][:, None] - _EPS
            for i, j in pairs.match(tracks, free, good_enough, alone=alone, widely=widely):
                sight.take(i, j)

    def _gates(self, t: float, *, widely: bool) -> Array:
        """Box heights from the prediction [n]; `widely`: as far off as anything of the family goes."""
        rules, gates = self._rules, []
        for one in self._things:
            gate = max(rules.gate, rules.deviations * math.sqrt(max(one.x.here, 0.0)) / one.high)
            if not widely:
                usual = rules.gate_growth if one.counts else self._pace.usual
                gate = min(gate, rules.gate + usual * (t - one.seen))
            gates.append(gate)
        return np.array(gates)

    def _is_double(self, row: int, sight: Sight) -> bool:
        """A second box of what is followed already, or a weak one of a part of it."""
        if not sight.matched:
            return False
        others, mine = sight.boxes[list(sight.matched.values())], sight.boxes[row : row + 1]
        if overlap(others, mine).max() > self._rules.duplicate:
            return True
        return bool(sight.scores[row] < self._rules.good and inside(mine[0], others).max() > self._rules.within)

    # --- where it is --------------------------------------------------------------------------------------------------

    def _predict(self, t: float) -> None:
        dt = 0.0 if self._t is None else t - self._t
        self._t = t
        for one in self._things:
            push = self._pace.acceleration * one.high
            one.x.predict(dt, push)
            one.y.predict(dt, push)
            one.ln_high.predict(dt, self._rules.growth_change, stays=t - one.seen > self._rules.grows_s)
            one.follow_height()

    def _complete(self, sight: Sight) -> None:
        """Who is known and hidden from below by somebody nearer, so that his box ends where the other begins, reaches as far
        down as before: his foot is where it was, not at his hips."""
        rules, boxes = self._rules, sight.boxes
        known = [one for one in self._things if one.counts]
        if not known or len(boxes) < 2:
            return
        expected, high = np.array([one.box for one in known]), np.array([[one.high] for one in known])
        off = np.maximum(
            np.abs(expected[:, None, 1] - boxes[:, 1]), np.abs((expected[:, None] - boxes)[..., ::2].mean(-1))
        )
        short = (boxes[:, 3] - boxes[:, 1] < rules.hidden * high) & (off < rules.same_head * high)
        for i, j in np.argwhere(short).tolist():
            if off[i, j] > off[:, j].min():
                continue
            down = boxes[j, 1] + high[i, 0]
            rest = np.array([min(boxes[j, 0], expected[i, 0]), boxes[j, 3], max(boxes[j, 2], expected[i, 2]), down])
            before = boxes[:, 3] > boxes[j, 3] + rules.ends_lower * high[i, 0]
            if before.any() and inside(rest, boxes[before]).max() > rules.covered:
                if sight.whole is boxes:
                    sight.whole = boxes.copy()
                sight.whole[j, 3] = down

    def _correct(self, one: Followed, sight: Sight, j: int) -> None:
        """A box that was taken moves its track and speaks for it."""
        rules, score = self._rules, float(sight.scores[j])
        left, top, right, bottom = box = tuple(sight.whole[j].tolist())
        x, y, ln_high = (left + right) / 2, (top + bottom) / 2, math.log(bottom - top)
        self._weigh(one, box, score, sight.t)
        noise = rules.noise * one.high
        one.x.correct(x, noise)
        one.y.correct(y, noise)
        one.ln_high.correct(ln_high, rules.height_noise)
        one.follow_height()
        one.wide += rules.size_gain * (right - left - one.wide)
        one.seen, one.score = sight.t, score
        one.mean += 0.3 * (score - one.mean)
        one.vote(sight.votes[j])

    # --- whether it is there ------------------------------------------------------------------------------------------

    def _weigh(self, one: Followed, box: Box, score: float, t: float) -> None:
        """What a box says for its track; before the filter takes it in."""
        seconds, high, now, aspect = t - one.last_at, one.high, box[3] - box[1], self._aspect
        whole, (began_whole, was_whole) = is_whole(box, aspect), one.whole
        x, y, grew = step(one.last, box, aspect, whole=whole and was_whole)
        growth = abs(grew)
        fresh = evidence.novelty(math.hypot(x, y) / high, growth, abs(score - one.score), seconds)
        x, y, grew = step(one.start, box, aspect, whole=whole and began_whole)
        come = math.hypot(math.hypot(x, y) / max(one.start[3] - one.start[1], now), 0.5 * grew)
        moved = min(1.0, max(0.0, (come - one.reach) / evidence.STEP))
        says = 0.0
        if moved > 0:
            unlike = min(growth, abs(math.log(now) - one.ln_high.at))
            moved *= evidence.smoothness(unlike, seconds, min(score, one.score))
            says = moved * self._place_says(one, box, whole=whole)
        still = t - one.rest_since > evidence.STILL_S
        convincing = self._odds.at(score - evidence.STILL_COSTS if still else score)
        # A weak box says no less than none.
        says += fresh * max(convincing + math.log(evidence.SEEN), math.log(1 - evidence.SEEN))
        if moved <= 0 and not one.came and not one.counts and self._only_seems(one, box, t):
            says = min(says, 0.0)
        # A track that was seen to come is not given up while it is seen: its evidence may begin anew at each look (cumulative sum, Page 1954).
        least = evidence.BEGINS + self._odds.at(score) if one.came else -math.inf
        if t - one.born < evidence.YOUNG_S:
            least = max(least, evidence.DROPS)
        if one.counts and one.came:
            least = evidence.COUNTS  # who came and is still there is doubted no more
        one.evidence = min(evidence.MOST, max(least, one.evidence + says))
        one.reach = max(one.reach, come)
        one.steps += moved > 0.3
        one.last, one.last_at, one.whole = box, t, (began_whole, whole)
        one.counts = one.counts or one.evidence >= evidence.COUNTS

    def _place_says(self, one: Followed, box: Box, *, whole: bool) -> float:
        high, noise = one.high, (self._rules.noise * one.high) ** 2
        spread = math.sqrt(one.x.here + noise) / high, math.sqrt(one.y.here + noise) / high
        x, y, _ = step(one.box, box, self._aspect, whole=whole)
        return evidence.of_place(math.hypot(x / high / spread[0], y / high / spread[1]), spread, high, self._aspect)

    def _miss(self, sight: Sight, looked: Sequence[Box]) -> None:
        for row, one in enumerate(self._things):
            if row in sight.matched:
                continue
            x, y = one.x.at / self._aspect, one.y.at
            if not looked or any(part[0] <= x <= part[2] and part[1] <= y <= part[3] for part in looked):
                one.evidence += math.log(1 - evidence.SEEN)

    def _begin(self, j: int, sight: Sight) -> None:
        """A new track, or the old one of what stood there."""
        rules, score, t = self._rules, float(sight.scores[j]), sight.t
        left, top, right, bottom = sight.boxes[j].tolist()
        here = (left / self._aspect, top, right / self._aspect, bottom)
        known = self._places.take(self.name, here, self._aspect)
        says = evidence.BEGINS + self._odds.at(score)
        seems = score < _CLEARLY and self._places.only_seems(self.name, here, t, self._aspect)
        if known is None and (seems or says < evidence.DROPS):
            return
        high = bottom - top
        noise, speed = rules.noise * high, (self._pace.speed if known is None else _STOOD) * high
        one = Followed(
            next(self._ids) if known is None else known.track,
            sight.votes[j] if known is None else {known.label: 10.0},
            (
                Axis((left + right) / 2, noise, speed),
                Axis((top + bottom) / 2, noise, speed),
                Axis(math.log(high), rules.height_noise, rules.growth),
            ),
            right - left,
        )
        one.seen = one.last_at = one.born = one.rest_since = t
        one.score = one.mean = score
        one.reach = evidence.TREMBLES
        one.evidence, one.counts = says, says >= evidence.COUNTS
        one.whole = (is_whole(one.start, self._aspect),) * 2
        if known is not None:
            one.evidence, one.counts, one.steps, one.rest_since = evidence.MOST, True, CAME, -math.inf
        self._things.append(one)
        sight.take(len(self._things) - 1, j)

    # --- what stands, and what is lost --------------------------------------------------------------------------------

    def _settle(self, t: float, since: float) -> None:
        """The time at rest of a track that moved off begins anew; a track that neither came nor counts is a place of false boxes."""
        for one in self._things:
            if one.seen < t - _EPS:
                continue
            if math.hypot(one.x.at - one.rest[0], one.y.at - one.rest[1]) / one.high > self._rules.rest:
                one.rest, one.rest_since = (one.x.at, one.y.at), t
            elif not one.counts and not one.came and since > 0:
                self._places.learn(self.name, self._fractions(one), t, self._aspect, min(since, A_LOOK))

    def _only_seems(self, one: Followed, box: Box, t: float) -> bool:
        return self._places.only_seems(self.name, self._around(one, box), t, self._aspect)

    def _fractions(self, one: Followed) -> Box:
        """Its box as fractions of the picture, where it was last seen."""
        return self._around(one, one.last)

    def _around(self, one: Followed, box: Box) -> Box:
        x, y, wide, high = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2, one.wide / 2, one.high / 2
        return (x - wide) / self._aspect, y - high, (x + wide) / self._aspect, y + high

    def _remember(self, one: Followed, places: Places) -> None:
        """Of what counted and stood, or hardly moved, when it was last seen."""
        rules = self._rules
        stood = one.seen - one.rest_since >= rules.rest_s
        slow = math.hypot(one.x.pace, one.y.pace) / one.high < rules.slow and one.seen - one.born >= rules.rest_s
        if one.counts and (stood or slow):
            places.keep(Standing(one.id, self.name, one.label, self._fractions(one), one.mean, one.seen))

    def _drop_lost(self, t: float) -> None:
        kept = []
        for one in self._things:
            if self._keeps(one, t):
                kept.append(one)
            else:
                self._remember(one, self._places)
        self._things = kept

    def _keeps(self, one: Followed, t: float) -> bool:
        rules, unseen = self._rules, t - one.seen
        if not one.came and one.evidence < evidence.DROPS:
            return False
        if unseen <= (rules.lost if one.counts else rules.tentative) + _EPS:
            return True
        return not one.counts and one.seen == self._t and unseen <= _ONE_LOOK_S
