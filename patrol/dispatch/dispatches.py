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
from patrol.county.tables import Guard
from patrol.dispatch import refusals, reviews, stuck
from patrol.dispatch.nearest import UNDERWAY, Candidate, may_serve
from patrol.dispatch.tables import Dispatch
from patrol.duty import shift_facts
from patrol.duty.breaks import running_break
from patrol.duty.shifts import open_shift_of
from patrol.duty.tables import Shift
from patrol.judging.doubts import accuracy_m

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


class Claim(msgspec.Struct, frozen=True):
    """What a guard's phone says: `at` device time, the place WGS-84 where the phone has one."""

    at: float
    lon: float | None = None
    lat: float | None = None
    accuracy_m: float | None = None


def _get(session: Session, dispatch_id: str) -> Dispatch:
    row = session.get(Dispatch, dispatch_id, with_for_update={"of": Dispatch})
    if row is None:
        raise NotFoundError("dispatch.missing", f"no dispatch {dispatch_id}", id=dispatch_id)
    return row


def check_call(session: Session, incident: IncidentPlace, guard_id: str, at: float) -> Shift:
    """The guard's shift. Raises NotFoundError `guard.missing`; ConflictError `guard.off_shift`, `guard.on_break`,
    `guard.outside_service_area` (令564 art. 15), `guard.busy`."""
    guard = session.get(Guard, guard_id)
    if guard is None:
        raise NotFoundError("guard.missing", f"no guard {guard_id}", id=guard_id)
    shift = open_shift_of(session, guard_id, at, lock=True)
    if shift is None:
        raise ConflictError("guard.off_shift", f"{guard.name} is off shift", name=guard.name)
    if not may_serve(guard.unit, (incident.lon, incident.lat)):
        raise ConflictError("guard.outside_service_area", f"{guard.unit.name} may not serve there (令564 art. 15)",
                            name=guard.name, unit=guard.unit.name)  # fmt: skip
    if running_break(session, shift.id) is not None:
        raise ConflictError("guard.on_break", f"{guard.name} is on a break", name=guard.name)
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
    shift = check_call(session, incident, guard_id, at)
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


def do_refuse(  # noqa: PLR0917 - what the phone sends
    session: Session, actor: Actor, dispatch_id: str, key: str, note: str, at: float
) -> Dispatch:
    """For a reason of the closed list, with words or without. What the records prove for the guard clears it at once; else it
    waits for an officer's word. Raises as `do_accept`; RecordError `refusal.reason`."""
    reason = refusals.reason_of(key)
    row = _in_state(session, dispatch_id, "called", "accepted")
    found = refusals.find(session, row, at)
    row.state, row.refused_at, row.refused_code, row.refused_reason = "refused", at, reason.key, note
    row.refused_found = msgspec.to_builtins(found)
    if refusals.is_cleared(reason, found):
        row.review, row.reviewed_by, row.reviewed_at = "dismissed", SYSTEM.id, at
    return _told(session, actor, "refuse", row, at, reason=reason.key, note=note)


def do_review(  # noqa: PLR0917 - what the officer's form holds
    session: Session, actor: Actor, dispatch_id: str, result: reviews.Result, note: str, at: float
) -> Dispatch:
    """A person decides whether a refusal counts. Raises NotFoundError `dispatch.missing`, ConflictError `dispatch.state`, and as
    `reviews.check_decision`."""
    row = _in_state(session, dispatch_id, "refused")
    reason = refusals.reason_of(row.refused_code) if row.refused_code else None
    reviews.check_decision(
        actor, called_by=row.called_by, result=result, note=note, is_decided=row.review is not None, reason=reason
    )
    row.review, row.reviewed_by, row.reviewed_at, row.review_note = result, actor.id, at, note.strip()
    return _told(session, actor, "review", row, at, result=result, note=row.review_note)


def do_say_there(session: Session, actor: Actor, dispatch_id: str, claim: Claim, at: float) -> Dispatch:
    """The guard says "I am there". It stands beside the proof and never in its place: state, verdict and score don't follow it.
    The first word stays, a repeat changes nothing. Its time lies between the call and now, whatever the phone's clock says.
    Raises as `do_accept`."""
    row = _in_state(session, dispatch_id, *PROVABLE)
    if row.said_at is not None:
        return row
    row.said_at, row.said_received_at = min(max(claim.at, row.called_at), at), at
    if claim.lon is not None and claim.lat is not None:
        row.said_lon, row.said_lat, row.said_accuracy_m = claim.lon, claim.lat, claim.accuracy_m
    return _told(session, actor, "say_there", row, at, said_at=row.said_at)


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
        shift_facts.refresh(session, dispatch.shift_id)
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
    stuck.do_settle(session, actor, row, at)
    if row.state in shift_facts.ENDED:
        shift_facts.refresh(session, row.shift_id)
    return row
