"""A worker's inner address: a request is heard once, whole, and beyond one machine by HTTPS alone."""

from __future__ import annotations

import http.client
import ipaddress
import ssl
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import redis
from cryptography import x509

from console.app import make_console
from console.cameras import video
from ingest.live.server import LiveServer
from lianqin import inner, keys
from lianqin import settings as settings_module
from lianqin.clock import SystemClock
from lianqin.db import Store, open_engine
from lianqin.errors import UnavailableError
from lianqin.inner import SignedRequest
from lianqin.sealed import Keyring
from tests.ingest.source.test_rtsps import certificate

VIEW = SignedRequest("POST", "/view/C01", b"")


class Views:
    """Streams of a worker with one camera, which counts what it is told."""

    relearned = 0

    def tap(self, camera_id: str, stream: str) -> None:
        return None

    def relearn(self, camera_id: str) -> bool:
        self.relearned += 1
        return camera_id == "C01"

    def forget_false_places(self, camera_id: str) -> int | None:
        return None


def served(client: redis.Redis, url: str, tmp_path: Path, **values: Any) -> tuple[LiveServer, Views, Any]:
    """The worker's server, what it serves, and a console beside it."""
    ours = settings_module.check({"run_dir": tmp_path, "redis_url": url, "inner_port": 18770, **values})
    views, clock = Views(), SystemClock()
    server = LiveServer(
        ours,
        views,
        inner.RequestVerifier(client, ours, clock).takes,
        Keyring(ours, makes=False),
        clock=clock,
        opener=None,
    )  # type: ignore[arg-type]
    server.start()
    client.set(keys.worker("w1"), server.address)
    while server._server is None or not server._server.started:
        time.sleep(0.01)
    return server, views, make_console(ours, Store(open_engine(ours.database)), client)


def send(server: LiveServer, told: SignedRequest, headers: dict[str, str], path: str = "") -> tuple[int, bytes]:
    address = urlsplit(server.address)
    connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=10)
    connection.request(told.method, path or told.path, told.body, headers)
    answer = connection.getresponse()
    found = answer.status, answer.read()
    connection.close()
    return found


def test_a_request_that_was_heard_is_refused_and_does_nothing(
    redis_server: Any, redis_client: redis.Redis, tmp_path: Path
) -> None:
    server, views, console = served(redis_client, redis_server.url, tmp_path)
    try:
        headers = inner.sign(inner.current_secret(redis_client, console.settings), VIEW, time.time())
        assert send(server, VIEW, headers, "/view/C01?other=1") == (403, b"inner.unsigned"), (
            "what is not signed is not read"
        )
        assert send(server, VIEW, headers)[0] == 204
        assert send(server, VIEW, headers) == (403, b"inner.unsigned")
        assert views.relearned == 1
        assert video.ask(console, "w1", VIEW).status == 204
        assert views.relearned == 2
    finally:
        server.stop()


def test_while_redis_is_away_nothing_is_taken_and_that_is_said(
    redis_server: Any, redis_client: redis.Redis, tmp_path: Path
) -> None:
    server, views, console = served(redis_client, redis_server.url, tmp_path)
    try:
        headers = inner.sign(inner.current_secret(redis_client, console.settings), VIEW, time.time())
        redis_server.kill()
        assert send(server, VIEW, headers) == (503, b"inner.away")
        assert views.relearned == 0
    finally:
        server.stop()
        redis_server.start()


def test_beyond_one_machine_the_console_speaks_https_with_whom_it_trusts(
    redis_server: Any, redis_client: redis.Redis, tmp_path: Path
) -> None:
    pem = certificate(tmp_path, "worker", x509.IPAddress(ipaddress.ip_address("127.0.0.1")))
    other = certificate(tmp_path, "other", x509.IPAddress(ipaddress.ip_address("127.0.0.1")))
    tls = {"inner_tls_cert": str(pem), "inner_tls_key": str(pem)}
    server, views, console = served(redis_client, redis_server.url, tmp_path, inner_tls_ca=str(pem), **tls)
    try:
        assert server.address.startswith("https://")
        assert video.ask(console, "w1", VIEW).status == 204
        assert views.relearned == 1
        with pytest.raises((OSError, http.client.HTTPException)):
            send(server, VIEW, {})
        ours = console.settings.model_copy(update={"inner_tls_ca": str(other)})
        with pytest.raises(UnavailableError, match="CERTIFICATE_VERIFY_FAILED"):
            video.ask(make_console(ours, console.store, redis_client), "w1", VIEW)
        assert views.relearned == 1
    finally:
        server.stop()


def test_a_console_that_asks_for_https_sends_nothing_in_clear(
    redis_server: Any, redis_client: redis.Redis, tmp_path: Path
) -> None:
    pem = certificate(tmp_path, "worker", x509.IPAddress(ipaddress.ip_address("127.0.0.1")))
    server, views, console = served(redis_client, redis_server.url, tmp_path, inner_tls_ca=str(pem))
    try:
        with pytest.raises(UnavailableError, match="HTTPS"):
            video.ask(console, "w1", VIEW)
        assert views.relearned == 0
    finally:
        server.stop()


def test_the_least_of_tls_is_1_2(tmp_path: Path) -> None:
    pem = certificate(tmp_path, "worker", x509.IPAddress(ipaddress.ip_address("127.0.0.1")))
    assert video._trusted(str(pem)).minimum_version == ssl.TLSVersion.TLSv1_2
