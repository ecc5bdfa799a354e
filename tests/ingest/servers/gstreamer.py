"""GStreamer's gst-rtsp-server, which many cameras' firmware is built on. It runs in the system's Python."""

from __future__ import annotations

import contextlib
import functools
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import quote

from tests.ingest.servers.serving import Shape, answers, free_port, running
from tests.ingest.servers.streams import Kind

PYTHON: Final = "/usr/bin/python3"
SERVER: Final = """
import sys
import gi
gi.require_version("Gst", "1.0"); gi.require_version("GstRtspServer", "1.0"); gi.require_version("GstRtsp", "1.0")
from gi.repository import GLib, Gst, GstRtsp, GstRtspServer
Gst.init(None)
server = GstRtspServer.RTSPServer(); server.set_address("127.0.0.1"); server.set_service(sys.argv[1])
factory = GstRtspServer.RTSPMediaFactory()  # not shared: a pipeline for each viewer
factory.set_launch(sys.argv[2])
if sys.argv[3]:
    token, allowed = GstRtspServer.RTSPToken(), GstRtspServer.RTSPPermissions()
    token.set_string("media.factory.role", "viewer")
    for what in ("access", "construct"):
        allowed.add_permission_for_role("viewer", "media.factory." + what, True)
    factory.set_permissions(allowed)
    auth = GstRtspServer.RTSPAuth()
    if sys.argv[3] == "digest":
        auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
        auth.add_digest(sys.argv[4], sys.argv[5], token)
    else:
        auth.add_basic(GstRtspServer.RTSPAuth.make_basic(sys.argv[4], sys.argv[5]), token)
    server.set_auth(auth)
server.get_mount_points().add_factory("/x", factory)
server.attach(None)
GLib.MainLoop().run()
"""
PAYS: Final = {
    "h264": "h264parse config-interval=-1 ! rtph264pay",
    "hevc": "h265parse config-interval=-1 ! rtph265pay",
    "mjpeg": "jpegparse ! rtpjpegpay",
    "mpeg4": "mpeg4videoparse config-interval=-1 ! rtpmp4vpay config-interval=1",
    "vp8": "rtpvp8pay",
}
USER: Final = "viewer"
PASSWORD: Final = "p@ss:w/rd"
NAMES: Final = {"h264": "H264", "hevc": "H265"}
BEFORE: Final[dict[Shape, str]] = {
    "audio first": "audiotestsrc is-live=true samplesperbuffer=160 ! audio/x-raw,rate=8000,channels=1 ! alawenc ! rtppcmapay name=pay0 pt=8",
    "metadata first": "videotestsrc is-live=true ! video/x-raw,width=16,height=16,framerate=2/1 ! rtpgstpay pt=98 ! capssetter name=pay0"
    ' join=false replace=true caps="application/x-rtp,media=application,clock-rate=90000,payload=98,encoding-name=VND.ONVIF.METADATA"',
    "jpeg first": "videotestsrc is-live=true ! video/x-raw,format=I420,width=160,height=96,framerate=5/1 ! jpegenc ! rtpjpegpay name=pay0 pt=26",
}


def launch(kind: Kind, file: Path, shape: Shape) -> str:
    """The description of a pipeline, as gst-launch takes it."""
    before = BEFORE.get(shape, "")
    pay = f"{PAYS[kind.codec]} pt=96"
    name = f"name=pay{1 if before else 0}"
    if shape == "in band":  # what the payloader tells of the parameter sets is taken out of its description
        pay += (
            " ! capssetter join=false replace=true caps="
            f'"application/x-rtp,media=video,clock-rate=90000,payload=96,encoding-name={NAMES[kind.codec]}"'
        )
    demux = "qtdemux" if kind.suffix == "mp4" else "matroskademux"
    return f"( {before} filesrc location={file} ! {demux} ! queue ! {pay} {name} )"


class GStreamer:
    name, repeats = "gstreamer", False

    @functools.cache  # noqa: B019 - one of it lives as long as the tests
    def missing(self) -> str:
        check = "import gi; gi.require_version('GstRtspServer', '1.0'); from gi.repository import GstRtspServer"
        with contextlib.suppress(OSError):
            if subprocess.run([PYTHON, "-c", check], capture_output=True, check=False, timeout=30).returncode == 0:
                return ""
        return "gir1.2-gst-rtsp-server-1.0 and python3-gi are not installed"

    @contextlib.contextmanager
    def serve(self, kind: Kind, file: Path, shape: Shape) -> Iterator[str]:
        port = free_port()
        asked = shape if shape in ("digest", "basic") else ""
        command = [PYTHON, "-c", SERVER, str(port), launch(kind, file, shape), asked, USER, PASSWORD]
        with running(command, f"rtsp://127.0.0.1:{port}/x", answers) as url:
            yield url.replace("://", f"://{USER}:{quote(PASSWORD, safe='')}@") if asked else url
