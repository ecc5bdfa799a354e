"""What Redis refuses for its own sake, however well it is: the others of its group are stored, and it does not make anybody spool."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import redis
import structlog

from lianqin import keys
from lianqin.batches import parts_of
from lianqin.errors import RecordError
from lianqin.records import Quarantined, decode, encode, new_id
from lianqin.spool import Spool
from lianqin.storing import is_the_records_fault

log = structlog.get_logger(__name__)
Entry = tuple[str, bytes]
Send = Callable[[Sequence[Entry]], None]
SHOWN: Final = 2000
"""Characters of it in the quarantine; all of it is beside the spool."""
WHY: Final = "Redis refuses it"


def send_each(send: Send, entries: Sequence[Entry], spool: Spool, now: float) -> None:
    """Each alone, a batch that is refused part by part. What is refused alone is kept whole beside the spool, its head goes to the
    quarantine. Raises what `send` raises while Redis is away: what was sent until then is sent again, to the same effect."""
    for stream, body in entries:
        error = _refusal(send, stream, body)
        if error is None:
            continue
        parts = _parts(body)
        if len(parts) > 1:
            send_each(send, [(stream, part) for part in parts], spool, now)
        else:
            _put_aside(send, stream, body, spool, now, error)


def _refusal(send: Send, stream: str, body: bytes) -> Exception | None:
    try:
        send([(stream, body)])
    except redis.exceptions.RedisError as error:
        if not is_the_records_fault(error):
            raise
        return error
    return None


def _parts(body: bytes) -> list[bytes]:
    try:
        return [encode(part) for part in parts_of(decode(body))]
    except RecordError:
        return []


def _put_aside(send: Send, stream: str, body: bytes, spool: Spool, now: float, error: Exception) -> None:
    log.warning("intake_entry_refused", stream=stream, bytes=len(body), error=str(error))
    spool.refuse(stream, body, f"{WHY}: {error}")
    if stream != keys.QUARANTINE:
        told = Quarantined(
            new_id("qu", now), now, "redis", f"{WHY}: {error}"[:80], body[:SHOWN].decode("utf-8", "replace")
        )
        send([(keys.QUARANTINE, encode(told))])
