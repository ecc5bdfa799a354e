"""`python -m patrol.intake [--port N]`: the intake as a process of its own."""

from __future__ import annotations

import argparse
import gc
import sys

import uvicorn

from lianqin import logs, settings
from lianqin.errors import LianqinError
from patrol.intake.app import make_intake


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m patrol.intake", description=__doc__)
    parser.add_argument("--port", type=int, help="instead of the setting intake_port")
    parser.add_argument("--uds", help="a unix socket instead of a port")
    parser.add_argument("--name", default="intake", help="its spool's folder: one for each process")
    options = parser.parse_args(arguments)
    try:
        ours = settings.load()
        logs.configure(json=ours.log_json, level=ours.log_level)
        intake = make_intake(ours, name=options.name)
    except LianqinError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    port = ours.intake_port if options.port is None else options.port
    gc.collect()
    gc.freeze()  # what start-up made stays; looking through it again and again is what slow answers are made of
    gc.set_threshold(50_000, 50, 50)
    sys.setswitchinterval(0.001)  # the writer's thread waits on Redis, and is not to wait for the loop as well
    # The plain loop: uvloop leaves single connections waiting for seconds when all are busy. Phones speak each 15 s and
    # are to find their connection open.
    uvicorn.run(
        intake, host=ours.console_host, port=port, uds=options.uds, loop="asyncio", http="httptools", ws="none",
        timeout_keep_alive=75, backlog=4096, proxy_headers=False, server_header=False, date_header=False,
        access_log=False, log_level="warning",
    )  # fmt: skip
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
