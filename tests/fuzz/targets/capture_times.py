"""A camera's time stamps on our clock (`ingest.source.capture_clock`, `key_frames`, `packets`). An input is a row of pictures, seven bytes each:
the stamp, when it came, what it weighs."""

from __future__ import annotations

import math
import struct

from ingest.codec.key_frames import KeyFrames
from ingest.look.packet_gate import PacketGate
from ingest.source.capture_clock import CaptureClock
from tests.fuzz.target import Target

ONE = struct.Struct(">IHB")


def run(data: bytes) -> bool:
    clock, keys, gate, now = CaptureClock(), KeyFrames(), PacketGate(), 1000.0
    for stamp, later, weight in ONE.iter_unpack(data[: len(data) // ONE.size * ONE.size]):
        now += later / 10_000
        found = clock.stamp(stamp / 90_000, now, 1.79e9 + now)
        assert math.isfinite(found.at)
        keys.see(now, is_key=weight > 200)
        gate.step(float(weight) ** 3, is_key=weight > 200)
        if weight % 16 == 0:
            gate.learn(empty=weight % 32 == 0)
    return len(data) >= ONE.size


TARGET = Target(
    run,
    (b"".join(ONE.pack(n * 3600, 400, 255 if n % 25 == 0 else 40) for n in range(80)),
     b"".join(ONE.pack((5, 3, 9, 1)[n % 4] * 3600 + n * 3600, 400, n % 256) for n in range(60)),
     b"".join(ONE.pack(n % 2 * 2**31, 65535, 1) for n in range(60))),
    (b"\xff\xff\xff\xff\xff\xff", b"\x00\x00\x00\x00\x00\x00\x00"), runs=500, most=3500,
)  # fmt: skip
