"""The columns of who-and-where sheets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from lianqin.sheets.columns import Column, read_cell, write_cell
from patrol.county.entries import Kind

__all__ = ["COLUMNS", "MODES", "RISKS", "Column", "read_cell", "write_cell"]


def _named(*more: Column) -> tuple[Column, ...]:
    return (Column("id", "编号", "Id", "code", needed=True), Column("name", "名称", "Name", needed=True),
            Column("name_en", "英文名", "English name"), *more)  # fmt: skip


MODES: Final = {
    "joint_police": "警企大巡防", "staggered": "错峰巡逻", "key": "重点联勤", "radiating": "向外辐射",
    "four_colour": "四色分级", "joint_stations": "联勤工作站", "many_units": "一点多元", "township": "乡镇试点",
}  # fmt: skip
RISKS: Final = {"red": "红", "orange": "橙", "yellow": "黄", "blue": "蓝"}
_LON, _LAT = (
    Column("lon", "经度", "Longitude", "number", needed=True),
    Column("lat", "纬度", "Latitude", "number", needed=True),
)
_RADIUS = Column("radius_m", "半径（米）", "Radius (m)", "number")
_SCAN = Column("scan_code", "点位码", "Point code", "code", also=("二维码", "QR code"))
COLUMNS: Final[Mapping[Kind, tuple[Column, ...]]] = {
    "organisations": _named(
        Column("kind", "级别", "Level", "word", {"county": "县", "town": "乡镇", "station": "派出所"}, needed=True),
        Column("parent_id", "上级编号", "Under", "code"),
        Column("code", "行政区划代码", "Division code", "code", example="370211 / 370211003 / 370211003004"),
        Column("phone", "电话", "Telephone"),
    ),
    "units": _named(
        Column("kind", "单位类型", "Kind", "word",
               {"security_company": "保安公司", "property": "物业服务企业", "self_hired": "自行招用单位"}, needed=True),
        Column("station_id", "派出所编号", "Station", "code"),
        Column("service_area", "服务区域", "Service area", "ring"),
        Column("phone", "电话", "Telephone"),
    ),
    "areas": _named(
        Column("station_id", "派出所编号", "Station", "code"),
        Column("mode", "巡逻模式", "Mode", "word", MODES),
        Column("risk", "风险等级", "Risk", "word", RISKS),
        Column("key_area", "重点区域", "Key area", "flag"),
        Column("needed", "所需人数", "Guards needed", "count"),
        Column("windows", "巡逻时段", "Windows", "windows"),
        Column("polygon", "边界", "Border", "ring", needed=True),
    ),
    "posts": _named(
        Column("area_id", "区域编号", "Area", "code", needed=True),
        Column("kind", "岗位类型", "Kind", "word", {"post": "岗位", "joint_station": "联勤工作站"}),
        _LON, _LAT, _RADIUS,
        Column("needed", "所需人数", "Guards needed", "count"),
        Column("from_min", "开始时间", "From", "minute"),
        Column("to_min", "结束时间", "To", "minute"),
        Column("unit_ids", "值守单位", "Units", "names"),
        _SCAN,
    ),
    "checkpoints": _named(
        Column("area_id", "区域编号", "Area", "code", needed=True), _LON, _LAT, _RADIUS, _SCAN, Column("nfc_id", "NFC编号", "NFC id", "code"),
    ),
    "teams": _named(
        Column("unit_id", "单位编号", "Unit", "code", needed=True),
        Column("kind", "班组类型", "Kind", "word", {"patrol": "巡逻班组", "reserve": "应急队伍"}),
        Column("strength", "编制人数", "Strength", "count"),
        Column("lead_guard_id", "班组长编号", "Leader", "code"),
    ),
    "guards": (
        Column("id", "编号", "Id", "code", needed=True),
        Column("name", "姓名", "Name", needed=True),
        Column("unit_id", "单位编号", "Unit", "code", needed=True),
        Column("team_id", "班组编号", "Team", "code"),
        Column("cert_no", "保安员证号", "Certificate no.", "code"),
        Column("cert_valid_until", "证件有效期", "Certificate valid until", "day"),
        Column("notice_signed", "已签告知书", "Notice signed", "flag"),
        Column("default_area_id", "区域编号", "Area", "code"),
        Column("left_on", "离职日期", "Left on", "day"),
        Column("phone", "电话", "Telephone"),
        Column("call_sign", "电台呼号", "Radio call sign", also=("呼号", "Call sign")),
    ),
}  # fmt: skip
