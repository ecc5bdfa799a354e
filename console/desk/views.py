"""Alerts and incidents as the page sees them (`docs/api.md`): rows joined with camera, precision, incident, timeline."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from console.alerts.tables import REPORTED, AlertRow
from console.attention.tables import Escalation
from console.cameras import outages as blind
from console.cameras.tables import CameraRow, ZoneRow
from console.canary import line
from console.evidence.tables import EvidenceHold
from console.evidence.terms import keep_until
from console.handing.tables import Promise
from console.http.context import Console
from console.http.replies import Shown, shown
from console.incidents.tables import Incident
from console.incidents.views import in_order, incident_views, kept_step
from console.rules.tables import Shelf
from console.seats import seats
from console.seats.tables import DeskSeat
from lianqin.audit import AuditRow
from lianqin.db import rows_by_id
from lianqin.shares import FEW_JUDGED, share_of

PRECISION_DAYS: Final = 30
_STEPS: Final = {
    "alert.confirm": "alert.confirmed",
    "alert.false": "alert.false",
    "alert.ignore": "alert.ignored",
    "alert.reopen": "alert.reopened",
    "alert.escalate": "alert.escalated",
    "alert.take": "alert.taken",
    "alert.note": "alert.noted",
}


def clip_state(console: Console, row: AlertRow) -> str:
    """pending | ready | missing | needs_transcode."""
    if row.clip:
        if row.codec in (None, "", "h264") or console.transcoder.ready(row.clip):
            return "ready"
        return "needs_transcode"
    return "missing" if row.clip_error or row.evidence_at is not None else "pending"


def escalation(waited: float, steps: Sequence[float]) -> int:
    """How many of the steps (seconds) an alert has waited through: 0 to 3."""
    return sum(waited >= step for step in steps)


def camera_brief(row: CameraRow | None, camera_id: str) -> Shown:
    """What an alert says of its camera; a removed camera keeps its id."""
    if row is None:
        return {"id": camera_id, "name": camera_id, "name_en": camera_id, "lon": None, "lat": None, "bearing": None,
                "fov": None, "range_m": None, "area_id": None}  # fmt: skip
    keys = ("id", "name", "name_en", "lon", "lat", "bearing", "fov", "range_m", "area_id")
    return {key: getattr(row, key) for key in keys}


def brief_of(camera: CameraRow | None, row: AlertRow) -> Shown:
    """In the place of a camera: the line, where the alert speaks of it."""
    found = camera_brief(camera, row.camera_id)
    return found if row.situation != line.SITUATION else found | line.name()


def _precision(confirmed: int, false: int) -> Shown:
    """Share None where nothing was judged; `bounds` None while so few were that the share says nothing."""
    judged = confirmed + false
    found = share_of(confirmed, judged, FEW_JUDGED)
    return {"confirmed": confirmed, "false": false, "share": confirmed / judged if judged else None,
            "bounds": [found.low, found.high] if found else None}  # fmt: skip


def precision_of(session: Session, camera_ids: Iterable[str], at: float) -> dict[str, Shown]:
    """Confirmed and false alerts of each camera within 30 days, the share that was confirmed, and its 95 % bounds."""
    query = (
        select(
            AlertRow.camera_id,
            func.sum(case((AlertRow.state == "confirmed", 1), else_=0)),
            func.sum(case((AlertRow.state == "false", 1), else_=0)),
        )
        .where(AlertRow.camera_id.in_(set(camera_ids)), AlertRow.captured_at > at - PRECISION_DAYS * 86400)
        .group_by(AlertRow.camera_id)
    )
    found = {}
    for camera_id, confirmed, false in session.execute(query):
        found[camera_id] = _precision(int(confirmed or 0), int(false or 0))
    return found


def alert_views(
    console: Console, session: Session, rows: Sequence[AlertRow], at: float, *, tracks: bool = False
) -> list[Shown]:
    """Alerts as the queue and the desk show them, from a handful of queries for the whole list."""
    ids = [row.id for row in rows]
    cameras = {
        camera.id: camera
        for camera in session.scalars(select(CameraRow).where(CameraRow.id.in_({row.camera_id for row in rows})))
    }
    precision = precision_of(session, cameras | {row.camera_id: None for row in rows}, at)
    of = incident_views(session, list(session.scalars(select(Incident).where(Incident.alert_id.in_(ids)))))
    incidents = {view["id"]: view for view in of}
    steps: dict[str, list[Shown]] = defaultdict(list)
    query = select(AuditRow).where(AuditRow.object_kind == "alert", AuditRow.object_id.in_(ids),
                                   AuditRow.action.in_(_STEPS)).order_by(AuditRow.seq)  # fmt: skip
    for row in session.scalars(query):
        values = {"by": row.actor_name} | {
            key: row.detail[key] for key in ("reason", "seat", "note", "due_at") if key in row.detail
        }
        key = f"{_STEPS[row.action]}_{values['seat']}" if row.action == "alert.escalate" else _STEPS[row.action]
        key = "alert.promised" if "due_at" in values else key
        steps[row.object_id].append({"at": row.at, "key": key, "values": values})
    unattached = select(Promise).where(Promise.alert_id.in_(ids), Promise.incident_id.is_(None))
    for promise in session.scalars(unattached.where(Promise.kept_at.is_not(None))):
        steps[promise.alert_id].append(kept_step(promise))
    for view in of:
        steps[view["alert_id"]] += view["timeline"]
    holds = {
        hold.alert_id: shown(hold)
        for hold in session.scalars(select(EvidenceHold).where(EvidenceHold.alert_id.in_(ids)))
    }
    raised = _escalation_views(session, ids)
    shelves = rows_by_id(session, Shelf, {row.shelf_id for row in rows})
    instructions = _instructions(session, rows)
    held = seats.holders(session, ids, at)
    outages = _outage_views(session, [row.id for row in rows if row.situation in blind.SITUATIONS])
    outages |= _fault_views(session, [row.id for row in rows if row.situation == line.SITUATION])
    return [
        _alert_view(console, row, cameras.get(row.camera_id), precision=precision.get(row.camera_id) if row.camera_id else None,
                    incident=incidents.get(row.incident_id or ""), hold=holds.get(row.id), steps=steps[row.id], at=at, tracks=tracks,
                    shelf=shelves.get(row.shelf_id or ""))
        | {"outages": outages.get(row.id, []), "held_by": _held_by(held.get(row.id)), "escalations": raised.get(row.id, []), "instruction": instructions.get(row.zone_id, "")}
        for row in rows
    ]  # fmt: skip


def _escalation_views(session: Session, alert_ids: Sequence[str]) -> dict[str, list[Shown]]:
    """To whom alerts were escalated and who took them, in order."""
    found: dict[str, list[Shown]] = defaultdict(list)
    query = select(Escalation).where(Escalation.alert_id.in_(alert_ids)).order_by(Escalation.at, Escalation.step)
    for row in session.scalars(query):
        found[row.alert_id].append(shown(row, "alert_id"))
    return found


def _instructions(session: Session, rows: Sequence[AlertRow]) -> dict[str, str]:
    """What the operator is to do, by zone, as the zones say now."""
    zones = session.scalars(select(ZoneRow).where(ZoneRow.id.in_({row.zone_id for row in rows})))
    return {zone.id: str(zone.record.get("instruction", "")) for zone in zones}


def _outage_views(session: Session, alert_ids: Sequence[str]) -> dict[str, list[Shown]]:
    """The cameras that a device alert speaks of: since when, why, and until when."""
    found = blind.outages_of(session, alert_ids) if alert_ids else {}
    of = {row.camera_id for rows in found.values() for row in rows}
    cameras = {row.id: row for row in session.scalars(select(CameraRow).where(CameraRow.id.in_(of)))} if of else {}
    return {
        alert_id: [shown(row, "seq", "alert_id") | {
            "name": cameras[row.camera_id].name if row.camera_id in cameras else row.camera_id,
            "name_en": cameras[row.camera_id].name_en if row.camera_id in cameras else row.camera_id,
        } for row in rows]
        for alert_id, rows in found.items()
    }  # fmt: skip


def _fault_views(session: Session, alert_ids: Sequence[str]) -> dict[str, list[Shown]]:
    """The workers that an alert of the line speaks of, in the place of cameras."""
    found = line.faults_of(session, alert_ids) if alert_ids else {}
    return {
        alert_id: [{"camera_id": "", "name": row.worker, "name_en": row.worker, "reason": row.reason, "detail": "",
                    "from_at": row.from_at, "to_at": row.to_at} for row in rows]
        for alert_id, rows in found.items()
    }  # fmt: skip


def _alert_view(
    console: Console, row: AlertRow, camera: CameraRow | None, *, precision: Shown | None, incident: Shown | None,
    hold: Shown | None, steps: list[Shown], at: float, tracks: bool, shelf: Shelf | None,
) -> Shown:  # fmt: skip
    rests = shelf is not None and row.state == "new" and shelf.ended_at is None and shelf.until_at > at
    waits_from = row.received_at
    if shelf is not None and not rests:
        waits_from = row.back_at or min(shelf.until_at, row.judged_at or at)
    waited = 0.0 if rests else max(0.0, (row.judged_at or at) - waits_from)
    return shown(row, *(() if tracks else ("tracks",))) | {
        "camera": _reported_at(row, incident) if row.situation == REPORTED else brief_of(camera, row),
        "waiting_s": waited,
        "waits_from": waits_from,
        "shelf": shown(shelf) if rests and shelf is not None else None,
        "escalation": escalation(waited, console.settings.escalation_seconds),
        "clip_state": clip_state(console, row),
        "precision": precision or _precision(0, 0),
        "incident": incident,
        "hold": hold,
        "keep_until": keep_until(row, console.settings.evidence_days),
        "timeline": in_order([*_alert_steps(row), *_shelf_steps(row, shelf), *steps]),
    }


def _held_by(row: DeskSeat | None) -> Shown | None:
    """Who has it at his desk."""
    return None if row is None else {key: getattr(row, key) for key in ("account_id", "name", "since", "until")}


def _reported_at(row: AlertRow, incident: Shown | None) -> Shown:
    """In the place of a camera: where the guard reported it from."""
    found = camera_brief(None, row.camera_id) | {"name": "", "name_en": ""}
    if incident is None:
        return found
    return found | {"name": incident["place_name"], "lon": incident["lon"], "lat": incident["lat"]}


def _alert_steps(row: AlertRow) -> list[Shown]:
    if row.situation == REPORTED:
        return [{"at": row.captured_at, "key": "alert.reported", "values": {}}]
    steps: list[Shown] = [
        {"at": row.captured_at, "key": "alert.captured", "values": {"score": round(row.score, 3)}},
        {
            "at": row.received_at,
            "key": "alert.received",
            "values": {"after_s": round(row.received_at - row.captured_at, 2)},
        },
    ]
    if row.evidence_at is not None:
        key = "alert.clip_missing" if not row.clip else "alert.clip_lacks" if row.clip_error else "alert.clip"
        steps.append({"at": row.evidence_at, "key": key, "values": {"why": row.clip_error or ""}})
    return steps


def _shelf_steps(row: AlertRow, shelf: Shelf | None) -> list[Shown]:
    if shelf is None:
        return []
    values = {"by": shelf.shelved_by, "why": shelf.reason}
    steps: list[Shown] = [{"at": max(shelf.from_at, row.received_at), "key": "alert.shelved", "values": values}]
    if row.back_at is not None:
        steps.append({"at": row.back_at, "key": "alert.back", "values": {}})
    return steps
