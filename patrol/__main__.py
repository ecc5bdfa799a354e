"""`python -m patrol`: the patrol worker of one partition."""

from __future__ import annotations

import argparse
import signal
import sys
import threading

from lianqin import logs, settings
from lianqin.bus import connect
from lianqin.clock import SystemClock
from lianqin.db import Store, open_engine
from lianqin.errors import LianqinError
from lianqin.supervise import run_forever
from patrol.worker import Worker


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m patrol", description=__doc__)
    parser.add_argument("--partition", type=int, default=0)
    options = parser.parse_args(arguments)
    try:
        ours = settings.load()
        logs.configure(json=ours.log_json, level=ours.log_level)
        store = Store(open_engine(ours.database))
    except LianqinError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    clock = SystemClock()
    worker = Worker(ours, store, connect(ours.redis), clock, stop, partition=options.partition)
    run_forever("patrol", worker.run_once, stop, clock=clock, longest=5.0)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
