"""One thing that is followed, as `tracking` knows it: plain numbers, since a camera follows a few at a time, and arrays of a few
cost more than they save."""

from __future__ import annotations

import math
from typing import Final

from lianqin.records import Box

CAME: Final = 3
"""Looks by which a thing came farther than before, to have been seen to come."""


class Axis:
    """A value and its pace (a second), by a Kalman filter of constant pace; with their variances and what they share."""

    __slots__ = ("at", "both", "here", "pace", "speed")

    def __init__(self, at: float, spread: float, speed: float) -> None:
        """`spread`, `speed`: standard deviations of the value and of its pace."""
        self.at, self.pace = at, 0.0
        self.here, self.both, self.speed = spread**2, 0.0, speed**2

    def predict(self, dt: float, push: float, *, stays: bool = False) -> None:
        """`dt` seconds on, pushed by accelerations of standard deviation `push`. `stays`: it is taken to have stopped."""
        if not stays:
            self.at += dt * self.pace
        push *= push
        self.here += dt * (2 * self.both + dt * self.speed) + dt**4 / 4 * push
        self.both += dt * self.speed + dt**3 / 2 * push
        self.speed += dt**2 * push

    def correct(self, seen: float, noise: float) -> None:
        """It was `seen`, by a measurement of standard deviation `noise`."""
        total = self.here + noise**2
        first, second, off = self.here / total, self.both / total, seen - self.at
        self.at += first * off
        self.pace += second * off
        self.speed -= second * self.both
        self.both -= first * self.both
        self.here -= first * self.here


class Followed:
    """x is scaled by the picture's aspect, so that both axes are in picture heights."""

    __slots__ = (
        "born", "counts", "evidence", "high", "id", "last", "last_at", "ln_high", "mean", "reach", "rest", "rest_since", "score",
        "seen", "start", "steps", "votes", "whole", "wide", "x", "y",
    )  # fmt: skip

    def __init__(self, track: str, votes: dict[str, float], axes: tuple[Axis, Axis, Axis], wide: float) -> None:
        """`axes`: of its centre's x and y, and of ln of its height."""
        self.id, self.votes = track, dict(votes)
        self.x, self.y, self.ln_high = x, y, ln_high = axes
        self.wide, self.high = wide, math.exp(ln_high.at)
        self.seen = self.last_at = self.born = self.rest_since = 0.0
        self.score = self.mean = 0.0
        """Of its last box; of its boxes of late."""
        self.counts = False
        self.evidence = 0.0
        self.start: Box = self.box
        """Where it was first seen."""
        self.reach = 0.0
        """Box heights that it came away from there at most."""
        self.steps = 0
        """Looks by which it came farther than before."""
        self.last: Box = self.start
        """Where its last box was."""
        self.whole = True, True
        """No edge of the picture cut its first box; nor its last."""
        self.rest = x.at, y.at
        """Where it came to rest."""

    @property
    def came(self) -> bool:
        """It was seen to come: a jump from one false box to another is no walk."""
        return self.steps >= CAME

    @property
    def label(self) -> str:
        """What its boxes say most."""
        return max(self.votes, key=self.votes.__getitem__)

    @property
    def box(self) -> Box:
        """Where it is expected, in picture heights."""
        x, y, wide, high = self.x.at, self.y.at, self.wide / 2, self.high / 2
        return x - wide, y - high, x + wide, y + high

    def follow_height(self) -> None:
        """Its box is as high as is expected, and as much wider."""
        high = math.exp(self.ln_high.at)
        self.wide *= high / self.high
        self.high = high

    def vote(self, votes: dict[str, float]) -> None:
        for label, score in votes.items():
            self.votes[label] = self.votes.get(label, 0.0) + score
