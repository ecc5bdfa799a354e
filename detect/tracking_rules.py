"""The tracker's constants: which labels are one family, how its things move, how long what is kept.

Lengths are in box heights and times in seconds.
"""

from __future__ import annotations

from typing import Final

import msgspec

FAMILIES: Final = {
    "car": "vehicle", "truck": "vehicle", "bus": "vehicle", "train": "vehicle", "motorcycle": "cycle", "bicycle": "cycle",
}  # fmt: skip
"""Labels that a detector confuses about one thing: an electric bicycle is either of two."""


def family_of(label: str) -> str:
    return FAMILIES.get(label, label)


class Motion(msgspec.Struct, frozen=True):
    """How things of a family move, in box heights a second (squared)."""

    usual: float
    """What most go at: how far a newborn's second look is searched for first."""
    speed: float
    """Spread of a newborn's speed: how far where no other box and no other track could be meant."""
    acceleration: float


PACE: Final = {
    "vehicle": Motion(2.5, 5.0, 2.0), "cycle": Motion(2.0, 4.0, 1.5),
    "person": Motion(1.0, 2.0, 0.8),
}  # fmt: skip
"""A man walks at 0.8 of his heights a second and runs at 4; a car passes at 5 to 10 of its own."""


class TrackingRules(msgspec.Struct, frozen=True):
    """The tracker's constants."""

    least: float = 0.3
    """Scores below it are passed over."""
    good: float = 0.5
    """Scores from here on match any track; of a track whose boxes were weaker, those near its own."""
    below_own: float = 0.1
    low: float = 0.4
    """Scores from here on keep a track that was seen a moment ago; of one whose boxes were weaker, `least`."""
    duplicate: float = 0.5
    """Overlap (IoU) with a matched detection that bars a birth."""
    within: float = 0.75
    """Share of a weak box inside a matched one that bars its birth: a part of the same thing."""
    lost: float = 2.0
    """Seconds a track that counts is kept without a detection, or 2.5 intervals where that is longer."""
    low_age: float = 0.4
    """Seconds since the last detection within which weak ones match, or 1.5 intervals."""
    tentative: float = 0.9
    """Seconds a young track is kept without a detection, or 2.5 intervals."""
    gate: float = 0.4
    """Box heights a centre may always lie from its prediction; beyond, `deviations` of its uncertainty."""
    gate_growth: float = 0.35
    """Box heights more a second unseen, for a track whose speed is known."""
    deviations: float = 3.0
    size_gate: float = 0.7
    """Largest change of height: |log ratio|; grows by `size_growth` a second unseen."""
    size_growth: float = 0.3
    noise: float = 0.08
    """Box heights: spread of a detection's centre."""
    size_gain: float = 0.4
    """How quickly the width follows."""
    height_noise: float = 0.08
    """|ln|: spread of a detection's height."""
    growth: float = 0.5
    """|ln| a second: spread of a newborn's growth, and ..."""
    growth_change: float = 0.6
    """... of what it gains a second."""
    grows_s: float = 0.5
    """Seconds unseen for which it is taken to grow on."""
    hidden: float = 0.75
    """Of its height: a box that is shorter may be hidden by another from below, if ..."""
    same_head: float = 0.2
    """... its top and its middle are where they were expected, by so many box heights, ..."""
    covered: float = 0.5
    """... and so much of what is missing lies behind another box, ..."""
    ends_lower: float = 0.1
    """... which ends lower by so many box heights."""
    rest: float = 0.25
    """Box heights within which a thing stands still, and ..."""
    rest_s: float = 1.5
    """... for how many seconds, to be looked for there when it is lost."""
    slow: float = 0.25
    """Box heights a second: who goes no faster is looked for there too."""

    def at_interval(self, interval: float) -> TrackingRules:
        """The same rules for detections that come every `interval` seconds."""
        return msgspec.structs.replace(
            self,
            low_age=max(self.low_age, 1.5 * interval),
            tentative=max(self.tentative, 2.5 * interval),
            lost=max(self.lost, 2.5 * interval),
        )
