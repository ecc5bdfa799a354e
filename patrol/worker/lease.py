"""Who serves a partition: a string in Redis with an expiry, renewed beside the work, so that long work does not lose it."""

from __future__ import annotations

import contextlib
import secrets
import threading
from collections.abc import Iterator
from typing import Final

import redis
import structlog

from lianqin import keys
from lianqin.clock import Clock

log = structlog.get_logger(__name__)
LEASE_S: Final = 10.0
RENEW_S: Final = 2.0
STALL_S: Final = 120.0
"""Work that shows no progress for so long loses the lease on purpose: another worker may do better."""
_RENEW: Final = (
    "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('pexpire', KEYS[1], ARGV[2]) end return 0"
)
_GIVE_BACK: Final = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end return 0"


class Lease:
    """One worker's claim on one partition. `held` turns False once it is lost."""

    def __init__(self, client: redis.Redis, partition: int, clock: Clock) -> None:
        self._redis, self._clock, self._partition = client, clock, partition
        self._key, self._me = keys.partition_lease(partition), f"patrol-{partition}-{secrets.token_hex(4)}"
        self._progress_at = 0.0
        self.held = False

    def take(self) -> bool:
        """True when nobody else has it. Redis errors pass through."""
        self.held = bool(self._redis.set(self._key, self._me, nx=True, px=int(LEASE_S * 1000))) or self._renew()
        return self.held

    def progress(self) -> None:
        """The work goes on."""
        self._progress_at = self._clock.monotonic()

    @contextlib.contextmanager
    def kept(self) -> Iterator[None]:
        """Renewed by a thread of its own inside, given back at the end."""
        self.progress()
        log.info("partition_leased", partition=self._partition, worker=self._me)
        over = threading.Event()
        thread = threading.Thread(target=self._keep, args=(over,), name="patrol-lease", daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()
            self.held = False
            with contextlib.suppress(redis.exceptions.RedisError):
                self._redis.eval(_GIVE_BACK, 1, self._key, self._me)

    def _keep(self, over: threading.Event) -> None:
        renewed_at = self._clock.monotonic()
        while not self._clock.sleep(RENEW_S, over):
            now = self._clock.monotonic()
            why = ""
            try:
                if now - self._progress_at > STALL_S:
                    why = "no progress"
                elif self._renew():
                    renewed_at = now
                else:
                    why = "taken by another"
            except redis.exceptions.RedisError as error:
                why = str(error) if now - renewed_at > LEASE_S else ""
            if why:
                self.held = False
                log.warning("partition_lost", partition=self._partition, worker=self._me, why=why)
                return

    def _renew(self) -> bool:
        return bool(self._redis.eval(_RENEW, 1, self._key, self._me, str(int(LEASE_S * 1000))))
