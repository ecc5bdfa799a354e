"""A guard called to an incident: called, accepted or refused, arrived (by his fixes), done, or cancelled."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from lianqin import audit, feed
from lianqin.audit import Actor
from lianqin.errors import ConflictError, NotFoundError
from lianqin.geo import distance_m
from lianqin.records import Fix, new_id
from patrol import outcomes
from patrol.filters import accuracy_m
from patrol.nearest import UNDERWAY, Candidate, may_serve
from patrol.shifts import open_shift_of
from patrol.tables import Dispatch, Guard, Shift

MOST_ACCURACY_M: Final = 50.0
PROVABLE: Final = (*UNDERWAY, "done")
"""States in which a fix may prove the arrival."""
SYSTEM: Final = audit.system("patrol")


class IncidentPlace(msgspec.Struct, frozen=True):
    """Where to go, WGS-84."""

    id: str
    lon: float
    lat: float
    place_name: str = ""
    instruction: str = ""


def _get(session: Session, dispatch_id: str) -> Dispatch:
    row = session.get(Dispatch, dispatch_id, with_for_update={"of": Dispatch})
    if row is None:
        raise NotFoundError("dispatch.missing", f"no dispatch {dispatch_id}", id=dispatch_id)
    return row


def check_call(session: Session, incident: IncidentPlace, guard_id: str) -> Shift:
    """The guard's shift. Raises NotFoundError `guard.missing`; ConflictError `guard.off_shift`,
    `guard.outside_service_area` (令564 art. 15), `guard.busy`."""
    guard = session.get(Guard, guard_id)
    if guard is None:
        raise NotFoundError("guard.missing", f"no guard {guard_id}", id=guard_id)
    shift = open_shift_of(session, guard_id, lock=True)
    if shift is None:
        raise ConflictError("guard.off_shift", f"{guard.name} is off shift", name=guard.name)
    if not may_serve(guard.unit, (incident.lon, incident.lat)):
        raise ConflictError("guard.outside_service_area", f"{guard.unit.name} may not serve there (令564 art. 15)",
                            name=guard.name, unit=guard.unit.name)  # fmt: skip
    if session.scalar(select(Dispatch.id).where(Dispatch.guard_id == guard_id, Dispatch.state.in_(UNDERWAY))):
        raise ConflictError("guard.busy", f"{guard.name} is on an incident", name=guard.name)
    return shift


def do_call(  # noqa: PLR0917 - what the one key stands for
    session: Session,
    actor: Actor,
    incident: IncidentPlace,
    guard_id: str,
    at: float,
    candidate: Candidate | None = None,
) -> Dispatch:
    """Checked again here, in the writing transaction. Raises as `check_call`."""
    shift = check_call(session, incident, guard_id)
    row = Dispatch(
        id=new_id("dp", at), incident_id=incident.id, guard_id=guard_id, shift_id=shift.id, unit_id=shift.unit_id,
        state="called", called_by=actor.id, called_at=at, lon=incident.lon, lat=incident.lat,
        place_name=incident.place_name, instruction=incident.instruction,
        distance_m=candidate.distance_m if candidate else None,
    )  # fmt: skip
    session.add(row)
    return _told(session, actor, "call", row, at, incident=incident.id, guard=guard_id)


def do_accept(session: Session, actor: Actor, dispatch_id: str, at: float) -> Dispatch:
    """Raises `dispatch.missing`, ConflictError `dispatch.state`."""
    row = _in_state(session, dispatch_id, "called")
    row.state, row.accepted_at = "accepted", at
    return _told(session, actor, "accept", row, at)


def do_refuse(session: Session, actor: Actor, dispatch_id: str, reason: str, at: float) -> Dispatch:
    """Raises as `do_accept`."""
    row = _in_state(session, dispatch_id, "called", "accepted")
    row.state, row.refused_reason = "refused", reason
    return _told(session, actor, "refuse", row, at, reason=reason)


def do_done(session: Session, actor: Actor, dispatch_id: str, note: str, at: float) -> Dispatch:
    """Raises as `do_accept`. Done without a proven arrival counts as unknown."""
    row = _in_state(session, dispatch_id, "accepted", "arrived")
    row.state, row.done_at, row.done_note = "done", at, note
    return _told(session, actor, "done", row, at)


def do_cancel(session: Session, actor: Actor, dispatch_id: str, at: float) -> Dispatch:
    """Raises as `do_accept`."""
    row = _in_state(session, dispatch_id, *UNDERWAY)
    row.state = "cancelled"
    return _told(session, actor, "cancel", row, at)


def has_arrived(row: Dispatch, fix: Fix, radius_m: float) -> bool:
    """The fix lies within the radius, its accuracy added up to 50 m, and was measured after the call and before he
    reported done. Whether it may prove anything is for `filters.trusted` to say."""
    if fix.at < row.called_at or (row.done_at is not None and fix.at > row.done_at):
        return False
    apart = distance_m((row.lon, row.lat), (fix.lon, fix.lat))
    return apart <= radius_m + min(accuracy_m(fix), MOST_ACCURACY_M)


def arrive(session: Session, dispatch: Dispatch, fix: Fix | None, at: float) -> Dispatch:
    """His fix proves that he is there: the first that does, of all known so far. Repeats change nothing; None takes a
    proof back that late fixes have put in doubt."""
    if dispatch.arrived_fix_id == (fix.id if fix else None):
        return dispatch
    dispatch.arrived_at, dispatch.arrived_fix_id = (fix.at, fix.id) if fix else (None, None)
    if fix is not None and dispatch.state in {"called", "accepted"}:
        dispatch.state = "arrived"
    elif fix is None and dispatch.state == "arrived":
        dispatch.state = "called" if dispatch.accepted_at is None else "accepted"
        outcomes.refresh(session, dispatch.shift_id)
    return _told(session, SYSTEM, "arrive" if fix else "unprove", dispatch, at, fix=fix.id if fix else None)


def _in_state(session: Session, dispatch_id: str, *states: str) -> Dispatch:
    row = _get(session, dispatch_id)
    if row.state not in states:
        raise ConflictError("dispatch.state", f"dispatch {dispatch_id} is {row.state}", state=row.state)
    return row


def _told(session: Session, actor: Actor, action: str, row: Dispatch, at: float, **detail: Any) -> Dispatch:
    session.flush()
    audit.write(session, actor, f"dispatch.{action}", "dispatch", row.id, at=at, detail=detail)
    feed.push(session, "dispatch", row.id, at=at, unit_id=row.unit_id, guard_id=row.guard_id)
    if row.state in outcomes.ENDED:
        outcomes.refresh(session, row.shift_id)
    return row
