"""Runs a command in a network of its own and writes down whom it tries to reach: `island.py FILE COMMAND...`.

To be started as root, by `test_calls_nobody`, in a network namespace whose loopback takes every address. FILE gets a line
`asks NAME` for each question to the resolver and `sends ADDRESS` for each packet that is for no loopback address; the first two
are of this program itself, to show that it sees them.
"""

from __future__ import annotations

import contextlib
import ctypes
import ipaddress
import os
import select
import signal
import socket
import struct
import sys
from pathlib import Path

RESOLVER = ("127.0.0.1", 53)
PROOF_NAME, PROOF_ADDRESS = "proof.invalid", "192.0.2.1"
PROOFS = [f"asks {PROOF_NAME}", f"sends {PROOF_ADDRESS}"]
_SO_ATTACH_FILTER, _ETH_P_ALL, _PR_SET_PDEATHSIG = 26, 3, 1
# fmt: off
_NOT_LOOPBACK = (
    (0x28, 0, 0, 12),                                           # the kind of packet
    (0x15, 0, 3, 0x0800),                                       # IPv4:
    (0x20, 0, 0, 30), (0x54, 0, 0, 0xFF000000), (0x15, 4, 3, 0x7F000000),  # its destination, 127.0.0.0/8
    (0x15, 0, 3, 0x86DD),                                       # IPv6:
    (0x20, 0, 0, 38), (0x15, 1, 0, 0),                          # the first bytes of its destination, ::1
    (0x06, 0, 0, 128), (0x06, 0, 0, 0),                         # taken, left
)
# fmt: on
"""For the kernel (bpf): code, jump if true, jump if false, value."""


def open_ears() -> tuple[socket.socket, socket.socket]:
    """The resolver, and what sees every packet that is for somebody else."""
    resolver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    resolver.bind(RESOLVER)
    packets = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_ETH_P_ALL))
    program = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in _NOT_LOOPBACK))
    packets.setsockopt(
        socket.SOL_SOCKET, _SO_ATTACH_FILTER, struct.pack("HP", len(_NOT_LOOPBACK), ctypes.addressof(program))
    )
    packets.bind(("lo", 0))
    return resolver, packets


def name_asked(question: bytes) -> str:
    """RFC 1035 4.1.2."""
    labels, at = [], 12
    while question[at]:
        labels.append(question[at + 1 : at + 1 + question[at]].decode("latin-1"))
        at += 1 + question[at]
    return ".".join(labels)


def record(resolver: socket.socket, packets: socket.socket, file: Path) -> None:
    """Each line once; every question is answered: there is no such name."""
    known: set[str] = set()
    while True:
        for ready in select.select([resolver, packets], [], [])[0]:
            if ready is resolver:
                question, who = resolver.recvfrom(4096)
                resolver.sendto(question[:2] + b"\x81\x83" + question[4:6] + bytes(6) + question[12:], who)
                line = f"asks {name_asked(question)}"
            else:
                packet = packets.recv(128)
                is_v4 = packet[12:14] == b"\x08\x00"
                line = f"sends {ipaddress.ip_address(packet[30:34] if is_v4 else packet[38:54])}"
            if line not in known:
                known.add(line)
                with file.open("a", encoding="utf-8") as out:
                    out.write(line + "\n")


def main(file: Path, command: list[str]) -> None:
    ears = open_ears()
    if os.fork() == 0:
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        record(*ears, file)
    for one in ears:
        one.close()
    with contextlib.suppress(socket.gaierror):
        socket.getaddrinfo(PROOF_NAME, 80)
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_STREAM) as proof:
        proof.connect((PROOF_ADDRESS, 443))
    os.execvp(command[0], command)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
