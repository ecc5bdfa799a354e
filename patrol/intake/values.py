"""Values as clients write them: moments, texts, the fields of a query, JSON; and any text without its escapes."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import unquote_plus

import msgspec

from lianqin.decoding import Unreadable, from_json, is_deeper
from patrol.intake.fields import number_of

MS_FROM: Final = 1e11
"""A timestamp above it is in milliseconds."""
HUGE: Final = 1e15
"""No timestamp is larger; as a bound it refuses NaN and infinity too."""
TEXT_KEPT: Final = 64
"""Characters kept of an alarm, and of what is quoted in a reason."""
MOST_PAIRS: Final = 500
"""Fields of one query or form; what stands behind them is the last one's value."""
_BOM: Final = b"\xef\xbb\xbf"
_ESCAPED: Final = re.compile(r"\\u([0-9a-fA-F]{4})")


def moment_of(raw: Any) -> float | None:
    """Epoch seconds of seconds, milliseconds, ISO 8601 or `yyyy-MM-dd HH:mm:ss` (UTC where no zone is named); None where
    no time was sent. Raises ValueError that says what was sent."""
    if raw is None or raw == "":
        return None
    number = number_of(raw)
    if number is not None and -HUGE <= number <= HUGE:
        return number / 1000 if number > MS_FROM else number
    try:
        found = datetime.fromisoformat(raw.strip() if isinstance(raw, str) else "")
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        raise ValueError(f"no time: {quoted(raw)}") from None


def quoted(raw: Any) -> str:
    """For a reason: the value as Python writes it, short."""
    if raw is None or isinstance(raw, bool | float):
        return repr(raw)
    if isinstance(raw, str):
        return repr(raw[:TEXT_KEPT])
    if isinstance(raw, int) and raw.bit_length() <= 64:
        return repr(raw)
    return f"of type {type(raw).__name__}"


def text_of(raw: Any) -> str | None:
    """The text, or None where it is none or empty. What no encoding can write becomes a question mark."""
    if not isinstance(raw, str) or not raw:
        return None
    return raw if raw.isascii() else raw.encode("utf-8", "replace").decode()


def pairs_of(text: str) -> list[tuple[str, str]]:
    """Query string or form body, a name as often as it came. Half of a request's whole cost once was the standard
    library's parser."""
    pairs = []
    for part in text.split("&", MOST_PAIRS):
        name, _, value = part.partition("=")
        if "%" in part or "+" in part:
            name, value = unquote_plus(name), unquote_plus(value)
        pairs.append((name, value))
    return pairs


def first_of_each(pairs: list[tuple[str, str]]) -> dict[str, str]:
    """Of a name that comes twice the first counts."""
    return dict(reversed(pairs))


def is_json(body: bytes) -> bool:
    """JSON is told by its body, never by its content type."""
    return body[:64].removeprefix(_BOM).lstrip()[:1] in {b"[", b"{"}


def json_of(body: bytes) -> Any:
    """Numbers that JSON does not know (NaN, 1e400) are read as Python reads them, for the field's own check to drop.
    Raises ValueError that says why it is no JSON."""
    body = body.removeprefix(_BOM)
    if is_deeper(body):
        raise ValueError("not JSON: nested too deep")
    try:
        return from_json(body)
    except Unreadable as error:
        raise ValueError(f"not JSON: {error}") from None
    except msgspec.MsgspecError as error:
        why = f"not JSON: {error}"
    try:
        return json.loads(body.decode())
    except ValueError:
        raise ValueError(why) from None


def plain(text: str) -> str:
    """The text with percent signs, JSON escapes and zero bytes undone: what somebody would read out of it."""
    if "%" in text or "+" in text:
        text = unquote_plus(text)
    if "\\" in text:
        text = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text).replace("\\/", "/")
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def json_text(value: Any) -> str:
    """One value of what was read, as JSON again; what can't be written becomes a question mark."""
    try:
        return json.dumps(value, ensure_ascii=False).encode("utf-8", "replace").decode()
    except ValueError:  # a number of more digits than Python writes
        return ""
