"""Before a guard ends a shift: what is still open, and whether the due end lies ahead."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from lianqin.errors import ConflictError, RecordError
from patrol.dispatch.nearest import UNDERWAY
from patrol.dispatch.tables import Dispatch
from patrol.duty.shifts import EARLY_END_S
from patrol.duty.tables import Shift


def open_tasks(session: Session, guard_id: str) -> list[dict[str, Any]]:
    """`{id, state, place_name}` of each dispatch that has not come to its end."""
    query = select(Dispatch.id, Dispatch.state, Dispatch.place_name).where(
        Dispatch.guard_id == guard_id, Dispatch.state.in_(UNDERWAY))  # fmt: skip
    return [
        {"id": row_id, "state": state, "place_name": place}
        for row_id, state, place in session.execute(query.order_by(Dispatch.called_at))
    ]


def check_end(session: Session, shift: Shift, at: float, *, confirm: bool, reason: str) -> None:
    """Raises ConflictError `shift.close_asks` {tasks, count, minutes} while a task is open or the due end is more than ten
    minutes away and nobody confirmed; RecordError `shift.close_reason` for a confirmation without its reason."""
    tasks, ahead = open_tasks(session, shift.guard_id), shift.due_end_at - at
    if not tasks and ahead <= EARLY_END_S:
        return
    if not confirm:
        minutes = round(ahead / 60) if ahead > EARLY_END_S else 0
        raise ConflictError("shift.close_asks", "something is open, or the due end lies ahead", tasks=tasks,
                            count=len(tasks), minutes=minutes, due_end_at=shift.due_end_at)  # fmt: skip
    if not reason.strip():
        raise RecordError("shift.close_reason", "why does the shift end now?")
