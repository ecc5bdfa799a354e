"""Cameras from XLSX and CSV and back: a dry run that names each bad row, then all of it or nothing. Zones are drawn, not typed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from console.cameras.addresses import StoredAddresses, login_shown
from console.cameras.cameras import NamedCamera, check_camera, do_add_camera, do_change_camera
from console.cameras.files import named_camera
from console.cameras.makers import MAKERS, addresses
from console.cameras.tables import CameraRow
from lianqin import audit
from lianqin.audit import Actor
from lianqin.db import PART, Store
from lianqin.errors import ConflictError, LianqinError, RecordError
from lianqin.sheets.cells import code_key
from lianqin.sheets.columns import Column
from lianqin.sheets.read import read_table
from lianqin.sheets.rows import Bad, SheetReport, SheetRow, bad_of, read_rows
from lianqin.sheets.write import to_cells
from patrol.county.tables import Area

COLUMNS: Final = (
    Column("id", "编号", "Id", "code", needed=True),
    Column("code", "国标编码", "GB/T 28181 code", "code"),
    Column("name", "名称", "Name"),
    Column("name_en", "英文名", "English name"),
    Column("url", "主码流地址", "Main stream", "address"),
    Column("sub_url", "子码流地址", "Sub-stream", "address"),
    Column("user", "用户名", "User name", "address"),
    Column("password", "密码", "Password", "address"),
    Column("maker", "厂商", "Maker", "word", {one.id: one.zh for one in MAKERS}),
    Column("host", "主机", "Host", "address", also=("IP", "IP地址")),
    Column("port", "端口", "Port", "count"),
    Column("channel", "通道", "Channel", "count"),
    Column("transport", "传输方式", "Transport", "word", {"tcp": "TCP", "udp": "UDP"}),
    Column("lon", "经度", "Longitude", "number"),
    Column("lat", "纬度", "Latitude", "number"),
    Column("bearing", "朝向", "Bearing", "number"),
    Column("fov", "视角", "Angle of view", "number"),
    Column("range_m", "可视距离（米）", "Range (m)", "number"),
    Column("area_id", "区域编号", "Area", "code"),
    Column("enabled", "智能分析", "Watched", "flag"),
    Column("priority", "优先级", "Priority", "count"),
    Column("keep_days", "保存天数", "Days kept", "count"),
    Column(
        "sampling", "分析方式", "Looked at", "word", {"gated": "按活动", "key_frames": "只看关键帧", "full": "全程"}
    ),
)
_BY_MAKER: Final = ("maker", "host", "port", "channel")
_BESIDE: Final = frozenset({"user", "password", *_BY_MAKER})
"""Columns that no column of the table answers: they say what an address holds or is made of."""
_FIELDS: Final = tuple(one.field for one in COLUMNS if one.field not in _BESIDE)
NEEDED_WHEN_NEW: Final = ("code", "name", "url")
FIELDS: Final[Mapping[str, str]] = {
    "sheet.repeated": "id", "camera.id": "id", "camera.name": "name", "camera.code": "code", "camera.code_type": "code",
    "camera.code_taken": "code", "camera.place": "lon", "camera.keep_days": "keep_days", "camera.password_needed": "url",
    "camera.address_empty": "url", "camera.address_scheme": "url", "camera.address_host": "url", "camera.address_port": "url",
    "camera.channel": "channel", "camera.address_spaces": "url", "camera.address_long": "url", "camera.address_ambiguous": "url",
}  # fmt: skip
"""The column that an error speaks of, where its values don't name one."""


def entry_of(row: CameraRow) -> dict[str, Any]:
    """As it stands in a sheet; addresses without their passwords, whose column stays empty."""
    entry = {name: getattr(row, name) for name in _FIELDS} | dict.fromkeys(_BESIDE)
    told = login_shown(StoredAddresses(row.url, row.sub_url))
    return entry | {"url": told["url"], "sub_url": told["sub_url"], "user": told["user"] or None}


def export_cells(rows: Iterable[CameraRow], *, chinese: bool) -> list[list[str | float]]:
    """What `do_import` reads back as unchanged."""
    return to_cells(COLUMNS, map(entry_of, rows), chinese=chinese)


class SheetPlan(msgspec.Struct):
    """A sheet that was checked: what it would do, and the cameras to be written."""

    report: SheetReport
    wanted: list[NamedCamera]
    sha256: str


def plan(session: Session, data: bytes) -> SheetPlan:
    """Check every row against what stands and what the file adds. An empty cell of a camera that stands leaves it as it is; a
    new one needs code, name and address. Raises RecordError as `patrol.county.sheets.read_table` and `find_headings`."""
    report = SheetReport()
    sheet = read_rows(COLUMNS, read_table(data), report)
    standing = {row.id: row for row in session.scalars(select(CameraRow).options(selectinload(CameraRow.zones)))}
    spelled = {code_key(one): one for one in standing}
    areas = {code_key(one): one for one in session.scalars(select(Area.id))}
    codes = {row.code: row.id for row in standing.values()}
    seen: dict[str, SheetRow] = {}
    wanted: list[NamedCamera] = []
    for row in sheet.rows:
        told = row.values
        try:
            before = seen.setdefault(code_key(told["id"]), row)
            if before is not row:
                raise RecordError("sheet.repeated", f"{told['id']} stands in row {before.number} too", id=before.values["id"],
                                  row=before.number)  # fmt: skip
            if told["id"] not in standing:
                told["id"] = spelled.get(code_key(told["id"]), told["id"])
            old = standing.get(told["id"])
            _name_area(told, old, areas)
            _make_address(told)
            named = _named(told, old)
            other = codes.setdefault(named.camera.code, named.camera.id)
            if other != named.camera.id:
                raise ConflictError("camera.code_taken", f"code {named.camera.code} is {other}'s too",
                                    code=named.camera.code, other=other)  # fmt: skip
            check_camera(session, named.camera, codes_known=True)
            same = old is not None and _same(named, old)
        except LianqinError as error:
            report.tell(bad_of(error, row, sheet.headings, FIELDS.get(error.key, "")))
            continue
        if old is None:
            report.new += 1
        elif same:
            report.same += 1
            continue
        else:
            report.changed += 1
        wanted.append(named)
    secret = sheet.headings.called.get("password")
    report.bad = [_hidden(one) if one.column == secret else one for one in report.bad]
    report.bad.sort(key=lambda one: one.row)
    return SheetPlan(report, wanted, hashlib.sha256(data).hexdigest())


def do_import(store: Store, actor: Actor, data: bytes, at: float, *, dry_run: bool) -> SheetReport:
    """With a bad row nothing is written. A long sheet is written piece by piece, so that alerts are stored meanwhile; after a
    crash the same sheet goes on where it was cut off."""
    with store.read() as session:
        made = plan(session, data)
    report = made.report
    if dry_run or report.bad_count:
        return report
    for piece in batched(made.wanted, PART):
        with store.write() as session:
            for named in piece:
                if session.get(CameraRow, named.camera.id) is not None:
                    do_change_camera(session, actor, named, at)
                else:
                    do_add_camera(session, actor, named, at)
        store.breathe()
    with store.write() as session:
        audit.write(session, actor, "camera.import", "camera", made.sha256[:16], at=at,
                    detail={"rows": report.rows, "new": report.new, "changed": report.changed})  # fmt: skip
    report.done = True
    return report


def batched(items: list[NamedCamera], count: int) -> Iterator[list[NamedCamera]]:
    """Pieces of `count`."""
    for begin in range(0, len(items), count):
        yield items[begin : begin + count]


def _name_area(told: dict[str, Any], old: CameraRow | None, areas: Mapping[str, str]) -> None:
    """The area as it is spelled where it stands. Raises RecordError `ground.no_area` for a new one that is not there."""
    area = told.get("area_id")
    if area is None or (old is not None and old.area_id == area):
        return
    if code_key(area) not in areas:
        raise RecordError("ground.no_area", f"no area {area}", id=area, field="area_id")
    told["area_id"] = areas[code_key(area)]


def _make_address(told: dict[str, Any]) -> None:
    """Of maker, host, port and channel, where no address stands beside them. Raises as `makers.addresses`, and RecordError `sheet.needed`."""
    maker, host, port, channel = (told.pop(name, None) for name in _BY_MAKER)
    if host is None or "url" in told:
        return
    if maker is None:
        lacking = next(one for one in COLUMNS if one.field == "maker")
        raise RecordError("sheet.needed", f"{lacking.en} is empty", column=lacking.both, field=lacking.field)
    told["url"], sub_url = addresses(maker, host, port, channel or 1)
    told.setdefault("sub_url", sub_url)


def _named(told: dict[str, Any], old: CameraRow | None) -> NamedCamera:
    if old is None:
        lacking = next((one for one in COLUMNS if one.field in NEEDED_WHEN_NEW and one.field not in told), None)
        if lacking is not None:
            raise RecordError("sheet.needed", f"{lacking.en} is empty", column=lacking.both, field=lacking.field)
        return named_camera(told)
    standing = {name: value for name, value in entry_of(old).items() if value is not None and name not in _BESIDE}
    entry = standing | told
    return named_camera(entry)


def _hidden(bad: Bad) -> Bad:
    """What is wrong with a password, without it."""
    return Bad(
        bad.row,
        bad.column,
        bad.key,
        "",
        {name: "***" if name == "text" else value for name, value in bad.values.items()},
        "***",
    )


def _same(named: NamedCamera, old: CameraRow) -> bool:
    """Raises RecordError `camera.password_needed` when a hidden password's host changed."""
    now = msgspec.to_builtins(named.settled(old).camera) | {"name_en": named.name_en}
    return all(now.get(name) == getattr(old, name) for name in _FIELDS)
