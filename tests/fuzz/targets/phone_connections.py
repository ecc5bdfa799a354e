"""Bytes of one connection to the intake (`patrol.intake.http_framing`, `http`): answered or ended, and the same however they are cut."""

from __future__ import annotations

from lianqin.testing import T0
from tests.fuzz.target import Target
from tests.patrol.intake.test_fuzz import SECRET, spoken

STATUSES = {b"100", b"200", b"400", b"413", b"414", b"417", b"431", b"501", b"503", b"505"}


def run(data: bytes) -> bool:
    said, _, stored = spoken([data])
    statuses = {line.split(b" ")[1] for line in said.split(b"\r\n") if line.startswith(b"HTTP/1.1 ")}
    assert statuses <= STATUSES
    assert spoken([data[n : n + 1] for n in range(len(data))])[2] == stored
    middle = len(data) // 2
    assert spoken([data[:middle], data[middle:]])[2] == stored
    return bool(stored)


QUERY = b"/?id=%b&lat=34&lon=119.2&timestamp=%d" % (SECRET.encode(), T0)
TARGET = Target(
    run,
    (
        b"GET " + QUERY + b" HTTP/1.1\r\nHost: x\r\n\r\n" + b"GET " + QUERY + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhelloGET " + QUERY + b" HTTP/1.1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nAuthorization: Basic dTpz\r\n\r\n5\r\nhello\r\n0\r\nX: y\r\n\r\n",
        b"POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n{}HEAD / HTTP/1.0\r\n\r\n",
    ),
    (b"Content-Length: ", b"Transfer-Encoding: chunked\r\n", b"\r\n\r\n", b"0\r\n\r\n", b"Connection: close\r\n", b"Upgrade: x\r\n", b"Expect: 100-continue\r\n",
     b"HTTP/1.1", b"HTTP/1.0", b"CONNECT ", b"HEAD ", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"Host: x\r\n", b"Authorization: ", QUERY),
    runs=400, most=700, steps=(60_000, 700), share=3,
)  # fmt: skip
