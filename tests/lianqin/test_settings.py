"""Settings refuse what they don't know and say what to do."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from lianqin import settings
from lianqin.errors import SettingsError

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        ({"LIANQIN_CONSOLE_PROT": "1"}, ["console_prot", "did you mean `console_port`"]),
        ({"LIANQIN_CONSOLE_PORT": "many"}, ["console_port", "'many'", "integer"]),
        ({"LIANQIN_CONSOLE_PORT": "70000"}, ["console_port", "65535"]),
        ({"LIANQIN_SAMPLE_INTERVAL": "0"}, ["sample_interval", "greater than 0"]),
        ({"LIANQIN_LOG_LEVEL": "LOUD"}, ["log_level", "Lowest level"]),
        ({"LIANQIN_RTSPS_PINS": "10.0.0.5"}, ["rtsps_pins", "`10.0.0.5` is no pin", "host:port=print"]),
        ({"LIANQIN_RTSPS_PINS": "10.0.0.5=AB:CD"}, ["rtsps_pins", "pinned for 10.0.0.5", "64 hex digits", "openssl"]),
        ({"LIANQIN_RTSPS_PINS": f"10.0.0.5={'ab' * 32}, 10.0.0.6={'ab' * 20}"}, ["rtsps_pins", "pinned for 10.0.0.6"]),
        ({"LIANQIN_RTSPS_PINS": f"rtsps://10.0.0.5={'ab' * 32}"}, ["`rtsps://10.0.0.5` is no host"]),
        ({"LIANQIN_RTSPS_PINS": f"10.0.0.5:70000={'ab' * 32}"}, ["`10.0.0.5:70000` is no host"]),
        ({"LIANQIN_SETTINGS": "/nowhere/s.toml"}, ["/nowhere/s.toml"]),
        ({"LIANQIN_METRICS_FROM": "10.0.0.0/8, here"}, ["metrics_from", "'here'"]),
        (
            {"LIANQIN_SECURITY_CONTACT": "us", "LIANQIN_SECURITY_EXPIRES": "2027-01-01T00:00:00Z"},
            ["`us` is no contact", "mailto:"],
        ),
        ({"LIANQIN_SECURITY_CONTACT": "mailto:a@b.cn\r\nX: y"}, ["security_contact", "is no contact"]),
        ({"LIANQIN_SECURITY_CONTACT": "mailto:a@b.cn"}, ["security_expires", "until which it holds"]),
        (
            {"LIANQIN_SECURITY_CONTACT": "mailto:a@b.cn", "LIANQIN_SECURITY_EXPIRES": "2027-01-01T00:00:00"},
            ["with its zone"],
        ),
    ],
)
def test_a_nonsense_setting_is_refused_with_its_name_and_a_hint(environ: dict[str, str], words: list[str]) -> None:
    with pytest.raises(SettingsError) as caught:
        settings.load(environ)
    for word in words:
        assert word in caught.value.detail


def test_the_environment_wins_over_the_file_and_the_file_over_the_default(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text('console_port = 9000\nlog_level = "DEBUG"\n')
    known = settings.load({"LIANQIN_SETTINGS": str(file), "LIANQIN_CONSOLE_PORT": "9100"})
    assert (known.console_port, known.log_level, known.intake_port) == (9100, "DEBUG", 8601)


def test_an_unknown_key_in_the_file_is_refused_too(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text("ring_second = 30\n")
    with pytest.raises(SettingsError, match="ring_seconds"):
        settings.load({"LIANQIN_SETTINGS": str(file)})


def test_the_command_prints_every_setting_with_its_meaning() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "lianqin", "settings"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    for name, field in settings.Settings.model_fields.items():
        assert name in done.stdout
        assert field.description
        assert field.description in done.stdout


def test_every_setting_is_in_the_operations_page() -> None:
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    missing = [name for name in settings.Settings.model_fields if f"`{name}`" not in page]
    assert not missing, "put `python -m lianqin settings --markdown` into docs/operations.md"


def test_only_the_settings_module_reads_the_environment() -> None:
    """`detect/runtime.py` sets the one variable that ONNX Runtime reads before it is imported, and reads none."""
    rooms = ["lianqin", "ingest", "detect", "patrol", "console"]
    readers = [
        str(path.relative_to(ROOT))
        for room in rooms
        for path in (ROOT / room).rglob("*.py")
        if "node_modules" not in path.parts
        and re.search(r"getenv|os\.environ(?!\[\"ORT_DISABLE_TELEMETRY\"\] = )", path.read_text())
    ]
    assert readers == ["lianqin/settings.py"]
