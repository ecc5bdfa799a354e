"""Who and where as a person writes it: one struct a kind, for the page, for files and for the whole county's import."""

from __future__ import annotations

import re
from typing import Annotated, Final, Literal, TypeVar, get_args

import msgspec
from msgspec import Meta
from sqlalchemy import Select, func, or_, select

from lianqin.db import Base
from lianqin.records import Lat, Lon
from lianqin.sheets.cells import code, code_key, tidy
from patrol.county.tables import Area, Checkpoint, Guard, Organisation, Post, Team, Unit

Id = Annotated[str, Meta(min_length=1, max_length=60, pattern=r"^\S(.*\S)?$")]
Name = Annotated[str, Meta(min_length=1, max_length=80)]
English = Annotated[str, Meta(max_length=80)]
Code = Annotated[str, Meta(min_length=1, max_length=40)]
Day = Annotated[str, Meta(pattern=r"^\d{4}-\d{2}-\d{2}$")]
Ring = Annotated[list[tuple[Lon, Lat]], Meta(min_length=3, max_length=5000)]
Minute = Annotated[int, Meta(ge=0, lt=1440)]
Count = Annotated[int, Meta(ge=0, le=500)]
Radius = Annotated[float, Meta(gt=0, le=1000)]
Phone = Annotated[str, Meta(pattern=r"^(\+?[0-9][0-9 -]{1,22})?$")]
"""As it is dialled; empty: not known."""
CallSign = Annotated[str, Meta(max_length=20)]
"""As it is said on the radio; empty: none."""
Mode = Literal[
    "joint_police", "staggered", "key", "radiating", "four_colour", "joint_stations", "many_units", "township"
]
"""The eight patrol modes: 警企大巡防, 错峰巡逻, 重点联勤, 向外辐射, 四色分级, 联勤工作站, 一点多元, 乡镇试点."""
Kind = Literal["organisations", "units", "areas", "posts", "checkpoints", "teams", "guards"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
"""In the order in which they must be written: each names only those before it (a team's leader apart)."""


class OrganisationEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """County, town or police station (派出所); `code` as of GB/T 2260: 6, 9 or 12 digits."""

    id: Id
    kind: Literal["county", "town", "station"]
    name: Name
    name_en: English = ""
    parent_id: Id | None = None
    code: Annotated[str, Meta(pattern=r"^(\d{6}|\d{9}|\d{12})?$")] = ""
    phone: Phone = ""


class UnitEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`service_area`: self-hired and property guards must not serve outside it (令564 art. 15)."""

    id: Id
    kind: Literal["security_company", "property", "self_hired"]
    name: Name
    name_en: English = ""
    station_id: Id | None = None
    service_area: Ring | None = None
    phone: Phone = ""


class TeamEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: Id
    unit_id: Id
    name: Name
    name_en: English = ""
    kind: Literal["patrol", "reserve"] = "patrol"
    strength: Count | None = None
    lead_guard_id: Id | None = None


class GuardEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`notice_signed` stands for a notice signed now; `notice_signed_at` names the moment; neither: what stands, stays.
    `left_on`: the day he left (离职): his record stays, no shift begins from that day on."""

    id: Id
    unit_id: Id
    name: Name
    team_id: Id | None = None
    cert_no: Annotated[str, Meta(max_length=60)] = ""
    cert_valid_until: Day | None = None
    notice_signed: bool = False
    notice_signed_at: float | None = None
    default_area_id: Id | None = None
    left_on: Day | None = None
    phone: Phone = ""
    call_sign: CallSign = ""


class AreaEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`windows`: when it must be patrolled; empty: all day (staggered patrols have peaks, 错峰)."""

    id: Id
    name: Name
    polygon: Ring
    name_en: English = ""
    station_id: Id | None = None
    mode: Mode = "four_colour"
    risk: Literal["red", "orange", "yellow", "blue"] = "blue"
    key_area: bool = False
    needed: Count = 0
    windows: tuple[tuple[Minute, Annotated[int, Meta(ge=0, le=1440)]], ...] = ()


class PostEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A post or joint station (联勤工作站); `unit_ids` empty: any unit mans it. Minutes from local midnight."""

    id: Id
    area_id: Id
    name: Name
    lon: Lon
    lat: Lat
    name_en: English = ""
    kind: Literal["post", "joint_station"] = "post"
    radius_m: Radius = 50.0
    needed: Count = 1
    from_min: Minute = 0
    to_min: Annotated[int, Meta(ge=0, le=1440)] = 0
    unit_ids: tuple[Id, ...] = ()
    scan_code: Code | None = None


def tag_id(text: str) -> str:
    """An NFC tag's serial number in one form: readers print `04:a2:1b`, `04 A2 1B` or `04A21B`."""
    bare = re.sub(r"[\s:-]", "", text)
    return bare.upper() if re.fullmatch(r"[0-9A-Fa-f]+", bare) else text.strip()


class CheckpointEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A place that a shift must visit, proved by a fix; by the QR code that says `scan_code`, or the NFC tag `nfc_id`."""

    id: Id
    area_id: Id
    name: Name
    lon: Lon
    lat: Lat
    name_en: English = ""
    radius_m: Radius = 25.0
    scan_code: Code | None = None
    nfc_id: Code | None = None

    def __post_init__(self) -> None:
        if self.nfc_id:
            msgspec.structs.force_setattr(self, "nfc_id", tag_id(self.nfc_id))


CODES: Final = frozenset({
    "id", "parent_id", "station_id", "unit_id", "team_id", "area_id", "default_area_id", "lead_guard_id", "code", "scan_code",
    "nfc_id", "cert_no",
})  # fmt: skip
"""Fields that hold an id or a code: compared without regard to letter case and width."""


def cleaned(raw: object) -> object:
    """What a person sent, its codes and names without what nobody sees (`lianqin.sheets.cells`)."""
    if not isinstance(raw, dict):
        return raw
    found = dict(raw)
    for name, value in raw.items():
        if isinstance(value, str) and name in CODES:
            found[name] = code(value)
        elif isinstance(value, str) and name in {"name", "name_en", "call_sign"}:
            found[name] = tidy(value)
        elif name == "unit_ids" and isinstance(value, list | tuple):
            found[name] = [code(one) if isinstance(one, str) else one for one in value]
    return found


LEVELS: Final = {"county": 0, "town": 1, "station": 2}
"""Organisations in the order in which they stand under one another."""
Entry = OrganisationEntry | UnitEntry | TeamEntry | GuardEntry | AreaEntry | PostEntry | CheckpointEntry
ENTRIES: Final[dict[Kind, type[Entry]]] = {
    "organisations": OrganisationEntry, "units": UnitEntry, "teams": TeamEntry, "guards": GuardEntry,
    "areas": AreaEntry, "posts": PostEntry, "checkpoints": CheckpointEntry,
}  # fmt: skip
TABLES: Final[dict[Kind, type[Base]]] = {
    "organisations": Organisation, "units": Unit, "teams": Team, "guards": Guard,
    "areas": Area, "posts": Post, "checkpoints": Checkpoint,
}  # fmt: skip
REFERENCES: Final[dict[Kind, dict[str, Kind]]] = {
    "organisations": {"parent_id": "organisations"},
    "units": {"station_id": "organisations"},
    "teams": {"unit_id": "units", "lead_guard_id": "guards"},
    "guards": {"unit_id": "units", "team_id": "teams", "default_area_id": "areas"},
    "areas": {"station_id": "organisations"},
    "posts": {"area_id": "areas", "unit_ids": "units"},
    "checkpoints": {"area_id": "areas"},
}
"""Field by field, what it must name. Read backwards: what keeps a thing from being removed."""


B = TypeVar("B", Post, Checkpoint)


def of_code(table: type[B], field: str, said: str) -> Select[B]:
    """Whose QR or NFC code it is, whatever its letter case and width; one that says exactly this comes first."""
    column = getattr(table, field)
    return (
        select(table).where(or_(column == said, func.lower(column) == code_key(said))).order_by(column != said).limit(1)
    )
