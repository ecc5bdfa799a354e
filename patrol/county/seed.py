"""A whole county's who and where from an import file's plain lists. Repeats change nothing; what differs is brought up to
date; areas may carry their checkpoints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy.orm import Session

from lianqin.audit import Actor
from lianqin.errors import RecordError
from patrol.county.book import Book, do_put
from patrol.county.entries import KINDS, LEVELS, Kind

PARTS: Final[tuple[str, ...]] = KINDS


def put_ground(session: Session, actor: Actor, raw: Mapping[str, Sequence[Any]], at: float) -> dict[str, int]:
    """Every list of the file, in the order in which they name each other. Returns how many of each were added or changed.

    Raises RecordError as `ground.do_put`: nothing of the transaction should be kept then.
    """
    book = Book(session)
    lists: dict[Kind, list[Any]] = {kind: list(raw.get(kind) or ()) for kind in KINDS}
    lists["organisations"].sort(key=lambda one: LEVELS.get(_told(one, "kind"), 3))
    lists["areas"], nested = _split(lists["areas"])
    lists["checkpoints"] += nested
    led = [one for one in lists["teams"] if _told(one, "lead_guard_id")]
    lists["teams"] = [{**one, "lead_guard_id": None} if one in led else one for one in lists["teams"]]
    changed: dict[str, int] = {}
    for kind in KINDS:
        changed[kind] = sum(do_put(session, actor, kind, one, at, book=book) != "same" for one in lists[kind])
    for team in led:  # a leader is a guard of the team that he leads
        do_put(session, actor, "teams", team, at, book=book)
    return changed


def _told(raw: object, name: str) -> Any:
    return raw.get(name) if isinstance(raw, dict) else None


def _split(areas: Sequence[Any]) -> tuple[list[Any], list[Any]]:
    """Areas without their checkpoints, and those by themselves."""
    bare, points = [], []
    for area in areas:
        if not isinstance(area, dict):
            raise RecordError("record.invalid", "an area is an object", why="an area is an object")
        bare.append({name: value for name, value in area.items() if name != "checkpoints"})
        points += [{**one, "area_id": area.get("id")} for one in area.get("checkpoints") or ()]
    return bare, points
