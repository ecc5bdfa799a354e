"""The fields of a position report with the figures that can be: one closed table for every client and every terminal.

A figure out of its range is dropped as that field; it never spoils the message that brought it.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec


class Field(msgspec.Struct, frozen=True):
    """Both ends belong to the range. `source`: where the range comes from."""

    low: float
    high: float
    source: str


FIELDS: Final[dict[str, Field]] = {
    "lat": Field(-90, 90, "WGS-84, degrees"),
    "lon": Field(-180, 180, "WGS-84, degrees"),
    "accuracy_m": Field(0, 100_000, "a cell of the mobile network reaches 100 km at most (3GPP TS 36.211, preamble format 3)"),
    "speed_mps": Field(0, 120, "the fastest that carries people on the ground: the Shanghai maglev's 431 km/h"),
    "course": Field(0, 360, "degrees from north; JT/T 808 table 23: 0 to 359; some clients say 360 for north"),
    "altitude_m": Field(-500, 9_000, "the Dead Sea's shore at -438 m, Mount Everest at 8,849 m"),
    "battery_pct": Field(0, 100, "percent"),
}  # fmt: skip
"""By the field's name in `lianqin.records.Fix`, in its unit."""


def number_of(raw: Any) -> float | None:
    """The number that a field holds, as a number or as text; None where it holds none. NaN and the infinities pass."""
    if isinstance(raw, bool) or not isinstance(raw, str | int | float):
        return None
    try:
        return float(raw)
    except (ValueError, OverflowError):
        return None


def sane(name: str, raw: Any, scale: float = 1.0) -> float | None:
    """The value of field `name` in the table's unit, or None where there is none that can be. `scale`: from the unit sent."""
    number = number_of(raw)
    if number is None:
        return None
    field, value = FIELDS[name], number * scale
    return value if field.low <= value <= field.high else None


def sane_place(lat: Any, lon: Any) -> tuple[float, float] | None:
    """Latitude and longitude, or None: out of range, no number, or 0/0, which is what a client says before its first fix."""
    north, east = sane("lat", lat), sane("lon", lon)
    return None if north is None or east is None or (north == 0 and east == 0) else (north, east)
