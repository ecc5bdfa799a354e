"""A guard's task as the guard's page shows it: what it is, and who goes there too."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from console.alerts.tables import AlertRow
from console.guards.views import dispatch_view
from console.http.replies import Shown
from console.incidents.tables import Incident
from console.incidents.task_pictures import task_pictures
from patrol.dispatch.nearest import UNDERWAY
from patrol.dispatch.tables import Dispatch


def _companion(row: Dispatch) -> Shown:
    """Who goes to the same incident: how to reach him as long as both are on the way."""
    guard = row.guard
    return {"name": guard.name, "unit": {"id": guard.unit.id, "name": guard.unit.name, "name_en": guard.unit.name_en},
            "state": row.state, "arrived_at": row.arrived_at, "said_at": row.said_at, "phone": guard.phone}  # fmt: skip


def task_views(session: Session, rows: Sequence[Dispatch]) -> list[Shown]:
    """`situation` of the incident and `since` when it was seen (None where it is gone); `others`: guards under way to the same incident;
    `pictures_here`: how many of the guard's own arrived whole."""
    asked = {row.incident_id for row in rows}
    began = (
        select(Incident.id, Incident.situation, AlertRow.captured_at)
        .join(AlertRow, AlertRow.id == Incident.alert_id)
        .where(Incident.id.in_(asked))
    )
    known = {key: (what, at) for key, what, at in session.execute(began)} if asked else {}
    query = (
        select(Dispatch)
        .where(Dispatch.incident_id.in_(asked), Dispatch.state.in_(UNDERWAY))
        .order_by(Dispatch.called_at)
    )
    others = list(session.scalars(query).unique()) if asked else []
    pictures = task_pictures(session, [row.id for row in rows])
    return [
        dispatch_view(row) | {
            "pictures_here": sum(one["media_state"] == "here" for one in pictures.get(row.id, [])),
            "situation": known.get(row.incident_id, (None, None))[0],
            "since": known.get(row.incident_id, (None, None))[1],
            "others": [_companion(one) for one in others if one.incident_id == row.incident_id and one.id != row.id],
        }
        for row in rows
    ]  # fmt: skip
