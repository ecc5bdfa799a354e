"""Requests between our own processes are signed: HMAC-SHA256 (RFC 2104) over method, path, expiry, nonce and the body's hash.

A signature lives for seconds and counts once: `RequestVerifier` keeps nonces for as long in Redis, for all workers and over restarts. The secret is read
anew while the process runs; the one before it is good for as long as a signature lives.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, cast

import msgspec
import redis

from lianqin import keys
from lianqin.clock import Clock
from lianqin.errors import UnavailableError
from lianqin.settings import Settings

LASTS_S: Final = 15.0
MOST_S: Final = 2 * LASTS_S
"""From which a signature is taken, and how long its nonce is kept: clocks differ."""
SIGNED_BY: Final = "x-lianqin-sign"
UNTIL: Final = "x-lianqin-until"
NONCE: Final = "x-lianqin-nonce"
NONCE_LENGTH: Final = 32
READ_EVERY_S: Final = 5.0
"""How old the secret that is known may be; one that does not fit is looked at anew each second."""
AGAIN_S: Final = 1.0
LEAST_SECRET: Final = 16


def secret_of(client: redis.Redis, told: str) -> bytes:
    """`told` by the settings, or one that the first process made and keeps in Redis. Redis errors pass through."""
    if told:
        return told.encode()
    client.set(keys.inner_secret(), secrets.token_hex(32), nx=True)
    return bytes(cast("Any", client.get(keys.inner_secret())))


def told_secret(settings: Settings) -> str:
    """By the file that settings name, as it stands now, or by the setting; empty: none is told. Raises UnavailableError `inner.secret`."""
    if not settings.inner_secret_file:
        return settings.inner_secret
    try:
        text = Path(settings.inner_secret_file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise UnavailableError(
            "inner.secret", f"setting `inner_secret_file`: {settings.inner_secret_file} can't be read ({error})"
        ) from error
    if len(text) < LEAST_SECRET:
        raise UnavailableError(
            "inner.secret",
            f"setting `inner_secret_file`: {settings.inner_secret_file} holds no secret of {LEAST_SECRET} characters or more",
        )
    return text


def current_secret(client: redis.Redis, settings: Settings) -> bytes:
    """As it stands now. Raises UnavailableError `inner.secret`; Redis' errors pass through."""
    return secret_of(client, told_secret(settings))


class SignedRequest(msgspec.Struct, frozen=True):
    """What a signature stands for."""

    method: str
    path: str
    body: bytes = b""


def sign(secret: bytes, told: SignedRequest, now: float) -> dict[str, str]:
    """The headers of a request that is sent now."""
    until, nonce = f"{now + LASTS_S:.3f}", secrets.token_hex(NONCE_LENGTH // 2)
    return {SIGNED_BY: _mac(secret, told, until, nonce), UNTIL: until, NONCE: nonce}


def is_signed(secret: bytes, told: SignedRequest, headers: Mapping[str, str], now: float) -> bool:
    """Header names in lower case. False also for one that has expired. Whether it was heard before is `RequestVerifier`'s to say."""
    until, nonce = headers.get(UNTIL, ""), headers.get(NONCE, "")
    try:
        left = float(until) - now
    except ValueError:
        return False
    if len(nonce) != NONCE_LENGTH or not 0 <= left <= MOST_S:
        return False
    return hmac.compare_digest(
        headers.get(SIGNED_BY, "").encode(), _mac(secret, told, until, nonce).encode()
    )  # as bytes: texts with other than ASCII letters are refused by an error


def _mac(secret: bytes, told: SignedRequest, until: str, nonce: str) -> str:
    text = "\n".join((told.method, told.path, until, nonce, hashlib.sha256(told.body).hexdigest()))
    return hmac.new(secret, text.encode(), hashlib.sha256).hexdigest()


class RequestVerifier:
    """Takes each signed request once. Thread-safe; it asks Redis, so not on an event loop."""

    def __init__(self, client: redis.Redis, settings: Settings, clock: Clock) -> None:
        self._redis, self._settings, self._clock = client, settings, clock
        self._secret = self._former = b""
        self._former_until = self._read_at = -1e9
        self._lock = threading.Lock()

    def secret(self) -> bytes:
        """To sign with, as it stands now. Raises as `current_secret`."""
        with self._lock:
            self._read()
            return self._secret

    def takes(self, told: SignedRequest, headers: Mapping[str, str]) -> bool:
        """Signed for this, still alive, and heard for the first time. Redis' errors pass through, UnavailableError where no secret was read yet."""
        if not self._fits(told, headers):
            return False
        return bool(self._redis.set(keys.inner_nonce(headers[NONCE]), b"1", nx=True, px=int(MOST_S * 1000)))

    def _fits(self, told: SignedRequest, headers: Mapping[str, str]) -> bool:
        with self._lock:
            if self._clock.monotonic() - self._read_at >= READ_EVERY_S:
                self._read_or_keep()
            if self._is_signed(told, headers):
                return True
            if self._clock.monotonic() - self._read_at < AGAIN_S:
                return False
            self._read_or_keep()
            return self._is_signed(told, headers)

    def _is_signed(self, told: SignedRequest, headers: Mapping[str, str]) -> bool:
        good = [self._secret, *([self._former] if self._clock.monotonic() < self._former_until else [])]
        return any(is_signed(one, told, headers, self._clock.now()) for one in good)

    def _read_or_keep(self) -> None:
        """What is known goes on where it can't be read."""
        try:
            self._read()
        except (redis.exceptions.RedisError, UnavailableError):
            if not self._secret:
                raise
            self._read_at = self._clock.monotonic()

    def _read(self) -> None:
        found = current_secret(self._redis, self._settings)
        self._read_at = self._clock.monotonic()
        if found != self._secret:
            if self._secret:
                self._former, self._former_until = self._secret, self._read_at + LASTS_S
            self._secret = found
