"""Routes that no other flow comes to a good answer of: what they answer is what they say (`tests/console/answers_held.py`)."""

from __future__ import annotations

from typing import Any

from lianqin.testing import T0
from tests.console.conftest import Room

HOUR = 3600.0


def done(answer: Any) -> Any:
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_week_is_copied_a_radio_word_taken_and_a_shift_opened_and_scored_again(room: Room) -> None:
    operator = room.role("operator")
    done(
        operator.post(
            "/api/roster", {"guard_id": "G1", "area_id": "A1", "begins_at": T0 + HOUR, "ends_at": T0 + 9 * HOUR}
        )
    )
    copied = done(room.role("company").post("/api/roster/copy", {"from_at": T0, "to_at": T0 + 7 * 86_400}))
    assert copied == {"copied": 1, "left_out": 0}
    running = next(call for call in done(operator.get("/api/point-calls"))["items"] if call["verdict"] is None)
    heard = done(operator.post(f"/api/point-calls/{running['id']}/radio", {"heard": True}))["point_call"]
    assert heard["answer_by"] == "radio"
    done(operator.post("/api/shifts/S1/close", {}))
    opened = done(operator.post("/api/shifts", {"guard_id": "G1", "hours": 2}))["shift"]
    assert (opened["guard_id"], opened["opened_how"]) == ("G1", "operator")
    assert done(room.role("officer").post("/api/shifts/S1/rescore"))["shift"]["id"] == "S1"
