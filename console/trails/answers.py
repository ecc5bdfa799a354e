"""What the routes of trails answer. Times are epoch seconds; places WGS-84."""

from __future__ import annotations

from typing import Any

from msgspec import UNSET, UnsetType

from console.county.answers import MapCheckpointAnswer, SilenceAnswer
from console.guards.answers import GuardAnswer, ShiftAnswer, VisitAnswer
from console.http.answers import Answer
from lianqin.audit import LookPurpose
from lianqin.geo import LonLat
from lianqin.records import CoordSys
from patrol.county.entries import Mode
from patrol.judging.doubts import Doubt
from patrol.judging.facts import DoubtCount
from patrol.judging.rounds import State


class OwnFixAnswer(Answer):
    """A point of a trail, and why it may prove nothing."""

    at: float
    lon: float
    lat: float
    accuracy_m: float | None
    speed_mps: float | None
    """Metres a second."""
    doubts: list[Doubt]


class TrailFixAnswer(OwnFixAnswer):
    """A point of somebody else's trail."""

    clock_off_s: float | UnsetType = UNSET
    """Seconds that the device's clock is known to be ahead, taken off `at`; not there: none."""
    system: CoordSys | UnsetType = UNSET
    """Of a `wrong_coord_sys`: which one, and by how many metres it is off."""
    off_m: float | UnsetType | None = UNSET


class TrailStayAnswer(SilenceAnswer):
    """A time at one place."""

    lon: float
    lat: float


class TrailFactsAnswer(Answer):
    """What a shift came to so far: seconds in the area, outside, unknown, on breaks; `platform_s`: of the unknown, while the platform itself
    received nothing."""

    confirmed_s: float
    outside_s: float
    unknown_s: float
    break_s: float
    platform_s: float
    checkpoints: list[str]
    """Ids."""
    doubts: list[DoubtCount]


class RoundSeenAnswer(Answer):
    """A checkpoint in a round. `at`, `fix_id`, `distance_m`: of the first fix that visited it, None without a visit."""

    checkpoint_id: str
    state: State
    at: float | None
    fix_id: str | None
    distance_m: float | None


class PlannedRoundAnswer(SilenceAnswer):
    """A stretch of planned time in which each checkpoint had to be visited once. `whole`: each was."""

    excused_s: float
    """Of it, in breaks and on tasks."""
    points: list[RoundSeenAnswer]
    whole: bool


class RoundPlanAnswer(Answer):
    """What a shift's plan asks for: each checkpoint once in every `required_s` of planned time."""

    required_s: float
    risk: str
    """red, orange, yellow or blue: the area's colour as it is now."""
    mode: Mode
    rounds: list[PlannedRoundAnswer]


class TrailShiftAnswer(ShiftAnswer):
    """A shift that a look reaches. `plan`: None where the look is coarse."""

    facts: TrailFactsAnswer
    plan: RoundPlanAnswer | None


class TrailAreaAnswer(Answer):
    """An area as it is drawn under a trail."""

    id: str
    name: str
    name_en: str
    polygon: list[LonLat]
    key_area: bool
    checkpoints: list[MapCheckpointAnswer]


class TrailMapAnswer(Answer):
    """What is drawn under a trail for who may not see the map: the shifts' areas and the streets around; no camera, no unit."""

    areas: list[TrailAreaAnswer]
    cameras: tuple[()]
    streets: dict[str, Any]
    """GeoJSON: the features of the county's own file that lie near."""
    units: tuple[()]


class TrailAnswer(Answer):
    """A guard's trail, looked at for a purpose. `coarse`: over so long a time that it is one point a minute, nothing judged."""

    coarse: bool
    look_id: str
    """Under which the look is registered; an export names it."""
    purpose: LookPurpose
    case_ref: str
    guard: GuardAnswer
    shift_ids: list[str]
    shifts: list[TrailShiftAnswer]
    fixes: list[TrailFixAnswer]
    visits: list[VisitAnswer]
    gaps: list[SilenceAnswer]
    """On shift and without a fix, through nobody's fault but the guard's own device."""
    rests: list[TrailStayAnswer]
    """The place of a fix holds by later signs of life of the device."""
    silences: list[SilenceAnswer]
    """The platform received nothing from anybody."""
    map: TrailMapAnswer | None
    """For a company; None for others, who have the map."""
    stops: list[TrailStayAnswer]
    """Stood near that place for five minutes or longer."""


class CameraReportAnswer(Answer):
    """A camera reported somebody when the guard's fix lay in its view; nothing says that it was the guard."""

    alert_id: str | None
    """None for who may not see alerts."""
    camera_id: str
    name: str
    name_en: str
    situation: str
    at: float
    lon: float
    lat: float
    """The guard's place then."""
    apart_m: float
    """Metres from the camera to it."""


class CameraReportsAnswer(Answer):
    """The first of `total`, in order of time."""

    items: list[CameraReportAnswer]
    total: int
