"""Tables of who and where: the county's organisations, teams, posts, grids. Written only by this room's `do_x` functions.

Places are WGS-84; rings are lists of [lon, lat]; minutes count from local midnight.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from lianqin.db import Base
from patrol.tables import Seconds


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


class Post(Base):
    """A fixed post (岗位) or joint station (联勤工作站) in an area. One post may be manned by many units (一点多元)."""

    __tablename__ = "post"
    id: Mapped[str] = mapped_column(String(60), primary_key=True)
    area_id: Mapped[str] = mapped_column(ForeignKey("area.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20), default="post")
    """post | joint_station."""
    name: Mapped[str] = mapped_column(String(80))
    name_en: Mapped[str] = mapped_column(String(80), default="")
    lon: Mapped[float] = mapped_column(Seconds)
    lat: Mapped[float] = mapped_column(Seconds)
    radius_m: Mapped[float] = mapped_column(Seconds, default=50.0)
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
    imported_at: Mapped[float] = mapped_column(Seconds)


class LeftOutCell(Base):
    """A cell of an area that a person took out of its coverage: a field, a lake, a closed yard."""

    __tablename__ = "left_out_cell"
    area_id: Mapped[str] = mapped_column(ForeignKey("area.id"), primary_key=True)
    cell: Mapped[str] = mapped_column(String(20), primary_key=True)
    reason: Mapped[str] = mapped_column(String(200))
    by_id: Mapped[str] = mapped_column(String(80))
    at: Mapped[float] = mapped_column(Seconds)
