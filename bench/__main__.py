"""`python -m bench [--json FILE] [NAME ...]`: every benchmark, each figure beside its peer or limit from the same run."""

from __future__ import annotations

import argparse
import importlib
import platform
import sys
from pathlib import Path

import msgspec

from bench.kit.figures import Figure
from detect.kernel import int8_kernel

BENCHMARKS = (
    "detector",
    "cameras",
    "intake",
    "reader",
    "storm",
    "write_lock",
    "strangers",
    "judging",
    "trails",
    "live_map",
    "desk",
    "pages",
    "diagnosis",
    "gate",
    "recall",
    "quality",
    "density",
    "curve",
    "live",
    "alert_latency",
    "capture_to_page",
    "loaded_page",
    "read_together",
    "first_opening",
    "first_hour",
)
"""In order; each module has `run() -> list[Figure]`."""


def table(figures: list[Figure]) -> str:
    rows = [("figure", "value", "unit", "peer or limit", "value", "note")]
    for figure in figures:
        peer = "" if figure.peer_value is None else f"{figure.peer_value:.4g}"
        rows.append((figure.name, f"{figure.value:.4g}", figure.unit, figure.peer_name, peer, figure.note))
    widths = [max(len(row[i]) for row in rows) for i in range(5)]
    return "\n".join(
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[5]]) for row in rows
    )


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", help=f"some of: {', '.join(BENCHMARKS)}")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    options = parser.parse_args(arguments)
    unknown = [name for name in options.names if name not in BENCHMARKS]
    if unknown:
        parser.error(f"no such benchmark: {', '.join(unknown)}; there are: {', '.join(BENCHMARKS)}")
    figures: list[Figure] = []
    for name in options.names or BENCHMARKS:
        print(f"running {name} ...", file=sys.stderr, flush=True)
        figures += importlib.import_module(f"bench.{name}").run()
    print(f"{platform.machine()}, {platform.python_version()}, one run each; int8 by {int8_kernel()}\n")
    print(table(figures))
    if options.json:
        options.json.write_bytes(msgspec.json.format(msgspec.json.encode(figures), indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
