"""Registrations of JT/T 808 terminals and the authentication codes they get by them.

A code is an HMAC-SHA256 (RFC 2104) over device and enrolment, so that the same terminal can be told it again although
nothing but its sha256 is kept. Who may register: the first one after an enrolment; then, while a person let it register
again (enrolment does so too), the same terminal, until it showed its code once. Everybody else is refused, and that is an
event of the device.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable, Sequence
from typing import Any, Final, Literal, TypeVar, cast

import msgspec
import redis
from msgspec.structs import replace
from redis.client import Pipeline

from lianqin import keys
from lianqin.decoding import json_decoder
from lianqin.records import Device
from patrol.devices.credential import credential_sha256

_CODE_CHARACTERS: Final = 16
_TERMINAL_SHOWN: Final = 80
_EVENTS_KEPT: Final = 20
_T = TypeVar("_T")
Why = Literal["other_terminal", "proved", "window_closed"]
"""Another terminal by the same number; it showed its code already; nobody let it register again, or too long ago."""


class RefusedRegistration(msgspec.Struct, frozen=True):
    """`terminal`: what it said it is (maker, model, id)."""

    at: float
    why: Why
    terminal: str


class Registration(msgspec.Struct, frozen=True):
    """One terminal's, kept in Redis beside the sha256 of its code. `enrolment`: the version of the device that it registered for. `proved_no`: the
    `Device.register_no` by which it last showed its code. `refused` counts, `events` are the last of them."""

    enrolment: int
    terminal: str | None
    """Whoever registered first; None where that is not known."""
    registered_at: float | None = None
    proved_no: int | None = None
    proved_at: float | None = None
    refused: int = 0
    events: tuple[RefusedRegistration, ...] = ()


_encode = msgspec.json.Encoder().encode
_decode = json_decoder(Registration).decode


def secret_of(client: redis.Redis, told: str) -> bytes:
    """`told` by the settings, or one that the first process made and keeps in Redis. Redis errors pass through."""
    if told:
        return told.encode()
    client.set(keys.terminal_secret(), secrets.token_hex(32), nx=True)
    return bytes(cast("Any", client.get(keys.terminal_secret())))


def code_of(secret: bytes, device: Device) -> str:
    """64 bits, hex: of this device and this enrolment."""
    return hmac.new(secret, f"{device.id}:{device.version}".encode(), hashlib.sha256).hexdigest()[:_CODE_CHARACTERS]


def check_registration(before: Registration | None, device: Device, terminal: str, now: float) -> Why | None:
    """Why it is refused. `before`: the device's last registration."""
    if before is None or before.enrolment != device.version:
        return None
    if before.terminal not in {None, terminal}:
        return "other_terminal"
    if before.proved_no == device.register_no:
        return "proved"
    if device.register_until is None or now > device.register_until:
        return "window_closed"
    return None


def do_register(client: redis.Redis, secret: bytes, device: Device, terminal: str, now: float) -> str | None:
    """The code, or None: refused, and that was written down. Redis errors pass through: then nothing was given."""
    terminal = terminal[:_TERMINAL_SHOWN]

    def change(before: Registration | None) -> tuple[Registration, str | None]:
        why = check_registration(before, device, terminal, now)
        if before is not None and why is not None:
            events = (*before.events, RefusedRegistration(now, why, terminal))[-_EVENTS_KEPT:]
            return replace(before, refused=before.refused + 1, events=events), None
        code = code_of(secret, device)
        last = before.proved_no if before is not None and before.enrolment == device.version else None
        found = Registration(device.version, terminal, registered_at=now, proved_no=last)
        if before is not None:
            found = replace(found, refused=before.refused, events=before.events)
        return found, code

    def keep(pipe: Pipeline, code: str | None) -> None:
        if code is None:
            return
        pipe.hset(keys.terminal_codes(), _field(device, device.version), credential_sha256(code))
        if device.version > 1:
            pipe.hdel(keys.terminal_codes(), *[_field(device, n) for n in range(1, device.version)])

    return _change(client, device, change, keep)


def is_code(client: redis.Redis, device: Device, code: str, now: float) -> bool:
    """Whether it is the terminal's code; then it has proved itself. Redis errors pass through."""
    kept = cast("bytes | None", client.hget(keys.terminal_codes(), _field(device, device.version)))
    if kept is None or not hmac.compare_digest(kept.decode(), credential_sha256(code)):
        return False

    def change(before: Registration | None) -> tuple[Registration | None, bool]:
        if before is None or before.enrolment != device.version or before.proved_no == device.register_no:
            return before, True
        return replace(before, proved_no=device.register_no, proved_at=now), True

    return _change(client, device, change)


def registrations(client: redis.Redis, device_ids: Sequence[str]) -> dict[str, Registration]:
    """By device. Redis errors pass through."""
    if not device_ids:
        return {}
    kept = cast("list[bytes | None]", client.mget([keys.terminal_registration(device_id) for device_id in device_ids]))
    return {device_id: _decode(raw) for device_id, raw in zip(device_ids, kept, strict=True) if raw is not None}


def _change(client: redis.Redis, device: Device, change: Callable[[Registration | None], tuple[Registration | None, _T]],
            keep: Callable[[Pipeline, _T], None] | None = None) -> _T:  # fmt: skip
    """Read, change and write as one, with what `keep` adds; done again where somebody else wrote in between."""
    key = keys.terminal_registration(device.id)
    while True:
        with client.pipeline() as pipe:
            pipe.watch(key)  # type: ignore[no-untyped-call] # the client does not say its types
            raw = cast("bytes | None", pipe.get(key))
            before = _decode(raw) if raw is not None else _of_old(pipe, device)
            after, result = change(before)
            if after is None or after == before:
                return result
            pipe.multi()
            pipe.set(key, _encode(after))
            if keep is not None:
                keep(pipe, result)
            try:
                pipe.execute()
            except redis.exceptions.WatchError:
                continue
            return result


def _of_old(pipe: Pipeline, device: Device) -> Registration | None:
    """One that registered when nothing but the code's sha256 was kept."""
    had = pipe.hexists(keys.terminal_codes(), _field(device, device.version))
    return Registration(device.version, None, proved_no=0) if had else None


def _field(device: Device, version: int) -> str:
    return f"{device.id}:{version}"
