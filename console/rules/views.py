"""Shelves as the desk and the leader see them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from console.alerts.tables import AlertRow
from console.cameras.tables import CameraRow, ZoneRow
from console.http.replies import Shown, shown
from console.rules.tables import Shelf


def shelf_views(session: Session, rows: Sequence[Shelf], at: float) -> list[Shown]:
    """With the names of what rests, how many alerts came to it (`alerts`), of them unjudged (`waiting`), the most urgent of those
    (`priority`) and when the last came."""
    ids = [row.id for row in rows]
    waits = AlertRow.state == "new"
    counted: dict[Any, Any] = {
        shelf_id: (alerts, waiting, priority, last)
        for shelf_id, alerts, waiting, priority, last in session.execute(
            select(
                AlertRow.shelf_id, func.count(), func.sum(case((waits, 1), else_=0)),
                func.min(case((waits, AlertRow.priority))), func.max(AlertRow.received_at),
            ).where(AlertRow.shelf_id.in_(ids)).group_by(AlertRow.shelf_id)
        )
    }  # fmt: skip
    cameras = {
        row.id: row
        for row in session.scalars(select(CameraRow).where(CameraRow.id.in_({row.camera_id for row in rows})))
    }
    zones = {
        row.id: row for row in session.scalars(select(ZoneRow).where(ZoneRow.id.in_({row.zone_id for row in rows})))
    }
    found = []
    for row in rows:
        alerts, waiting, priority, last = counted.get(row.id, (0, 0, None, None))
        camera, zone = cameras.get(row.camera_id), zones.get(row.zone_id)
        found.append(shown(row) | {
            "running": row.ended_at is None and row.until_at > at,
            "camera": {"name": camera.name if camera else row.camera_id, "name_en": camera.name_en if camera else ""},
            "zone": {"name": row.zone_name, "name_en": zone.name_en if zone else ""} if row.zone_id else None,
            "alerts": int(alerts), "waiting": int(waiting or 0), "priority": priority, "last_at": last,
        })  # fmt: skip
    return found
