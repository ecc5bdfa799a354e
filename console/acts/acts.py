"""Acts that a guard said later, as pages show them, and the contact that each answer to a guard's page leaves."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import redis
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from console.access.names import named
from console.access.scope import narrow
from console.http.context import Console
from console.http.messages import Language, detail_of
from console.http.replies import Shown, shown
from lianqin import inner
from lianqin.audit import Actor
from lianqin.clock import COUNTY_ZONE
from patrol.acts.contact import token_of
from patrol.acts.tables import OPEN, DutyAct

SHOWN_S: Final = 7 * 86_400.0
OWN_S: Final = 48 * 3600.0
MOST: Final = 200
TIMES: Final = frozenset({"at", "until"})


def secret_of(console: Console) -> bytes:
    return inner.secret_of(console.redis, inner.told_secret(console.settings))


def contact_token(console: Console, guard_id: str) -> str:
    """Empty while Redis is away: the page shows the rest all the same, and keeps the contact that it has."""
    try:
        return token_of(secret_of(console), guard_id, console.clock.now())
    except redis.exceptions.RedisError:
        return ""


def act_view(row: DutyAct, language: Language) -> Shown:
    """With why it does not count, or is not proved, as a sentence; times in it are the county's."""
    values = {name: hour_of(value) if name in TIMES else value for name, value in row.detail.items()}
    said = detail_of(row.why, values, language) if row.why else ""
    return named(row, shown(row, "detail"), "decided_by") | {"guard_name": row.guard.name, "why_said": said}


def hour_of(at: float) -> str:
    return datetime.fromtimestamp(at, COUNTY_ZONE).strftime("%H:%M")


def acts_of(session: Session, guard_id: str, now: float, language: Language) -> list[Shown]:
    """The guard's own of two days, the newest first."""
    query = select(DutyAct).where(DutyAct.guard_id == guard_id, DutyAct.received_at > now - OWN_S)
    rows = session.scalars(query.order_by(DutyAct.received_at.desc()).limit(MOST)).unique()
    return [act_view(row, language) for row in rows]


def listed_acts(session: Session, actor: Actor, now: float, language: Language) -> list[Shown]:
    """Of a week, those that wait first; without those that counted by themselves."""
    query = narrow(select(DutyAct), actor, DutyAct.unit_id, DutyAct.guard_id).where(
        DutyAct.received_at > now - SHOWN_S, or_(DutyAct.state != "counted", DutyAct.why != ""))  # fmt: skip
    rows = session.scalars(query.order_by(DutyAct.received_at.desc()).limit(MOST)).unique().all()
    return [act_view(row, language) for row in sorted(rows, key=lambda row: row.state not in OPEN)]
