"""`python -m bench.kit.lossy SHARE`: an ingest worker whose sender loses that share of its media packets, at random."""

from __future__ import annotations

import random
import sys
from typing import Any

from aiortc.rtcdtlstransport import RTCDtlsTransport

from ingest.__main__ import main


def lose(share: float, seed: int = 1) -> None:
    """From now on every peer of this process loses so much of what it sends; retransmissions too."""
    whole, dice = RTCDtlsTransport._send_rtp, random.Random(seed)  # noqa: SLF001 - where a packet leaves

    async def send(self: Any, data: bytes) -> None:
        if dice.random() >= share:
            await whole(self, data)

    RTCDtlsTransport._send_rtp = send  # type: ignore[method-assign]  # noqa: SLF001


if __name__ == "__main__":
    lose(float(sys.argv[1]))
    sys.exit(main())
