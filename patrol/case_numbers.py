"""Case numbers: what a look at a guard, a camera or a check stands under. One rule for all of them.

A spot check's number is made here, `SC-YYYYMMDD-NNN`, counted in the county's day. Every other purpose names a record of the
platform, or a police case number: letters or Chinese characters first, six characters at least, four digits among them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from lianqin import db
from lianqin.audit import Actor
from lianqin.clock import county_day
from lianqin.errors import ConflictError, RecordError
from patrol.calls.tables import Draw, PointCall
from patrol.checks.tables import CaseNumber, SpotCheck
from patrol.devices.tables import DeviceRow
from patrol.dispatch.tables import Dispatch
from patrol.duty.tables import RosterRequest, Shift
from patrol.scores.tables import LedgerLine
from patrol.sos.tables import SosCallRow

LONGEST: Final = 120
LEAST_CHARACTERS: Final = 6
LEAST_DIGITS: Final = 4
Columns = Sequence[InstrumentedAttribute[Any]]
_OUR_OWN: Final = re.compile(r"SC-", re.IGNORECASE)
_POLICE: Final = re.compile(r"[A-Za-z\u4e00-\u9fff][A-Za-z0-9\u4e00-\u9fff()\[\]〔〕【】_/.·-]*")
_CALLS: Final[Columns] = (PointCall.id, Draw.id)
_TASKS: Final[Columns] = (Dispatch.id, SosCallRow.id)
_ANY: Final[Columns] = (*_CALLS, *_TASKS, SpotCheck.id, SpotCheck.case_ref, Shift.id, LedgerLine.id, RosterRequest.id)
RECORDS: Final[Mapping[str, Columns]] = {"incident": _TASKS, "point_call": _CALLS, "maintenance": (*_ANY, DeviceRow.id)}
"""Which records a purpose may name; one that is not here: any."""


def written(ref: str) -> str:
    """As it is kept: one spelling whatever the keyboard (NFKC), no blanks in it. A number is one word."""
    return "".join(unicodedata.normalize("NFKC", ref).split())


def is_police_number(ref: str) -> bool:
    """By its form alone: no police system is asked. What begins like our own numbers is none."""
    return (
        len(ref) >= LEAST_CHARACTERS and _POLICE.fullmatch(ref) is not None and _OUR_OWN.match(ref) is None
        and sum(sign.isdigit() for sign in ref) >= LEAST_DIGITS
    )  # fmt: skip


def spot_check_number(day: str, count: int) -> str:
    """`day`: the county's, `2026-11-28`."""
    return f"SC-{day.replace('-', '')}-{count:03d}"


def do_issue(session: Session, actor: Actor, at: float) -> str:
    """The day's next number, this person's from now on. No two are alike: the lock of the register orders who asks."""
    db.in_order(session)
    day = county_day(at)
    last = session.scalar(select(func.max(CaseNumber.count)).where(CaseNumber.day == day)) or 0
    row = CaseNumber(number=spot_check_number(day, last + 1), day=day, count=last + 1, issued_to=actor.id, issued_at=at)
    session.add(row)
    session.flush()
    return row.number


def check_case(session: Session, actor: Actor, purpose: str, ref: str, more: Columns = ()) -> str:
    """The reference as it is kept. `more`: ids of records that stand outside this room.

    Raises RecordError `case.long`, `case.spot_check` (not made by the machine for this person), `case.incident`,
    `case.point_call`, `case.other` (neither such a record nor a police case number).
    """
    told = written(ref)
    if len(told) > LONGEST:
        raise RecordError("case.long", f"{LONGEST} characters at most", most=LONGEST)
    if purpose == "spot_check":
        row = session.get(CaseNumber, told) if told else None
        if row is None or row.issued_to != actor.id:
            raise RecordError("case.spot_check", f"`{told}` is no number that was made for {actor.id}", ref=told)
        return told
    if is_police_number(told) or (told and _is_record(session, (*RECORDS.get(purpose, _ANY), *more), told)):
        return told
    if purpose == "incident":
        raise RecordError("case.incident", f"`{told}` is no incident and no police case number", ref=told)
    if purpose == "point_call":
        raise RecordError("case.point_call", f"`{told}` is no point call and no police case number", ref=told)
    raise RecordError("case.other", f"`{told}` is no record of ours and no police case number", ref=told)


def _is_record(session: Session, columns: Columns, ref: str) -> bool:
    return any(session.scalar(select(column).where(column == ref).limit(1)) is not None for column in columns)


def do_case(session: Session, actor: Actor, purpose: str, ref: str, at: float, more: Columns = ()) -> str:  # noqa: PLR0917 - a look's own words
    """As `check_case`; a spot check without a number gets its own, in this transaction."""
    if purpose == "spot_check" and not written(ref):
        return do_issue(session, actor, at)
    return check_case(session, actor, purpose, ref, more)


def check_unused(session: Session, number: str) -> None:
    """One number, one check. Raises ConflictError `case.used`."""
    if session.scalar(select(SpotCheck.id).where(SpotCheck.case_ref == number).limit(1)) is not None:
        raise ConflictError("case.used", f"{number} stands on a signed check", ref=number)
