"""The authentication codes of JT/T 808 terminals: made once for each enrolment, kept as a sha256 alone, in Redis."""

from __future__ import annotations

import hmac
import secrets
from typing import cast

import redis

from lianqin import keys
from lianqin.records import Device
from patrol.credential import credential_sha256


def _field(device: Device) -> str:
    return f"{device.id}:{device.version}"


def make_code(client: redis.Redis, device: Device) -> str | None:
    """A new code (64 random bits, hex), or None: this enrolment had its one. Redis errors pass through.

    Enrolling the terminal again makes a new version of the device, which may register once more.
    """
    code = secrets.token_hex(8)
    if not client.hsetnx(keys.terminal_codes(), _field(device), credential_sha256(code)):
        return None
    if device.version > 1:
        client.hdel(keys.terminal_codes(), *[f"{device.id}:{n}" for n in range(1, device.version)])
    return code


def is_code(client: redis.Redis, device: Device, code: str) -> bool:
    """Redis errors pass through."""
    kept = cast("bytes | None", client.hget(keys.terminal_codes(), _field(device)))
    return kept is not None and hmac.compare_digest(kept.decode(), credential_sha256(code))
