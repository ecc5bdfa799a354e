"""What the routes of point calls and draws answer; the views themselves are in `console.guards.answers`."""

from __future__ import annotations

from console.guards.answers import DrawAnswer, PointCallAnswer
from console.http.answers import Answer


class PointCallDoneAnswer(Answer):
    """The call as it stands now."""

    point_call: PointCallAnswer


class DrawnAnswer(Answer):
    """A draw that was made, and the calls that came of it."""

    draw: DrawAnswer
    point_calls: list[PointCallAnswer]


class DrawWithCallsAnswer(DrawAnswer):
    """A draw with the calls that came of it."""

    point_calls: list[PointCallAnswer]
