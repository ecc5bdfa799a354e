"""JSON, MessagePack and plain values read into records, from any thread.

msgspec learns how to read a Struct when it is first asked to, and shows other threads what it has learned half-way: the second
reader of a kind nobody read before ended the process (msgspec 0.22.0, a null pointer in `json_decode_struct_map_inner`).
Here the first reading of each kind is made ready under a lock; nothing else in the project asks msgspec directly.
"""

from __future__ import annotations

import re
import threading
from typing import Any, Final, TypeVar, overload

import msgspec

T = TypeVar("T")


class Unreadable(msgspec.DecodeError):
    """What msgspec refuses by errors that are none of its own. Nobody who reads foreign bytes has to know of them."""


_json: dict[tuple[Any, bool], msgspec.json.Decoder[Any]] = {}
_msgpack: dict[Any, msgspec.msgpack.Decoder[Any]] = {}
_making = threading.Lock()
DEEPEST: Final = 32
"""Levels of what strangers may send: the deepest that a client of ours sends has five."""
_TEXTS: Final = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
_ONE_KIND: Final = bytes.maketrans(b"{}", b"[]")
_NO_BRACKETS: Final = bytes(set(range(256)) - set(b"[]{}"))


def is_deeper(body: bytes, most: int = DEEPEST) -> bool:
    """Is JSON nested more than `most` levels deep? Told without reading it: what reads a thousand levels costs other requests their
    turn, and what frees them too. Of what is no JSON as much as opens and is not closed counts as depth."""
    if body.count(b"[") + body.count(b"{") <= most:
        return False
    left = _TEXTS.sub(b"", body).translate(_ONE_KIND, _NO_BRACKETS)
    run = b"[" * (most + 1)
    for _ in range(most):  # each turn takes the innermost level away
        if run in left:
            return True
        inner = left.replace(b"[]", b"")
        if len(inner) == len(left):
            break
        left = inner
    else:
        return bool(left)
    return left.count(b"[") > most


@overload
def json_decoder(kind: type[T], *, strict: bool = True) -> msgspec.json.Decoder[T]: ...
@overload
def json_decoder(kind: Any, *, strict: bool = True) -> msgspec.json.Decoder[Any]: ...
def json_decoder(kind: Any, *, strict: bool = True) -> msgspec.json.Decoder[Any]:
    """The one decoder of that kind. `strict=False`: a number may come as a string."""
    found = _json.get((kind, strict))
    if found is None:
        with _making:
            found = _json.setdefault((kind, strict), msgspec.json.Decoder(kind, strict=strict))
    return found


@overload
def from_json(body: bytes | str, kind: type[T]) -> T: ...
@overload
def from_json(body: bytes | str, kind: Any = Any) -> Any: ...
def from_json(body: bytes | str, kind: Any = Any) -> Any:
    """What `body` says, of that kind. Raises msgspec.DecodeError and nothing else: msgspec.ValidationError where it is another kind,
    `Unreadable` where it is nested too deep or no UTF-8."""
    try:
        return json_decoder(kind).decode(body)
    except (RecursionError, UnicodeError) as error:
        raise _unreadable(error) from None


def from_msgpack(body: bytes, kind: type[T]) -> T:
    """What `body` says, of that kind. Raises as `from_json` does."""
    found = _msgpack.get(kind)
    if found is None:
        with _making:
            found = _msgpack.setdefault(kind, msgspec.msgpack.Decoder(kind))
    try:
        told: T = found.decode(body)
    except (RecursionError, UnicodeError) as error:
        raise _unreadable(error) from None
    return told


def _unreadable(error: Exception) -> Unreadable:
    return Unreadable("nested too deep" if isinstance(error, RecursionError) else "no UTF-8")


def from_plain(value: Any, kind: type[T], *, strict: bool = True) -> T:
    """Dicts, lists, strings and numbers as that kind. Raises msgspec.ValidationError."""
    json_decoder(kind, strict=strict)  # which makes it known
    return msgspec.convert(value, kind, strict=strict)
