"""Records that processes follow: the console's relay publishes them to Redis, workers poll here."""

from __future__ import annotations

from typing import Any, cast

import redis
import structlog

from lianqin import keys
from lianqin.errors import RecordError
from lianqin.records import Camera, Device, decode

log = structlog.get_logger(__name__)


class Follower:
    """Reads all current records of one kind (`camera` or `device`) when their version counter moved."""

    def __init__(self, client: redis.Redis, kind: str) -> None:
        self._redis, self._kind, self._version = client, kind, b""

    def poll(self) -> dict[str, Camera | Device] | None:
        """All records by id, or None when nothing changed (or nothing was published yet). Redis errors pass through."""
        version = cast("bytes | None", self._redis.get(keys.followed_version(self._kind)))
        if version is None or version == self._version:
            return None
        raw = cast("dict[bytes, bytes]", cast("Any", self._redis.hgetall(keys.followed(self._kind))))
        found: dict[str, Camera | Device] = {}
        for name, body in raw.items():
            try:
                record = decode(body)
            except RecordError as error:
                log.error("followed_unreadable", kind=self._kind, id=name.decode(), error=str(error))  # noqa: TRY400
                continue
            if isinstance(record, Camera | Device):
                found[record.id] = record
        self._version = version
        return found
