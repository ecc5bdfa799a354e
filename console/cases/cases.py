"""Case numbers at the console: the rule of `patrol.case_numbers`, with the records that stand here, and what is offered to write."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from console.alerts.tables import AlertRow
from console.cameras.tables import CameraRow
from console.http.replies import Shown
from console.incidents.tables import Incident
from lianqin.audit import Actor
from patrol import case_numbers
from patrol.calls.tables import PointCall
from patrol.case_numbers import Columns

HERE: Final[Mapping[str, Columns]] = {
    "incident": (Incident.id, AlertRow.id), "point_call": (), "maintenance": (Incident.id, AlertRow.id, CameraRow.id),
}  # fmt: skip
_ANY: Final[Columns] = (Incident.id, AlertRow.id)
OFFERED: Final = 20


def do_case(session: Session, actor: Actor, purpose: str, ref: str, at: float) -> str:
    """What the look is registered under. Raises as `patrol.case_numbers.check_case`."""
    return case_numbers.do_case(session, actor, purpose, ref, at, HERE.get(purpose, _ANY))


def check_case(session: Session, actor: Actor, purpose: str, ref: str) -> str:
    """As `do_case`, and makes no number: raises RecordError `case.spot_check` for a spot check without one."""
    return case_numbers.check_case(session, actor, purpose, ref, HERE.get(purpose, _ANY))


def offered(session: Session, purpose: str, guard_id: str) -> list[Shown]:
    """Records that this purpose may name, the newest first: `{ref, at, what}`. `guard_id`: calls of this guard alone."""
    found: list[Shown] = []
    if purpose != "point_call":
        rows = session.scalars(select(Incident).order_by(Incident.opened_at.desc()).limit(OFFERED))
        found += [{"ref": row.id, "at": row.opened_at, "what": row.place_name} for row in rows]
    if purpose != "incident":
        query = select(PointCall).order_by(PointCall.called_at.desc()).limit(OFFERED)
        calls = session.scalars(query.where(PointCall.guard_id == guard_id) if guard_id else query).unique()
        found += [{"ref": row.id, "at": row.called_at, "what": row.guard.name} for row in calls]
    return sorted(found, key=lambda one: (-one["at"], one["ref"]))[:OFFERED]
