"""The enrolled devices as the intake last read them: by the sha256 of their credential, and terminals by number."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import redis
import structlog

from lianqin.clock import Clock
from lianqin.follow import Follower
from lianqin.records import Device
from patrol.devices.credential import canonical_no, credential_sha256

log = structlog.get_logger(__name__)


class Devices:
    """`by_sha256` is None while no list was ever read: nobody can be told unknown then."""

    def __init__(self, client: redis.Redis, clock: Clock) -> None:
        self._clock = clock
        self._follower = Follower(client, "device")
        self._looked_at = self._failed_at = -1e9
        self._looking = asyncio.Lock()
        self.by_sha256: Mapping[str, Device] | None = None
        self.by_terminal: Mapping[str, Device] = {}
        """By their number in its canonical form."""
        self.spoke: dict[str, Device] = {}
        """By the credential itself: those that `of` found since the list was read."""

    def of(self, credential: str) -> Device | None:
        """The device that is enrolled with it, revoked ones too. Who spoke before costs no hash."""
        found = self.spoke.get(credential)
        if found is None and self.by_sha256 is not None:
            found = self.by_sha256.get(credential_sha256(credential))
            if found is not None:
                self.spoke[credential] = found
        return found

    async def look(self, since: float) -> bool:
        """Read the devices, where they changed, unless somebody began to do so after `since` (monotonic): all unknown
        phones of a moment share one look. True when the list may be another one now."""
        async with self._looking:
            if self._looked_at > since:
                return True
            if self._failed_at > since:
                return False
            began = self._clock.monotonic()
            try:
                records = await asyncio.to_thread(self._follower.poll)
            except redis.exceptions.RedisError as error:
                log.warning("intake_devices_unknown", error=str(error))
                self._failed_at = began
                return False
            self._looked_at = began
            if records is None:
                return False
            devices = [record for record in records.values() if isinstance(record, Device)]
            self.by_sha256 = {record.credential_sha256: record for record in devices}
            self.by_terminal = {canonical_no(record.terminal_no): record for record in devices if record.terminal_no}
            self.spoke = {}
            return True
