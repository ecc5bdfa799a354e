"""Bits of a NAL unit (ITU-T H.264 7.3.1 and 9.1; H.265 has them alike), and NAL units of a stream. Pure."""

from __future__ import annotations

from typing import Final

MOST_BYTES: Final = 4096
"""Of a NAL unit that are read. The longest real parameter set, with all its scaling lists, has a third of that; each bit
that is read costs as much as what is left is long."""
MOST_UNITS: Final = 512
"""Of a piece; a picture of the highest level has 600 slices, its parameter sets before them."""


class Bits:
    """Reads a NAL unit's payload, emulation bytes taken out, from its first bits on. Raises ValueError at its end, which
    is no later than after `MOST_BYTES`."""

    __slots__ = ("_left", "_value")

    def __init__(self, payload: bytes) -> None:
        plain = payload[:MOST_BYTES].replace(b"\x00\x00\x03", b"\x00\x00")
        self._value, self._left = int.from_bytes(plain, "big"), len(plain) * 8

    def u(self, count: int) -> int:
        """`count` bits, unsigned."""
        left = self._left = self._left - count
        if left < 0:
            raise ValueError("the header ends too soon")
        return self._value >> left & ((1 << count) - 1)

    def ue(self) -> int:
        """An unsigned Exp-Golomb code."""
        left = self._left
        rest = self._value & ((1 << left) - 1)
        zeros = left - rest.bit_length()
        left -= 2 * zeros + 1
        if zeros > 31 or left < 0:
            raise ValueError("no Exp-Golomb code")
        self._left = left
        return (rest >> left) - 1

    def se(self) -> int:
        """A signed Exp-Golomb code."""
        value = self.ue()
        return (value + 1) // 2 if value & 1 else -(value // 2)


def units(content: bytes) -> list[bytes]:
    """NAL units of an Annex B piece, `MOST_UNITS` at most, the ends of their trailing zeros left on."""
    found, at = list[bytes](), content.find(b"\x00\x00\x01")
    while at >= 0 and len(found) < MOST_UNITS:
        following = content.find(b"\x00\x00\x01", at + 3)
        found.append(content[at + 3 : following if following >= 0 else len(content)])
        at = following
    return found
