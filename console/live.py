"""Live video and pictures of a camera: the look is registered, then the worker that holds the camera is asked.

Media flows straight between browser and worker; what passes here are offers and answers, snapshots, and MJPEG where nothing
else gets through.
"""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import socket
from collections.abc import AsyncIterator, Callable, Generator
from typing import Any, Final, cast
from urllib.parse import urlsplit

import msgspec
import redis
from anyio import CancelScope, CapacityLimiter, to_thread

from console import cameras
from console.context import Console
from lianqin import inner, keys
from lianqin.errors import LianqinError, NotFoundError, RecordError, UnavailableError

TIMEOUT_S: Final = 6.0
PROBE_TIMEOUT_S: Final = 90.0
"""A try waits for a key frame, which some cameras send once a minute, and goes on to FFmpeg where our own reader fails."""
PIECE: Final = 64 * 1024
_FLOWS: Final = CapacityLimiter(128)
_KNOWN: Final = {
    "live.no_picture": UnavailableError, "live.full": UnavailableError, "live.offer": RecordError,
    "live.elsewhere": UnavailableError,
}  # fmt: skip


def is_gone(console: Console, worker: str) -> bool:
    """It lives no longer; False while nobody can say."""
    try:
        return console.redis.get(keys.worker(worker)) is None
    except redis.exceptions.RedisError:
        return False


Ended = Callable[[int, str], None]
"""Told how many bytes left, and their sha256."""


class Reply(msgspec.Struct, frozen=True):
    """What the worker answered."""

    status: int
    body: bytes
    headers: dict[str, str]


def any_worker(console: Console) -> str:
    """One that lives and can be asked. Raises UnavailableError `live.no_worker`."""
    try:
        names = cast("Any", console.redis.zrange(keys.ingest_workers(), 0, -1))
        for name in reversed(names):
            if console.redis.get(keys.worker(name.decode())):
                return str(name.decode())
    except redis.exceptions.RedisError as error:
        raise UnavailableError("live.no_worker", f"Redis is away: {error}") from error
    raise UnavailableError("live.no_worker", "no ingest worker lives")


def worker_of(console: Console, camera_id: str) -> str:
    """The worker that holds the camera. Raises UnavailableError `live.no_worker`."""
    found = cameras.lives(console).get(camera_id)
    if found is None or console.clock.now() - found.health.at > cameras.STALE_HEALTH:
        raise UnavailableError("live.no_worker", f"no worker watches {camera_id}")
    return found.health.worker


def ask(console: Console, worker: str, told: inner.Told, *, timeout: float = TIMEOUT_S) -> Reply:
    """One signed request. Raises UnavailableError, RecordError with the worker's own key."""
    connection, headers = _connect(console, worker, told, timeout)
    try:
        connection.request(told.method, told.path, told.body, headers)
        answer = connection.getresponse()
        body = answer.read()
    except (OSError, http.client.HTTPException) as error:
        raise UnavailableError("live.no_worker", f"{worker} does not answer: {error}") from error
    finally:
        connection.close()
    if answer.status >= 400:
        raise refusal(body.decode(errors="replace"))
    return Reply(answer.status, body, {name.lower(): value for name, value in answer.getheaders()})


class Flow(msgspec.Struct, frozen=True):
    """A stream of the worker's that ends when either side does."""

    media_type: str
    headers: dict[str, str]
    pieces: Generator[bytes]
    cut: Callable[[], None]
    """Ends it from any thread, also while it waits for the next piece."""


def flow_of(console: Console, worker: str, told: inner.Told) -> Flow:
    """Raises as `ask` does."""
    connection, headers = _connect(console, worker, told, TIMEOUT_S)
    try:
        connection.request(told.method, told.path, told.body, headers)
        wire: socket.socket = connection.sock
        answer = connection.getresponse()
    except (OSError, http.client.HTTPException) as error:
        connection.close()
        raise UnavailableError("live.no_worker", f"{worker} does not answer: {error}") from error
    if answer.status >= 400:
        body = answer.read().decode(errors="replace")
        connection.close()
        raise refusal(body)

    def cut() -> None:
        with contextlib.suppress(OSError):
            wire.shutdown(socket.SHUT_RDWR)

    def flow() -> Generator[bytes]:
        try:
            while piece := answer.read1(PIECE):
                yield piece
        except (OSError, http.client.HTTPException):
            return  # the worker is gone, or the look is over; the page connects again where it may
        finally:
            answer.close()
            connection.close()

    transcoded = answer.getheader("x-transcoded")
    more = {} if transcoded is None else {"X-Transcoded": transcoded}
    return Flow(answer.getheader("content-type") or "", more, flow(), cut)


async def flowing(flow: Flow, begin: Callable[[], Ended]) -> AsyncIterator[bytes]:
    """Its pieces. Each flow may hold a thread while it waits; they are not those that answer everybody else. `begin` is called
    before the first one, and what it gives when it is over."""
    count, digest = 0, hashlib.sha256()
    ended = await to_thread.run_sync(begin, limiter=_FLOWS)
    try:
        while piece := await to_thread.run_sync(next, flow.pieces, b"", limiter=_FLOWS):
            count += len(piece)
            digest.update(piece)
            yield piece
    finally:
        with CancelScope(shield=True):
            flow.cut()
            await to_thread.run_sync(flow.pieces.close, limiter=_FLOWS)
            await to_thread.run_sync(ended, count, digest.hexdigest(), limiter=_FLOWS)


def _connect(
    console: Console, worker: str, told: inner.Told, timeout: float
) -> tuple[http.client.HTTPConnection, dict[str, str]]:
    try:
        raw = cast("Any", console.redis.get(keys.worker(worker)))
        secret = inner.secret_of(console.redis, console.settings.inner_secret)
    except redis.exceptions.RedisError as error:
        raise UnavailableError("live.no_worker", f"Redis is away: {error}") from error
    address = urlsplit(raw.decode() if raw else "")
    if not address.hostname or not address.port:
        raise UnavailableError("live.no_worker", f"{worker} has no inner address")
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=timeout)
    return connection, inner.sign(secret, told, console.clock.now())


def refusal(key: str) -> LianqinError:
    """The worker's reason as an error of ours."""
    kind = _KNOWN.get(key)
    if kind is None:
        return NotFoundError("live.gone", f"the worker answered {key!r}")
    return kind(key, f"the worker answered {key}")
