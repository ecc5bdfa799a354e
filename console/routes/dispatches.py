"""The nearest guards, with the reason for each who may not go, and the one-key call."""

from __future__ import annotations

from typing import Annotated

import msgspec
from fastapi import APIRouter, Response
from sqlalchemy.orm import Session

from console import incidents, stuck_tasks
from console.bodies import Form
from console.context import Console
from console.patrol_views import get_dispatch
from console.permissions import Here, requires
from console.replies import reply
from console.sessions import Caller
from console.stuck_tasks import candidates, place_of
from console.tables import CameraRow
from console.views import dispatch_view
from lianqin import feed
from lianqin.errors import ConflictError
from patrol import dispatches

router = APIRouter(prefix="/api")
Sees = Annotated[Caller, requires("incident.see")]
Calls = Annotated[Caller, requires("dispatch.call")]


class Call(Form):
    guard_id: str


def _reply(console: Console, session: Session, lon: float, lat: float, name: str) -> Response:
    found = candidates(console, session, lon, lat)
    place = {"lon": lon, "lat": lat, "name": name}
    return reply({"place": place, "candidates": [msgspec.to_builtins(one) for one in found]})


@router.get("/incidents/{incident_id}/nearest")
def nearest_to_incident(console: Here, _: Sees, incident_id: str) -> Response:
    with console.store.read() as session:
        place = place_of(incidents.get_incident(session, incident_id))
        return _reply(console, session, place.lon, place.lat, place.place_name)


@router.get("/alerts/{alert_id}/nearest")
def nearest_to_alert(console: Here, _: Sees, alert_id: str) -> Response:
    with console.store.read() as session:
        camera = session.get(CameraRow, incidents.get_alert(session, alert_id).camera_id)
        if camera is None or camera.lon is None or camera.lat is None:
            raise ConflictError("alert.no_place", "the camera has no place")
        return _reply(console, session, camera.lon, camera.lat, camera.name)


@router.post("/incidents/{incident_id}/dispatches")
def call(console: Here, caller: Calls, incident_id: str, form: Call) -> Response:
    at = console.clock.now()
    with console.store.write() as session:
        incident = incidents.check_open(session, incident_id)
        place = place_of(incident)
        found = candidates(console, session, place.lon, place.lat)
        candidate = next((one for one in found if one.guard_id == form.guard_id), None)
        row = dispatches.do_call(session, caller.actor, place, form.guard_id, at, candidate)
        stuck_tasks.do_settle_refused(session, caller.actor, incident_id, at)
        incidents.do_sent(session, incident, at)
        return reply({"dispatch": dispatch_view(row)})


@router.post("/dispatches/{dispatch_id}/cancel")
def cancel(console: Here, caller: Calls, dispatch_id: str) -> Response:
    at = console.clock.now()
    with console.store.write() as session:
        row = get_dispatch(session, caller.actor, dispatch_id)
        row = dispatches.do_cancel(session, caller.actor, row.id, at)
        feed.push(session, "incident", row.incident_id, at=at)
        session.flush()
        return reply({"dispatch": dispatch_view(row)})
