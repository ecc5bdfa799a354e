"""The watermark: who took the file, for what, when, under which number, of which original. It stands whole at the bottom, and its first line
faintly all over, so that no part that is cut out is without it. White with a dark rim: legible on light and dark. Pure.

Drawn with OpenCV's own fonts, which have Chinese: nothing has to be installed. A sign that they lack is a question mark.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Final, cast

import cv2
import msgspec
import numpy as np
from numpy.typing import NDArray

FONT: Final = "uni"
SHARE: Final = 1 / 42
"""Of the picture's longer side: how high a line's signs are."""
LEAST: Final = 12
FAINT: Final = 0.16
"""How much of what stands all over is seen."""
Plane = NDArray[np.uint8]


class Ink(msgspec.Struct, frozen=True):
    """For pictures of one size: `value` is what is drawn (0 dark, 255 white), `cover` how much of it is seen, 0..1; both (height, width)."""

    value: NDArray[np.float32]
    cover: NDArray[np.float32]

    def on(self, plane: Plane, *, dark: float = 0, white: float = 255) -> Plane:
        """A plane of brightness, or a picture (height, width, 3), with the ink on it."""
        cover, value = self.cover, self.value * ((white - dark) / 255) + dark
        if plane.ndim == 3:
            cover, value = cover[..., None], value[..., None]
        return cast("Plane", np.clip(plane * (1 - cover) + value * cover, 0, 255).astype(np.uint8))

    def greyed(self, plane: Plane) -> Plane:
        """A plane of colour of half the size without colour where the ink is."""
        height, width = plane.shape
        cover = cv2.resize(self.cover, (width, height), interpolation=cv2.INTER_AREA)
        return cast("Plane", np.clip(plane * (1 - cover) + 128 * cover, 0, 255).astype(np.uint8))


def printable(text: str) -> str:
    """On one line: what is no sign is a blank."""
    return " ".join("".join(" " if unicodedata.category(sign)[0] in "CZ" else sign for sign in text).split())


def ink_of(width: int, height: int, lines: Sequence[str]) -> Ink:
    """For pictures of this size."""
    size = max(LEAST, round(max(width, height) * SHARE))
    gap = round(size * 1.45)
    text = [part for line in lines for part in _wrapped(printable(line), width - size, size)]
    clear, faint = np.zeros((height, width), np.uint8), np.zeros((height, width), np.uint8)
    bottom = height - round(size * 0.6)
    for n, line in enumerate(reversed(text)):
        _draw(clear, line, (size // 2, bottom - n * gap), size)
    first = printable(lines[0])
    step = _wide(first, size) + 4 * size
    for row, y in enumerate(range(2 * gap, max(2 * gap + 1, bottom - len(text) * gap), 4 * gap)):
        for x in range(-(row % 2) * step // 2, width, step):
            _draw(faint, first, (x, y), size)
    rim = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * max(2, size // 9) + 1,) * 2)
    whole, pale = cv2.dilate(clear, rim), cv2.dilate(faint, rim)
    value = np.maximum(clear, faint).astype(np.float32)
    cover = np.maximum(whole.astype(np.float32) / 255, pale.astype(np.float32) / 255 * FAINT)
    return Ink(value, cover)


def _draw(plane: Plane, text: str, at: tuple[int, int], size: int) -> None:
    cv2.putText(
        plane, text, at, (255,), cv2.FontFace(FONT), size, 700, cv2.PUT_TEXT_ALIGN_LEFT, (-1_000_000, 1_000_000)
    )


def _wide(text: str, size: int) -> int:
    """Pixels that the text takes."""
    box = cv2.getTextSize(
        (0, 0), text, (0, 0), cv2.FontFace(FONT), size, 700, cv2.PUT_TEXT_ALIGN_LEFT, (-1_000_000, 1_000_000)
    )
    return int(box[2])


def _wrapped(text: str, width: int, size: int) -> list[str]:
    """Lines no wider than that; a word that is too long is cut."""
    lines = [""]
    for sign in text:
        if lines[-1] and _wide(lines[-1] + sign, size) > width:
            blank = lines[-1].rfind(" ")
            carried = lines[-1][blank + 1 :] if blank > len(lines[-1]) // 2 else ""
            lines[-1] = lines[-1][: blank + 1].rstrip() if carried else lines[-1]
            lines.append(carried)
        lines[-1] = (lines[-1] + sign).lstrip()
    return lines
