"""Bodies of requests that are taken as they come."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from fastapi import Request

from lianqin.errors import RecordError


def limited(most: int, too_large: str) -> Callable[[Request], Awaitable[bytes]]:
    """The body as it came; what is announced or grows beyond `most` bytes is refused before it is read to its end."""

    async def read(request: Request) -> bytes:
        announced = request.headers.get("content-length", "")
        body = bytearray()
        if not announced.isdigit() or int(announced) <= most:
            async for part in request.stream():
                body += part
                if len(body) > most:
                    break
            else:
                return bytes(body)
        raise RecordError(too_large, f"more than {most} bytes", mb=most // 1_000_000)

    return read
