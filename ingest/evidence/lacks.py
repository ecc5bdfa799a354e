"""Is a clip whole? What it lacks of the seconds that it was to show, and why, in words that the console reads. Pure."""

from __future__ import annotations

from itertools import pairwise
from statistics import median
from typing import Final

from ingest.evidence.ring import Cut

SLACK_S: Final = 0.5
"""Seconds that no one misses at either end."""
HOLE_S: Final = 1.5
"""Without a picture for longer, where they usually come thicker, there is a hole."""
HOLE_SHARE: Final = 4
"""Times the usual distance of pictures, whichever is more."""


def lacking(cut: Cut, at: float, before: float, after: float, *, ending: bool = False) -> str:
    """Empty for a clip that shows the moment `at` (epoch seconds) with `before` and `after` it, without a hole; else what it
    lacks: `lacks the moment; 4.2 s before: changed; 2.0 s within: lost; 3.0 s after: clock`. The words behind the colons are
    `ring.Why`s. `ending`: the worker ends, so nothing more was waited for."""
    times = sorted(packet.at for packet in cut.packets)
    gaps = [b - a for a, b in pairwise(times)]
    usual = median(gaps) if gaps else 0.0
    slack = max(SLACK_S, 2 * usual)
    said = []
    if not times[0] - slack <= at <= times[-1] + slack:
        said.append("the moment")
    if (missing := times[0] - (at - before)) > slack:
        said.append(f"{min(missing, before):.1f} s before: {cut.began}")
    holes = sum(gap - usual for gap in gaps if gap > max(HOLE_S, HOLE_SHARE * usual))
    if holes:
        said.append(f"{holes:.1f} s within: lost")
    if (missing := at + after - times[-1]) > slack:
        said.append(f"{min(missing, after):.1f} s after: {'ended' if ending and cut.ended == 'lost' else cut.ended}")
    return f"lacks {'; '.join(said)}" if said else ""
