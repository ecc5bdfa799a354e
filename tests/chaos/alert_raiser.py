"""An ingest worker whose alerts are made here: `alert_raiser.py LIST`. Raises one each 20 ms and notes its moment; ends on SIGTERM as
`python -m ingest` does. The settings come from the environment."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from detect.pipeline import Raised
from ingest.evidence.ring import PacketRing
from ingest.worker import IngestWorker
from lianqin import logs, settings
from lianqin.records import Detection, Frame, TrackPath
from lianqin.testing import a_camera, a_zone


class Nobody:
    name = "nobody@test"

    def detect(self, frames: Sequence[Frame]) -> list[tuple[Detection, ...]]:
        return [() for _ in frames]


class Origin:
    camera = a_camera()
    ring = PacketRing(20)
    token = 1

    def paths(self, since: float, key: str) -> tuple[TrackPath, ...]:
        return ()

    def merged(self, key: str) -> int:
        return 0

    def told(self, key: str) -> None:
        pass


def main(noted: str) -> None:
    known = settings.load()
    logs.configure(json=known.log_json, level=known.log_level)
    worker, stop, origin = IngestWorker(known, Nobody()), threading.Event(), Origin()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    worker.start()
    picture = np.zeros((36, 64, 3), np.uint8)
    with Path(noted).open("a", encoding="ascii") as file:
        while not stop.wait(0.02):
            at = time.time()
            raised = Raised("k1", a_zone(), "intrusion", 5, 6, 2, 0.9, at, ("C01-1",), "m@1", "1")
            worker.desk.take(origin, raised, Frame("C01", at, picture))
            file.write(f"{at!r}\n")
            file.flush()
            os.fsync(file.fileno())
    worker.stop()


if __name__ == "__main__":
    main(sys.argv[1])
