"""Counts as rates and shares, with 95 % bounds; and percentiles. All pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import msgspec

FEW: Final = 20
"""Fewer cases than this say little."""
FEW_JUDGED: Final = 10
"""So many must be judged before the share of false ones is said."""
_Z: Final = 1.959964


class Bounded(msgspec.Struct, frozen=True):
    """A rate or share with its 95 % bounds."""

    value: float
    low: float
    high: float


def poisson(count: int, hours: float) -> Bounded:
    """An hourly rate from a count, bounds by Byar's approximation to the exact ones."""
    low = 0.0 if count == 0 else count * (1 - 1 / (9 * count) - _Z / (3 * math.sqrt(count))) ** 3
    more = count + 1
    high = more * (1 - 1 / (9 * more) + _Z / (3 * math.sqrt(more))) ** 3
    return Bounded(count / hours, max(0.0, low) / hours, high / hours)


def wilson(count: int, of: int) -> Bounded:
    """A share from a count, with Wilson's bounds; `of` is 1 at least."""
    share, z2 = count / of, _Z**2
    middle = share + z2 / (2 * of)
    half = _Z * math.sqrt(share * (1 - share) / of + z2 / (4 * of * of))
    low, high = ((middle + sign * half) / (1 + z2 / of) for sign in (-1, 1))
    return Bounded(share, max(0.0, low), min(1.0, high))


def share_of(count: int, of: int, least: int) -> Bounded | None:
    """A share worth saying, with its bounds; None where it is of fewer than `least`: 1 of 1 is no 100 %."""
    return wilson(count, of) if of >= max(1, least) else None


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that `share` of all do not exceed (nearest rank); values sorted, one at least."""
    return values[max(0, math.ceil(share * len(values)) - 1)]
