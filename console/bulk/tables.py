"""What was changed at many cameras at once."""

from __future__ import annotations

from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from lianqin.db import Base, Double
from lianqin.lengths import ID, NAME


class CameraBulk(Base):
    """One change of many cameras: what was wanted, and how each camera stood. `items` is written once; `at_item` moves."""

    __tablename__ = "camera_bulk"
    id: Mapped[str] = mapped_column(String(ID), primary_key=True)
    made_at: Mapped[float] = mapped_column(Double, index=True)
    made_by: Mapped[str] = mapped_column(String(NAME))
    changes: Mapped[dict[str, Any]] = mapped_column()
    """Field -> what it becomes."""
    items: Mapped[list[Any]] = mapped_column()
    """[[camera id, {field: as it stood}], ...], by id."""
    state: Mapped[str] = mapped_column(String(10))
    """going | done | undoing | undone"""
    at_item: Mapped[int] = mapped_column(default=0)
    """So many of the items are written; while it is undone it goes back to 0."""
    left_out: Mapped[int] = mapped_column(default=0)
    """Cameras that were changed otherwise or removed meanwhile: they stay as they are."""
