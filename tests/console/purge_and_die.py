"""`python -m tests.console.purge_and_die SETTINGS NOW WHERE`: one run of the sweeps at that moment, killed with -9 at `WHERE`: `mark`
(within the first transaction), `delete-N` (before the file of that number goes) or `close` (within the second transaction)."""

from __future__ import annotations

import json
import os
import signal
import sys
from typing import Any

from console.app import make_console
from console.evidence import purging
from console.evidence.keeper import Keeper
from lianqin import settings
from lianqin.bus import connect
from lianqin.db import Store, open_engine
from lianqin.evidence import EvidenceStore
from lianqin.testing import FakeClock


def die(*_: Any, **__: Any) -> Any:
    os.kill(os.getpid(), signal.SIGKILL)


def arm(where: str) -> None:
    if where == "mark":
        whole = purging.open_certificate

        def half(*arguments: Any) -> Any:
            whole(*arguments)
            die()

        purging.open_certificate = half
    elif where == "close":
        purging.certify = die
    else:
        left, delete = [int(where.removeprefix("delete-"))], EvidenceStore.delete

        def counted(self: EvidenceStore, path: str) -> int:
            if left[0] == 0:
                die()
            left[0] -= 1
            return delete(self, path)

        EvidenceStore.delete = counted  # type: ignore[method-assign]  # this process ends by it


def main(raw: str, now: str, where: str) -> None:
    known = settings.check(json.loads(raw))
    console = make_console(known, Store(open_engine(known.database)), connect(known.redis), FakeClock(float(now)))
    arm(where)
    Keeper(console).run_once()


if __name__ == "__main__":
    main(*sys.argv[1:])
