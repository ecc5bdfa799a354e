"""A look lives as long as the session that began it, and its end stands in the register; a page that asks by itself is no person."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import msgspec
import pytest
from sqlalchemy import select

from console.access.tables import LoginSession
from console.alerts.tables import AlertRow
from console.cameras.running import LOST_AFTER, Running, RunningLooks
from lianqin import audit, inner, keys
from lianqin.audit import Actor
from lianqin.errors import UnavailableError
from lianqin.inner import SignedRequest
from lianqin.records import CameraHealth, encode
from lianqin.testing import T0, an_alert

MINUTE = 60.0


class Worker:
    """A worker's inner address that shows what it is asked to until it is cut, and keeps whom it is told to."""

    def __init__(self, room: Any) -> None:
        self.asked: list[tuple[str, str, bytes]] = []
        self.viewers = {"abc123"}
        self.room, told = room, self

        class Handler(BaseHTTPRequestHandler):
            def _any(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                headers = {name.lower(): value for name, value in self.headers.items()}
                secret = inner.secret_of(room.redis, "")
                assert inner.is_signed(secret, SignedRequest(self.command, self.path, body), headers, room.clock.now())
                told.asked.append((self.command, self.path, body))
                if self.path.startswith(("/fmp4", "/mjpeg")):
                    self._flow()
                    return
                answer = b"v=0 answer"
                if self.path == "/keep":
                    answer = msgspec.json.encode(sorted(told.viewers & set(msgspec.json.decode(body))))
                self.send_response(201)
                self.send_header("X-Viewer", "abc123")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def _flow(self) -> None:
                self.send_response(200)
                mjpeg = self.path.startswith("/mjpeg/")
                self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=f" if mjpeg else "video/mp4")
                self.end_headers()
                self.wfile.write(b"moof")
                self.wfile.flush()
                self.rfile.read(1)  # silent from here on, until the other side hangs up

            do_GET = do_POST = do_DELETE = _any  # noqa: N815 - the library's names

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.speak()

    def speak(self) -> None:
        """It lives and holds the camera, by the clock of now."""
        now = self.room.clock.now()
        self.room.redis.set(keys.worker("w1"), f"http://127.0.0.1:{self.server.server_address[1]}")
        self.room.redis.hset(keys.camera_health(), "C01", encode(CameraHealth("C01", "ok", "", now, now, "w1")))


@pytest.fixture
def worker(room: Any) -> Iterator[Worker]:
    made = Worker(room)
    yield made
    made.server.shutdown()


def running(room: Any) -> RunningLooks:
    found: RunningLooks = room.app.state.running
    return found


def begin(room: Any, role: str = "operator", **query: str) -> Any:
    visitor = room.role(role)
    answer = visitor.client.post("/api/cameras/C01/whep", params=query, content=b"v=0 offer",
                                 headers=visitor.headers({"content-type": "application/sdp"}))  # fmt: skip
    assert answer.status_code == 201, answer.text
    return answer


def ends(room: Any) -> list[tuple[str, str, str]]:
    return [(row.actor_id, row.detail["way"], row.detail["end"]) for row in room.audit("live.look_end")]


def deleted(worker: Worker) -> list[str]:
    return [path for method, path, _ in worker.asked if method == "DELETE"]


def untouched(visitor: Any, path: str) -> Any:
    """What a page asks by itself."""
    return visitor.get(path, **{"x-acted": "0"})


def disable(room: Any) -> None:
    form = {"username": "operator", "role": "operator", "name": "甲", "disabled": True}
    assert room.role("secadmin").put("/api/accounts/a-operator", form).status_code == 200


def log_out(room: Any) -> None:
    assert room.role("operator").post("/api/logout").status_code == 200


def leave_idle(room: Any) -> None:
    room.clock.advance(15 * MINUTE + 1)


OVER: list[tuple[str, Callable[[Any], None]]] = [
    ("the account is disabled", disable), ("logged out", log_out), ("nobody is there", leave_idle),
]  # fmt: skip


@pytest.mark.parametrize("how", [how for _, how in OVER], ids=[name for name, _ in OVER])
def test_webrtc_ends_at_the_worker_with_the_session(room: Any, worker: Worker, how: Callable[[Any], None]) -> None:
    begin(room)
    running(room).check()
    assert worker.asked[-1] == ("POST", "/keep", b'["abc123"]')
    assert ends(room) == []
    how(room)
    running(room).check()
    assert deleted(worker) == ["/live/abc123"]
    assert ends(room) == [("a-operator", "WebRTC", "session")]
    [row] = room.audit("live.look_end")
    assert (row.object_id, row.purpose) == ("C01", "live_watch")
    assert row.detail["began_at"] == T0
    running(room).check()
    assert len(ends(room)) == 1, "said once"


@pytest.mark.parametrize("way", ["fmp4", "mjpeg"])
@pytest.mark.parametrize("how", [how for _, how in OVER], ids=[name for name, _ in OVER])
def test_what_flows_through_the_console_is_cut_with_the_session(
    room: Any, worker: Worker, how: Callable[[Any], None], way: str
) -> None:
    answers: list[Any] = []
    looking = threading.Thread(target=lambda: answers.append(room.role("operator").get(f"/api/cameras/C01/{way}")))
    looking.start()
    pause = threading.Event()
    while not room.redis.hlen(keys.running_looks()):
        pause.wait(0.02)
    running(room).check()
    assert looking.is_alive()
    how(room)
    running(room).check()
    looking.join(20)
    assert answers[0].content == b"moof"
    [row] = room.audit("live.look_end")
    assert row.detail["end"] == "session"
    assert room.redis.hlen(keys.running_looks()) == 0


def test_what_flowed_is_told_with_its_bytes_and_digest(room: Any, worker: Worker) -> None:
    """The worker hangs up: so it ends from the other side."""
    looking = threading.Thread(target=lambda: room.role("operator").get("/api/cameras/C01/fmp4"))
    looking.start()
    pause = threading.Event()
    while not room.redis.hlen(keys.running_looks()):
        pause.wait(0.02)
    one, cut = next(iter(running(room)._here.values()))
    cut()
    looking.join(20)
    [row] = room.audit("live.look_end")
    assert (row.detail["end"], row.detail["way"], one.camera_id) == ("left", "fMP4", "C01")
    assert (row.detail["bytes"], row.detail["sha256"]) == (4, hashlib.sha256(b"moof").hexdigest())


def test_who_leaves_by_himself_or_is_gone_has_left(room: Any, worker: Worker) -> None:
    location = begin(room).headers["location"]
    other = room.role("leader")
    assert other.ask("DELETE", location).status_code == 204
    assert deleted(worker) == [], "another's look is not his to end"
    assert room.role("operator").ask("DELETE", location).status_code == 204
    assert ends(room) == [("a-operator", "WebRTC", "left")]
    begin(room, "leader")
    worker.viewers.clear()
    running(room).check()
    assert ends(room)[1:] == [("a-leader", "WebRTC", "left")]


def test_a_worker_that_does_not_answer_ends_nothing_and_one_that_is_gone_does(room: Any, worker: Worker) -> None:
    begin(room)
    worker.server.shutdown()
    worker.server.server_close()
    running(room).check()
    assert ends(room) == []
    room.redis.delete(keys.worker("w1"))
    running(room).check()
    assert ends(room) == [("a-operator", "WebRTC", "left")]


def test_of_a_console_that_died_another_says_the_ends(room: Any) -> None:
    at = room.clock.at_redis(room.redis)
    one = Running(
        "lv-1", Actor("a-officer", "乙", "officer"), "s", "C01", "case", "A-20260001", "WebRTC", T0 - 600, "w1", "v", at
    )
    room.redis.hset(keys.running_looks(), one.id, msgspec.json.encode(one))
    running(room).check()
    assert ends(room) == []
    room.clock.redis_off += LOST_AFTER + 1
    running(room).check()
    assert ends(room) == [("a-officer", "WebRTC", "lost")]
    [row] = room.audit("live.look_end")
    assert (row.case_ref, row.purpose) == ("A-20260001", "case")
    running(room).check()
    assert len(ends(room)) == 1


def test_an_end_that_cannot_be_written_waits(room: Any, worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    begin(room)

    def away(*_: Any, **__: Any) -> None:
        raise UnavailableError("database.away", "away")

    worker.viewers.clear()
    with monkeypatch.context() as patch:
        patch.setattr(audit, "write", away)
        running(room).check()
    assert ends(room) == []
    running(room).check()
    assert ends(room) == [("a-operator", "WebRTC", "left")]


def test_a_polling_page_is_no_person_at_the_desk(room: Any) -> None:
    officer = room.role("officer")
    for _ in range(16):
        answer = untouched(officer, "/api/spot-checks/waiting")
        room.clock.advance(MINUTE)
    assert answer.status_code == 200
    answer = untouched(officer, "/api/spot-checks/waiting")
    assert (answer.status_code, answer.json()["key"]) == (401, "session.idle")


def test_who_touches_the_page_stays(room: Any) -> None:
    officer = room.role("officer")
    for _ in range(40):
        assert untouched(officer, "/api/spot-checks/waiting").status_code == 200
        room.clock.advance(MINUTE)
        assert officer.post("/api/me/here").status_code == 200


def test_a_session_that_nobody_asks_with_ends_too(room: Any) -> None:
    """A page that only listens, or shows video: no request would find out."""
    room.role("officer"), room.role("wall"), room.role("guard")
    room.clock.advance(15 * MINUTE + 1)
    running(room).check()
    with room.store.read() as session:
        left = {row.account.role for row in session.scalars(select(LoginSession))}
    assert left == {"wall"}
    assert sorted(row.actor_id for row in room.audit("account.idle_exit")) == ["a-guard", "a-officer"]


@pytest.mark.parametrize("role", ["operator", "leader"])
def test_who_has_open_alerts_is_asked_not_thrown_out(room: Any, role: str) -> None:
    room.take(an_alert())
    visitor = room.role(role)
    other = room.role("officer")
    room.clock.advance(3600)
    running(room).check()
    assert untouched(visitor, "/api/me").status_code == 200
    assert untouched(other, "/api/me").status_code == 401
    with room.store.write() as session:
        session.scalars(select(AlertRow)).one().state = "ignored"
    answer = untouched(visitor, "/api/me")
    assert (answer.status_code, answer.json()["key"]) == (401, "session.idle")


def test_an_officers_live_map_ends_with_his_session(room: Any) -> None:
    room.role("officer").post("/api/live-look", {"purpose": "case", "case_ref": "A-20260001"})
    room.clock.advance(15 * MINUTE + 1)
    running(room).check()
    assert [row.action for row in room.audit() if row.action.startswith("guards.")] == [
        "guards.look",
        "guards.look_end",
    ]
    assert room.redis.keys(keys.live_look("a-officer")) == []
