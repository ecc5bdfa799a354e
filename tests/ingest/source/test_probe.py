"""An address is tried: what it sends and its picture, or why it can't be watched."""

from __future__ import annotations

import resource
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest

from demo.rtsp.__main__ import street
from demo.rtsp.sim import CameraSim
from ingest.source.probe import ProbeRequest, probe
from lianqin.clock import SystemClock

pytestmark = pytest.mark.timeout(90)
MANY = 1100
"""Above what select() takes."""


@pytest.fixture(scope="module")
def sim(clips: Any) -> Any:
    with CameraSim(street()) as running:
        yield running


@pytest.mark.parametrize(
    ("camera_id", "stream", "codec", "size", "group"),
    [("C01", "main", "h264", (1280, 720), 2.0), ("C02", "sub", "hevc", (640, 360), 2.0), ("C03", "sub", "h264", (640, 360), 1.0)],
)  # fmt: skip
def test_a_camera_is_shown_with_what_it_sends(
    sim: Any, camera_id: str, stream: str, codec: str, size: tuple[int, int], group: float
) -> None:
    found = probe(ProbeRequest(sim.url(camera_id, stream)), av.open, SystemClock())
    assert (found.reason, found.codec, (found.width, found.height)) == ("", codec, size)
    assert found.group_s == pytest.approx(group, abs=0.1)
    assert 22 < found.fps < 28
    assert found.kbps > 50
    assert found.picture is not None
    picture = cv2.imdecode(np.frombuffer(found.picture, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    assert picture.shape[1] == min(960, size[0])


@pytest.mark.parametrize(
    ("fault", "reason"), [("401", "unauthorised"), ("404", "not_found"), ("503", "busy"), ("stall", "silent")]
)
def test_what_can_not_be_watched_says_why(sim: Any, fault: str, reason: str) -> None:
    sim.fault("C06", fault)
    try:
        found = probe(ProbeRequest(sim.url("C06", "sub")), av.open, SystemClock())
    finally:
        sim.fault("C06", "ok")
    assert found.reason == reason
    assert found.picture is None
    assert found.detail


def test_a_worker_with_many_files_open_tries_an_address(sim: Any) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard <= 2 * MANY:
        pytest.skip(f"this machine lets nobody open {2 * MANY} files")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 2 * MANY), hard))
    with ExitStack() as stack:
        stack.callback(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        for _ in range(MANY):
            stack.enter_context(Path("/dev/null").open("rb"))
        found = probe(ProbeRequest(sim.url("C03", "sub")), av.open, SystemClock())
    assert (found.reason, found.codec) == ("", "h264")


def test_no_password_is_in_what_it_says(sim: Any) -> None:
    url = sim.url("C01", "sub").replace("rtsp://", "rtsp://admin:s3cret@").replace(f":{sim.port}/", ":1/")
    found = probe(ProbeRequest(url), av.open, SystemClock())
    assert found.reason in {"unreachable", "bad_address"}
    assert "s3cret" not in found.detail
