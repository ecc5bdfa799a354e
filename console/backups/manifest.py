"""What a backup holds: every file with its size and sha256, the format, the schema's revision and the program's version."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path, PurePosixPath
from typing import Final, Literal

import msgspec

from lianqin.decoding import from_json
from lianqin.errors import ConflictError, NotFoundError, RecordError

FORMAT: Final = 1
NAME: Final = "manifest.json"
KEYS: Final = "keys.json"
Kept = Literal["files", "list"]


class BackupFile(msgspec.Struct, frozen=True):
    """`path` under the backup's folder; of a listed piece of evidence under the evidence root. Bytes; sha256 in hex."""

    path: str
    size: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """`made_at`: epoch seconds, by the database's clock; `branch`, `seq`: the place in the journal at which the database was copied;
    `rows`: of each table then; `keys`: the file in the folder of keys."""

    format: int
    made_at: float
    program: str
    schema: str
    database: str
    evidence: Kept
    branch: int
    seq: int
    rows: dict[str, int]
    files: list[BackupFile]
    listed: list[BackupFile]
    keys: BackupFile | None


def program() -> str:
    """This program's version."""
    try:
        return version("lianqin")
    except PackageNotFoundError:
        return "unknown"


def digest_of(file: Path) -> BackupFile:
    """Of a file as it is; its name alone. Raises OSError."""
    with file.open("rb") as content:
        found = hashlib.file_digest(content, "sha256").hexdigest()
    return BackupFile(file.name, file.stat().st_size, found)


def read_manifest(folder: Path) -> Manifest:
    """Raises NotFoundError `backup.missing`, RecordError `backup.manifest`, ConflictError `backup.format`."""
    file = folder / NAME
    if not file.is_file():
        raise NotFoundError(
            "backup.missing", f"{folder} holds no finished backup: {NAME} is missing", folder=str(folder)
        )
    try:
        body = file.read_bytes()
        told = from_json(body, dict[str, object]).get("format")
        if told != FORMAT:
            raise ConflictError(
                "backup.format", f"a backup of format {told}; this program reads {FORMAT}: update it", format=told
            )
        return from_json(body, Manifest)
    except (msgspec.MsgspecError, ValueError, RecursionError, AttributeError) as error:
        raise RecordError("backup.manifest", f"{file} can't be read: {error}") from error


def faults(manifest: Manifest, folder: Path) -> Iterator[str]:
    """What is missing, of another size, changed, or named so that it would lie outside."""
    for item in manifest.files:
        parts = PurePosixPath(item.path)
        if parts.is_absolute() or ".." in parts.parts or not parts.parts:
            yield f"{item.path}: not a path within a backup"
            continue
        file = folder / item.path
        if not file.is_file() or file.is_symlink():
            yield f"{item.path}: missing"
        elif file.stat().st_size != item.size:
            yield f"{item.path}: {file.stat().st_size} bytes, not {item.size}"
        elif digest_of(file).sha256 != item.sha256:
            yield f"{item.path}: not the file that was backed up (sha256)"
