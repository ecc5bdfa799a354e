"""One purge in three steps, so that the database's write lock is never held over files: rows are marked with an open certificate, the
files go, the certificate is closed. After a crash in between the next sweep, or the next start, goes on with what is open; nothing is
destroyed without a certificate, and nothing certified twice.

`Purger.take` -> `_mark` -> `_finish` (`delete_files`, then `certify`); `Purger.go_on` -> `_finish` for each certificate that is open.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol

import msgspec
import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from console.alerts.tables import AlertRow
from console.audit.certificates import certify, open_certificate
from console.evidence.tables import PurgeCertificate
from console.evidence.transcode import beside
from console.http.context import Console
from console.reports.tables import GuardReport
from lianqin import feed, sweeps
from lianqin.clock import county_day
from lianqin.db import in_order
from lianqin.errors import EvidenceError, NotFoundError
from lianqin.evidence import EvidenceStore
from lianqin.sweeps import Kind

log = structlog.get_logger(__name__)
AT_ONCE: Final = 100
"""Things of one certificate: marking so many is a short write."""


class PurgedFile(msgspec.Struct, frozen=True, array_like=True):
    """A file of an open certificate. `owner`: alert or report, "" for a file that no row speaks of; `field`: which of its columns named
    it, so that a row whose file can't be deleted is as it was."""

    owner: str
    path: str
    sha256: str
    size: int
    field: str

    @property
    def kind(self) -> Kind:
        return "files" if not self.owner else "reports" if self.field == "media" else "evidence"


class PurgeBatch(msgspec.Struct, frozen=True):
    """What one certificate takes: files as they lie, and when the oldest and the newest thing arrived."""

    items: list[PurgedFile]
    alerts: int
    first_at: float
    last_at: float


class Purges(Protocol):
    """What a sweep takes."""

    def find(self, session: Session, store: EvidenceStore, cut_at: float) -> Sequence[Any]:
        """Some of what is due, the oldest first. It may look at files: no lock is held."""

    def measure(self, store: EvidenceStore, found: Sequence[Any]) -> Mapping[str, tuple[str, int]]:
        """sha256 and bytes of each file as it lies there; no lock is held."""

    def mark(
        self, session: Session, found: Sequence[Any], lies: Mapping[str, tuple[str, int]], cut_at: float, *, number: int, at: float
    ) -> PurgeBatch | None:  # fmt: skip
        """Of `found` what is due still: its rows name no file any more."""


def size_of(store: EvidenceStore, path: str) -> int:
    """Bytes; 0 where there is no such file."""
    try:
        return store.size(path)
    except (NotFoundError, OSError):
        return 0


def delete_files(store: EvidenceStore, items: Sequence[PurgedFile]) -> set[str]:
    """Delete the files and the copies made of them. Returns the owners (paths, where there is none) of files that could not be deleted."""
    kept: set[str] = set()
    for one in items:
        try:
            store.delete(one.path)
            if one.field == "clip":
                store.delete(beside(one.path))
        except (EvidenceError, OSError) as error:
            log.warning("not_purged", owner=one.owner, path=one.path, error=str(error))
            kept.add(one.owner or one.path)
    return kept


class Purger:
    """The evidence's part of sweeps."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def take(self, purges: Purges, cut_at: float, keep_days: int) -> int:
        """By the hundred, each with its certificate. Returns how many files went."""
        went = 0
        while (number := self._mark(purges, cut_at, keep_days)) is not None:
            certificate = self._finish(number)
            if certificate is None:
                break
            went += certificate.files
        return went

    def go_on(self) -> None:
        """Finish the certificates that a killed process left open. They were judged and marked before; their files are counted on this day."""
        with self._console.store.read() as session:
            asked = select(PurgeCertificate.number).where(PurgeCertificate.digest == "")
            left = list(session.scalars(asked.order_by(PurgeCertificate.number)))
        for number in left:
            log.warning("purge_goes_on", certificate=number)
            self._finish(number, is_counted=True)

    def _mark(self, purges: Purges, cut_at: float, keep_days: int) -> int | None:
        """One short transaction. None: nothing is due."""
        console = self._console
        with console.store.read() as session:
            found = purges.find(session, console.evidence, cut_at)
        if not found:
            return None
        lies = purges.measure(console.evidence, found)
        with console.store.write() as session:
            in_order(session)  # before any row's lock, as whoever stores alerts takes them
            at = console.clock.at_database(session)
            row = open_certificate(session, keep_days, at)
            due = purges.mark(session, found, lies, cut_at, number=row.number, at=at)
            if due is None:
                session.delete(row)
                return None
            row.items, row.alerts = [list(msgspec.structs.astuple(one)) for one in due.items], due.alerts
            row.first_at, row.last_at, row.files = due.first_at, due.last_at, len(due.items)
            return row.number

    def _finish(self, number: int, *, is_counted: bool = False) -> PurgeCertificate | None:
        """Files, then the certificate. None where another process was faster, or nothing could be deleted."""
        console = self._console
        with console.store.read() as session:
            row = session.get(PurgeCertificate, number)
            items = [PurgedFile(*one) for one in row.items] if row is not None and not row.digest else []
        kept = delete_files(console.evidence, items)
        with console.store.write() as session:
            in_order(session)
            at = console.clock.at_database(session)
            row = session.get(PurgeCertificate, number, with_for_update=True, populate_existing=True)
            if row is None or row.digest:
                return None
            gone = [one for one in items if (one.owner or one.path) not in kept]
            if kept:
                _unmark(session, number, [one for one in items if (one.owner or one.path) in kept], at)
            if not gone:
                session.delete(row)
                return None
            if row.alerts:
                row.alerts = len({one.owner for one in gone})
            certify(session, row, [[one.owner, one.path, one.sha256, one.size] for one in gone], at)
            if is_counted:
                sweeps.count(session, gone[0].kind, county_day(at), len(gone), at)
            return row


def _unmark(session: Session, number: int, items: Sequence[PurgedFile], at: float) -> None:
    """They stay, for the next time."""
    for one in items:
        if one.field == "media":
            report = session.get(GuardReport, one.owner)
            if report is not None:
                report.media, report.purged_at, report.certificate = one.path, None, None
                feed.push(session, "report", report.id, at=at, unit_id=report.unit_id, guard_id=report.guard_id)
            asked = select(AlertRow).where(
                AlertRow.id == (report.alert_id if report else None), AlertRow.certificate == number
            )
        else:
            asked = select(AlertRow).where(AlertRow.id == one.owner)
        for row in session.scalars(asked) if one.owner else ():
            setattr(row, "clip" if one.field == "clip" else "snapshot", one.path)
            row.purged_at, row.certificate = None, None
            feed.push(session, "alert", row.id, at=at)
