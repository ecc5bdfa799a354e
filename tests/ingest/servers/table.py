"""Who serves what: the rows of `test_foreign_servers.py`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from tests.ingest.servers.gstreamer import GStreamer
from tests.ingest.servers.packaged import Aio, Rust
from tests.ingest.servers.serving import Peer, Shape
from tests.ingest.servers.streams import Kind
from tests.ingest.servers.vlc import Vlc

CLOSED: Final = "open-gop=0"

H264 = Kind("h264")
H264_B = Kind("h264-b", options=(("bf", "3"),), params="b-pyramid=normal")
H264_OPEN = Kind("h264-open", options=(("bf", "3"),), params="open-gop=1")
H264_SLICES = Kind("h264-slices", options=(("slices", "4"),))
H264_LONG = Kind("h264-long", group_s=10)
H264_SLOW = Kind("h264-slow", fps=5)
H264_ODD = Kind("h264-odd", size=(354, 198))
H264_FULL = Kind("h264-full", pixels="yuvj420p", full_range=True)
HEVC = Kind("hevc", "libx265", "hevc", params=f"bframes=0:{CLOSED}")
HEVC_B = Kind("hevc-b", "libx265", "hevc", params=f"bframes=3:{CLOSED}")
HEVC_OPEN = Kind("hevc-open", "libx265", "hevc", params="bframes=3:open-gop=1")
HEVC_SLICES = Kind("hevc-slices", "libx265", "hevc", params=f"bframes=0:slices=3:{CLOSED}")
HEVC_LONG = Kind("hevc-long", "libx265", "hevc", group_s=10, params=f"bframes=0:{CLOSED}")
HEVC_ODD = Kind("hevc-odd", "libx265", "hevc", size=(354, 198), params=f"bframes=0:{CLOSED}")
H264_TEN = Kind("h264-ten", pixels="yuv420p10le")
H264_422 = Kind("h264-422", pixels="yuv422p")
HEVC_TEN = Kind("hevc-ten", "libx265", "hevc", pixels="yuv420p10le", params=f"bframes=0:{CLOSED}")
HEVC_422 = Kind("hevc-422", "libx265", "hevc", pixels="yuv422p", params=f"bframes=0:{CLOSED}")

MJPEG = Kind("mjpeg", "mjpeg", "mjpeg", pixels="yuvj420p", full_range=True, suffix="mkv")
MPEG4 = Kind("mpeg4", "mpeg4", "mpeg4")
VP8 = Kind("vp8", "libvpx", "vp8", fps=5, suffix="mkv")

GST, VLC, AIO, RUST = GStreamer(), Vlc(), Aio(), Rust()
BOTH: Final = ("tcp", "udp")


Served = tuple[str, str, Shape]
"""Server, kind of stream and shape of its description."""


class Row(msgspec.Struct, frozen=True):
    """One camera: who serves it, how, and what. `named`: what its fault has to say, where it can't be watched."""

    peer: Peer
    transport: str
    kind: Kind
    shape: Shape = "alone"
    named: str = ""

    @property
    def served(self) -> Served:
        """Rows that share it share a server."""
        return self.peer.name, self.kind.name, self.shape

    def __str__(self) -> str:
        shape = "" if self.shape == "alone" else f"-{self.shape.replace(' ', '-')}"
        return f"{self.peer.name}-{self.transport}-{self.kind.name}{shape}"


def rows(peer: Peer, transports: Sequence[str], *kinds: Kind, shape: Shape = "alone") -> list[Row]:
    return [Row(peer, transport, kind, shape) for kind in kinds for transport in transports]


WATCHED: Final = [
    *rows(GST, BOTH, H264, H264_B, H264_OPEN, H264_SLICES, H264_SLOW, H264_ODD, H264_FULL),
    *rows(GST, BOTH, HEVC, HEVC_B, HEVC_OPEN, HEVC_SLICES, HEVC_ODD),
    *rows(GST, BOTH, H264_TEN, HEVC_TEN, H264_422, HEVC_422),
    *rows(GST, BOTH, H264_LONG, HEVC_LONG),
    *rows(GST, BOTH, H264_B, HEVC_B, shape="in band"),
    *rows(GST, BOTH, H264, shape="audio first"),
    *rows(GST, BOTH, HEVC, shape="audio first"),
    *rows(GST, BOTH, H264, shape="metadata first"),
    *rows(GST, BOTH, H264, shape="jpeg first"),
    *rows(GST, BOTH, H264, shape="digest"),
    *rows(GST, BOTH, H264, shape="basic"),
    *rows(VLC, BOTH, H264, HEVC_B),
    *rows(VLC, ("udp",), H264_B, H264_SLICES, H264_SLOW, H264_OPEN, HEVC, HEVC_OPEN),
    *rows(AIO, ("tcp",), H264, H264_B, H264_SLICES, HEVC, HEVC_B, HEVC_OPEN),
    *rows(RUST, BOTH, H264),
    *rows(RUST, ("udp",), H264_SLICES, H264_ODD),
]
NOT_WATCHED: Final = [
    *(Row(GST, transport, MJPEG, named="jpeg") for transport in BOTH),
    *(Row(GST, transport, MPEG4, named="mpeg-?4") for transport in BOTH),
    *(Row(GST, transport, VP8, named="vp8") for transport in BOTH),
    Row(VLC, "tcp", MJPEG, named="jpeg"),
    Row(VLC, "tcp", MPEG4, named="mpeg-?4"),
]
