"""How much work an input is, without a clock: lines of our code that ran, and bytes that were held at once."""

from __future__ import annotations

import functools
import sys
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any, Final

from tests.fuzz.target import PACKAGES, ROOM, Target

ROOT: Final = ROOM.parents[1]


_LONG: Final = 2000


class BeyondSteps(BaseException):
    """More lines than a target's bound; no `except Exception` of ours takes it."""


@functools.cache
def _is_ours(file: str) -> bool:
    path = Path(file)
    return path.is_relative_to(ROOT) and path.relative_to(ROOT).parts[0] in PACKAGES


def bounded(target: Target, data: bytes) -> None:
    """Runs it. Raises BeyondSteps, and AssertionError for the memory, beside what the target lets through."""
    left = target.steps[0] + target.steps[1] * len(data)

    def line(_: FrameType, event: str, __: Any) -> Any:
        nonlocal left
        left -= event == "line"
        if left < 0:
            raise BeyondSteps
        return line

    def call(frame: FrameType, _: str, __: Any) -> Any:
        return line if _is_ours(frame.f_code.co_filename) else None

    before = sys.gettrace()
    tracemalloc.start()
    sys.settrace(call)
    try:
        target.run(data)
    finally:
        sys.settrace(before)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    most = target.memory[0] + target.memory[1] * len(data)
    assert peak <= most, f"{peak} bytes held for an input of {len(data)}, {most} at most"


def grown(target: Target) -> Iterator[bytes]:
    """Inputs as long as they may be: each seed and each word again and again, and seeds with a word again and again within."""
    first, most = target.seeds[0], min(target.most, _LONG)
    for piece in (*target.seeds, *target.words):
        yield (piece * (most // max(1, len(piece)) + 1))[:most]
    for word in target.words:
        at = len(first) // 3
        yield (first[:at] + word * max(1, (most - len(first)) // len(word)) + first[at:])[:most]
