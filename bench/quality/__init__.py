"""Who can be seen is seen: the detector, the tracker and the rules on labelled footage of many cameras, those that no
threshold was chosen on apart from those that one was. `python -m bench quality` prints the table."""

from __future__ import annotations

from bench.kit.figures import Figure

__all__ = ["run"]


def run() -> list[Figure]:
    """All clips at hand, at three paces; where none is at hand, a line says so."""
    from bench.quality.table import figures  # noqa: PLC0415  # only who asks for it pays for scipy and the network

    return figures()
