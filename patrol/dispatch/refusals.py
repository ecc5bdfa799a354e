"""Why a guard does not go where he is sent (拒绝任务): a closed list of reasons, each with its rule, and a person's word on each.

A refusal takes nothing from anybody by itself. What the records prove for the guard clears it at once; everything else waits
for an officer who did not send him, and counts only once that officer says so and why.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final, Literal

import msgspec
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lianqin.clock import COUNTY_ZONE
from lianqin.errors import RecordError
from patrol.dispatch.nearest import UNDERWAY
from patrol.dispatch.tables import Dispatch
from patrol.duty.breaks import running_break

ReasonKey = Literal["unlawful", "unsafe", "alone_at_night", "on_break", "busy", "unable"]
NIGHT_HOURS: Final = (22, 6)
"""Night work by the county's clock: from, to."""


class RefusalReason(msgspec.Struct, frozen=True):
    """`protected`: it never counts against the guard, whoever decides. `cleared_by`: the finding that clears it at once."""

    key: ReasonKey
    law: str = ""
    protected: bool = False
    cleared_by: Literal["", "break_running", "other_task"] = ""


REASONS: Final[Mapping[str, RefusalReason]] = {one.key: one for one in (
    RefusalReason("unlawful", "保安服务管理条例 art. 31", protected=True),
    RefusalReason("unsafe", "劳动法 art. 56", protected=True),
    RefusalReason("alone_at_night"),
    RefusalReason("on_break", cleared_by="break_running"),
    RefusalReason("busy", cleared_by="other_task"),
    RefusalReason("unable"),
)}  # fmt: skip
"""保安服务管理条例 art. 31: a guard may refuse an unlawful instruction, and neither pay nor post may suffer for it. 劳动法 art. 56:
who is told to work in danger may refuse."""


class RefusalFacts(msgspec.Struct, frozen=True):
    """What the records say of the moment of a refusal: is it night, did a break run, which other task was underway, how many
    others were sent to the same incident."""

    at_night: bool
    break_running: bool
    other_task: str | None
    sent_besides: int


def is_night(at: float) -> bool:
    """Pure; `at` in epoch seconds."""
    hour = datetime.fromtimestamp(at, COUNTY_ZONE).hour
    return hour >= NIGHT_HOURS[0] or hour < NIGHT_HOURS[1]


def find(session: Session, row: Dispatch, at: float) -> RefusalFacts:
    """Of this moment."""
    other = select(Dispatch.id).where(
        Dispatch.guard_id == row.guard_id, Dispatch.id != row.id, Dispatch.state.in_(UNDERWAY)
    )
    besides = select(func.count()).where(
        Dispatch.incident_id == row.incident_id, Dispatch.guard_id != row.guard_id, Dispatch.state.in_(UNDERWAY)
    )
    return RefusalFacts(
        at_night=is_night(at), break_running=running_break(session, row.shift_id) is not None,
        other_task=session.scalar(other.limit(1)), sent_besides=session.scalar(besides) or 0,
    )  # fmt: skip


def is_cleared(reason: RefusalReason, found: RefusalFacts) -> bool:
    """The law or the records speak for the guard already: no person needs to decide. Pure."""
    return bool(reason.cleared_by and getattr(found, reason.cleared_by))


def reason_of(key: str) -> RefusalReason:
    """Raises RecordError `refusal.reason`."""
    if key not in REASONS:
        raise RecordError("refusal.reason", f"{key!r} is no reason of the list", reasons=", ".join(REASONS))
    return REASONS[key]
