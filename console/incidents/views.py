"""Incidents as the page sees them (`docs/api.md`): rows joined with their dispatches, their place in English and their timeline."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from console.access.names import named
from console.guards.views import sent_view
from console.handing.tables import Promise
from console.http.replies import Shown, shown
from console.incidents.places import english_places
from console.incidents.tables import Incident
from console.incidents.task_pictures import task_pictures
from lianqin.audit import AuditRow
from patrol.dispatch.tables import Dispatch

_ENDS: Final = {
    "dispatch.refuse": "dispatch.refused", "dispatch.cancel": "dispatch.cancelled", "dispatch.stuck": "dispatch.stuck",
    "dispatch.unstuck": "dispatch.unstuck",
}  # fmt: skip
"""What the rows keep no moment of, the register does."""
_WORDS: Final = {"incident.note": "incident.noted", "incident.alone": "incident.alone"}


def incident_views(session: Session, rows: Sequence[Incident]) -> list[Shown]:
    """Incidents with dispatches and timeline."""
    if not rows:
        return []
    sent: dict[str, list[Dispatch]] = defaultdict(list)
    query = select(Dispatch).where(Dispatch.incident_id.in_([row.id for row in rows])).order_by(Dispatch.called_at)
    for dispatch in session.scalars(query):
        sent[dispatch.incident_id].append(dispatch)
    ended = _ended(session, [dispatch for mine in sent.values() for dispatch in mine])
    notes = _notes(session, [row.id for row in rows])
    pictures = task_pictures(session, [dispatch.id for mine in sent.values() for dispatch in mine])
    named_en = english_places(session, rows)
    return [
        shown(row) | {
            "place_name_en": named_en.get(row.id, ""),
            "dispatches": [sent_view(dispatch) | {"pictures": pictures.get(dispatch.id, [])} for dispatch in sent[row.id]],
            "timeline": in_order([
                *_incident_steps(row), *_dispatch_steps(sent[row.id]), *ended[row.id], *notes[row.id], *_picture_steps(sent[row.id], pictures),
            ]),
        }
        for row in rows
    ]  # fmt: skip


def _notes(session: Session, incident_ids: Sequence[str]) -> dict[str, list[Shown]]:
    """People's words beside each incident, promises that were kept, and who went alone and why."""
    query = select(AuditRow).where(AuditRow.object_kind == "incident", AuditRow.object_id.in_(incident_ids),
                                   AuditRow.action.in_(_WORDS)).order_by(AuditRow.seq)  # fmt: skip
    found: dict[str, list[Shown]] = defaultdict(list)
    kept = select(Promise).where(Promise.incident_id.in_(incident_ids), Promise.kept_at.is_not(None))
    for promise in session.scalars(kept) if incident_ids else ():
        found[str(promise.incident_id)].append(kept_step(promise))
    for row in session.scalars(query) if incident_ids else ():
        told = row.detail
        values = {
            "by": row.actor_name,
            "note": told.get("note", ""),
            **{key: told[key] for key in ("due_at",) if key in told},
        }
        key = "incident.promised" if "due_at" in told else _WORDS[row.action]
        if row.action == "incident.alone":
            values = {"by": row.actor_name, "guards": told["guards"], "reason": told["reason"]}
            key = "incident.nobody_else" if told["nobody_else"] else key
        found[row.object_id].append({"at": row.at, "key": key, "values": values})
    return found


def kept_step(row: Promise) -> Shown:
    return {"at": row.kept_at, "key": "incident.kept_promise", "values": {"by": row.kept_by, "note": row.words}}


def _ended(session: Session, rows: Sequence[Dispatch]) -> dict[str, list[Shown]]:
    """Refusals and cancellations by incident: the rows keep no time of them, the register does."""
    by_id = {row.id: row for row in rows}
    steps: dict[str, list[Shown]] = defaultdict(list)
    query = select(AuditRow).where(AuditRow.object_kind == "dispatch", AuditRow.object_id.in_(by_id),
                                   AuditRow.action.in_(_ENDS)).order_by(AuditRow.seq)  # fmt: skip
    for audit_row in session.scalars(query) if by_id else ():
        row, told = by_id[audit_row.object_id], audit_row.detail
        if told.get("kind") == "refused" or told.get("end", "noted") != "noted":
            continue  # the refusal, and what else ended it, stand there themselves
        values = {"guard": row.guard.name, "dispatch_id": row.id, "by": audit_row.actor_name,
                  "reason": row.refused_code, "words": row.refused_reason, **told}  # fmt: skip
        steps[row.incident_id].append({"at": audit_row.at, "key": _ENDS[audit_row.action], "values": values})
    return steps


def in_order(steps: list[Shown]) -> list[Shown]:
    return sorted(steps, key=lambda step: step["at"])


def _incident_steps(row: Incident) -> list[Shown]:
    steps: list[Shown] = [{"at": row.opened_at, "key": "incident.opened", "values": {"by": row.opened_by}}]
    if row.handled_at is not None:
        steps.append({"at": row.handled_at, "key": "incident.handled", "values": {}})
    if row.closed_at is not None:
        values = {"by": row.closed_by, "note": row.note}
        key = "incident.withdrawn" if row.state == "withdrawn" else "incident.closed"
        steps.append({"at": row.closed_at, "key": key, "values": values})
    return steps


def _picture_steps(rows: Iterable[Dispatch], pictures: dict[str, list[Shown]]) -> list[Shown]:
    """When the guard took each, by the phone's clock; it may have come later."""
    return [
        {"at": one["at"], "key": "dispatch.picture", "values": {"guard": row.guard.name, "dispatch_id": row.id}}
        for row in rows
        for one in pictures.get(row.id, [])
    ]


def _dispatch_steps(rows: Iterable[Dispatch]) -> list[Shown]:
    steps: list[Shown] = []
    for row in rows:
        who: dict[str, Any] = {"guard": row.guard.name, "dispatch_id": row.id}
        caller = named(row, {"called_by": row.called_by}, "called_by")
        steps.append({"at": row.called_at, "key": "dispatch.called", "values": who | {"by": caller["called_by"]}})
        for key, when in (
            ("accepted", row.accepted_at),
            ("said", row.said_at),
            ("arrived", row.arrived_at),
            ("done", row.done_at),
        ):
            if when is not None:
                note = {"note": row.done_note} if key == "done" else {}
                steps.append({"at": when, "key": f"dispatch.{key}", "values": who | note})
    return steps
