"""Where a camera's sub-stream is likely to be, told from the address of its main stream. Pure.

As makers name them: Hikvision numbers channels 101 and 102 or says main and sub, Dahua has subtype 0 and 1, Uniview s0 and s1 or
video1 and video2, others stream1 and stream2, ch0_0 and ch0_1; ONVIF profiles are mostly numbered in that order.
"""

from __future__ import annotations

import re
from typing import Final

from lianqin.addresses import split_address

_NAMES: Final[tuple[tuple[str, str], ...]] = (
    (r"(/Streaming/(?:tracks|Channels)/\d+)01\b", r"\g<1>02"),
    (r"\bsubtype=0\b", "subtype=1"),
    (r"/s0/", "/s1/"),
    (r"/video1\b", "/video2"),
    (r"/stream1\b", "/stream2"),
    (r"/stream0\b", "/stream1"),
    (r"(/(?:ch|av)\d+)_0\b", r"\g<1>_1"),
    (r"/onvif1\b", "/onvif2"),
    (r"([Pp]rofile_?)1\b", r"\g<1>2"),
    (r"([Pp]rofile_?)0\b", r"\g<1>1"),
    (r"(MediaProfile0*)0\b", r"\g<1>1"),
    (r"\bmain\b", "sub"),
)  # fmt: skip


def likely(url: str) -> tuple[str, ...]:
    """Addresses worth a try, likeliest first; credentials stay as they are."""
    address = split_address(url)
    path = address.rest
    begin = url[: len(url) - len(path)]
    found = [re.sub(name, other, path, flags=re.IGNORECASE if "Streaming" in name else 0) for name, other in _NAMES]
    if "?" not in path:
        found.append(path.rstrip("/") + "/sub")
    return tuple(begin + one for one in dict.fromkeys(found) if one != path)
