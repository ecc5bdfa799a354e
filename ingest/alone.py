"""`python -m ingest.alone <camera> <token>`: a worker of one camera, begun by `lone.Lone`. The settings as JSON are the first line of its
input; it ends when that does, which is when its parent dies."""

from __future__ import annotations

import contextlib
import sys
import threading
from pathlib import Path

import cv2

from ingest.lone import OneLease
from ingest.worker import IngestWorker, open_model
from lianqin import logs, settings
from lianqin.decoding import from_json


def main() -> int:
    camera_id, token = sys.argv[1], int(sys.argv[2])
    known = settings.check(from_json(sys.stdin.buffer.readline()))
    logs.configure(json=known.log_json, level=known.log_level)
    with contextlib.suppress(OSError):  # where memory runs short this process goes first
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")
    cv2.setNumThreads(1)
    worker = IngestWorker(known, open_model(known), leases=OneLease(camera_id, token))
    worker.start()
    ended = threading.Event()

    def wait() -> None:
        while sys.stdin.buffer.read(1):
            pass
        ended.set()

    threading.Thread(target=wait, daemon=True).start()
    while not ended.wait(0.25):
        pass
    worker.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
