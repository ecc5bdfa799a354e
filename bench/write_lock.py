"""An alert's commit while a hundred files are deleted slowly, and while a long sheet of guards is read and written: the database's write
lock is held for short writes alone. SQLite, on one machine; each deletion is held up by `DELETE_S`, as a disk or an object store that is busy.
"""

from __future__ import annotations

import io
import itertools
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from unittest.mock import patch

import numpy as np
import xlsxwriter

from bench.kit.figures import Figure
from console.alerts.receiving import receive
from console.app import make_console
from console.evidence.keeper import Keeper
from console.evidence.terms import DAY_S, Arrival
from console.http.context import Console
from console.migrate import migrate
from lianqin import audit, settings
from lianqin.bus import connect
from lianqin.db import Store, open_engine
from lianqin.embedded import EmbeddedRedis
from lianqin.evidence import EvidenceStore
from lianqin.testing import T0, FakeClock, an_alert
from patrol.county import sheets
from patrol.county.book import do_put

DELETES: Final = 100
DELETE_S: Final = 0.05
GUARDS: Final = 3_000
EVERY_S: Final = 0.02
LIMIT_MS: Final = 200.0
ACTOR: Final = audit.system("bench")
_numbers = itertools.count()


@contextmanager
def house() -> Iterator[Console]:
    """A console of its own on SQLite, as it stands in a county, on a made clock."""
    with tempfile.TemporaryDirectory(prefix="lqb-") as folder:
        root = Path(folder)
        server = EmbeddedRedis(root / "redis")
        server.start()
        try:
            known = settings.check({"run_dir": root / "run", "redis_url": server.url})
            store = Store(open_engine(known.database))
            migrate(store.engine)
            yield make_console(known, store, connect(server.url), FakeClock())
            store.engine.dispose()
        finally:
            server.stop()


def store_alert(console: Console, **more: object) -> float:
    """Milliseconds from the alert in hand to its commit."""
    began = time.perf_counter()
    with console.store.write() as session:
        arrival = Arrival(console.clock.at_database(session), console.settings.evidence_days)
        receive(session, [an_alert(id=f"al-{next(_numbers):06d}", **more)], console.clock.now(), arrival)
    return (time.perf_counter() - began) * 1000


def beside(console: Console, work: Callable[[], object]) -> list[float]:
    """Commits of one alert after the other while that goes on, each in ms."""
    slow = threading.Thread(target=work)
    slow.start()
    taken: list[float] = []
    while slow.is_alive():
        taken.append(store_alert(console))
        time.sleep(EVERY_S)
    slow.join()
    return taken


def purge(console: Console) -> None:
    whole = EvidenceStore.delete

    def slowly(self: EvidenceStore, path: str) -> int:
        time.sleep(DELETE_S)
        return whole(self, path)

    with patch.object(EvidenceStore, "delete", slowly):
        Keeper(console).run_once()


def guards() -> bytes:
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["编号", "姓名", "单位编号", "证件有效期", "已签告知书"])
    for n in range(GUARDS):
        sheet.write_row(n + 1, 0, [f"G{n:05d}", f"保安{n}", "U1", "2030-01-31", "是"])
    book.close()
    return file.getvalue()


def figure(what: str, taken: list[float], note: str) -> Figure:
    return Figure(f"alert stored while {what}, p99", float(np.percentile(taken, 99)), "ms", "limit", LIMIT_MS,
                  note=f"{len(taken)} alerts, median {np.median(taken):.1f} ms, longest {max(taken):.0f} ms; {note}")  # fmt: skip


def run() -> list[Figure]:
    with house() as console:
        for n in range(DELETES):
            path = f"2026-09-21/old-{n}.jpg"
            console.evidence.write(path, b"picture")
            store_alert(console, snapshot=path, captured_at=T0)
        console.clock.sleep((console.settings.evidence_days + 1) * DAY_S)
        deleted = beside(console, lambda: purge(console))
        left = sum(1 for _ in console.evidence.files())
        with console.store.write() as session:
            do_put(session, ACTOR, "units", {"id": "U1", "kind": "security_company", "name": "一号"}, T0)
        data = guards()
        at = console.clock.now()
        imported = beside(console, lambda: sheets.do_import(console.store, ACTOR, "guards", data, at, dry_run=False))
    return [
        figure(f"{DELETES} files are deleted slowly", deleted, f"{DELETE_S * 1000:.0f} ms each, {left} left"),
        figure(f"a sheet of {GUARDS:,} guards is imported", imported, "read, checked and written"),
    ]
