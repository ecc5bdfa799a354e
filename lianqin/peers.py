"""The address that a request comes from: the connection's, or what a trusted proxy says. And whom an address stands for."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from typing import Final

from lianqin.errors import SettingsError

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_IPV6_HOME: Final = 64
"""Bits of an IPv6 address that a provider gives to one customer (RFC 6177): the rest is theirs to choose, so it tells nobody apart."""
_MOST_HOPS: Final = 16


def read_networks(text: str, key: str) -> tuple[Network, ...]:
    """Addresses and networks by commas; `key`: the setting's name. Raises SettingsError `settings.invalid`."""
    try:
        return tuple(ipaddress.ip_network(part.strip(), strict=False) for part in text.split(",") if part.strip())
    except ValueError as error:
        raise SettingsError("settings.invalid", f"settings `{key}`: {error}", key=key) from error


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


def is_in(address: str, networks: Iterable[Network]) -> bool:
    """False for what is no address."""
    return bool(address) and any(ipaddress.ip_address(address) in network for network in networks)


def address_behind(peer: str, told: str, proxies: tuple[Network, ...]) -> str:
    """The nearest address that is no trusted proxy's; empty where the peer has none (a Unix socket). `told`: `X-Forwarded-For`, which
    is read from its end, and only where a trusted proxy sent it: what stands before that anybody may have written."""
    address = plain_address(peer)
    if not is_in(address, proxies):
        return address
    for part in reversed(told.split(",")[-_MOST_HOPS:]):
        before = plain_address(part)
        if not before:
            return address
        address = before
        if not is_in(address, proxies):
            break
    return address
