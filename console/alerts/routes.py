"""The record of alerts as people search it: pages, what the filters offer, files, pictures for the officer, views that are kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import Field
from sqlalchemy.orm import Session

from console.access.permissions import Here, requires
from console.access.sessions import Caller
from console.alerts import record, saved_views
from console.alerts.answers import KeptViewAnswer, RecordChoicesAnswer, RecordsAnswer, SavedViewAnswer
from console.alerts.record import RecordQuery, Sort, State
from console.alerts.tables import AlertRow, SavedView
from console.audit.exports import ExportEntry, SheetColumn, Tongue, cells_of, export_response, moment, named, span
from console.cameras.tables import CameraRow, ZoneRow
from console.cases import cases
from console.evidence.answers import TranscodingAnswer
from console.evidence.footage import Why, clip_response, snapshot_response
from console.http.answers import Items, Nothing, gives, gives_file, gives_table
from console.http.bodies import Form
from console.http.context import Console
from console.http.messages import Language, joined
from console.http.replies import Shown, reply
from console.http.words import word
from console.incidents import incidents
from console.rules.reasons import names_of
from lianqin.audit import LOOK_PURPOSES, purpose_of
from lianqin.errors import RecordError
from lianqin.lengths import most
from lianqin.sheets.write import Format
from patrol.county.tables import Area, Unit

router = APIRouter(prefix="/api")
Sees = Annotated[Caller, requires("record.see")]
Looks = Annotated[Caller, requires("record.look")]
Keeps = Annotated[Caller, requires("view.keep")]
Text = Annotated[str, Query(max_length=120)]
Moment = Annotated[float | None, Query(ge=0, le=1e11)]
Pages = Literal["records", "desk"]


class SavedViewForm(Form):
    page: Pages
    name: Annotated[str, Field(min_length=1, max_length=most(SavedView.name))]
    query: Annotated[str, Field(max_length=most(SavedView.query))]


def _asked(
    *, from_at: Moment = None, to_at: Moment = None, area_id: Text = "", camera_id: Text = "", zone_id: Text = "",
    situation: Text = "", priority: Annotated[int | None, Query(ge=1, le=4)] = None, state: State | None = None,
    reason: Text = "", judged_by: Text = "", unit_id: Text = "", q: Text = "",
) -> RecordQuery:  # fmt: skip
    return RecordQuery(
        from_at=from_at, to_at=to_at, area_id=area_id, camera_id=camera_id, zone_id=zone_id, situation=situation,
        priority=priority, state=state, reason=reason, judged_by=judged_by, unit_id=unit_id, q=q,
    )  # fmt: skip


Filter = Annotated[RecordQuery, Depends(_asked)]
Order = Literal["up", "down"]


@router.get("/records")
@gives(RecordsAnswer)
def list_records(
    *, console: Here, _: Sees, asked: Filter, sort: Sort = "time", order: Order = "down", cursor: str | None = None,
    limit: int = 50,
) -> Response:  # fmt: skip
    """`total` comes with the first page; beyond `counted` it is that and one."""
    with console.store.read() as session:
        rows, following = record.page(session, asked, sort, down=order == "down", cursor=cursor, limit=limit)
        found: Shown = {"items": record.views(session, rows), "next": following, "counted": record.COUNTED}
        return reply(found if cursor else found | {"total": record.count(session, asked)})


@router.get("/records/choices")
@gives(RecordChoicesAnswer)
def choices(console: Here, _: Sees) -> Response:
    with console.store.read() as session:
        return reply(record.choices(session))


def _names(rows: Sequence[Shown | None], language: Language) -> str:
    return joined(dict.fromkeys(_name(row, language) for row in rows if row), language)


def _name(row: Shown | None, language: Language) -> str:
    return "" if row is None else str((row["name_en"] if language == "en" else "") or row["name"])


def _heads(language: Language, reasons: Mapping[str, str]) -> tuple[SheetColumn, ...]:
    return (
        SheetColumn("编号", "Id", lambda row: row["id"]),
        SheetColumn("拍摄时间", "Captured", lambda row: row["captured_at"], "moment"),
        SheetColumn("巡逻区域", "Area", lambda row: _name(row["area"], language)),
        SheetColumn("摄像头", "Camera", lambda row: row["place"] or _name(row["camera"], language)),
        SheetColumn("摄像头编号", "Camera (id)", lambda row: row["camera"]["id"] if row["camera"] else ""),
        SheetColumn("区域", "Zone", lambda row: _name(row["zone"], language)),
        SheetColumn("情形", "Situation", lambda row: row["situation"], "word", "situation"),
        SheetColumn("级别", "Priority", lambda row: row["priority"], "number"),
        SheetColumn("状态", "State", lambda row: row["state"], "word", "alert_state"),
        SheetColumn("误报原因", "Reason", lambda row: reasons.get(row["judge_reason"], row["judge_reason"])),
        SheetColumn("处置人", "Judged by", lambda row: row["judged_by"]),
        SheetColumn("处置时间", "Judged", lambda row: row["judged_at"], "moment"),
        SheetColumn("等待", "Waited", lambda row: "" if row["waited_s"] is None else span(row["waited_s"])),
        SheetColumn("派单", "Guards called", lambda row: joined((one["guard"] for one in row["sent"]), language)),
        SheetColumn("单位", "Unit", lambda row: _names([one["unit"] for one in row["sent"]], language)),
        SheetColumn("事件编号", "Incident", lambda row: row["incident_id"]),
    )  # fmt: skip


def _why(session: Session, caller: Caller, purpose: str, case_ref: str, own: Literal["duty"] | None) -> Why:
    """`own`: of who needs to state none, and states one all the same where a case is named. Raises RecordError `live.purpose` and those
    of `patrol.case_numbers.check_case`."""
    if own is not None and not purpose.strip():
        return Why(own, "")
    why = purpose_of(purpose.strip())
    if why not in LOOK_PURPOSES:
        raise RecordError("live.purpose", f"no purpose of the list: {purpose[:60]}")
    return Why(why, cases.check_case(session, caller.actor, why, case_ref))


_LABELS: Final = {
    "from_at": ("record", "from"), "to_at": ("record", "to"), "area_id": ("record", "area"), "camera_id": ("record", "camera"),
    "zone_id": ("record", "zone"), "situation": ("record", "situation"), "priority": ("record", "priority"), "state": ("record", "state"),
    "reason": ("record", "reason"), "judged_by": ("record", "judged_by"), "unit_id": ("record", "unit"), "q": ("word", "search"),
}  # fmt: skip


def _filter_said(session: Session, asked: RecordQuery, reasons: Mapping[str, str], language: Language) -> str:
    """The filter as the page shows it: things by their names, closed words by their words."""
    told = asked.named()
    things = {
        "area_id": (Area, asked.area_id),
        "camera_id": (CameraRow, asked.camera_id),
        "unit_id": (Unit, asked.unit_id),
    }
    for name, (table, row_id) in things.items():
        if name in told:
            told[name] = named(session.get(table, row_id), language) or row_id
    if (zone := session.get(ZoneRow, asked.zone_id)) is not None:
        told["zone_id"] = (zone.name_en if language == "en" else "") or zone.record["name"]
    for name, at in (("from_at", asked.from_at), ("to_at", asked.to_at)):
        if name in told:
            told[name] = moment(at)
    if asked.situation:
        told["situation"] = word("situation", asked.situation, language)
    if asked.state is not None:
        told["state"] = word("record" if asked.state == "judged" else "alert_state", asked.state, language)
    if asked.reason:
        told["reason"] = reasons.get(asked.reason, asked.reason)
    return "; ".join(f"{word(*_LABELS[name], language)}: {text}" for name, text in told.items())


def _mark(console: Console, caller: Caller, why: Why, by: str, language: Language) -> str:
    """The watermark: who took it, when, what for, by which filter."""
    said = (caller.actor.name, moment(console.clock.now()), word("purpose", why.purpose, language), why.case_ref, by,
            "仅限登记事由使用，不得转发" if language == "zh-CN" else "For the registered purpose only; do not pass on")  # fmt: skip
    return " | ".join(one for one in said if one)


@router.get("/records.{form}")
@gives_table
def export_records(
    *, console: Here, caller: Annotated[Caller, requires("record.export")], tongue: Tongue, form: Format, asked: Filter,
    sort: Sort = "time", order: Order = "down", purpose: Text = "", case_ref: Text = "",
) -> Response:  # fmt: skip
    """What the filter shows, in its order, `record.COUNTED` rows at most. An officer states purpose and case."""
    with console.store.read() as session:
        why = _why(session, caller, purpose, case_ref, None if caller.actor.role == "officer" else "duty")
        seqs = record.ids(session, asked, sort, down=order == "down")
        found = record.views(session, record.rows(session, seqs))
        reasons = names_of(session, tongue)
        by = _filter_said(session, asked, reasons, tongue)
    cells = cells_of(_heads(tongue, reasons), found, tongue, most=record.COUNTED)
    taken = ExportEntry("record.export", "alert", "*", asked.named(), why.purpose, why.case_ref or None)
    mark = _mark(console, caller, why, by, tongue)
    return export_response(console, caller, taken, cells, name="records", form=form, mark=mark)


def _row(console: Console, caller: Caller, alert_id: str, purpose: str, case_ref: str) -> tuple[AlertRow, Why]:
    with console.store.read() as session:
        return incidents.get_alert(session, alert_id), _why(session, caller, purpose, case_ref, None)


@router.get("/records/{alert_id}/snapshot")
@gives_file("image/jpeg")
def get_snapshot(console: Here, caller: Looks, alert_id: str, purpose: Text = "", case_ref: Text = "") -> Response:
    """The officer's look at an alert's picture, by purpose and case; the command room's is its own (`/api/alerts/{id}/snapshot`)."""
    row, why = _row(console, caller, alert_id, purpose, case_ref)
    return snapshot_response(console, caller.actor, row, why)


@router.get("/records/{alert_id}/clip")
@gives_file("video/mp4")
@gives_file("video/mp4", status=206)
@gives(TranscodingAnswer, 202)
def get_clip(
    *, console: Here, caller: Looks, request: Request, alert_id: str, purpose: Text = "", case_ref: Text = ""
) -> Response:
    row, why = _row(console, caller, alert_id, purpose, case_ref)
    return clip_response(console, caller.actor, row, request.headers.get("range"), why)


@router.get("/views")
@gives(Items[SavedViewAnswer])
def list_views(console: Here, caller: Keeps, page: Pages = "records") -> Response:
    with console.store.read() as session:
        return reply({"items": saved_views.of(session, caller.actor, page)})


@router.post("/views")
@gives(KeptViewAnswer)
def keep_view(console: Here, caller: Keeps, form: SavedViewForm) -> Response:
    with console.store.write() as session:
        row = saved_views.do_keep(
            session, caller.actor, console.clock.now(), page=form.page, name=form.name, query=form.query
        )
        return reply({"view": saved_views.view(row)})


@router.delete("/views/{view_id}")
@gives(Nothing)
def forget_view(console: Here, caller: Keeps, view_id: str) -> Response:
    with console.store.write() as session:
        saved_views.do_forget(session, caller.actor, view_id, console.clock.now())
        return reply({})
