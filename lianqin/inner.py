"""Requests between our own processes are signed: HMAC-SHA256 (RFC 2104) over method, path, expiry and the body's hash."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from typing import Any, Final, cast

import msgspec
import redis

from lianqin import keys

LASTS_S: Final = 15.0
SIGNED_BY: Final = "x-lianqin-sign"
UNTIL: Final = "x-lianqin-until"


def secret_of(client: redis.Redis, told: str) -> bytes:
    """`told` by the settings, or one that the first process made and keeps in Redis. Redis errors pass through."""
    if told:
        return told.encode()
    client.set(keys.inner_secret(), secrets.token_hex(32), nx=True)
    return bytes(cast("Any", client.get(keys.inner_secret())))


class Told(msgspec.Struct, frozen=True):
    """What a signature stands for."""

    method: str
    path: str
    body: bytes = b""


def sign(secret: bytes, told: Told, now: float) -> dict[str, str]:
    """The headers of a request that is sent now."""
    until = f"{now + LASTS_S:.3f}"
    return {SIGNED_BY: _mac(secret, told, until), UNTIL: until}


def is_signed(secret: bytes, told: Told, headers: Mapping[str, str], now: float) -> bool:
    """Header names in lower case. False also for one that has expired."""
    until = headers.get(UNTIL, "")
    try:
        left = float(until) - now
    except ValueError:
        return False
    return 0 <= left <= 2 * LASTS_S and hmac.compare_digest(
        headers.get(SIGNED_BY, "").encode(), _mac(secret, told, until).encode()
    )  # as bytes: texts with other than ASCII letters are refused by an error


def _mac(secret: bytes, told: Told, until: str) -> str:
    text = "\n".join((told.method, told.path, until, hashlib.sha256(told.body).hexdigest()))
    return hmac.new(secret, text.encode(), hashlib.sha256).hexdigest()
