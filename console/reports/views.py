"""Reports as the pages see them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from console.replies import Shown, shown
from console.reports.reports import place_name
from console.reports.tables import GuardReport
from console.tables import Incident
from console.terms import keep_until


def _incidents(session: Session, rows: Sequence[GuardReport]) -> dict[str, Incident]:
    asked = [row.incident_id for row in rows if row.incident_id]
    return {one.id: one for one in session.scalars(select(Incident).where(Incident.id.in_(asked)))} if asked else {}


def _became(row: GuardReport, found: dict[str, Incident]) -> Shown:
    incident = found.get(row.incident_id or "")
    return {
        "incident_state": incident.state if incident else None,
        "incident_note": incident.note if incident else "",
        "media_state": "none" if not row.promised else "purged" if row.purged_at else "here" if row.media else "coming",
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


def task_pictures(session: Session, dispatch_ids: Sequence[str]) -> dict[str, list[Shown]]:
    """Pictures that guards took at these tasks, by task, oldest first: `{id, at, received_at, media_at, words, media_state}`."""
    query = (
        select(GuardReport).where(GuardReport.dispatch_id.in_(dispatch_ids)).order_by(GuardReport.at, GuardReport.id)
    )
    found: dict[str, list[Shown]] = defaultdict(list)
    keys = ("id", "at", "received_at", "media_at", "words")
    for row in session.scalars(query).unique() if dispatch_ids else ():
        picture = {key: getattr(row, key) for key in keys} | {"media_state": _became(row, {})["media_state"]}
        found[str(row.dispatch_id)].append(picture)
    return found
