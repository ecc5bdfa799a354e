"""Fixes before a begin that may still be on its way: held sealed (AES-256-GCM, NIST SP 800-38D) for a day, for a guard whom the
roster plans then. They are opened for the shift alone that the begin proves; else destroyed and counted. No route, export or
file shows them. Minimal retention: 个人信息保护法 art. 19."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Collection, Iterable
from typing import Any, Final, cast

import msgspec
import redis
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from lianqin import keys
from lianqin.decoding import json_decoder
from lianqin.records import Fix
from patrol.acts.moments import KEPT_S

BUCKET_S: Final = 900.0
NONCE: Final = 12
_decoder = json_decoder(Fix)


class SealedFixes:
    """The fixes held, by guard. Redis errors pass through."""

    def __init__(self, client: redis.Redis, secret: bytes) -> None:
        self._redis = client
        self._aes = AESGCM(hmac.new(secret, b"sealed fixes", hashlib.sha256).digest())

    def hold(self, fixes: Iterable[Fix]) -> None:
        """A fix that comes twice is held once."""
        with self._redis.pipeline(transaction=False) as pipe:
            for fix in fixes:
                bucket = int(fix.received_at // BUCKET_S)
                nonce = secrets.token_bytes(NONCE)
                body = nonce + self._aes.encrypt(nonce, msgspec.json.encode(fix), fix.guard_id.encode())
                pipe.hset(keys.sealed(fix.guard_id, bucket), fix.id, cast("str", body))
                pipe.expire(keys.sealed(fix.guard_id, bucket), int(KEPT_S + 2 * BUCKET_S))
                pipe.sadd(keys.sealed_buckets(), f"{bucket}|{fix.guard_id}")
            pipe.execute()

    def guards(self) -> dict[str, list[int]]:
        """Of whom fixes are held, in which buckets, oldest first."""
        found: dict[str, list[int]] = {}
        for one in sorted(cast("set[bytes]", self._redis.smembers(keys.sealed_buckets()))):
            bucket, _, guard_id = one.decode().partition("|")
            found.setdefault(guard_id, []).append(int(bucket))
        return {guard_id: sorted(buckets) for guard_id, buckets in found.items()}

    def read(self, guard_id: str, buckets: Iterable[int]) -> list[Fix]:
        """In order of device time. What another secret sealed is left out."""
        found = []
        for bucket in buckets:
            for body in cast("dict[bytes, bytes]", self._redis.hgetall(keys.sealed(guard_id, bucket))).values():
                try:
                    found.append(_decoder.decode(self._aes.decrypt(body[:NONCE], body[NONCE:], guard_id.encode())))
                except InvalidTag:
                    continue
        return sorted(found, key=lambda fix: (fix.at, fix.id))

    def ids(self, guard_id: str, bucket: int) -> list[str]:
        return [one.decode() for one in cast("list[bytes]", self._redis.hkeys(keys.sealed(guard_id, bucket)))]

    def drop(self, guard_id: str, buckets: Iterable[int], ids: Collection[str] | None = None) -> None:
        """Those fixes, or (None) all of these buckets."""
        for bucket in buckets:
            name = keys.sealed(guard_id, bucket)
            if ids is None:
                self._redis.delete(name)
            elif ids:
                self._redis.hdel(name, *ids)
            if not cast("Any", self._redis.exists(name)):
                self._redis.srem(keys.sealed_buckets(), f"{bucket}|{guard_id}")
