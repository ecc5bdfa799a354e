"""Why an alarm was false: the house's own reasons, and what a station made of the list. Old ones stay readable."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from console.http.messages import Language
from console.http.words import word
from console.rules.tables import FalseReasonRow
from lianqin import audit, feed
from lianqin.audit import Actor
from lianqin.db import in_order
from lianqin.errors import RecordError
from lianqin.records import new_id

OWN: Final = (
    "sanitation", "animal", "weather", "reflection", "shadow", "resident", "staff", "other",
    "headlights", "trees", "construction", "gathering", "repeated", "device",
)  # fmt: skip
"""The house's, in the order of their keys on the desk; their names are the page's words."""
MOST: Final = 40
"""Reasons that a list holds, those put away too."""


class FalseReason(msgspec.Struct, frozen=True):
    """One line of the list."""

    id: str
    name: str
    name_en: str
    enabled: bool = True


class Named(msgspec.Struct, frozen=True):
    """What a person says of a line: `id` empty for a new one."""

    name: str
    id: str = ""
    name_en: str = ""
    enabled: bool = True


def reasons_of(session: Session) -> list[FalseReason]:
    """In the station's order; those put away last."""
    rows = {row.id: row for row in session.scalars(select(FalseReasonRow))}
    own = [
        FalseReason(one, word("false_reason", one, "zh-CN"), word("false_reason", one, "en"))
        for one in OWN
        if one not in rows
    ]
    changed = sorted(rows.values(), key=lambda row: (row.position, row.id))
    found = [FalseReason(row.id, row.name, row.name_en, row.enabled) for row in changed] + own
    return sorted(found, key=lambda one: not one.enabled)


def names_of(session: Session, language: Language) -> dict[str, str]:
    """By id, in a person's language; what has no English name has the other."""
    return {one.id: (one.name_en or one.name) if language == "en" else one.name for one in reasons_of(session)}


def check_reason(session: Session, reason_id: str) -> None:
    """Raises RecordError `reason.unknown` for one that isn't offered."""
    if not any(one.id == reason_id and one.enabled for one in reasons_of(session)):
        raise RecordError("reason.unknown", f"no reason {reason_id!r}", reason=reason_id)


def check_put(session: Session, wanted: Sequence[Named]) -> None:
    """Raises RecordError `reason.many`, `reason.no_name`, `reason.twice`, `reason.none_left` or `reason.unknown`."""
    known = {one.id for one in reasons_of(session)}
    if len(wanted) > MOST:
        raise RecordError("reason.many", f"{MOST} at most", most=MOST)
    for one in wanted:
        if not one.name.strip():
            raise RecordError("reason.no_name", "a reason needs a name")
        if one.id and one.id not in known:
            raise RecordError("reason.unknown", f"no reason {one.id!r}", reason=one.id)
    offered = [one.name.strip() for one in wanted if one.enabled]
    if not offered:
        raise RecordError("reason.none_left", "one must be left")
    ids = [one.id for one in wanted if one.id]
    if len(set(offered)) < len(offered) or len(set(ids)) < len(ids):
        raise RecordError("reason.twice", "two of one name")


def do_put(session: Session, actor: Actor, wanted: Sequence[Named], at: float) -> None:
    """The whole list, in its order. What it leaves out is put away. Raises what `check_put` raises."""
    in_order(session)
    check_put(session, wanted)
    before = reasons_of(session)
    named = {one.id for one in wanted}
    lines = [*wanted, *(Named(one.name, one.id, one.name_en, enabled=False) for one in before if one.id not in named)]
    for position, one in enumerate(lines):
        session.merge(FalseReasonRow(
            id=one.id or new_id("fr", at), name=one.name.strip(), name_en=one.name_en.strip(), position=position,
            enabled=one.enabled,
        ))  # fmt: skip
    session.flush()
    detail = {
        "before": [one.name for one in before if one.enabled],
        "after": [one.name.strip() for one in wanted if one.enabled],
    }
    audit.write(session, actor, "reason.set", "false_reason", "*", at=at, detail=detail)
    feed.push(session, "false_reason", "*", at=at)
