"""What each guard and his phone are like. Most do what they should; some give the judging something to find."""

from __future__ import annotations

from dataclasses import dataclass

from lianqin.geo import LonLat


@dataclass(frozen=True, slots=True)
class Habit:
    """`answers`: he answers point calls. `strays`: now and then he goes there, out of his area. Of his phone, for so many
    seconds at the end of each `every` seconds: `silent_for` it is off, `offline_for` it finds no network and sends
    later, `gcj02_for` it sends GCJ-02 and says WGS-84. `reflects`: a fix in so many is a reflection 900 m off.
    `accuracy_m`: what it says of itself among tall houses. `clock_s`: its clock is so far ahead. `lies`: it lies on
    a desk and says one place. `copies`: it sends what that guard's phone sends. `walking_mps`: his pace."""

    answers: bool = True
    strays: LonLat | None = None
    silent_for: float = 0.0
    offline_for: float = 0.0
    gcj02_for: float = 0.0
    every: float = 300.0
    battery_pct: float = 80.0
    reflects: int = 0
    accuracy_m: float = 0.0
    clock_s: float = 0.0
    lies: bool = False
    copies: str | None = None
    walking_mps: float = 0.0


HABITS: dict[str, Habit] = {
    "G04": Habit(strays=(119.1968, 34.0012), battery_pct=44),
    "G06": Habit(answers=False, battery_pct=63),
    "G09": Habit(silent_for=120.0, every=600.0, battery_pct=17),
    "G10": Habit(strays=(119.2070, 34.0050), every=420.0),
    "G13": Habit(gcj02_for=120.0, every=900.0),
    "G14": Habit(battery_pct=71),
    "G15": Habit(copies="G14"),
    "G16": Habit(lies=True, battery_pct=100),
    "G17": Habit(reflects=40),
    "G18": Habit(clock_s=-240.0),
    "G19": Habit(accuracy_m=260.0, battery_pct=55),
    "G20": Habit(offline_for=180.0, every=600.0),
    "G21": Habit(offline_for=90.0, every=400.0, battery_pct=36),
    "G22": Habit(walking_mps=13.0),
    "G23": Habit(silent_for=60.0, every=500.0, battery_pct=9),
    "G24": Habit(clock_s=90.0),
}
"""By guard id; who is not in it has no habits."""
