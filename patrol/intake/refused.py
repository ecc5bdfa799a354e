"""What Redis refuses for its own sake, however well it is: the others of its group are stored, and it does not make anybody spool."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import redis
import structlog

from lianqin import keys
from lianqin.batches import parts_of, split_readable
from lianqin.clock import Clock
from lianqin.errors import RecordError
from lianqin.records import Quarantined, decode, encode, new_id
from lianqin.spool import Spool
from lianqin.storing import broke_off, may_be_refused

log = structlog.get_logger(__name__)
Entry = tuple[str, bytes]
Send = Callable[[Sequence[Entry]], None]
SHOWN: Final = 2000
"""Characters of it in the quarantine; all of it is beside the spool."""
WHY: Final = "Redis refuses it"


class Refusing:
    """Sends entries one by one, so that those that Redis takes are stored."""

    def __init__(self, client: redis.Redis, spool: Spool, clock: Clock, send: Send) -> None:
        self._redis, self._spool, self._clock, self._send = client, spool, clock, send

    def send_each(self, entries: Sequence[Entry]) -> None:
        """A batch that is refused goes part by part. What is refused alone is kept whole beside the spool, its head goes to the
        quarantine. Raises what `send` raises while Redis is away: what was sent until then is sent again, to the same effect."""
        for stream, body in entries:
            error = self._refusal(stream, body)
            if error is None:
                continue
            parts = _parts(body)
            if len(parts) > 1:
                self.send_each([(stream, part) for part in parts])
            else:
                self._put_aside(stream, body, error)

    def _refusal(self, stream: str, body: bytes) -> Exception | None:
        try:
            self._send([(stream, body)])
        except redis.exceptions.RedisError as error:
            if not may_be_refused(error, [(stream, body)]):
                raise
            if broke_off(error):
                self._redis.ping()  # raises: it is away all the same
            return error
        return None

    def _put_aside(self, stream: str, body: bytes, error: Exception) -> None:
        log.warning("intake_entry_refused", stream=stream, bytes=len(body), error=str(error))
        self._spool.refuse(stream, body, f"{WHY}: {error}")
        if stream != keys.QUARANTINE:
            now, head = self._clock.now(), body[:SHOWN].decode("utf-8", "replace")
            told = Quarantined(new_id("qu", now), now, "redis", f"{WHY}: {error}"[:80], head)
            self._send([(keys.QUARANTINE, encode(told))])


def _parts(body: bytes) -> list[bytes]:
    try:
        return [encode(part) for part in parts_of(decode(body))]
    except RecordError:  # for one of its parts, perhaps
        return [*(split_readable(body) or ())]
