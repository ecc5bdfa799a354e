"""H.265 clips: transcoded once on demand, kept beside, with the pictures at their times."""

from __future__ import annotations

import io
import socket
from typing import Any

import av
import numpy as np
import pytest

from console.evidence.transcode import beside, transcode
from lianqin.errors import EvidenceError
from lianqin.records import Evidence
from lianqin.testing import T0

FRAMES = 20


@pytest.fixture(scope="module")
def hevc_clip() -> bytes:
    target = io.BytesIO()
    with av.open(target, "w", format="mp4") as out:
        stream: Any = out.add_stream("libx265", rate=10)
        stream.width, stream.height, stream.pix_fmt = 160, 96, "yuv420p"
        stream.options = {"preset": "ultrafast", "x265-params": "log-level=none:bframes=0"}
        for n in range(FRAMES):
            picture = np.full((96, 160, 3), n * 10, np.uint8)
            for packet in stream.encode(av.VideoFrame.from_ndarray(picture, format="bgr24")):
                out.mux(packet)
        for packet in stream.encode(None):
            out.mux(packet)
    return target.getvalue()


def test_the_transcoded_clip_shows_the_same_pictures_at_the_same_times(hevc_clip: bytes) -> None:
    def times(clip: bytes) -> tuple[str, list[float], list[int]]:
        with av.open(io.BytesIO(clip)) as container:
            video = container.streams.video[0]
            frames = [(float(f.time), int(f.to_ndarray(format="gray").mean())) for f in container.decode(video)]
            return video.codec_context.name, [t for t, _ in frames], [grey for _, grey in frames]

    before, after = times(hevc_clip), times(transcode(hevc_clip))
    assert (before[0], after[0]) == ("hevc", "h264")
    assert len(after[1]) == FRAMES
    assert after[1] == pytest.approx(before[1], abs=0.002)
    assert after[2] == pytest.approx(before[2], abs=3)


def test_what_is_no_video_is_refused() -> None:
    with pytest.raises(EvidenceError, match="transcode"):
        transcode(b"not a clip")


@pytest.mark.parametrize(
    "text",
    [
        "#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\nhttp://{place}/a.ts\n#EXT-X-ENDLIST\n",
        "ffconcat version 1.0\nfile http://{place}/b.mp4\n",
        "v=0\r\no=- 0 0 IN IP4 {place}\r\ns=x\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=video 5004 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n",
    ],
    ids=["playlist", "list of files", "session description"],
)
def test_a_text_in_place_of_a_clip_makes_nobody_open_its_addresses(text: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        with pytest.raises(EvidenceError, match="transcode"):
            transcode(text.format(place=f"127.0.0.1:{listener.getsockname()[1]}").encode())
        with pytest.raises(BlockingIOError):
            listener.accept()


def test_an_h265_clip_is_promised_then_made_once_then_served(room: Any, alert: Any, hevc_clip: bytes) -> None:
    path, operator = "2026-09-21/al-0001.mp4", room.role("operator")
    room.console.evidence.write(path, hevc_clip)
    room.take(Evidence(alert.id, alert.camera_id, T0, (), path, clip_from=T0, clip_seconds=2.0, codec="hevc"))
    assert operator.get(f"/api/alerts/{alert.id}").json()["clip_state"] == "needs_transcode"
    for _ in range(3):
        answer = operator.get(f"/api/alerts/{alert.id}/clip")
        assert (answer.status_code, answer.json()) == (202, {"state": "transcoding"})
    assert room.audit("clip.look") == []
    room.console.transcoder.run_once(0.1)
    room.console.transcoder.run_once(0.1)  # nothing is left: it was wanted once
    assert room.console.evidence.exists(beside(path))
    answer = operator.get(f"/api/alerts/{alert.id}/clip", range="bytes=0-99")
    assert (answer.status_code, answer.headers["x-transcoded"], len(answer.content)) == (206, "1", 100)
    assert operator.get(f"/api/alerts/{alert.id}").json()["clip_state"] == "ready"
    assert len(room.audit("clip.look")) == 1


def test_a_clip_that_cannot_be_transcoded_says_so_and_is_tried_again_later(room: Any, alert: Any) -> None:
    path, operator = "2026-09-21/al-0001.mp4", room.role("operator")
    room.console.evidence.write(path, b"broken")
    room.take(Evidence(alert.id, alert.camera_id, T0, (), path, codec="hevc"))
    assert operator.get(f"/api/alerts/{alert.id}/clip").status_code == 202
    room.console.transcoder.run_once(0.1)
    answer = operator.get(f"/api/alerts/{alert.id}/clip")
    assert (answer.status_code, answer.json()["key"]) == (500, "clip.transcode")
    room.clock.advance(61)
    assert operator.get(f"/api/alerts/{alert.id}/clip").status_code == 202
