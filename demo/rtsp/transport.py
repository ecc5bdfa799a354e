"""How packets leave: interleaved on the RTSP connection (RFC 2326 10.12), or by a pair of UDP ports."""

from __future__ import annotations

import asyncio
import re
import struct

from demo.rtsp.pump import Subscriber

SLOW_READER_BYTES = 4_000_000
PAIR_TRIES = 40


class Interleaved:
    """Over the connection itself. A reader that is too slow loses packets; they are counted in `dropped`."""

    def __init__(self, writer: asyncio.StreamWriter, wanted: str) -> None:
        found = re.search(r"interleaved=(\d+)", wanted)
        self._writer, self._channel = writer, int(found[1]) if found else 0
        self.dropped = 0
        self.header = f"Transport: RTP/AVP/TCP;unicast;interleaved={self._channel}-{self._channel + 1}"

    def send(self, packet: bytes, rtcp: bool) -> None:  # noqa: FBT001 - a subscriber's form
        if self._writer.is_closing():
            return
        if self._writer.transport.get_write_buffer_size() > SLOW_READER_BYTES:
            self.dropped += 1
            return
        self._writer.write(struct.pack(">BBH", 0x24, self._channel + rtcp, len(packet)) + packet)

    def close(self) -> None:
        """The connection is its owner's to close."""


class ByUdp:
    """From an even port for RTP and the odd one above it for RTCP (RFC 3550 11) to the client's two."""

    def __init__(self, pair: list[asyncio.DatagramTransport], host: str, ports: tuple[int, int]) -> None:
        self._pair, self._host, self._ports = pair, host, ports
        own = [transport.get_extra_info("sockname")[1] for transport in pair]
        self.header = f"Transport: RTP/AVP;unicast;client_port={ports[0]}-{ports[1]};server_port={own[0]}-{own[1]}"

    def send(self, packet: bytes, rtcp: bool) -> None:  # noqa: FBT001 - a subscriber's form
        self._pair[rtcp].sendto(packet, (self._host, self._ports[rtcp]))

    def close(self) -> None:
        for transport in self._pair:
            transport.close()


async def _udp_pair() -> list[asyncio.DatagramTransport]:
    loop = asyncio.get_running_loop()
    for _ in range(PAIR_TRIES):
        first, _ = await loop.create_datagram_endpoint(asyncio.DatagramProtocol, local_addr=("127.0.0.1", 0))
        port = first.get_extra_info("sockname")[1]
        try:
            if port % 2 == 0:
                second, _ = await loop.create_datagram_endpoint(
                    asyncio.DatagramProtocol, local_addr=("127.0.0.1", port + 1)
                )
                return [first, second]
        except OSError:
            pass  # the odd one is taken
        first.close()
    raise OSError("no free pair of UDP ports")


async def open_transport(wanted: str, writer: asyncio.StreamWriter) -> Interleaved | ByUdp | None:
    """What a SETUP's Transport header asks for; None for what cameras don't do (multicast, no port)."""
    if "TCP" in wanted:
        return Interleaved(writer, wanted)
    found = re.search(r"client_port=(\d+)(?:-(\d+))?", wanted)
    if not found or "multicast" in wanted:
        return None
    ports = int(found[1]), int(found[2] or int(found[1]) + 1)
    return ByUdp(await _udp_pair(), writer.get_extra_info("peername")[0], ports)


__all__ = ["ByUdp", "Interleaved", "Subscriber", "open_transport"]
