"""Reports as the pages see them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from console.evidence.terms import keep_until
from console.http.replies import Shown, shown
from console.incidents.tables import Incident
from console.incidents.task_pictures import media_state
from console.reports.reports import place_name
from console.reports.tables import GuardReport


def _incidents(session: Session, rows: Sequence[GuardReport]) -> dict[str, Incident]:
    asked = [row.incident_id for row in rows if row.incident_id]
    return {one.id: one for one in session.scalars(select(Incident).where(Incident.id.in_(asked)))} if asked else {}


def _became(row: GuardReport, found: dict[str, Incident]) -> Shown:
    incident = found.get(row.incident_id or "")
    return {
        "incident_state": incident.state if incident else None,
        "incident_note": incident.note if incident else "",
        "media_state": media_state(row),
    }


def own_views(session: Session, rows: Sequence[GuardReport]) -> list[Shown]:
    """As the guard reads them: what was sent, and what became of it."""
    found = _incidents(session, rows)
    keys = (
        "id",
        "kind",
        "words",
        "at",
        "received_at",
        "promised",
        "state",
        "decided_at",
        "decided_note",
        "lon",
        "lat",
        "dispatch_id",
    )
    return [{key: getattr(row, key) for key in keys} | _became(row, found) for row in rows]


def report_views(session: Session, rows: Sequence[GuardReport], days: int) -> list[Shown]:
    """As the command room reads them; `keep_until`: when picture or voice may go at the earliest. `days`: `evidence_days`."""
    found = _incidents(session, rows)
    return [
        shown(row, "media") | _became(row, found) | {
            "guard": {"id": row.guard.id, "name": row.guard.name, "phone": row.guard.phone},
            "unit": {"id": row.guard.unit.id, "name": row.guard.unit.name, "name_en": row.guard.unit.name_en},
            "place_name": place_name(session, row), "keep_until": keep_until(row, days),
        }
        for row in rows
    ]  # fmt: skip
