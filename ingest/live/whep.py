"""One viewer's video: packets passed through as they are, or those of a shared `transcode` where a browser can't play them.

WHEP (RFC 9725) over aiortc. A track hands out `av.Packet`s, which aiortc packetises and does not encode. Viewers begin with
the running group, its pictures a millisecond apart, and are live when it is through.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from fractions import Fraction
from typing import Any, Final

import aioice.ice
import av
import structlog
from aiortc import MediaStreamTrack, RTCPeerConnection, RTCRtpSender, RTCSessionDescription, rtcrtpsender
from aiortc.exceptions import InvalidAccessError, InvalidStateError, OperationError
from aiortc.mediastreams import MediaStreamError
from aiortc.rtcconfiguration import RTCConfiguration

from ingest.codec.parameter_sets import parameter_sets
from ingest.codec.recode import TICK
from ingest.live.fmp4 import profile_of, with_sets
from ingest.live.h264_offer import call_it, take_one
from ingest.live.tap import Tap
from ingest.stream import EncodedPacket

log = structlog.get_logger(__name__)
BEHIND: Final = 250
"""Packets a viewer may be behind before he begins anew at the running group."""
KEY_AGAIN_S: Final = 0.5
_STRANGE: Final = (
    ValueError, LookupError, AttributeError, TypeError, AssertionError, InvalidAccessError, InvalidStateError, OperationError,
)  # fmt: skip
"""What aiortc raises when an offer makes no sense."""
setattr(rtcrtpsender, "RTP_HISTORY_SIZE", 4096)  # noqa: B010 - a module's constant that it does not offer
"""aiortc keeps 128 packets for retransmission: a quarter of a second at 4 Mb/s, too few to mend anything."""


def offer_addresses(told: list[str], *, loopback: bool) -> None:
    """The addresses that are offered to browsers: those told, else the machine's own, with `loopback` 127.0.0.1 too, which
    aioice leaves out (it has no other way to say)."""
    found = told or [
        *aioice.ice.get_host_addresses(use_ipv4=True, use_ipv6=False),
        *(["127.0.0.1"] if loopback else []),
    ]
    found = list(dict.fromkeys(found))
    aioice.ice.get_host_addresses = lambda *_args, **_more: list(found)


class PassTrack(MediaStreamTrack):
    """A tap's H.264 packets, undecoded. Lives on one event loop. It ends when the stream turns out to have B-frames: nobody
    knew yet when it began, and who asks again gets it transcoded."""

    kind = "video"

    def __init__(self, tap: Tap) -> None:
        super().__init__()
        self._tap, self._own_loop = tap, asyncio.get_running_loop()
        self._queue: asyncio.Queue[tuple[EncodedPacket, int] | None] = asyncio.Queue()
        self._last = 0
        self._ordered = not tap.is_reordered
        self._anew_at = -1e9
        self._group_in(tap.join(self._take))

    def stop(self) -> None:
        super().stop()
        self._tap.leave(self._take)
        self._queue.put_nowait(None)

    def anew(self) -> None:
        """The browser lost too much (PLI): the running group again, from its key frame."""
        now = self._own_loop.time()
        if now - self._anew_at < KEY_AGAIN_S:
            return
        self._anew_at = now
        while not self._queue.empty():
            self._queue.get_nowait()
        self._group_in(self._tap.group())

    async def following(self) -> tuple[EncodedPacket, int]:
        """The next packet and its time stamp, ticks of 1/90000 s. Raises MediaStreamError when it is over."""
        found = await self._queue.get()
        if found is None or self.readyState != "live":
            raise MediaStreamError
        return found

    async def recv(self) -> Any:
        packet, stamp = await self.following()
        out = av.Packet(packet.content)
        out.pts = out.dts = stamp
        out.time_base = Fraction(1, TICK)
        return out

    def _take(self, packet: EncodedPacket) -> None:
        """On the reader's thread."""
        with contextlib.suppress(RuntimeError):  # the loop ended in between
            self._own_loop.call_soon_threadsafe(self._put, packet)

    def _put(self, packet: EncodedPacket) -> None:
        if self._ordered and self._tap.is_reordered:
            self.stop()
            return
        if self._queue.qsize() > BEHIND:
            self.anew()
            return
        self._line(packet, round(packet.at * TICK))

    def _group_in(self, group: list[EncodedPacket]) -> None:
        if group:
            newest = round(group[-1].at * TICK)
            for n, packet in enumerate(group):
                self._line(packet, newest - (len(group) - 1 - n) * (TICK // 1000))

    def _line(self, packet: EncodedPacket, stamp: int) -> None:
        """Time stamps only rise, whatever the capture clock does."""
        self._last = max(self._last + 1, stamp)
        self._queue.put_nowait((with_sets(packet, self._tap.format), self._last))


async def answer_offer(offer: str, tap: Tap, ended: Callable[[], None]) -> tuple[RTCPeerConnection, str]:
    """A peer that sends the tap's video, and its answer. Raises ValueError for an offer that makes no sense, or a browser
    that takes no H.264."""
    plain = "\r\n".join(
        line for line in offer.splitlines() if not (line.startswith("a=candidate") and ".local" in line)
    )
    if "m=video" not in plain:
        raise ValueError("the offer asks for no video")
    sent = sent_profile(tap)
    plain, name = take_one(plain, sent) if sent else (plain, "")
    peer, track = RTCPeerConnection(RTCConfiguration(iceServers=[])), PassTrack(tap)
    try:
        transceiver = peer.addTransceiver(track, direction="sendonly")
        able = RTCRtpSender.getCapabilities("video").codecs
        transceiver.setCodecPreferences([one for one in able if one.mimeType in {"video/H264", "video/rtx"}])
        sender: Any = transceiver.sender
        sender._send_keyframe = track.anew  # noqa: SLF001 - aiortc's only hook for a browser that asks for a key frame
        await peer.setRemoteDescription(RTCSessionDescription(sdp=plain + "\r\n", type="offer"))
        if not any(one.mimeType == "video/H264" for one in getattr(transceiver, "_codecs", [])):
            raise ValueError("the browser takes no H.264")
        await peer.setLocalDescription(await peer.createAnswer())
    except _STRANGE as error:
        track.stop()
        await peer.close()
        raise ValueError(str(error) or type(error).__name__) from error

    def changed() -> None:
        if peer.connectionState in {"failed", "closed"}:
            track.stop()
            ended()

    peer.on("connectionstatechange", changed)
    track.on("ended", ended)
    answer = str(peer.localDescription.sdp)
    return peer, call_it(answer, name) if name else answer


def sent_profile(tap: Tap) -> str:
    """Profile, constraints and level of what comes (hex), as its running group says, or else its description; empty where
    nothing does yet."""
    group = tap.group()
    sets = parameter_sets(group[0].content, "h264") if group else b""
    return profile_of(sets) or profile_of(tap.format.extradata if tap.format else b"") or ""
