"""Whose picture and clip must not be purged: a leader says so, with a reason."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from console.alerts.tables import AlertRow
from console.evidence.tables import EvidenceHold
from lianqin import audit, feed
from lianqin.audit import Actor
from lianqin.errors import ConflictError, NotFoundError, RecordError
from lianqin.lengths import most


def do_hold(session: Session, actor: Actor, alert_id: str, reason: str, at: float) -> EvidenceHold:
    """Keep its picture and clip until the hold is released. Raises NotFoundError, ConflictError `evidence.purged` or
    `evidence.held`, RecordError `evidence.hold_reason`."""
    row = session.scalar(select(AlertRow).where(AlertRow.id == alert_id))
    if row is None:
        raise NotFoundError("alert.missing", f"no alert {alert_id}", id=alert_id)
    if not reason.strip() or len(reason) > most(EvidenceHold.reason):
        raise RecordError(
            "evidence.hold_reason", f"a hold needs a reason of {most(EvidenceHold.reason)} characters at most"
        )
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
