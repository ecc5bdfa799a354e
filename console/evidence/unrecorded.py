"""Files under the evidence root that no row speaks of: what a crash or a restore of an older database left. A month after they were
written they go, with a certificate like all else. How old one is tells the file system's clock, held against the database's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any, Final

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from console.alerts.tables import AlertRow, PendingEvidence
from console.evidence.purging import AT_ONCE as CERTIFIED_AT_ONCE
from console.evidence.purging import PurgeBatch, PurgedFile, Purger
from console.evidence.tables import PurgeCertificate
from console.evidence.terms import DAY_S
from console.evidence.transcode import beside
from console.http.context import Console
from console.reports.tables import GuardReport
from lianqin.errors import EvidenceError, NotFoundError
from lianqin.evidence import EvidenceStore, Stored
from lianqin.sweeps import Going, Sweeper, standing

log = structlog.get_logger(__name__)
SAFE_DAYS: Final = 30
"""The least term of any picture; an alert may wait in a worker's spool for less."""
WALK_EVERY_S: Final = 6 * 3600.0
AT_ONCE: Final = 500


def _of_rows(rows: Iterable[Any]) -> Iterator[str]:
    for snapshot, clip in rows:
        if snapshot:
            yield snapshot
        if clip:
            yield clip
            yield beside(clip)


def _spoken_of(session: Session) -> Iterator[str]:
    """Every path that a row names, with the transcoded copy that belongs to a clip."""
    yield from _of_rows(session.execute(select(AlertRow.snapshot, AlertRow.clip).execution_options(yield_per=1000)))
    yield from (path for path in session.scalars(select(GuardReport.media)) if path)
    yield from _of_rows((None, body.get("clip")) for body in session.scalars(select(PendingEvidence.body)))
    for items in session.scalars(select(PurgeCertificate.items).where(PurgeCertificate.digest == "")):  # they are going
        yield from _of_rows((None, one[1]) for one in items)


def unrecorded(session: Session, store: EvidenceStore, at: float) -> list[Stored]:
    """Files older than `SAFE_DAYS` that no row speaks of, the oldest first. `at`: the database's clock."""
    old: dict[str, Stored] = {}
    waiting: list[Stored] = []
    for found in store.files():
        if found.written_at < at - SAFE_DAYS * DAY_S:
            waiting.append(found)
        if len(waiting) >= AT_ONCE:
            old |= _unnamed(session, waiting)
            waiting = []
    old |= _unnamed(session, waiting)
    if old:  # few: no alert of their own name speaks of them, so any other row may
        for path in _spoken_of(session):
            old.pop(path, None)
    return sorted(old.values(), key=lambda one: (one.written_at, one.path))


def _unnamed(session: Session, found: list[Stored]) -> dict[str, Stored]:
    """Those that the alert of their name (`day/alert.jpg`) does not speak of."""
    names = {PurePosixPath(one.path).name.split(".")[0] for one in found} - {""}
    if not names:
        return {one.path: one for one in found}
    named = set(_of_rows(session.execute(select(AlertRow.snapshot, AlertRow.clip).where(AlertRow.id.in_(names)))))
    return {one.path: one for one in found if one.path not in named}


def going(session: Session, store: EvidenceStore, at: float) -> Going:
    """What the next sweep of such files would take."""
    found = unrecorded(session, store, at)
    return Going(len(found), found[0].written_at if found else None, found[-1].written_at if found else None)


class FilePurge:
    """Such files, as they were found by one walk; each certificate takes the next of them."""

    def __init__(self, found: Sequence[Stored]) -> None:
        self._left = list(found)

    def find(self, _session: Session, _store: EvidenceStore, _cut_at: float) -> Sequence[Stored]:
        some, self._left = self._left[:CERTIFIED_AT_ONCE], self._left[CERTIFIED_AT_ONCE:]
        return some

    def measure(self, store: EvidenceStore, found: Sequence[Stored]) -> Mapping[str, tuple[str, int]]:
        """Each with its sha256 as it lies there."""
        lies: dict[str, tuple[str, int]] = {}
        for one in found:
            try:
                lies[one.path] = (store.digest(one.path), store.size(one.path)) if store.exists(one.path) else ("", 0)
            except (EvidenceError, NotFoundError, OSError) as error:
                log.warning("not_purged", path=one.path, error=str(error))
        return lies

    def mark(
        self, _session: Session, found: Sequence[Stored], lies: Mapping[str, tuple[str, int]], _cut_at: float, *, number: int, at: float,  # noqa: ARG002 - no row names them
    ) -> PurgeBatch | None:  # fmt: skip
        going = [one for one in found if one.path in lies]
        if not going:
            return None
        items = [PurgedFile("", one.path, *lies[one.path], "") for one in going]
        return PurgeBatch(items, 0, going[0].written_at, going[-1].written_at)


class FilesSweep:
    """Every six hours, since it walks through all files; at once when a person let one go on."""

    def __init__(self, console: Console, sweeper: Sweeper, purger: Purger) -> None:
        self._console, self._sweeper, self._purger = console, sweeper, purger
        self._walked_at = -1e9

    def run_once(self) -> None:
        console, now = self._console, self._console.clock.monotonic()
        with console.store.read() as session:
            stop = standing(session, "files")
        if now - self._walked_at < WALK_EVERY_S and (stop is None or stop.state != "go"):
            return
        self._walked_at = now
        folder = console.evidence.folder
        files = None
        if folder is not None and folder.is_dir():
            files = console.clock.at_files(folder)
        self._sweeper.run(
            "files", lambda session, at: going(session, console.evidence, at).count, self._take, files=files
        )

    def _take(self, cut_at: float) -> int:
        with self._console.store.read() as session:
            found = unrecorded(session, self._console.evidence, cut_at)
        return self._purger.take(FilePurge(found), cut_at, SAFE_DAYS)
