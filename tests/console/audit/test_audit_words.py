"""The auditor reads words: every action and kind of thing that the code registers has its words in both languages."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
SOURCES = [
    path
    for room in ("console", "patrol", "lianqin")
    for path in (ROOT / room).rglob("*.py")
    if "node_modules" not in path.parts
]
# Where a call names the action and the kind of thing: (function, place of the action, place of the kind).
CALLS = (
    ("audit.write", 2, 3),
    ("looks.register", 1, 2),
    ("console.looks.register", 1, 2),
    ("_told", 2, -1),
    ("_tell", 2, -1),
)
PREFIX = {"dispatches.py": "dispatch", "calls.py": "point_call"}
"""Of files whose `_told` writes `<prefix>.<action>`."""


def literals(node: ast.expr) -> set[str]:
    """The strings that this may be, at most a choice between two."""
    if isinstance(node, ast.IfExp):
        return literals(node.body) | literals(node.orelse)
    return {node.value} if isinstance(node, ast.Constant) and isinstance(node.value, str) else set()


def registered() -> tuple[set[str], set[str]]:
    """Actions and kinds of things, as the sources write them."""
    actions, kinds = set[str](), set[str]()
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text())):
            for name, action, kind in CALLS:
                if not isinstance(node, ast.Call) or ast.unparse(node.func) != name or len(node.args) <= action:
                    continue
                found = literals(node.args[action])
                prefix = (
                    PREFIX.get(path.name)
                    if name == "_told"
                    else "sos"
                    if name == "_tell" and path.parent.name == "sos"
                    else None
                )
                actions |= {f"{prefix}.{one}" for one in found} if prefix else {one for one in found if "." in one}
                kinds |= literals(node.args[kind]) if kind > 0 and len(node.args) > kind else set()
    return actions, kinds


def details() -> set[str]:
    """The keys of what is registered beside an action, where a source writes them out."""
    found = set[str]()
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call):
                continue
            told = [one.value for one in node.keywords if one.arg == "detail"]
            told += node.args[3:4] if ast.unparse(node.func) == "ExportEntry" else []
            for one in told:
                if isinstance(one, ast.Dict):
                    found |= {key.value for key in one.keys if isinstance(key, ast.Constant)}
    return found


def spoken(language: str) -> dict[str, object]:
    found: dict[str, object] = {}
    for path in (ROOT / "console/web/src/locales" / language).glob("*.json"):
        found |= json.loads(path.read_text())
    return found


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_each_action_and_each_thing_of_the_register_has_its_words(language: str) -> None:
    words = spoken(language)
    actions, kinds = registered()
    assert {"trail.look", "dispatch.review", "point_call.review", "phone.bind", "live.look", "sos.take"} <= actions
    assert {"guard", "alert", "dispatch", "shift"} <= kinds
    told, named = words["action"], words["object"]
    assert isinstance(told, dict)
    assert isinstance(named, dict)
    assert sorted(one for one in actions if one.split(".")[1] not in told.get(one.split(".")[0], {})) == []
    assert sorted(kinds - set(named)) == []


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_each_detail_of_the_register_has_its_word(language: str) -> None:
    words = spoken(language)
    field, more = words["field"], words["audit_field"]
    assert isinstance(field, dict)
    assert isinstance(more, dict)
    assert {"sha256", "until", "how"} <= details()
    assert sorted(details() - set(field) - set(more)) == []
    assert sorted(set(field) & set(more)) == []
