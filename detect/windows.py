"""Where a look at a part is enough: square windows around what moved and what is followed, at the picture's own scale.

A window of 0.3 of the picture's width costs a third of a whole look, and small people are larger in it. Two are the most that
pays; what doesn't fit takes a whole look. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

Box = tuple[float, float, float, float]
"""Left, top, right, bottom as fractions of the picture."""
SIDE: Final = 0.3
"""Of the picture's width."""
PIXELS: Final = 192
"""Side of the network's input for a window."""
MARGIN: Final = 0.035
"""Around what is to be seen, of the picture's width."""
MOST: Final = 2
WHOLE: Final[Box] = (0.0, 0.0, 1.0, 1.0)
COARSE: Final = 320
"""Longer side of the network's input for a coarse look at the whole: six tenths of a whole one's cost."""
TALL: Final = 0.16
"""Of the picture's height: 29 pixels of a coarse look; the network needs some 26 of a person."""
_EDGE: Final = 0.012
"""Of a window: what comes so near to its edge is cut off by it."""


def plan(moved: Sequence[Box], followed: Sequence[Box], aspect: float) -> tuple[Box, ...]:
    """The cheapest look that sees what moved and what is followed: one window, the whole coarsely (`WHOLE`), two windows, or
    none of it: the whole as it is. `aspect`: width / height."""
    found = _windows([*moved, *followed], aspect)
    if len(found) == 1:
        return found
    if all(_is_tall(box) or any(_lies_on(box, other, aspect) for other in followed) for box in moved) and all(
        map(_is_tall, followed)
    ):
        return (WHOLE,)
    return found


def side_of(window: Box) -> int:
    """The longer side of the network's input for it, pixels."""
    return COARSE if window == WHOLE else PIXELS


def _windows(wanted: Iterable[Box], aspect: float) -> tuple[Box, ...]:
    """Windows that hold every box with its margin; none where that takes too many."""
    high, down = min(1.0, SIDE * aspect), MARGIN * aspect
    found: list[Box] = []
    for box in sorted(wanted):
        grown = (box[0] - MARGIN, box[1] - down, box[2] + MARGIN, box[3] + down)
        if grown[2] - grown[0] > SIDE or grown[3] - grown[1] > high:
            return ()
        for n, other in enumerate(found):
            both = _around(grown, other)
            if both[2] - both[0] <= SIDE and both[3] - both[1] <= high:
                found[n] = both
                break
        else:
            found.append(grown)
            if len(found) > MOST:
                return ()
    return tuple(_square(box, high) for box in found)


def _is_tall(box: Box) -> bool:
    return box[3] - box[1] >= TALL


def _lies_on(box: Box, other: Box, aspect: float) -> bool:
    """The middle of a piece that moved lies on what is followed, or near it."""
    x, y, near = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2, MARGIN * aspect
    return other[0] - MARGIN <= x <= other[2] + MARGIN and other[1] - near <= y <= other[3] + near


def cut(box: Box, window: Box) -> bool:
    """Is this box (fractions of the window) cut off by an edge of the window that is not the picture's own?"""
    inner = (window[0] > 0, window[1] > 0, window[2] < 1, window[3] < 1)
    near = (box[0] < _EDGE, box[1] < _EDGE, box[2] > 1 - _EDGE, box[3] > 1 - _EDGE)
    return any(a and b for a, b in zip(inner, near, strict=True))


def _around(a: Box, b: Box) -> Box:
    return min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3])


def _square(box: Box, high: float) -> Box:
    left = min(max(0.0, (box[0] + box[2] - SIDE) / 2), 1 - SIDE)
    top = min(max(0.0, (box[1] + box[3] - high) / 2), 1 - high)
    return left, top, left + SIDE, top + high
