"""A camera whose certificate is pinned: TLS by ourselves, and plain RTSP for FFmpeg on the machine's own loopback.

FFmpeg knows no prints. Given the certificate itself as its authority it still refuses one that has expired or tells no name,
and it connects anew after whoever looked first: another might answer. Here the print is looked at on the very connection that
the stream then comes on, before a word was said on it. No password is told to a certificate with another print.
"""

from __future__ import annotations

import select
import socket
import ssl
import threading
from contextlib import suppress
from typing import Final

import msgspec

from lianqin.addresses import Address
from lianqin.pins import print_of

_HERE: Final = "127.0.0.1"
_AT_ONCE: Final = 65536
_SEND_S: Final = 10.0
"""A camera that takes nothing for so long is gone."""
_ELSEWHERE: Final = (b"RTSP/1.0 30", b"RTSP/2.0 30")
"""FFmpeg follows by itself, to wherever it is told, and no print would hold there."""


class OtherPrint(Exception):
    """The camera has shown another certificate. `told`: its print; empty: it showed none."""

    def __init__(self, told: str) -> None:
        super().__init__(told)
        self.told = told


def connect(host: str, port: int, prints: frozenset[str], seconds: float) -> ssl.SSLSocket:
    """A TLS connection to a certificate with one of the `prints`, whoever signed it, for whatever name and time. Raises
    OtherPrint, OSError (ssl.SSLError and TimeoutError too)."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = (
        False,
        ssl.CERT_NONE,
    )  # that the peer has the key is proven all the same
    plain = socket.create_connection((host, port), timeout=seconds)
    try:
        safe = context.wrap_socket(plain, server_hostname=host)
    except BaseException:
        plain.close()
        raise
    shown = safe.getpeercert(binary_form=True)
    told = print_of(shown) if shown else ""
    if told not in prints:
        safe.close()
        raise OtherPrint(told)
    return safe


class TlsRelay:
    """Gives `safe` on to the first who connects to `port` on this machine, and ends with either side. A thread of its own."""

    def __init__(self, safe: ssl.SSLSocket, seconds: float) -> None:
        """`seconds`: how long it waits for who connects."""
        self._safe = safe
        self._door = socket.create_server((_HERE, 0), backlog=1)
        self._door.settimeout(seconds)
        self.port: int = self._door.getsockname()[1]
        self.sent_elsewhere = False
        """It ended because the camera answered that the stream is at another address."""
        threading.Thread(target=self._run, name="pinned", daemon=True).start()

    def url(self, found: Address) -> str:
        """The camera's address, by way of here."""
        return msgspec.structs.replace(found, scheme="rtsp", host=_HERE, port=self.port).url

    def close(self) -> None:
        """Where nobody connected; else it ends by itself."""
        with suppress(OSError):
            self._door.shutdown(socket.SHUT_RDWR)

    def _run(self) -> None:
        with self._safe, suppress(OSError):
            with self._door:
                plain, _ = self._door.accept()
            with plain:
                plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._safe.setblocking(False)  # what is readable may be TLS's own talk alone
                self._pass_on(plain)

    def _pass_on(self, plain: socket.socket) -> None:
        """Until one of them ends. Raises OSError."""
        both = select.poll()
        both.register(plain, select.POLLIN)
        both.register(self._safe, select.POLLIN)
        while True:
            ready = {number for number, _ in both.poll()}
            if self._safe.fileno() in ready and not self._in(plain):
                return
            if plain.fileno() in ready:
                said = plain.recv(_AT_ONCE)
                if not said:
                    return
                self._out(said)

    def _in(self, plain: socket.socket) -> bool:
        """What came from the camera. False: it is over."""
        while True:
            try:
                piece = self._safe.recv(_AT_ONCE)
            except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
                return True
            self.sent_elsewhere = piece.startswith(_ELSEWHERE)
            if not piece or self.sent_elsewhere:
                return False
            plain.sendall(piece)
            if not self._safe.pending():
                return True

    def _out(self, said: bytes) -> None:
        while said:
            try:
                said = said[self._safe.send(said) :]
            except ssl.SSLWantReadError:
                self._await(select.POLLIN)
            except ssl.SSLWantWriteError:
                self._await(select.POLLOUT)

    def _await(self, what: int) -> None:
        one = select.poll()
        one.register(self._safe, what)
        if not one.poll(_SEND_S * 1000):
            raise TimeoutError
