"""The queue, one alert with its evidence, and the operator's judgement."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict
from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from console import incidents
from console.context import Console
from console.footage import clip_response, snapshot_response
from console.permissions import Here, requires
from console.replies import Page, Shown, csv_reply, listed, newest_first, reply, shown
from console.sessions import Caller
from console.tables import AlertRow, CameraRow
from console.views import alert_views, incident_views
from lianqin import audit

router = APIRouter(prefix="/api")
Sees = Annotated[Caller, requires("alert.see")]
Judges = Annotated[Caller, requires("alert.judge")]
CSV_LIMIT = 10_000


class FalseAlarm(BaseModel):
    model_config = ConfigDict(extra="forbid")
    reason: incidents.FalseReason


def _query(state: str | None, q: str, camera_id: str | None, situation: str | None) -> Select[AlertRow]:
    query = select(AlertRow)
    if state == "open":
        query = query.where(AlertRow.state == "new")
    elif state == "judged":
        query = query.where(AlertRow.state != "new")
    if camera_id:
        query = query.where(AlertRow.camera_id == camera_id)
    if situation:
        query = query.where(AlertRow.situation == situation)
    for word in q.split():
        like = "%" + word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        cameras = select(CameraRow.id).where(
            or_(CameraRow.name.ilike(like, escape="\\"), CameraRow.name_en.ilike(like, escape="\\"))
        )
        query = query.where(
            or_(
                AlertRow.id.ilike(like, escape="\\"), AlertRow.zone_name.ilike(like, escape="\\"),
                AlertRow.camera_id.ilike(like, escape="\\"), AlertRow.camera_id.in_(cameras),
            )
        )  # fmt: skip
    return query


def _one(console: Console, session: Session, alert_id: str) -> Shown:
    row = incidents.get_alert(session, alert_id)
    return alert_views(console, session, [row], console.clock.now(), tracks=True)[0]


@router.get("/alerts")
def list_alerts(
    *, console: Here, _: Sees, state: Literal["open", "judged"] | None = None, q: str = "",
    camera_id: str | None = None, situation: str | None = None, cursor: str | None = None, limit: int = 50,
) -> Response:  # fmt: skip
    with console.store.read() as session:
        rows, following = newest_first(
            session, _query(state, q, camera_id, situation), order=AlertRow.seq, key=AlertRow.id, cursor=cursor,
            limit=limit, position=lambda row: Page(row.seq, row.id),
        )  # fmt: skip
        return listed(alert_views(console, session, rows, console.clock.now()), following)


@router.get("/alerts.csv")
def export_alerts(
    *, console: Here, caller: Annotated[Caller, requires("alert.export")],
    state: Literal["open", "judged"] | None = None, q: str = "",
    camera_id: str | None = None, situation: str | None = None,
) -> Response:  # fmt: skip
    columns = ("id", "captured_at", "received_at", "camera_id", "zone_name", "situation", "priority", "score", "state",
               "judged_by", "judged_at", "judge_reason", "incident_id", "model", "rule_version")  # fmt: skip
    with console.store.write() as session:
        rows = session.scalars(_query(state, q, camera_id, situation).order_by(AlertRow.seq.desc()).limit(CSV_LIMIT))
        lines = [[shown(row)[name] for name in columns] for row in rows]
        audit.write(session, caller.actor, "alert.export", "alert", "*", at=console.clock.now(),
                    detail={"rows": len(lines), "state": state, "q": q, "camera_id": camera_id,
                            "situation": situation})  # fmt: skip
    return csv_reply("alerts", columns, lines)


@router.get("/alerts/{alert_id}")
def get_alert(console: Here, _: Sees, alert_id: str) -> Response:
    with console.store.read() as session:
        return reply(_one(console, session, alert_id))


@router.get("/alerts/{alert_id}/snapshot")
def get_snapshot(console: Here, caller: Sees, alert_id: str) -> Response:
    with console.store.read() as session:
        row = incidents.get_alert(session, alert_id)
    return snapshot_response(console, caller.actor, row)


@router.get("/alerts/{alert_id}/clip")
def get_clip(console: Here, caller: Sees, alert_id: str, request: Request) -> Response:
    with console.store.read() as session:
        row = incidents.get_alert(session, alert_id)
    return clip_response(console, caller.actor, row, request.headers.get("range"))


@router.post("/alerts/{alert_id}/confirm")
def confirm(console: Here, caller: Judges, alert_id: str) -> Response:
    with console.store.write() as session:
        incident = incidents.do_confirm(session, caller.actor, alert_id, console.clock.now())
        session.flush()
        return reply({"alert": _one(console, session, alert_id), "incident": incident_views(session, [incident])[0]})


@router.post("/alerts/{alert_id}/false")
def judge_false(console: Here, caller: Judges, alert_id: str, form: FalseAlarm) -> Response:
    with console.store.write() as session:
        incidents.do_false(session, caller.actor, alert_id, form.reason, console.clock.now())
        return reply({"alert": _one(console, session, alert_id)})


@router.post("/alerts/{alert_id}/ignore")
def ignore(console: Here, caller: Judges, alert_id: str) -> Response:
    with console.store.write() as session:
        incidents.do_ignore(session, caller.actor, alert_id, console.clock.now())
        return reply({"alert": _one(console, session, alert_id)})


@router.post("/alerts/{alert_id}/reopen")
def reopen(console: Here, caller: Judges, alert_id: str) -> Response:
    with console.store.write() as session:
        incidents.do_reopen(session, caller.actor, alert_id, console.clock.now())
        return reply({"alert": _one(console, session, alert_id)})
