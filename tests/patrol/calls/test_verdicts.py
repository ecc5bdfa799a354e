"""The table of verdicts, row by row."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from lianqin.testing import T0
from patrol.calls.verdicts import AnswerPlace, CallFacts, CallLimits, verdict

SQUARE = ((119.19, 33.99), (119.21, 33.99), (119.21, 34.01), (119.19, 34.01))
INSIDE = AnswerPlace(119.2, 34.0, 8)
FAR = AnswerPlace(119.22, 34.0, 8)
"""Some 920 m east of the border."""
DOUBTFUL = AnswerPlace(119.2104, 34.0, 8)
"""37 m outside: less than 50."""
COARSE = AnswerPlace(119.2118, 34.0, 100)
"""166 m outside, but 3 x accuracy is 300 m."""
ALIVE = {"sign_of_life_at": T0 - 10, "receipt_at": T0 + 2}
ANSWER = {"answered_at": T0 + 20, "answer_received_at": T0 + 21}


def facts(**changes: Any) -> CallFacts:
    return msgspec.structs.replace(CallFacts(called_at=T0, now=T0 + 30, polygon=SQUARE), **changes)


@pytest.mark.parametrize(
    ("changes", "name", "reason"),
    [
        ({**ALIVE, **ANSWER, "place": INSIDE}, "confirmed", "answered_inside"),
        ({**ALIVE, **ANSWER, "place": FAR}, "contradicted", "answered_outside"),
        ({**ALIVE, **ANSWER, "place": DOUBTFUL}, "unknown", "doubtful_place"),
        ({**ALIVE, **ANSWER, "place": COARSE}, "unknown", "doubtful_place"),
        ({**ALIVE, **ANSWER, "now": T0 + 79}, None, ""),
        ({**ALIVE, **ANSWER, "now": T0 + 80}, "unknown", "no_place"),
        ({**ALIVE, **ANSWER, "fix_place": INSIDE}, "confirmed", "fix_inside"),
        ({**ALIVE, **ANSWER, "fix_place": FAR}, "contradicted", "fix_outside"),
        ({**ALIVE, **ANSWER, "fix_place": FAR, "place": INSIDE}, "confirmed", "answered_inside"),
        ({**ANSWER, "by_radio": True}, "confirmed", "answered_by_radio"),
        (ALIVE, None, ""),
        ({**ALIVE, "now": T0 + 61.9}, None, ""),
        ({**ALIVE, "now": T0 + 62}, "contradicted", "no_answer"),
        ({"now": T0 + 60}, "unknown", "lost_channel"),
        ({**ALIVE, "sign_of_life_at": T0 - 61, "now": T0 + 90}, "unknown", "lost_channel"),
        ({**ALIVE, "sign_of_life_at": None, "now": T0 + 90}, "unknown", "lost_channel"),
        ({**ALIVE, "receipt_at": None, "now": T0 + 90}, "unknown", "no_receipt"),
        ({**ALIVE, "place": INSIDE, "now": T0 + 90, "answered_at": T0 + 70, "answer_received_at": T0 + 71},
         "contradicted", "late_answer"),
        ({**ALIVE, "place": INSIDE, "now": T0 + 9000, "answered_at": T0 + 50, "answer_received_at": T0 + 8000},
         "confirmed", "answered_inside"),
        ({**ALIVE, "place": INSIDE, "now": T0 + 90000, "answered_at": T0 + 50, "answer_received_at": T0 + 86401},
         "contradicted", "no_answer"),
        ({**ALIVE, "place": INSIDE, "now": T0 + 90, "answered_at": T0 - 900, "answer_received_at": T0 + 3},
         "contradicted", "no_answer"),
    ],
)  # fmt: skip
def test_a_verdict_follows_the_table(changes: dict[str, Any], name: str | None, reason: str) -> None:
    found = verdict(facts(**changes), CallLimits())
    assert (found.name, found.reason) == (name, reason)
