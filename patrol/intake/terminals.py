"""The listener for JT/T 808 terminals. 0x8001 with result 0 only after the fix is durable; no answer when nothing was
stored (the terminal sends again).

A terminal is enrolled by its number. It registers once and is given a random code, and shows it each time it connects;
until then its positions are answered "failed" and go to quarantine, as those of unknown terminals do. What makes no
sense is kept apart and answered 0: sent again it would make no more. Nothing of all this ends the connection.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import Final

import redis
import structlog

from lianqin.errors import BusUnavailable, RecordError
from lianqin.records import Device, Quarantined, new_id
from patrol.intake import jt808
from patrol.intake.accept import RAW_KEPT, UNKNOWN_DEVICE, fix_of
from patrol.intake.codes import is_code, make_code
from patrol.intake.door import Door
from patrol.intake.jt808 import Message
from patrol.intake.readers import Report
from patrol.intake.writer import Item, item_of

log = structlog.get_logger(__name__)
CLIENT: Final = "jt808"
IDLE_S: Final = 600.0
"""Without a byte. Terminals give a sign of life each minute or so."""
SLOW_S: Final = 30.0
"""For an answer to be taken."""
NO_PLACE_M: Final = 10_000.0
"""Accuracy of an SOS without a position of its own: its place is an old one, and proves nothing."""
MOST_CONNECTIONS: Final = 10_000
_READ_BYTES: Final = 16 * 1024


class Terminals:
    """`open`, then `close`. `odd` counts what was no message, of all connections that ended."""

    def __init__(self, door: Door) -> None:
        self.door = door
        self.odd: Counter[str] = Counter()
        self.port = 0
        self._server: asyncio.Server | None = None
        self._talks: set[asyncio.Task[None]] = set()

    async def open(self, host: str, port: int) -> None:
        """Listen. OSError passes through."""
        await self.door.startup()
        self._server = await asyncio.start_server(self._accepted, host, port, limit=_READ_BYTES)
        self.port = int(self._server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        """What came is stored and answered first."""
        if self._server is not None:
            self._server.close()
        for talk in self._talks:
            talk.cancel()
        if self._talks:
            await asyncio.wait(self._talks, timeout=10)

    async def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talk = asyncio.current_task()
        assert talk is not None
        if len(self._talks) >= MOST_CONNECTIONS:
            writer.close()
            return
        self._talks.add(talk)
        one = Talk(self.door)
        try:
            await self._converse(one, reader, writer)
        except (OSError, TimeoutError, asyncio.CancelledError):
            pass  # gone, silent for too long, or we end
        finally:
            self._talks.discard(talk)
            self.odd += one.frames.odd
            if one.frames.odd.total():
                log.info("terminal_odd_bytes", terminal=one.last_no, **one.frames.odd)
            writer.close()

    async def _converse(self, talk: Talk, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            async with asyncio.timeout(IDLE_S):
                data = await reader.read(_READ_BYTES)
            if not data:
                return
            for message in talk.frames.feed(data):
                # Not to be broken off between storing and answering.
                answers = await asyncio.shield(talk.hear(message))
                if answers:
                    writer.write(answers)
            async with asyncio.timeout(SLOW_S):
                await writer.drain()


class Talk:
    """One connection: what was said so far, and who proved who he is."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._known: dict[str, tuple[str, int]] = {}
        """By number: id and version of the device that showed its code."""
        self._serial = 0
        self.frames = jt808.Reader()
        self.last_no = ""

    async def hear(self, message: Message) -> bytes:
        """What to answer; empty: nothing."""
        self.last_no = message.terminal_no
        hearing = {jt808.REGISTER: self._register, jt808.AUTHENTICATE: self._authenticate,
                   jt808.POSITION: self._positions, jt808.POSITIONS: self._positions}  # fmt: skip
        try:
            device = await self._device(message.terminal_no)
            return await hearing.get(message.kind, self._other)(message, device)
        except (BusUnavailable, redis.exceptions.RedisError) as error:
            log.warning("terminal_unanswered", terminal=message.terminal_no, error=str(error))
            return b""

    async def _other(self, message: Message, device: Device | None) -> bytes:
        """A sign of life, of whatever kind."""
        if message.kind == jt808.GENERAL_ANSWER:
            return b""
        if device is None or not self._proved(message, device):
            return self._answer(message, jt808.FAILED)
        await self._door.writer.store(Item(self._door.clock.now(), device.guard_id))
        if message.kind == jt808.DEREGISTER:
            del self._known[message.terminal_no]
        supported = message.kind in {jt808.HEARTBEAT, jt808.DEREGISTER}
        return self._answer(message, jt808.DONE if supported else jt808.UNSUPPORTED)

    async def _device(self, number: str) -> Device | None:
        devices = self._door.devices
        if number not in devices.by_terminal:
            await devices.look(self._door.clock.monotonic() - 1.0)
        device = devices.by_terminal.get(number)
        return None if device is None or device.revoked else device

    def _proved(self, message: Message, device: Device) -> bool:
        return self._known.get(message.terminal_no) == (device.id, device.version)

    async def _register(self, message: Message, device: Device | None) -> bytes:
        self._serial += 1
        if device is None:
            return jt808.register_answer(message, self._serial, jt808.UNKNOWN)
        code = await asyncio.to_thread(make_code, self._door.redis, device)
        if code is None:
            log.warning("terminal_registers_again", terminal=message.terminal_no, device=device.id)
            return jt808.register_answer(message, self._serial, jt808.TAKEN)
        return jt808.register_answer(message, self._serial, jt808.REGISTERED, code)

    async def _authenticate(self, message: Message, device: Device | None) -> bytes:
        if device is None or not await asyncio.to_thread(is_code, self._door.redis, device, jt808.auth_code(message)):
            log.warning("terminal_wrong_code", terminal=message.terminal_no)
            return self._answer(message, jt808.FAILED)
        self._known[message.terminal_no] = (device.id, device.version)
        return self._answer(message, jt808.DONE)

    async def _positions(self, message: Message, device: Device | None) -> bytes:
        now = self._door.clock.now()
        if device is None or not self._proved(message, device):
            why = UNKNOWN_DEVICE if device is None else "terminal without its code"
            await self._store([_aside(message, why, now)])
            return self._answer(message, jt808.FAILED)
        await self._store(items_of(message, device, now))
        return self._answer(message, jt808.DONE)

    async def _store(self, items: Sequence[Item]) -> None:
        """Raises BusUnavailable when one was not stored; sent again, those that were are known by their id."""
        results = await asyncio.gather(*map(self._door.writer.store, items), return_exceptions=True)
        for result in results:
            if result is not None:
                raise result

    def _answer(self, message: Message, result: int) -> bytes:
        """0x8001 for each package that the message came in."""
        found = b""
        for answered in message.serials:
            self._serial = (self._serial + 1) & 0xFFFF
            found += jt808.general_answer(message, self._serial, answered, result)
        return found


def items_of(message: Message, device: Device, now: float) -> list[Item]:
    """What a 0x0200 or 0x0704 of a proved terminal comes to: fixes, a sign of life, or quarantine. Never raises."""
    if message.encrypted:
        return [_aside(message, "encrypted: the intake holds no key", now, device)]
    try:
        bodies = jt808.split_positions(message.body) if message.kind == jt808.POSITIONS else [message.body]
    except RecordError as error:
        return [_aside(message, str(error.values["why"]), now, device)]
    return [_item(message, body, device, now) for body in bodies] or [Item(now, device.guard_id)]


def _item(message: Message, body: bytes, device: Device, now: float) -> Item:
    try:
        found = jt808.decode_position(body)
        if not found.positioned and not found.sos:
            return Item(now, device.guard_id)
        report = Report(
            CLIENT, message.terminal_no, "", found.at, found.lat, found.lon, speed_mps=found.speed_mps,
            accuracy_m=None if found.positioned else NO_PLACE_M, course=found.course, altitude_m=found.altitude_m,
            alarm="sos" if found.sos else None,
        )  # fmt: skip
        return item_of(now, fix_of(report, device, now), device.guard_id)
    except RecordError as error:
        return _aside(message, str(error.values["why"]), now, device)


def _aside(message: Message, why: str, now: float, device: Device | None = None) -> Item:
    raw = f"{message.kind:04x} {message.terminal_no} {message.body.hex()}"[:RAW_KEPT]
    aside = Quarantined(id=new_id("qu", now), received_at=now, client=CLIENT, why=why[:80], raw=raw)
    return item_of(now, None, device.guard_id if device else None, aside)


async def open_terminals(door: Door, host: str, port: int) -> Terminals | None:
    """None where `port` is 0, or taken by another process: HTTP is not to stop for that, and the log says so."""
    if not port:
        return None
    terminals = Terminals(door)
    try:
        await terminals.open(host, port)
    except OSError as error:
        log.error("terminals_not_heard", port=port, error=str(error))  # noqa: TRY400 - its text says all
        return None
    return terminals
