"""Fuzz every parser of foreign bytes: `python -m tests.fuzz [--minutes 60] [--jobs N] [TARGET ...]`; what `make fuzz` runs.

One process a target, `--jobs` at once; the minutes are for all of them together and are shared out by `Target.share`. Prints a table,
keeps each finding as a file below `tests/fuzz/findings/` (a case of `test_fuzz.py` from then on), and ends with 1 where there is one.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tests.fuzz.target import FINDINGS, ROOM, load, names
from tests.fuzz.watch import relative

ROOT: Final = ROOM.parents[1]
WORK: Final = ROOT / "run" / "fuzz"
_MOST_STARTS: Final = 20
_GRACE_S: Final = 120.0
"""To import everything, and for the last input to end."""
_COVERED: Final = re.compile(r"cov: (\d+) .*?corp: (\d+)/")


@dataclass
class Outcome:
    """Of one target. `covered`: edges of our code, 0 where no coverage was counted."""

    name: str
    seconds: float = 0.0
    runs: int = 0
    read: int = 0
    covered: int = 0
    corpus: int = 0
    found: dict[str, str] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)


def fuzz(name: str, seconds: float, work: Path, findings: Path) -> Outcome:
    """Starts it again after an input that ended its process, as long as time is left."""
    outcome, folder = Outcome(name), work / name
    folder.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    for start in range(_MOST_STARTS):
        left = seconds - (time.monotonic() - began)
        if start and left < 1:
            break
        _start(outcome, left, folder, findings, int(time.time()) % 100_000 + start)
        stopped = list(folder.glob("stopped-*"))
        for file in stopped:
            kind = file.name.removeprefix("stopped-")
            findings.mkdir(parents=True, exist_ok=True)
            kept = findings / kind[:40]
            shutil.move(file, kept)
            outcome.found[f"{kind.split('-')[0]} (the process ended)"] = str(kept)
        if not stopped:
            break
    outcome.seconds = time.monotonic() - began
    return outcome


def _start(outcome: Outcome, seconds: float, folder: Path, findings: Path, seed: int) -> None:
    told, log = folder / "told.json", folder / "log"
    told.unlink(missing_ok=True)
    command = [
        sys.executable,
        "-m",
        "tests.fuzz.one",
        outcome.name,
        str(seconds),
        str(folder),
        str(findings),
        str(seed),
    ]
    with log.open("wb") as out:
        try:
            ended = subprocess.run(
                command, cwd=ROOT, stdout=out, stderr=out, timeout=seconds + _GRACE_S, check=False
            ).returncode
        except subprocess.TimeoutExpired:
            ended = -1
    text = log.read_text(errors="replace")
    if told.exists():
        what: dict[str, Any] = json.loads(told.read_text())
        outcome.runs += what["runs"]
        outcome.read += what["read"]
        outcome.found |= what["found"]
        outcome.texts |= what["texts"]
    if ended and not list(folder.glob("stopped-*")):
        outcome.found[f"ended with {ended}"] = str(log)
        outcome.texts[f"ended with {ended}"] = text[-2000:]
    for covered, corpus in _COVERED.findall(text):
        outcome.covered, outcome.corpus = max(outcome.covered, int(covered)), int(corpus)


def rows(outcomes: Sequence[Outcome]) -> Iterator[str]:
    yield f"{'target':<20}{'seconds':>9}{'runs':>12}{'read':>8}{'edges':>8}{'corpus':>8}{'findings':>10}"
    for one in outcomes:
        share = f"{one.read / one.runs:.0%}" if one.runs else "-"
        yield f"{one.name:<20}{one.seconds:>9.0f}{one.runs:>12,}{share:>8}{one.covered or '-':>8}{one.corpus or '-':>8}{len(one.found):>10}"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description="Fuzz every parser of foreign bytes.")
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=", ".join(names()))
    parser.add_argument("--minutes", type=float, default=60.0, help="for all of them together (default 60)")
    parser.add_argument(
        "--jobs", type=int, default=os.cpu_count() or 1, help="processes at once (default: one a processor)"
    )
    parser.add_argument("--findings", type=Path, default=FINDINGS, help=argparse.SUPPRESS)
    parser.add_argument("--work", type=Path, default=WORK, help=argparse.SUPPRESS)
    told = parser.parse_args(arguments)
    wanted = told.targets or names()
    for name in wanted:
        if name not in names():
            parser.error(f"no target `{name}`; there are {', '.join(names())}")
    shares = {name: load(name).share for name in wanted}
    each = told.minutes * 60 * min(told.jobs, len(wanted)) / sum(shares.values())

    def run(name: str) -> Outcome:
        outcome = fuzz(name, each * shares[name], told.work, told.findings / name)
        for place, text in outcome.texts.items():
            sys.stdout.write(f"{name}: {place}\n{text}\n")
        return outcome

    with ThreadPoolExecutor(told.jobs) as pool:
        outcomes = list(pool.map(run, sorted(wanted, key=lambda name: -shares[name])))
    outcomes.sort(key=lambda one: one.name)
    for line in rows(outcomes):
        sys.stdout.write(line + "\n")
    for one in outcomes:
        for place, file in one.found.items():
            sys.stdout.write(f"{one.name}: {place}: {relative(Path(file))}\n")
    return int(any(one.found for one in outcomes))


if __name__ == "__main__":
    sys.exit(main())
