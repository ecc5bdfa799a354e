"""Certificates trusted by their print alone: what the setting `rtsps_pins` says, and what holds for a host. Pure.

A print is the SHA-256 of the certificate in DER, as `openssl x509 -fingerprint -sha256` shows it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from contextlib import suppress
from ipaddress import ip_address
from typing import Final

import msgspec

from lianqin.addresses import split_address

_PRINT: Final = re.compile(r"[0-9A-F]{64}|[0-9A-F]{2}(?::[0-9A-F]{2}){31}", re.IGNORECASE)
_FORM: Final = "write host=print or host:port=print, by commas"


class Pin(msgspec.Struct, frozen=True):
    """One certificate of one host. `port` None: at every port that has no pin of its own; `sha256` as `print_of` gives it."""

    host: str
    port: int | None
    sha256: str


def print_of(der: bytes) -> str:
    """`AB:CD:...`, 32 bytes."""
    return _spaced(hashlib.sha256(der).hexdigest())


def read_pins(text: str) -> tuple[Pin, ...]:
    """`10.0.0.5=AB:CD..., cam.lan:8322=ab12...`; a host may stand there again with another print. Raises ValueError."""
    return tuple(_read(one.strip()) for one in text.split(",") if one.strip())


def pinned(pins: Sequence[Pin], host: str, port: int) -> frozenset[str]:
    """The prints that a certificate may have there; empty: none is pinned. Pins of the port go before those of the host."""
    name = _same(host)
    at_port = frozenset(one.sha256 for one in pins if (one.host, one.port) == (name, port))
    return at_port or frozenset(one.sha256 for one in pins if (one.host, one.port) == (name, None))


def _read(one: str) -> Pin:
    place, mark, told = (part.strip() for part in one.partition("="))
    if not mark:
        raise ValueError(f"`{one}` is no pin: {_FORM}")
    found = split_address(f"rtsps://{place}")
    if found.fault or found.user or found.rest or found.place.lower() != place.lower():
        raise ValueError(f"`{place}` is no host and no host:port: {_FORM}")
    if not _PRINT.fullmatch(told):
        raise ValueError(
            f"what is pinned for {place} is no SHA-256 print, which has 64 hex digits, with or without colons "
            "(openssl x509 -noout -fingerprint -sha256)"
        )
    return Pin(_same(found.host), found.port, _spaced(told.replace(":", "")))


def _same(host: str) -> str:
    """One text for each way to write a host."""
    with suppress(ValueError):
        return str(ip_address(host))
    return host.lower().rstrip(".")


def _spaced(digits: str) -> str:
    return ":".join(digits[n : n + 2] for n in range(0, len(digits), 2)).upper()
