"""The address that a request comes from: the connection's, or what a trusted proxy says."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from typing import Final

from starlette.types import Scope

from lianqin.errors import SettingsError

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_IPV6_HOME: Final = 64
"""Bits of an IPv6 address that a provider gives to one customer (RFC 6177): the rest is theirs to choose, so it tells nobody apart."""


def read_proxies(text: str) -> tuple[Network, ...]:
    """Addresses and networks by commas. Raises SettingsError `settings.invalid`."""
    try:
        return tuple(ipaddress.ip_network(part.strip(), strict=False) for part in text.split(",") if part.strip())
    except ValueError as error:
        raise SettingsError(
            "settings.invalid", f"settings `trusted_proxies`: {error}", key="trusted_proxies"
        ) from error


def plain_address(text: str) -> str:
    """One spelling an address, IPv4 inside IPv6 as IPv4; empty for what is none."""
    try:
        found = ipaddress.ip_address(text.strip().partition("%")[0][:60])
    except ValueError:
        return ""
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return str(mapped or found)


def home_of(address: str) -> str:
    """Whom an address stands for when things are counted: an IPv4 address alone, an IPv6 address with its network of 64 bits."""
    if ":" not in address:
        return address
    return str(ipaddress.ip_network(f"{address}/{_IPV6_HOME}", strict=False))


def is_proxy(address: str, proxies: Iterable[Network]) -> bool:
    return bool(address) and any(ipaddress.ip_address(address) in network for network in proxies)


def address_of(scope: Scope, proxies: tuple[Network, ...]) -> str:
    """The nearest address that is no trusted proxy's. `X-Forwarded-For` is read from its end, and only where a trusted proxy sent it:
    what stands before that anybody may have written."""
    client = scope.get("client")
    address = plain_address(str(client[0])) if client else ""
    if not is_proxy(address, proxies):
        return address
    told = b",".join(value for name, value in scope["headers"] if name == b"x-forwarded-for").decode("latin-1")
    for part in reversed(told.split(",")[-16:]):
        before = plain_address(part)
        if not before:
            return address
        address = before
        if not is_proxy(address, proxies):
            break
    return address
