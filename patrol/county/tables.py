"""The county's tables: organisations, units, teams, guards, areas with their checkpoints, posts, grids, cells left out.

Written only by this room's `do_x` functions. Places are WGS-84; polygons and rings are lists of [lon, lat]; minutes count from local midnight.
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lianqin.db import Base, Double

MODES: Final = (
    "joint_police", "staggered", "key", "radiating", "four_colour", "joint_stations", "many_units", "township",
)  # fmt: skip
"""The eight patrol modes: 警企大巡防, 错峰巡逻, 重点联勤, 向外辐射, 四色分级, 联勤工作站, 一点多元, 乡镇试点."""


class Organisation(Base):
    """County (县), town (乡镇/街道) or police station (派出所), one below the other."""

    __tablename__ = "organisation"
    id: Mapped[str] = mapped_column(String(60), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    """county | town | station."""
    parent_id: Mapped[str | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    name: Mapped[str] = mapped_column(String(80))
    name_en: Mapped[str] = mapped_column(String(80), default="")
    code: Mapped[str] = mapped_column(String(20), default="")
    """Division code (GB/T 2260): 6 digits a county, 9 a town, 12 a village or station."""
    phone: Mapped[str] = mapped_column(String(24), default="")


class Unit(Base):
    """A security unit (保安从业单位)."""

    __tablename__ = "unit"
    id: Mapped[str] = mapped_column(String(60), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    """security_company | property | self_hired: the last two must not serve outside `service_area` (令564 art. 15)."""
    name: Mapped[str] = mapped_column(String(80))
    name_en: Mapped[str] = mapped_column(String(80), default="")
    service_area: Mapped[list[Any] | None] = mapped_column()
    station_id: Mapped[str | None] = mapped_column(String(60), index=True)
    """The police station (派出所) that supervises it."""
    phone: Mapped[str] = mapped_column(String(24), default="")


class Team(Base):
    """A team (班组) of guards; `reserve` is the county's reserve (应急队伍, 50 strong)."""

    __tablename__ = "team"
    id: Mapped[str] = mapped_column(String(60), primary_key=True)
    unit_id: Mapped[str] = mapped_column(ForeignKey("unit.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20), default="patrol")
    """patrol | reserve."""
    name: Mapped[str] = mapped_column(String(80))
    name_en: Mapped[str] = mapped_column(String(80), default="")
    strength: Mapped[int | None] = mapped_column()
    """How many it should have; None: not said."""
    lead_guard_id: Mapped[str | None] = mapped_column(String(60))


class Area(Base):
    """A patrol area (联勤协作区域) on the map."""

    __tablename__ = "area"
    id: Mapped[str] = mapped_column(String(60), primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    name_en: Mapped[str] = mapped_column(String(80), default="")
    polygon: Mapped[list[Any]] = mapped_column()
    key_area: Mapped[bool] = mapped_column(default=False)
    station_id: Mapped[str | None] = mapped_column(String(60), index=True)
    mode: Mapped[str] = mapped_column(String(30), default="four_colour")
    """One of `MODES`."""
    risk: Mapped[str] = mapped_column(String(10), default="blue")
    """red | orange | yellow | blue: sets how often each place in it must be passed (四色分级)."""
    needed: Mapped[int] = mapped_column(default=0)
    """Guards needed at once while its windows run; 0: not said."""
    windows: Mapped[list[Any]] = mapped_column(default=list)
    """[[from_min, to_min], ...] of the day in which it must be patrolled; empty: all day. Staggered patrols have peaks."""
    checkpoints: Mapped[list[Checkpoint]] = relationship(order_by="Checkpoint.id")


class Checkpoint(Base):
    """A place in an area that a shift must visit (巡逻点)."""

    __tablename__ = "checkpoint"
    id: Mapped[str] = mapped_column(String(60), primary_key=True)
    area_id: Mapped[str] = mapped_column(ForeignKey("area.id"), index=True)
    name: Mapped[str] = mapped_column(String(80))
    name_en: Mapped[str] = mapped_column(String(80), default="")
    lon: Mapped[float] = mapped_column(Double)
    lat: Mapped[float] = mapped_column(Double)
    radius_m: Mapped[float] = mapped_column(Double, default=25.0)
    scan_code: Mapped[str | None] = mapped_column(String(40), unique=True, index=True)
    """What its QR code says."""
    nfc_id: Mapped[str | None] = mapped_column(String(40), unique=True, index=True)


class Guard(Base):
    """A guard (保安员)."""

    __tablename__ = "guard"
    id: Mapped[str] = mapped_column(String(60), primary_key=True)
    unit_id: Mapped[str] = mapped_column(ForeignKey("unit.id"), index=True)
    name: Mapped[str] = mapped_column(String(80))
    cert_no: Mapped[str] = mapped_column(String(60), default="")
    cert_valid_until: Mapped[str | None] = mapped_column(String(10))
    """Local day; no shift without a valid certificate (令564 art. 16)."""
    notice_signed_at: Mapped[float | None] = mapped_column(Double)
    """The tracking notice; no shift without it (个人信息保护法 art. 30)."""
    default_area_id: Mapped[str | None] = mapped_column(ForeignKey("area.id"))
    team_id: Mapped[str | None] = mapped_column(String(60), index=True)
    left_on: Mapped[str | None] = mapped_column(String(10))
    """Local day on which he left; his record stays."""
    phone: Mapped[str] = mapped_column(String(24), default="")
    """Where company and station reach the guard: when missing, and when calling for help."""
    call_sign: Mapped[str] = mapped_column(String(20), default="", server_default="")
    """By which the guard is called on the radio (电台呼号)."""
    unit: Mapped[Unit] = relationship(lazy="joined")


class Post(Base):
    """A fixed post (岗位) or joint station (联勤工作站) in an area. One post may be manned by many units (一点多元)."""

    __tablename__ = "post"
    id: Mapped[str] = mapped_column(String(60), primary_key=True)
    area_id: Mapped[str] = mapped_column(ForeignKey("area.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20), default="post")
    """post | joint_station."""
    name: Mapped[str] = mapped_column(String(80))
    name_en: Mapped[str] = mapped_column(String(80), default="")
    lon: Mapped[float] = mapped_column(Double)
    lat: Mapped[float] = mapped_column(Double)
    radius_m: Mapped[float] = mapped_column(Double, default=50.0)
    needed: Mapped[int] = mapped_column(default=1)
    """Guards needed at once between `from_min` and `to_min` (past midnight where to <= from)."""
    from_min: Mapped[int] = mapped_column(default=0)
    to_min: Mapped[int] = mapped_column(default=0)
    unit_ids: Mapped[list[Any]] = mapped_column(default=list)
    """Units that man it; empty: any."""
    scan_code: Mapped[str | None] = mapped_column(String(40), unique=True, index=True)
    """What its QR code says: scanned by a guard's page, it opens his shift there."""


class Grid(Base):
    """A grid (网格) or police grid (警格) as imported; its code begins with the county's six digits."""

    __tablename__ = "grid"
    code: Mapped[str] = mapped_column(String(20), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    """urban | rural | exclusive | police."""
    alias: Mapped[str] = mapped_column(String(60), default="")
    name: Mapped[str] = mapped_column(String(80), default="")
    name_en: Mapped[str] = mapped_column(String(80), default="")
    police_code: Mapped[str | None] = mapped_column(String(20), index=True)
    """The police grid that an urban grid belongs to."""
    rings: Mapped[list[Any]] = mapped_column()
    """Polygons as [[ring, hole, ...], ...]: GeoJSON's MultiPolygon coordinates."""
    imported_at: Mapped[float] = mapped_column(Double)


class LeftOutCell(Base):
    """A cell of an area that a person took out of its coverage: a field, a lake, a closed yard."""

    __tablename__ = "left_out_cell"
    area_id: Mapped[str] = mapped_column(ForeignKey("area.id"), primary_key=True)
    cell: Mapped[str] = mapped_column(String(20), primary_key=True)
    reason: Mapped[str] = mapped_column(String(200))
    by_id: Mapped[str] = mapped_column(String(80))
    at: Mapped[float] = mapped_column(Double)
