"""What the routes of calls for help answer. Times are epoch seconds; places WGS-84."""

from __future__ import annotations

from typing import Literal

from msgspec import UNSET, UnsetType

from console.guards.answers import UnitBriefAnswer
from console.http.answers import Answer
from patrol.sos.calls import Outcome
from patrol.sos.places import ClockState, Source


class SosPlaceAnswer(Answer):
    """Where who calls is. `source`: own (the message brought it) or last (the map had it)."""

    lon: float
    lat: float
    accuracy_m: float | None
    at: float | None
    """When the guard was there; None: the device's clock is wrong."""
    source: Source


class OwnSosAnswer(Answer):
    """A call for help as the guard's own page shows it."""

    id: str
    state: str
    """raised, taken or closed."""
    raised_at: float
    """When it arrived."""
    device_at: float | None
    """When it was pressed, as the device says; `clock` says whether that can be believed."""
    clock: ClockState
    known_at: float
    """When the platform had written it down."""
    late: bool
    late_s: float
    """Seconds from the press until then."""
    presses: int
    last_press_at: float
    well_at: float | None
    """The guard said that it is over."""
    taken_by: str | None
    taken_at: float | None
    closed_by: str | None
    closed_at: float | None
    outcome: Outcome | None
    place: SosPlaceAnswer | None


class SosUnitAnswer(UnitBriefAnswer):
    """The unit of who calls, with its number."""

    phone: str


class SosGuardAnswer(Answer):
    """Who calls, and on which numbers. Somebody whom the county does not know has the id for a name, no unit and no `call_sign`."""

    id: str
    name: str
    phone: str
    unit: SosUnitAnswer | None
    call_sign: str | UnsetType = UNSET


class SosAnswer(OwnSosAnswer):
    """A call for help as station and company see it. `taken_by` and `closed_by` are names, their account ids stand beside."""

    guard_id: str
    unit_id: str | None
    guard: SosGuardAnswer
    device_id: str
    client: str
    """The program that sent it."""
    duty: Literal["on_shift", "on_break", "off_shift"]
    """Of now."""
    taken_by_id: str | None
    closed_by_id: str | None
    note: str


class SosDoneAnswer(Answer):
    """The call as it stands now."""

    sos: SosAnswer


class HelpNumberAnswer(Answer):
    """Whom a guard can ring; the police has no name here."""

    kind: Literal["police", "station", "company"]
    name: str
    name_en: str
    phone: str


class MySosAnswer(Answer):
    """The guard's call that is open, else the last one; None: never called."""

    sos: OwnSosAnswer | None
    numbers: list[HelpNumberAnswer]
    now: float


class MySosDoneAnswer(Answer):
    """The guard's own call as it stands now."""

    sos: OwnSosAnswer
