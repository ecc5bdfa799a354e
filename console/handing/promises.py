"""Notes on alerts and incidents, and what was promised in them for a time.

`check_x` decides and raises, `do_x` writes the row, its audit row and its feed rows in the caller's transaction.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from console.alerts.tables import AlertRow
from console.cameras.tables import CameraRow
from console.handing.tables import Promise
from console.http.replies import Shown, shown
from console.incidents import incidents
from console.incidents.places import english_places
from console.incidents.tables import Incident
from lianqin import audit, feed
from lianqin.audit import Actor
from lianqin.db import in_order
from lianqin.errors import ConflictError, NotFoundError, RecordError
from lianqin.records import new_id

LONGEST_S: Final = 7 * 86_400.0
"""Seconds ahead for which something can be promised."""
MOST: Final = 200
"""Open promises that are listed."""


def check_due(due_at: float | None, at: float) -> None:
    """Raises RecordError `promise.due`: it lies behind us, or too far ahead."""
    if due_at is not None and not at < due_at <= at + LONGEST_S:
        raise RecordError("promise.due", "a promise is for a time within a week", days=LONGEST_S / 86_400)


def do_note_alert(  # noqa: PLR0917 - what the form holds
    session: Session, actor: Actor, alert_id: str, note: str, due_at: float | None, at: float
) -> AlertRow:
    """A word beside the alert, judged or not; where it has an incident, beside that. The register keeps it. Raises NotFoundError
    `alert.missing`, RecordError `incident.note`, `promise.due`."""
    in_order(session)
    row = incidents.get_alert(session, alert_id)
    if row.incident_id is not None:
        do_note_incident(session, actor, row.incident_id, note, due_at, at)
        return row
    words = _words(note)
    check_due(due_at, at)
    detail = {"note": words} | ({} if due_at is None else {"due_at": due_at})
    audit.write(session, actor, "alert.note", "alert", row.id, at=at, detail=detail)
    _promise(session, actor, row.id, None, words, due_at, at)
    feed.push(session, "alert", row.id, at=at)
    session.flush()
    return row


def do_note_incident(  # noqa: PLR0917 - what the form holds
    session: Session, actor: Actor, incident_id: str, note: str, due_at: float | None, at: float
) -> Incident:
    """As `incidents.do_note`, with what is promised by it. Raises as that; RecordError `promise.due`."""
    check_due(due_at, at)
    row = incidents.do_note(session, actor, incident_id, note, at, due_at=due_at)
    _promise(session, actor, row.alert_id, row.id, _words(note), due_at, at)
    return row


def _words(note: str) -> str:
    if not note.strip():
        raise RecordError("incident.note", "an empty note says nothing")
    return note.strip()


def _promise(  # noqa: PLR0917 - what is promised to whom
    session: Session, actor: Actor, alert_id: str, incident_id: str | None, words: str, due_at: float | None, at: float
) -> None:
    if due_at is None:
        return
    session.add(Promise(id=new_id("pm", at), alert_id=alert_id, incident_id=incident_id, words=words, due_at=due_at,
                        made_by=actor.name, made_at=at))  # fmt: skip
    feed.push(session, "desk", alert_id, at=at)


def do_keep(session: Session, actor: Actor, promise_id: str, at: float) -> Promise:
    """Somebody says that it is kept. Raises NotFoundError `promise.missing`, ConflictError `promise.kept` naming who."""
    in_order(session)
    row = session.get(Promise, promise_id, populate_existing=True)
    if row is None:
        raise NotFoundError("promise.missing", f"no promise {promise_id}", id=promise_id)
    if row.kept_at is not None:
        raise ConflictError("promise.kept", f"kept by {row.kept_by}", by=row.kept_by, at=row.kept_at)
    row.kept_by, row.kept_at = actor.name, at
    session.flush()
    audit.write(session, actor, "promise.keep", "promise", row.id, at=at, case_ref=row.incident_id or row.alert_id,
                detail={"note": row.words})  # fmt: skip
    feed.push(session, "alert", row.alert_id, at=at)
    feed.push(session, "desk", row.alert_id, at=at)
    return row


def open_promises(session: Session) -> list[Shown]:
    """What is promised and not kept, the earliest first, with where it is about."""
    query = (
        select(Promise, AlertRow.situation, AlertRow.priority, CameraRow.name, CameraRow.name_en, Incident)
        .outerjoin(AlertRow, AlertRow.id == Promise.alert_id)
        .outerjoin(CameraRow, CameraRow.id == AlertRow.camera_id)
        .outerjoin(Incident, Incident.id == Promise.incident_id)
        .where(Promise.kept_at.is_(None))
        .order_by(Promise.due_at, Promise.id)
        .limit(MOST)
    )
    found = list(session.execute(query))
    named = english_places(session, [of for *_, of in found if of is not None])
    return [
        shown(row) | {"situation": situation, "priority": priority, "place": {"name": name or "", "name_en": name_en or ""} if of is None else
                      {"name": of.place_name, "name_en": named.get(of.id, "")}}
        for row, situation, priority, name, name_en, of in found
    ]  # fmt: skip
