"""One target in a process of its own: `python -m tests.fuzz.one TARGET SECONDS FOLDER FINDINGS [SEED]`.

By atheris (libFuzzer with the coverage of our Python), and where it has no wheel by mutations of the seeds. `FOLDER` keeps the corpus,
so that the next run goes on from this one.
"""

from __future__ import annotations

import logging
import resource
import sys
import time
from pathlib import Path
from typing import Any, Final

import structlog

from tests.fuzz.mutate import inputs
from tests.fuzz.target import PACKAGES, load
from tests.fuzz.watch import Watch

MOST_MB: Final = 1024
"""Resident memory of a target's process; an input that needs more is a finding."""
ADDRESSES: Final = 6 << 30
"""Bytes of address space: what asks for more hears MemoryError, which no parser declares."""
STUCK_S: Final = 30
"""By the wall clock; then the process ends and the input is a finding. Generous: the machine may be shared."""


def main() -> None:
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL)
    )  # each odd input has its line
    name, seconds, folder, findings, *seed = sys.argv[1:]
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESSES, ADDRESSES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        import atheris  # noqa: PLC0415 - it has wheels for some machines alone
    except ImportError:
        atheris = None
    _fuzz(name, float(seconds), Path(folder), Path(findings), int(seed[0]) if seed else 1, atheris)


def _fuzz(name: str, seconds: float, folder: Path, findings: Path, seed: int, atheris: Any) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    if atheris is None:
        target = load(name)
        watch, until = Watch(target, findings, folder / "told.json"), time.monotonic() + seconds
        for data in inputs(target, seed):
            watch(data)
            if time.monotonic() > until:
                break
        watch.tell()
        return
    with atheris.instrument_imports(include=list(PACKAGES)):
        target = load(name)
    watch = Watch(target, findings, folder / "told.json")
    corpus, words = folder / "corpus", folder / "words"
    corpus.mkdir(exist_ok=True)
    for n, data in enumerate(target.seeds):
        (corpus / f"seed-{n}").write_bytes(data)
    words.write_text("".join('"' + "".join(f"\\x{byte:02x}" for byte in word) + '"\n' for word in target.words if word))
    atheris.Setup(
        [name, str(corpus), f"-max_total_time={max(1, round(seconds))}", f"-max_len={target.most}", f"-rss_limit_mb={MOST_MB}",
         f"-timeout={STUCK_S}", f"-artifact_prefix={folder}/stopped-", f"-dict={words}", f"-seed={seed}", "-len_control=20"],
        watch,
    )  # fmt: skip
    atheris.Fuzz()


if __name__ == "__main__":
    main()
