"""The queue, one alert with its evidence, and the operator's judgement."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

import msgspec
from fastapi import APIRouter, Request, Response
from pydantic import Field
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from console.access.permissions import Here, requires
from console.access.sessions import Caller
from console.access.tables import Account
from console.alerts import record
from console.alerts.tables import AlertRow
from console.audit.exports import ExportEntry, SheetColumn, Tongue, cells_of, export_response, named
from console.cameras.tables import CameraRow
from console.desk.answers import (
    AlertAnswer,
    AlertInFullAnswer,
    ConfirmedAnswer,
    JudgedTogetherAnswer,
    OneAlertAnswer,
)
from console.desk.views import alert_views
from console.evidence.answers import TranscodingAnswer
from console.evidence.footage import clip_response, snapshot_response
from console.http.answers import Page, gives, gives_file, gives_table
from console.http.bodies import Form
from console.http.context import Console
from console.http.messages import Language
from console.http.replies import ListPosition, Shown, listed, newest_first, reply
from console.incidents import incidents
from console.incidents.places import english_of
from console.incidents.views import incident_views
from console.rules.reasons import names_of
from console.rules.tables import in_queue, resting
from lianqin.lengths import most
from lianqin.sheets.write import Format

router = APIRouter(prefix="/api")
Sees = Annotated[Caller, requires("alert.see")]
Judges = Annotated[Caller, requires("alert.judge")]
EXPORT_LIMIT = 10_000


class FalseAlarm(Form):
    reason: Annotated[str, Field(max_length=40)]


class JudgeTogetherForm(Form):
    """One judgement of several alerts that were looked at; `reason` with `false`."""

    alert_ids: Annotated[list[Annotated[str, Field(max_length=60)]], Field(min_length=1, max_length=100)]
    how: Literal["false", "ignored"]
    reason: Annotated[str, Field(max_length=40)] = ""


class Reopen(Form):
    of: Annotated[str, Field(max_length=most(AlertRow.judged_by))] = ""
    """Whose verdict is undone, where it is another's."""


class QueueQuery(msgspec.Struct, frozen=True):
    """What of the alerts is asked for."""

    state: Literal["open", "judged", "shelved"] | None = None
    q: str = ""
    camera_id: str | None = None
    situation: str | None = None
    shelf_id: str | None = None


def _query(asked: QueueQuery, at: float) -> Select[AlertRow]:
    state, q, camera_id, situation = asked.state, asked.q, asked.camera_id, asked.situation
    query = select(AlertRow)
    if asked.shelf_id:
        query = query.where(AlertRow.shelf_id == asked.shelf_id)
    if state == "open":
        query = query.where(in_queue(at))
    elif state == "shelved":
        query = query.where(resting(at))
    elif state == "judged":
        query = query.where(AlertRow.state != "new")
    if camera_id:
        query = query.where(AlertRow.camera_id == camera_id)
    if situation:
        query = query.where(AlertRow.situation == situation)
    return query.where(*record.words(q))


def _one(console: Console, session: Session, alert_id: str) -> Shown:
    row = incidents.get_alert(session, alert_id)
    return alert_views(console, session, [row], console.clock.now(), tracks=True)[0]


@router.get("/alerts")
@gives(Page[AlertAnswer])
def list_alerts(
    *, console: Here, _: Sees, state: Literal["open", "judged", "shelved"] | None = None, q: str = "",
    camera_id: str | None = None, situation: str | None = None, shelf_id: str | None = None,
    cursor: str | None = None, limit: int = 50,
) -> Response:  # fmt: skip
    """`open`: the queue; `shelved`: unjudged, but at rest."""
    asked = QueueQuery(state, q, camera_id, situation, shelf_id)
    with console.store.read() as session:
        rows, following = newest_first(
            session, _query(asked, console.clock.now()), order=AlertRow.seq, key=AlertRow.id, cursor=cursor,
            limit=limit, position=lambda row: ListPosition(row.seq, row.id),
        )  # fmt: skip
        return listed(alert_views(console, session, rows, console.clock.now()), following)


def _heads(session: Session, rows: Sequence[AlertRow], language: Language) -> tuple[SheetColumn, ...]:
    cameras = {
        row.id: row
        for row in session.scalars(select(CameraRow).where(CameraRow.id.in_({row.camera_id for row in rows})))
    }
    people = {one.id: one.name for one in session.execute(select(Account.id, Account.name))}
    reasons = names_of(session, language)
    english = english_of(session, [(row.zone_id, row.zone_name) for row in rows]) if language == "en" else {}
    return (
        SheetColumn("编号", "Id", lambda row: row.id), SheetColumn("拍摄时间", "Captured", lambda row: row.captured_at, "moment"),
        SheetColumn("接收时间", "Received", lambda row: row.received_at, "moment"),
        SheetColumn("摄像头编号", "Camera (id)", lambda row: row.camera_id),
        SheetColumn("摄像头", "Camera", lambda row: named(cameras.get(row.camera_id), language)),
        SheetColumn("区域", "Zone", lambda row: english.get((row.zone_id, row.zone_name)) or row.zone_name),
        SheetColumn("情形", "Situation", lambda row: row.situation, "word", "situation"),
        SheetColumn("级别", "Priority", lambda row: row.priority, "number"), SheetColumn("置信度", "Score", lambda row: row.score, "number"),
        SheetColumn("状态", "State", lambda row: row.state, "word", "alert_state"),
        SheetColumn("处置人", "Judged by", lambda row: people.get(row.judged_by, row.judged_by)),
        SheetColumn("处置时间", "Judged", lambda row: row.judged_at, "moment"),
        SheetColumn("误报原因", "Reason", lambda row: reasons.get(row.judge_reason, row.judge_reason)),
        SheetColumn("事件编号", "Incident", lambda row: row.incident_id), SheetColumn("模型", "Model", lambda row: row.model),
        SheetColumn("规则版本", "Rules", lambda row: row.rule_version),
    )  # fmt: skip


@router.get("/alerts.{form}")
@gives_table
def export_alerts(
    *, console: Here, caller: Annotated[Caller, requires("alert.export")], tongue: Tongue, form: Format,
    state: Literal["open", "judged", "shelved"] | None = None, q: str = "",
    camera_id: str | None = None, situation: str | None = None,
) -> Response:  # fmt: skip
    with console.store.read() as session:
        query = (
            _query(QueueQuery(state, q, camera_id, situation), console.clock.now())
            .order_by(AlertRow.seq.desc())
            .limit(EXPORT_LIMIT)
        )
        rows = list(session.scalars(query))
        cells = cells_of(_heads(session, rows, tongue), rows, tongue, most=EXPORT_LIMIT)
    asked = {"state": state, "q": q, "camera_id": camera_id, "situation": situation}
    return export_response(
        console, caller, ExportEntry("alert.export", "alert", "*", asked), cells, name="alerts", form=form
    )


@router.get("/alerts/{alert_id}")
@gives(AlertInFullAnswer)
def get_alert(console: Here, _: Sees, alert_id: str) -> Response:
    """Read by every page whenever it changed: worked out once for those that ask together."""
    body = console.shared.read(
        f"alert {alert_id}", lambda session: msgspec.json.encode(_one(console, session, alert_id))
    )
    return Response(body, media_type="application/json")


@router.get("/alerts/{alert_id}/snapshot")
@gives_file("image/jpeg")
def get_snapshot(console: Here, caller: Sees, alert_id: str) -> Response:
    with console.store.read() as session:
        row = incidents.get_alert(session, alert_id)
    return snapshot_response(console, caller.actor, row)


@router.get("/alerts/{alert_id}/clip")
@gives_file("video/mp4")
@gives_file("video/mp4", status=206)
@gives(TranscodingAnswer, 202)
def get_clip(console: Here, caller: Sees, alert_id: str, request: Request) -> Response:
    with console.store.read() as session:
        row = incidents.get_alert(session, alert_id)
    return clip_response(console, caller.actor, row, request.headers.get("range"))


@router.post("/alerts/{alert_id}/confirm")
@gives(ConfirmedAnswer)
def confirm(console: Here, caller: Judges, alert_id: str) -> Response:
    with console.store.write() as session:
        incident = incidents.do_confirm(session, caller.actor, alert_id, console.clock.now())
        session.flush()
        return reply({"alert": _one(console, session, alert_id), "incident": incident_views(session, [incident])[0]})


@router.post("/alerts/{alert_id}/false")
@gives(OneAlertAnswer)
def judge_false(console: Here, caller: Judges, alert_id: str, form: FalseAlarm) -> Response:
    with console.store.write() as session:
        incidents.do_false(session, caller.actor, alert_id, form.reason, console.clock.now())
        return reply({"alert": _one(console, session, alert_id)})


@router.post("/alerts/judge")
@gives(JudgedTogetherAnswer)
def judge_together(console: Here, caller: Judges, form: JudgeTogetherForm) -> Response:
    """In one transaction, each with its own row in the register; what somebody was first at is told and left as it is."""
    with console.store.write() as session:
        done = incidents.do_judge_together(
            session, caller.actor, form.alert_ids, how=form.how, reason=form.reason, at=console.clock.now()
        )
        return reply(done)


@router.post("/alerts/{alert_id}/ignore")
@gives(OneAlertAnswer)
def ignore(console: Here, caller: Judges, alert_id: str) -> Response:
    with console.store.write() as session:
        incidents.do_ignore(session, caller.actor, alert_id, console.clock.now())
        return reply({"alert": _one(console, session, alert_id)})


@router.post("/alerts/{alert_id}/reopen")
@gives(OneAlertAnswer)
def reopen(console: Here, caller: Judges, alert_id: str, form: Reopen | None = None) -> Response:
    with console.store.write() as session:
        of = form.of if form is not None else ""
        incidents.do_reopen(session, caller.actor, alert_id, console.clock.now(), of)
        return reply({"alert": _one(console, session, alert_id)})
