"""The WHEP viewers of one worker: who never connects, or whom the console keeps no longer, ends and makes room.

An answer is given before a packet has passed between browser and worker. Where ICE or DTLS then never completes (a firewall, a page
that went, somebody who only asks) nothing tells us so: `CONNECT_WITHIN_S` does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from typing import Final

import msgspec
import structlog
from aiortc import RTCPeerConnection

from lianqin.clock import Clock

log = structlog.get_logger(__name__)
CONNECT_WITHIN_S: Final = 30.0
KEPT_S: Final = 45.0
"""Seconds that a viewer looks on without the console's word: whose session ended, whose console died, sees nothing more."""
LOOK_EVERY_S: Final = 1.0
CLOSE_WITHIN_S: Final = 5.0


class _Viewer(msgspec.Struct):
    peer: RTCPeerConnection
    came_at: float
    """On the clock that never jumps."""
    kept_at: float
    has_connected: bool = False


class Viewers:
    """By id. Lives on one event loop."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._by_id: dict[str, _Viewer] = {}
        self._watching: asyncio.Task[None] | None = None
        self.never_connected = 0
        """Ended for that, since the worker began."""

    def __len__(self) -> int:
        return len(self._by_id)

    def add(self, viewer_id: str, peer: RTCPeerConnection) -> None:
        now = self._clock.monotonic()
        self._by_id[viewer_id] = _Viewer(peer, now, now)
        if self._watching is None or self._watching.done():
            self._watching = asyncio.ensure_future(self._watch())

    def keep(self, told: Collection[str]) -> list[str]:
        """The console's word that these may go on; returns those of them that are here."""
        now, here = self._clock.monotonic(), sorted(self._by_id.keys() & set(told))
        for viewer_id in here:
            self._by_id[viewer_id].kept_at = now
        return here

    async def end(self, viewer_id: str) -> None:
        """Who is not there has ended already."""
        viewer = self._by_id.pop(viewer_id, None)
        if viewer is None:
            return
        for sender in viewer.peer.getSenders():
            if sender.track is not None:
                sender.track.stop()
        try:
            await asyncio.wait_for(viewer.peer.close(), CLOSE_WITHIN_S)
        except TimeoutError:
            log.warning("viewer_does_not_close", state=viewer.peer.connectionState)
        log.info("viewer_left", viewers=len(self._by_id))

    async def look_once(self) -> None:
        """End whoever has not connected in time, or is not kept."""
        now = self._clock.monotonic()
        for viewer_id, viewer in list(self._by_id.items()):
            viewer.has_connected |= viewer.peer.connectionState == "connected"
            if now - viewer.kept_at > KEPT_S:
                log.info("viewer_unkept", viewer=viewer_id)
                await self.end(viewer_id)
                continue
            if viewer.has_connected or now - viewer.came_at < CONNECT_WITHIN_S:
                continue
            self.never_connected += 1
            log.warning("viewer_never_connected", state=viewer.peer.connectionState, so_far=self.never_connected)
            await self.end(viewer_id)

    async def _watch(self) -> None:
        while self._by_id:
            await asyncio.sleep(LOOK_EVERY_S)
            await self.look_once()
