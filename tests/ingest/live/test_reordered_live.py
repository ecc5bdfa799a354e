"""A camera that sends B-frames, from its RTSP to alert, clip and live video."""

from __future__ import annotations

import http.client
import io
import time
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import av
import pytest

from demo.rtsp.camera import SimCamera
from demo.rtsp.media import load
from lianqin import inner
from lianqin.inner import SignedRequest
from lianqin.records import Detection, Frame
from tests.made_streams import Kind, number_of, write

pytestmark = pytest.mark.timeout(180)
FRAMES = 100
SETTLED_S = 0.7
"""By then a stream's pictures lie on one line (`ingest.source.capture_clock.ORDERED` of them at 25 a second)."""


class Reads:
    """Sees a walker, and notes which number stood in each picture."""

    name = "reads@test"

    def __init__(self, walker: Any) -> None:
        self._walker = walker
        self.numbers: dict[float, int] = {}

    def detect(self, frames: Sequence[Frame]) -> list[tuple[Detection, ...]]:
        for frame in frames:
            self.numbers[frame.captured_at] = number_of(frame.bgr)
        found: list[tuple[Detection, ...]] = self._walker.detect(frames)
        return found


def fragments(worker: Any, path: str, count: int) -> tuple[str | None, bytes]:
    address, told = urlsplit(worker.live.address), SignedRequest("GET", path)
    connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=20)
    connection.request("GET", path, b"", inner.sign(worker._inner_secret(), told, time.time()))
    answer = connection.getresponse()
    assert answer.status == 200, answer.read()
    body, end = b"", time.monotonic() + 30
    while body.count(b"moof") < count and time.monotonic() < end:
        body += answer.read1(65536)
    connection.close()
    return answer.getheader("x-transcoded"), body


@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_a_camera_with_b_frames_is_watched_recorded_and_shown_in_its_order(
    house: Any, camera_sim: Callable[..., Any], kit: Any, tmp_path: Path, codec: str
) -> None:
    stream = load(write(tmp_path / "made.mp4", Kind(codec, frames=FRAMES)))
    assert set(stream.offsets) > {0}
    sim = camera_sim({"C01": SimCamera({"main": stream})})
    detector = Reads(kit.walker())
    house.publish(kit.camera_of(sim, "C01", sub=False))
    worker = house.worker(detector, clip_before=3.0, clip_after=2.0, inner_port=18700)
    [alert] = kit.until("alert", lambda: house.alerts("C01"))
    told, body = fragments(worker, "/fmp4/C01/main", 40)
    [evidence] = kit.until("evidence", lambda: house.evidence("C01"))
    assert told == "1", "browsers show B-frames unevenly: it goes through the transcode that all viewers share"
    assert house.is_ok("C01")
    looked = sorted(detector.numbers.items())
    assert all(0 < (b[1] - a[1]) % FRAMES < FRAMES / 2 for a, b in pairwise(looked)), "in the order of showing"
    # A first picture that a busy machine took in late is placed by that lateness: no line is known before there is one.
    settled = [one for one in looked if one[0] > looked[0][0] + SETTLED_S]
    steps = [(b[1] - a[1]) % FRAMES - (b[0] - a[0]) * 25 for a, b in pairwise(settled)]
    assert len(steps) >= 5
    assert max(map(abs, steps)) < 3, "each picture at its time"
    with av.open(io.BytesIO((house.run_dir / "evidence" / evidence.clip).read_bytes())) as clip:
        shown = [
            (evidence.clip_from + frame.time, number_of(frame.to_ndarray(format="bgr24")))
            for frame in clip.decode(video=0)
        ]
    assert all((b[1] - a[1]) % FRAMES == 1 for a, b in pairwise(shown)), "none is missing, none out of order"
    _, nearest = min(shown, key=lambda one: abs(one[0] - alert.captured_at))
    apart = (nearest - detector.numbers[alert.captured_at] + FRAMES // 2) % FRAMES - FRAMES // 2
    assert abs(apart) <= 3, f"{apart} pictures beside the moment"
    with av.open(io.BytesIO(body)) as flow:
        live = [number_of(frame.to_ndarray(format="bgr24")) for frame in flow.decode(video=0)]
    assert len(live) >= 35
    assert all(1 <= (b - a) % FRAMES <= 2 for a, b in pairwise(live))
