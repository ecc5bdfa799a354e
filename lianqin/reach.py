"""Where others reach what this process listens on: as it is told, or found out without asking anybody.

The address that is bound says what is listened on; `0.0.0.0` is no place to go to. Who wants to reach us stands in the same
network as Redis, so our own end of the way to Redis is taken: https://man7.org/linux/man-pages/man7/udp.7.html, `connect` of a
datagram socket chooses it and sends nothing.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from typing import Final
from urllib.parse import urlsplit

LOOPBACK: Final = "127.0.0.1"
_REDIS_PORT: Final = 6379
_PLACE: Final = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[^\s/?#@:\[\]]+)(?::(?P<port>\d{1,5}))?")


def is_any(host: str) -> bool:
    """All addresses of the machine: to be bound, not to be gone to."""
    try:
        return not host or ipaddress.ip_address(host.strip("[]")).is_unspecified
    except ValueError:
        return False  # a name


def read_place(text: str) -> tuple[str, int | None]:
    """`host` or `host:port`; an IPv6 address in brackets, which stay. Raises ValueError that says what is wrong."""
    found = _PLACE.fullmatch(text)
    if found is None or is_any(found["host"]) or not 0 < int(found["port"] or 1) < 65536:
        raise ValueError(
            f"`{text}` is no place that others can go to; write host or host:port, as ingest-3 or 10.0.0.7:8610"
        )
    return found["host"], int(found["port"]) if found["port"] else None


def place_of(told: str, bound: str, port: int, redis_url: str, *, first: int) -> str:
    """`host:port` for others. `told`: the setting, empty to find it out; its port stands for `first`, the one that is tried first,
    and the following ones follow it. Raises OSError while the way to Redis is not known."""
    if told:
        host, other = read_place(told)
        return f"{host}:{port if other is None else other + port - first}"
    return f"{own_end(redis_url) if is_any(bound) else bound}:{port}"


def own_end(redis_url: str) -> str:
    """Our own IPv4 address on the way to Redis; loopback where Redis is on this machine. Raises OSError: no way leads there."""
    url = urlsplit(redis_url)
    if url.scheme == "unix" or not url.hostname:
        return LOOPBACK
    where = socket.getaddrinfo(url.hostname, url.port or _REDIS_PORT, socket.AF_INET, socket.SOCK_DGRAM)[0][4]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(where)
        return str(probe.getsockname()[0])
