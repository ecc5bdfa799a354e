"""The frozen value types that cross a border between rooms or processes.

All times are seconds since 1970-01-01T00:00:00Z on the wall clock (float), unless a name says otherwise. All places are
WGS-84 degrees. Points and boxes in an image are fractions of its width and height (0..1, origin top left), so that
main and sub-stream, picture and clip share them. `encode` / `decode` give the JSON that travels on Redis Streams; the
tag field `type` names the record, unknown fields are ignored so that a newer writer does not stop an older reader. One
file, since together they are the contract that every room reads.
"""

from __future__ import annotations

import re
import secrets
from typing import Annotated, Any, Final, Literal, TypeVar

import msgspec
import numpy as np
import numpy.typing as npt
from msgspec import Meta

from lianqin import lengths
from lianqin.decoding import from_json, from_plain, json_decoder
from lianqin.errors import RecordError
from lianqin.texts import cut, short_id, storable_all

T = TypeVar("T")

Share = Annotated[float, Meta(ge=0, le=1)]
Lat = Annotated[float, Meta(ge=-90, le=90)]
Lon = Annotated[float, Meta(ge=-180, le=180)]
Epoch = Annotated[float, Meta(gt=0, lt=1e10)]
Id = Annotated[str, Meta(max_length=lengths.ID)]
"""Of a thing that has a row of its own."""
FixId = Annotated[str, Meta(max_length=80)]
Name = Annotated[str, Meta(max_length=lengths.NAME)]
Sha256 = Annotated[str, Meta(max_length=lengths.HASH)]
Path = Annotated[str, Meta(max_length=lengths.WORDS)]
"""Of a file under the evidence root."""
Count = Annotated[int, Meta(ge=0, lt=2**31)]
"""As an INTEGER column holds it."""
Point = tuple[float, float]
Polygon = tuple[Point, ...]
Sampling = Literal["gated", "key_frames", "full"]
"""What of the analysed stream is decoded: what moves (packets are weighed before pixels), its key frames alone, or everything."""
Box = tuple[float, float, float, float]
"""x1, y1, x2, y2 as fractions of the image."""

Situation = Literal["intrusion", "line_crossing", "loitering", "density"]
CoordSys = Literal["wgs84", "gcj02", "bd09"]


def _fit(record: msgspec.Struct, **most: int) -> None:
    """Texts that people or machines wrote, cut to what their columns hold: no record is lost over one."""
    for name, length in most.items():
        text = getattr(record, name)
        if text is not None and len(text) > length:
            msgspec.structs.force_setattr(record, name, cut(text, length))


def _fit_id(record: msgspec.Struct, **most: int) -> None:
    for name, length in most.items():
        if len(getattr(record, name)) > length:
            msgspec.structs.force_setattr(record, name, short_id(getattr(record, name), length))


def new_id(prefix: str, at: float) -> str:
    """An id made at the source: sorts by time, 64 random bits, no coordination (`al-018f3a2b4c5d-9f...`)."""
    return f"{prefix}-{int(at * 1000):012x}{secrets.token_hex(8)}"


# --- pictures (these stay inside one process) -------------------------------------------------------------------------


class Frame:
    """One decoded picture: `bgr` is uint8 [height, width, 3]; `captured_at` on our clock (epoch seconds). `windows`: look at
    these parts alone (left, top, right, bottom as fractions); none: at the whole."""

    __slots__ = ("bgr", "camera_id", "captured_at", "windows")

    def __init__(
        self,
        camera_id: str,
        captured_at: float,
        bgr: npt.NDArray[np.uint8],
        windows: tuple[tuple[float, float, float, float], ...] = (),
    ) -> None:
        self.camera_id, self.captured_at, self.bgr, self.windows = camera_id, captured_at, bgr, windows

    @property
    def size(self) -> tuple[int, int]:
        """Width, height in pixels."""
        return self.bgr.shape[1], self.bgr.shape[0]


class Detection(msgspec.Struct, frozen=True):
    """One thing the detector sees on one frame."""

    label: str
    score: float
    box: Box


class Track(msgspec.Struct, frozen=True):
    """One followed thing on one frame. Its `foot` is the bottom centre of the box: where it stands."""

    id: str
    label: str
    box: Box
    score: float
    counts: bool
    """Confirmed by enough detections; rules follow younger tracks too but fire only once these count."""
    detected: bool
    """False: coasting, the box is predicted."""
    probability: float = 1.0
    """That something is there, by all looks so far."""

    @property
    def foot(self) -> Point:
        return (self.box[0] + self.box[2]) / 2, self.box[3]

    @property
    def height(self) -> float:
        return self.box[3] - self.box[1]


# --- what the console publishes for workers to follow -----------------------------------------------------------------


class Schedule(msgspec.Struct, frozen=True):
    """When a zone is armed: local time (Asia/Shanghai), minutes since midnight; `to` below `from` runs over midnight.

    `days` 0 = Monday; a span over midnight belongs to the day on which it began.
    """

    from_minute: Annotated[int, Meta(ge=0, le=1439)]
    to_minute: Annotated[int, Meta(ge=0, le=1440)]
    days: tuple[Annotated[int, Meta(ge=0, le=6)], ...] = (0, 1, 2, 3, 4, 5, 6)


class Zone(msgspec.Struct, frozen=True, tag="zone"):
    """A rule drawn on one camera's picture. `points`: a polygon (3 or more), or for a line crossing its two ends;
    a crossing counts from the line's left to its right when looking from the first point to the second, as seen on the
    image; `both_ways` counts either.
    """

    id: str
    name: str
    situation: Situation
    points: tuple[Point, ...]
    labels: tuple[str, ...] = ("person",)
    seconds: Annotated[float, Meta(ge=0, le=3600)] | None = None
    """How long it must be true; None: the default of the situation."""
    people: Annotated[int, Meta(ge=1, le=1000)] | None = None
    both_ways: bool = False
    priority: Annotated[int, Meta(ge=1, le=4)] | None = None
    """GB/T 28181 alarm priority, 1 highest; None: the default of the situation (which knows the night)."""
    key_area: bool = False
    schedules: tuple[Schedule, ...] = ()
    """Empty: always armed."""
    enabled: bool = True
    version: int = 1
    least_height: Share = 0.0
    """Of the picture's height: what is lower is passed over."""
    on_calendars: tuple[Id, ...] = ()
    """Of the console's calendars: armed on their days alone. `off_calendars`: not on theirs."""
    off_calendars: tuple[Id, ...] = ()
    on_days: tuple[int, ...] = ()
    """The days of those calendars (`date.toordinal`), as the console fills them in for who follows the record."""
    off_days: tuple[int, ...] = ()
    instruction: Annotated[str, Meta(max_length=lengths.NOTE)] = ""
    """What the operator is to do when it fires, in a person's words."""


class Camera(msgspec.Struct, frozen=True, tag="camera"):
    """One camera as a worker needs it. `url` may hold a password: never log it (see `redact`)."""

    id: str
    code: str
    """20-digit GB/T 28181 id."""
    name: str
    url: str
    """Main stream: kept in the ring and cut into clips; analysed only when there is no `sub_url`."""
    sub_url: str | None = None
    transport: Literal["tcp", "udp"] = "tcp"
    lon: Lon | None = None
    lat: Lat | None = None
    bearing: float | None = None
    fov: float | None = None
    range_m: float | None = None
    area_id: str | None = None
    zones: tuple[Zone, ...] = ()
    enabled: bool = True
    """Marked for analysis: pulled and watched."""
    version: int = 1
    priority: Annotated[int, Meta(ge=1, le=3)] = 2
    """Where the detector has more work than power: 1 is looked at four times as often as 3."""
    keep_days: Annotated[int, Meta(ge=1, le=3650)] | None = None
    """Pictures and clips of its alerts are kept so long; None: as the county's setting says."""
    sampling: Sampling = "gated"
    masks: tuple[Polygon, ...] = ()
    """Blanked for everybody before anything is kept, shown or analysed: corners as fractions of the picture."""


class Device(msgspec.Struct, frozen=True, tag="device"):
    """An enrolled phone or terminal as the intake needs it. Its credential is known only as a sha256."""

    id: str
    guard_id: str
    credential_sha256: str
    coord_sys: CoordSys = "wgs84"
    revoked: bool = False
    version: int = 1
    terminal_no: str | None = None
    """A JT/T 808 terminal's own number."""
    clock_off_s: float = 0.0
    """So far ahead (behind: below 0) the administrator knows its clock to be; taken off each fix's time."""
    register_no: int = 0
    """How often a person let the terminal register."""
    register_until: float | None = None
    """Until then it may register again, if it is the same one and did not show its code since."""


# --- alerts -----------------------------------------------------------------------------------------------------------


class TrackPoint(msgspec.Struct, frozen=True, array_like=True):
    """A track at one moment: epoch seconds, box, score."""

    at: float
    box: Box
    score: float


class TrackPath(msgspec.Struct, frozen=True):
    """The boxes of one track over time, in order. `cause`: this track made the rule true."""

    track_id: str
    label: str
    cause: bool
    points: tuple[TrackPoint, ...]


class Alert(msgspec.Struct, frozen=True, tag="alert"):
    """The machine says that a situation is true. GB/T 28181-2022: `method` 5 (video), `kind` 5 trip line, 6 intrusion,
    8 loitering, 10 density; `priority` 1 to 4, 1 highest.
    """

    id: Id
    camera_id: Id
    zone_id: Id
    situation: Situation
    method: Count
    kind: Count
    priority: Count
    score: float
    captured_at: Epoch
    """Capture of the frame on which the rule became true."""
    published_at: Epoch
    model: Name
    rule_version: Annotated[str, Meta(max_length=40)]
    tracks: tuple[TrackPath, ...]
    snapshot: Path | None
    """Path under the evidence root, or None with `snapshot_error` saying why."""
    snapshot_error: str | None = None
    worker: str = ""
    zone_version: int = 1
    zone_name: str = ""
    zone_points: tuple[Point, ...] = ()
    camera_version: int = 1
    snapshot_sha256: Sha256 | None = None
    """Of the file, hex."""

    def __post_init__(self) -> None:
        _fit(self, zone_name=lengths.NAME, snapshot_error=lengths.WORDS)
        _fit_id(self, worker=lengths.ID)


class Evidence(msgspec.Struct, frozen=True, tag="evidence"):
    """What follows an alert: the clip, the rest of the tracks, and how many more tracks were merged into it."""

    alert_id: Id
    camera_id: Id
    published_at: Epoch
    tracks: tuple[TrackPath, ...]
    clip: Path | None
    clip_error: str | None = None
    clip_from: float | None = None
    """Capture time (epoch) of the clip's first frame: video time 0."""
    clip_seconds: float | None = None
    codec: Annotated[str, Meta(max_length=20)] | None = None
    """h264 or hevc."""
    merged_tracks: Count = 0
    clip_sha256: Sha256 | None = None
    """Of the file, hex."""
    clip_lacks: str = ""
    """What a clip lacks that is not whole, and why: `lacks 4.2 s before: changed; 2.0 s within: lost` (`ingest.evidence.lacks`)."""

    def __post_init__(self) -> None:
        _fit(self, clip_error=lengths.WORDS, clip_lacks=lengths.WORDS)


class Canary(msgspec.Struct, frozen=True, tag="canary"):
    """A picture that a worker made and sent the way of an alert, to tell how long that way takes. It is of no camera and no
    alert. Times by the worker's clock."""

    id: Id
    worker: str
    captured_at: Epoch
    """When it was made."""
    detected_at: Epoch
    """When the detector's answer was there."""
    published_at: Epoch

    def __post_init__(self) -> None:
        _fit_id(self, worker=lengths.ID)


CameraState = Literal["starting", "ok", "fault", "disabled"]
FaultReason = Literal[
    "", "refused", "unauthorised", "not_found", "busy", "silent", "ended", "unreadable", "unreachable", "no_picture",
    "slow", "clock_jump", "bad_address", "black", "overexposed", "frozen", "covered", "blurred", "moved", "behind",
    "starting", "no_worker", "wrong_codec", "quarantined",
]  # fmt: skip


class FalsePlace(msgspec.Struct, frozen=True):
    """Where the detector gives boxes of nothing, as a camera's tracker learned."""

    family: str
    """Of labels: `person`, `vehicle`, else the label itself."""
    box: Box
    seconds: float
    """For how long boxes were seen there, by `at` (capture time); a minute at most is remembered."""
    at: float


class SeenBefore(msgspec.Struct, frozen=True):
    """What a covered camera saw last: a good picture and a clip of who was before it. `alert_id`: of the device alert that
    will speak of it; the files are named by it."""

    alert_id: Id
    picture: str | None = None
    picture_error: str | None = None
    picture_sha256: str | None = None
    picture_at: float | None = None
    clip: str | None = None
    clip_sha256: str | None = None
    clip_error: str = ""
    """Why there is none; of one that is there, what it lacks."""
    clip_from: float | None = None
    clip_seconds: float | None = None
    codec: str | None = None


class CameraHealth(msgspec.Struct, frozen=True, tag="camera_health"):
    """How one camera does, as the worker that holds it sees it. Published on every change and refreshed each second
    into the hash `keys.camera_health()`."""

    camera_id: Id
    state: CameraState
    reason: FaultReason
    since: Epoch
    at: Epoch
    worker: str = ""
    detail: str = ""
    codec: str = ""
    width: int = 0
    height: int = 0
    fps: float = 0.0
    last_frame_at: float | None = None
    reconnects: int = 0
    active: bool = False
    """Something moves: the camera is awake and sampled."""
    sampled: int = 0
    dropped: int = 0
    clock_error_s: float | None = None
    """The camera's own clock (RTCP sender report) minus ours."""
    camera_version: int = 1
    picture: str = ""
    """What is amiss with the picture, in words that no account of it needs ("detail 20% of what it was")."""
    due_rate: float = 0.0
    """Pictures a second that were to be looked at over the last ten seconds, and those that were."""
    looked_rate: float = 0.0
    due: int = 0
    """Pictures that were to be looked at, of which `sampled` were and `dropped` never will be."""
    read_by: str = ""
    """`ffmpeg` or `ffmpeg_udp` where our own reader does not read the camera; `alone`: by a process of its own."""
    read_why: str = ""
    """Why so, a word for the page to say; `read_detail` in English."""
    read_detail: str = ""
    group_s: float = 0.0
    """Seconds between key frames where they are far apart, else 0."""
    false_places: tuple[FalsePlace, ...] = ()
    """Those that are beyond suspicion; 48 at most, commonly none."""

    def __post_init__(self) -> None:
        _fit(self, detail=lengths.WORDS)

    before: SeenBefore | None = None
    """Of a covered lens: what it saw last."""


class WatchMinute(msgspec.Struct, frozen=True):
    """What one worker can vouch for in one camera's minute (`minute`: epoch seconds // 60), seconds each; `blind` by
    reason. Pictures due, looked at by the detector, and dropped."""

    camera_id: Id
    minute: Count
    worker: str
    watched_s: float
    reduced_s: float = 0.0
    off_s: float = 0.0
    blind: dict[str, float] = msgspec.field(default_factory=dict)
    due: int = 0
    looked: int = 0
    dropped: int = 0


class WatchMinutes(msgspec.Struct, frozen=True, tag="watch_minutes"):
    """A worker's account of the minute that ended, for the ledger."""

    minutes: tuple[WatchMinute, ...]


# --- fixes ------------------------------------------------------------------------------------------------------------


class Fix(msgspec.Struct, frozen=True, tag="fix", gc=False):
    """One GPS point of one enrolled device, in WGS-84. `at` is the device's own time, taken as sent. It holds plain values
    alone, so that the garbage collector need not look at millions of them."""

    id: FixId
    device_id: str
    guard_id: Id
    at: Epoch
    received_at: Epoch
    lat: Lat
    lon: Lon
    accuracy_m: float | None = None
    speed_mps: float | None = None
    course: float | None = None
    altitude_m: float | None = None
    battery_pct: float | None = None
    alarm: str | None = None
    """"sos" and the like, as the client sent it."""
    client: str = ""
    coord_sys_sent: CoordSys = "wgs84"
    clock_off_s: float = 0.0
    """Taken off `at`: so far ahead (behind: below 0) the administrator knows the device's clock to be."""
    ahead_s: float = 0.0
    """By so much the device's time lay after the arrival, which stands for it in `at`."""


class SosCall(msgspec.Struct, frozen=True, tag="sos"):
    """A guard calls for help. It needs neither a place nor a clock: both are the device's claim, judged after the call is
    raised. `at`: device time as sent, None where none was sent; place in WGS-84, None where there is none (0/0 is none)."""

    id: str
    device_id: str
    guard_id: str
    received_at: float
    at: float | None = None
    lat: Lat | None = None
    lon: Lon | None = None
    accuracy_m: float | None = None
    client: str = ""


class Alive(msgspec.Struct, frozen=True, gc=False):
    """A device spoke without a place (a heartbeat): at `at`, our time of its arrival."""

    device_id: str
    guard_id: Id
    at: Epoch


class FixBatch(msgspec.Struct, frozen=True, tag="fixes", omit_defaults=True):
    """What one stream entry holds. A message that calls for help gives a `SosCall`, and a `Fix` too where it has a place."""

    fixes: tuple[Fix, ...]
    sos: tuple[SosCall, ...] = ()
    alive: tuple[Alive, ...] = ()


class Quarantined(msgspec.Struct, frozen=True, tag="quarantined"):
    """A message that could not be used: unknown device, nonsense value. Kept 72 h for the administrator alone."""

    id: Id
    received_at: Epoch
    client: str
    why: str
    raw: str

    def __post_init__(self) -> None:
        _fit(self, client=40, why=lengths.NAME)


Record = (
    Alert
    | Evidence
    | Canary
    | CameraHealth
    | WatchMinutes
    | FixBatch
    | Fix
    | SosCall
    | Quarantined
    | Camera
    | Zone
    | Device
)

_encoder = msgspec.json.Encoder()
_decode = json_decoder(Record).decode
_NUL = b"\\u0000"
"""U+0000 as JSON writes it."""


def encode(record: Record) -> bytes:
    """The record as JSON with its `type`, without characters that no database takes (`lianqin.texts`)."""
    try:
        body = _encoder.encode(record)
    except UnicodeEncodeError:
        body = _NUL
    return _encoder.encode(storable_all(msgspec.to_builtins(record))) if _NUL in body else body


def decode(raw: bytes | str) -> Record:
    """Read what `encode` wrote; characters that no database takes are left out. Raises RecordError `record.unreadable` that says
    where it went wrong."""
    body = raw.encode("utf-8", "replace") if isinstance(raw, str) else raw
    try:
        if _NUL in body:
            body = _encoder.encode(storable_all(from_json(body)))
        record: Record = _decode(body)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise RecordError("record.unreadable", str(error)) from error
    return record


def build(kind: type[T], raw: Any) -> T:
    """Convert plain JSON values to a record type, e.g. from an import file; characters that no database takes are left out. Raises
    RecordError `record.invalid`."""
    try:
        return from_plain(storable_all(raw), kind, strict=False)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise RecordError("record.invalid", str(error), kind=kind.__name__, wrong=fault_of(str(error))) from error


Fault = dict[str, Any]
"""What is wrong where: `loc`, `type` and `ctx` as pydantic tells its own, so that a form and a record are said in the same words."""
_PLACE: Final = re.compile(r" - at (?:`key` in )?`\$([^`]*)`$")
_SIGNS: Final = {"<=": "less_than_equal", ">=": "greater_than_equal", "<": "less_than", ">": "greater_than"}
_LIMITS: Final = {"less_than_equal": "le", "greater_than_equal": "ge", "less_than": "lt", "greater_than": "gt"}
_LENGTHS: Final = {"<=": ("too_long", "max_length"), ">=": ("too_short", "min_length"), "": ("length", "length")}
_KINDS: Final = {
    "str": "string_type", "int": "int_type", "float": "float_type", "bool": "bool_parsing", "array": "list_type", "object": "dict_type",
}  # fmt: skip
_WORDS: Final = (
    (r"Object missing required field `([^`]*)`", "missing"), (r"Object contains unknown field `([^`]*)`", "extra_forbidden"),
    (r"Invalid (?:enum )?value ()", "literal_error"), (r"Expected `str` matching regex()", "string_pattern_mismatch"),
    (r"JSON is malformed()|Input data was truncated|no UTF-8", "json_invalid"),
)  # fmt: skip


def fault(kind: str, *where: str | int, **limits: float) -> Fault:
    """`kind`: of `console.http.messages` without its `form.`."""
    return {"loc": ["body", *where], "type": kind, "ctx": limits}


def fault_of(told: str) -> Fault:
    """What msgspec tells in English, as a fault; what it may tell beside is a `wrong` one at its place."""
    found = _PLACE.search(told)
    where: list[str | int] = [
        int(number) if number else name
        for name, number in re.findall(r"\.([^.\[]+)|\[(\d+)\]", found[1] if found else "")
    ]
    for pattern, kind in _WORDS:
        if (word := re.match(pattern, told)) is not None:
            return fault(kind, *where, *([word[1]] if word[1] else []))
    if (length := re.match(r"Expected `(\w+)` of length (<=|>=|) ?(\d+)", told)) is not None:
        kind, limit = _LENGTHS[length[2]]
        return fault(f"string_{kind}" if length[1] == "str" else kind, *where, **{limit: int(length[3])})
    if (bound := re.match(r"Expected `\w+` (<=|>=|<|>) (-?[\d.]+)", told)) is not None:
        kind = _SIGNS[bound[1]]
        number = float(bound[2])
        return fault(kind, *where, **{_LIMITS[kind]: int(number) if number.is_integer() else number})
    if (wanted := re.match(r"Expected `([^`]*)`, got", told)) is not None:
        return fault(_KINDS.get(wanted[1].replace(" | null", ""), "wrong"), *where)
    return fault("wrong", *where)
