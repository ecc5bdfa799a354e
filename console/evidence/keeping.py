"""How long pictures and clips are kept: purged with a certificate when their time is over, never while somebody holds them.

When the disk fills, in this order: a warning from `disk_warn_share` of free room on; below `disk_tight_share` copies that can
be made again go (transcoded clips), oldest first; what is past its time is purged in any case. What is within its time is never
removed to make room: then clips can't be written, alerts go out all the same, and say so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, Literal

import msgspec
import structlog
from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from console.alerts.tables import REPORTED, AlertRow
from console.evidence.purging import AT_ONCE, PurgeBatch, PurgedFile, size_of
from console.evidence.tables import EvidenceHold
from console.evidence.terms import DAY_S
from console.http.context import Console
from console.incidents.tables import ENDED, Incident
from console.reports.tables import GuardReport
from lianqin import feed
from lianqin.evidence import EvidenceStore
from lianqin.sweeps import Going

log = structlog.get_logger(__name__)
COPIES: Final = "*/*.h264.mp4"
COPY_YOUNG_S: Final = 3600.0
Level = Literal["ok", "warn", "tight"]


class Disk(msgspec.Struct, frozen=True):
    """Of the evidence; bytes. `level`: ok, warn (say so), tight (copies are being removed)."""

    level: Level
    total: int
    free: int


def disk_of(console: Console) -> Disk | None:
    """None where the evidence lies in no folder of this machine."""
    room = console.evidence.room()
    if room is None:
        return None
    settings = console.settings
    level: Level = "ok"
    if room.free_share < settings.disk_tight_share:
        level = "tight"
    elif room.free_share < settings.disk_warn_share:
        level = "warn"
    return Disk(level, room.total, room.free)


def make_room(store: EvidenceStore, *, now: float) -> int:
    """Remove the transcoded copies, which are made again when somebody looks. Returns the bytes that went."""
    freed = 0
    for path in store.matching(COPIES):
        freed += store.delete(path)
    if freed:
        log.warning("copies_removed", bytes=freed, at=now)
    return freed


def _due(at: float) -> ColumnElement[bool]:
    """Of alerts whose term is over and whom nobody holds: no hold, no incident that is still open. The picture of a guard's report
    goes with the report (`reports_due`). `at`: the database's clock."""
    held = select(EvidenceHold.alert_id).where(EvidenceHold.alert_id == AlertRow.id).exists()
    open_still = select(Incident.id).where(Incident.alert_id == AlertRow.id, Incident.state.not_in(ENDED)).exists()
    return and_(
        AlertRow.purged_at.is_(None), AlertRow.snapshot.is_not(None) | AlertRow.clip.is_not(None), AlertRow.situation != REPORTED,
        ~held, ~open_still, AlertRow.kept_from + AlertRow.keep_days * DAY_S < at,
    )  # fmt: skip


def due(session: Session, at: float, limit: int = AT_ONCE) -> list[AlertRow]:
    """Alerts whose pictures and clips may go, the first to arrive first."""
    query = select(AlertRow).where(_due(at)).order_by(AlertRow.kept_from, AlertRow.seq)
    return list(session.scalars(query.limit(limit)))


def going(session: Session, at: float) -> Going:
    """What the next sweep of alerts would take: files, by camera."""
    files = func.count(AlertRow.snapshot) + func.count(AlertRow.clip)
    query = select(AlertRow.camera_id, files, func.min(AlertRow.kept_from), func.max(AlertRow.kept_from)).where(
        _due(at)
    )
    rows = session.execute(query.group_by(AlertRow.camera_id)).all()
    by_camera = {camera_id: count for camera_id, count, _, _ in rows}
    oldest = min((first for _, _, first, _ in rows if first is not None), default=None)
    newest = max((last for _, _, _, last in rows if last is not None), default=None)
    return Going(sum(by_camera.values()), oldest, newest, by_camera)


def reports_going(session: Session, at: float) -> Going:
    """The same of guards' reports."""
    rows = reports_due(session, at, None)
    return Going(len(rows), _kept(rows[0]) if rows else None, _kept(rows[-1]) if rows else None)


def _kept(row: AlertRow | GuardReport) -> float:
    return row.received_at if row.kept_from is None else row.kept_from


class AlertPurge:
    """Pictures and clips of alerts."""

    def find(self, session: Session, _store: EvidenceStore, cut_at: float) -> Sequence[AlertRow]:
        return due(session, cut_at)

    def measure(self, store: EvidenceStore, found: Sequence[AlertRow]) -> Mapping[str, tuple[str, int]]:
        return {
            path: (sha256 or "", size_of(store, path))
            for row in found
            for path, sha256 in ((row.snapshot, row.snapshot_sha256), (row.clip, row.clip_sha256))
            if path is not None
        }

    def mark(
        self, session: Session, found: Sequence[AlertRow], lies: Mapping[str, tuple[str, int]], cut_at: float, *, number: int, at: float
    ) -> PurgeBatch | None:  # fmt: skip
        asked = select(AlertRow).where(_due(cut_at), AlertRow.id.in_([row.id for row in found]))
        rows = list(session.scalars(asked.order_by(AlertRow.kept_from, AlertRow.seq).with_for_update(of=AlertRow)))
        if not rows:
            return None
        items = [
            PurgedFile(row.id, path, *lies.get(path, ("", 0)), field)
            for row in rows
            for path, field in ((row.snapshot, "snapshot"), (row.clip, "clip"))
            if path is not None
        ]
        times = [_kept(row) for row in rows]
        for row in rows:
            row.purged_at, row.certificate, row.snapshot, row.clip = at, number, None, None
            feed.push(session, "alert", row.id, at=at)
        return PurgeBatch(items, len(rows), times[0], times[-1])


def reports_due(session: Session, at: float, limit: int | None = AT_ONCE) -> list[GuardReport]:
    """Guards' reports whose picture or voice is past its time and whom nobody holds: decided, or of a task; its
    incident neither open nor held. Oldest first."""
    query = (
        select(GuardReport)
        .outerjoin(Incident, Incident.id == GuardReport.incident_id)
        .outerjoin(EvidenceHold, EvidenceHold.alert_id == Incident.alert_id)
        .where(
            GuardReport.media.is_not(None), GuardReport.state != "new", EvidenceHold.alert_id.is_(None),
            Incident.id.is_(None) | Incident.state.in_(ENDED), GuardReport.kept_from + GuardReport.keep_days * DAY_S < at,
        )
        .order_by(GuardReport.kept_from, GuardReport.id)
    )  # fmt: skip
    return list(session.scalars(query if limit is None else query.limit(limit)))


class ReportPurge:
    """Pictures and voices of guards' reports; what a report says in words stays."""

    def find(self, session: Session, _store: EvidenceStore, cut_at: float) -> Sequence[GuardReport]:
        return reports_due(session, cut_at)

    def measure(self, store: EvidenceStore, found: Sequence[GuardReport]) -> Mapping[str, tuple[str, int]]:
        return {str(row.media): (row.media_sha256 or "", size_of(store, str(row.media))) for row in found}

    def mark(
        self, session: Session, found: Sequence[GuardReport], lies: Mapping[str, tuple[str, int]], cut_at: float, *, number: int, at: float
    ) -> PurgeBatch | None:  # fmt: skip
        known = {row.id for row in found}
        rows = [row for row in reports_due(session, cut_at) if row.id in known]
        if not rows:
            return None
        items = [PurgedFile(row.id, str(row.media), *lies.get(str(row.media), ("", 0)), "media") for row in rows]
        times = [_kept(row) for row in rows]
        for row in rows:
            row.purged_at, row.certificate, row.media = at, number, None
            alert = session.scalar(select(AlertRow).where(AlertRow.id == row.alert_id)) if row.alert_id else None
            if alert is not None and alert.purged_at is None:
                alert.purged_at, alert.certificate, alert.snapshot = at, number, None
                feed.push(session, "alert", alert.id, at=at)
            feed.push(session, "report", row.id, at=at, unit_id=row.unit_id, guard_id=row.guard_id)
        return PurgeBatch(items, 0, times[0], times[-1])
