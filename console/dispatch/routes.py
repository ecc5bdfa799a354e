"""The nearest guards, with the reason for each who may not go, and the call of one or of several."""

from __future__ import annotations

from typing import Annotated

import msgspec
from fastapi import APIRouter, Response
from pydantic import Field
from sqlalchemy.orm import Session

from console.access.permissions import Here, requires
from console.access.sessions import Caller
from console.cameras.tables import CameraRow
from console.dispatch import pairs, stuck
from console.dispatch.answers import CalledAnswer, NearestAnswer, OneDispatchAnswer
from console.dispatch.pairs import MOST, GuardsWanted, candidates, pair_of, place_of, under_way
from console.guards.views import dispatch_view, get_dispatch
from console.http.answers import gives
from console.http.bodies import Form
from console.http.context import Console
from console.http.replies import reply
from console.incidents import incidents
from console.incidents.tables import Incident
from console.seats import seats
from lianqin import feed
from lianqin.errors import ConflictError, RecordError
from lianqin.lengths import most
from patrol.dispatch import dispatches
from patrol.dispatch.dispatches import IncidentPlace
from patrol.dispatch.tables import Dispatch

router = APIRouter(prefix="/api")
Sees = Annotated[Caller, requires("incident.see")]
Calls = Annotated[Caller, requires("dispatch.call")]


GuardId = Annotated[str, Field(max_length=most(Dispatch.guard_id))]
Why = Annotated[str, Field(max_length=200)]


class Call(Form):
    """One guard, or several in one act; `alone`: why fewer go than the rule of two asks for."""

    guard_id: GuardId = ""
    guard_ids: Annotated[list[GuardId], Field(default_factory=list, max_length=MOST)]
    alone: Why = ""


def _reply(console: Console, session: Session, place: IncidentPlace, alert_id: str, sent: int) -> Response:
    """`pair`: the rule of two there and now, with how many are under way already."""
    found = candidates(console, session, place.lon, place.lat)
    pair = pair_of(console, session, alert_id, (place.lon, place.lat))
    return reply({
        "place": {"lon": place.lon, "lat": place.lat, "name": place.place_name},
        "candidates": [msgspec.to_builtins(one) for one in found], "pair": pair and pair | {"under_way": sent},
    })  # fmt: skip


@router.get("/incidents/{incident_id}/nearest")
@gives(NearestAnswer)
def nearest_to_incident(console: Here, _: Sees, incident_id: str) -> Response:
    with console.store.read() as session:
        incident = incidents.get_incident(session, incident_id)
        return _reply(console, session, place_of(incident), incident.alert_id, under_way(session, incident_id))


@router.get("/alerts/{alert_id}/nearest")
@gives(NearestAnswer)
def nearest_to_alert(console: Here, _: Sees, alert_id: str) -> Response:
    with console.store.read() as session:
        camera = session.get(CameraRow, incidents.get_alert(session, alert_id).camera_id)
        if camera is None or camera.lon is None or camera.lat is None:
            raise ConflictError("alert.no_place", "the camera has no place")
        place = IncidentPlace(id="", lon=camera.lon, lat=camera.lat, place_name=camera.name)
        return _reply(console, session, place, alert_id, 0)


@router.post("/incidents/{incident_id}/dispatches")
@gives(CalledAnswer)
def call(console: Here, caller: Calls, incident_id: str, form: Call) -> Response:
    at, ids = console.clock.now(), tuple(filter(None, (form.guard_id, *form.guard_ids)))
    if not ids:
        raise RecordError("dispatch.nobody", "name a guard")
    with console.store.write() as session:
        incident = incidents.check_open(session, incident_id)
        seats.check_free(session, caller.actor, incident.alert_id, at)
        rows = pairs.do_call(console, session, caller.actor, incident, GuardsWanted(ids, form.alone), at)
        stuck.do_settle_refused(session, caller.actor, incident_id, at)
        session.flush()
        return reply({"dispatch": dispatch_view(rows[0]), "dispatches": [dispatch_view(row) for row in rows]})


@router.post("/dispatches/{dispatch_id}/cancel")
@gives(OneDispatchAnswer)
def cancel(console: Here, caller: Calls, dispatch_id: str) -> Response:
    at = console.clock.now()
    with console.store.write() as session:
        row = get_dispatch(session, caller.actor, dispatch_id)
        incident = session.get(Incident, row.incident_id)
        if incident is not None:
            seats.check_free(session, caller.actor, incident.alert_id, at)
        row = dispatches.do_cancel(session, caller.actor, row.id, at)
        feed.push(session, "incident", row.incident_id, at=at)
        session.flush()
        return reply({"dispatch": dispatch_view(row)})
