"""Values that workers leave one another in Redis: what a view showed, what stood in it, places, clocks, blame (MessagePack and JSON). The
first byte says which; another worker's version may have written it, or a restored Redis cut it."""

from __future__ import annotations

import threading
from typing import Any, cast

import msgspec
import numpy as np

from detect.pipeline import CameraPipeline, Remembered
from detect.standing import Kept
from ingest.look.camera_memory import CameraMemory, _Places, _view_of
from ingest.look.diagnosis import Diagnosis, measure_planes
from ingest.risks import Blame, blame
from lianqin.clock import SystemClock
from lianqin.decoding import from_json
from lianqin.testing import T0, a_camera
from patrol.judging.clocks import DeviceClock
from patrol.judging.presence import GuardPlace, places
from tests.fuzz.target import Target

CAMERA = a_camera()


class Redis:
    """Gives one value for whatever is asked."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def hgetall(self, _: str) -> dict[bytes, bytes]:
        return {b"G1": self._body}


def memory() -> CameraMemory:
    return CameraMemory(
        CAMERA,
        CameraPipeline(CAMERA, model="m", rule_version="1", run="r"),
        threading.Lock(),
        Diagnosis(),
        SystemClock(),
    )


def run(data: bytes) -> bool:
    told, body = data[0] % 4 if data else 0, data[1:]
    if told == 0:
        return memory().recall_view(body)
    if told == 1:
        one = memory()
        if not one.recall_places(body):
            return False
        one.places()
        return True
    if told == 2:
        return bool(places(cast("Any", Redis(body))))
    found = False
    for kind in (DeviceClock, Blame):
        try:
            one_ = from_json(body, kind)
        except msgspec.MsgspecError:
            continue
        found = True
        if isinstance(one_, DeviceClock):
            assert one_.steady in {True, False}
        else:
            blame({"C1"}, {"C1": cast("Blame", one_)}, {"C1": "x"})
    return found


def _view() -> bytes:
    diagnosis = Diagnosis()
    grey = np.add.outer(np.arange(180), np.arange(320)).astype(np.uint8)
    for n in range(200):
        diagnosis.see(float(n), measure_planes(np.roll(grey, n % 2, 1)))
    found = diagnosis.view(_view_of(CAMERA))
    assert found is not None
    return msgspec.msgpack.encode(found)


def _stood() -> bytes:
    return msgspec.msgpack.encode(_Places(_view_of(CAMERA), Remembered(Kept(), {}, {}, ())))


PLACE = GuardPlace("G1", "张三", "U1", "S1", "A1", 119.2, 34.0, T0, T0)
TARGET = Target(
    run,
    (b"\x00" + _view(), b"\x01" + _stood(), b"\x02" + msgspec.json.encode(PLACE), b"\x03" + msgspec.json.encode(DeviceClock(1.0, 2, T0, T0)), b"\x03" + msgspec.json.encode(Blame(2, True, "x"))),
    (b"\xff", b"\\ud800", b"[" * 30, b"1e999", b"\xdf\xff\xff\xff\xff", b"\xdd\xff\xff\xff\xff", b"\x91" * 40, b"null"),
    most=6000, steps=(30_000, 200),
)  # fmt: skip
