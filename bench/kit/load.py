"""The load: many kept-alive connections in one plain epoll loop, pinned to a core. Each sends its next request when the
one before is answered; the time between is kept.

`python -m bench.kit.load PORT CORE CONNECTIONS SECONDS FIRST [PATH]`: prints JSON. Connection `n` speaks as phone `n` with
`secret(n)`; its fixes lie 1 ms apart in time, from FIRST seconds ago down, so that no two are the same.
"""

from __future__ import annotations

import os
import select
import socket
import sys
import time

import msgspec


class Load(msgspec.Struct, frozen=True):
    """What the load saw: answers of 200, others, seconds, and percentiles in ms."""

    answered: int
    refused: int
    seconds: float
    p50_ms: float
    p99_ms: float
    most_ms: float
    cpu_seconds: float

    @property
    def rate(self) -> float:
        return self.answered / self.seconds


def secret(number: int) -> str:
    """The credential of a phone of the benchmarks."""
    return f"{number:032x}"


def request(number: int, at: float, path: str = "/") -> bytes:
    """What Traccar's client sends, headers and all."""
    query = (
        f"{path}?id={secret(number)}&timestamp={at:.3f}&lat={34 + number / 1e5:.6f}&lon={119.2 + at % 1 / 1e3:.6f}&speed=2.0"
        "&bearing=90.0&altitude=12.0&accuracy=8.0&batt=80.0"
    )
    return (
        f"POST {query} HTTP/1.1\r\nUser-Agent: Dalvik/2.1.0 (Linux; U; Android 14)\r\nHost: 127.0.0.1\r\n"
        "Connection: Keep-Alive\r\nAccept-Encoding: gzip\r\nContent-Length: 0\r\n\r\n"
    ).encode()


def load(port: int, connections: int, seconds: float, first: float, path: str = "/") -> Load:
    """Raises ConnectionError when a connection ends."""
    poll, socks = select.epoll(), {}
    numbers: dict[int, int] = {}
    for number in range(connections):
        sock = socket.create_connection(("127.0.0.1", port))
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.setblocking(False)
        socks[sock.fileno()] = sock
        numbers[sock.fileno()] = number
        poll.register(sock, select.EPOLLIN)
    base, took = time.time() - first, []
    began: dict[int, float] = {}
    moments = dict.fromkeys(socks, base)
    clock, spent = time.perf_counter, time.process_time()
    start = clock()
    for handle, sock in socks.items():
        began[handle] = clock()
        sock.send(request(numbers[handle], base, path))
    refused, waiting, until = 0, connections, start + seconds
    while waiting:
        for handle, _ in poll.poll(10):
            sock = socks[handle]
            answer = sock.recv(4096)
            now = clock()
            if not answer:
                raise ConnectionError("the server ended a connection")
            if answer.startswith(b"HTTP/1.1 200"):
                took.append(now - began[handle])
            else:
                refused += 1
            if now > until:
                waiting -= 1
                continue
            moments[handle] = at = moments[handle] - 0.001
            began[handle] = now
            sock.send(request(numbers[handle], at, path))
    over = clock() - start
    took.sort()
    p50, p99 = (took[int(len(took) * share)] * 1e3 for share in (0.5, 0.99))
    return Load(len(took), refused, over, p50, p99, took[-1] * 1e3, time.process_time() - spent)


if __name__ == "__main__":
    os.sched_setaffinity(0, {int(sys.argv[2])})
    result = load(int(sys.argv[1]), int(sys.argv[3]), float(sys.argv[4]), float(sys.argv[5]), *sys.argv[6:])
    sys.stdout.buffer.write(msgspec.json.encode(result))
