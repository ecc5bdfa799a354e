"""How long a picture, a clip or a voice is kept: the term is noted with it when it arrives, on the database's clock.

`captured_at` says when a picture was taken, by whoever's clock; nothing is destroyed by it. A longer term, of the county or of a
camera on the list, applies to what is still kept, at the next sweep; a shorter one to what arrives from then on; what cameras
left that are off the list keeps its own.
"""

from __future__ import annotations

from typing import Final

import msgspec
import structlog
from sqlalchemy import case, func, or_, select, update
from sqlalchemy.orm import Session

from console.alerts.tables import AlertRow
from console.cameras.tables import CameraRow
from console.reports.tables import GuardReport

log = structlog.get_logger(__name__)
DAY_S: Final = 86_400.0


class Arrival(msgspec.Struct, frozen=True):
    """`at`: by the database's clock, epoch seconds; `days`: the county's term."""

    at: float
    days: int


def days_for(session: Session, camera_id: str, county: int) -> int:
    """The camera's own term, else the county's."""
    own = session.scalar(select(CameraRow.keep_days).where(CameraRow.id == camera_id))
    return own or county


def keep_until(row: AlertRow | GuardReport, county: int) -> float:
    """When its picture and clip may go at the earliest, epoch seconds on the database's clock."""
    begun = row.kept_from if row.kept_from is not None else row.received_at
    return begun + (row.keep_days or county) * DAY_S


def do_note_terms(session: Session, county: int, at: float) -> None:
    """What programs before this one stored gets its arrival and its term; longer terms are applied. Returns nothing; `at`: the
    database's clock."""
    own = select(func.coalesce(CameraRow.keep_days, county)).where(CameraRow.id == AlertRow.camera_id).scalar_subquery()
    longer = (
        select(CameraRow.id)
        .where(CameraRow.id == AlertRow.camera_id, func.coalesce(CameraRow.keep_days, county) > AlertRow.keep_days)
        .exists()
    )
    for table in (AlertRow, GuardReport):
        session.execute(
            update(table)
            .where(table.kept_from.is_(None))
            .values(kept_from=case((table.received_at < at, table.received_at), else_=at))
        )
    session.execute(
        update(AlertRow).where(AlertRow.keep_days.is_(None)).values(keep_days=func.coalesce(own, county))
    )  # fmt: skip
    session.execute(update(AlertRow).where(AlertRow.purged_at.is_(None), longer).values(keep_days=own))
    session.execute(
        update(GuardReport)
        .where(GuardReport.purged_at.is_(None), or_(GuardReport.keep_days.is_(None), GuardReport.keep_days < county))
        .values(keep_days=county)
    )
