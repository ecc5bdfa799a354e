"""Redis found by its Sentinels: `sentinel://[user:password@]host:port,host:port,host:port/service[/database]`.

Each new connection asks them which server is the primary now (https://valkey.io/topics/sentinel/); one that was demoted answers
READONLY, and its connections are made anew. Of the query: `sentinel_user` and `sentinel_password` where the Sentinels want their own,
`tls=true` for TLS to both.
"""

from __future__ import annotations

from typing import Any, Final, cast
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

import redis
from redis.sentinel import Sentinel, SentinelConnectionPool

SCHEME: Final = "sentinel://"
ASK_S: Final = 1.0
"""A Sentinel that does not answer for so long is passed over."""
_PORT: Final = 26379
_QUERY: Final = frozenset({"sentinel_user", "sentinel_password", "tls"})


def open_by_sentinel(url: str, timeout: float) -> redis.Redis:
    """A client that never retries by itself; nothing is connected yet. Raises ValueError for an address that is none, without its words."""
    parts = urlsplit(url)
    said, hosts = parts.netloc.rpartition("@")[::2]
    service, _, database = parts.path.removeprefix("/").partition("/")
    query = dict(parse_qsl(parts.query, strict_parsing=bool(parts.query)))
    if not service or not set(query) <= _QUERY or query.get("tls", "true") != "true":
        raise ValueError("no service, or an unknown word behind the `?`")
    user, _, password = said.partition(":")
    told: dict[str, Any] = {"retry": None, "ssl": "tls" in query}
    asking = told | {
        "username": query.get("sentinel_user"), "password": query.get("sentinel_password"),
        "socket_timeout": min(ASK_S, timeout), "socket_connect_timeout": min(ASK_S, timeout),
    }  # fmt: skip
    sentinels = Sentinel([_host(one) for one in hosts.split(",")], sentinel_kwargs=asking)  # type: ignore[no-untyped-call]
    primary: Any = sentinels.master_for(  # type: ignore[no-untyped-call]
        unquote(service), username=unquote(user) or None, password=unquote(password) or None, db=int(database or 0),
        socket_timeout=timeout, socket_connect_timeout=timeout, **told,
    )  # fmt: skip
    return cast("redis.Redis", primary)


def _host(text: str) -> tuple[str, int]:
    one: SplitResult = urlsplit(f"//{text}")
    if not one.hostname:
        raise ValueError("a Sentinel without a host")
    return one.hostname, one.port or _PORT


def where_is(client: redis.Redis) -> str:
    """The client's address for a log, without user and password."""
    pool = client.connection_pool
    if isinstance(pool, SentinelConnectionPool):
        asked = [one.connection_pool.connection_kwargs for one in pool.sentinel_manager.sentinels]
        return f"{pool.service_name} by " + ", ".join(f"{one['host']}:{one['port']}" for one in asked)
    told = pool.connection_kwargs
    return str(told.get("path") or f"{told.get('host')}:{told.get('port')}/{told.get('db') or 0}")
