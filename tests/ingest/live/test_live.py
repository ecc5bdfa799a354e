"""Live video of a worker's cameras, by an independent WebRTC client (aiortc as receiver): the first picture, what it costs
others, who may ask."""

from __future__ import annotations

import asyncio
import http.client
import io
import json
import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import av
import cv2
import numpy as np
import pytest
from aiortc import RTCPeerConnection, RTCSessionDescription
from aiortc.rtcdtlstransport import RTCDtlsTransport

from demo.rtsp.__main__ import street
from demo.rtsp.sim import CameraSim
from ingest.live import viewers
from lianqin import inner, keys
from lianqin.inner import SignedRequest

pytestmark = pytest.mark.timeout(120)


class Viewer:
    """Speaks to the worker's inner address as the console does."""

    def __init__(self, worker: Any) -> None:
        self._address = urlsplit(worker.live.address)
        self._secret = worker._inner_secret()

    def ask(
        self, method: str, path: str, body: bytes = b"", *, signed: bool = True
    ) -> tuple[int, bytes, dict[str, str]]:
        connection = http.client.HTTPConnection(str(self._address.hostname), self._address.port, timeout=10)
        headers = inner.sign(self._secret, SignedRequest(method, path, body), time.time()) if signed else {}
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        found = answer.status, answer.read(), {name.lower(): value for name, value in answer.getheaders()}
        connection.close()
        return found

    async def watch(self, camera_id: str, frames: int) -> tuple[list[Any], float, str]:
        """So many pictures, the seconds to the first, and whether it was transcoded."""
        peer = RTCPeerConnection()
        peer.addTransceiver("video", direction="recvonly")
        tracks: asyncio.Queue[Any] = asyncio.Queue()
        peer.on("track", tracks.put_nowait)
        began = time.monotonic()
        await peer.setLocalDescription(await peer.createOffer())
        status, answer, headers = await asyncio.to_thread(
            self.ask, "POST", f"/live/{camera_id}/sub", peer.localDescription.sdp.encode()
        )
        assert status == 201, answer
        await peer.setRemoteDescription(RTCSessionDescription(answer.decode(), "answer"))
        track = await asyncio.wait_for(tracks.get(), 10)
        seen = [await asyncio.wait_for(track.recv(), 15)]
        first = time.monotonic() - began
        while len(seen) < frames:
            seen.append(await asyncio.wait_for(track.recv(), 15))
        status, _, _ = await asyncio.to_thread(self.ask, "DELETE", f"/live/{headers['x-viewer']}")
        assert status == 204
        await peer.close()
        return seen, first, headers["x-transcoded"]


@pytest.fixture
def served(house: Any, clips: Any, kit: Any) -> Any:
    with CameraSim({name: camera for name, camera in street().items() if name in {"C01", "C02"}}) as sim:
        house.publish(*(kit.camera_of(sim, name, zones=()) for name in ("C01", "C02")))
        worker = house.worker(kit.nobody(), inner_port=18610)
        kit.until("cameras", lambda: house.is_ok("C01") and house.is_ok("C02"))
        yield worker


@pytest.mark.parametrize(("camera_id", "transcoded"), [("C01", "0"), ("C02", "1")])
def test_a_viewer_sees_the_camera_at_once_as_it_is_or_transcoded(
    served: Any, kit: Any, camera_id: str, transcoded: str
) -> None:
    frames, first, told = asyncio.run(Viewer(served).watch(camera_id, 30))
    assert told == transcoded
    assert {(frame.width, frame.height) for frame in frames} == {(640, 360)}
    assert first < 8
    stamps = [frame.pts for frame in frames]
    assert stamps == sorted(set(stamps))
    kit.until("nobody left", lambda: served.live.viewers == 0, 10)
    assert all(tap.takers == 0 for tap in served.tasks["C01"].taps.values())


def test_a_viewer_looks_on_only_while_the_console_says_so(
    served: Any, kit: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(viewers, "KEPT_S", 3.0)
    viewer, keep = Viewer(served), threading.Event()

    async def look() -> list[str]:
        peer = RTCPeerConnection()
        peer.addTransceiver("video", direction="recvonly")
        await peer.setLocalDescription(await peer.createOffer())
        _, answer, headers = await asyncio.to_thread(
            viewer.ask, "POST", "/live/C01/sub", peer.localDescription.sdp.encode()
        )
        await peer.setRemoteDescription(RTCSessionDescription(answer.decode(), "answer"))
        mine = headers["x-viewer"]
        for _ in range(6):  # twice as long as it would look on by itself
            status, kept, _ = await asyncio.to_thread(viewer.ask, "POST", "/keep", json.dumps([mine, "ab"]).encode())
            assert (status, json.loads(kept)) == (200, [mine])
            await asyncio.to_thread(keep.wait, 1.0)
        await asyncio.to_thread(kit.until, "the end", lambda: served.live.viewers == 0, 15)
        _, kept, _ = await asyncio.to_thread(viewer.ask, "POST", "/keep", json.dumps([mine]).encode())
        await peer.close()
        found: list[str] = json.loads(kept)
        return found

    assert asyncio.run(look()) == []
    assert viewer.ask("POST", "/keep", b"{}")[0] == 400


def test_a_snapshot_is_the_picture_of_now(served: Any) -> None:
    status, jpeg, headers = Viewer(served).ask("GET", "/snapshot/C02/main")
    assert (status, headers["content-type"]) == (200, "image/jpeg")
    picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    assert picture.shape == (720, 1280, 3)


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "said"),
    [
        ("POST", "/live/C99/sub", b"v=0", 404, "live.elsewhere"),
        ("POST", "/live/C01/sub", b"no offer", 400, "live.offer"),
        ("POST", "/live/C01/sub", b"", 400, "live.offer"),
        ("POST", "/live/C01/sub", b"x" * 70_000, 413, "live.offer"),
        ("GET", "/elsewhere", b"", 404, "route.missing"),
        ("DELETE", "/live/nobody", b"", 204, ""),
    ],
)
def test_nonsense_is_refused_with_its_reason(
    served: Any, method: str, path: str, body: bytes, status: int, said: str
) -> None:
    found = Viewer(served).ask(method, path, body)
    assert (found[0], found[1].decode()) == (status, said)
    assert served.live.viewers == 0


def test_who_does_not_sign_gets_nothing(served: Any) -> None:
    for path in ("/snapshot/C01/main", "/mjpeg/C01/sub"):
        assert Viewer(served).ask("GET", path, signed=False)[0] == 403
    assert Viewer(served).ask("POST", "/live/C01/sub", b"v=0", signed=False)[0] == 403


def test_pictures_flow_where_video_does_not(served: Any) -> None:
    address = urlsplit(served.live.address)
    connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=10)
    told = SignedRequest("GET", "/mjpeg/C01/sub")
    connection.request("GET", told.path, b"", inner.sign(served._inner_secret(), told, time.time()))
    answer = connection.getresponse()
    assert answer.getheader("content-type") == "multipart/x-mixed-replace; boundary=f"
    body, until = b"", time.monotonic() + 10
    while body.count(b"--f\r\n") < 4 and time.monotonic() < until:
        body += answer.read1(65536)
    connection.close()
    pictures = {part.partition(b"\r\n\r\n")[2] for part in body.split(b"--f\r\n")[1:4]}
    assert len(pictures) == 3


def test_what_a_bad_network_loses_is_sent_again(served: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three packets of a hundred are lost in the sender, retransmissions too: the pictures flow on."""
    whole, dice, lost = RTCDtlsTransport._send_rtp, random.Random(1), Counter[bool]()

    async def send(self: Any, data: bytes) -> None:
        lost[gone := dice.random() < 0.03] += 1
        if not gone:
            await whole(self, data)

    monkeypatch.setattr(RTCDtlsTransport, "_send_rtp", send)
    frames, _, _ = asyncio.run(Viewer(served).watch("C01", 400))
    assert lost[True] > 10
    stamps = np.diff([frame.pts for frame in frames]) / 90_000
    assert (stamps[50:] > 0.3).sum() <= 1, "at most one freeze above 300 ms"
    assert np.median(stamps[50:]) == pytest.approx(0.04, abs=0.01)


def flow(served: Any, path: str, until: Callable[[bytes], bool]) -> tuple[str, bytes]:
    """An answer without end: its type, and its bytes until that is true; then the other side hangs up."""
    address, told = urlsplit(served.live.address), SignedRequest("GET", path)
    connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=10)
    connection.request("GET", path, b"", inner.sign(served._inner_secret(), told, time.time()))
    answer = connection.getresponse()
    assert answer.status == 200, answer.read()
    body, end = b"", time.monotonic() + 15
    while not until(body) and time.monotonic() < end:
        body += answer.read1(65536)
    connection.close()
    return answer.getheader("content-type") or "", body


@pytest.mark.parametrize(("path", "size"), [
    ("/fmp4/C01/sub", (640, 360)), ("/fmp4/C02/sub", (640, 360)), ("/fmp4/C01/sub.blurred", (480, 270)),
])  # fmt: skip
def test_fragments_flow_as_they_are_transcoded_or_blurred_until_the_other_side_hangs_up(
    served: Any, kit: Any, path: str, size: tuple[int, int]
) -> None:
    media_type, body = flow(served, path, lambda body: body.count(b"moof") > 40)
    assert media_type.startswith('video/mp4; codecs="avc1.')
    with av.open(io.BytesIO(body)) as clip:
        frames = list(clip.decode(video=0))
    assert len(frames) > 30
    assert {(frame.width, frame.height) for frame in frames} == {size}
    kit.until("nobody left", lambda: served.live.viewers == 0, 10)
    assert all(tap.takers <= 1 for task in served.tasks.values() for tap in task.taps.values())


def test_a_viewer_by_pictures_that_hangs_up_costs_nothing_more(served: Any, kit: Any) -> None:
    flow(served, "/mjpeg/C01/sub.blurred", lambda body: body.count(b"--f") > 1)
    kit.until("nobody left", lambda: served.live.viewers == 0, 10)


def test_when_all_places_are_taken_the_next_is_told_so(house: Any, clips: Any, kit: Any) -> None:
    with CameraSim({"C01": street()["C01"]}) as sim:
        house.publish(kit.camera_of(sim, "C01", zones=()))
        worker = house.worker(kit.nobody(), inner_port=18650, live_viewers=1)
        kit.until("a camera", lambda: house.is_ok("C01"))
        refused: list[tuple[int, bytes]] = []

        def others(_body: bytes) -> bool:
            for method, path in (("GET", "/fmp4/C01/sub"), ("GET", "/mjpeg/C01/sub"), ("POST", "/live/C01/sub")):
                refused.append(Viewer(worker).ask(method, path, b"v=0")[:2])
            return True

        flow(worker, "/fmp4/C01/sub", lambda body: bool(body) and others(body))
        assert refused == [(503, b"live.full")] * 3
        kit.until("nobody left", lambda: worker.live.viewers == 0, 10)


def test_a_second_worker_on_the_machine_takes_the_next_port(house: Any, kit: Any) -> None:
    first = house.worker(kit.nobody(), worker_id="one", inner_port=18620)
    second = house.worker(kit.nobody(), worker_id="two", inner_port=18620)
    ports: Callable[[Any], int | None] = lambda worker: urlsplit(worker.live.address).port  # noqa: E731
    assert (ports(first), ports(second)) == (18620, 18621)


def test_a_worker_that_listens_everywhere_tells_where_it_is_found(house: Any, kit: Any) -> None:
    worker = house.worker(kit.nobody(), inner_host="0.0.0.0", inner_port=18670)
    told = kit.until("sign of life", lambda: house.client.get(keys.worker("ingest-1")))
    assert urlsplit(told.decode()).hostname == "127.0.0.1"  # of the socket on this machine that Redis is reached by
    assert Viewer(worker).ask("GET", "/snapshot/C99/main")[0] == 404
    elsewhere = house.worker(
        kit.nobody(), worker_id="two", inner_host="0.0.0.0", inner_port=18680, inner_address="w2:9000"
    )
    told = kit.until("sign of life", lambda: house.client.get(keys.worker("two")))
    assert told == b"http://w2:9000" == elsewhere.live.address.encode()
