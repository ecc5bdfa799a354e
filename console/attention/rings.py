"""The record of what rang at which page, told by the pages themselves. A page's word is no person's act: it has no row of the audit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Final, Literal

from pydantic import Field
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from console.access.tables import Account
from console.attention.tables import Ring
from console.http.bodies import Form
from console.http.replies import Shown
from lianqin.db import in_order
from lianqin.lengths import most

KEPT_S: Final = 90 * 86_400.0
"""So long what rang is kept."""
AT_ONCE: Final = 50
SKEW_S: Final = 24 * 3600.0
"""A page may tell late what rang while it had no connection; beyond this the moment is that of its arrival."""


class RingForm(Form):
    """One ring of one page. `id`: the page's own."""

    id: Annotated[str, Field(pattern=r"^rg-[0-9a-f-]{8,40}$")]
    alert_id: Annotated[str, Field(max_length=most(Ring.alert_id))]
    at: Annotated[float, Field(allow_inf_nan=False)]
    why: Literal["new", "escalation"]
    means: Literal["sound", "notification", "blocked", "muted"]
    hidden: bool


def do_log(session: Session, account_id: str, told: Sequence[RingForm], at: float) -> int:
    """Take what is new, in the caller's transaction; returns how many."""
    in_order(session)
    ids = {one.id for one in told}
    known = set(session.scalars(select(Ring.id).where(Ring.id.in_(ids))))
    new = {one.id: one for one in told if one.id not in known}
    for one in new.values():
        session.add(Ring(id=one.id, alert_id=one.alert_id, account_id=account_id, at=one.at if abs(at - one.at) < SKEW_S else at,
                         received_at=at, why=one.why, means=one.means, hidden=one.hidden))  # fmt: skip
    session.flush()
    return len(new)


def counts(session: Session, from_at: float, to_at: float) -> list[Shown]:
    """How often what rang, by account (with its name), means and sight, with how many alerts it was about."""
    by = (Ring.account_id, Ring.why, Ring.means, Ring.hidden)
    query = select(*by, func.count().label("rings"), func.count(func.distinct(Ring.alert_id)).label("alerts"))
    query = query.where(Ring.at >= from_at, Ring.at < to_at).group_by(*by).order_by(*by)
    rows = session.execute(query).mappings().all()
    people = select(Account.id, Account.name).where(Account.id.in_({row["account_id"] for row in rows}))
    names = {row.id: row.name for row in session.execute(people)}
    return [{**row, "name": names.get(row["account_id"], row["account_id"])} for row in rows]


def forget_old(session: Session, at: float) -> None:
    """Rows past their time go, in the caller's transaction."""
    session.execute(delete(Ring).where(Ring.received_at < at - KEPT_S))
