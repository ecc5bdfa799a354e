"""The lines of a spool: `*<crc32 as 8 hex digits>:<stream> <json>\\n`, the checksum over what stands behind it.

Files of an older form have `<stream> <json>\\n`: such a line counts as whole when its text is JSON, and without its newline
when it is a whole object. A line in which a newline was lost is looked through for the whole ones within.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final
from zlib import crc32

import msgspec

from lianqin.decoding import from_json

_HEAD: Final = re.compile(rb"\*[0-9a-f]{8}:")
HEAD_BYTES: Final = 10
_MOST_BEGINS: Final = 100
"""Looked at in one damaged line."""
_OLD: Final = re.compile(rb"(?!.?[0-9a-f]{0,8}:)[!-)+-~]+ ")
"""A stream of the older form; none had an asterisk, nor began with what may be left of a damaged checksum."""
_MARK: Final = b"#put aside: "


class SpoolLine(msgspec.Struct, frozen=True):
    """`raw`, found `offset` bytes into the file; stream and body of a whole one."""

    offset: int
    raw: bytes
    stream: str = ""
    body: bytes = b""

    @property
    def is_whole(self) -> bool:
        return bool(self.stream)


def line_of(stream: str, body: bytes) -> bytes:
    """As it is written, with its newline. `body` is JSON, so without one of its own."""
    said = stream.encode() + b" " + body
    return b"*%08x:%b\n" % (crc32(said), said)


def read_lines(raws: Iterable[bytes], offset: int = 0) -> Iterator[SpoolLine]:
    """Each line in order, whole or damaged; `raws` as a binary file gives them."""
    for raw in raws:
        line = _read(raw, offset)
        if line.is_whole or len(raw) <= HEAD_BYTES:
            yield line
        else:
            yield from _within(raw, offset)
        offset += len(raw)


def _within(raw: bytes, offset: int) -> Iterator[SpoolLine]:
    """A damaged line: what of it is whole, from each place where one may begin."""
    begins = [found.start() for found in _HEAD.finditer(raw) if found.start() > 0][:_MOST_BEGINS]
    done = 0
    for n, begin in enumerate(begins):
        if begin < done:
            continue  # within the last whole one
        line = _ending(raw, begin, [*begins[n + 1 :], len(raw)], offset)
        if line is None:
            continue
        if done < begin:
            yield _before(raw[done:begin], offset + done)
        yield line
        done = begin + len(line.raw)
    if done < len(raw):
        yield SpoolLine(offset + done, raw[done:])


def _ending(raw: bytes, begin: int, ends: Iterable[int], offset: int) -> SpoolLine | None:
    """The whole line from `begin` to one of `ends`; the byte before that may be the newline that was."""
    for end in ends:
        for piece in (raw[begin:end], raw[begin : end - 1] + b"\n"):
            line = _read(piece, offset + begin)
            if line.is_whole:
                return line
    return None


def _before(raw: bytes, offset: int) -> SpoolLine:
    """What stands before a whole one: whole itself, but for its newline, or damaged."""
    line = _read(raw[:-1] + b"\n", offset)
    return line if line.is_whole else SpoolLine(offset, raw)


def _read(raw: bytes, offset: int) -> SpoolLine:
    said, ended = raw.removesuffix(b"\n"), raw.endswith(b"\n")
    if _HEAD.match(said):
        said, given = said[HEAD_BYTES:], said[1:9]
        if b"%08x" % crc32(said) != given:
            return SpoolLine(offset, raw)
    elif not (found := _OLD.match(said)) or not _is_json(said[found.end() :], whole_object=not ended):
        return SpoolLine(offset, raw)
    stream, _, body = said.partition(b" ")
    return SpoolLine(offset, raw, stream.decode(errors="replace"), body)


def _is_json(text: bytes, *, whole_object: bool) -> bool:
    if whole_object and not (text.startswith(b"{") and text.endswith(b"}")):
        return False
    try:
        from_json(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return True


def aside(line: SpoolLine, why: str) -> bytes:
    """As it is kept beside the spool: why and where it stood, then its bytes as they are."""
    said = f"{why}, offset {line.offset}, {len(line.raw)} bytes".encode()
    return _MARK + said + b"\n" + line.raw.removesuffix(b"\n") + b"\n"


def count_aside(raws: Iterable[bytes]) -> int:
    """How many lines a file of those put aside holds."""
    return sum(raw.startswith(_MARK) for raw in raws)
