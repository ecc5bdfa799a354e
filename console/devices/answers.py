"""What the routes of devices and of dead letters answer. Times are epoch seconds."""

from __future__ import annotations

from typing import Literal

from msgspec import UNSET, UnsetType

from console.guards.answers import GuardAnswer
from console.http.answers import Answer, Page
from lianqin.records import CoordSys
from patrol.intake.codes import Why


class RefusedRegistrationAnswer(Answer):
    """Somebody registered by a terminal's number and got no code. `terminal`: maker, model and id, as it said."""

    at: float
    why: Why
    terminal: str


class RegistrationAnswer(Answer):
    """How a terminal registered. `refused`: how often somebody got no code under its number; `events`: the last of them."""

    terminal: str | None
    """Who registered; None: not known."""
    registered_at: float | None
    proved_at: float | None
    """When it showed its code."""
    refused: int
    events: list[RefusedRegistrationAnswer]


class DeviceAnswer(Answer):
    """An enrolled phone or terminal."""

    id: str
    guard_id: str
    coord_sys: CoordSys
    """In which it sends places."""
    kind: Literal["phone", "terminal"]
    terminal_no: str | None
    """None: a phone."""
    clock_off_s: float
    """Seconds that its clock is said to be ahead; they are taken off its times."""
    register_no: int
    """How often a person let it register."""
    register_until: float | None
    enrolled_at: float | None
    revoked_at: float | None
    version: int
    guard: GuardAnswer
    clock_seen_s: float | None
    """Seconds that its clock steadily seems to be ahead; None: it seems right."""
    registration: RegistrationAnswer | None
    """None: a phone, a terminal that never registered, or Redis is away."""


class DevicesAnswer(Page[DeviceAnswer]):
    """A page of devices, by id. `total`: all that were asked for."""

    total: int


class EnrolledAnswer(Answer):
    """A device that was enrolled: a phone with its credential, which is shown this once, or a terminal with the time in which it may
    register."""

    device_id: str
    credential: str | UnsetType = UNSET
    address: str | UnsetType = UNSET
    """Where a phone sends to; empty: not set up."""
    terminal_no: str | UnsetType = UNSET
    register_until: float | UnsetType = UNSET


class DeviceEnrolledAnswer(Answer):
    """The new device."""

    device: EnrolledAnswer


class CorrectedClockAnswer(Answer):
    """`clock_off_s`: seconds that the device's clock is ahead."""

    device_id: str
    clock_off_s: float


class ClockCorrectedAnswer(Answer):
    """The device as its clock is corrected from now on."""

    device: CorrectedClockAnswer


class LetRegisterAnswer(Answer):
    """Until when a terminal may register."""

    register_until: float


class DeadLetterAnswer(Answer):
    """An entry of a stream that could not be taken, without its body."""

    id: str
    at: float
    stream: str
    entry_id: str
    """Its id in `stream`."""
    reason: str
    """A key of `lianqin.taking.REASONS`, or other."""
    why: str
    """In English."""
    bytes: int


class DeadLettersHeldAnswer(Answer):
    """All that are kept; `gone`: how many went since there was no room."""

    letters: int
    bytes: int
    gone: int


class DeadLettersAnswer(Page[DeadLetterAnswer]):
    """A page of dead letters, the newest first."""

    held: DeadLettersHeldAnswer


class DeadLetterBodyAnswer(Answer):
    """The beginning of a body as text. `more`: how many characters follow."""

    body: str
    more: int
