"""The columns of who-and-where sheets: their Chinese and English headings, and how a cell is written and read."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time
from typing import Any, Final, Literal

import msgspec

from lianqin.errors import RecordError
from patrol.entries import Kind

Form = Literal["text", "number", "count", "minute", "day", "flag", "ring", "names", "windows", "word"]
Cell = str | float | int | bool | date | datetime | time | None


class Column(msgspec.Struct, frozen=True):
    """`words`: what a coded value is called in Chinese; both are read."""

    field: str
    zh: str
    en: str
    form: Form = "text"
    words: Mapping[str, str] = {}
    needed: bool = False

    @property
    def both(self) -> str:
        """For messages, which are read in either language."""
        return f"{self.zh} {self.en}"

    def label(self, *, chinese: bool) -> str:
        return self.zh if chinese else self.en


def _named(*more: Column) -> tuple[Column, ...]:
    return (Column("id", "编号", "Id", needed=True), Column("name", "名称", "Name", needed=True),
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
_SCAN = Column("scan_code", "二维码", "QR code")
COLUMNS: Final[Mapping[Kind, tuple[Column, ...]]] = {
    "organisations": _named(
        Column("kind", "级别", "Level", "word", {"county": "县", "town": "乡镇", "station": "派出所"}, needed=True),
        Column("parent_id", "上级编号", "Under"),
        Column("code", "行政区划代码", "Division code"),
    ),
    "units": _named(
        Column("kind", "单位类型", "Kind", "word",
               {"security_company": "保安公司", "property": "物业服务企业", "self_hired": "自行招用单位"}, needed=True),
        Column("station_id", "派出所编号", "Station"),
        Column("service_area", "服务区域", "Service area", "ring"),
    ),
    "areas": _named(
        Column("station_id", "派出所编号", "Station"),
        Column("mode", "巡逻模式", "Mode", "word", MODES),
        Column("risk", "风险等级", "Risk", "word", RISKS),
        Column("key_area", "重点区域", "Key area", "flag"),
        Column("needed", "所需人数", "Guards needed", "count"),
        Column("windows", "巡逻时段", "Windows", "windows"),
        Column("polygon", "边界", "Border", "ring", needed=True),
    ),
    "posts": _named(
        Column("area_id", "区域编号", "Area", needed=True),
        Column("kind", "岗位类型", "Kind", "word", {"post": "岗位", "joint_station": "联勤工作站"}),
        _LON, _LAT, _RADIUS,
        Column("needed", "所需人数", "Guards needed", "count"),
        Column("from_min", "开始时间", "From", "minute"),
        Column("to_min", "结束时间", "To", "minute"),
        Column("unit_ids", "值守单位", "Units", "names"),
        _SCAN,
    ),
    "checkpoints": _named(
        Column("area_id", "区域编号", "Area", needed=True), _LON, _LAT, _RADIUS, _SCAN, Column("nfc_id", "NFC编号", "NFC id"),
    ),
    "teams": _named(
        Column("unit_id", "单位编号", "Unit", needed=True),
        Column("kind", "班组类型", "Kind", "word", {"patrol": "巡逻班组", "reserve": "应急队伍"}),
        Column("strength", "编制人数", "Strength", "count"),
        Column("lead_guard_id", "班组长编号", "Leader"),
    ),
    "guards": (
        Column("id", "编号", "Id", needed=True),
        Column("name", "姓名", "Name", needed=True),
        Column("unit_id", "单位编号", "Unit", needed=True),
        Column("team_id", "班组编号", "Team"),
        Column("cert_no", "保安员证号", "Certificate no."),
        Column("cert_valid_until", "证件有效期", "Certificate valid until", "day"),
        Column("notice_signed", "已签告知书", "Notice signed", "flag"),
        Column("default_area_id", "区域编号", "Area"),
        Column("left_on", "离职日期", "Left on", "day"),
    ),
}  # fmt: skip
_YES, _NO = {"是", "有", "已签", "yes", "true", "y", "1", "√"}, {"否", "无", "未签", "no", "false", "n", "0", "×", "-"}
_APART = re.compile(r"[;；、\n]+")


def heading(text: object) -> str:
    """A heading without spaces, stars, brackets' contents and width, for comparison."""
    plain = unicodedata.normalize("NFKC", str(text if text is not None else "")).lower()
    return re.sub(r"\(.*?\)|[\s*:]", "", plain)


def column_of(columns: Sequence[Column], text: object) -> Column | None:
    """The column whose heading it is, in either language."""
    wanted = heading(text)
    if not wanted:
        return None
    return next((one for one in columns if wanted in {heading(one.zh), heading(one.en), one.field}), None)


def read_cell(column: Column, cell: Cell) -> Any:
    """A cell's value for an entry; None: empty. Raises RecordError `sheet.<form>`."""
    if cell is None or (isinstance(cell, str) and not cell.strip()):
        return None
    return _READ[column.form](column, cell)


def _text(_: Column, cell: Cell) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))  # a number typed where an id belongs
    text = str(cell).strip()
    return text[1:] if len(text) > 1 and text[0] == "'" and text[1] in "=+-@" else text


def _number(_: Column, cell: Cell) -> float:
    try:
        return float(cell if isinstance(cell, int | float) else str(cell).strip())
    except ValueError as error:
        raise RecordError("sheet.number", f"`{cell}` is no number", text=str(cell)) from error


def _count(column: Column, cell: Cell) -> int:
    value = _number(column, cell)
    if not value.is_integer():
        raise RecordError("sheet.number", f"`{cell}` is no whole number", text=str(cell))
    return int(value)


def _minute(_: Column, cell: Cell) -> int:
    if isinstance(cell, datetime | time):
        return cell.hour * 60 + cell.minute
    if isinstance(cell, float | int) and 0 <= cell < 1:
        return round(cell * 1440)  # Excel's share of a day
    found = re.fullmatch(r"(\d{1,2})[:：](\d{2})(:00)?", str(cell).strip())
    if found is None or int(found[1]) > 24 or int(found[2]) > 59 or (int(found[1]) == 24 and int(found[2])):
        raise RecordError("sheet.minute", f"`{cell}` is no time of day such as 07:30", text=str(cell))
    return int(found[1]) * 60 + int(found[2])


def _day(_: Column, cell: Cell) -> str:
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    text = re.sub(r"[./年月]", "-", str(cell).strip().removesuffix(".0")).rstrip("日").split(" ")[0]
    if re.fullmatch(r"\d{8}", text):
        text = f"{text[:4]}-{text[4:6]}-{text[6:]}"
    try:
        year, month, day = (int(part) for part in text.split("-"))
        return date(year, month, day).isoformat()
    except ValueError as error:
        raise RecordError("sheet.day", f"`{cell}` is no day such as 2029-12-31", text=str(cell)) from error


def _flag(_: Column, cell: Cell) -> bool:
    if isinstance(cell, bool):
        return cell
    text = _text(_, cell).lower()
    if text not in _YES | _NO:
        raise RecordError("sheet.flag", f"`{cell}` is neither yes nor no", text=str(cell))
    return text in _YES


def _word(column: Column, cell: Cell) -> str:
    text = _text(column, cell)
    for value, said in column.words.items():
        if text.lower() == value or text in {said, said.removesuffix("色")} or text.removesuffix("色") == said:
            return value
    raise RecordError("sheet.word", f"`{text}` is none of {', '.join(column.words)}", text=text,
                      words=", ".join(f"{said} {value}" for value, said in column.words.items()))  # fmt: skip


def _ring(_: Column, cell: Cell) -> list[list[float]]:
    text = str(cell).strip()
    try:
        pairs = [part for part in re.split(r"[;；\n]+", text) if part.strip()]
        points = [[float(number) for number in re.split(r"[,，\s]+", pair.strip())] for pair in pairs]
    except ValueError as error:
        raise RecordError("sheet.ring", "a border is written 119.2,34.0; 119.21,34.0; ...", text=text[:60]) from error
    if any(len(point) != 2 for point in points):
        raise RecordError("sheet.ring", "a border is written 119.2,34.0; 119.21,34.0; ...", text=text[:60])
    return points


def _names(column: Column, cell: Cell) -> list[str]:
    return [
        part.strip() for part in _APART.split(_text(column, cell).replace(",", ";").replace("，", ";")) if part.strip()
    ]


def _windows(column: Column, cell: Cell) -> list[list[int]]:
    found = []
    for part in _APART.split(str(cell).replace(",", ";").replace("，", ";")):
        if not part.strip():
            continue
        ends = re.split(r"\s*[-–—~～至]\s*", part.strip())
        if len(ends) != 2:
            raise RecordError("sheet.windows", f"`{part}` is no window such as 07:30-09:00", text=part.strip())
        found.append([_minute(column, ends[0]), _minute(column, ends[1])])
    return found


_READ: Final = {"text": _text, "number": _number, "count": _count, "minute": _minute, "day": _day, "flag": _flag,
                "ring": _ring, "names": _names, "windows": _windows, "word": _word}  # fmt: skip


def clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def write_cell(column: Column, value: Any, *, chinese: bool) -> str | float:
    """What `read_cell` reads back."""
    if value is None:
        return ""
    if column.form == "word":
        return column.words[value] if chinese else str(value)
    if column.form == "flag":
        return _FLAGS[chinese][bool(value)]
    return _WRITE.get(column.form, str)(value)


_FLAGS: Final = (("no", "yes"), ("否", "是"))
_WRITE: Final[dict[Form, Callable[[Any], str | float]]] = {
    "minute": clock,
    "ring": lambda ring: "; ".join(f"{lon!r},{lat!r}" for lon, lat in ring),
    "names": "; ".join,
    "windows": lambda windows: "; ".join(f"{clock(begins)}-{clock(ends)}" for begins, ends in windows),
    "number": float,
    "count": float,
}
