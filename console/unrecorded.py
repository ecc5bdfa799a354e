"""Files under the evidence root that no row speaks of: what a crash or a restore of an older database left. A month after they were
written they go, with a certificate like all else. How old one is tells the file system's clock, held against the database's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath
from typing import Any, Final

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from console.certificates import certify
from console.context import Console
from console.reports.tables import GuardReport
from console.tables import AlertRow, PendingEvidence, PurgeCertificate
from console.terms import DAY_S
from console.transcode import beside
from lianqin.errors import EvidenceError
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


def do_purge_files(
    session: Session, store: EvidenceStore, found: Iterable[Stored], at: float
) -> PurgeCertificate | None:
    """Delete and certify them, each with its sha256 as it lay there. None where nothing went."""
    items: list[list[Any]] = []
    times: list[float] = []
    for one in found:
        try:
            digest = store.digest(one.path) if store.exists(one.path) else ""
            items.append(["", one.path, digest, store.delete(one.path)])
        except (EvidenceError, OSError) as error:
            log.warning("not_purged", path=one.path, error=str(error))
            continue
        times.append(one.written_at)
    return certify(session, items, alerts=0, times=times, days=SAFE_DAYS, at=at) if items else None


class FilesSweep:
    """Every six hours, since it walks through all files; at once when a person let one go on."""

    def __init__(self, console: Console, sweeper: Sweeper) -> None:
        self._console, self._sweeper = console, sweeper
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
        console, went = self._console, 0
        with console.store.read() as session:
            found = unrecorded(session, console.evidence, cut_at)
        for first in range(0, len(found), AT_ONCE):
            some = found[first : first + AT_ONCE]
            with console.store.write() as session:
                certificate = do_purge_files(session, console.evidence, some, console.clock.at_database(session))
                went += certificate.files if certificate else 0
        return went
