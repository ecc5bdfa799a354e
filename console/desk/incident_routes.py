"""Incidents, the nearest guards and their call."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from fastapi import APIRouter, Response
from pydantic import Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from console.access.permissions import Here, requires
from console.access.scope import narrow
from console.access.sessions import Caller
from console.alerts.tables import AlertRow
from console.desk.answers import IncidentInFullAnswer, IncidentInListAnswer
from console.dispatch.stuck import past_views
from console.guards.answers import DispatchAnswer
from console.guards.views import dispatch_view
from console.http.answers import Page, gives
from console.http.bodies import Form
from console.http.replies import ListPosition, listed, newest_first, reply
from console.incidents import incidents
from console.incidents.answers import OneIncidentAnswer
from console.incidents.tables import Incident
from console.incidents.views import incident_views
from lianqin.lengths import most
from patrol.dispatch.tables import Dispatch

router = APIRouter(prefix="/api")
Sees = Annotated[Caller, requires("incident.see")]
Handles = Annotated[Caller, requires("incident.handle")]


class CloseIncidentForm(Form):
    note: Annotated[str, Field(max_length=most(Incident.note))] = ""
    cancel_calls: bool = False


@router.get("/incidents")
@gives(Page[IncidentInListAnswer])
def list_incidents(
    *, console: Here, _: Sees, state: Literal["open", "handled", "closed", "withdrawn"] | None = None,
    cursor: str | None = None, limit: int = 50,
) -> Response:  # fmt: skip
    query = select(Incident)
    if state:
        query = query.where(Incident.state == state)
    with console.store.read() as session:
        rows, following = newest_first(
            session, query, order=Incident.opened_at, key=Incident.id, cursor=cursor, limit=limit,
            position=lambda row: ListPosition(row.opened_at, row.id),
        )  # fmt: skip
        seen = _with_pictures(session, [row.alert_id for row in rows])
        views = [view | {"picture": view["alert_id"] in seen} for view in incident_views(session, rows)]
        return listed(views, following)


def _with_pictures(session: Session, alert_ids: Sequence[str]) -> frozenset[str]:
    """Those of the alerts whose picture is there and not past its term."""
    query = select(AlertRow.id).where(
        AlertRow.id.in_(alert_ids), AlertRow.snapshot.is_not(None), AlertRow.purged_at.is_(None)
    )
    return frozenset(session.scalars(query))


@router.get("/incidents/{incident_id}")
@gives(IncidentInFullAnswer)
def get_incident(console: Here, _: Sees, incident_id: str) -> Response:
    with console.store.read() as session:
        [view] = incident_views(session, [incidents.get_incident(session, incident_id)])
        return reply(view | {"stuck": past_views(session, incident_id)})


@router.post("/incidents/{incident_id}/close")
@gives(OneIncidentAnswer)
def close_incident(console: Here, caller: Handles, incident_id: str, form: CloseIncidentForm) -> Response:
    with console.store.write() as session:
        row = incidents.do_close(
            session, caller.actor, incident_id, form.note, console.clock.now(), cancel_calls=form.cancel_calls
        )
        return reply({"incident": incident_views(session, [row])[0]})


@router.get("/dispatches")
@gives(Page[DispatchAnswer])
def list_dispatches(
    *, console: Here, caller: Annotated[Caller, requires("dispatch.see")], incident_id: str | None = None,
    cursor: str | None = None, limit: int = 50,
) -> Response:  # fmt: skip
    query = narrow(select(Dispatch), caller.actor, Dispatch.unit_id, Dispatch.guard_id)
    if incident_id:
        query = query.where(Dispatch.incident_id == incident_id)
    with console.store.read() as session:
        rows, following = newest_first(
            session, query, order=Dispatch.called_at, key=Dispatch.id, cursor=cursor, limit=limit,
            position=lambda row: ListPosition(row.called_at, row.id),
        )  # fmt: skip
        return listed([dispatch_view(row) for row in rows], following)
