"""One target's runs: what failed is kept as a file, the smallest input for each place of our code."""

from __future__ import annotations

import hashlib
import json
import time
import traceback
from pathlib import Path
from typing import Final

from tests.fuzz.target import PACKAGES, ROOM, Target

SLOW_S: Final = 2.0
"""Of this thread's own processor time, for one input."""
_TOLD_EVERY_S: Final = 1.0


class TookTooLong(Exception):
    """An input on which the parser worked for more than `SLOW_S`."""


def place_of(error: BaseException) -> str:
    """Kind and innermost line of ours, e.g. `TypeError patrol/county/grids.py:104`; a property's own line where no code of ours failed."""
    where = "?"
    for frame in traceback.extract_tb(error.__traceback__):
        parts = Path(frame.filename).parts
        within = next((n for n, part in enumerate(parts) if part in PACKAGES and "site-packages" not in parts), None)
        if "tests" in parts:
            where = f"{Path(frame.filename).name}:{frame.lineno}" if isinstance(error, AssertionError) else where
        elif within is not None:
            where = f"{'/'.join(parts[within:])}:{frame.lineno}"
    return f"{type(error).__name__} {where}"


class Watch:
    """Call it with each input. `runs`, and by place what was found; told to `told` (a JSON file) about once a second."""

    def __init__(self, target: Target, findings: Path, told: Path | None = None) -> None:
        self.target, self.findings, self._told = target, findings, told
        self.runs = self.read = 0
        self.found: dict[str, Path] = {}
        self.texts: dict[str, str] = {}
        self._began = self._told_at = time.monotonic()

    def __call__(self, data: bytes) -> None:
        self.runs += 1
        began = time.thread_time()
        try:
            self.read += bool(self.target.run(data))
        except Exception as error:  # noqa: BLE001 - each of them is what is looked for
            self._keep(error, data)
        else:
            if time.thread_time() - began > SLOW_S:
                self._keep(TookTooLong(), data)
        if time.monotonic() - self._told_at > _TOLD_EVERY_S:
            self.tell()

    def _keep(self, error: Exception, data: bytes) -> None:
        place = place_of(error)
        known = self.found.get(place)
        if known is not None and known.stat().st_size <= len(data):
            return
        self.findings.mkdir(parents=True, exist_ok=True)
        file = self.findings / f"{type(error).__name__.lower()}-{hashlib.sha256(data).hexdigest()[:10]}"
        file.write_bytes(data)
        if known is not None and known != file:
            known.unlink()
        self.found[place] = file
        self.texts[place] = "".join(traceback.format_exception(error, limit=-6))[-3000:]
        self.tell()

    def tell(self) -> None:
        self._told_at = time.monotonic()
        if self._told is not None:
            what = {"runs": self.runs, "read": self.read, "seconds": self._told_at - self._began, "texts": self.texts,
                    "found": {place: str(file) for place, file in self.found.items()}}  # fmt: skip
            whole = self._told.with_suffix(".new")
            whole.write_text(json.dumps(what))
            whole.replace(self._told)


def relative(file: Path) -> str:
    return str(file.relative_to(ROOM.parents[1])) if file.is_relative_to(ROOM.parents[1]) else str(file)
