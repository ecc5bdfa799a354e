"""The housekeeping's part of keeping: terms noted, sweeps run, room made where it is tight."""

from __future__ import annotations

from collections import Counter

import structlog

from console.evidence.keeping import AlertPurge, Level, ReportPurge, disk_of, going, make_room, reports_going
from console.evidence.purging import Purger
from console.evidence.terms import do_note_terms
from console.evidence.unrecorded import FilesSweep
from console.http.context import Console
from lianqin.sweeps import KINDS, Sweeper, stops

log = structlog.get_logger(__name__)


class Keeper:
    """The housekeeping's part: purge what is due, make room where it is tight."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._sweeper = Sweeper(console.store, console.redis, console.clock)
        self._purger = Purger(console)
        self._files = FilesSweep(console, self._sweeper, self._purger)
        self.level: Level = "ok"

    def run_once(self) -> None:
        """Raises UnavailableError while Redis or the database is away: then nothing goes."""
        console = self._console
        with console.store.write() as session:
            do_note_terms(session, console.settings.evidence_days, console.clock.at_database(session))
        self._purger.go_on()
        days = console.settings.evidence_days
        self._sweeper.run("evidence", lambda session, at: going(session, at).count,
                          lambda cut_at: self._purger.take(AlertPurge(), cut_at, days))  # fmt: skip
        self._sweeper.run("reports", lambda session, at: reports_going(session, at).count,
                          lambda cut_at: self._purger.take(ReportPurge(), cut_at, days))  # fmt: skip
        self._files.run_once()
        self._tell_stops()
        self._make_room()

    def _tell_stops(self) -> None:
        with self._console.store.read() as session:
            stopped = Counter(row.kind for row in stops(session) if row.state != "go")
        for kind in KINDS:
            self._console.metrics.sweeps_stopped.labels(kind).set(stopped[kind])

    def _make_room(self) -> None:
        console = self._console
        disk = disk_of(console)
        if disk is None:
            return
        console.metrics.disk_free.set(disk.free / max(1, disk.total))
        if disk.level != self.level:
            log.warning("evidence_disk", level=disk.level, free_mb=disk.free // 1_000_000)
            self.level = disk.level
        if disk.level == "tight":
            make_room(console.evidence, now=console.clock.now())
