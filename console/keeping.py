"""How long pictures and clips are kept: purged with a certificate when their time is over, never while somebody holds them.

When the disk fills, in this order: a warning from `disk_warn_share` of free room on; below `disk_tight_share` copies that can
be made again go (transcoded clips), oldest first; what is past its time is purged in any case. What is within its time is never
removed to make room: then clips can't be written, alerts go out all the same, and say so.
"""

from __future__ import annotations

import hashlib
from typing import Any, Final, Literal

import msgspec
import structlog
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from console.context import Console
from console.tables import AlertRow, CameraRow, EvidenceHold, Incident, PurgeCertificate
from console.transcode import beside
from lianqin import audit, feed
from lianqin.audit import Actor
from lianqin.errors import ConflictError, EvidenceError, NotFoundError, RecordError
from lianqin.evidence import EvidenceStore

log = structlog.get_logger(__name__)
KEEPER: Final = audit.system("evidence")
DAY_S: Final = 86_400.0
AT_ONCE: Final = 500
"""Alerts of one certificate."""
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


def keep_until(row: AlertRow, camera: CameraRow | None, days: int) -> float:
    """When its picture and clip may go, epoch seconds."""
    own = camera.keep_days if camera is not None else None
    return row.captured_at + (own or days) * DAY_S


def due(session: Session, days: int, at: float, limit: int = AT_ONCE) -> list[AlertRow]:
    """Alerts whose time is over and whom nobody holds: no hold, no incident that is still open. Oldest first."""
    keep = func.coalesce(CameraRow.keep_days, days) * DAY_S
    query = (
        select(AlertRow)
        .outerjoin(CameraRow, CameraRow.id == AlertRow.camera_id)
        .outerjoin(EvidenceHold, EvidenceHold.alert_id == AlertRow.id)
        .outerjoin(Incident, Incident.alert_id == AlertRow.id)
        .where(
            AlertRow.purged_at.is_(None), AlertRow.snapshot.is_not(None) | AlertRow.clip.is_not(None),
            EvidenceHold.alert_id.is_(None), Incident.id.is_(None) | (Incident.state == "closed"),
            AlertRow.captured_at + keep < at,
        )
        .order_by(AlertRow.captured_at)
        .limit(limit)
    )  # fmt: skip
    return list(session.scalars(query))


def do_purge(session: Session, store: EvidenceStore, days: int, at: float) -> PurgeCertificate | None:
    """Delete what is due and certify it. Files go first: after a crash between, the next purge finds them gone and certifies
    with 0 bytes. None when nothing was due. What can't be deleted stays for the next time."""
    items: list[list[Any]] = []
    gone: list[AlertRow] = []
    for row in due(session, days, at):
        try:
            mine = [
                [row.id, path, sha256 or "", store.delete(path)]
                for path, sha256 in ((row.snapshot, row.snapshot_sha256), (row.clip, row.clip_sha256))
                if path is not None
            ]
            if row.clip is not None:
                store.delete(beside(row.clip))
        except EvidenceError as error:
            log.warning("not_purged", alert=row.id, error=str(error))
            continue
        items += mine
        gone.append(row)
    if not gone:
        return None
    certificate = PurgeCertificate(
        at=at, alerts=len(gone), files=len(items), bytes=sum(int(one[3]) for one in items), first_at=gone[0].captured_at,
        last_at=gone[-1].captured_at, keep_days=days, items=items, digest=digest_of(items),
    )  # fmt: skip
    session.add(certificate)
    session.flush()
    for row in gone:
        row.purged_at, row.certificate, row.snapshot, row.clip = at, certificate.number, None, None
        feed.push(session, "alert", row.id, at=at)
    audit.write(session, KEEPER, "evidence.purge", "certificate", str(certificate.number), at=at,
                detail={"alerts": len(gone), "files": len(items), "digest": certificate.digest})  # fmt: skip
    return certificate


def digest_of(items: list[list[Any]]) -> str:
    """sha256 of the list as JSON, hex: whoever has the list can check the certificate."""
    return hashlib.sha256(msgspec.json.encode(items)).hexdigest()


def do_hold(session: Session, actor: Actor, alert_id: str, reason: str, at: float) -> EvidenceHold:
    """Keep its picture and clip until the hold is released. Raises NotFoundError, ConflictError `evidence.purged` or
    `evidence.held`, RecordError `evidence.hold_reason`."""
    row = session.scalar(select(AlertRow).where(AlertRow.id == alert_id))
    if row is None:
        raise NotFoundError("alert.missing", f"no alert {alert_id}", id=alert_id)
    if not reason.strip() or len(reason) > 200:
        raise RecordError("evidence.hold_reason", "a hold needs a reason of 200 characters at most")
    if row.purged_at is not None:
        raise ConflictError("evidence.purged", f"{alert_id} was purged already", number=row.certificate)
    if session.get(EvidenceHold, alert_id) is not None:
        raise ConflictError("evidence.held", f"{alert_id} is held already", id=alert_id)
    hold = EvidenceHold(alert_id=alert_id, reason=reason.strip(), held_by=actor.name, held_at=at)
    session.add(hold)
    audit.write(session, actor, "evidence.hold", "alert", alert_id, at=at, detail={"reason": hold.reason})
    feed.push(session, "alert", alert_id, at=at)
    return hold


def do_release(session: Session, actor: Actor, alert_id: str, at: float) -> None:
    """Raises NotFoundError `evidence.not_held`."""
    hold = session.get(EvidenceHold, alert_id)
    if hold is None:
        raise NotFoundError("evidence.not_held", f"{alert_id} is not held", id=alert_id)
    session.delete(hold)
    audit.write(session, actor, "evidence.release", "alert", alert_id, at=at, detail={"reason": hold.reason})
    feed.push(session, "alert", alert_id, at=at)


class Keeper:
    """The housekeeping's part: purge what is due, make room where it is tight."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self.level: Level = "ok"

    def run_once(self) -> None:
        console, at = self._console, self._console.clock.now()
        while True:
            with console.store.write() as session:
                certificate = do_purge(session, console.evidence, console.settings.evidence_days, at)
                if certificate is None or certificate.alerts < AT_ONCE:
                    break
        disk = disk_of(console)
        if disk is None:
            return
        console.metrics.disk_free.set(disk.free / max(1, disk.total))
        if disk.level != self.level:
            log.warning("evidence_disk", level=disk.level, free_mb=disk.free // 1_000_000)
            self.level = disk.level
        if disk.level == "tight":
            make_room(console.evidence, now=at)
