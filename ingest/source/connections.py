"""One thread that reads every camera's connection: what came is taken in passes, each picture goes on with its arrival time.

A pass looks at all connections that have something; between two passes it rests, so that the pieces of a picture are read
at once and a thousand packets don't wake it a thousand times.
"""

from __future__ import annotations

import select
import threading
from collections.abc import Callable
from typing import Final

import structlog

from ingest.codec.sps import check_size, read_size
from ingest.source.rtp import Depacketiser
from ingest.source.rtsp import RtspSession
from ingest.source.rtsp_message import Messages, TooMuch
from lianqin.clock import Clock
from lianqin.errors import SourceEnded, SourceError, SourceSilent, SourceUnreadable

log = structlog.get_logger(__name__)
PASS_S: Final = 0.02
"""Between two passes: what a picture waits here at most."""
AT_ONCE: Final = 256 * 1024
UPKEEP_S: Final = 1.0
REPORT_S: Final = 10.0
"""Between two receiver reports; some cameras hang up on who sends none."""
MOST_PICTURES: Final = 2000
"""That a line may bring from one upkeep to the next: a minute's worth in one heap, or whoever sends them means no good."""
MOST_ANSWERS: Final = 16
"""From one upkeep to the next, to what the camera says."""
MOST_UNSENT: Final = 16 * 1024
_READ: Final = select.EPOLLIN | select.EPOLLRDHUP | select.EPOLLHUP | select.EPOLLERR
Take = Callable[[float, float, bool, bytes, float | None], None]
"""Takes a picture on the pool's thread: its time stamp (seconds), arrival (monotonic), whether it is a key frame, its NAL
units, and for key frames the camera's wall clock. May raise SourceError, which ends the line."""


class RtspConnection:
    """One connection that is read. It ends once: `ended` is set, `error` says why (None: it was told to)."""

    def __init__(self, connection: RtspSession, take: Take, read_timeout: float, now: float) -> None:
        told = connection.told
        self.connection, self.name = connection, connection.name
        self._take, self._timeout, self._rate = take, read_timeout, told.clock_rate
        self._codec = told.format.codec
        size = read_size(told.format.extradata, self._codec)
        self._rtp = Depacketiser(
            self._codec, self._picture, told.clock_rate, payload=told.payload, fields=size is not None and size.fields
        )
        self._rest = self._unsent = b""
        self._messages = Messages(connection.channel)
        self._heard = self._pictured = self._now = self._reported = now
        self._kept_alive = now + connection.first_keep_alive_s - connection.keep_alive_s
        self._pictures = self._answers = 0
        self.ended = threading.Event()
        self.error: SourceError | None = None
        self._early = connection.early
        self.buffer = memoryview(bytearray())
        """Shared by all connections of the pool: a buffer for each would cost more than the reading."""

    @property
    def fileno(self) -> int:
        return self.connection.socket.fileno()

    @property
    def lost(self) -> int:
        return self._rtp.lost

    def end(self, error: SourceError | None) -> None:
        """Called on the pool's thread."""
        self.error = error
        self.connection.close()
        self.ended.set()

    def _picture(self, stamp: int, is_key: bool, content: bytes) -> None:  # noqa: FBT001 - a depacketiser's form
        self._pictured = self._now
        self._pictures += 1
        if self._pictures > MOST_PICTURES:
            raise self.connection.unreadable("more pictures come than any camera has")
        if is_key or self._rtp.has_sets:
            check_size(content, self._codec, self.name)
        clock = self._rtp.camera_clock(stamp) if is_key else None
        self._take(stamp / self._rate, self._now, is_key, content, clock)

    def read(self, now: float) -> None:
        """What came. Raises SourceError at the stream's end."""
        try:
            size = self.connection.socket.recv_into(self.buffer)
        except BlockingIOError:
            return
        except OSError as error:
            detail = f"{self.name}: the connection broke ({error.strerror or error})"
            raise SourceEnded("source.ended", detail, reason="ended") from None
        if not size:
            raise SourceEnded("source.ended", f"{self.name}: the camera ended the stream", reason="ended")
        self.feed(bytes(self.buffer[:size]), now)

    def feed(self, data: bytes, now: float) -> None:
        """Bytes of the connection: interleaved packets, and messages between them. Raises SourceError where they make no
        sense any more."""
        self._heard = self._now = now
        if self._early:
            data, self._early = self._early + data, b""
        if self._rest:
            data = self._rest + data
        at, end, channel = 0, len(data), self.connection.channel
        while end - at >= 4:
            if data[at] != 0x24:
                after = self._take_message(data, at)
                if after is None:
                    break
                at = after
                continue
            size = 4 + (data[at + 2] << 8 | data[at + 3])
            if end - at < size:
                break
            told = data[at + 1]
            if told == channel:
                self._rtp.take(data[at + 4 : at + size])
            elif told == self.connection.report_channel:
                self._rtp.report(data[at + 4 : at + size])
            at += size
        self._rest = data[at:]

    def _take_message(self, data: bytes, at: int) -> int | None:
        """Where what begins at `at` ends, or None: it is not all there yet. What is to be said to it is said."""
        try:
            passed = self._messages.take(data, at)
        except TooMuch as why:
            raise self.connection.unreadable(f"the camera sends {why}") from None
        if passed is None:
            return None
        after, message = passed
        if message is not None and self._answers < MOST_ANSWERS:
            self._answers += 1
            self._say(self.connection.hear(message))
        return after

    def _say(self, said: bytes) -> None:
        """Sends as much as the camera takes now; the rest goes before the next, so that no message is cut."""
        self._unsent += said if len(self._unsent) < MOST_UNSENT else b""
        if not self._unsent:
            return
        try:
            self._unsent = self._unsent[self.connection.socket.send(self._unsent) :]
        except BlockingIOError:
            pass  # the camera doesn't read; it may send all the same
        except OSError:
            self._unsent = b""
            log.debug("keep_alive_failed", line=self.name)  # reading tells why

    def upkeep(self, now: float) -> None:
        """Each second. Raises SourceSilent when nothing came for the time-out, SourceUnreadable when no picture was in it."""
        if now - self._heard > self._timeout:
            raise SourceSilent("source.silent", f"{self.name}: no packet for {self._timeout:g} s", reason="silent")
        if now - self._pictured > self._timeout:
            detail = f"{self.name}: packets come, but no picture is in them"
            raise SourceUnreadable("source.unreadable", detail, reason="unreadable")
        self._pictures = self._answers = 0
        said, channel = b"", self.connection.report_channel
        if now - self._reported >= REPORT_S and channel is not None:
            self._reported = now
            # RFC 3550 6.4.2, without a block
            said = bytes((0x24, channel, 0, 8, 0x80, 201, 0, 1)) + b"\x4c\x51\x00\x01"
        if now - self._kept_alive >= self.connection.keep_alive_s:
            self._kept_alive = now
            said += self.connection.keep_alive()
        self._say(said)


class ConnectionPool:
    """`add` and `remove` from any thread; `run_once` from one."""

    def __init__(self, clock: Clock) -> None:
        self._clock, self._poll = clock, select.epoll()
        self._buffer = memoryview(bytearray(AT_ONCE))
        self._lines: dict[int, RtspConnection] = {}
        self._guard = threading.Lock()
        self._leaving: list[RtspConnection] = []
        self._at_work: RtspConnection | None = None
        self._kept = clock.monotonic()

    @property
    def lines(self) -> int:
        return len(self._lines)

    def add(self, line: RtspConnection) -> None:
        number = line.fileno
        line.buffer = self._buffer
        self._lines[number] = line
        self._poll.register(number, _READ)

    def remove(self, line: RtspConnection) -> None:
        """It ends with the next pass."""
        with self._guard:
            self._leaving.append(line)

    def run_once(self, wait: float = 0.25) -> None:
        """One pass, then a rest."""
        if self._at_work is not None:  # what the last run failed at must not stop the others
            failed, self._at_work = self._at_work, None
            log.error("line_put_aside", line=failed.name)
            detail = f"{failed.name}: what it sends can't be taken in"
            self._end(failed, SourceUnreadable("source.unreadable", detail, reason="unreadable"))
        found = self._poll.poll(wait)
        now = self._clock.monotonic()
        for number, _ in found:
            line = self._lines.get(number)
            if line is not None:
                self._do(line, line.read, now)
        if now - self._kept >= UPKEEP_S:
            self._kept = now
            for line in tuple(self._lines.values()):
                self._do(line, line.upkeep, now)
        if self._leaving:
            with self._guard:
                leaving, self._leaving = self._leaving, []
            for line in leaving:
                self._end(line, None)
        if found:
            self._clock.sleep(PASS_S)

    def close(self) -> None:
        """After the last pass."""
        for line in tuple(self._lines.values()):
            self._end(line, None)
        self._poll.close()

    def _do(self, line: RtspConnection, what: Callable[[float], None], now: float) -> None:
        self._at_work = line
        try:
            what(now)
        except SourceError as error:
            self._end(line, error)
        self._at_work = None

    def _end(self, line: RtspConnection, error: SourceError | None) -> None:
        if line.ended.is_set():
            return
        number = line.fileno
        if self._lines.get(number) is line:
            del self._lines[number]
            self._poll.unregister(number)
        line.end(error)
