"""Why a message was quarantined, as a key that the page has words for. The intake writes `why` as an English phrase with what
was sent in it; a test holds the phrases of its sources beside this table."""

from __future__ import annotations

import re
from typing import Final

import msgspec


class QuarantineReason(msgspec.Struct, frozen=True):
    """`key`: of `quarantine_why` in the page's words. `off_s`: by how many seconds the device's time is ahead of ours (behind:
    below 0). `n`: how many more there were."""

    key: str
    off_s: float | None = None
    n: int | None = None


OTHER: Final = "other"
PHRASES: Final[tuple[tuple[str, str], ...]] = (
    (r"unknown device$", "unknown_device"),
    (r"revoked device$", "revoked_device"),
    (r"sos\.unknown_device$", "sos_unknown_device"),
    (r"sos\.revoked_device$", "sos_revoked_device"),
    (r"terminal without its code$", "unproved"),
    (r"encrypted", "encrypted"),
    (r"no device id$", "no_device_id"),
    (r"no known form$", "no_known_form"),
    (r"no _type$", "no_type"),
    (r"not JSON|not a JSON object", "not_json"),
    (r"at 0, 0\b", "zero_place"),
    (r"no place\b", "no_place"),
    (r"no time\b|tst is 0$", "no_time"),
    (r"implausible time: (?P<off_s>\+\d+) s", "time_ahead"),
    (r"implausible time: (?P<off_s>-\d+) s", "time_behind"),
    (r"implausible time", "no_time"),
    (r"a position of \d+ bytes$|an item of a batch is cut short$", "cut_short"),
    (r"an empty batch$", "empty_batch"),
    (r"(?P<n>\d+) more items than are read$", "too_many"),
    (r"our reader failed at it$", "reader_failed"),
    (r"and (?P<n>\d+) more of the same message$", "more"),
)
"""How a phrase begins, and its key; the first that fits."""
KEYS: Final = frozenset(key for _, key in PHRASES) | {OTHER}
_PATTERNS: Final = tuple((re.compile(pattern), key) for pattern, key in PHRASES)


def reason_of(why: str) -> QuarantineReason:
    """A phrase that is not in the table, of an older version or another program, is `other`."""
    for pattern, key in _PATTERNS:
        found = pattern.match(why)
        if found:
            told = found.groupdict()
            return QuarantineReason(
                key, float(told["off_s"]) if "off_s" in told else None, int(told["n"]) if "n" in told else None
            )
    return QuarantineReason(OTHER)
