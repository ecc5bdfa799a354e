"""What people make of alerts: confirm, false, ignore, undo; incidents and their end.

`check_x` decides and raises, `do_x` writes the row, its audit row and its feed rows in the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, Literal

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from console.alerts.tables import REPORTED, AlertRow
from console.cameras.tables import CameraRow
from console.incidents.places import place_called
from console.incidents.tables import Incident
from console.rules.reasons import check_reason
from console.seats import seats
from lianqin import audit, feed
from lianqin.audit import Actor
from lianqin.clock import COUNTY_ZONE
from lianqin.db import in_order
from lianqin.errors import ConflictError, NotFoundError, RecordError
from lianqin.records import new_id
from patrol.dispatch import dispatches, stuck
from patrol.dispatch.nearest import UNDERWAY
from patrol.dispatch.tables import Dispatch

UNDO_SECONDS: Final = 60.0
"""A judgement can be undone for so long. A confirmation whose calls were cancelled: until its incident is closed."""


class JoinedNames(tuple[str, ...]):
    """Names of people that a message joins as its language does (`{names:, }`); who reads the values gets a list."""

    __slots__ = ()

    def __format__(self, joint: str) -> str:
        return (joint or "、").join(self)


def get_alert(session: Session, alert_id: str) -> AlertRow:
    """Raises NotFoundError `alert.missing`."""
    row = session.scalar(select(AlertRow).where(AlertRow.id == alert_id))
    if row is None:
        raise NotFoundError("alert.missing", f"no alert {alert_id}", id=alert_id)
    return row


def get_incident(session: Session, incident_id: str) -> Incident:
    """Raises NotFoundError `incident.missing`."""
    row = session.get(Incident, incident_id)
    if row is None:
        raise NotFoundError("incident.missing", f"no incident {incident_id}", id=incident_id)
    return row


def _check_new(session: Session, alert_id: str) -> AlertRow:
    in_order(session)  # two operators who press at once take turns: the second one is told
    row = get_alert(session, alert_id)
    session.refresh(row)
    if row.state != "new":
        at = row.judged_at or 0.0
        when = datetime.fromtimestamp(at, COUNTY_ZONE).strftime("%H:%M:%S")
        raise ConflictError(
            "alert.judged", f"judged {row.state} by {row.judged_by}", by=row.judged_by, at=at, when=when,
            state=row.state, incident_id=row.incident_id,
        )  # fmt: skip
    return row


def _check_judgeable(session: Session, actor: Actor, alert_id: str, at: float) -> AlertRow:
    row = _check_new(session, alert_id)
    seats.check_free(session, actor, alert_id, at)
    return row


def check_confirm(session: Session, actor: Actor, alert_id: str, at: float) -> AlertRow:
    """Raises NotFoundError `alert.missing`, ConflictError `alert.judged` naming who and when, `alert.held` naming who has it."""
    return _check_judgeable(session, actor, alert_id, at)


def do_confirm(session: Session, actor: Actor, alert_id: str, at: float) -> Incident:
    """A person accepts the alert: it becomes an incident at the camera's place. Nobody is sent by this."""
    row = check_confirm(session, actor, alert_id, at)
    camera = session.get(CameraRow, row.camera_id)
    incident = Incident(
        id=new_id("in", at), alert_id=row.id, camera_id=row.camera_id, situation=row.situation, priority=row.priority,
        lon=camera.lon if camera else None, lat=camera.lat if camera else None,
        place_name=place_called(camera.name if camera else row.camera_id, row.zone_name),
        state="open", opened_at=at, opened_by=actor.name, note="",
    )  # fmt: skip
    session.add(incident)
    _judge(session, actor, row, state="confirmed", action="alert.confirm", at=at, incident_id=incident.id)
    audit.write(session, actor, "incident.open", "incident", incident.id, at=at, case_ref=row.id)
    feed.push(session, "incident", incident.id, at=at)
    return incident


def check_false(session: Session, actor: Actor, alert_id: str, at: float) -> AlertRow:
    """As `check_confirm`."""
    return _check_judgeable(session, actor, alert_id, at)


def do_false(session: Session, actor: Actor, alert_id: str, reason: str, at: float) -> AlertRow:
    """A false alarm: counted against the model, never against a guard. Raises what `check_false` raises, RecordError
    `reason.unknown`."""
    row = check_false(session, actor, alert_id, at)
    check_reason(session, reason)
    _judge(session, actor, row, state="false", action="alert.false", at=at, reason=reason)
    return row


def do_ignore(session: Session, actor: Actor, alert_id: str, at: float) -> AlertRow:
    """True but of no concern: counted neither way."""
    row = _check_judgeable(session, actor, alert_id, at)
    _judge(session, actor, row, state="ignored", action="alert.ignore", at=at)
    return row


class JudgedTogether(msgspec.Struct, frozen=True):
    """Alerts judged at once: which were, and of the others who was first."""

    judged: tuple[str, ...]
    conflicts: tuple[dict[str, Any], ...]


def do_judge_together(
    session: Session,
    actor: Actor,
    alert_ids: Sequence[str],
    *,
    how: Literal["false", "ignored"],
    reason: str,
    at: float,
) -> JudgedTogether:
    """All of them in the caller's transaction, each with its own audit row; what somebody judged meanwhile, or has before
    him, stays as it is and is told. Raises NotFoundError `alert.missing` and RecordError `reason.unknown`, and then none is judged."""
    if how == "false":
        check_reason(session, reason)
    judged: list[str] = []
    conflicts: list[dict[str, Any]] = []
    ids = list(dict.fromkeys(alert_ids))
    for alert_id in ids:
        try:
            row = _check_judgeable(session, actor, alert_id, at)
        except ConflictError as error:
            conflicts.append({"id": alert_id} | error.values)
            continue
        action = "alert.false" if how == "false" else "alert.ignore"
        _judge(
            session, actor, row, state=how, action=action, at=at, reason=reason if how == "false" else "", of=len(ids)
        )
        judged.append(alert_id)
    return JudgedTogether(tuple(judged), tuple(conflicts))


def _judge(
    session: Session, actor: Actor, row: AlertRow, *, state: str, action: str, at: float,
    reason: str = "", incident_id: str | None = None, of: int = 1,
) -> None:  # fmt: skip
    """`of`: how many are judged together."""
    row.state, row.judged_by, row.judged_by_id, row.judged_at = state, actor.name, actor.id, at
    row.judge_reason, row.incident_id = reason, incident_id
    session.flush()
    detail: dict[str, Any] = {"waited_s": round(at - row.received_at, 1)} | ({"reason": reason} if reason else {})
    if incident_id:
        detail["incident_id"] = incident_id
    if of > 1:
        detail["together"] = of
    audit.write(session, actor, action, "alert", row.id, at=at, detail=detail)
    feed.push(session, "alert", row.id, at=at)


def check_reopen(session: Session, actor: Actor, alert_id: str, at: float, of: str = "") -> AlertRow:
    """Another's verdict is undone only by who names him (`of`). Raises ConflictError `alert.not_judged`, `alert.reported`,
    `alert.other_verdict` naming him, `incident.closed`, `alert.reopen_dispatched` naming who is sent, `alert.reopen_late`."""
    in_order(session)
    row = get_alert(session, alert_id)
    session.refresh(row)
    if row.state == "new":
        raise ConflictError("alert.not_judged", "not judged yet")
    if row.situation == REPORTED:
        raise ConflictError("alert.reported", "a guard's report: close the incident instead")
    is_own = row.judged_by_id == actor.id if row.judged_by_id is not None else row.judged_by == actor.name
    if not is_own and of != row.judged_by:
        raise ConflictError("alert.other_verdict", f"judged by {row.judged_by}", by=row.judged_by, at=row.judged_at)
    calls = list[Dispatch]()
    if row.incident_id:
        check_open(session, row.incident_id)
        calls = _calls_of(session, row.incident_id)
    sent = [one for one in calls if one.state in {*UNDERWAY, "done"}]
    if sent:
        raise ConflictError(
            "alert.reopen_dispatched", "a guard was called", incident_id=row.incident_id, names=_names(sent)
        )
    if not calls and (row.judged_at is None or at - row.judged_at > UNDO_SECONDS):
        raise ConflictError("alert.reopen_late", "too late to undo", minutes=UNDO_SECONDS / 60)
    return row


def do_reopen(session: Session, actor: Actor, alert_id: str, at: float, of: str = "") -> AlertRow:
    """Undo a judgement; the incident it opened is withdrawn, and all that was done for it stays. Raises as `check_reopen`."""
    row = check_reopen(session, actor, alert_id, at, of)
    detail = {"was": row.state, "of": row.judged_by} | ({"incident_id": row.incident_id} if row.incident_id else {})
    if row.incident_id:
        incident = get_incident(session, row.incident_id)
        _end(session, actor, incident, "withdrawn", at)
        audit.write(session, actor, "incident.withdraw", "incident", incident.id, at=at, case_ref=row.id)
    row.state, row.judge_reason, row.incident_id = "new", "", None
    row.judged_by = row.judged_by_id = row.judged_at = None
    session.flush()
    audit.write(session, actor, "alert.reopen", "alert", row.id, at=at, detail=detail)
    feed.push(session, "alert", row.id, at=at)
    return row


def _calls_of(session: Session, incident_id: str) -> list[Dispatch]:
    query = select(Dispatch).where(Dispatch.incident_id == incident_id).order_by(Dispatch.called_at, Dispatch.id)
    return list(session.scalars(query.execution_options(populate_existing=True)).unique())


def _names(sent: list[Dispatch]) -> JoinedNames:
    return JoinedNames(dict.fromkeys(one.guard.name for one in sent))


def _end(session: Session, actor: Actor, row: Incident, state: Literal["closed", "withdrawn"], at: float) -> None:
    row.state, row.closed_at, row.closed_by = state, at, actor.name
    stuck.do_end_of_incident(session, actor, row.id, state, at)
    session.flush()
    feed.push(session, "incident", row.id, at=at)


def check_open(session: Session, incident_id: str) -> Incident:
    """Raises NotFoundError `incident.missing`, ConflictError `incident.closed`, `incident.withdrawn`."""
    in_order(session)
    row = get_incident(session, incident_id)
    session.refresh(row)
    if row.state == "withdrawn":
        raise ConflictError("incident.withdrawn", f"withdrawn by {row.closed_by}", by=row.closed_by, at=row.closed_at)
    if row.state == "closed":
        raise ConflictError("incident.closed", f"closed by {row.closed_by}", by=row.closed_by, at=row.closed_at)
    return row


def do_close(
    session: Session, actor: Actor, incident_id: str, note: str, at: float, *, cancel_calls: bool = False
) -> Incident:
    """A person ends the incident; with `cancel_calls` who is sent for it is called back in the same transaction.

    Raises as `check_open`; ConflictError `incident.sent` naming who is sent.
    """
    row = check_open(session, incident_id)
    sent = [one for one in _calls_of(session, incident_id) if one.state in UNDERWAY]
    if sent and not cancel_calls:
        raise ConflictError("incident.sent", "somebody is sent", names=_names(sent), count=len(sent))
    for one in sent:
        dispatches.do_cancel(session, actor, one.id, at)
    row.note = note
    _end(session, actor, row, "closed", at)
    detail = {"note": note} | ({"cancelled": [one.id for one in sent]} if sent else {})
    audit.write(session, actor, "incident.close", "incident", row.id, at=at, detail=detail)
    return row


def do_note(
    session: Session, actor: Actor, incident_id: str, note: str, at: float, *, due_at: float | None = None
) -> Incident:
    """Write a note on the incident's timeline; the register keeps it, so nobody changes it later. `due_at`: for when
    something is promised by it (`handing.promises`). Raises NotFoundError `incident.missing`, RecordError `incident.note`."""
    in_order(session)
    row = get_incident(session, incident_id)
    if not note.strip():
        raise RecordError("incident.note", "an empty note says nothing")
    audit.write(session, actor, "incident.note", "incident", row.id, at=at,
                detail={"note": note.strip()} | ({} if due_at is None else {"due_at": due_at}))  # fmt: skip
    feed.push(session, "incident", row.id, at=at)
    session.flush()
    return row


def do_handled(session: Session, actor: Actor, incident_id: str, at: float) -> None:
    """A guard reported done: an open incident is marked `handled` and waits for a person to close it. Refusals are settled; tasks that are
    still under way go on."""
    row = session.get(Incident, incident_id)
    if row is None or row.state != "open":
        return
    row.state, row.handled_at = "handled", at
    stuck.do_end_of_refusals(session, actor, row.id, "handled", at)
    session.flush()
    audit.write(session, actor, "incident.handled", "incident", row.id, at=at)
    feed.push(session, "incident", row.id, at=at)


def do_sent(session: Session, row: Incident, at: float) -> None:
    """A guard is sent: an incident that was handled is open again."""
    if row.state == "handled":
        row.state, row.handled_at = "open", None
    session.flush()
    feed.push(session, "incident", row.id, at=at)
