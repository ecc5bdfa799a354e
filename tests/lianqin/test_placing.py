"""Units, compose file and manifests name settings and modules that exist; systemd's own validator has nothing to say."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from lianqin.settings import Settings

DOCKER = Path(__file__).resolve().parents[2] / "docker"
FILES = [path for path in sorted(DOCKER.rglob("*")) if path.is_file() and path.suffix != ".md"]
COMPOSES_OWN = {"LIANQIN_DB_PASSWORD"}


def test_the_files_are_there() -> None:
    assert {path.suffix for path in FILES} >= {".service", ".yaml", ".example", ""}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(DOCKER)))
def test_every_variable_is_a_setting_and_every_module_is_there(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    known = {f"LIANQIN_{name.upper()}" for name in Settings.model_fields} | COMPOSES_OWN
    assert set(re.findall(r"\bLIANQIN_[A-Z0-9_]+", text)) <= known
    for module in re.findall(r"-m[\s,\"]+([a-z_.]+)", text):
        assert importlib.util.find_spec(f"{module}.__main__") or importlib.util.find_spec(module), module


@pytest.mark.parametrize("unit", [path for path in FILES if path.suffix == ".service"], ids=lambda path: path.name)
def test_systemd_accepts_the_unit(unit: Path, tmp_path: Path) -> None:
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd is not installed")
    here = unit.read_text(encoding="utf-8").replace("/opt/lianqin/.venv/bin/python", shutil.which("python3") or "")
    (tmp_path / unit.name).write_text(here, encoding="utf-8")
    done = subprocess.run(
        ["systemd-analyze", "verify", str(tmp_path / unit.name)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr.strip()) == (0, "")
