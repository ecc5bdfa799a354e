"""Inputs made of others, as libFuzzer makes them, where it is not there or each run is to be the same."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Final

from tests.fuzz.target import Target

_NUMBERS: Final = (0, 1, 2, 4, 0x0D, 0x0A, 0x20, 0x22, 0x7D, 0x7E, 0x7F, 0x80, 0xFE, 0xFF)
_MOST_CHANGES: Final = 4


def inputs(target: Target, seed: int) -> Iterator[bytes]:
    """Without end; the same for the same seed."""
    random = Random(seed)
    seeds = target.seeds or (b"",)
    while True:
        data = bytearray(random.choice(seeds))
        for _ in range(random.randint(1, _MOST_CHANGES)):
            _change(data, random, target)
        yield bytes(data[: target.most])


def _change(data: bytearray, random: Random, target: Target) -> None:
    at = random.randint(0, len(data))
    some = min(len(data), at + random.choice((1, 1, 2, 4, 16, 64)))
    match random.randrange(8):
        case 0 if at < len(data):
            data[at] ^= 1 << random.randrange(8)
        case 1 if at < len(data):
            data[at] = random.choice(_NUMBERS)
        case 2:
            data[at:at] = random.randbytes(random.choice((1, 2, 4, 8)))
        case 3:
            del data[at:some]
        case 4:
            data[at:at] = data[at:some] * random.choice((1, 2, 8, 64))
        case 5:
            other = random.choice(target.seeds)
            begin = random.randint(0, len(other))
            data[at:some] = other[begin : begin + random.choice((1, 4, 16, 64))]
        case 6 if target.words:
            data[at:some] = random.choice(target.words)
        case _ if target.words:
            data[at:at] = random.choice(target.words)
