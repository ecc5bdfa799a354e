"""The same reading against a server that is not ours: GStreamer's gst-rtsp-server, which many cameras' firmware is built on."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import av
import pytest

from demo.clips import clip_path
from ingest.evidence.clip import write_clip
from ingest.evidence.ring import PacketRing
from ingest.source import rtsp
from ingest.source.capture_clock import CaptureClock
from ingest.source.connections import ConnectionPool, RtspConnection
from ingest.source.ffmpeg import open_source, reason_of
from ingest.stream import EncodedPacket
from lianqin.clock import SystemClock
from lianqin.errors import SourceRefused
from tests.ingest.servers.gstreamer import GStreamer
from tests.ingest.servers.streams import Kind

GST = GStreamer()
CLIPS = {"h264": "C01", "hevc": "C02"}
pytestmark = pytest.mark.skipif(bool(GST.missing()), reason=GST.missing())


@pytest.fixture(params=list(CLIPS))
def server(request: pytest.FixtureRequest, clips: Path) -> Iterator[tuple[str, str]]:
    """A codec, and the address of a stream of it."""
    clip = clip_path(CLIPS[request.param], "sub")
    with GST.serve(Kind(request.param, codec=request.param), clip, "alone") as address:
        yield request.param, address


@pytest.mark.parametrize("transport", ["tcp", "udp"])
def test_a_foreign_server_is_read_timed_and_cut(server: tuple[str, str], transport: str) -> None:
    codec, address = server
    clock, line, ring = SystemClock(), CaptureClock(), PacketRing(30)
    ats = []
    with open_source(address, transport=transport, open_timeout=5, read_timeout=5) as source:  # type: ignore[arg-type]
        assert (source.format.codec, source.format.width, source.format.height) == (codec, 640, 360)
        ring.begin(source.format)
        for packet in source.packets():
            stamp = line.stamp(float(packet.pts or 0) * float(packet.time_base), clock.monotonic(), clock.now())
            ring.add(EncodedPacket(stamp.at, bool(packet.is_keyframe), bytes(packet)))
            ats.append(stamp.at)
            if len(ats) == 110:
                break
    assert ats == sorted(ats)
    assert ats[-1] - ats[10] == pytest.approx(99 / 25, abs=0.3)
    cut = ring.cut(0, ats[-1])
    with av.open(io.BytesIO(write_clip(cut))) as file:
        frames = list(file.decode(video=0))
    assert frames[0].key_frame
    assert len(frames) == len(cut.packets) >= 40
    assert not any(frame.is_corrupt for frame in frames)


def test_a_foreign_servers_refusal_has_its_name(server: tuple[str, str]) -> None:
    _, address = server
    with pytest.raises(SourceRefused) as caught:
        open_source(address.removesuffix("x") + "no-such-stream")
    assert reason_of(caught.value) == "not_found"


def test_our_own_reader_reads_a_foreign_server_too(server: tuple[str, str]) -> None:
    codec, address = server
    clock, came = SystemClock(), list[tuple[float, bool, bytes]]()
    hub = ConnectionPool(clock)
    connection = rtsp.connect(address, 5, clock)
    assert (connection.told.format.codec, connection.told.format.width) == (codec, 640)
    line = RtspConnection(
        connection, lambda at, _, is_key, content, __: came.append((at, is_key, content)), 5, clock.monotonic()
    )
    hub.add(line)
    while len(came) < 110 and not line.ended.is_set():
        hub.run_once()
    hub.close()
    assert len(came) >= 110, line.error
    decoder = av.CodecContext.create(codec, "r")
    decoder.extradata = connection.told.format.extradata
    first = next(n for n, (_, is_key, _) in enumerate(came) if is_key)
    shown = [frame for _, _, content in came[first:] for frame in decoder.decode(av.Packet(content))]
    assert len(shown) > 40
    assert not any(frame.is_corrupt for frame in shown)
