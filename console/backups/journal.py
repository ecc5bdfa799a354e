"""`run_dir/certificates.jsonl`: purges and revocations, one a line, appended and synced, so that a restore of an older database can do
them again. It is written from the audit, which every process writes in the transaction of the act itself.

A line's place is (`branch`, `seq`): `seq` is the audit's number, `branch` counts the restores before it, since after one the audit goes
on from an older number.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, Final

import msgspec
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from console.evidence.tables import PurgeCertificate
from lianqin.audit import AuditRow
from lianqin.db import Store
from lianqin.decoding import from_json
from lianqin.errors import RecordError
from patrol.trails.tables import TrailPurge

NAME: Final = "certificates.jsonl"
ACTS: Final = (
    "evidence.purge", "trails.purge", "quarantine.purge", "device.revoke", "device.enrol", "terminal.enrol", "phone.revoke",
    "account.change", "factor.set", "factor.reset", "factor.recovery", "factor.codes",
)  # fmt: skip
"""What is done again. An enrolment makes the device's former credential void, a second factor set up the one before; a recovery code
that was used, or a new list, all of the old list."""
AT_ONCE: Final = 500
UNREADABLE: Final = (msgspec.MsgspecError, ValueError, RecursionError)


class JournalLine(msgspec.Struct, frozen=True):
    """`what`: the audit's action, or `restored`, `begun`; `at`: epoch seconds; `more`: the act's detail, with the certificate."""

    branch: int
    seq: int
    at: float
    what: str
    id: str = ""
    more: dict[str, Any] = {}

    @property
    def place(self) -> tuple[int, int]:
        return self.branch, self.seq


def read_lines(file: Path) -> Iterator[JournalLine]:
    """A last line that was cut off in its writing is passed over. Raises RecordError `journal.line`, OSError."""
    with file.open("rb") as lines:
        for number, text in enumerate(lines, 1):
            if not text.endswith(b"\n"):
                return
            try:
                yield from_json(text, JournalLine)
            except UNREADABLE as error:
                raise RecordError("journal.line", f"{file}, line {number}: {error}", number=number) from error


def last_of(file: Path) -> JournalLine | None:
    last: JournalLine | None = None
    for line in read_lines(file) if file.exists() else ():
        last = line
    return last


def append(file: Path, lines: list[JournalLine]) -> None:
    """Durable on return. What a crash left of a line is cut off first."""
    file.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    with os.fdopen(handle, "r+b") as out:
        if not _ends_whole(out):
            out.seek(0)
            out.truncate(out.read().rfind(b"\n") + 1)
        out.seek(0, os.SEEK_END)
        for line in lines:
            out.write(msgspec.json.encode(line) + b"\n")
        out.flush()
        os.fsync(out.fileno())


def _ends_whole(file: BinaryIO) -> bool:
    if file.seek(0, os.SEEK_END) == 0:
        return True
    file.seek(-1, os.SEEK_END)
    return file.read(1) == b"\n"


def audit_seq(session: Session) -> int:
    """The newest number of the audit."""
    return session.scalar(select(func.max(AuditRow.seq))) or 0


def _more(session: Session, row: AuditRow) -> dict[str, Any]:
    proof: PurgeCertificate | TrailPurge | None = None
    if row.action == "evidence.purge":
        proof = session.get(PurgeCertificate, int(row.object_id))
    elif row.action == "trails.purge":
        proof = session.get(TrailPurge, row.object_id)
    if proof is None:
        return dict(row.detail)
    columns = proof.__table__.columns.keys()
    return dict(row.detail) | {"proof": {name: getattr(proof, name) for name in columns}}


class Journal:
    """The housekeeping's part: what the audit has and the file has not yet."""

    def __init__(self, store: Store, file: Path) -> None:
        self._store, self._file = store, file
        self._place: tuple[int, int] | None = None

    def run_once(self) -> int:
        """Returns how many lines were added. Raises UnavailableError, OSError."""
        with self._store.read() as session:
            newest = audit_seq(session)
            if self._place is None:
                last = last_of(self._file)
                if last is None:
                    last = JournalLine(0, newest, 0.0, "begun")
                    append(self._file, [last])
                self._place = last.place
            branch, seq = self._place
            asked = select(AuditRow).where(AuditRow.seq > seq, AuditRow.seq <= newest, AuditRow.action.in_(ACTS))
            rows = list(session.scalars(asked.order_by(AuditRow.seq).limit(AT_ONCE)))
            lines = [
                JournalLine(branch, row.seq, row.at, row.action, row.object_id, _more(session, row)) for row in rows
            ]
        if lines:
            append(self._file, lines)
            self._place = lines[-1].place
        elif newest > seq:
            self._place = branch, newest  # nothing of ours up to there; in memory alone
        return len(lines)
