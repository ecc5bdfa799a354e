"""One noun, one thing: no two classes of the packages bear the same name."""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("lianqin", "detect", "ingest", "patrol", "console", "demo", "bench")
LEFT_OUT = {"node_modules", "migrations"}


def test_a_class_shares_its_name_with_no_other() -> None:
    named: dict[str, list[str]] = defaultdict(list)
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            if LEFT_OUT & set(path.parts):
                continue
            for node in ast.parse(path.read_text(encoding="utf-8")).body:
                if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                    named[node.name].append(str(path.relative_to(ROOT)))
    assert len(named) > 700
    assert {name: paths for name, paths in named.items() if len(paths) > 1} == {}
