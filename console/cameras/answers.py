"""What the routes of cameras, zones, calendars, the watch ledger and live pictures answer. Places are WGS-84 degrees, times epoch seconds, and
points and boxes in a picture fractions of its width and height."""

from __future__ import annotations

from typing import Any, Literal

from msgspec import UNSET, UnsetType

from console.http.answers import Answer, Page
from lianqin.records import CameraState, FalsePlace, FaultReason, Point, Sampling, Schedule, Situation, Zone

ShownState = Literal[CameraState, "unknown"]
"""`unknown`: no worker speaks of the camera now."""
Transport = Literal["tcp", "udp"]


# --- cameras and zones -------------------------------------------------------------------------------------------------


class ZoneAnswer(Answer):
    """A zone as it is kept, with its English name, which may be empty. What is not there has its default of `lianqin.records.Zone`."""

    id: str
    camera_id: str
    name: str
    name_en: str
    situation: Situation
    points: list[Point]
    """A polygon, or the two ends of a line."""
    type: Literal["zone"] | UnsetType = UNSET
    labels: list[str] | UnsetType = UNSET
    seconds: float | UnsetType | None = UNSET
    """How long it must be true; None: as the situation's default says."""
    people: int | UnsetType | None = UNSET
    both_ways: bool | UnsetType = UNSET
    priority: int | UnsetType | None = UNSET
    """1 to 4, 1 highest; None: as the situation's default says."""
    key_area: bool | UnsetType = UNSET
    schedules: list[Schedule] | UnsetType = UNSET
    """Empty: always armed."""
    enabled: bool | UnsetType = UNSET
    version: int | UnsetType = UNSET
    least_height: float | UnsetType = UNSET
    """Of the picture's height: what is lower is passed over."""
    on_calendars: list[str] | UnsetType = UNSET
    """Ids of calendars: armed on their days alone."""
    off_calendars: list[str] | UnsetType = UNSET
    """Ids of calendars: not armed on their days."""
    on_days: list[int] | UnsetType = UNSET
    """Kept empty: filled in only for workers. So is `off_days`."""
    off_days: list[int] | UnsetType = UNSET
    instruction: str | UnsetType = UNSET
    """What the operator is to do when it fires."""


class DrawnZoneAnswer(Answer):
    """A zone after it was drawn. `record`: the same as workers follow it, whole."""

    zone: ZoneAnswer
    record: Zone


class CameraAnswer(Answer):
    """A camera, and how it does now. From `fps` to `false_places` it is as the camera's worker says, None where no worker speaks of it."""

    id: str
    code: str
    """20-digit GB/T 28181 id."""
    name: str
    name_en: str
    transport: Transport
    lon: float | None
    lat: float | None
    bearing: float | None
    """Degrees clockwise from north."""
    fov: float | None
    """Angle of view, degrees."""
    range_m: float | None
    area_id: str | None
    enabled: bool
    """It is to be pulled and watched."""
    version: int
    priority: int
    """At the detector: 1 (most important) to 3."""
    keep_days: int | None
    """Of its alerts' pictures and clips; None: as the county's setting says."""
    watched_since: float | None
    """When the first minute began of which a worker gave a whole account."""
    sampling: Sampling
    masks: list[list[Point]]
    zones: list[ZoneAnswer]
    state: ShownState
    reason: FaultReason
    state_reason: FaultReason
    """The same as `reason`."""
    since: float | None
    fps: float | None
    codec: str | None
    width: int | None
    height: int | None
    active: bool | None
    """Something moves."""
    reconnects: int | None
    dropped: int | None
    """Pictures that were due and never looked at."""
    clock_error_s: float | None
    """The camera's clock minus ours."""
    detail: str | None
    last_frame_at: float | None
    worker: str | None
    due_rate: float | None
    """Pictures a second that were due over the last ten seconds; `looked_rate`: those that were looked at."""
    looked_rate: float | None
    read_by: str | None
    """Empty: by our own reader; else `ffmpeg`, `ffmpeg_udp`, or `alone` for a process of its own."""
    read_why: str | None
    read_detail: str | None
    group_s: float | None
    """Seconds between key frames where they are far apart, else 0."""
    false_places: list[FalsePlace] | None
    """Where the tracker learned that boxes are of nothing."""


class ListedCameraAnswer(CameraAnswer):
    """A camera of the list. Its addresses and what is said of its login are there only for who sets cameras up."""

    url: str | UnsetType = UNSET
    sub_url: str | UnsetType | None = UNSET
    user: str | UnsetType = UNSET
    has_password: bool | UnsetType = UNSET
    sub_apart: bool | UnsetType = UNSET


class SetUpCameraAnswer(CameraAnswer):
    """A camera for who sets it up. Addresses come without name and password, whose places are marked."""

    url: str
    sub_url: str | None
    user: str
    """The name at the camera of the main stream; empty: none."""
    has_password: bool
    sub_apart: bool
    """The sub-stream has another host, name or password than the main stream."""


class CamerasAnswer(Page[ListedCameraAnswer]):
    """A page of cameras by id. `total`: all that match; `counts`: all cameras of the county by the state shown now."""

    total: int
    counts: dict[str, int]


class CameraKeptAnswer(Answer):
    """The camera as it stands after it was added or changed."""

    camera: SetUpCameraAnswer


class CamerasImportedAnswer(Answer):
    """How many cameras the list held, and how many of them were new or changed."""

    cameras: int
    changed: int


# --- sheets ------------------------------------------------------------------------------------------------------------


class BadCellAnswer(Answer):
    """One thing wrong in a sheet."""

    row: int
    """The sheet's row number, from 1."""
    column: str
    """The column's heading as the file has it; empty: the row as a whole."""
    key: str
    detail: str
    """In English, for a log."""
    values: dict[str, Any]
    """As of the error with that key."""
    found: str
    """What stands in the cell; a password is not shown."""
    said: str
    """What is wrong, in the language that was asked for."""


class SheetReportAnswer(Answer):
    """What a sheet would do, or did. `done` false: nothing was written, since it was a dry run or a row is bad."""

    rows: int
    new: int
    changed: int
    same: int
    bad_count: int
    bad: list[BadCellAnswer]
    """The first 500."""
    ignored: list[str]
    """Headings that mean nothing here."""
    done: bool


# --- addresses that are tried ------------------------------------------------------------------------------------------


class MakerAnswer(Answer):
    """A camera maker. `main`, `sub`: paths of its streams, in which `{channel}` is the channel from 1 on and `{channel:02}` the same with two
    digits; `sub` empty: none is known."""

    id: str
    zh: str
    en: str
    main: str
    sub: str
    marks: list[str]
    """Words by which its devices name it."""
    port: int


class ProbeAnswer(Answer):
    """What an address sends. `reason` empty: it can be watched."""

    reason: str
    detail: str
    codec: str
    """`h264`, `hevc`, or another by its usual name; empty: not known."""
    width: int
    height: int
    fps: float
    group_s: float | None
    """Seconds between key frames; None: fewer than two came."""
    kbps: float
    picture: str | None
    """A blurred JPEG in base64."""
    read_detail: str
    advice: list[str]
    """What would make it better to watch: `group_long`, `hevc`, `fps_low`, `sub_wanted`, `deep`."""
    read_by: str | UnsetType = UNSET
    """As of a camera. An older worker says neither this nor `read_why` nor `pixels`."""
    read_why: str | UnsetType = UNSET
    pixels: str | UnsetType = UNSET
    """The form of its pixels as FFmpeg names it (`yuv420p`)."""


class ProbedAnswer(Answer):
    """An address was tried."""

    probe: ProbeAnswer


class SubStreamAnswer(Answer):
    """The sub-stream that was found, and what it sends. `sub_url` None: none was, and `probe` is of the main stream."""

    sub_url: str | None
    probe: ProbeAnswer
    tried: int
    """Usual names of a sub-stream of that address, whether or not all were tried."""


# --- calendars ---------------------------------------------------------------------------------------------------------


class CalendarAnswer(Answer):
    """A named set of days. `dates`: YYYY-MM-DD of the county, in order."""

    id: str
    name: str
    name_en: str
    dates: list[str]


class CalendarKeptAnswer(Answer):
    """The calendar after it was added or changed."""

    calendar: CalendarAnswer


# --- the watch ledger --------------------------------------------------------------------------------------------------


class WatchShareAnswer(Answer):
    """Camera-minutes of a day over all cameras."""

    watched: int
    reduced: int
    blind: int
    share: float | None
    """Watched, of 1; None: nothing should have been watched."""
    reasons: dict[str, int]
    """Blind minutes by reason."""
    cameras: int


class WatchLineAnswer(Answer):
    """One camera's day, in minutes."""

    camera_id: str
    name: str
    name_en: str
    line: str
    """A letter a minute from the county's midnight up to now."""
    share: float | None
    """Watched, of 1; None: it should not have been watched at all."""
    watched: int
    reduced: int
    blind: int
    reasons: dict[str, int]
    """Blind minutes by reason."""
    due: int
    """Pictures that were to be looked at, of which `looked` were and `dropped` never will be."""
    looked: int
    dropped: int


class WatchAnswer(Page[WatchLineAnswer]):
    """The ledger of a day, a page of cameras by id."""

    day: str
    begin: int
    """The day's first moment, epoch seconds."""
    legend: dict[str, str]
    """Letter of a line -> `watched`, `reduced`, `off`, `untold`, or the reason why it was blind."""
    county: WatchShareAnswer


class OutageAnswer(Answer):
    """From when until when a camera was blind; `to_at` None: it still is."""

    camera_id: str
    reason: str
    detail: str
    from_at: float
    to_at: float | None
    alert_id: str | None
    """The device alert that told of it."""


class CameraDayAnswer(WatchLineAnswer):
    """One camera's day, with the outages that touch it: the first 200."""

    day: str
    begin: int
    """The day's first moment, epoch seconds."""
    legend: dict[str, str]
    """As of the whole ledger."""
    outages: list[OutageAnswer]


# --- live pictures -----------------------------------------------------------------------------------------------------


class ForgottenAnswer(Answer):
    """How many places of false boxes the camera's worker forgot."""

    forgotten: int


class SetUpSpanAnswer(Answer):
    """Until when clear pictures of the camera may be asked for, in this login session alone."""

    until: float


class SetUpBegunAnswer(Answer):
    """`now`: the console's time, for the page's countdown."""

    set_up: SetUpSpanAnswer
    now: float
