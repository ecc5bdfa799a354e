"""Live video through the console: who may, why, on the record first; what a worker that is gone or full means."""

from __future__ import annotations

import base64
import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import cv2
import msgspec
import numpy as np
import pytest

from console.access.sessions import fingerprint
from console.access.tables import LoginSession
from lianqin import inner, keys
from lianqin.inner import SignedRequest
from lianqin.records import CameraHealth, encode
from tests.console.conftest import a_picture


class Worker:
    """A worker's inner address: checks signatures as the real one does, answers what it is told to."""

    def __init__(self, room: Any) -> None:
        self.asked: list[tuple[str, str, bytes]] = []
        self.answer: tuple[int, bytes, dict[str, str]] = (
            201,
            b"v=0 answer",
            {"X-Viewer": "abc123", "X-Transcoded": "1"},
        )
        told = self

        class Handler(BaseHTTPRequestHandler):
            def _any(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                headers = {name.lower(): value for name, value in self.headers.items()}
                secret = inner.secret_of(room.redis, "")
                good = inner.is_signed(secret, SignedRequest(self.command, self.path, body), headers, room.clock.now())
                told.asked.append((self.command, self.path, body))
                status, answer, more = told.answer if good else (403, b"inner.unsigned", {})
                self.send_response(status)
                for name, value in more.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            do_GET = do_POST = do_DELETE = _any  # noqa: N815 - the library's names

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{self.server.server_address[1]}"
        room.redis.set(keys.worker("w1"), address)
        now = room.clock.now()
        room.redis.hset(keys.camera_health(), "C01", encode(CameraHealth("C01", "ok", "", now, now, "w1")))


@pytest.fixture
def worker(room: Any) -> Iterator[Worker]:
    made = Worker(room)
    yield made
    made.server.shutdown()


def offer(room: Any, role: str, **query: str) -> Any:
    visitor = room.role(role)
    return visitor.client.post("/api/cameras/C01/whep", params=query, content=b"v=0 offer",
                               headers=visitor.headers({"content-type": "application/sdp"}))  # fmt: skip


def test_the_look_is_registered_and_the_offer_passed_on(room: Any, worker: Worker) -> None:
    answer = offer(room, "operator", stream="main")
    assert (answer.status_code, answer.content) == (201, b"v=0 answer")
    assert answer.headers["content-type"] == "application/sdp"
    assert answer.headers["location"] == "/api/live/w1/abc123"
    assert answer.headers["x-transcoded"] == "1"
    assert worker.asked == [("POST", "/live/C01/main", b"v=0 offer")]
    [row] = room.audit("live.look")
    assert (row.object_id, row.purpose, row.role) == ("C01", "live_watch", "operator")
    worker.answer = (204, b"", {})
    visitor = room.role("operator")
    assert visitor.ask("DELETE", answer.headers["location"]).status_code == 204
    assert worker.asked[-1] == ("DELETE", "/live/abc123", b"")


def test_an_officer_says_why_first(room: Any, worker: Worker) -> None:
    refused = offer(room, "officer")
    assert (refused.status_code, refused.json()["key"]) == (422, "live.purpose")
    assert worker.asked == []
    for case in ("A-20260007", "A-20260007", "B-20260002"):
        assert offer(room, "officer", purpose="case", case_ref=case).status_code == 201
    looks = [(row.purpose, row.case_ref) for row in room.audit("live.look")]
    assert looks == [("case", "A-20260007"), ("case", "B-20260002")], "another case within the minute is another look"


@pytest.mark.parametrize(("role", "purpose"), [
    ("operator", "curiosity"), ("leader", "own"), ("operator", "set_up"), ("sysadmin", "alert_judging"), ("officer", "live_watch"),
])  # fmt: skip
def test_a_purpose_that_is_not_of_the_list_shows_nothing(room: Any, worker: Worker, role: str, purpose: str) -> None:
    refused = offer(room, role, purpose=purpose, case_ref="A-20260007")
    assert (refused.status_code, refused.json()["key"]) == (422, "live.purpose")
    for path in ("fmp4", "mjpeg", "snapshot"):
        assert room.role(role).get(f"/api/cameras/C01/{path}?purpose={purpose}").json()["key"] == "live.purpose" or (
            (role, purpose, path) == ("sysadmin", "set_up", "snapshot")
        )
    assert worker.asked == []
    assert room.audit("live.look") == []


@pytest.mark.parametrize("role", ["company", "guard", "auditor", "secadmin"])
def test_others_see_nothing_live(room: Any, worker: Worker, role: str) -> None:
    assert offer(room, role).status_code == 403
    assert room.role(role).get("/api/cameras/C01/snapshot").status_code == 403
    assert worker.asked == []
    assert room.audit("live.look") == []


def test_a_snapshot_for_the_set_up_is_registered_as_that(room: Any, worker: Worker) -> None:
    worker.answer = (200, b"jpeg", {})
    answer = room.role("sysadmin").get("/api/cameras/C01/snapshot?stream=main")
    assert (answer.status_code, answer.content, answer.headers["content-type"]) == (200, b"jpeg", "image/jpeg")
    assert answer.headers["cache-control"] == "private, no-store"
    assert [row.purpose for row in room.audit("live.look")] == ["set_up"]


@pytest.mark.parametrize(
    ("answer", "status", "key"),
    [
        ((503, b"live.full", {}), 503, "live.full"), ((503, b"live.no_picture", {}), 503, "live.no_picture"),
        ((404, b"live.elsewhere", {}), 503, "live.elsewhere"), ((400, b"live.offer", {}), 422, "live.offer"),
        ((404, b"route.missing", {}), 404, "live.gone"),
    ],
)  # fmt: skip
def test_a_workers_refusal_is_said_in_words(room: Any, worker: Worker, answer: Any, status: int, key: str) -> None:
    worker.answer = answer
    found = offer(room, "leader")
    assert (found.status_code, found.json()["key"]) == (status, key)


def test_a_camera_that_nobody_holds_shows_nothing(room: Any, worker: Worker) -> None:
    room.clock.advance(30)
    assert offer(room, "operator").json()["key"] == "live.no_worker"
    visitor = room.role("operator")
    assert visitor.get("/api/cameras/C99/snapshot").json()["key"] == "camera.missing"
    now = room.clock.now()
    room.redis.hset(keys.camera_health(), "C01", encode(CameraHealth("C01", "ok", "", now, now, "w1")))
    worker.server.shutdown()
    worker.server.server_close()
    assert offer(room, "operator").json()["key"] == "live.no_worker"
    room.redis.delete(keys.worker("w1"))
    assert offer(room, "operator").json()["key"] == "live.no_worker"


def test_mjpeg_flows_through(room: Any, worker: Worker) -> None:
    worker.answer = (200, b"--f\r\npicture", {"Content-Type": "multipart/x-mixed-replace; boundary=f"})
    answer = room.role("operator").get("/api/cameras/C01/mjpeg")
    assert answer.content == b"--f\r\npicture"
    assert answer.headers["content-type"].startswith("multipart/x-mixed-replace")


def test_fragments_flow_through_with_their_type(room: Any, worker: Worker) -> None:
    worker.answer = (200, b"moof", {"Content-Type": 'video/mp4; codecs="avc1.42c029"', "X-Transcoded": "1"})
    answer = room.role("operator").get("/api/cameras/C01/fmp4?stream=main")
    assert (answer.content, answer.headers["x-transcoded"]) == (b"moof", "1")
    assert answer.headers["content-type"] == 'video/mp4; codecs="avc1.42c029"'
    assert worker.asked[-1][1] == "/fmp4/C01/main"
    assert "x-blurred" not in answer.headers


def test_who_is_neither_in_the_command_room_nor_an_officer_sees_nobodys_face(room: Any, worker: Worker) -> None:
    answer = offer(room, "sysadmin")
    assert (answer.status_code, answer.headers["x-blurred"]) == (201, "1")
    office = room.role("sysadmin")
    ways = {"fmp4": "video/mp4", "mjpeg": "multipart/x-mixed-replace", "snapshot?purpose=live_watch": "image/jpeg"}
    for path, media in ways.items():
        worker.answer = (200, b"x", {"Content-Type": media})
        assert office.get(f"/api/cameras/C01/{path}").headers["x-blurred"] == "1"
    assert [path for _, path, _ in worker.asked] == [
        "/live/C01/sub.blurred", "/fmp4/C01/sub.blurred", "/mjpeg/C01/sub.blurred", "/snapshot/C01/sub.blurred",
    ]  # fmt: skip
    assert office.get("/api/cameras/C01/snapshot").headers["x-blurred"] == "1"
    assert worker.asked[-1][1] == "/snapshot/C01/sub.blurred", "the less private form is never the default"
    assert [row.purpose for row in room.audit("live.look")] == ["live_watch", "set_up"]


def test_a_set_up_is_timed_registered_and_clear_only_when_asked(room: Any, worker: Worker) -> None:
    worker.answer = (200, b"picture", {})
    office = room.role("sysadmin")
    refused = office.get("/api/cameras/C01/snapshot?clear=1")
    assert (refused.status_code, refused.json()["key"]) == (403, "camera.set_up_first")
    assert worker.asked == []
    begun = office.post("/api/cameras/C01/set-up").json()
    assert begun["set_up"]["until"] == room.clock.now() + 900
    assert "x-blurred" in office.get("/api/cameras/C01/snapshot").headers
    assert "x-blurred" not in office.get("/api/cameras/C01/snapshot?clear=1").headers
    assert [path for _, path, _ in worker.asked] == ["/snapshot/C01/sub.blurred", "/snapshot/C01/sub"]
    assert office.get("/api/cameras/C02/snapshot?clear=1").json()["key"] == "camera.set_up_first", (
        "of this camera alone"
    )
    assert 0 < room.redis.pttl(keys.set_up(fingerprint(office.token), "C01")) <= 900_000, "and it ends by itself"
    assert office.ask("DELETE", "/api/cameras/C01/set-up").status_code == 200
    assert office.get("/api/cameras/C01/snapshot?clear=1").status_code == 403
    rows = [(row.action, row.purpose, row.detail.get("clear")) for row in room.audit() if row.object_id == "C01"]
    assert rows == [("camera.set_up", "set_up", None), ("live.look", "set_up", None), ("live.look", "set_up", True),
                    ("camera.set_up_end", "set_up", None)]  # fmt: skip


def test_another_session_of_the_same_administrator_sees_nothing_clear(room: Any, worker: Worker) -> None:
    room.role("sysadmin").post("/api/cameras/C01/set-up")
    room.forget_visitors()
    with room.store.write() as session:
        session.add(LoginSession(token_sha256=fingerprint("new"), account_id="a-sysadmin", csrf="c", created_at=room.clock.now(),
                                 last_seen_at=room.clock.now()))  # fmt: skip
    answer = room.client.get("/api/cameras/C01/snapshot?clear=1", headers={"cookie": "lianqin_session=new"})
    assert answer.json()["key"] == "camera.set_up_first"


@pytest.mark.parametrize(
    "url", ["rtsp://10.0.0.1/other", "rtsp://u:p@10.0.0.1:8554/main?x=1", "rtsps://10.0.0.1./main"]
)
def test_masks_hold_for_the_device_whatever_name_it_is_tried_under(room: Any, worker: Worker, url: str) -> None:
    room.redis.zadd(keys.ingest_workers(), {"w1": 1.0})
    jpeg = a_picture()
    worker.answer = (200, msgspec.json.encode(PROBED | {"picture": base64.b64encode(jpeg).decode()}), {})
    office, mask = room.role("sysadmin"), [[0.0, 0.0], [0.5, 0.0], [0.5, 0.5]]
    assert office.put("/api/cameras/C01/masks", {"masks": [mask]}).status_code == 200
    answer = office.post("/api/cameras/probe", {"url": url})
    assert msgspec.json.decode(worker.asked[-1][2])["masks"] == [mask]
    shown = base64.b64decode(answer.json()["probe"]["picture"])
    soft = cv2.imdecode(np.frombuffer(shown, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert cv2.Laplacian(soft, cv2.CV_64F).var() < 50, "blurred"
    [row] = room.audit("camera.probe")
    assert row.detail["sha256"] == hashlib.sha256(shown).hexdigest()
    assert office.post("/api/cameras/probe", {"url": "rtsp://10.0.0.9/x"}).status_code == 200
    assert msgspec.json.decode(worker.asked[-1][2])["masks"] == []


PROBED = {"reason": "", "detail": "", "codec": "hevc", "width": 1920, "height": 1080, "fps": 5.0, "group_s": 10.0, "kbps": 900.0,
          "picture": "aGk="}  # fmt: skip


def test_an_address_is_tried_by_a_worker_with_advice_and_the_look_is_registered(room: Any, worker: Worker) -> None:
    room.redis.zadd(keys.ingest_workers(), {"w1": 1.0})
    worker.answer = (200, msgspec.json.encode(PROBED), {})
    office = room.role("sysadmin")
    answer = office.post("/api/cameras/probe", {"url": "rtsp://u:pw@10.0.0.9/x", "transport": "udp"})
    assert answer.status_code == 200, answer.text
    assert answer.json()["probe"]["advice"] == ["group_long", "hevc", "fps_low", "sub_wanted"]
    [(_, path, body)] = worker.asked
    told = msgspec.json.decode(body)
    assert b":pw@" not in body, "sealed on its way"
    assert room.console.keyring.unseal(told.pop("url")) == "rtsp://u:pw@10.0.0.9/x"
    assert (path, told) == ("/probe", {"transport": "udp", "masks": []})
    [row] = room.audit("camera.probe")
    assert "pw" not in row.object_id


def test_a_hidden_password_is_the_stored_one_for_the_same_host_alone(room: Any, worker: Worker) -> None:
    room.redis.zadd(keys.ingest_workers(), {"w1": 1.0})
    worker.answer = (200, msgspec.json.encode(PROBED | {"reason": "silent"}), {})
    office = room.role("sysadmin")
    mask = [[0.0, 0.0], [0.5, 0.0], [0.5, 0.5]]
    assert office.put("/api/cameras/C01/masks", {"masks": [mask]}).status_code == 200
    shown = next(one for one in office.get("/api/cameras").json()["items"] if one["id"] == "C01")["url"]
    assert "***" in shown
    answer = office.post("/api/cameras/probe", {"url": shown, "camera_id": "C01"})
    assert answer.json()["probe"]["advice"] == []
    told = msgspec.json.decode(worker.asked[-1][2])["url"]
    assert room.console.keyring.unseal(told) == "rtsp://cam:s3cret@10.0.0.1:554/main"
    assert msgspec.json.decode(worker.asked[-1][2])["masks"] == [mask], "nothing behind a mask is shown"
    moved = shown.replace("10.0.0.1", "10.0.0.7")
    assert (
        office.post("/api/cameras/probe", {"url": moved, "camera_id": "C01"}).json()["key"] == "camera.password_needed"
    )
    assert office.post("/api/cameras/probe", {"url": "http://x/"}).json()["key"] == "camera.address_scheme"
    room.redis.delete(keys.worker("w1"))
    assert office.post("/api/cameras/probe", {"url": shown, "camera_id": "C01"}).json()["key"] == "live.no_worker"
