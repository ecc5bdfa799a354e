"""What strangers do to a console and an intake, each kind in a process of its own: `python -m bench.kit.hostile KIND PORT SECONDS`
prints JSON. Each kind has loopback addresses of its own, as strangers have.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Final

import msgspec

BODY: Final = 400_000_000
SILENT, LOG_INS, POSTS_A_SECOND, POSTERS = 2000, 60, 1000, 50
NESTED: Final = b"[" * 1000 + b"]" * 1000


class AttackResult(msgspec.Struct, frozen=True):
    """What came of it, and what it took of the machine."""

    counts: dict[str, int]
    cpu_seconds: float


Line = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def line(port: int, address: str) -> Line:
    return await asyncio.open_connection("127.0.0.1", port, local_addr=(address, 0))


async def answer(reader: asyncio.StreamReader) -> bytes:
    """The status of one answer, read to its end."""
    head = await reader.readuntil(b"\r\n\r\n")
    size = int(head.lower().partition(b"content-length: ")[2].partition(b"\r")[0] or b"0")
    await reader.readexactly(size)
    return head.split(b" ", 2)[1]


async def bodies(port: int, until: float, counts: Counter[str], number: int) -> None:
    """400 MB to the log-in, announced and not, for as long as somebody reads."""
    chunk = b"x" * 65_536
    for n in itertools.count(number):
        if time.monotonic() > until:
            return
        reader, writer = await line(port, f"127.1.0.{number + 1}")
        announced = n % 2 == 0
        length = b"Content-Length: %d" % BODY if announced else b"Transfer-Encoding: chunked"
        writer.write(
            b"POST /api/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n" + length + b"\r\n\r\n"
        )
        sent = 0
        with contextlib.suppress(OSError):
            while sent < BODY and time.monotonic() < until:
                writer.write(chunk if announced else b"10000\r\n" + chunk + b"\r\n")
                await writer.drain()
                sent += len(chunk)
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, TimeoutError):
            async with asyncio.timeout(2):
                counts[(await answer(reader)).decode()] += 1
        counts["bodies"] += 1
        counts["MB"] += sent // 1_000_000
        writer.close()


async def log_in(port: int, until: float, counts: Counter[str], number: int) -> None:
    """One wrong log-in after the other, under names that are there and not."""
    body = b'{"username":"op%02d","password":"%032d"}' % (number, number)
    request = (
        b"POST /api/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
        % len(body)
        + body
    )
    while time.monotonic() < until:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            reader, writer = await line(port, f"127.2.0.{number + 1}")
            try:
                while time.monotonic() < until:
                    writer.write(request)
                    status = await answer(reader)
                    counts[status.decode()] += 1
                    if status == b"429":
                        await asyncio.sleep(0.2)
            finally:
                writer.close()


async def silent(port: int, until: float, counts: Counter[str], number: int) -> None:
    """A connection that says nothing; a new one when it is ended."""
    while time.monotonic() < until:
        with contextlib.suppress(OSError):
            reader, writer = await line(port, f"127.3.{number // 200}.{number % 200 + 1}")
            counts["connections"] += 1
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(max(0.1, until - time.monotonic())):
                    await reader.read(1)
            writer.close()
        await asyncio.sleep(0.5)


async def posts(port: int, until: float, counts: Counter[str], number: int) -> None:
    """Unknown phones: fixes that make sense, noise, and JSON a thousand deep, each in its turn."""
    kinds = itertools.cycle([
        (b"/fix?id=who%d&timestamp=%d&lat=34&lon=119" % (number, int(time.time())), b""), (b"/fix", b"\x00\xff" * 2500),
        (b"/fix", NESTED), (b"/fix", b'{"device_id":"who%d","location":{"coords":{"latitude":34,"longitude":119}}}' % number),
    ])  # fmt: skip
    every, at = POSTERS / POSTS_A_SECOND, time.monotonic()
    while time.monotonic() < until:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            reader, writer = await line(port, f"127.4.0.{number + 1}")
            try:
                while time.monotonic() < until:
                    target, body = next(kinds)
                    writer.write(
                        b"POST %b HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%b" % (target, len(body), body)
                    )
                    counts[(await answer(reader)).decode()] += 1
                    at = max(at + every, time.monotonic() - 1.0)
                    await asyncio.sleep(max(0.0, at - time.monotonic()))
            finally:
                writer.close()


async def nested(port: int, until: float, counts: Counter[str], number: int) -> None:
    """Bodies a thousand deep, one behind the other, without waiting for an answer."""
    whole = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%b" % (len(NESTED), NESTED) * 20
    while time.monotonic() < until:
        with contextlib.suppress(OSError):
            reader, writer = await line(port, f"127.5.0.{number + 1}")

            async def count(reader: asyncio.StreamReader = reader) -> None:
                with contextlib.suppress(OSError):
                    while data := await reader.read(65_536):
                        counts["answers"] += data.count(b"HTTP/1.1 ")

            counting = asyncio.create_task(count())
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(max(0.1, until - time.monotonic())):
                    while True:
                        writer.write(whole)
                        await writer.drain()
            counting.cancel()
            writer.close()


Kind = Callable[[int, float, Counter[str], int], Awaitable[None]]
KINDS: Final[dict[str, tuple[Kind, int]]] = {
    "bodies": (bodies, 4), "log_ins": (log_in, LOG_INS), "silent": (silent, SILENT), "posts": (posts, POSTERS), "nested": (nested, 4),
}  # fmt: skip


async def run(kind: str, port: int, seconds: float) -> AttackResult:
    work, many = KINDS[kind]
    counts: Counter[str] = Counter()
    until = time.monotonic() + seconds
    await asyncio.gather(*(work(port, until, counts, number) for number in range(many)))
    spent = os.times()
    return AttackResult(dict(counts), spent.user + spent.system)


if __name__ == "__main__":
    sys.stdout.buffer.write(msgspec.json.encode(asyncio.run(run(sys.argv[1], int(sys.argv[2]), float(sys.argv[3])))))
