"""How a network's answer is read: one decoder a layout. A further one is a file here and one line in `LAYOUTS`."""

from __future__ import annotations

from typing import Final

from detect.layouts.answer import Decode
from detect.layouts.nanodet import decode_nanodet
from detect.layouts.yolox import decode_yolox

LAYOUTS: Final[dict[str, Decode]] = {
    "nanodet": decode_nanodet,
    "yolox": decode_yolox,
}
