"""Small base maps made here: a PMTiles file, a picture in one colour, a vector tile."""

from __future__ import annotations

import gzip
import json
import struct
from collections.abc import Mapping

import cv2
import numpy as np

_ROOT_AT = 127


def _varint(value: int) -> bytes:
    out = b""
    while value > 0x7F:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def tile_id(z: int, x: int, y: int) -> int:
    """The place of a tile on the Hilbert curve over all levels (PMTiles 3)."""
    found: int = sum(1 << 2 * level for level in range(z))
    step: int = (1 << z) // 2
    while step > 0:
        rx, ry = int(bool(x & step)), int(bool(y & step))
        found += step * step * ((3 * rx) ^ ry)
        if ry == 0:
            if rx == 1:
                x, y = step - 1 - x, step - 1 - y
            x, y = y, x
        step //= 2
    return found


def a_pmtiles(tiles: Mapping[tuple[int, int, int], bytes], *, kind: int = 2, attribution: str = "") -> bytes:
    """One file (spec v3) of tiles by (z, x, y), with one directory; `kind` 1: MVT, 2: PNG. Nothing but the directory is packed."""
    rows = sorted((tile_id(*at), content) for at, content in tiles.items())
    ids, lengths, offsets, data, last = b"", b"", b"", b"", 0
    for number, content in rows:
        ids += _varint(number - last)
        lengths += _varint(len(content))
        offsets += _varint(len(data) + 1)
        data += content
        last = number
    directory = gzip.compress(_varint(len(rows)) + ids + _varint(1) * len(rows) + lengths + offsets)
    told = gzip.compress(json.dumps({"attribution": attribution, "vector_layers": []}).encode())
    zooms = [z for z, _, _ in tiles]
    meta_at = _ROOT_AT + len(directory)
    data_at = meta_at + len(told)
    head = b"PMTiles\x03" + struct.pack(
        "<11Q", _ROOT_AT, len(directory), meta_at, len(told), data_at, 0, data_at, len(data), len(rows), len(rows), len(rows)
    )  # fmt: skip
    head += struct.pack("BBBBBB", 1, 2, 1, kind, min(zooms), max(zooms))
    head += struct.pack("<iiii", -1_800_000_000, -850_000_000, 1_800_000_000, 850_000_000)
    head += struct.pack("<Bii", min(zooms), 1_192_000_000, 340_000_000)
    assert len(head) == _ROOT_AT
    return head + directory + told + data


def a_tile(colour: tuple[int, int, int]) -> bytes:
    """256 x 256 PNG in one colour (red, green, blue)."""
    picture = np.full((256, 256, 3), colour[::-1], dtype=np.uint8)
    return bytes(cv2.imencode(".png", picture)[1].tobytes())


def _field(number: int, content: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def a_vector_tile(layer: str) -> bytes:
    """MVT (spec 2.1) with one square over the whole tile in that layer."""
    corners = [(9, 0, 0), (26, 8192, 0, 0, 8192, 8191, 0), (15,)]  # move, three lines, close; zigzag
    geometry = b"".join(_varint(one) for part in corners for one in part)
    feature = _varint(3 << 3) + _varint(3) + _field(4, geometry)
    return _field(
        3,
        _varint(15 << 3)
        + _varint(2)
        + _field(1, layer.encode())
        + _field(2, feature)
        + _varint(5 << 3)
        + _varint(4096),
    )
