"""Pictures that guards took at their tasks, as the pages see them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from console.http.replies import Shown
from console.reports.tables import GuardReport


def media_state(row: GuardReport) -> str:
    """none | coming | here | purged: of a report's picture or voice."""
    return "none" if not row.promised else "purged" if row.purged_at else "here" if row.media else "coming"


def task_pictures(session: Session, dispatch_ids: Sequence[str]) -> dict[str, list[Shown]]:
    """Pictures that guards took at these tasks, by task, oldest first: `{id, at, received_at, media_at, words, media_state}`."""
    query = (
        select(GuardReport).where(GuardReport.dispatch_id.in_(dispatch_ids)).order_by(GuardReport.at, GuardReport.id)
    )
    found: dict[str, list[Shown]] = defaultdict(list)
    keys = ("id", "at", "received_at", "media_at", "words")
    for row in session.scalars(query).unique() if dispatch_ids else ():
        picture = {key: getattr(row, key) for key in keys} | {"media_state": media_state(row)}
        found[str(row.dispatch_id)].append(picture)
    return found
