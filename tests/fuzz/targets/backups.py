"""Manifest and journal of a backup that somebody brings (`console.backups`). The first byte says which."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from console.backups import journal, manifest
from lianqin.errors import ConflictError, RecordError
from tests.fuzz.target import Target

MEMORY = Path("/dev/shm")


def run(data: bytes) -> bool:
    told, body = data[0] & 1 if data else 0, data[1:]
    with TemporaryDirectory(prefix="lq-fuzz-", dir=MEMORY if MEMORY.is_dir() else None) as folder:
        try:
            return _manifest(Path(folder), body) if told else _journal(Path(folder), body)
        except (RecordError, ConflictError):
            return False


def _manifest(folder: Path, body: bytes) -> bool:
    (folder / manifest.NAME).write_bytes(body)
    found = manifest.read_manifest(folder)
    assert len(list(manifest.faults(found, folder))) <= len(found.files)
    return True


def _journal(folder: Path, body: bytes) -> bool:
    file = folder / "journal"
    file.write_bytes(body)
    lines = list(journal.read_lines(file))
    assert len(lines) <= body.count(b"\n")
    return bool(lines)


LINE = msgspec.json.encode(journal.JournalLine(branch=1, seq=1, at=1.79e9, what="purge", id="al-1")) + b"\n"
MANIFEST = msgspec.json.encode(manifest.Manifest(
    format=manifest.FORMAT, made_at=1.79e9, program="0.1", schema="x", database="sqlite", evidence="files", branch=1, seq=2, rows={"alert": 3},
    files=[manifest.BackupFile("database.sql", 5, "ab"), manifest.BackupFile("../x", 5, "ab")], listed=[], keys=None,
))  # fmt: skip
TARGET = Target(
    run, (b"\x00" + LINE + LINE, b"\x00" + LINE[:-5], b"\x01" + MANIFEST),
    (b"\n", b'"format":', b'"files":[', b'"path":"', b"../", b"\x00", b"\\u0000", b"[" * 30, b"\\ud800", b"1e999", b"/", b"."),
    most=1500,
)  # fmt: skip
