"""One export at a time, in a thread that stands back; few wait, and who hangs up is left out."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, Generic, TypeVar

import structlog

from lianqin.errors import EvidenceError, LianqinError, UnavailableError
from lianqin.priority import yield_cores

log = structlog.get_logger(__name__)
MOST: Final = 6
"""That wait or are made at one time."""
R = TypeVar("R")


class HungUp(Exception):
    """Nobody waits for it any more."""


class Job(Generic[R]):
    """One export under way. `work` gets it, and calls `step` between its parts."""

    def __init__(self, stop: threading.Event, share: Callable[[float], None]) -> None:
        self._stop, self._share = stop, share
        self._gone = threading.Event()
        self._told = -1

    def hang_up(self) -> None:
        self._gone.set()

    def step(self, share: float) -> None:
        """`share` of it is done, 0..1. Raises HungUp."""
        if self._gone.is_set() or self._stop.is_set():
            raise HungUp
        if (hundredth := int(share * 100)) > self._told:
            self._told = hundredth
            self._share(hundredth / 100)


class ExportMaker:
    """Thread-safe."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, "export", yield_cores)
        self._guard = threading.Lock()
        self._waiting = 0

    def check_room(self) -> None:
        """Raises UnavailableError `export.busy`."""
        if self._waiting >= MOST:
            raise UnavailableError("export.busy", f"{MOST} exports wait already", retry_s=15)

    def begin(
        self, stop: threading.Event, work: Callable[[Job[R]], R], share: Callable[[float], None],
        done: Callable[[R | LianqinError], None],
    ) -> Job[R]:  # fmt: skip
        """`share` and `done` are called in its thread; `done` once, unless it was hung up. Raises UnavailableError `export.busy`."""
        with self._guard:
            self.check_room()
            self._waiting += 1
        job = Job[R](stop, share)

        def run() -> None:
            try:
                job.step(0.0)
                done(work(job))
            except HungUp:
                log.info("export_hung_up")
            except LianqinError as error:
                log.warning("export_failed", error=str(error))
                done(error)
            except Exception as error:  # whatever failed, who waits is answered
                log.exception("export_failed")
                done(EvidenceError("export.failed", f"{type(error).__name__}: {error}"))
                raise
            finally:
                with self._guard:
                    self._waiting -= 1

        self._thread.submit(run)
        return job
