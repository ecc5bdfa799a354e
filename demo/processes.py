"""Child processes of the demo: started in order, watched, started again when they die, stopped in reverse."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)


def _die_with_parent() -> None:
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


@dataclass
class Child:
    """One process: its name, the module that `python -m` runs, and its arguments."""

    name: str
    module: str
    arguments: Sequence[str] = ()
    environ: Mapping[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None
    began: float = 0.0
    deaths: int = 0
    again_at: float = 0.0

    def start(self, logs: Path) -> None:
        logs.mkdir(parents=True, exist_ok=True)
        with (logs / f"{self.name}.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", self.module, *self.arguments],
                env={**os.environ, **self.environ},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is ours to pass on, in order
                preexec_fn=_die_with_parent,  # noqa: PLW1509 - one prctl call
            )
        self.began = time.monotonic()

    @property
    def code(self) -> int | None:
        return self.process.poll() if self.process else None

    def stop(self, patience: float = 8.0) -> None:
        """Ask, wait, then insist."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(patience)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Household:
    """All children. `watch` is called in a loop; `stop` ends everything."""

    def __init__(self, logs: Path) -> None:
        self.logs, self.children = logs, list[Child]()

    def start(self, child: Child) -> Child:
        child.start(self.logs)
        self.children.append(child)
        return child

    def watch(self) -> list[str]:
        """Start the dead again, with a growing pause; returns a line for each that died since the last look."""
        said = []
        now = time.monotonic()
        for child in self.children:
            if child.code is None:
                continue
            if child.again_at == 0.0:
                child.deaths = 1 if now - child.began > 60 else child.deaths + 1
                pause = min(30.0, 0.5 * 2**child.deaths)
                child.again_at = now + pause
                said.append(
                    f"{child.name} ended with {child.code}; again in {pause:g} s (log: {self.logs / child.name}.log)"
                )
            elif now >= child.again_at:
                child.again_at = 0.0
                child.start(self.logs)
        return said

    def stop(self) -> None:
        for child in reversed(self.children):
            child.stop()
