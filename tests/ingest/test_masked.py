"""A masked camera: what lies behind the mask reaches neither detector, ring, clip nor viewer."""

from __future__ import annotations

import http.client
import io
import time
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlsplit

import av
import cv2
import numpy as np
import pytest

from demo.rtsp.camera import SimCamera
from demo.rtsp.media import MediaStream, load
from ingest.stream import EncodedPacket
from lianqin import inner
from lianqin.inner import SignedRequest
from lianqin.records import Detection, Frame

pytestmark = pytest.mark.timeout(120)
TOP = ((0.0, 0.0), (1.0, 0.0), (1.0, 0.75), (0.0, 0.75))
"""Where the bright square wanders; beneath it all is grey."""
BRIGHT = 140
Sims = Callable[..., Any]


@pytest.fixture(scope="module")
def grainy(kit: Any, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, MediaStream]]:
    """As a camera's: behind the mask nothing moves but the sensor's noise."""
    folder = tmp_path_factory.mktemp("grainy")

    def pair(codec: str) -> dict[str, MediaStream]:
        sizes = {"main": (320, 180), "sub": (160, 96)}
        return {
            which: load(kit.encode_loop(folder / f"{codec}-{which}.mp4", codec, size, grain=4.0))
            for which, size in sizes.items()
        }

    return {"h264": pair("libx264"), "hevc": pair("libx265")}


class Keeps:
    """Sees a walker, and keeps how bright the brightest point was that it was given."""

    name = "keeps@test"

    def __init__(self, walker: Any) -> None:
        self._walker = walker
        self.brightest: list[int] = []

    def detect(self, frames: Sequence[Frame]) -> list[tuple[Detection, ...]]:
        self.brightest += [int(frame.bgr.max()) for frame in frames]
        found: list[tuple[Detection, ...]] = self._walker.detect(frames)
        return found


def brightest(packets: Sequence[EncodedPacket]) -> int:
    decoder: Any = av.CodecContext.create("h264", "r")
    frames = [frame for one in packets for frame in decoder.decode(av.Packet(one.content))]
    return max(int(frame.to_ndarray(format="bgr24").max()) for frame in frames)


def get(worker: Any, path: str) -> bytes:
    address = urlsplit(worker.live.address)
    connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=10)
    connection.request("GET", path, b"", inner.sign(worker._inner_secret(), SignedRequest("GET", path), time.time()))
    answer = connection.getresponse()
    assert answer.status == 200, answer.read()
    body = answer.read()
    connection.close()
    return body


@pytest.mark.parametrize(("codec", "sub"), [("h264", True), ("hevc", True), ("h264", False)])
def test_nothing_behind_a_mask_goes_anywhere(
    house: Any, camera_sim: Sims, grainy: Any, kit: Any, codec: str, sub: bool
) -> None:
    sim = camera_sim({"C01": SimCamera(grainy[codec])})
    detector = Keeps(kit.walker())
    camera = kit.camera_of(sim, "C01", sub=sub, masks=(TOP,))
    house.publish(camera)
    worker = house.worker(detector, clip_before=2.0, clip_after=1.0, inner_port=18640)
    kit.until("an ok camera", lambda: house.is_ok("C01"))
    kit.until("pictures", lambda: len(detector.brightest) > 10)
    assert max(detector.brightest) < BRIGHT
    task = worker.tasks["C01"]
    kit.until("a ring", lambda: len(task.taps["main"].group()) > 3)
    assert brightest(task.taps["main"].group()) < BRIGHT
    jpeg = get(worker, f"/snapshot/C01/{'sub' if sub else 'main'}")
    picture: Any = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert picture.max() < BRIGHT
    [evidence] = kit.until("evidence", lambda: house.evidence("C01"))
    assert evidence.clip_error is None
    with av.open(io.BytesIO((house.run_dir / "evidence" / evidence.clip).read_bytes())) as clip:
        assert max(int(frame.to_ndarray(format="bgr24").max()) for frame in clip.decode(video=0)) < BRIGHT
    [alert] = house.alerts("C01")
    assert cv2.imread(str(house.run_dir / "evidence" / alert.snapshot)).max() < BRIGHT


def test_a_mask_that_is_drawn_later_opens_the_camera_anew_and_forgets_what_was_kept(
    house: Any, camera_sim: Sims, grainy: Any, kit: Any
) -> None:
    sim = camera_sim({"C01": SimCamera(grainy["h264"])})
    detector = Keeps(kit.walker())
    house.publish(kit.camera_of(sim, "C01"))
    worker = house.worker(detector)
    kit.until("bright pictures", lambda: max(detector.brightest, default=0) > BRIGHT)
    before = worker.tasks["C01"]
    house.publish(kit.camera_of(sim, "C01", version=2, masks=(TOP,)))
    kit.until("a camera opened anew", lambda: worker.tasks["C01"] is not before)
    del detector.brightest[:]
    kit.until("pictures of the masked camera", lambda: len(detector.brightest) > 10 and house.is_ok("C01"))
    assert max(detector.brightest[2:]) < BRIGHT, "at most one batch was under way"
    assert brightest(worker.tasks["C01"].taps["main"].group()) < BRIGHT


def test_a_masked_camera_that_goes_and_comes_back_is_masked(
    house: Any, camera_sim: Sims, grainy: Any, kit: Any
) -> None:
    sim = camera_sim({"C01": SimCamera(grainy["h264"])})
    detector = Keeps(kit.walker())
    house.publish(kit.camera_of(sim, "C01", masks=(TOP,)))
    worker = house.worker(detector)
    kit.until("an ok camera", lambda: house.is_ok("C01"))
    sim.fault("C01", "offline")
    kit.until("a camera that is away", lambda: house.health("C01").reason == "unreachable")
    sim.fault("C01", "ok")
    kit.until("a camera that is back", lambda: house.is_ok("C01"))
    kit.until("packets of the new connection", lambda: len(worker.tasks["C01"].taps["main"].group()) > 10)
    assert brightest(worker.tasks["C01"].taps["main"].group()) < BRIGHT
    assert max(detector.brightest) < BRIGHT
