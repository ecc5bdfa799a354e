"""Who looks on at the inner address: viewers that never connect, and what many cost by MJPEG. On a made clock."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any
from urllib.parse import urlsplit

import av
import pytest
from aiortc import RTCPeerConnection, RTCSessionDescription

from ingest.live import stills
from ingest.live.server import LiveServer
from ingest.live.tap import Tap
from ingest.live.viewers import CONNECT_WITHIN_S, KEPT_S
from ingest.stream import EncodedPacket, VideoFormat
from lianqin import inner, settings
from lianqin.inner import SignedRequest
from lianqin.sealed import Keyring
from lianqin.testing import FakeClock

pytestmark = pytest.mark.timeout(120)
SECRET = b"s" * 32
PLACES = 3


class OneCamera:
    """C01, which sends its loop as long as somebody wants it to."""

    def __init__(self, stream: Any) -> None:
        self.tapped = Tap()
        with av.open(str(stream.path)) as file:
            flow = av.BitStreamFilterContext("h264_mp4toannexb", file.streams.video[0])
            raw = [out for packet in file.demux(video=0) for out in flow.filter(packet)]
        self._loop = [(bool(one.is_keyframe), bytes(one)) for one in raw]
        self.tapped.begin(VideoFormat("h264", stream.width, stream.height, 25.0, b""))
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._send, daemon=True)
        self._thread.start()

    def tap(self, camera_id: str, _stream: str) -> Tap | None:
        return self.tapped if camera_id == "C01" else None

    def relearn(self, _camera_id: str) -> bool:
        return False

    def forget_false_places(self, _camera_id: str) -> int | None:
        return None

    def _send(self) -> None:
        n = 0
        while not self._stop.wait(0.04):
            is_key, content = self._loop[n % len(self._loop)]
            self.tapped.take(EncodedPacket(n / 25, is_key, content))
            n += 1

    def close(self) -> None:
        self._stop.set()
        self._thread.join()


class Served:
    def __init__(self, camera: OneCamera, tmp_path: Any) -> None:
        self.clock = FakeClock()
        known = settings.check({"run_dir": tmp_path, "inner_port": 18760, "live_viewers": PLACES})
        self.live = LiveServer(
            known, camera, lambda told, headers: inner.is_signed(SECRET, told, headers, self.clock.now()),
            Keyring(known, makes=True), clock=self.clock, opener=av.open,
        )  # fmt: skip
        self.live.start()
        self.viewer = ""
        """The last one's id."""

    def open(self, method: str, path: str, body: bytes = b"") -> http.client.HTTPConnection:
        address = urlsplit(self.live.address)
        connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=20)
        signed = inner.sign(SECRET, SignedRequest(method, path, body), self.clock.now())
        connection.request(method, path, body, signed)
        return connection

    def offer(self, sdp: str) -> tuple[int, bytes]:
        with contextlib.closing(self.open("POST", "/live/C01/sub", sdp.encode())) as connection:
            answer = connection.getresponse()
            self.viewer = answer.getheader("x-viewer") or self.viewer
            return answer.status, answer.read()

    def keep(self) -> None:
        """The console's word that the last one may go on."""
        with contextlib.closing(self.open("POST", "/keep", json.dumps([self.viewer]).encode())) as connection:
            assert json.loads(connection.getresponse().read()) == [self.viewer]


@pytest.fixture
def camera(loops: Any) -> Iterator[OneCamera]:
    made = OneCamera(loops.h264["sub"])
    yield made
    made.close()


@pytest.fixture
def served(camera: OneCamera, tmp_path: Any) -> Iterator[Served]:
    made = Served(camera, tmp_path)
    yield made
    made.live.stop()


async def an_offer() -> tuple[RTCPeerConnection, str]:
    peer = RTCPeerConnection()
    peer.addTransceiver("video", direction="recvonly")
    await peer.setLocalDescription(await peer.createOffer())
    return peer, peer.localDescription.sdp


async def never() -> None:
    await asyncio.Event().wait()


async def ask_only(served: Served, how: str) -> Any:
    """A browser that offers, and never gets through: its ICE never answers, its candidates lead nowhere, or its DTLS is silent."""
    peer, sdp = await an_offer()
    if how == "leads nowhere":
        sdp = "\r\n".join(line for line in sdp.splitlines() if not line.startswith("a=candidate")) + "\r\n"
    status, answer = await asyncio.to_thread(served.offer, sdp)
    assert status == 201, answer
    if how == "silent DTLS":
        [transceiver] = peer.getTransceivers()
        dtls: Any = transceiver.receiver.transport
        dtls.start = lambda _parameters: never()
        told = RTCSessionDescription(answer.decode(), "answer")
        connecting = asyncio.ensure_future(peer.setRemoteDescription(told))
        while dtls.transport.state != "completed":
            await asyncio.sleep(0.05)
        return peer, connecting
    return peer, None


@pytest.mark.parametrize("how", ["never answers", "leads nowhere", "silent DTLS"])
def test_a_viewer_that_never_connects_ends_after_half_a_minute_and_makes_room(
    served: Served, camera: OneCamera, kit: Any, how: str
) -> None:
    async def walk() -> None:
        asked = [await ask_only(served, how) for _ in range(PLACES)]
        assert served.live.viewers == PLACES
        assert await asyncio.to_thread(served.offer, (await an_offer())[1]) == (503, b"live.full")
        served.clock.advance(CONNECT_WITHIN_S - 1)
        await asyncio.sleep(2.5)  # its look comes each second; nobody is early
        assert (served.live.viewers, served.live.never_connected) == (PLACES, 0)
        served.clock.advance(1)
        await asyncio.to_thread(kit.until, "nobody left", lambda: served.live.viewers == 0, 20)
        assert served.live.never_connected == PLACES
        assert camera.tapped.takers == 0, "nothing is put by for them"
        for peer, connecting in asked:
            if connecting is not None:
                connecting.cancel()
            await peer.close()

    asyncio.run(walk())


def test_who_has_connected_may_look_on_as_long_as_the_console_keeps_him(served: Served, kit: Any) -> None:
    async def walk() -> None:
        peer, sdp = await an_offer()
        tracks: asyncio.Queue[Any] = asyncio.Queue()
        peer.on("track", tracks.put_nowait)
        status, answer = await asyncio.to_thread(served.offer, sdp)
        assert status == 201
        await peer.setRemoteDescription(RTCSessionDescription(answer.decode(), "answer"))
        track = await asyncio.wait_for(tracks.get(), 20)
        await asyncio.wait_for(track.recv(), 20)
        for _ in range(3):
            served.clock.advance(KEPT_S - 1)
            await asyncio.to_thread(served.keep)
            for _ in range(60):  # more than two looks long
                await asyncio.wait_for(track.recv(), 20)
        assert (served.live.viewers, served.live.never_connected) == (1, 0)
        await peer.close()

    asyncio.run(walk())
    kit.until("nobody left", lambda: served.live.viewers == 0, 60)


def pictures(served: Served, path: str, count: int) -> list[bytes]:
    with contextlib.closing(served.open("GET", path)) as connection:
        answer, body = connection.getresponse(), b""
        while body.count(b"--f\r\n") <= count:
            body += answer.read1(65536)
    return [part.partition(b"\r\n\r\n")[2] for part in body.split(b"--f\r\n")[1 : count + 1]]


def test_mjpeg_is_decoded_once_for_all_its_viewers(
    served: Served, camera: OneCamera, kit: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    kit.until("a group", camera.tapped.group)
    decoded: list[float] = []
    made: list[None] = []
    whole, jpeg_of = stills.raw_packet, stills._jpeg_of

    def counted(packet: EncodedPacket) -> Any:
        decoded.append(packet.at)
        return whole(packet)

    def counted_jpeg(*arguments: Any, **more: Any) -> Any:
        made.append(None)
        return jpeg_of(*arguments, **more)

    monkeypatch.setattr(stills, "raw_packet", counted)
    monkeypatch.setattr(stills, "_jpeg_of", counted_jpeg)
    with ThreadPoolExecutor(PLACES) as pool:
        seen = list(pool.map(lambda _: pictures(served, "/mjpeg/C01/sub", 6), range(PLACES)))
    assert len(decoded) == len(set(decoded)), "no packet is decoded twice, whoever comes and goes"
    # The loop is two seconds long: what was seen two seconds ago may come again.
    assert all(one != following for each in seen for one, following in pairwise(each)), (
        "each sees pictures that move on"
    )
    assert len(set(seen[0]) & set(seen[1]) & set(seen[2])) >= 3, "and all see the same ones"
    assert len(made) < PLACES * 6
    kit.until("nobody left", lambda: served.live.viewers == 0, 10)
