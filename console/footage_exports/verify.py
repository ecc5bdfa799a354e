"""`python -m console export verify FILE`: is this file one that was exported, by whom, and unchanged? By the register's digests."""

from __future__ import annotations

import argparse
import hashlib
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from console.audit.exports import moment
from console.footage_exports.exports import ACTION, NUMBER
from console.footage_exports.package import MANIFEST
from lianqin.audit import AuditRow
from lianqin.db import Store
from lianqin.errors import RecordError

CHANGED: Final = 1
LARGEST_MANIFEST: Final = 1 << 20
_PIECE: Final = 1 << 20


def add_parser(actions: Any) -> None:
    asked = actions.add_parser("export", help="pictures and clips that left the house").add_subparsers(
        dest="what", required=True
    )
    check = asked.add_parser("verify", help="is a file one that was exported, by whom, and unchanged")
    check.add_argument("file", type=Path, help="the ZIP, or the picture or clip out of it")


def run(options: argparse.Namespace, store: Store, say: Callable[[str], None]) -> int:
    """Exit status: 0 unchanged, 1 not one of ours, or changed. Raises RecordError `export.file`."""
    try:
        sha256 = _digest(options.file)
    except OSError as error:
        raise RecordError(
            "export.file", f"{options.file}: {error.strerror or error}", file=str(options.file)
        ) from error
    with store.read() as session:
        row = by_digest(session, sha256)
        if row is not None:
            _say(row, say)
            say("UNCHANGED: the file is exactly what was exported")
            return 0
        for name in _numbers(options.file):
            row = by_number(session, name)
            if row is not None:
                _say(row, say)
                say(f"CHANGED: it names {name}, and is not the file that was exported (SHA-256 {sha256})")
                return CHANGED
    say(f"NOT FOUND: the register has no export with SHA-256 {sha256}: it is none of this house, or was changed")
    return CHANGED


def by_digest(session: Session, sha256: str) -> AuditRow | None:
    """The register's row of the ZIP, or of the picture or clip in it."""
    found = (AuditRow.detail[key].as_string() == sha256 for key in ("sha256", "copy_sha256"))
    return session.scalars(select(AuditRow).where(AuditRow.action == ACTION, or_(*found)).limit(1)).first()


def by_number(session: Session, number: str) -> AuditRow | None:
    query = select(AuditRow).where(AuditRow.action == ACTION, AuditRow.detail["number"].as_string() == number)
    return session.scalars(query.limit(1)).first()


def _digest(path: Path) -> str:
    found = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            found.update(piece)
    return found.hexdigest()


def _numbers(path: Path) -> list[str]:
    """Export numbers that the file's name and its manifest name."""
    told = path.name
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as file:
            found = next(
                (one for one in file.infolist() if one.filename == MANIFEST and one.file_size <= LARGEST_MANIFEST), None
            )
            told += file.read(found).decode("utf-8", "replace") if found else ""
    return list(dict.fromkeys(NUMBER.findall(told)))


def _say(row: AuditRow, say: Callable[[str], None]) -> None:
    detail = row.detail
    say(
        f"{detail.get('number')}: {detail.get('exported')} of alert {row.object_id}, people {'clear' if detail.get('clear') else 'blurred'}"
    )
    say(f"by {row.actor_name} ({row.actor_id}, {row.role}) at {moment(row.at)}, for {row.purpose} {row.case_ref}")
    say(f"SHA-256 of the original: {detail.get('original_sha256')}")
