"""An RTSP request as it comes in and an answer as it goes out (RFC 2326)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

METHODS = "OPTIONS, DESCRIBE, SETUP, PLAY, PAUSE, TEARDOWN, GET_PARAMETER, SET_PARAMETER"
STATUS = {
    "401": "401 Unauthorized",
    "404": "404 Not Found",
    "455": "455 Method Not Valid in This State",
    "461": "461 Unsupported Transport",
    "501": "501 Not Implemented",
    "503": "503 Service Unavailable",
}


@dataclass(frozen=True, slots=True)
class StreetRequest:
    """Request line and headers (names in lower case)."""

    method: str
    url: str
    headers: dict[str, str]

    @property
    def camera_id(self) -> str:
        """`C01` out of `rtsp://host/C01/sub/trackID=0`; empty for the server itself."""
        return self._parts()[0]

    @property
    def stream(self) -> str:
        return self._parts()[1]

    @property
    def sequence(self) -> str:
        return self.headers.get("cseq", "0")

    def _parts(self) -> tuple[str, str]:
        rest = self.url.split("://", 1)[-1].partition("/")[2].split("?")[0]
        parts = [part for part in rest.split("/") if part and not part.startswith("trackID")]
        return (parts[0] if parts else ""), (parts[1] if len(parts) > 1 else "main")


def parse(text: str) -> StreetRequest:
    """Raises ValueError for what is no RTSP request."""
    first, *rest = text.split("\r\n")
    method, url, version = first.split(" ", 2)
    if not version.startswith("RTSP/"):
        raise ValueError(f"no RTSP: {first[:60]}")
    pairs = (line.split(":", 1) for line in rest if ":" in line)
    return StreetRequest(method, url, {name.strip().lower(): value.strip() for name, value in pairs})


async def read(reader: asyncio.StreamReader) -> StreetRequest | None:
    """The next request, or None for a packet of the client's own RTCP in between."""
    first = await reader.readexactly(1)
    if first == b"$":
        await reader.readexactly(int.from_bytes((await reader.readexactly(3))[1:]))
        return None
    request = parse((first + await reader.readuntil(b"\r\n\r\n")).decode())
    await reader.readexactly(int(request.headers.get("content-length", "0")))
    return request


def answer(
    request: StreetRequest,
    status: str,
    session: str,
    headers: tuple[str, ...] = (),
    body: str = "",
    *,
    timeout_s: float = 60,
) -> bytes:
    """`session` goes along with its time-out in seconds."""
    lines = [f"RTSP/1.0 {status}", f"CSeq: {request.sequence}", f"Session: {session};timeout={timeout_s:g}", *headers]
    if body:
        lines.append(f"Content-Length: {len(body.encode())}")
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()
