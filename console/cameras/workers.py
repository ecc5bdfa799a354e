"""Requests to ingest workers. Each worker has threads of its own, so that one that hangs holds up neither other workers nor the routes
that answer everybody; after some time-outs nobody waits for it any more, and one asks again after a moment.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import Final, TypeVar

from anyio import CancelScope, CapacityLimiter, fail_after, to_thread

from console.cameras import video
from console.http.context import Console
from lianqin.clock import Clock
from lianqin.errors import LianqinError, UnavailableError
from lianqin.inner import SignedRequest

T = TypeVar("T")
Ended = Callable[[int, str], None]
"""Told how many bytes left, and their sha256."""
AT_A_TIME: Final = 8
"""Requests to one worker; others of it wait their turn, as long as they would wait for an answer."""
PROBES: Final = 4
FLOWS: Final = 128
"""Streams of one worker; each may hold a thread while it waits."""
TIMEOUTS: Final = 3
"""In a row: then it counts as silent."""
REST_S: Final = 10.0
"""So long nobody asks it; then one does, and the others learn from that."""


class _Line:
    """To one worker. Lives on one event loop."""

    def __init__(self) -> None:
        self.requests, self.probes, self.flows = (
            CapacityLimiter(AT_A_TIME),
            CapacityLimiter(PROBES),
            CapacityLimiter(FLOWS),
        )
        self._timeouts, self._rests_until, self._is_tried = 0, float("-inf"), False

    def is_open(self, now: float) -> bool:
        """May it be asked?"""
        return self._timeouts < TIMEOUTS or (now >= self._rests_until and not self._is_tried)

    def check_open(self, worker: str, now: float) -> None:
        """Raises UnavailableError `live.worker_silent`."""
        if not self.is_open(now):
            raise silent(worker, self._rests_until - now)

    def begin(self, worker: str, now: float) -> bool:
        """Is this the one request that finds out whether it answers again? Raises as `check_open`."""
        self.check_open(worker, now)
        self._is_tried = self._timeouts >= TIMEOUTS
        return self._is_tried

    def end_trial(self) -> None:
        self._is_tried = False

    def answered(self) -> None:
        self._timeouts = 0

    def timed_out(self, now: float) -> None:
        self._timeouts += 1
        self._rests_until = now + REST_S


class Workers:
    """All lines of this console."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lines: dict[str, _Line] = {}

    def answers(self, worker: str) -> bool:
        """False: it counts as silent, and is left alone for a moment."""
        line = self._lines.get(worker)
        return line is None or line.is_open(self._clock.monotonic())

    async def ask(self, console: Console, worker: str, told: SignedRequest) -> video.Reply:
        """One signed request. Raises as `live.ask`, and UnavailableError `live.worker_silent` at once while it counts as silent."""
        return await self._run(worker, lambda: video.ask(console, worker, told))

    async def flow_of(self, console: Console, worker: str, told: SignedRequest) -> video.Flow:
        """The begin of a stream. Raises as `ask`."""
        return await self._run(worker, lambda: video.flow_of(console, worker, told))

    async def probe(self, console: Console, worker: str, told: SignedRequest) -> video.Reply:
        """As `ask`, for what takes as long as a camera takes: it stands in no other request's way, and says nothing of the worker."""
        line, most = self._line(worker), video.PROBE_TIMEOUT_S
        line.check_open(worker, self._clock.monotonic())
        try:
            with fail_after(most):
                return await to_thread.run_sync(
                    lambda: video.ask(console, worker, told, timeout=most), limiter=line.probes, abandon_on_cancel=True
                )
        except TimeoutError as error:
            raise silent(worker) from error

    async def flowing(self, worker: str, flow: video.Flow, begin: Callable[[], Ended]) -> AsyncIterator[bytes]:
        """A stream's pieces. `begin` is called before the first one, and what it gives when it is over."""
        limiter = self._line(worker).flows
        count, digest = 0, hashlib.sha256()
        ended = await to_thread.run_sync(begin, limiter=limiter)
        try:
            while piece := await to_thread.run_sync(next, flow.pieces, b"", limiter=limiter):
                count += len(piece)
                digest.update(piece)
                yield piece
        finally:
            with CancelScope(shield=True):
                flow.cut()
                await to_thread.run_sync(flow.pieces.close, limiter=limiter)
                await to_thread.run_sync(ended, count, digest.hexdigest(), limiter=limiter)

    async def _run(self, worker: str, work: Callable[[], T]) -> T:
        line = self._line(worker)
        is_trial, has_begun = line.begin(worker, self._clock.monotonic()), False

        def begin() -> T:
            nonlocal has_begun
            has_begun = True
            return work()

        try:
            with fail_after(video.TIMEOUT_S):
                answer = await to_thread.run_sync(begin, limiter=line.requests, abandon_on_cancel=True)
        except TimeoutError as error:
            if has_begun:  # who only waited for his turn says nothing of the worker
                line.timed_out(self._clock.monotonic())
            raise silent(worker) from error
        except LianqinError as error:
            if error.key == video.SILENT:
                line.timed_out(self._clock.monotonic())
                raise silent(worker) from error
            if error.key != video.NOBODY:
                line.answered()
            raise
        else:
            line.answered()
            return answer
        finally:
            if is_trial:
                line.end_trial()

    def _line(self, worker: str) -> _Line:
        return self._lines.setdefault(worker, _Line())


def silent(worker: str, wait_s: float = REST_S) -> UnavailableError:
    """For people: it does not answer, and when to try again."""
    return UnavailableError(video.SILENT, f"{worker} does not answer in time", retry_s=max(1, math.ceil(wait_s)))


async def on_own_thread(work: Callable[..., T], *arguments: object, **more: object) -> T:
    """What touches the database, beside what waits for workers."""
    return await to_thread.run_sync(partial(work, *arguments, **more))
