"""What waits for a person's word, and what was decided, as officers, companies and guards read it."""

from __future__ import annotations

from typing import Final

from sqlalchemy.orm import Session

from console.access.names import named
from console.guards.views import guard_view, unit_brief
from console.http.replies import Shown
from lianqin.audit import Actor
from patrol.calls.tables import PointCall
from patrol.dispatch import dispatches, reviews
from patrol.dispatch.reviews import Waiting
from patrol.dispatch.tables import Dispatch

OWN_DAYS: Final = 30
OWN_MOST: Final = 20
_FIELDS: Final = ("called_by", "reviewed_by")


def review_view(row: PointCall | Dispatch, actor: Actor | None = None) -> Shown:
    """One of them. `what`: the verdict's reason or the refusal's; `may_decide`: this person did not make the call."""
    is_call = isinstance(row, PointCall)
    view: Shown = {
        "kind": "point_call" if is_call else "refusal", "id": row.id, "called_at": row.called_at, "called_by": row.called_by,
        "shift_id": row.shift_id, "guard": guard_view(row.guard), "unit": unit_brief(row.guard.unit),
        "review": row.review, "reviewed_by": row.reviewed_by, "reviewed_at": row.reviewed_at, "review_note": row.review_note,
        "by_records": row.reviewed_by == dispatches.SYSTEM.id,
    }  # fmt: skip
    if isinstance(row, PointCall):
        view |= {
            "at": row.verdict_at,
            "what": row.verdict_reason,
            "words": "",
            "found": {},
            "by_name": row.draw_id is None,
        }
    else:
        view |= {"at": row.refused_at, "what": row.refused_code, "words": row.refused_reason, "found": row.refused_found,
                 "place_name": row.place_name, "incident_id": row.incident_id}  # fmt: skip
    return named(row, view, *_FIELDS) | ({"may_decide": actor.id != row.called_by} if actor is not None else {})


def of_guard(session: Session, guard_id: str, at: float) -> list[Shown]:
    """What waits, then what was decided in thirty days: the guard reads what was decided about him, why and by whom."""
    since = at - OWN_DAYS * 86_400
    waiting = reviews.items(session, Waiting(guard_id=guard_id))
    decided = reviews.items(session, Waiting(guard_id=guard_id, since=since, decided=True))
    return [review_view(row) for row in [*waiting, *decided][:OWN_MOST]]
