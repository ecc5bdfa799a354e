"""`python -m ingest`: one worker. Waits for Redis, in which its cameras stand. Ends cleanly on SIGINT; on SIGTERM
it hands its cameras over first, where another worker lives; exit code 2 says that it could not begin."""

from __future__ import annotations

import signal
import sys
import threading

import cv2
import structlog

from ingest.worker import IngestWorker, open_model
from lianqin import logs, settings
from lianqin.bus import connect
from lianqin.errors import ConflictError, ModelError, SettingsError
from lianqin.waiting import redis_need, wait_for

log = structlog.get_logger(__name__)


def main() -> int:
    try:
        known = settings.load()
        logs.configure(json=known.log_json, level=known.log_level)
        cv2.setNumThreads(1)  # one core a worker
        worker = IngestWorker(known, open_model(known))
    except (SettingsError, ModelError, ConflictError) as error:
        sys.stderr.write(f"the ingest worker can't begin: {error.detail}\n")
        return 2
    stop, drains, waits = threading.Event(), threading.Event(), threading.Event()
    for number, told in ((signal.SIGINT, stop), (signal.SIGTERM, drains)):
        signal.signal(number, lambda *_, told=told: [one.set() for one in (waits, told)])
    if not wait_for([redis_need(connect(known.redis, timeout=2.0))], waits):
        return 0
    worker.start()
    log.info("worker_runs", worker=known.worker_id, parts=[part.name for part in worker.parts])
    while not drains.is_set() and not stop.wait(0.25):
        pass  # a signal that lands on another thread does not wake a wait without an end
    if drains.is_set():
        log.info("worker_drains", worker=known.worker_id)
        worker.drain(known.drain_seconds)
    worker.stop()
    log.info("worker_ended", worker=known.worker_id)
    return 0


if __name__ == "__main__":
    sys.exit(main())
