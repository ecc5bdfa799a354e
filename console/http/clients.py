"""The address that a request comes from, whether it came by TLS, and whether it came directly."""

from __future__ import annotations

from starlette.types import Scope

from lianqin.peers import Network, address_behind, home_of, is_in, plain_address, read_networks

__all__ = [
    "Network",
    "address_of",
    "came_by_tls",
    "came_directly",
    "home_of",
    "is_proxy",
    "plain_address",
    "read_proxies",
]

is_proxy = is_in
_FORWARDING = frozenset({b"forwarded", b"via", b"x-real-ip"})
"""Beside all that begin with `x-forwarded-`."""


def read_proxies(text: str) -> tuple[Network, ...]:
    """Addresses and networks by commas. Raises SettingsError `settings.invalid`."""
    return read_networks(text, "trusted_proxies")


def _peer(scope: Scope) -> str:
    client = scope.get("client")
    return str(client[0]) if client else ""


def _told(scope: Scope, header: bytes) -> str:
    return b",".join(value for name, value in scope["headers"] if name == header).decode("latin-1")


def address_of(scope: Scope, proxies: tuple[Network, ...]) -> str:
    """The nearest address that is no trusted proxy's (`lianqin.peers.address_behind`)."""
    return address_behind(_peer(scope), _told(scope, b"x-forwarded-for"), proxies)


def came_by_tls(scope: Scope, proxies: tuple[Network, ...]) -> bool:
    """To us, or to the trusted proxy that sent it here; nobody else's `X-Forwarded-Proto` is believed. Where several stand there the
    last is that of the proxy before us."""
    if scope.get("scheme") == "https":
        return True
    if not is_in(plain_address(_peer(scope)), proxies):
        return False
    return _told(scope, b"x-forwarded-proto").rpartition(",")[2].strip().lower() == "https"


def came_directly(scope: Scope, networks: tuple[Network, ...], proxies: tuple[Network, ...]) -> bool:
    """From one of those networks, and through no proxy: neither a trusted one's connection nor a header that proxies add."""
    address = plain_address(_peer(scope))
    if not is_in(address, networks) or is_in(address, proxies):
        return False
    return not any(name in _FORWARDING or name.startswith(b"x-forwarded-") for name, _ in scope["headers"])
