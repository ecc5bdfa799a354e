"""How much one look says for or against something being there, in nats. Pure.

A track's evidence is the logarithm of how much likelier its looks are if a thing is there than if the boxes are false ones:
Wald's sequential test (Wald 1945), as the track score of Sittler (1964), Reid (1979), Blackman and Popoli (1999, chapter 6),
with the detector's score as amplitude (Lerro and Bar-Shalom 1993). A look with a box adds ln(P_D p1(s) N(d; S) / (p0(s) beta)),
one without adds ln(1 - P_D).

Looks five times a second are not independent: a coat on a hook has a box each time. So a look adds by what is new in it:
its score by how far box and score differ from the last look, its place by how much farther the thing has come from where it
was first seen than ever before. What never moves must convince by its scores alone.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from typing import Final

import msgspec

FALSE_SHARE: Final = 1e-2
"""Of false things that may come to count (Wald's a)."""
MISSED_SHARE: Final = 0.1
"""Of real ones that may be given up (Wald's b)."""
COUNTS: Final = math.log((1 - MISSED_SHARE) / FALSE_SHARE)
"""A track counts from here on: 4.5."""
DROPS: Final = math.log(MISSED_SHARE / (1 - FALSE_SHARE))
"""One that never counted is given up below: -2.3."""
MOST: Final = 12.0
"""More is not believed: who was surely there may have gone."""
BEGINS: Final = -0.7
"""Before its first box's score: how much rarer a new thing is than a false box."""
SEEN: Final = 0.65
"""P_D: looks at a thing that give a box of it."""
FALSE_BOXES: Final = 0.1
"""False boxes a look over the whole picture, of a kind."""
YOUNG_S: Final = 1.2
"""Seconds for which a thing that is seen again and again is not given up: it has had no time yet to move."""
DOUBTS: Final = 0.2
"""Cost of a nat: a box at the edge of its gate, three deviations off, costs 1 and is 4.5 nats less likely."""
PLACE_MOST: Final = 2.6
PLACE_LEAST: Final = -0.5
"""Of what one box's place may say: false boxes gather where real ones are, which a density over the whole picture leaves out."""


class Odds(msgspec.Struct, frozen=True):
    """ln(p1/p0) of a box's score at these scores, straight between them: of things, and of everything else."""

    scores: tuple[float, ...]
    nats: tuple[float, ...]

    def at(self, score: float) -> float:
        """Of one score."""
        above = bisect_right(self.scores, score)
        if above == 0 or above == len(self.scores):
            return self.nats[max(0, above - 1)]
        low, high = self.scores[above - 1], self.scores[above]
        return self.nats[above - 1] + (score - low) / (high - low) * (self.nats[above] - self.nats[above - 1])


PERSON: Final = Odds(
    (0.25, 0.3, 0.4, 0.45, 0.5, 0.55, 0.6, 0.7, 0.8), (-1.8, -1.25, -0.6, -0.15, 0.6, 2.1, 3.2, 4.0, 4.8)
)
VEHICLE: Final = Odds((0.25, 0.3, 0.4, 0.45, 0.5, 0.55, 0.6, 0.7, 0.8), (-1.8, -1.0, 0.0, 0.7, 1.6, 2.6, 3.2, 4.0, 4.8))
"""After `python -m bench.quality.scores` on the cameras that thresholds are chosen on: false boxes of people thin out a
hundredfold between .45 and .55, those of vehicles begin to do so lower. The shares of real things are taken flatter than they
were there (daylight), since dim and far ones score lower."""

# What makes a look a new one: spreads of a still thing's boxes from look to look.
_JITTER: Final = 0.05
"""Box heights, of its centre."""
_BREATH: Final = 0.07
"""|ln| of its height's change."""
_FLICKER: Final = 0.06
"""Of its score."""
_JUMP: Final = 0.15
_JUMP_BLURRED: Final = 0.3
_SHARP: Final = 0.6
_BLURRED: Final = 0.5
"""The height of a person's box strays from look to look by .02 (median, |ln|) where it scores .6 or more, by .04 to .08 below .55
(cameras that thresholds are chosen on): a jump of twice the size says there as much."""
_LOOK_S: Final = 0.2
STEP: Final = 0.12
"""Box heights farther than ever before for a place to say all it can."""
TREMBLES: Final = 0.15
"""Box heights that the boxes of what stands still stray."""
STILL_S: Final = 2.0
STILL_COSTS: Final = 0.03
"""Of the score of what has not moved for `STILL_S`: a traffic cone is a person of .45 for ever."""
RENEWS_S: Final = 0.5
"""Seconds after which a look is a new one even if nothing changed."""


def novelty(shift: float, growth: float, change: float, seconds: float) -> float:
    """How much of a look is new, 0 to 1: `shift` of the centre (box heights), `growth` |ln| of the height's, `change` of the
    score since the last look, `seconds` ago."""
    square = (shift / _JITTER) ** 2 + (growth / _BREATH) ** 2 + (change / _FLICKER) ** 2
    return max(1 - math.exp(-square / 4), min(1.0, seconds / RENEWS_S))


def smoothness(growth: float, seconds: float, score: float) -> float:
    """How much a step is one of the same thing, 0 to 1: whose size jumps did not walk, its box went to something else. `score`: of
    the weaker of its two boxes."""
    weak = min(1.0, max(0.0, (_SHARP - score) / (_SHARP - _BLURRED)))
    jump = _JUMP + weak * (_JUMP_BLURRED - _JUMP)
    return math.exp(-((growth / jump) ** 2) / max(seconds / _LOOK_S, 1.0))


def of_place(distance: float, spread: tuple[float, float], height: float, aspect: float) -> float:
    """ln(N(d; S) / beta): `distance` from where it was expected in standard deviations, `spread` of that on both axes (box
    heights); false boxes lie all over the picture, `height` (of the picture) says how large it is in box heights."""
    normal = -0.5 * distance**2 - math.log(2 * math.pi * spread[0] * spread[1])
    everywhere = math.log(FALSE_BOXES * height**2 / aspect)
    return min(PLACE_MOST, max(PLACE_LEAST, normal - everywhere))


def doubt(says: float) -> float:
    """What it costs to take a box for a track rather than leave it, by what its score `says` (nats), in units of an assignment's
    cost: a good box that is left begins a track, a weak one nothing."""
    return DOUBTS * min(1.8, max(BEGINS, -says))


def probability(evidence: float) -> float:
    """That something is there."""
    return 1 / (1 + math.exp(-evidence))
