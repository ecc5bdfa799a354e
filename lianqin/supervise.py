"""`run_forever` retries, `run_once` works. The only place in the house that catches every exception."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable

import structlog

from lianqin.clock import Clock, SystemClock
from lianqin.errors import LianqinError

log = structlog.get_logger(__name__)


def backoff(attempt: int, first: float = 0.5, longest: float = 30.0) -> float:
    """Seconds to wait before try number `attempt` (1, 2, ...): doubling, with full jitter on its upper half."""
    step: float = min(longest, first * 2 ** min(attempt - 1, 16))
    return step * random.uniform(0.5, 1.0)  # noqa: S311 - jitter, not a secret


def run_forever(
    name: str,
    run_once: Callable[[], None],
    stop: threading.Event,
    *,
    clock: Clock | None = None,
    first: float = 0.5,
    longest: float = 30.0,
    healthy_after: float = 20.0,
) -> None:
    """Call `run_once` again and again until `stop`: an error is logged, waited out and tried again.

    The first of a row brings its traceback, unless it is an error of ours, whose text says all.

    `run_once` returning normally is called again at once; it should block on its own work. A run that lasted
    `healthy_after` seconds resets the back-off.
    """
    clock = clock or SystemClock()
    failures = 0
    while not stop.is_set():
        began = clock.monotonic()
        try:
            run_once()
            failures = 0
        except Exception as error:
            if stop.is_set():
                return
            failures = 1 if clock.monotonic() - began >= healthy_after else failures + 1
            wait = backoff(failures, first, longest)
            log.warning("retry", part=name, error=str(error), kind=type(error).__name__, attempt=failures,
                        wait_s=round(wait, 2), exc_info=failures == 1 and not isinstance(error, LianqinError))  # fmt: skip
            clock.sleep(wait, stop)


def attempt(name: str, work: Callable[[], object]) -> bool:
    """Do it once, at the end of a process: an error is logged and what comes after it is done all the same. False: it failed."""
    try:
        work()
    except Exception as error:
        log.warning("not_done_at_the_end", part=name, error=str(error), kind=type(error).__name__,
                    exc_info=not isinstance(error, LianqinError))  # fmt: skip
        return False
    return True


def start_thread(
    name: str,
    run_once: Callable[[], None],
    stop: threading.Event,
    *,
    clock: Clock | None = None,
    longest: float = 30.0,
) -> threading.Thread:
    """`run_forever` in a daemon thread of that name."""
    thread = threading.Thread(
        target=run_forever,
        args=(name, run_once, stop),
        kwargs={"clock": clock, "longest": longest},
        name=name,
        daemon=True,
    )
    thread.start()
    return thread
