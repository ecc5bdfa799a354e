"""A JT/T 808 terminal: registers once, keeps its code, and reports positions until each is answered."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Final

from demo.guards.phone import GnssSample, GuardPhone
from lianqin.errors import RecordError
from patrol.intake import jt808
from patrol.intake.jt808 import Position, Reader, TerminalMessage, encode_frame, encode_position

WAIT_S: Final = 5.0
MOST: Final = 4096


class Terminal:
    """Hands a fix to the listener: True once it was answered as done. `code_file` is its memory of the code it got."""

    def __init__(self, address: tuple[str, int], phone: GuardPhone, code_file: Path) -> None:
        self._address, self._code_file = address, code_file
        self._number = bytes.fromhex(phone.credential.zfill(12))
        self._serial = 0
        self._line: socket.socket | None = None
        self._frames = Reader()

    def __call__(self, sample: GnssSample) -> bool:
        place = Position(at=float(int(sample.at)), lat=sample.lat, lon=sample.lon, altitude_m=12.0,
                         speed_mps=sample.speed_mps, course=sample.course % 360, positioned=True, sos=False)  # fmt: skip
        try:
            if self._line is None:
                self._connect()
            return self._ask(jt808.POSITION, encode_position(place)).body[4:5] == bytes([jt808.DONE])
        except (OSError, RecordError):
            self._hang_up()
            return False

    def _connect(self) -> None:
        self._frames = Reader()
        self._line = socket.create_connection(self._address, WAIT_S)
        if not self._code_file.exists():
            # Province, county, maker, type, id, colour: those of a vehicle's; a hand-held terminal leaves them empty.
            told = self._ask(jt808.REGISTER, bytes(4) + bytes(5) + bytes(20) + bytes(7) + b"\0")
            if told.body[2:3] != bytes([jt808.REGISTERED]):
                raise RecordError("terminal.refused", f"not registered: {told.body[2:3].hex()}")
            self._code_file.write_bytes(told.body[3:])
            self._code_file.chmod(0o600)
        if self._ask(jt808.AUTHENTICATE, self._code_file.read_bytes()).body[4:5] != bytes([jt808.DONE]):
            raise RecordError("terminal.refused", "the code is not known")

    def _ask(self, kind: int, body: bytes) -> TerminalMessage:
        assert self._line is not None
        self._serial = (self._serial + 1) & 0xFFFF
        self._line.sendall(encode_frame(kind, self._number, self._serial, body))
        while True:
            data = self._line.recv(MOST)
            if not data:
                raise ConnectionResetError("hung up")
            for message in self._frames.feed(data):
                if isinstance(message, TerminalMessage):
                    return message

    def _hang_up(self) -> None:
        if self._line is not None:
            self._line.close()
        self._line = None
