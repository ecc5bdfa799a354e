"""What each guard is like. Most do what they should; some give the point calls something to find."""

from __future__ import annotations

from dataclasses import dataclass

from lianqin.geo import LonLat


@dataclass(frozen=True, slots=True)
class Habit:
    """`answers`: he answers point calls. `strays`: now and then he goes there, out of his area. `silent_for`: his phone is
    off for so many seconds, every `every` seconds."""

    answers: bool = True
    strays: LonLat | None = None
    silent_for: float = 0.0
    every: float = 300.0
    battery_pct: float = 80.0


HABITS: dict[str, Habit] = {
    "G04": Habit(strays=(119.1968, 34.0012), battery_pct=44),
    "G06": Habit(answers=False, battery_pct=63),
    "G09": Habit(silent_for=120.0, every=600.0, battery_pct=17),
    "G10": Habit(strays=(119.2070, 34.0050), every=420.0),
}
"""By guard id; who is not in it has no habits."""
