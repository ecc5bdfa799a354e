"""A worker that accepts and never answers: it holds up nobody else, and after some time-outs nobody waits for it."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from console.cameras.video import refusal
from console.cameras.workers import AT_A_TIME, REST_S, TIMEOUTS
from lianqin import keys
from lianqin.records import CameraHealth, encode

pytestmark = pytest.mark.timeout(120)
MANY = 40
"""As many as there are threads that answer everybody."""
CALLS = (
    ("GET", "/api/cameras/C01/snapshot"), ("GET", "/api/cameras/C01/mjpeg"), ("GET", "/api/cameras/C01/fmp4"),
    ("POST", "/api/cameras/C01/whep"), ("POST", "/api/cameras/C01/view"), ("DELETE", "/api/cameras/C01/false-places"),
    ("DELETE", "/api/live/w1/abc123"),
)  # fmt: skip


class SilentWorker:
    """Takes every connection and says nothing."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=200)
        self.address = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.taken: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                self.taken.append(self._listener.accept()[0])

    def hang_up(self) -> None:
        """Whoever waits is told so."""
        for one in self.taken:
            one.close()

    def close(self) -> None:
        self._listener.close()
        self.hang_up()


class GoodWorker:
    def __init__(self) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Length", "4")
                self.end_headers()
                self.wfile.write(b"jpeg")

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.address = f"http://127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def silent(room: Any) -> Iterator[SilentWorker]:
    """It holds C01."""
    made = SilentWorker()
    hold(room, "C01", "w1", made.address)
    yield made
    made.close()


@pytest.fixture
def good(room: Any) -> Iterator[GoodWorker]:
    """It holds C02."""
    made = GoodWorker()
    hold(room, "C02", "w2", made.address)
    yield made
    made.close()


def hold(room: Any, camera_id: str, worker: str, address: str) -> None:
    now = room.clock.now()
    room.redis.set(keys.worker(worker), address)
    room.redis.zadd(keys.ingest_workers(), {worker: now})
    room.redis.hset(keys.camera_health(), camera_id, encode(CameraHealth(camera_id, "ok", "", now, now, worker)))


def until(look: Callable[[], Any], seconds: float = 30.0) -> Any:
    end = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < end
        time.sleep(0.01)
    return found


def ask_in_background(pool: ThreadPoolExecutor, visitor: Any, path: str, method: str = "GET") -> Future[Any]:
    return pool.submit(visitor.ask, method, path)


def test_forty_requests_that_hang_hold_up_neither_other_routes_nor_other_workers(
    room: Any, silent: SilentWorker, good: GoodWorker
) -> None:
    leader = room.role("leader")
    with ThreadPoolExecutor(MANY) as pool:
        hanging = [ask_in_background(pool, leader, path, method) for _ in range(MANY) for method, path in CALLS][:MANY]
        until(lambda: len(silent.taken) == AT_A_TIME)
        me = leader.get("/api/me")
        other = leader.get("/api/cameras/C02/snapshot")
        saved = leader.get("/api/cameras")
        assert [one.done() for one in hanging] == [False] * MANY, "they were served while all of those wait"
        assert (me.status_code, saved.status_code) == (200, 200)
        assert (other.status_code, other.content) == (200, b"jpeg")
        while not all(one.done() for one in hanging):
            silent.hang_up()
            time.sleep(0.02)
    assert {one.result().status_code for one in hanging} <= {503}


@pytest.mark.parametrize(("language", "said"), [
    ("zh-CN", "视频工作进程没有应答，请稍后再试。"), ("en", "The video worker does not answer; try again in a moment."),
])  # fmt: skip
def test_a_worker_that_timed_out_some_times_is_left_alone_and_asked_again_after_a_moment(
    room: Any, silent: SilentWorker, good: GoodWorker, monkeypatch: pytest.MonkeyPatch, language: str, said: str
) -> None:
    monkeypatch.setattr("console.cameras.video.TIMEOUT_S", 0.5)
    operator, path = room.role("operator"), "/api/cameras/C01/snapshot"
    for n in range(TIMEOUTS):
        assert operator.get(path).json()["key"] == "live.worker_silent"
        assert len(silent.taken) == n + 1
    answer = operator.client.get(path, headers=operator.headers({"accept-language": language}))
    assert (answer.status_code, answer.json()["key"], answer.json()["detail"]) == (503, "live.worker_silent", said)
    assert answer.headers["retry-after"] == "10"
    assert len(silent.taken) == TIMEOUTS, "it was not asked: the answer came at once"
    assert operator.get("/api/cameras/C02/snapshot").status_code == 200

    room.clock.advance(REST_S)
    hold(room, "C01", "w1", silent.address)
    monkeypatch.setattr("console.cameras.video.TIMEOUT_S", 30.0)
    with ThreadPoolExecutor(1) as pool:
        trial = ask_in_background(pool, operator, path)
        until(lambda: len(silent.taken) == TIMEOUTS + 1)
        assert operator.get(path).json()["key"] == "live.worker_silent"
        assert len(silent.taken) == TIMEOUTS + 1, "one finds out for all"
        assert not trial.done()
        silent.hang_up()
        trial.result()
    hold(room, "C01", "w1", good.address)
    assert [operator.get(path).status_code for _ in range(3)] == [200] * 3, "it answers, and is asked as ever"


def test_an_address_is_tried_by_a_worker_that_answers(
    room: Any, silent: SilentWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("console.cameras.video.TIMEOUT_S", 0.3)
    for _ in range(TIMEOUTS):
        room.role("operator").get("/api/cameras/C01/snapshot")
    asked: list[str] = []

    def ask(_console: Any, worker: str, _told: Any, **_: Any) -> Any:
        asked.append(worker)
        raise refusal("live.full")

    hold(room, "C02", "a-worker-that-came-before", "http://127.0.0.1:1")
    room.redis.zadd(keys.ingest_workers(), {"a-worker-that-came-before": 1.0})
    monkeypatch.setattr("console.cameras.video.ask", ask)
    answer = room.role("sysadmin").post("/api/cameras/probe", {"url": "rtsp://10.0.0.9/x"})
    assert answer.json()["key"] == "live.full"
    assert asked == ["a-worker-that-came-before"]


def test_nothing_is_kept_for_a_worker_that_is_not_there(room: Any) -> None:
    for n in range(20):
        assert room.role("operator").ask("DELETE", f"/api/live/nobody-{n}/abc").json()["key"] == "live.no_worker"
    assert room.console.workers._lines == {}
