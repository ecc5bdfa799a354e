"""Pictures in which nobody is recognised: a street and shapes are left, no face, no plate. Pure.

As strong as live video for the roles that see it blurred (`ingest.codec.recode.blur`): `ACROSS` pixels are all that is kept.
"""

from __future__ import annotations

from typing import Final, cast

import cv2
import numpy as np
from numpy.typing import NDArray

ACROSS: Final = 48
"""Pixels across that a blurred picture keeps."""
SOFT: Final = 0.8
"""Of the Gauss that takes the edges of those pixels away, in such pixels."""


def blurred(plane: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The plane (height, width), or picture (height, width, 3), blurred, in its size."""
    height, width = plane.shape[:2]
    small = cv2.resize(plane, (ACROSS, max(1, ACROSS * height // width)), interpolation=cv2.INTER_AREA)
    soft = cv2.GaussianBlur(small, (0, 0), SOFT)
    return cast("NDArray[np.uint8]", cv2.resize(soft, (width, height), interpolation=cv2.INTER_CUBIC))
