"""Whether what a client sent calls for help.

Traccar names its alarm `sos` (`Position.ALARM_SOS`), joins several by commas, and its clients send it as `alarm` in a query,
a form or a flat JSON object, as `location.alarm` or as `location.extras.alarm`; others of its family say it as `event`.
OwnTracks has no alarm of its own: a field of these names counts there too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final

_NAMES: Final = frozenset({"alarm", "alarms", "event"})
_WORD: Final = re.compile(r"(?<![^\W_])sos(?![^\W_])", re.IGNORECASE)
_SAID: Final = re.compile(
    r"(?<![^\W_])(?:alarms?|event)(?![^\W_])[\"'\s]*+[:=][\"'\s\[{]*+[^&\"'}\]]{0,40}?(?<![^\W_])sos(?![^\W_])",
    re.IGNORECASE,
)
_DEEPEST: Final = 6
"""Levels of JSON that are looked into; a client's own alarm stands three deep at most."""


def is_sos(value: Any, depth: int = _DEEPEST) -> bool:
    """The value of an alarm: the word alone, among others, or in a list or an object of them; in any case of letters."""
    if isinstance(value, str):
        return bool(_WORD.search(value))
    if isinstance(value, dict):
        value = list(value.values())
    return isinstance(value, list) and depth > 0 and any(is_sos(part, depth - 1) for part in value)


def names_sos(name: str, value: Any) -> bool:
    return name.strip().lower() in _NAMES and is_sos(value)


def pairs_call(pairs: Iterable[tuple[str, Any]]) -> bool:
    """Fields of a query or form, each name as often as it came."""
    return any(names_sos(name, value) for name, value in pairs)


def json_calls(value: Any, depth: int = _DEEPEST) -> bool:
    """Anything that was read from JSON."""
    if isinstance(value, dict):
        return pairs_call(value.items()) or (
            depth > 0 and any(json_calls(part, depth - 1) for part in value.values() if isinstance(part, dict | list))
        )
    return isinstance(value, list) and depth > 0 and any(json_calls(part, depth - 1) for part in value)


def text_calls(text: str) -> bool:
    """Text that can't be read as what it was meant to be."""
    return bool(_SAID.search(text))
