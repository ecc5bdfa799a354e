"""Sends one stream's frames on time to whoever watches, with sender reports; the loop's time stamps go on for ever."""

from __future__ import annotations

import asyncio
import random
import struct
from collections.abc import Callable

from demo.rtsp.media import CLOCK, MediaStream
from lianqin.clock import Clock, SystemClock

NTP_OFFSET = 2_208_988_800
"""Seconds from 1900, where NTP counts from, to 1970."""
REPORT_EVERY_S = 2.0
SLOW = 0.25
"""A slow camera sends this share of its frames a second."""
Subscriber = Callable[[bytes, bool], None]
"""Takes a packet, and whether it is RTCP."""


class Pump:
    """One stream. `mode` is the camera's fault of the moment, `jump` how far its clock was moved (seconds), `drift` how much
    too fast it goes (0.001: 86 s a day)."""

    def __init__(
        self,
        stream: MediaStream,
        *,
        clock_error_s: float = 0.0,
        drift: float = 0.0,
        clock: Clock | None = None,
        stamp: Callable[[int, int], int] = lambda _, usual: usual,
    ) -> None:
        """`stamp`: the time stamp that is sent, from a frame's number and the one that is due."""
        self.stream, self.clock_error_s, self._clock = stream, clock_error_s, clock or SystemClock()
        self._stamp = stamp
        self.mode, self.jump, self._pace = "ok", 0.0, 1.0 + drift
        self._subscribers: set[Subscriber] = set()
        self._watched = asyncio.Event()
        self._sequence, self._source, self._base = (random.getrandbits(n) for n in (16, 32, 32))
        self._packets = self._octets = 0
        self._number = self._stream_began = 0
        self._began = self._clock.monotonic()

    @property
    def viewers(self) -> int:
        return len(self._subscribers)

    def subscribe(self, subscriber: Subscriber) -> None:
        """From the next frame on, whose time stamp and sequence number are known on return."""
        if not self._subscribers:
            self._number = max(self._number, self._due())  # time went on while nobody watched
        self._subscribers.add(subscriber)
        self._watched.set()

    def unsubscribe(self, subscriber: Subscriber) -> None:
        self._subscribers.discard(subscriber)
        if not self._subscribers:
            self._watched.clear()

    def swap(self, stream: MediaStream) -> None:
        """Go on with another stream, from its first frame, which is a key frame."""
        self.stream, self._stream_began = stream, self._number

    @property
    def place(self) -> int:
        """Number of the frame that is sent next, within its loop."""
        return (self._number - self._stream_began) % len(self.stream.frames)

    def next_stamp(self, later: int = 0) -> int:
        """RTP time stamp of the frame that is sent next, or of one that is shown so many frames `later`."""
        number = self._number + later
        return (self._base + round((number / self.stream.fps * self._pace + self.jump) * CLOCK)) & 0xFFFFFFFF

    @property
    def next_sequence(self) -> int:
        return self._sequence

    async def run(self) -> None:
        """Until cancelled; asleep while nobody watches."""
        reported = float("-inf")
        while True:
            await self._watched.wait()
            if self.mode not in {"stall", "hang", "offline"}:
                self._send_frame()
                if self._clock.monotonic() - reported >= REPORT_EVERY_S:
                    reported = self._clock.monotonic()
                    self._send_report()
            self._number += 1
            if self.mode == "slow":
                await asyncio.sleep(1 / (self.stream.fps * SLOW))
                self._began = self._clock.monotonic() - self._number / self.stream.fps  # from here on again
                continue
            if self._due() - self._number > 2 * self.stream.fps:
                self._number = self._due()  # the machine was away: skip, don't burst
            await asyncio.sleep(max(0.0, self._began + self._number / self.stream.fps - self._clock.monotonic()))

    def _due(self) -> int:
        return int((self._clock.monotonic() - self._began) * self.stream.fps)

    def _send_frame(self) -> None:
        stamp = self._stamp(self._number, self.next_stamp(self.stream.offset(self.place)))
        packets = self.stream.frames[self.place]
        for place, raw in enumerate(packets):
            marker = 0x80 if place == len(packets) - 1 else 0
            payload = random.randbytes(len(raw) - 12) if self.mode == "garbage" else raw[12:]
            head = struct.pack(">BBHII", 0x80, marker | (raw[1] & 0x7F), self._sequence, stamp, self._source)
            self._sequence = (self._sequence + 1) & 0xFFFF
            self._packets += 1
            self._octets += len(payload)
            self._give(head + payload, rtcp=False)

    def _send_report(self) -> None:
        """An RTCP sender report (RFC 3550 6.4.1) with a source description (6.5), by the camera's own clock."""
        now = self._clock.now() + self.clock_error_s + self.jump + NTP_OFFSET
        report = struct.pack(
            ">BBHIIIIII", 0x80, 200, 6, self._source, int(now), int((now % 1) * 2**32), self.next_stamp(),
            self._packets & 0xFFFFFFFF, self._octets & 0xFFFFFFFF,
        )  # fmt: skip
        name = b"camera"
        chunk = struct.pack(">IBB", self._source, 1, len(name)) + name
        chunk += bytes(4 - len(chunk) % 4)
        self._give(report + struct.pack(">BBH", 0x81, 202, len(chunk) // 4) + chunk, rtcp=True)

    def _give(self, packet: bytes, *, rtcp: bool) -> None:
        for subscriber in tuple(self._subscribers):
            subscriber(packet, rtcp)
