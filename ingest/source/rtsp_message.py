"""RTSP messages as they come (RFC 2326 4, 6, 7), answers and requests alike. Pure; what a peer says of sizes is capped.

A head ends with an empty line; cameras that end lines with LF alone are understood. Nothing of a message's text goes into
an error: a camera could have put there what it was told (a password among it).
"""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Final

import msgspec

MOST_HEAD: Final = 64 * 1024
MOST_BODY: Final = 64 * 1024
"""A description has one or two thousand bytes."""
_MOST_LINES: Final = 256
_MOST_CHALLENGES: Final = 8
_END: Final = re.compile(rb"\r?\n\r?\n")
_BEGIN: Final = re.compile(rb"(?:RTSP/[0-9.]{1,8} |[A-Z_]{3,32} [!-~])")
"""A status line's begin, or a request line's."""
_BEGIN_BYTES: Final = 40
ANSWERED: Final = frozenset({"OPTIONS", "GET_PARAMETER"})
"""What a camera may ask of us."""
_KNOWN: Final = ANSWERED | {
    "ANNOUNCE", "DESCRIBE", "PAUSE", "PLAY", "PLAY_NOTIFY", "RECORD", "REDIRECT", "SETUP", "SET_PARAMETER", "TEARDOWN",
}  # fmt: skip


class NotOurs(Exception):
    """The camera says something that is not understood here."""


class UdpOnly(NotOurs):
    """The camera sends by UDP alone: it refuses the transport (461), or answers with another one."""


class TooMuch(Exception):
    """More comes, or is said to come, than is ever read."""


class RtspResponse(msgspec.Struct, frozen=True):
    """A response: status, headers by lower-case name, each WWW-Authenticate for itself, body."""

    status: int
    headers: dict[str, str]
    challenges: tuple[str, ...] = ()
    body: str = ""

    @property
    def sequence(self) -> int | None:
        """CSeq; None where there is none, -1 where it is no number."""
        told = self.headers.get("cseq")
        found = -1 if told is None else number(told)
        return None if told is None else -1 if found is None else found


class RtspRequest(msgspec.Struct, frozen=True):
    """What the camera asks of us. `sequence`: its CSeq, None where that is no number."""

    method: str
    sequence: int | None


def number(text: str, most: int = 2**32 - 1) -> int | None:
    """A plain number, or None; digits without end are not read."""
    text = text.strip()
    if not text.isascii() or not text.isdigit() or len(text) > 12:
        return None
    value = int(text)
    return value if value <= most else None


def head_end(data: bytes | bytearray, at: int = 0, seen: int = 0) -> tuple[int, int] | None:
    """Of the message that begins at `at`: where its head ends and where its body begins, or None: more must come. `seen`:
    how far was looked before. Raises TooMuch when it has no end."""
    found = _END.search(data, max(at, seen - 3), at + MOST_HEAD)
    if found is None and len(data) - at >= MOST_HEAD:
        raise TooMuch("headers without an end")
    return None if found is None else found.span()


def begins_message(data: bytes | bytearray, at: int) -> bool | None:
    """Can this be the begin of a message? None: too little is there."""
    if _BEGIN.match(data, at):
        return True
    few = bytes(data[at : at + _BEGIN_BYTES])
    return None if len(few) < _BEGIN_BYTES and re.fullmatch(rb"[A-Z_]+[ /]?[0-9.]{0,8}", few) else False


def read_head(head: bytes) -> tuple[RtspResponse | RtspRequest, int]:
    """The message without its body, and how long that is. Raises NotOurs for what is no RTSP, TooMuch for its length."""
    first, *lines = head.decode("utf-8", "replace").split("\n", _MOST_LINES)
    parts = first.strip().split(" ", 2)
    headers: dict[str, str] = {}
    challenges = list[str]()
    for line in lines[:_MOST_LINES]:
        name, _, value = line.partition(":")
        name, value = name.strip().lower(), _plain(value)
        if name == "www-authenticate" and len(challenges) < _MOST_CHALLENGES:
            challenges.append(value)
        headers[name] = f"{headers[name]}, {value}" if name in ("public", "allow") and name in headers else value
    told = headers.get("content-length", "0")
    size = number(told, MOST_BODY)
    if size is None and told.isascii() and told.isdigit():
        raise TooMuch("a body that is too long")
    if parts[0].startswith("RTSP/") and len(parts) > 1 and re.fullmatch("[0-9]{3}", parts[1]):
        return RtspResponse(int(parts[1]), headers, tuple(challenges)), size or 0
    if len(parts) == 3 and parts[2].startswith("RTSP/") and re.fullmatch(r"[A-Z_]{3,32}", parts[0]):
        return RtspRequest(parts[0], number(headers.get("cseq", ""))), size or 0
    raise NotOurs("an answer that is no RTSP")


class Messages:
    """Messages between the interleaved packets of one connection. How far was looked is remembered: a message that comes in
    a thousand pieces is not read a thousand times from its begin."""

    def __init__(self, channel: int) -> None:
        self._channel = channel
        self._looked = self._wanted = 0
        """Of the message that is not all there: bytes in which its head does not end; bytes that it has."""

    def take(self, data: bytes | bytearray, at: int) -> tuple[int, RtspResponse | RtspRequest | None] | None:
        """Where what begins at `at` ends, and the message, None for what is none (then packets of the channel are looked
        for). None: more must come, and the same begin is asked about next. Raises TooMuch."""
        if len(data) - at < self._wanted:
            return None
        looked, self._looked, self._wanted = self._looked, 0, 0
        begins = begins_message(data, at)
        if begins is None:
            return None
        if begins:
            end = head_end(data, at, at + looked)
            if end is None:
                self._looked = len(data) - at
                return None
            with suppress(NotOurs):
                message, size = read_head(bytes(data[at : end[0]]))
                after = end[1] + size
                if len(data) >= after:
                    return after, message
                self._wanted = after - at
                return None
        found = data.find(bytes((0x24, self._channel)), at)
        return (found if found >= 0 else len(data) - data.endswith(b"$")), None


def answer_to(request: RtspRequest, session: str) -> bytes:
    """What a client says to a camera's request (RFC 2326 10): that it lives; anything else is not allowed (405, 11.3.5),
    or not known (501)."""
    if request.sequence is None:
        status, more = "400 Bad Request", []
    elif request.method in ANSWERED:
        status, more = "200 OK", [f"Public: {', '.join(sorted(ANSWERED))}"]
    elif request.method in _KNOWN:
        status, more = "405 Method Not Allowed", [f"Allow: {', '.join(sorted(ANSWERED))}"]
    else:
        status, more = "501 Not Implemented", []
    lines = [f"RTSP/1.0 {status}", *([] if request.sequence is None else [f"CSeq: {request.sequence}"]), *more]
    if session:
        lines.append(f"Session: {session}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def _plain(text: str) -> str:
    """A header's value without anything that could end a line of ours or of a log."""
    text = text.strip()
    return text if text.isprintable() else "".join(letter for letter in text if letter.isprintable())
