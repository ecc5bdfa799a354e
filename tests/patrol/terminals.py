"""The other end of the listener for JT/T 808: a terminal over a real socket, and what was stored of what it said."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, cast

import redis

from lianqin import keys
from lianqin.clock import Clock, SystemClock
from lianqin.embedded import EmbeddedRedis
from lianqin.records import Device, FixBatch, Quarantined, SosCall, decode, encode
from lianqin.settings import Settings
from patrol.intake import jt808
from patrol.intake.door import FixReceiver
from patrol.intake.jt808 import Position, encode_frame
from patrol.intake.terminals import Terminals

NUMBER = bytes.fromhex("013800138000")
LONG = bytes.fromhex("00000000013800138000")
NOW = int(SystemClock().now())
HERE = Position(
    at=NOW, lat=34.000123, lon=119.200456, altitude_m=12, speed_mps=1.5, course=90, positioned=True, sos=False
)


def publish(client: redis.Redis, **changes: Any) -> None:
    device = Device(id="D09", guard_id="G01", credential_sha256="x", terminal_no="13800138000", **changes)
    client.hset(keys.followed("device"), device.id, encode(device))
    client.incr(keys.followed_version("device"))


class Terminal:
    """The other end. `ask` gives message id and body of the next answer."""

    def __init__(self, port: int, number: bytes = NUMBER) -> None:
        self.port, self.number, self.serial = port, number, 0
        self.reader = jt808.Reader()

    async def connect(self) -> Terminal:
        self._in, self._out = await asyncio.open_connection("127.0.0.1", self.port)
        self._answers: list[jt808.TerminalMessage] = []
        return self

    def send(self, raw: bytes) -> None:
        self._out.write(raw)

    def frame(self, kind: int, body: bytes, **parts: int) -> bytes:
        self.serial += 1
        return encode_frame(kind, self.number, self.serial, body, is_2019=len(self.number) == 10, **parts)

    async def answer(self, wait: float = 10.0) -> jt808.TerminalMessage:
        async with asyncio.timeout(wait):
            while not self._answers:
                data = await self._in.read(4096)
                assert data, "the connection ended"
                self._answers += self.reader.feed(data)
        return self._answers.pop(0)

    async def ask(self, kind: int, body: bytes = b"") -> tuple[int, bytes]:
        self.send(self.frame(kind, body))
        found = await self.answer()
        if found.kind == jt808.PLATFORM_ANSWER:
            assert struct.unpack(">HH", found.body[:4]) == (self.serial, kind)
        return found.kind, found.body

    async def result(self, kind: int, body: bytes = b"") -> int:
        found, said = await self.ask(kind, body)
        assert found == jt808.PLATFORM_ANSWER
        return said[4]

    async def registered(self) -> bytes:
        kind, body = await self.ask(jt808.REGISTER, b"\x00" * 37)
        assert (kind, body[2]) == (jt808.REGISTER_ANSWER, jt808.REGISTERED)
        return body[3:]

    async def ready(self) -> Terminal:
        code = await self.registered()
        body = bytes([len(code)]) + code + b"8" * 35 if len(self.number) == 10 else code
        assert await self.result(jt808.AUTHENTICATE, body) == jt808.DONE
        return self


Steps = Callable[[Terminals], Coroutine[Any, Any, Any]]


def walked(steps: Steps, server: EmbeddedRedis, folder: Path, clock: Clock | None = None, **changes: Any) -> Any:
    """What `steps` returns, with a listener open meanwhile."""

    async def whole() -> Any:
        settings = Settings(run_dir=folder, redis_url=server.url, **changes)
        door = FixReceiver(settings, clock=clock)
        terminals = Terminals(door, settings.terminal_secret)
        await terminals.open("127.0.0.1", 0)
        try:
            return await steps(terminals)
        finally:
            await terminals.close()
            await door.close()

    return asyncio.run(whole())


def calls_stored(client: redis.Redis) -> list[SosCall]:
    """In the order in which they were made durable, all of them among the live fixes."""
    entries = cast("Any", client.xrange(keys.fixes(0, late=False)))
    return [call for _, fields in entries for call in decode(fields[b"r"]).sos]  # type: ignore[union-attr]


def stored(client: redis.Redis) -> tuple[list[Any], list[Quarantined]]:
    fixes, aside = [], []
    for stream in (keys.fixes(0, late=False), keys.fixes(0, late=True), keys.QUARANTINE):
        for _, fields in cast("Any", client.xrange(stream)):
            record = decode(fields[b"r"])
            if isinstance(record, FixBatch):
                fixes += record.fixes
            elif isinstance(record, Quarantined):
                aside.append(record)
    return fixes, aside
