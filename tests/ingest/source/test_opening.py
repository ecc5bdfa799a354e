"""What FFmpeg reads while it opens a stream is not lost: a camera's first key frame is seen, at its time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import av
import pytest

from demo.rtsp.media import MediaStream, load
from demo.rtsp.message import StreetRequest
from demo.rtsp.odd import OddCamera, OddResponse, OddSim
from ingest.source.capture_clock import CaptureClock
from ingest.source.opening import placed
from ingest.source.reading import Pull, Reading, ReadingMemory
from ingest.source.ways import FFMPEG, Way
from ingest.stream import VideoFormat
from lianqin.clock import SystemClock
from lianqin.testing import a_camera
from tests.made_streams import Kind, number_of, write

CLOCK = SystemClock()
KINDS = {
    "H.264": Kind(bframes=0, group=250, frames=250),
    "H.265": Kind("hevc", bframes=0, group=250, frames=250),
    "H.264 with B-frames": Kind(group=250, frames=250),
    "H.265 with B-frames": Kind("hevc", group=250, frames=250),
}
TICK = 1 / 90_000
FRAME = 3600


class First:
    """Decodes the first pictures of a connection. As `reading.Sink`."""

    def __init__(self) -> None:
        self.keys: list[bool] = []
        self.numbers: list[int] = []
        self.times: list[float] = []
        """Of the pictures, in the order in which they are shown."""
        self.opened_at = 0.0
        self.way = Way(FFMPEG)

    def begin(self, found: VideoFormat, way: Way) -> None:
        self.way, self.opened_at = way, CLOCK.now()
        self._decoder = av.CodecContext.create(found.codec, "r")
        self._decoder.extradata, self._decoder.thread_count = found.extradata, 1
        self._stamps = CaptureClock()

    def take(self, media: float, arrived: float, is_key: bool, content: bytes, _told: float | None, /) -> None:
        self.keys.append(is_key)
        raw = av.Packet(content)
        at = self._stamps.stamp(media, arrived, CLOCK.now() - (CLOCK.monotonic() - arrived)).at
        raw.pts = raw.dts = round((at - self.opened_at) * 90_000)
        for frame in self._decoder.decode(raw):
            self.numbers.append(number_of(frame.to_ndarray(format="bgr24")))
            self.times.append(frame.pts / 90_000)

    @property
    def usable(self) -> bool:
        return bool(self.numbers)

    @property
    def stopped(self) -> bool:
        return len(self.numbers) >= 40


@pytest.fixture(scope="module", params=KINDS)
def stream(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> MediaStream:
    return load(write(tmp_path_factory.mktemp("opening") / "one.mp4", KINDS[request.param]))


@pytest.fixture(params=["sets are described", "sets are in the stream alone"])
def begins(stream: MediaStream, request: pytest.FixtureRequest) -> Iterator[str]:
    """A camera that begins each session with a key frame, and sends the next ten seconds later."""
    bare = "stream alone" in request.param

    def rule(asked: StreetRequest) -> OddResponse | None:
        if asked.method == "PLAY":
            camera.pumps["main"].swap(stream)
        if asked.method == "DESCRIBE" and bare:
            lines = [line for line in stream.sdp().splitlines(keepends=True) if not line.startswith("a=fmtp")]
            base = f"Content-Base: {asked.url.rstrip('/')}/"
            return OddResponse("200 OK", (base, "Content-Type: application/sdp"), "".join(lines))
        return None

    camera = OddCamera(stream, rule)
    sim = OddSim({"X": camera}).start()
    yield sim.url("X")
    sim.stop()


@pytest.mark.parametrize("transport", ["tcp", "udp"])
def test_a_camera_that_begins_with_a_key_frame_is_seen_from_there(begins: str, transport: Any) -> None:
    first = First()
    pull = Pull("main", begins, a_camera(id="X", url=begins, transport=transport), 5.0, 5.0, av.open)
    Reading(pull, first, ReadingMemory.begin(CLOCK), CLOCK, None).run()
    assert first.keys[0]
    assert first.numbers == list(range(40))
    steps = [b - a for a, b in zip(first.times[4:], first.times[5:], strict=False)]
    assert all(step == pytest.approx(0.04, abs=0.035) for step in steps)


def packet(pts: int | None, dts: int | None) -> Any:
    made = av.Packet(b"x")
    made.pts = None if pts is None else pts * FRAME
    made.dts = None if dts is None else dts * FRAME
    return made


CASES = {
    "one without a stamp": ([(None, None), (1, 1)], [0, 1]),
    "B-frames": ([(None, None), (3, None), (1, None), (2, 1)], [0, 3, 1, 2]),
    "all have one": ([(7, 7), (8, 8)], [7, 8]),
    "none has one": ([(None, None), (None, None)], [-2, -1]),
}


@pytest.mark.parametrize("what", CASES)
def test_what_lacks_a_stamp_is_a_picture_before_what_follows(what: str) -> None:
    given, wanted = CASES[what]
    held = [(packet(*one), 5.0) for one in given]
    found = list(placed(held, TICK, 25.0))
    assert [one.media * 25 for one in found] == pytest.approx(wanted)


def test_what_was_held_back_came_when_its_stamp_says() -> None:
    """Two seconds of pictures are given at once; the last is a young one, the one before it was late."""
    held = [(packet(n, n), 10.0 if n < 50 else 10.02) for n in range(51)]
    found = [one.arrived for one in placed(held, TICK, 25.0)]
    assert found == pytest.approx([10.02 - (50 - n) / 25 for n in range(51)])
