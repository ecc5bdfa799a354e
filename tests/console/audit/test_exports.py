"""Files that leave the house: each registered with its hash, for people to read, the same in XLSX and CSV."""

from __future__ import annotations

import ast
import csv
import hashlib
import io
import json
import re
from pathlib import Path
from typing import Any

import pytest

from console.access.permissions import PERMISSIONS, every_route, permission_of
from console.app import ROUTERS
from console.audit.exports import SheetColumn, cells_of, detail_text, span
from console.http import words
from lianqin.sheets.read import read_table
from lianqin.testing import T0, an_alert

ROOT = Path(__file__).resolve().parents[3]
FORMS = ("csv", "xlsx")
ASKED = {
    "/api/roster.{form}": f"?from_at={T0 - 86400}&to_at={T0 + 86400}",
    "/api/company/month.{form}": "?month=2026-09",
}
LISTS = sorted(
    route.path for _, router in ROUTERS for route in every_route(router.routes) if route.path.endswith(".{form}")
)


def test_a_file_is_attached_in_one_place_alone_and_that_place_registers_it() -> None:
    """Who adds a route that answers a file has to come through `exports`, whose two ways out are known."""
    found = [
        file
        for file in (ROOT / "console").rglob("*.py")
        if "web" not in file.parts and "Content-Disposition" in file.read_text(encoding="utf-8")
    ]
    assert [file.name for file in found] == ["exports.py"]
    tree = ast.parse(found[0].read_text(encoding="utf-8"))
    callers = {
        one.name
        for one in ast.walk(tree)
        if isinstance(one, ast.FunctionDef) and "_attached(" in ast.unparse(one) and one.name != "_attached"
    }
    assert callers == {"file_response", "template_response"}


def test_every_route_that_answers_a_file_registers_who_took_it_with_its_hash(room: Any, alert: Any) -> None:
    """All addresses that need no id: which of them give a file is seen by asking."""
    taken = set()
    for _, router in ROUTERS:
        for route in every_route(router.routes):
            permission, path = permission_of(route), route.path.replace("{kind}", "guards")
            bare = path.replace(".{form}", ".csv")
            if (
                "GET" not in (route.methods or ())
                or permission not in PERMISSIONS
                or "{" in bare
                or bare == "/api/push"
            ):
                continue
            role = sorted(PERMISSIONS[permission])[0]
            for form in FORMS:
                before = len(room.audit())
                answer = room.role(role).get(path.replace("{form}", form) + ASKED.get(route.path, ""))
                if "content-disposition" not in answer.headers:
                    break
                [row] = room.audit()[before:]
                assert (row.actor_id, row.role) == (f"a-{role}", role)
                assert row.detail["sha256"] == hashlib.sha256(answer.content).hexdigest()
                assert row.detail["rows"] >= 0
                taken.add(route.path)
    assert set(LISTS) <= taken
    assert taken - set(LISTS) == {
        "/api/cameras/sheet", "/api/ground/{kind}/export", "/api/grids.geojson", "/api/audit/head", "/api/hand-over-sheet",
    }  # fmt: skip
    assert len(LISTS) == 12


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("tongue", ["zh-CN", "en"])
def test_a_list_says_the_same_in_both_forms_and_in_the_readers_language(
    room: Any, alert: Any, path: str, tongue: str
) -> None:
    permission = next(
        permission_of(route) for _, router in ROUTERS for route in every_route(router.routes) if route.path == path
    )
    visitor = room.role(sorted(PERMISSIONS[permission])[0])
    asked = ASKED.get(path, "?") + f"&lang={tongue}"
    text = visitor.get(path.format(form="csv") + asked).content
    assert text.startswith(b"\xef\xbb\xbf")
    lines = list(csv.reader(io.StringIO(text.decode("utf-8-sig"))))
    cells = read_table(visitor.get(path.format(form="xlsx") + asked).content)
    as_text = [
        [
            "" if cell is None else f"{cell:g}" if isinstance(cell, float) and cell.is_integer() else str(cell)
            for cell in row
        ]
        for row in cells
    ]
    same = [line for line in lines if "export" not in line[6:7]] if "audit" in path else lines
    assert as_text[0] == same[0]
    if "audit" not in path:  # the register grows by the very look
        assert [row + [""] * (len(lines[0]) - len(row)) for row in as_text] == lines
    assert all(bool(re.search(r"[\u4e00-\u9fff]", head)) is (tongue == "zh-CN") for head in lines[0])
    assert len(set(lines[0])) == len(lines[0])
    assert not re.search(r"\b(True|False|None)\b", text.decode())


def test_an_alert_is_written_for_a_person(room: Any) -> None:
    room.take(an_alert(score=0.6243000000000001))
    answer = room.role("leader").get("/api/alerts.csv?lang=zh-CN&state=open")
    [line] = csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert (line["状态"], line["情形"], line["置信度"]) == ("未处置", "入侵", "0.6243")
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", line["拍摄时间"])
    assert line["摄像头"] not in {"", line["摄像头编号"]}
    assert [row.detail["state"] for row in room.audit("alert.export")] == ["open"]


@pytest.mark.parametrize(("form", "value", "zh", "en"), [
    ("moment", 0.0, "1970-01-01 08:00:00", "1970-01-01 08:00:00"), ("number", 0.1 + 0.2, 0.3, 0.3), ("percent", 14 / 15, 93.3, 93.3),
    ("yes", True, "是", "Yes"), ("yes", False, "否", "No"), ("text", None, "", ""), ("text", True, "是", "Yes"), ("word", "false", "误报", "False"),
    ("word", "unheard", "unheard", "unheard"),
])  # fmt: skip
def test_a_value_is_written_by_its_form(form: Any, value: object, zh: object, en: object) -> None:
    heads = (SheetColumn("甲", "A", lambda row: row, form, "alert_state"),)
    assert [cells_of(heads, [value], tongue)[1][0] for tongue in ("zh-CN", "en")] == [zh, en]


def test_rows_that_were_cut_are_said_to_be_cut() -> None:
    heads = (SheetColumn("甲", "A", lambda row: row),)
    assert len(cells_of(heads, ["a", "b"], "en", most=3)) == 3
    assert cells_of(heads, ["a", "b"], "en", most=2)[-1] == ["The first 2 rows only; narrow the filter"]


def test_the_registers_detail_is_written_for_a_person() -> None:
    assert (
        detail_text({"from_at": 0.0, "rows": 3, "ok": True, "n": 0.1 + 0.2}, "zh-CN")
        == "从: 1970-01-01 08:00:00; 行数: 3; ok: 是; n: 0.3"
    )


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0:00"), (0.9, "0:00"), (59.9, "0:59"), (60, "1:00"), (750, "12:30"), (3723, "1:02:03"), (-0.4, "0:00"), (-61, "-1:01")],
)  # fmt: skip
def test_a_length_of_time_is_written_in_minutes(seconds: float, said: str) -> None:
    assert span(seconds) == said
    assert detail_text({"waited_s": seconds}, "zh-CN") == f"等待: {said}"


@pytest.mark.parametrize(("detail", "said"), [
    ({"verdict": "contradicted"}, "结论: 待复核"), ({"verdict": "unknown"}, "结论: 无法判定"), ({"result": "upheld"}, "结果: 已确认"),
    ({"result": "dismissed"}, "结果: 已撤销"), ({"result": "in_order"}, "结果: 正常"), ({"result": "unheard"}, "结果: unheard"),
])  # fmt: skip
def test_the_registers_detail_says_verdicts_and_reviews_in_the_pages_words(detail: dict[str, str], said: str) -> None:
    assert detail_text(detail, "zh-CN") == said


@pytest.mark.parametrize(
    ("seat", "zh", "en"), [("second", "副班", "2nd seat"), ("leader", "值班长", "leader"), ("third", "third", "third")]
)  # fmt: skip
def test_to_whom_an_alert_was_escalated_is_said_in_both_languages(seat: str, zh: str, en: str) -> None:
    assert detail_text({"seat": seat}, "zh-CN") == f"升级到: {zh}"
    assert detail_text({"seat": seat}, "en") == f"Escalated to: {en}"


def test_the_words_of_files_are_those_of_the_page() -> None:
    """When this fails: `python -m console.http.words`."""
    assert json.loads(words.FILE.read_text(encoding="utf-8")) == words.of_the_page()
