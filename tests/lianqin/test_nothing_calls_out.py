"""Libraries that call their makers or keep something in the user's folder are told not to, before they begin."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from patrol.trails.store import open_duckdb

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("lianqin", "detect", "ingest", "patrol", "console", "demo", "bench", "models", "tools", "tests")
WANTED = {
    "onnxruntime": "detect/runtime.py",
    "duckdb.connect": "patrol/trails/store.py",
}


def used(file: Path) -> set[str]:
    """Modules that are imported there, and names that are taken from a module by a dot."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {one.name.split(".")[0] for one in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module.split(".")[0], *(f"{node.module}.{one.name}" for one in node.names)}
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            found.add(f"{node.value.id}.{node.attr}")
    return found


@pytest.mark.parametrize(("what", "where"), WANTED.items())
def test_what_must_be_told_first_is_begun_in_one_place(what: str, where: str) -> None:
    files = [file for room in ROOMS for file in sorted((ROOT / room).rglob("*.py")) if "node_modules" not in file.parts]
    # The quantiser of `models/` is a part of ONNX Runtime; it imports that place first.
    assert {str(file.relative_to(ROOT)) for file in files if what in used(file)} - {"models/nanodet-g/make.py"} == {
        where
    }


@pytest.mark.parametrize(
    ("begin", "told"),
    [
        ("import detect.detector", {}),
        ("import detect.detector", {"ORT_DISABLE_TELEMETRY": "0"}),
        ("import ingest.worker", {}),
        ("from patrol.trails.store import open_duckdb; open_duckdb().execute('SELECT 1')", {}),
    ],
)
def test_nothing_is_left_in_the_users_folder(begin: str, told: dict[str, str], tmp_path: Path) -> None:
    kept = {
        name: value
        for name, value in os.environ.items()
        if name != "ORT_DISABLE_TELEMETRY" and not name.startswith("XDG_")
    }
    environ = {**kept, "HOME": str(tmp_path), **told}
    done = subprocess.run(
        [sys.executable, "-c", begin], cwd=ROOT, env=environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert list(tmp_path.iterdir()) == []


def test_duckdb_fetches_no_extension_by_itself() -> None:
    with open_duckdb() as connection:
        rows = connection.execute(
            "SELECT name, value FROM duckdb_settings() WHERE name IN "
            "('autoinstall_known_extensions', 'autoload_known_extensions', 'allow_community_extensions')"
        ).fetchall()
    assert dict(rows) == {
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "allow_community_extensions": "false",
    }
