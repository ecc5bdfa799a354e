"""Take or bury: an entry that can't be taken for a reason that lies in it blocks nobody.

`take_each` takes a batch at once. Where that fails for such a reason each entry is tried alone, then each part of it (a batch of
fixes holds those of many guards); what still fails goes to the dead letters. Where Redis or the database is away, a disk is full
or the schema is not ours, nothing lies in the entry: the error passes through and all come again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import msgspec
import structlog
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, StatementError

from lianqin.batches import joined, parts_of
from lianqin.bus import Consumer, Entry
from lianqin.errors import ConflictError, DeniedError, LianqinError, NotFoundError, RecordError
from lianqin.records import encode

log = structlog.get_logger(__name__)
IN_ENTRY: Final = (
    StatementError, RecordError, ConflictError, NotFoundError, DeniedError, msgspec.MsgspecError, ValueError, TypeError,
    LookupError, ArithmeticError, AttributeError, AssertionError, RecursionError,
)  # fmt: skip
"""What handling an entry may raise since the entry is as it is; of StatementError only what `lies_in_entry` says."""
REASONS: Final = ("unreadable", "too_long", "characters", "number", "reference", "refused", "value")
"""Why an entry was buried, as keys that the page has words for."""


def lies_in_entry(error: Exception) -> bool:
    """Would the same entry fail again, and another be taken?"""
    if isinstance(error, DBAPIError):
        return isinstance(error, DataError | IntegrityError)
    if isinstance(error, LianqinError) and error.key.endswith(".disk"):
        return False  # full, or not to be written
    return isinstance(error, IN_ENTRY)


def reason_of(error: Exception) -> str:
    """One of `REASONS`."""
    if isinstance(error, RecordError):
        return {"record.unreadable": "unreadable", "text.too_long": "too_long"}.get(error.key, "refused")
    if isinstance(error, ConflictError | NotFoundError | DeniedError):
        return "refused"
    if isinstance(error, IntegrityError):
        return "reference"
    state = str(getattr(getattr(error, "orig", None), "sqlstate", "") or "")
    if isinstance(error, UnicodeError) or state in {"22021", "22P05"}:
        return "characters"
    if state == "22001":
        return "too_long"
    return "number" if isinstance(error, ArithmeticError) or state in {"22003", "22008"} else "value"


def refusal(work: Callable[[], object], failed: Callable[[], None] = lambda: None) -> Exception | None:
    """Do it. None: it is done. The error where it lies in what was to be taken; any other passes through. `failed` is called
    whichever was raised."""
    done = False
    try:
        work()
        done = True
    except IN_ENTRY as error:
        if not lies_in_entry(error):
            raise
        return error
    finally:
        if not done:
            failed()
    return None


def take_each(
    consumer: Consumer, entries: Sequence[Entry], take: Callable[[Sequence[Entry]], None], *,
    failed: Callable[[], None] = lambda: None, buried: Callable[[], None] = lambda: None,
) -> None:  # fmt: skip
    """On return each entry is taken or buried, and acknowledged. `take` must bear being repeated, and gets each part of an
    entry under an id of its own (`1-0.2`), since it may keep things by that name; `failed` is called after each time it raised (to
    forget what it left half-done in memory), `buried` for each that goes to the dead letters. Raises what does not lie in an entry:
    what is not acknowledged by then comes again."""

    def refused(some: Sequence[Entry]) -> Exception | None:
        error = refusal(lambda: take(some), failed)
        if error is not None:
            log.warning("entries_refused", count=len(some), first=some[0].id, error=_said(error)[:400])
        return error

    if refused(entries) is None:
        consumer.ack(entries)
        return
    for entry in entries:
        error, rest = refused([entry]), entry.record
        if error is not None and len(parts := parts_of(rest)) > 1:
            each = [(part, refused([Entry(entry.stream, f"{entry.id}.{n}", part)])) for n, part in enumerate(parts)]
            left = [(part, why) for part, why in each if why is not None]
            error, rest = (left[0][1], joined([part for part, _ in left])) if left else (None, rest)
        if error is None:
            consumer.ack([entry])
            continue
        consumer.bury(entry.stream, entry.id, encode(rest), reason=reason_of(error), why=_said(error))
        buried()


def _said(error: Exception) -> str:
    return str(getattr(error, "orig", error))
