"""`python -m tools.containers [--keep]`: exit status 0 when all that was acknowledged is there once."""

from __future__ import annotations

import argparse
import sys
import time

from tools.containers import images, machine, podman, trial
from tools.containers.county import County
from tools.containers.podman import TrialError, say


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.containers", description=__doc__)
    parser.add_argument("--keep", action="store_true", help="leave the containers running, to be looked at")
    options = parser.parse_args(arguments)
    began = time.monotonic()
    try:
        machine.check()
        podman.prepare()
        compose = machine.install()
        images.build()
        try:
            good = trial.hold(compose)
        finally:
            if not options.keep:
                County(compose).clear()
    except TrialError as error:
        say(f"\nthe trial can't go on: {error}")
        return 2
    except KeyboardInterrupt:
        say("\ninterrupted; its containers are removed")
        return 130
    say(f"after {time.monotonic() - began:.0f} s")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
