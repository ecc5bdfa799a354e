"""The listener for JT/T 808 terminals. 0x8001 with result 0 only after the fix is durable; no answer when nothing was
stored (the terminal sends again).

A terminal is enrolled by its number. It registers and is given a code (`codes`), and shows it each time it connects; until
then its positions are answered "failed" and go to quarantine, as those of unknown terminals do; its calls for help are
taken all the same. What makes no sense is kept apart and answered 0: sent again it would make no more. None of this ends the
connection of a terminal that showed its code; who shows none in time, guesses at codes, or is one of too many without, is let go
(`unproved`).
"""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Final

import redis
import structlog

from lianqin.errors import BusUnavailable
from lianqin.peers import address_behind, home_of, is_in
from lianqin.records import Device
from patrol.intake import jt808
from patrol.intake.codes import do_register, is_code, secret_of
from patrol.intake.door import FixReceiver
from patrol.intake.jt808 import TerminalMessage
from patrol.intake.refusals import failure_of
from patrol.intake.terminal_items import brought_by
from patrol.intake.unproved import MOST_WRONG, Unproved, UnprovedLimits
from patrol.intake.writer import WriteItem, heartbeat_of, join_items

log = structlog.get_logger(__name__)
IDLE_S: Final = 600.0
"""Without a byte. Terminals give a sign of life each minute or so."""
SLOW_S: Final = 30.0
"""For an answer to be taken."""
MOST_CONNECTIONS: Final = 10_000
HALF_UNPROVED: Final = 16 * 1024
"""Bytes of half messages that are kept for who did not show a code: enough for a call for help in packages."""
_READ_BYTES: Final = 16 * 1024
_PLATFORMS: Final = frozenset({jt808.GENERAL_ANSWER, jt808.PLATFORM_ANSWER, jt808.REGISTER_ANSWER})
"""Answers: an answer to one would never end."""


class Terminals:
    """`open`, then `close`. `odd` counts by reason what was no message, did not fit or was refused, of all connections that
    ended. `secret`: what codes are derived from, as the settings tell it. `unproved`: who is connected and showed no code."""

    def __init__(self, door: FixReceiver, secret: str = "", bounds: UnprovedLimits | None = None) -> None:
        self.door, self._secret = door, secret
        self._bounds = bounds or UnprovedLimits()
        self.unproved = Unproved(self._bounds)
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
        if len(self._talks) >= MOST_CONNECTIONS and not self.unproved.make_room():
            writer.close()
            return
        self._talks.add(talk)
        one = Talk(self.door, self._secret, writer)
        try:
            await self._converse(one, reader, writer)
        except (OSError, TimeoutError, asyncio.CancelledError):
            pass  # gone, silent for too long, or we end
        finally:
            self._talks.discard(talk)
            self.unproved.left(one)
            odd = one.odd + one.frames.odd
            self.odd += odd
            if odd:
                log.info("terminal_odd", terminal=one.last_no, counts=dict(odd))
            writer.close()

    async def _converse(self, talk: Talk, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        loop = asyncio.get_running_loop()
        prove_by = loop.time() + self._bounds.prove_s
        while not talk.guesses():
            now = loop.time()
            if talk.proved:
                self.unproved.left(talk)
                talk.frames.most_half = jt808.MOST_HALF
                prove_by, until = now + self._bounds.prove_s, now + IDLE_S
            else:
                self.unproved.joined(talk)
                until = prove_by
            data = await _read(reader, until)
            if data is None and not talk.proved:
                talk.odd["not_proved"] += 1
            if not data:
                return
            for message in talk.frames.feed(data, loop.time()):
                # Not to be broken off between storing and answering.
                answers = await asyncio.shield(talk.hear(message))
                if answers:
                    writer.write(answers)
                if talk.guesses():
                    break
            async with asyncio.timeout(SLOW_S):
                await writer.drain()


async def _read(reader: asyncio.StreamReader, until: float) -> bytes | None:
    """None: nothing came until then (the loop's time)."""
    try:
        async with asyncio.timeout_at(until):
            return await reader.read(_READ_BYTES)
    except TimeoutError:
        return None


class Talk:
    """One connection: what was said so far, and who proved who he is. `odd` counts by reason. `home`: whom it is counted with;
    `named`: it spoke under an enrolled number."""

    def __init__(self, door: FixReceiver, secret: str = "", writer: asyncio.StreamWriter | None = None) -> None:
        self._door, self._secret, self._writer = door, secret, writer
        self.home, self.named, self._wrong = self._home(), False, 0
        self._known: dict[str, tuple[str, int]] = {}
        """By number: id and version of the device that showed its code."""
        self._serial = 0
        self.odd: Counter[str] = Counter()
        self.frames = jt808.Reader(HALF_UNPROVED)
        self.last_no = ""

    def _home(self) -> str:
        """A proxy's connections are nobody's: it tells no address of who is behind it."""
        peer = self._writer.get_extra_info("peername") if self._writer is not None else None
        address = address_behind(str(peer[0]) if isinstance(peer, tuple) else "", "", ())
        return "" if is_in(address, self._door.proxies) else home_of(address)

    def end(self) -> None:
        """At once."""
        if self._writer is not None:
            self._writer.transport.abort()

    @property
    def proved(self) -> bool:
        """A terminal of it showed its code, and is enrolled as it was then."""
        devices = self._door.devices.by_terminal
        return any(
            (device := devices.get(number)) is not None and not device.revoked and (device.id, device.version) == shown
            for number, shown in self._known.items()
        )  # fmt: skip

    def guesses(self) -> bool:
        """So many codes were wrong that it does not look for its own."""
        return self._wrong >= MOST_WRONG and not self.proved

    async def hear(self, message: TerminalMessage) -> bytes:
        """What to answer; empty: nothing."""
        self.last_no = message.terminal_no
        hearing = {jt808.REGISTER: self._register, jt808.AUTHENTICATE: self._authenticate,
                   jt808.POSITION: self._positions, jt808.POSITIONS: self._positions,
                   jt808.HEARTBEAT: self._sign_of_life, jt808.DEREGISTER: self._sign_of_life}  # fmt: skip
        if message.kind in _PLATFORMS:
            return b""
        try:
            device = await self._device(message.terminal_no)
            self.named = self.named or (device is not None and not device.revoked)
            return await hearing.get(message.kind, self._unknown)(message, device)
        except (BusUnavailable, redis.exceptions.RedisError) as error:
            log.warning("terminal_unanswered", terminal=message.terminal_no, error=str(error))
            return b""
        except Exception as error:  # noqa: BLE001 - whatever failed, this message is answered and the others go on
            self.odd[failure_of(error)] += 1
            return self._answer(message, jt808.FAILED)

    async def _sign_of_life(self, message: TerminalMessage, device: Device | None) -> bytes:
        if device is None or not self._proved(message, device):
            return self._answer(message, jt808.FAILED)
        await self._door.writer.store(heartbeat_of(self._door.clock.now(), device.guard_id, device.id))
        if message.kind == jt808.DEREGISTER:
            del self._known[message.terminal_no]
        return self._answer(message, jt808.DONE)

    async def _unknown(self, message: TerminalMessage, device: Device | None) -> bytes:
        """JT/T 808 table 4: result 3, not supported. It is a sign of life all the same."""
        self.odd["unsupported"] += 1
        if device is not None and self._proved(message, device):
            await self._door.writer.store(WriteItem(self._door.clock.now(), device.guard_id))
        return self._answer(message, jt808.UNSUPPORTED)

    async def _device(self, number: str) -> Device | None:
        devices = self._door.devices
        if number not in devices.by_terminal:
            await devices.look(self._door.clock.monotonic() - 1.0)
        return devices.by_terminal.get(number)

    def _proved(self, message: TerminalMessage, device: Device) -> bool:
        return not device.revoked and self._known.get(message.terminal_no) == (device.id, device.version)

    async def _register(self, message: TerminalMessage, device: Device | None) -> bytes:
        if device is None or device.revoked:
            return jt808.register_answer(message, self._next_serial(), jt808.UNKNOWN)
        code = await asyncio.to_thread(self._code, message, device)
        if code is None:
            self.odd["registration_refused"] += 1
            self._wrong += 1
            log.warning("terminal_registration_refused", terminal=message.terminal_no, device=device.id)
            return jt808.register_answer(message, self._next_serial(), jt808.TAKEN)
        return jt808.register_answer(message, self._next_serial(), jt808.REGISTERED, code)

    def _code(self, message: TerminalMessage, device: Device) -> str | None:
        client = self._door.redis
        terminal, now = jt808.registering_terminal(message), self._door.clock.now()
        return do_register(client, secret_of(client, self._secret), device, terminal, now)

    async def _authenticate(self, message: TerminalMessage, device: Device | None) -> bytes:
        if device is None or device.revoked or not await asyncio.to_thread(self._is_code, message, device):
            self.odd["wrong_code"] += 1
            self._wrong += 1
            log.warning("terminal_wrong_code", terminal=message.terminal_no)
            return self._answer(message, jt808.FAILED)
        self._known[message.terminal_no] = (device.id, device.version)
        return self._answer(message, jt808.DONE)

    def _is_code(self, message: TerminalMessage, device: Device) -> bool:
        return is_code(self._door.redis, device, jt808.auth_code(message), self._door.clock.now())

    async def _positions(self, message: TerminalMessage, device: Device | None) -> bytes:
        proved = device is not None and self._proved(message, device)
        strangers, at = self._door.strangers, self._door.clock.monotonic()

        def keeps(calls: bool) -> bool:  # noqa: FBT001 - one question, asked in one place
            return strangers.keeps(self.home, at, calls=calls)

        def hears() -> bool:
            return strangers.hears(message.terminal_no, at)

        brought = brought_by(message, device, self._door.clock.now(), proved=proved, keeps=keeps, hears=hears)
        self.odd.update(brought.odd)
        if brought.items:
            await self._door.writer.store(join_items(brought.items))
        return self._answer(message, jt808.DONE if proved or brought.called else jt808.FAILED)

    def _next_serial(self) -> int:
        self._serial = (self._serial + 1) & 0xFFFF
        return self._serial

    def _answer(self, message: TerminalMessage, result: int) -> bytes:
        """0x8001 for each package that the message came in."""
        found = b""
        for answered in message.serials:
            found += jt808.general_answer(message, self._next_serial(), answered, result)
        return found


async def open_terminals(door: FixReceiver, host: str, port: int, secret: str = "") -> Terminals | None:
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
