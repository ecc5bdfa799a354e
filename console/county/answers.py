"""What the routes of the county answer: its map, who and where, how areas are covered. Times are epoch seconds, places WGS-84."""

from __future__ import annotations

from typing import Any, Generic, Literal, TypeVar

from msgspec import UNSET, UnsetType

from console.cameras.answers import ShownState
from console.http.answers import Answer, NameAnswer, Page
from lianqin.audit import LookPurpose
from lianqin.geo import LonLat
from lianqin.records import FaultReason
from patrol.county.book import Change
from patrol.county.entries import Mode
from patrol.judging.coverage import State

T = TypeVar("T")


class MapCheckpointAnswer(Answer):
    """A checkpoint as maps draw it: a circle of `radius_m` metres."""

    id: str
    name: str
    name_en: str
    lon: float
    lat: float
    radius_m: float


class CheckpointAnswer(MapCheckpointAnswer):
    """A checkpoint with its area, and the codes that prove a visit."""

    area_id: str
    scan_code: str | None
    nfc_id: str | None


class AreaAnswer(Answer):
    """A patrol area. `windows`: when it must be patrolled, in minutes of the day; empty: all day."""

    id: str
    name: str
    name_en: str
    polygon: list[LonLat]
    key_area: bool
    station_id: str | None
    mode: Mode
    risk: str
    """red, orange, yellow or blue."""
    needed: int
    """Guards at once; 0: not said."""
    windows: list[tuple[int, int]]


class MapAreaAnswer(AreaAnswer):
    """An area with its checkpoints, without their codes."""

    checkpoints: list[MapCheckpointAnswer]


class GroundAreaAnswer(AreaAnswer):
    """An area with all of its checkpoints."""

    checkpoints: list[CheckpointAnswer]


class PostAnswer(Answer):
    """A fixed post or a joint station. It needs `needed` guards from `from_min` to `to_min`, minutes of the day."""

    id: str
    area_id: str
    kind: str
    """post or joint_station."""
    name: str
    name_en: str
    lon: float
    lat: float
    radius_m: float
    needed: int
    from_min: int
    to_min: int
    """Past midnight where it is not after `from_min`."""
    unit_ids: list[str]
    """Empty: any unit."""
    scan_code: str | None


class UnitAnswer(Answer):
    """A security unit. `service_area`: the ring that it may serve in, None: not said."""

    id: str
    kind: Literal["security_company", "property", "self_hired"]
    name: str
    name_en: str
    service_area: list[LonLat] | None
    station_id: str | None
    phone: str


class MapCameraAnswer(Answer):
    """A camera as the map draws it: where it looks (`bearing`, `fov` in degrees, `range_m` in metres) and how it does now."""

    id: str
    name: str
    name_en: str
    lon: float | None
    lat: float | None
    bearing: float | None
    fov: float | None
    range_m: float | None
    area_id: str | None
    state: ShownState
    state_reason: FaultReason


class MapAnswer(Answer):
    """All that the map draws beside guards and alerts."""

    areas: list[MapAreaAnswer]
    cameras: list[MapCameraAnswer]
    streets: dict[str, Any]
    """The county's own GeoJSON."""
    units: list[UnitAnswer]


class GroundMapAnswer(Answer):
    """What is drawn under a shape that is edited."""

    areas: list[GroundAreaAnswer]
    posts: list[PostAnswer]
    units: list[UnitAnswer]
    cameras: list[MapCameraAnswer]
    """Empty: who sets up the ground sees no camera."""
    streets: dict[str, Any]
    """The county's own GeoJSON."""


class TilesMapAnswer(Answer, tag_field="kind", tag="tiles"):
    """A base map of raster tiles. `tiles`: their addresses, with {z}, {x} and {y}; `gcj02`: drawn in that system, not in WGS-84."""

    gcj02: bool
    attribution: str
    tiles: list[str]
    max_zoom: int


class StyleMapAnswer(Answer, tag_field="kind", tag="style"):
    """A base map by a style of vector tiles, at `url`."""

    gcj02: bool
    attribution: str
    url: str


class PmtilesMapAnswer(Answer, tag_field="kind", tag="pmtiles"):
    """A base map in one PMTiles file, at `url`. `vector`: its tiles are vector ones, else pictures."""

    gcj02: bool
    attribution: str
    url: str
    vector: bool
    max_zoom: int


class SilenceAnswer(Answer):
    """The platform received nothing between these moments."""

    from_at: float
    to_at: float


class SilencesAnswer(Answer):
    """`since`: it has received nothing since then; None: it receives."""

    items: list[SilenceAnswer]
    since: float | None
    now: float


class LiveLookAnswer(Answer):
    """Why an officer looks at guards live, for which case, and until when."""

    purpose: LookPurpose
    case_ref: str
    until: float


class LiveLookNowAnswer(Answer):
    """The look that lasts now; None: there is none."""

    look: LiveLookAnswer | None
    now: float


class LiveLookBegunAnswer(Answer):
    """A look that began."""

    look: LiveLookAnswer
    now: float


class CoverageAnswer(Answer):
    """An area's cells by state, and the one that waits longest. `required_s`: a place must be passed that often; `share`: of the cells
    that were."""

    area_id: str
    required_s: float
    covered: int
    due: int
    overdue: int
    """With those of `unseen`."""
    unseen: int
    share: float
    worst_cell: str | None
    worst_s: float | None
    """None: nobody ever passed that cell, or there is none."""
    left_out: int
    """Cells that don't count."""


class CoveragesAnswer(Answer):
    """Every area, by id."""

    items: list[CoverageAnswer]
    now: float


class CellShapeAnswer(Answer):
    """A cell's outline as GeoJSON: one closed ring."""

    type: Literal["Polygon"]
    coordinates: list[list[LonLat]]


class CellAnswer(Answer):
    """An H3 cell of an area. `why`, `by` and `at` are there where `state` is left_out: a person's words, or `by_map` with neither name nor
    time."""

    cell: str
    state: State
    why: str | UnsetType = UNSET
    by: str | UnsetType | None = UNSET
    at: float | UnsetType | None = UNSET


class WaitingCellAnswer(CellAnswer):
    """`since_s`: the planned seconds since somebody passed, None: nobody ever did. Left-out cells have none."""

    since_s: float | UnsetType | None = UNSET


class IdleCellAnswer(CellAnswer):
    """How long a cell waited in a day's planned time, in seconds. `over`: longer than required. Left-out cells have no figures."""

    visits: int | UnsetType = UNSET
    average_s: float | UnsetType = UNSET
    worst_s: float | UnsetType = UNSET
    over: bool | UnsetType = UNSET


class CellFeatureAnswer(Answer, Generic[T]):
    """A cell as a GeoJSON feature."""

    type: Literal["Feature"]
    properties: T
    geometry: CellShapeAnswer


class CellsAnswer(Answer):
    """An area's cells as they stand now."""

    type: Literal["FeatureCollection"]
    features: list[CellFeatureAnswer[WaitingCellAnswer]]


class IdleCellsAnswer(Answer):
    """An area's cells over a county day, from `from_at` to `to_at`."""

    type: Literal["FeatureCollection"]
    features: list[CellFeatureAnswer[IdleCellAnswer]]
    from_at: float
    to_at: float
    required_s: float
    planned_s: float
    """How long it was to be patrolled."""
    average_s: float
    worst_s: float
    over: int
    """Cells that waited longer than required."""
    coverage: CoverageAnswer


class GroundRowAnswer(Answer):
    """A row of who and where. Which fields it has depends on the list: all columns of that kind's table, and no other."""

    id: str
    name: str
    name_en: str | UnsetType = UNSET
    """All but guards."""
    kind: str | UnsetType = UNSET
    """Of organisations, units, posts and teams."""
    code: str | UnsetType = UNSET
    """An organisation's division code (GB/T 2260)."""
    parent_id: str | UnsetType | None = UNSET
    station_id: str | UnsetType | None = UNSET
    unit_id: str | UnsetType = UNSET
    area_id: str | UnsetType = UNSET
    phone: str | UnsetType = UNSET
    service_area: list[LonLat] | UnsetType | None = UNSET
    polygon: list[LonLat] | UnsetType = UNSET
    key_area: bool | UnsetType = UNSET
    mode: Mode | UnsetType = UNSET
    risk: str | UnsetType = UNSET
    """red, orange, yellow or blue."""
    windows: list[tuple[int, int]] | UnsetType = UNSET
    """Minutes of the day; empty: all day."""
    needed: int | UnsetType = UNSET
    """Guards at once."""
    lon: float | UnsetType = UNSET
    lat: float | UnsetType = UNSET
    radius_m: float | UnsetType = UNSET
    from_min: int | UnsetType = UNSET
    to_min: int | UnsetType = UNSET
    unit_ids: list[str] | UnsetType = UNSET
    """Units that man a post; empty: any."""
    scan_code: str | UnsetType | None = UNSET
    nfc_id: str | UnsetType | None = UNSET
    strength: int | UnsetType | None = UNSET
    lead_guard_id: str | UnsetType | None = UNSET
    cert_no: str | UnsetType = UNSET
    cert_valid_until: str | UnsetType | None = UNSET
    """Local day; so is `left_on`."""
    notice_signed_at: float | UnsetType | None = UNSET
    default_area_id: str | UnsetType | None = UNSET
    team_id: str | UnsetType | None = UNSET
    left_on: str | UnsetType | None = UNSET
    call_sign: str | UnsetType = UNSET


class GroundItemAnswer(GroundRowAnswer, kw_only=True):
    """A row in its list. `parts`: how many rows of other kinds belong to it, by kind; `names`: what its references are called, by
    field."""

    parts: dict[str, int]
    names: dict[str, NameAnswer]


class GroundAnswer(Page[GroundItemAnswer]):
    """A page of one kind, by id. `total`: all that were asked for."""

    total: int


class GroundPutAnswer(Answer):
    """The row as it stands now, and what became of it."""

    change: Change
    row: GroundRowAnswer


class GridAnswer(Answer):
    """A grid or a police grid without its shape."""

    code: str
    kind: str
    """urban, rural, exclusive or police."""
    alias: str
    name: str
    name_en: str
    police_code: str | None
    """The police grid that an urban grid belongs to."""
    imported_at: float


class GridsAnswer(Page[GridAnswer]):
    """A page of grids, by code. `total`: all that were asked for."""

    total: int


class GridFaultAnswer(Answer):
    """What is wrong with grids of a file. `hard`: nothing is imported while it stands. `number`: of the feature, from 1; `m2`: square
    metres of an overlap or a gap; `said`: all of it in the language that was asked for."""

    key: str
    hard: bool
    codes: list[str]
    number: int | None
    lon: float | None
    lat: float | None
    m2: float | None
    values: dict[str, Any]
    """What `said` is made of; which ones depends on `key`."""
    said: str


class GridReportAnswer(Answer):
    """What a file of grids does. `absent`: grids that stand and are not in it; `faults`: the first of `hard` and `soft` ones; `done`: it
    was written."""

    grids: int
    new: int
    changed: int
    same: int
    absent: int
    hard: int
    soft: int
    faults: list[GridFaultAnswer]
    done: bool
