"""The listener for JT/T 808 terminals. 0x8001 with result 0 only after the fix is durable; no answer when nothing was
stored (the terminal sends again).

A terminal is enrolled by its number. It registers and is given a code (`codes`), and shows it each time it connects; until
then its positions are answered "failed" and go to quarantine, as those of unknown terminals do; its calls for help are
taken all the same. What makes no sense is kept apart and answered 0: sent again it would make no more. Nothing of all this
ends the connection.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Final

import redis
import structlog

from lianqin.errors import BusUnavailable
from lianqin.records import Device
from patrol.intake import jt808
from patrol.intake.codes import do_register, is_code, secret_of
from patrol.intake.door import Door
from patrol.intake.jt808 import Message
from patrol.intake.refusals import failure_of
from patrol.intake.terminal_items import brought_by
from patrol.intake.writer import Item, heartbeat_of, join_items

log = structlog.get_logger(__name__)
IDLE_S: Final = 600.0
"""Without a byte. Terminals give a sign of life each minute or so."""
SLOW_S: Final = 30.0
"""For an answer to be taken."""
MOST_CONNECTIONS: Final = 10_000
_READ_BYTES: Final = 16 * 1024
_PLATFORMS: Final = frozenset({jt808.GENERAL_ANSWER, jt808.PLATFORM_ANSWER, jt808.REGISTER_ANSWER})
"""Answers: an answer to one would never end."""


class Terminals:
    """`open`, then `close`. `odd` counts by reason what was no message, did not fit or was refused, of all connections that
    ended. `secret`: what codes are derived from, as the settings tell it."""

    def __init__(self, door: Door, secret: str = "") -> None:
        self.door, self._secret = door, secret
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
        one = Talk(self.door, self._secret)
        try:
            await self._converse(one, reader, writer)
        except (OSError, TimeoutError, asyncio.CancelledError):
            pass  # gone, silent for too long, or we end
        finally:
            self._talks.discard(talk)
            odd = one.odd + one.frames.odd
            self.odd += odd
            if odd:
                log.info("terminal_odd", terminal=one.last_no, counts=dict(odd))
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
    """One connection: what was said so far, and who proved who he is. `odd` counts by reason."""

    def __init__(self, door: Door, secret: str = "") -> None:
        self._door, self._secret = door, secret
        self._known: dict[str, tuple[str, int]] = {}
        """By number: id and version of the device that showed its code."""
        self._serial = 0
        self.odd: Counter[str] = Counter()
        self.frames = jt808.Reader()
        self.last_no = ""

    async def hear(self, message: Message) -> bytes:
        """What to answer; empty: nothing."""
        self.last_no = message.terminal_no
        hearing = {jt808.REGISTER: self._register, jt808.AUTHENTICATE: self._authenticate,
                   jt808.POSITION: self._positions, jt808.POSITIONS: self._positions,
                   jt808.HEARTBEAT: self._sign_of_life, jt808.DEREGISTER: self._sign_of_life}  # fmt: skip
        if message.kind in _PLATFORMS:
            return b""
        try:
            device = await self._device(message.terminal_no)
            return await hearing.get(message.kind, self._unknown)(message, device)
        except (BusUnavailable, redis.exceptions.RedisError) as error:
            log.warning("terminal_unanswered", terminal=message.terminal_no, error=str(error))
            return b""
        except Exception as error:  # noqa: BLE001 - whatever failed, this message is answered and the others go on
            self.odd[failure_of(error)] += 1
            return self._answer(message, jt808.FAILED)

    async def _sign_of_life(self, message: Message, device: Device | None) -> bytes:
        if device is None or not self._proved(message, device):
            return self._answer(message, jt808.FAILED)
        await self._door.writer.store(heartbeat_of(self._door.clock.now(), device.guard_id, device.id))
        if message.kind == jt808.DEREGISTER:
            del self._known[message.terminal_no]
        return self._answer(message, jt808.DONE)

    async def _unknown(self, message: Message, device: Device | None) -> bytes:
        """JT/T 808 table 4: result 3, not supported. It is a sign of life all the same."""
        self.odd["unsupported"] += 1
        if device is not None and self._proved(message, device):
            await self._door.writer.store(Item(self._door.clock.now(), device.guard_id))
        return self._answer(message, jt808.UNSUPPORTED)

    async def _device(self, number: str) -> Device | None:
        devices = self._door.devices
        if number not in devices.by_terminal:
            await devices.look(self._door.clock.monotonic() - 1.0)
        return devices.by_terminal.get(number)

    def _proved(self, message: Message, device: Device) -> bool:
        return not device.revoked and self._known.get(message.terminal_no) == (device.id, device.version)

    async def _register(self, message: Message, device: Device | None) -> bytes:
        if device is None or device.revoked:
            return jt808.register_answer(message, self._next_serial(), jt808.UNKNOWN)
        code = await asyncio.to_thread(self._code, message, device)
        if code is None:
            self.odd["registration_refused"] += 1
            log.warning("terminal_registration_refused", terminal=message.terminal_no, device=device.id)
            return jt808.register_answer(message, self._next_serial(), jt808.TAKEN)
        return jt808.register_answer(message, self._next_serial(), jt808.REGISTERED, code)

    def _code(self, message: Message, device: Device) -> str | None:
        client = self._door.redis
        terminal, now = jt808.registering_terminal(message), self._door.clock.now()
        return do_register(client, secret_of(client, self._secret), device, terminal, now)

    async def _authenticate(self, message: Message, device: Device | None) -> bytes:
        if device is None or device.revoked or not await asyncio.to_thread(self._is_code, message, device):
            self.odd["wrong_code"] += 1
            log.warning("terminal_wrong_code", terminal=message.terminal_no)
            return self._answer(message, jt808.FAILED)
        self._known[message.terminal_no] = (device.id, device.version)
        return self._answer(message, jt808.DONE)

    def _is_code(self, message: Message, device: Device) -> bool:
        return is_code(self._door.redis, device, jt808.auth_code(message), self._door.clock.now())

    async def _positions(self, message: Message, device: Device | None) -> bytes:
        proved = device is not None and self._proved(message, device)
        brought = brought_by(message, device, self._door.clock.now(), proved=proved)
        self.odd.update(brought.odd)
        await self._door.writer.store(join_items(brought.items))
        return self._answer(message, jt808.DONE if proved or brought.called else jt808.FAILED)

    def _next_serial(self) -> int:
        self._serial = (self._serial + 1) & 0xFFFF
        return self._serial

    def _answer(self, message: Message, result: int) -> bytes:
        """0x8001 for each package that the message came in."""
        found = b""
        for answered in message.serials:
            found += jt808.general_answer(message, self._next_serial(), answered, result)
        return found


async def open_terminals(door: Door, host: str, port: int, secret: str = "") -> Terminals | None:
    """None where `port` is 0, or taken by another process: HTTP is not to stop for that, and the log says so."""
    if not port:
        return None
    terminals = Terminals(door, secret)
    try:
        await terminals.open(host, port)
    except OSError as error:
        log.error("terminals_not_heard", port=port, error=str(error))  # noqa: TRY400 - its text says all
        return None
    return terminals
