"""What the routes of canaries answer. Moments are epoch seconds, lengths of time seconds."""

from __future__ import annotations

from console.http.answers import Answer


class WorkerLineAnswer(Answer):
    """How late the alerts of a worker are, in a few words. Each time is in seconds, None: not known."""

    state: str
    """good, slow or silent."""
    heard_s: float | None
    """Since its last canary was received."""
    stored_s: float | None
    """From capture to database, of that canary."""
    shown_s: float | None
    """From capture to a page, of that canary."""


class CanaryAnswer(Answer):
    """A canary as a page fetches it."""

    id: str
    worker: str
    captured_at: float
    received_at: float


class CanaryDrawnAnswer(Answer):
    """`taken`: how many of the page's words were noted; those that can't be so were left out."""

    taken: int


class CanarySpreadAnswer(Answer):
    """Percentiles in seconds, by nearest rank. `few`: of fewer than 20 canaries."""

    count: int
    few: bool
    p50: float
    p95: float
    p99: float


class CanaryStepsAnswer(Answer):
    """Each step from the one before, the first from the capture; None: of no canary."""

    published: CanarySpreadAnswer | None
    received: CanarySpreadAnswer | None
    pushed: CanarySpreadAnswer | None
    shown: CanarySpreadAnswer | None


class CanarySpanAnswer(Answer):
    """The canaries received in an hour or a day."""

    count: int
    shown: int
    """Of them, those that a page drew."""
    total: CanarySpreadAnswer | None
    """From the capture to the first page."""
    stored: CanarySpreadAnswer | None
    """From the capture to the database."""
    steps: CanaryStepsAnswer


class CanaryStepSecondsAnswer(Answer):
    """The steps of one canary, in seconds; None: no page drew it."""

    published: float
    received: float
    pushed: float | None
    shown: float | None


class NewestCanaryAnswer(Answer):
    """A worker's newest canary that a page told of. `total`, `stored`: seconds from its capture."""

    captured_at: float
    total: float | None
    stored: float
    within: float | None
    """The page's moment is right within so many seconds either way."""
    pages: int
    steps: CanaryStepSecondsAnswer


class CanaryWorkerAnswer(Answer):
    """A worker that sends canaries, or sent some in the last day."""

    worker: str
    alive: bool
    state: str
    """good, slow, silent or gone."""
    heard_at: float | None
    newest: NewestCanaryAnswer | None
    hour: CanarySpanAnswer
    day: CanarySpanAnswer


class LineFaultAnswer(Answer):
    """A time in which a worker's alerts were late, or nothing came of it. `to_at` None: it lasts."""

    worker: str
    reason: str
    """line_slow or line_silent."""
    from_at: float
    to_at: float | None


class CanaryFiguresAnswer(Answer):
    """How late alerts are, of all workers and of each. `faults`: the newest of the last day."""

    now: float
    workers: list[CanaryWorkerAnswer]
    hour: CanarySpanAnswer
    day: CanarySpanAnswer
    faults: list[LineFaultAnswer]
    limit: float
    """Seconds from which on a worker is slow."""
    silent: float
    """Seconds without a canary after which it is silent."""
