"""`python -m patrol`: the patrol worker of one partition. It waits for a Redis that takes its lease, the database, and the tables that
the console brings."""

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
from lianqin.waiting import database_need, redis_need, schema_need, wait_for
from patrol.worker.loop import PatrolWorker


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m patrol", description=__doc__)
    parser.add_argument("--partition", type=int, default=0)
    options = parser.parse_args(arguments)
    stop, clock = threading.Event(), SystemClock()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    try:
        ours = settings.load()
        logs.configure(json=ours.log_json, level=ours.log_level)
        store, client = Store(open_engine(ours.database)), connect(ours.redis)
        needs = (redis_need(client, writes=True), database_need(store.engine), schema_need(store.engine))
        if not wait_for(needs, stop, clock=clock):
            return 0
    except LianqinError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    workers: list[PatrolWorker] = []

    def run_once() -> None:
        if not wait_for(needs[:1], stop, clock=clock):
            return
        if not workers:  # within what is tried again: Redis may be gone already
            workers.append(PatrolWorker(ours, store, client, clock, stop, partition=options.partition))
        workers[0].run_once()

    run_forever("patrol", run_once, stop, clock=clock, longest=5.0)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
