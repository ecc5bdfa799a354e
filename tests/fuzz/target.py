"""What is fuzzed: one parser of bytes that strangers, devices or files bring, and what it promises."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOM: Final = Path(__file__).parent
FINDINGS: Final = ROOM / "findings"
PACKAGES: Final = ("lianqin", "detect", "ingest", "patrol", "console")
"""Whose code is ours: coverage is counted in it, and a finding is named by the line of it that failed."""


@dataclass(frozen=True)
class Target:
    """`run` takes any bytes and catches what the parser declares: True where something was read, False where it was refused.
    Whatever else comes out of it is a finding, a broken property (an assertion) too.

    `seeds`: inputs as they should be, some of which are read. `words`: what mutations put in. `most`: bytes of an input in long runs.
    `steps`: lines of ours that one input may take, and `memory`: bytes that it may hold, at most and more for each of its bytes.
    `runs`: mutations in the tests, the same in each run. `share`: of the time of a long run."""

    run: Callable[[bytes], bool]
    seeds: tuple[bytes, ...]
    words: tuple[bytes, ...] = ()
    most: int = 4096
    steps: tuple[int, int] = (20_000, 200)
    memory: tuple[int, int] = (1_000_000, 400)
    runs: int = 1000
    share: int = 1


def names() -> list[str]:
    """Each file in `targets/` is one."""
    return sorted(path.stem for path in (ROOM / "targets").glob("[a-z]*.py"))


def load(name: str) -> Target:
    target: Target = importlib.import_module(f"tests.fuzz.targets.{name}").TARGET
    return target


def kept(name: str) -> list[Path]:
    """What was found once, by file."""
    return sorted(path for path in (FINDINGS / name).glob("*") if path.is_file())
