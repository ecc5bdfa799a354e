"""Records that processes follow: the console's relay publishes them to Redis, workers poll here."""

from __future__ import annotations

from typing import cast

import redis
import structlog

from lianqin import followed, keys
from lianqin.errors import RecordError
from lianqin.followed import FollowedContents
from lianqin.records import Camera, Device, decode
from lianqin.stamps import UNSTAMPED, Stamp

log = structlog.get_logger(__name__)


class Follower:
    """Reads all current records of one kind (`camera` or `device`) when their change number moved.

    It compares as those do who publish: what it holds stays until Redis has a newer record, a newer removal, or all of a newer epoch;
    a Redis that came back empty or with an older copy of itself takes nothing from it.
    """

    def __init__(self, client: redis.Redis, kind: str) -> None:
        self._redis, self._kind, self._version = client, kind, b""
        self._held: dict[str, Camera | Device] = {}
        self._stamps: dict[str, Stamp] = {}
        """Of what is held, and of what was found removed."""

    def poll(self) -> dict[str, Camera | Device] | None:
        """All records by id, or None when nothing changed (or nothing was published yet). Redis errors pass through."""
        version = cast("bytes | None", self._redis.get(keys.followed_version(self._kind)))
        if version is None or version == self._version:
            return None
        found = followed.read(self._redis, self._kind)
        if found.change is None or (found.stamps and found.epoch is None and not self._held):
            return None  # single records of a Redis that lost the others: whoever knows none waits for all
        for name, body in found.bodies.items():
            self._take(name, found.stamp(name), body)
        self._leave(found)
        self._version = found.change
        return dict(self._held)

    def _take(self, name: str, stamp: Stamp, body: bytes) -> None:
        if stamp < self._stamps.get(name, UNSTAMPED):
            return
        self._held.pop(name, None)  # a newer one that can't be read: the older one's masks are not to be gone by
        self._stamps[name] = stamp
        try:
            record = decode(body)
        except RecordError as error:
            log.error("followed_unreadable", kind=self._kind, id=name, error=str(error))  # noqa: TRY400
            return
        if isinstance(record, Camera | Device):
            self._held[name] = record

    def _leave(self, found: FollowedContents) -> None:
        """What was removed goes: as its newer stamp without a record says, or since all of a newer epoch is there without it."""
        first = max(found.epoch or 0, 1)
        for name in self._stamps.keys() | found.stamps.keys():
            if name in found.bodies:
                continue
            held, stamp = self._stamps.get(name, UNSTAMPED), found.stamps.get(name)
            if stamp is not None and stamp > held:
                self._held.pop(name, None)
                self._stamps[name] = stamp
            elif held.epoch < first:
                self._held.pop(name, None)
                self._stamps.pop(name, None)
