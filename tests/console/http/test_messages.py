"""Every error has its sentence in Chinese and English, and the reader gets his own language."""

from __future__ import annotations

import ast
import re
import string
from pathlib import Path
from typing import Any

import pytest

import lianqin.errors
from console.http.messages import MESSAGES, TITLES, detail_of

ROOT = Path(__file__).resolve().parents[3]
ROOMS = ("lianqin", "patrol", "console")
KINDS = set(lianqin.errors.__all__)
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def raised_keys() -> dict[str, str]:
    """Key -> file of every error of ours that is built with a constant key, and those that docstrings name."""
    found: dict[str, str] = {}
    for room in ROOMS:
        for file in sorted((ROOT / room).rglob("*.py")):
            if "web" in file.parts:
                continue
            tree = ast.parse(file.read_text(encoding="utf-8"))
            for node in ast.walk(tree):
                if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                    name = getattr(node.func, "id", getattr(node.func, "attr", ""))
                    if name in KINDS and isinstance(node.args[0].value, str):
                        found[node.args[0].value] = f"{room}/{file.name}"
    return found


def zone_keys() -> list[str]:
    return re.findall(r"`(zone\.[a-z_]+)`", (ROOT / "lianqin" / "zone_check.py").read_text(encoding="utf-8"))


def test_the_walk_over_the_source_finds_the_errors() -> None:
    keys = raised_keys()
    assert {"alert.judged", "database.away", "camera.code", "spool.full"} <= set(keys)
    assert len(keys) > 60
    assert len(zone_keys()) >= 10


def test_every_error_raised_in_the_source_can_be_read_in_both_languages() -> None:
    missing = {key: where for key, where in raised_keys().items() if key not in MESSAGES}
    assert missing == {}
    assert [key for key in zone_keys() if key not in MESSAGES] == []


@pytest.mark.parametrize("key", sorted(MESSAGES))
def test_a_message_is_chinese_in_chinese_english_in_english_with_the_same_places_to_fill(key: str) -> None:
    message = MESSAGES[key]
    assert CHINESE.search(message.zh)
    assert not CHINESE.search(message.en)
    places = [{name for _, name, _, _ in string.Formatter().parse(text) if name} for text in (message.zh, message.en)]
    assert places[0] == places[1]


def test_every_title_speaks_both_languages() -> None:
    for title in TITLES.values():
        assert CHINESE.search(title.zh)
        assert title.en
        assert not CHINESE.search(title.en)


def test_a_message_whose_values_are_missing_is_still_a_sentence() -> None:
    assert detail_of("zone.too_few_points", {}, "en") == "Zone `?` needs three different points or more, it has ?."
    assert detail_of("session.idle", {"minutes": "x"}, "en")


@pytest.mark.parametrize(
    ("asked", "accept", "english"),
    [
        ("", "", False), ("", "en", True), ("", "en-GB,en;q=0.9,zh;q=0.8", True), ("", "zh-CN,en;q=0.5", False),
        ("", "en;q=0.1,zh;q=0.9", False), ("", "fr", False), ("", "fr,en;q=0.2", True), ("?lang=en", "zh-CN", True),
        ("?lang=zh-CN", "en", False), ("", ";q=x,en;q=zero", False),
    ],
)  # fmt: skip
def test_a_problem_comes_in_the_readers_language(room: Any, asked: str, accept: str, english: bool) -> None:
    problem = room.client.get(f"/api/me{asked}", headers={"accept-language": accept}).json()
    assert set(problem) == {"type", "title", "status", "detail", "key", "values"}
    assert (problem["detail"] == "Log in first.") is english
    assert problem["type"] == "urn:lianqin:session.none"


@pytest.mark.parametrize(
    ("body", "fields"),
    [({}, {"username", "password"}), ({"username": "a", "password": "b", "x": 1}, {"x"}), ({"username": 3, "password": "b"}, {"username"})],
)  # fmt: skip
def test_a_form_that_is_wrong_names_its_fields_in_the_readers_language(room: Any, body: Any, fields: set[str]) -> None:
    for language, chinese in (("zh-CN", True), ("en", False)):
        answer = room.client.post(f"/api/login?lang={language}", json=body)
        problem = answer.json()
        assert (answer.status_code, problem["key"]) == (422, "form.invalid")
        assert {field["field"] for field in problem["values"]["fields"]} == fields
        assert all(bool(CHINESE.search(field["why"])) is chinese for field in problem["values"]["fields"])
        assert bool(CHINESE.search(problem["detail"])) is chinese
