"""What a person reads when a form is wrong: his own language alone, every field by its name, and nothing of the library that checked it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, get_args

import msgspec
import pytest
from fastapi.routing import APIRoute
from pydantic import BaseModel

from console.accounts.accounts import AccountForm
from console.app import ROUTERS
from console.cameras import calendars
from console.cameras.addresses import CameraLogin
from console.http.fields import FIELDS, called, said
from console.http.messages import MESSAGES
from lianqin.errors import RecordError
from lianqin.records import Camera, Schedule, Zone, build, fault_of
from patrol.county.entries import ENTRIES
from patrol.duty.templates import Pattern
from tests.console.test_words_used import spoken

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
CHINESE = re.compile(r"[\u4e00-\u9fff]")
LETTERS = re.compile(r"[A-Za-z_]{3,}")
LIBRARY = re.compile(
    r"Input should|Value error|Field required|ValidationError|Expected `|type=|pydantic|msgspec|Traceback|\$\.", re.I
)


def routes() -> list[APIRoute]:
    return [route for _, router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]


def names_in(annotation: Any, seen: set[Any]) -> Iterator[str]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel) and annotation not in seen:
        seen.add(annotation)
        for name, field in annotation.model_fields.items():
            yield field.alias or name
            yield from names_in(field.annotation, seen)
    for part in get_args(annotation):
        yield from names_in(part, seen)


RECORDS: tuple[type[msgspec.Struct], ...] = (
    Camera, Zone, Schedule, CameraLogin, AccountForm, calendars.CalendarForm, Pattern, *ENTRIES.values(),
)  # fmt: skip
"""What bodies are read as that no form of pydantic's reads."""


def asked_for() -> set[str]:
    found = {field.encode_name for kind in RECORDS for field in msgspec.structs.fields(kind)}
    for route in routes():
        told = route.dependant
        found |= {one.alias for one in (*told.query_params, *told.path_params)}
        for one in told.body_params:
            found |= set(names_in(one.field_info.annotation, set()))
    return found


def test_every_field_of_every_form_and_address_has_its_name_in_both_languages() -> None:
    names = asked_for()
    assert len(names) > 120, "the walk over the routes finds them"
    assert names - set(FIELDS) == set()
    assert set(FIELDS) - names == set(), "no name of a field that is gone"
    for name, words in FIELDS.items():
        assert CHINESE.search(words.zh), name
        assert not LETTERS.search(words.zh), name
        assert not CHINESE.search(words.en), name


@pytest.mark.parametrize(
    ("where", "zh", "en"),
    [
        (("body", "reason"), "原因", "reason"), (("query", "limit"), "条数", "number of rows"), (("body",), "内容", "the content"),
        (("body", "hours", 0, "from_minute"), "时段的第 1 项的开始时刻", "hours, no. 1, begin of the day"),
        (("body", "nonsense"), "“nonsense”", "“nonsense”"), (("body", "points", "list[tuple[float]]", 2), "顶点的第 3 项", "corners, no. 3"),
    ],
)  # fmt: skip
def test_a_field_is_called_by_its_place(where: tuple[Any, ...], zh: str, en: str) -> None:
    assert (called(where, "zh-CN"), called(where, "en")) == (zh, en)


NEW: dict[str, Any] = {"id": "C9", "code": "99010100001320000009", "name": "n", "url": "rtsp://10.0.0.9/x"}
ZONE: dict[str, Any] = {"name": "n", "situation": "intrusion", "points": [[0, 0], [1, 0], [1, 1]]}
SQUARE = [[119.2, 34.0], [119.21, 34.0], [119.21, 34.01], [119.2, 34.01]]
BAD: tuple[tuple[str, str, str, Any], ...] = (
    ("operator", "POST", "/api/alerts/al-1/false", {}),
    ("operator", "POST", "/api/alerts/al-1/false", {"reason": 3}),
    ("operator", "POST", "/api/alerts/al-1/false", {"reason": "x" * 9000}),
    ("operator", "POST", "/api/alerts/al-1/false", []),
    ("operator", "POST", "/api/attention/mute", {"minutes": "soon"}),
    ("operator", "POST", "/api/attention/mute", {"minutes": -1}),
    ("operator", "POST", "/api/attention/mute", {"minutes": 1.5}),
    ("operator", "POST", "/api/attention/seat", {"sits": "perhaps"}),
    ("operator", "POST", "/api/attention/seat", None),
    ("operator", "POST", "/api/rings", {"rings": [{"id": 1, "why": "because", "means": "drum", "hidden": 7}]}),
    ("operator", "GET", "/api/alerts?limit=many", None),
    ("leader", "GET", "/api/alarms?from_at=today&to_at=1e400", None),
    (
        "leader",
        "POST",
        "/api/alarms/spared",
        {"camera_id": "C01", "hours": [{"from_minute": -1, "to_minute": "late", "days": [9]}]},
    ),
    ("leader", "POST", "/api/alarms/spared", {"camera_id": "C01", "least_height": 7, "points": [[1], "x"]}),
    ("officer", "POST", "/api/trails", {"guard_id": "G1", "from_at": "a", "to_at": None, "purpose": "curiosity"}),
    ("leader", "POST", "/api/point-calls", {"guard_id": ["G1"], "reason": ""}),
    ("company", "POST", "/api/roster", {"guard_id": None}),
    ("secadmin", "PUT", "/api/accounts/x", {"role": 5, "enabled": "maybe"}),
    ("sysadmin", "PUT", "/api/cameras/C01/masks", {"masks": "none"}),
    ("secadmin", "PUT", "/api/accounts/x", {"username": "x", "role": "superuser", "name": "n"}),
    ("secadmin", "POST", "/api/accounts", {"username": "x", "role": "guard"}),
    ("secadmin", "POST", "/api/accounts", {"username": ["x"], "role": "guard", "name": "n", "disabled": "perhaps"}),
    ("sysadmin", "POST", "/api/cameras", NEW | {"priority": 9}),
    ("sysadmin", "POST", "/api/cameras", NEW | {"transport": "smoke"}),
    ("sysadmin", "POST", "/api/cameras", NEW | {"lat": "north"}),
    ("sysadmin", "POST", "/api/cameras", NEW | {"zones": [ZONE]}),
    ("sysadmin", "POST", "/api/cameras", NEW | {"zones": "all"}),
    ("sysadmin", "POST", "/api/cameras", NEW | {"user": 5}),
    ("sysadmin", "PUT", "/api/cameras/C01", {"name": "n"}),
    ("sysadmin", "PUT", "/api/cameras/C01/zones/C01-z1", ZONE | {"situation": "petition"}),
    ("sysadmin", "PUT", "/api/cameras/C01/zones/C01-z1", ZONE | {"points": "square"}),
    ("sysadmin", "PUT", "/api/cameras/C01/zones/C01-z1", ZONE | {"instruction": "x" * 4000}),
    ("sysadmin", "PUT", "/api/cameras/C01/zones/C01-z1", ZONE | {"schedules": [{"from_minute": -1, "to_minute": 3}]}),
    ("sysadmin", "POST", "/api/cameras/C01/zones/C01-z1/trial", ZONE | {"seconds": -1}),
    (
        "sysadmin",
        "POST",
        "/api/cameras/import",
        {"cameras": [NEW | {"id": "a", "priority": 9}, NEW | {"id": "b", "lat": "x"}]},
    ),
    ("sysadmin", "POST", "/api/cameras/import", []),
    ("sysadmin", "POST", "/api/calendars", {"name": "x", "dates": "today"}),
    ("sysadmin", "POST", "/api/calendars", {"name": "x", "dates": [3]}),
    ("company", "POST", "/api/patterns", {"name": "", "begins_min": 0, "ends_min": 60}),
    ("company", "POST", "/api/patterns", {"name": "x", "begins_min": 1440, "ends_min": 60}),
    ("sysadmin", "PUT", "/api/ground/areas/A9", {"name": "x", "polygon": [[119.2, 34.0]]}),
    ("sysadmin", "PUT", "/api/ground/areas/A9", {"name": "x", "polygon": SQUARE, "windows": [[1, 2, 3]]}),
    ("sysadmin", "PUT", "/api/ground/guards/G9", {"name": "x", "unit_id": "U1", "phone": "call me"}),
    (
        "sysadmin",
        "PUT",
        "/api/ground/posts/P9",
        {"name": "x", "area_id": "A1", "lon": 119.2, "lat": 34.0, "radius_m": 0},
    ),
    ("sysadmin", "PUT", "/api/ground/units/U9", {"name": "x", "kind": "gang"}),
    ("sysadmin", "PUT", "/api/ground/units/U9", {"name": "x", "kind": "property", "colour": "red"}),
)


@on_sqlite
@pytest.mark.parametrize(("role", "method", "path", "body"), BAD)
def test_bad_input_is_answered_in_one_language_and_in_no_librarys_words(
    room: Any, role: str, method: str, path: str, body: Any
) -> None:
    for language, chinese in (("zh-CN", True), ("en", False)):
        mark = "&" if "?" in path else "?"
        answer = room.role(role).ask(method, f"{path}{mark}lang={language}", body)
        told = answer.json()
        assert answer.status_code in {404, 405, 409, 422}, answer.text
        for text in (told["detail"], told["title"], *(one["why"] for one in told["values"].get("fields", []))):
            assert not LIBRARY.search(text), text
            assert bool(CHINESE.search(text)) is chinese, text
            if chinese:
                assert not LETTERS.search(re.sub(r"“[^”]*”", "", text)), text


@on_sqlite
@pytest.mark.parametrize("body", [b"{nonsense", b"\xff\xfe{}", '{"username": "\u00e9"}'.encode("latin-1")])
def test_a_body_that_is_no_json_or_no_text_is_answered_in_words(room: Any, body: bytes) -> None:
    answer = room.client.post("/api/login?lang=zh-CN", content=body, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["key"], answer.json()["title"]) == (422, "form.invalid", "内容有误")
    assert answer.json()["detail"].startswith("以下字段有误：")
    assert not LETTERS.search(answer.json()["detail"].replace("JSON", ""))


AT_CAMERA: dict[str, Any] = {"id": "C", "code": "1", "name": "n", "url": "u"}


@pytest.mark.parametrize(
    ("kind", "raw", "zh", "en"),
    [
        (Camera, {}, "编号（缺少此项）", "id (is missing)"),
        (Camera, [], "内容（应为一组字段）", "the content (must be a set of fields)"),
        (Camera, AT_CAMERA | {"lat": 134}, "纬度（不能大于 90）", "latitude (must be at most 90)"),
        (Camera, AT_CAMERA | {"lat": "x"}, "纬度（应为数字）", "latitude (must be a number)"),
        (Camera, AT_CAMERA | {"priority": 0}, "优先级（不能小于 1）", "priority (must be at least 1)"),
        (Camera, AT_CAMERA | {"priority": 2.5}, "优先级（应为整数）", "priority (must be a whole number)"),
        (Camera, AT_CAMERA | {"transport": "is 'x' - at `$.lat`"}, "传输方式（不在可选范围内）", "transport (is none of the choices)"),
        (Camera, AT_CAMERA | {"enabled": "maybe"}, "是否启用（应为是或否）", "being enabled (must be true or false)"),
        (Camera, AT_CAMERA | {"name": None}, "名称（应为文字）", "name (must be text)"),
        (Camera, AT_CAMERA | {"masks": [[[1]]]}, "遮挡的第 1 项的第 1 项（应为 2 项）", "masks, no. 1, no. 1 (must have 2 entries)"),
        (Camera, AT_CAMERA | {"masks": 3}, "遮挡（应为列表）", "masks (must be a list)"),
        (Zone, ZONE | {"id": "z", "schedules": [{"from_minute": 1}]}, "布防时段的第 1 项的结束时刻（缺少此项）", "schedules, no. 1, end of the day (is missing)"),
        (Zone, ZONE | {"id": "z", "instruction": "x" * 401}, "处置要求（最多 400 个字）", "instruction (takes at most 400 characters)"),
        (Zone, ZONE | {"id": "z", "least_height": 1.5}, "最小高度（不能大于 1）", "least height (must be at most 1)"),
        (ENTRIES["areas"], {"id": "A", "name": "", "polygon": SQUARE}, "名称（至少 1 个字）", "name (needs at least 1 characters)"),
        (ENTRIES["areas"], {"id": "A", "name": "n", "polygon": SQUARE[:2]}, "边界（至少 3 项）", "border (needs at least 3 entries)"),
        (ENTRIES["areas"], {"id": "A", "name": "n", "polygon": SQUARE, "colour": 1}, "“colour”（没有此项，请检查拼写）", "“colour” (is not known here; check its spelling)"),
        (ENTRIES["guards"], {"id": "A", "name": "n", "unit_id": "U", "phone": "abc"}, "电话（写法不对）", "telephone (is not written as expected)"),
        (ENTRIES["checkpoints"], {"id": "A", "name": "n", "area_id": "A", "lon": 1, "lat": 1, "radius_m": 0}, "半径（应大于 0）", "radius (must be above 0)"),
    ],
)  # fmt: skip
def test_a_record_that_is_refused_names_the_field_and_what_is_wrong_in_the_readers_words(
    kind: Any, raw: Any, zh: str, en: str
) -> None:
    with pytest.raises(RecordError) as refused:
        build(kind, raw)
    error = refused.value
    assert said(error.key, error.values, "zh-CN") == f"以下字段有误：{zh}。"
    assert said(error.key, error.values, "en") == f"These fields are wrong: {en}."
    assert error.detail not in str(error.values), "the library's own words stand in the log alone"


@pytest.mark.parametrize(
    ("told", "zh"),
    [
        ("Out of cheese - at `$.lat`", "纬度（格式不对）"), ("nested too deep", "内容（格式不对）"), ("", "内容（格式不对）"),
        ("Expected `str` - at `key` in `$.names`", "“names”（格式不对）"), ("Expected `int | str | array`, got `null` - at `$.zones[3]`", "防区的第 4 项（格式不对）"),
        ("Input data was truncated", "内容（不是有效的 JSON）"),
    ],
)  # fmt: skip
def test_what_the_library_may_tell_one_day_is_not_shown_raw(told: str, zh: str) -> None:
    assert said("record.invalid", {"wrong": fault_of(told)}, "zh-CN") == f"以下字段有误：{zh}。"


def test_a_record_that_is_refused_without_a_place_is_said_all_the_same() -> None:
    assert said("record.invalid", {"why": "an area is an object"}, "zh-CN") == "以下字段有误：内容（格式不对）。"


SHELL: dict[str, str] = {
    "seal.key": "said by a process that does not start, to who started it",
    "page.not_built": "said to who runs the server: there is no page yet",
    "restore.full": "said by the command that restores",
    "migrations.rights": "said by a process that does not start",
}
COMMAND = re.compile(
    r"python3? -m|\b(?:npm|npx|pip|apt(?:-get)?|systemctl|docker|sudo|git|curl|openssl) |\$ |`[a-z][\w-]* [^`]+`|(?<![\w-])--[a-z]"
    r"|\b(?:audit|export|seal|backup) (?:verify|cut|lines|rotate|restore|now)\b|(?:运行|执行) ?`?[a-z]|命令(?!行)|\b[Rr]un `|\bshell\b"
)


@pytest.mark.parametrize("key", sorted(MESSAGES))
def test_no_message_that_a_page_shows_holds_a_command_for_a_shell(key: str) -> None:
    told = MESSAGES[key]
    assert bool(COMMAND.search(told.zh) or COMMAND.search(told.en)) is (key in SHELL)


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_no_text_of_the_page_holds_a_command_for_a_shell(language: str) -> None:
    texts = spoken(language)
    assert len(texts) > 1000
    assert {key: text for key, text in texts.items() if COMMAND.search(text)} == {}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("用 audit verify 命令核对", True), ("`audit verify` compares it", True), ("types it into audit verify --seal", True), ("请运行 audit verify。", True),
        ("请系统管理员核对登记。", False), ("审计员取走封印值", False), ("Ask the system administrator to verify the register.", False),
        ("values run from 0 to 1", False), ("export the list", False), ("`seconds` is missing", False),
    ],
)  # fmt: skip
def test_the_look_finds_commands(text: str, found: bool) -> None:
    assert bool(COMMAND.search(text)) is found
