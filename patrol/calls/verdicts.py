"""The verdict of a point call: a pure function of what is known. Unknown is a state of its own."""

from __future__ import annotations

from typing import Literal

import msgspec

from lianqin.geo import LonLat, outside_m
from patrol.judging.doubts import ASSUMED_ACCURACY_M
from patrol.judging.presence import OUTSIDE_FACTOR, OUTSIDE_LEAST_M

VerdictName = Literal["confirmed", "contradicted", "unknown"]
Reason = Literal[
    "answered_inside", "answered_by_radio", "fix_inside", "answered_outside", "fix_outside", "no_answer", "late_answer",
    "lost_channel", "no_receipt", "doubtful_place", "no_place",
]  # fmt: skip


class AnswerPlace(msgspec.Struct, frozen=True):
    """Where the phone says the answer was given, WGS-84."""

    lon: float
    lat: float
    accuracy_m: float | None = None


class CallLimits(msgspec.Struct, frozen=True):
    """Seconds to answer from the receipt; silence before the call that means a lost channel; grace for offline answers;
    how near in time a fix must be to speak for an answer without a place."""

    answer_s: float = 60.0
    silence_s: float = 60.0
    grace_s: float = 24 * 3600.0
    fix_near_s: float = 60.0


class CallFacts(msgspec.Struct, frozen=True):
    """All that the verdict depends on. `place` of the answer, or `fix_place` the fix nearest in time to it."""

    called_at: float
    now: float
    polygon: tuple[LonLat, ...]
    sign_of_life_at: float | None = None
    receipt_at: float | None = None
    answered_at: float | None = None
    answer_received_at: float | None = None
    by_radio: bool = False
    place: AnswerPlace | None = None
    fix_place: AnswerPlace | None = None
    fix_id: str | None = None


class Verdict(msgspec.Struct, frozen=True):
    """`name` None: it still runs. `final`: no later answer can change it."""

    name: VerdictName | None
    reason: Reason | Literal[""] = ""
    final: bool = False
    outside_m: float | None = None


RUNNING = Verdict(None)


def verdict(facts: CallFacts, limits: CallLimits) -> Verdict:
    """The table of the rules, first row that fits:

    | what is known | verdict |
    |---|---|
    | answered in time (device time) by radio | confirmed |
    | answered in time, place inside the area | confirmed |
    | answered in time, outside by more than the larger of 3 x accuracy and 50 m | contradicted |
    | answered in time, place in between | unknown |
    | answered in time without a place, no trusted fix near in time | unknown; it runs while such a fix may still come |
    | no answer in time, no sign of life later than `silence_s` before the call | unknown (lost channel) |
    | no answer in time, a sign of life, but no receipt of the delivery | unknown (no receipt) |
    | no answer in time, a sign of life and a receipt | contradicted (answered late, or not at all) |

    "In time": within `answer_s` of the receipt (of the call where there was none). An answer counts by its device time
    if it arrives within `grace_s` of the call.
    """
    due = (facts.receipt_at if facts.receipt_at is not None else facts.called_at) + limits.answer_s
    counts = (
        facts.answered_at is not None
        and facts.answer_received_at is not None
        and facts.answer_received_at <= facts.called_at + limits.grace_s
        # Phones' clocks run slow: an answer dated up to the time to answer before the call counts still.
        and facts.answered_at >= facts.called_at - limits.answer_s
    )
    if counts and facts.answered_at is not None and facts.answered_at <= due:
        return _answered(facts, facts.answered_at + limits.fix_near_s)
    if facts.now < due:
        return RUNNING
    over = facts.now > facts.called_at + limits.grace_s
    if facts.sign_of_life_at is None or facts.called_at - facts.sign_of_life_at > limits.silence_s:
        return Verdict("unknown", "lost_channel", final=over)
    if facts.receipt_at is None:
        return Verdict("unknown", "no_receipt", final=over)
    return Verdict("contradicted", "late_answer" if counts else "no_answer", final=over)


def _answered(facts: CallFacts, until: float) -> Verdict:
    if facts.by_radio:
        return Verdict("confirmed", "answered_by_radio", final=True)
    place, own = (facts.place, True) if facts.place else (facts.fix_place, False)
    if place is None:
        return RUNNING if facts.now < until else Verdict("unknown", "no_place", final=False)
    beyond = outside_m(facts.polygon, (place.lon, place.lat))
    accuracy = place.accuracy_m or ASSUMED_ACCURACY_M
    if beyond <= 0:
        return Verdict("confirmed", "answered_inside" if own else "fix_inside", final=True, outside_m=beyond)
    if beyond > max(OUTSIDE_FACTOR * accuracy, OUTSIDE_LEAST_M):
        return Verdict("contradicted", "answered_outside" if own else "fix_outside", final=True, outside_m=beyond)
    return Verdict("unknown", "doubtful_place", final=True, outside_m=beyond)
