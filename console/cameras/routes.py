"""Cameras and their zones: the list for everyone who watches, the set-up for the system administrator."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal

import msgspec
from anyio import CancelScope
from fastapi import APIRouter, Body, Depends, Response
from pydantic import Field
from sqlalchemy import select

from console.access.permissions import PERMISSIONS, Here, requires
from console.access.sessions import Caller
from console.audit.exports import ExportEntry, SheetColumn, Tongue, cells_of, export_response, named, template_response
from console.cameras import cameras, lists, makers, set_ups, sheets
from console.cameras import video as live
from console.cameras.addresses import (
    CameraLogin,
    StoredAddresses,
    check_address,
    kept_password,
    login_shown,
    with_login,
)
from console.cameras.answers import (
    CameraKeptAnswer,
    CamerasAnswer,
    CamerasImportedAnswer,
    DrawnZoneAnswer,
    MakerAnswer,
    ProbedAnswer,
    SheetReportAnswer,
    SubStreamAnswer,
)
from console.cameras.files import do_import_by_parts, named_camera, read_body
from console.cameras.tables import CameraRow, ZoneRow
from console.cameras.workers import on_own_thread
from console.evidence.footage import blurred
from console.http.answers import Items, Nothing, gives, gives_table
from console.http.bodies import Form, Limited, build_strict
from console.http.context import Console
from console.http.fields import said
from console.http.messages import Language
from console.http.replies import Shown, limit_of, reply, shown
from lianqin.addresses import redact
from lianqin.decoding import from_json
from lianqin.errors import EvidenceError, RecordError
from lianqin.inner import SignedRequest
from lianqin.records import Zone, fault
from lianqin.sheets.read import LARGEST_BYTES
from lianqin.sheets.write import Format, texts_of

router = APIRouter(prefix="/api")
EXPORT_LIMIT = 50_000
LONGEST_LOGIN = 120
"""A camera's user name, and its password."""
LONGEST_GROUP_S = 2.5
LEAST_FPS = 8.0
WIDEST_ANALYSED = 1000
BROWSERS_PLAY = ("", "yuv420p", "yuvj420p")
"""Forms of pixels; ten bits or finer colour are watched and shown by few browsers. Empty: an older worker doesn't say."""
SetsUp = Annotated[Caller, requires("camera.set_up")]
Fields = Annotated[dict[str, Any], Body()]
Sheet = Annotated[bytes, Depends(Limited(LARGEST_BYTES, "sheet.large"))]


def _zone(row: ZoneRow) -> Shown:
    return row.record | {"name_en": row.name_en, "camera_id": row.camera_id}


def _view(console: Console, row: CameraRow, live: cameras.LiveState | None, *, set_up: bool) -> Shown:
    """No address at all for who only watches; a redacted one for who sets it up."""
    now = cameras.state_of(console, row, live)
    view = shown(row, "url", "sub_url", "state_since") | {
        "state": now.state, "state_reason": now.reason, "reason": now.reason, "since": now.since,
        "zones": [_zone(zone) for zone in row.zones],
    }  # fmt: skip
    health = live.health if live is not None and now.state != "unknown" else None
    for name in ("fps", "codec", "width", "height", "active", "reconnects", "dropped", "clock_error_s", "detail",
                 "last_frame_at", "worker", "due_rate", "looked_rate", "read_by", "read_why", "read_detail",
                 "group_s", "false_places"):  # fmt: skip
        view[name] = getattr(health, name) if health is not None else None
    if set_up:
        view |= login_shown(StoredAddresses(row.url, row.sub_url))
    return view


def _one(console: Console, row: CameraRow, lives: Mapping[str, cameras.LiveState]) -> Response:
    return reply({"camera": _view(console, row, lives.get(row.id), set_up=True)})


@router.get("/cameras")
@gives(CamerasAnswer)
def list_cameras(
    *, console: Here, caller: Annotated[Caller, requires("camera.see")], q: str = "", state: str = "", area_id: str = "",
    station_id: str = "", cursor: str = "", limit: int = 200,
) -> Response:  # fmt: skip
    lives = cameras.lives(console)
    set_up = caller.actor.role in PERMISSIONS["camera.set_up"]
    with console.store.read() as session:
        asked = lists.CameraQuery(q, state, area_id, station_id)
        found = lists.find(console, session, lives, asked, cursor=cursor, limit=limit_of(limit))
        items = [_view(console, row, lives.get(row.id), set_up=set_up) for row in found.rows]
    return reply({"items": items, "next": found.following, "total": found.total, "counts": found.counts})


@router.post("/cameras/sheet")
@gives(SheetReportAnswer)
def import_sheet(
    console: Here, caller: SetsUp, data: Sheet, tongue: Tongue, *, dry_run: bool = True
) -> Response:  # fmt: skip
    report = sheets.do_import(console.store, caller.actor, data, console.clock.now(), dry_run=dry_run)
    told = msgspec.to_builtins(report, enc_hook=str)
    for one in told["bad"]:
        one["said"] = said(one["key"], one["values"], tongue, otherwise="record.invalid")
    return reply(told)


@router.get("/cameras/sheet")
@gives_table
def export_sheet(
    *, console: Here, caller: SetsUp, tongue: Tongue, form: Format = "xlsx", template: bool = False
) -> Response:
    """`template`: the headings alone. An export is registered; addresses come without their passwords."""
    with console.store.read() as session:
        rows = [] if template else list(session.scalars(select(CameraRow).order_by(CameraRow.id)))
        cells = sheets.export_cells(rows, chinese=tongue == "zh-CN")
    texts = texts_of(sheets.COLUMNS)
    if template:
        return template_response(cells, name="cameras", form=form, texts=texts)
    return export_response(
        console, caller, ExportEntry("camera.export", "camera", form), cells, name="cameras", form=form, texts=texts
    )


def _heads(console: Console, lives: dict[str, cameras.LiveState], language: Language) -> tuple[SheetColumn, ...]:
    def now(row: CameraRow) -> cameras.StateNow:
        return cameras.state_of(console, row, lives.get(row.id))

    def health(name: str) -> Callable[[CameraRow], object]:
        return lambda row: (
            getattr(lives[row.id].health, name) if row.id in lives and now(row).state != "unknown" else None
        )

    return (
        SheetColumn("编号", "Id", lambda row: row.id), SheetColumn("国标编码", "GB/T 28181 code", lambda row: row.code),
        SheetColumn("摄像头", "Camera", lambda row: named(row, language)),
        SheetColumn("状态", "State", lambda row: now(row).state, "word", "camera_state"),
        SheetColumn("原因", "Reason", lambda row: now(row).reason, "word", "fault"),
        SheetColumn("开始于", "Since", lambda row: now(row).since, "moment"), SheetColumn("码流", "Stream", health("codec")),
        SheetColumn("宽", "Width", health("width"), "number"), SheetColumn("高", "Height", health("height"), "number"),
        SheetColumn("最后一帧", "Last frame", health("last_frame_at"), "moment"),
        SheetColumn("重连", "Reconnects", health("reconnects"), "number"),
        SheetColumn("时钟误差（秒）", "Clock error (s)", health("clock_error_s"), "number"),
        SheetColumn("布防区域", "Zones", lambda row: "; ".join(named(ZoneName(zone), language) for zone in row.zones)),
    )  # fmt: skip


class ZoneName:
    """A zone's names; its record holds the Chinese one."""

    def __init__(self, row: ZoneRow) -> None:
        self.name, self.name_en = str(row.record.get("name", row.id)), row.name_en


@router.get("/cameras.{form}")
@gives_table
def export_cameras(
    *, console: Here, caller: Annotated[Caller, requires("camera.see")], tongue: Tongue, form: Format, q: str = "",
    state: str = "", area_id: str = "", station_id: str = "",
) -> Response:  # fmt: skip
    """The list as it is shown now, all of it; no addresses."""
    lives = cameras.lives(console)
    with console.store.read() as session:
        asked = lists.CameraQuery(q, state, area_id, station_id)
        found = lists.find(console, session, lives, asked, limit=EXPORT_LIMIT)
        cells = cells_of(_heads(console, lives, tongue), found.rows, tongue, most=EXPORT_LIMIT)
    taken = ExportEntry(
        "camera.list_export", "camera", "*", {"q": q, "state": state} | ({"area_id": area_id} if area_id else {})
    )
    return export_response(console, caller, taken, cells, name="cameras", form=form)


def _without_zones(raw: dict[str, Any]) -> cameras.NamedCamera:
    if raw.get("zones"):
        raise RecordError("record.invalid", "zones have their own address", wrong=fault("set_apart", "zones"))
    if raw.get("masks"):
        raise RecordError("record.invalid", "masks have their own address", wrong=fault("set_apart", "masks"))
    return named_camera(raw)


@router.post("/cameras")
@gives(CameraKeptAnswer)
def add_camera(console: Here, caller: SetsUp, raw: Fields) -> Response:
    lives = cameras.lives(console)
    with console.store.write() as session:
        row = cameras.do_add_camera(session, caller.actor, _without_zones(raw), console.clock.now())
        return _one(console, row, lives)


@router.post("/cameras/import")
@gives(CamerasImportedAnswer)
def import_cameras(console: Here, caller: SetsUp, data: Sheet) -> Response:
    raw = read_body(data)
    counts = do_import_by_parts(console.store, caller.actor, raw.get("cameras"), console.clock.now())
    return reply({"cameras": counts.cameras, "changed": counts.changed})


@router.get("/cameras/makers")
@gives(Items[MakerAnswer])
def list_makers(_: SetsUp) -> Response:
    """Where each maker's streams are; the page fills in host, port and channel."""
    return reply({"items": [msgspec.to_builtins(one) for one in makers.MAKERS]})


class ProbeForm(Form):
    url: str
    transport: Literal["tcp", "udp"] = "tcp"
    camera_id: str | None = None
    user: str | None = Field(None, max_length=LONGEST_LOGIN)
    password: str | None = Field(None, max_length=LONGEST_LOGIN)
    """As in a `CameraLogin`; `user` None: the address says it itself."""


@router.post("/cameras/probe")
@gives(ProbedAnswer)
async def probe_camera(console: Here, caller: SetsUp, form: ProbeForm) -> Response:
    """A worker opens the address once: what it sends, its picture, and what to set otherwise. The look is registered."""
    found = await _probed(console, caller, form)
    return reply({"probe": {**found, "advice": _advice(found)}})


@router.post("/cameras/sub")
@gives(SubStreamAnswer)
async def find_sub(console: Here, caller: SetsUp, form: ProbeForm) -> Response:
    """The sub-stream by its usual names: the first address that sends a smaller picture, or None; each try is registered."""
    main = await _probed(console, caller, form)
    tried = makers.likely(form.url) if not main["reason"] else ()
    for url in tried:
        found = await _probed(console, caller, form.model_copy(update={"url": url}))
        if not found["reason"] and found["width"] < main["width"]:
            return reply({"sub_url": url, "probe": {**found, "advice": _advice(found)}, "tried": len(tried)})
    return reply({"sub_url": None, "probe": {**main, "advice": _advice(main)}, "tried": len(tried)})


async def _probed(console: Console, caller: Caller, form: ProbeForm) -> dict[str, Any]:
    """The address is tried once; the look is registered whatever comes of it."""
    url, worker, told = await on_own_thread(_to_be_probed, console, form)
    picture = None
    try:
        answer = await console.workers.probe(console, worker, told)
        found = from_json(answer.body, dict[str, Any])
        picture = await on_own_thread(_blurred, found.get("picture"))
    finally:
        with CancelScope(shield=True):
            await on_own_thread(_register_probe, console, caller, url, picture)
    found["picture"] = base64.b64encode(picture).decode() if picture else None
    return {**found, "detail": redact(found["detail"]), "read_detail": redact(found.get("read_detail", ""))}


def _register_probe(console: Console, caller: Caller, url: str, picture: bytes | None) -> None:
    console.looks.register(
        caller.actor, "camera.probe", "address", redact(url)[:80], purpose="set_up",
        sha256=hashlib.sha256(picture).hexdigest() if picture else "",
    )  # fmt: skip


def _to_be_probed(console: Console, form: ProbeForm) -> tuple[str, str, SignedRequest]:
    """The address with its password, whom to ask, and what."""
    url = form.url
    with console.store.read() as session:
        row = session.get(CameraRow, form.camera_id) if form.camera_id else None
        if form.user is not None:
            url = with_login(url, CameraLogin(form.user, form.password), row.url if row is not None else "")
        elif row is not None:
            old = row.sub_url if row.sub_url and redact(row.sub_url) == url else row.url
            url = kept_password(url, old)
    check_address(form.camera_id or "?", url)
    with console.store.read() as session:
        masks = set_ups.masks_at(session, url)
    worker = live.any_worker(console)
    body = msgspec.json.encode({"url": console.keyring.seal(url), "transport": form.transport, "masks": masks})
    return url, worker, SignedRequest("POST", "/probe", body)


def _blurred(picture: str | None) -> bytes | None:
    """What is shown of an address that is tried: enough to tell which camera it is, and nobody's face. None for no picture."""
    try:
        return blurred(base64.b64decode(picture)) if picture else None
    except EvidenceError:
        return None


def _advice(found: dict[str, Any]) -> list[str]:
    """What would make the stream better to watch; keys for the page."""
    if found["reason"]:
        return []
    told = []
    if found["group_s"] is None or found["group_s"] > LONGEST_GROUP_S:
        told.append("group_long")
    if found["codec"] == "hevc":
        told.append("hevc")
    if found["fps"] < LEAST_FPS:
        told.append("fps_low")
    if found["width"] > WIDEST_ANALYSED:
        told.append("sub_wanted")
    if found.get("pixels", "") not in BROWSERS_PLAY:
        told.append("deep")
    return told


@router.put("/cameras/{camera_id}")
@gives(CameraKeptAnswer)
def change_camera(console: Here, caller: SetsUp, camera_id: str, raw: Fields) -> Response:
    named, lives = _without_zones({**raw, "id": camera_id}), cameras.lives(console)
    with console.store.write() as session:
        row = cameras.do_change_camera(session, caller.actor, named, console.clock.now())
        return _one(console, row, lives)


@router.delete("/cameras/{camera_id}")
@gives(Nothing)
def remove_camera(console: Here, caller: SetsUp, camera_id: str) -> Response:
    with console.store.write() as session:
        cameras.do_remove_camera(session, caller.actor, camera_id, console.clock.now())
    return reply({})


@router.put("/cameras/{camera_id}/zones/{zone_id}")
@gives(DrawnZoneAnswer)
def put_zone(console: Here, caller: SetsUp, camera_id: str, zone_id: str, raw: Fields) -> Response:
    zone = build_strict(Zone, {**raw, "id": zone_id}, "name_en", "camera_id")
    with console.store.write() as session:
        row = cameras.do_put_zone(
            session, caller.actor, camera_id, zone, console.clock.now(), name_en=raw.get("name_en")
        )
        return reply({"zone": _zone(row), "record": msgspec.to_builtins(cameras.zone_of(row))})


class Masks(Form):
    masks: list[list[tuple[float, float]]]


@router.put("/cameras/{camera_id}/masks")
@gives(CameraKeptAnswer)
def put_masks(console: Here, caller: SetsUp, camera_id: str, form: Masks) -> Response:
    """All of them; an empty list takes them off."""
    masks = tuple(tuple(mask) for mask in form.masks)
    lives = cameras.lives(console)
    with console.store.write() as session:
        row = cameras.do_put_masks(session, caller.actor, camera_id, masks, console.clock.now())
        return _one(console, row, lives)


@router.delete("/cameras/{camera_id}/zones/{zone_id}")
@gives(Nothing)
def remove_zone(console: Here, caller: SetsUp, camera_id: str, zone_id: str) -> Response:
    with console.store.write() as session:
        cameras.do_remove_zone(session, caller.actor, camera_id, zone_id, console.clock.now())
    return reply({})
