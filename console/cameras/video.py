"""Live video and pictures of a camera: the look is registered, then the worker that holds the camera is asked.

Media flows straight between browser and worker; what passes here are offers and answers, snapshots, and MJPEG where nothing
else gets through. `ask` and `flow_of` block: `workers.Workers` calls them, on threads of each worker's own.
"""

from __future__ import annotations

import contextlib
import functools
import http.client
import socket
import ssl
from collections.abc import Callable, Generator
from typing import Any, Final, cast
from urllib.parse import urlsplit

import msgspec
import redis

from console.cameras import cameras
from console.http.context import Console
from lianqin import inner, keys
from lianqin.errors import LianqinError, NotFoundError, RecordError, SettingsError, UnavailableError

TIMEOUT_S: Final = 6.0
PROBE_TIMEOUT_S: Final = 90.0
"""A try waits for a key frame, which some cameras send once a minute, and goes on to FFmpeg where our own reader fails."""
PIECE: Final = 64 * 1024
RETRY_S: Final = 10
"""For people, where nothing came of it."""
SILENT: Final = "live.worker_silent"
NOBODY: Final = "live.no_worker"
_KNOWN: Final = {
    "live.no_picture": UnavailableError, "live.full": UnavailableError, "live.offer": RecordError,
    "live.elsewhere": UnavailableError, "inner.away": UnavailableError,
    "seal.no_key": UnavailableError,
}  # fmt: skip


def is_gone(console: Console, worker: str) -> bool:
    """It lives no longer; False while nobody can say."""
    try:
        return console.redis.get(keys.worker(worker)) is None
    except redis.exceptions.RedisError:
        return False


class Reply(msgspec.Struct, frozen=True):
    """What the worker answered."""

    status: int
    body: bytes
    headers: dict[str, str]


def living_workers(console: Console) -> list[str]:
    """Those that can be asked. Raises UnavailableError `live.no_worker`."""
    try:
        names: list[str] = [name.decode() for name in cast("Any", console.redis.zrange(keys.ingest_workers(), 0, -1))]
        living = [name for name in reversed(names) if console.redis.get(keys.worker(name))]
    except redis.exceptions.RedisError as error:
        raise UnavailableError("live.no_worker", f"Redis is away: {error}") from error
    if not living:
        raise UnavailableError("live.no_worker", "no ingest worker lives")
    return living


def any_worker(console: Console) -> str:
    """One that lives and can be asked; one that answers where there is such. Raises as `living_workers`."""
    living = living_workers(console)
    return next((name for name in living if console.workers.answers(name)), living[0])


def worker_of(console: Console, camera_id: str) -> str:
    """The worker that holds the camera. Raises UnavailableError `live.no_worker`."""
    found = cameras.lives(console).get(camera_id)
    if found is None or console.clock.now() - found.health.at > cameras.STALE_HEALTH:
        raise UnavailableError("live.no_worker", f"no worker watches {camera_id}")
    return found.health.worker


def check_worker(console: Console, worker: str) -> None:
    """Raises UnavailableError `live.no_worker` for a name that no living worker has: nothing is kept for it."""
    try:
        lives = bool(console.redis.get(keys.worker(worker)))
    except redis.exceptions.RedisError as error:
        raise UnavailableError("live.no_worker", f"Redis is away: {error}") from error
    if not lives:
        raise UnavailableError("live.no_worker", f"{worker} has no inner address")


def ask(console: Console, worker: str, told: inner.SignedRequest, *, timeout: float = TIMEOUT_S) -> Reply:
    """One signed request. Raises UnavailableError (`live.worker_silent` where no answer comes in `timeout` seconds), RecordError with the
    worker's own key."""
    connection, headers = _connect(console, worker, told, timeout)
    try:
        connection.request(told.method, told.path, told.body, headers)
        answer = connection.getresponse()
        body = answer.read()
    except TimeoutError as error:
        raise UnavailableError(SILENT, f"{worker} does not answer in time", retry_s=RETRY_S) from error
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


def flow_of(console: Console, worker: str, told: inner.SignedRequest) -> Flow:
    """Raises as `ask` does."""
    connection, headers = _connect(console, worker, told, TIMEOUT_S)
    try:
        connection.request(told.method, told.path, told.body, headers)
        wire: socket.socket = connection.sock
        answer = connection.getresponse()
    except TimeoutError as error:
        connection.close()
        raise UnavailableError(SILENT, f"{worker} does not answer in time", retry_s=RETRY_S) from error
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


def _connect(
    console: Console, worker: str, told: inner.SignedRequest, timeout: float
) -> tuple[http.client.HTTPConnection, dict[str, str]]:
    try:
        raw = cast("Any", console.redis.get(keys.worker(worker)))
        secret = inner.current_secret(console.redis, console.settings)
    except redis.exceptions.RedisError as error:
        raise UnavailableError("live.no_worker", f"Redis is away: {error}") from error
    address = urlsplit(raw.decode() if raw else "")
    if not address.hostname or not address.port:
        raise UnavailableError("live.no_worker", f"{worker} has no inner address")
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=timeout)
    if address.scheme == "https":
        trusted = _trusted(console.settings.inner_tls_ca)
        connection = http.client.HTTPSConnection(address.hostname, address.port, timeout=timeout, context=trusted)
    elif console.settings.inner_tls_ca:
        raise UnavailableError("live.no_worker", f"{worker} takes no HTTPS, and `inner_tls_ca` asks for it")
    return connection, inner.sign(secret, told, console.clock.now())


@functools.lru_cache(maxsize=4)
def _trusted(file: str) -> ssl.SSLContext:
    """Raises SettingsError `inner.ca`."""
    try:
        made = ssl.create_default_context(cafile=file or None)
    except (OSError, ssl.SSLError) as error:
        raise SettingsError("inner.ca", f"setting `inner_tls_ca`: {file} can't be read ({error})") from error
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    return made


def refusal(key: str) -> LianqinError:
    """The worker's reason as an error of ours."""
    kind = _KNOWN.get(key)
    if kind is None:
        return NotFoundError("live.gone", f"the worker answered {key!r}")
    return kind(key, f"the worker answered {key}")
