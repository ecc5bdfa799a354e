"""`python -m patrol.intake [--port N]`: the intake as a process of its own. It waits for Redis and listens then."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
import threading

from lianqin import logs, settings
from lianqin.errors import LianqinError
from lianqin.waiting import redis_need, wait_for
from patrol.intake.door import FixReceiver
from patrol.intake.serve import more_files, serve


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m patrol.intake", description=__doc__)
    parser.add_argument("--port", type=int, help="instead of the setting intake_port")
    parser.add_argument("--uds", help="a unix socket instead of a port")
    parser.add_argument("--name", default="intake", help="its spool's folder: one for each process")
    options = parser.parse_args(arguments)
    try:
        ours = settings.load()
        logs.configure(json=ours.log_json, level=ours.log_level)
        more_files()
        door = FixReceiver(ours, name=options.name)
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        if not wait_for([redis_need(door.redis)], stop):  # without the list of devices nothing could be taken
            return 0
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)  # until `serve` takes them
        if stop.is_set():
            return 0
        port = ours.intake_port if options.port is None else options.port
        # The plain loop: uvloop leaves single connections waiting for seconds when all are busy.
        asyncio.run(serve(ours, door, port=port, uds=options.uds))
    except (LianqinError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
