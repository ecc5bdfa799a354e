"""Named sets of days (holidays, school days) on which zones hold, or do not. The zone's record names calendars; who follows it
gets their days filled in (`with_days`), so that a worker asks nobody which day it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Final

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from console.cameras.tables import CalendarRow, ZoneRow
from lianqin import audit, feed
from lianqin.audit import Actor
from lianqin.db import in_order
from lianqin.errors import ConflictError, NotFoundError, RecordError
from lianqin.records import Zone, new_id

MOST_DATES: Final = 800
"""More than two years of days."""
MOST: Final = 50
"""Calendars."""


class CalendarForm(msgspec.Struct, frozen=True):
    """What a person says of a calendar."""

    name: str
    dates: tuple[str, ...]
    """YYYY-MM-DD."""
    name_en: str = ""


def days_by_calendar(session: Session) -> Mapping[str, frozenset[int]]:
    """The days (`date.toordinal`) of each."""
    return {
        row.id: frozenset(date.fromisoformat(one).toordinal() for one in row.dates)
        for row in session.scalars(select(CalendarRow))
    }


def with_days(zone: Zone, days: Mapping[str, frozenset[int]]) -> Zone:
    """The zone as workers follow it."""
    return msgspec.structs.replace(zone, on_days=_all(zone.on_calendars, days), off_days=_all(zone.off_calendars, days))


def _all(calendars: Iterable[str], days: Mapping[str, frozenset[int]]) -> tuple[int, ...]:
    return tuple(sorted(set().union(*(days.get(one, frozenset()) for one in calendars))))


def check_named(session: Session, zone: Zone) -> None:
    """Raises NotFoundError `calendar.missing` for a calendar that the zone names and nobody made."""
    for one in (*zone.on_calendars, *zone.off_calendars):
        get_calendar(session, one)


def get_calendar(session: Session, calendar_id: str) -> CalendarRow:
    """Raises NotFoundError `calendar.missing`."""
    row = session.get(CalendarRow, calendar_id)
    if row is None:
        raise NotFoundError("calendar.missing", f"no calendar {calendar_id}", id=calendar_id)
    return row


def zones_of(session: Session, calendar_id: str) -> list[ZoneRow]:
    """Those that name it."""
    rows = session.scalars(select(ZoneRow).order_by(ZoneRow.id))
    return [
        row
        for row in rows
        if calendar_id in (*row.record.get("on_calendars", ()), *row.record.get("off_calendars", ()))
    ]


def check_form(form: CalendarForm) -> list[str]:
    """Its dates in order, each once. Raises RecordError `calendar.no_name`, `calendar.no_dates`, `calendar.date`, `calendar.many`."""
    if not form.name.strip():
        raise RecordError("calendar.no_name", "a calendar needs a name")
    dates = set()
    for one in form.dates:
        try:
            dates.add(date.fromisoformat(one).isoformat())
        except ValueError as error:
            raise RecordError("calendar.date", f"{one!r} is no day such as 2026-10-01", date=one[:20]) from error
    if not dates:
        raise RecordError("calendar.no_dates", "a calendar needs a day")
    if len(dates) > MOST_DATES:
        raise RecordError("calendar.many", f"{MOST_DATES} days at most", most=MOST_DATES)
    return sorted(dates)


def do_put(session: Session, actor: Actor, calendar_id: str | None, form: CalendarForm, at: float) -> CalendarRow:
    """Make one (no id), or change it; the caller has the cameras followed anew. Raises what `check_form` and `get_calendar` raise, RecordError
    `calendar.many_calendars`."""
    in_order(session)
    dates = check_form(form)
    if calendar_id is None:
        if len(session.scalars(select(CalendarRow.id)).all()) >= MOST:
            raise RecordError("calendar.many_calendars", f"{MOST} at most", most=MOST)
        row = CalendarRow(id=new_id("cal", at))
        session.add(row)
    else:
        row = get_calendar(session, calendar_id)
    row.name, row.name_en, row.dates = form.name.strip(), form.name_en.strip(), dates
    session.flush()
    detail = {"name": row.name, "dates": len(dates), "first": dates[0], "last": dates[-1]}
    audit.write(session, actor, "calendar.put", "calendar", row.id, at=at, detail=detail)
    feed.push(session, "zone", row.id, at=at)
    return row


def do_remove(session: Session, actor: Actor, calendar_id: str, at: float) -> None:
    """Raises NotFoundError `calendar.missing`, ConflictError `calendar.used` while a zone names it."""
    in_order(session)
    row = get_calendar(session, calendar_id)
    used = zones_of(session, calendar_id)
    if used:
        which = ", ".join(str(one.record.get("name", one.id)) for one in used[:5])
        raise ConflictError("calendar.used", f"named by {which}", count=len(used), which=which)
    session.delete(row)
    session.flush()
    audit.write(session, actor, "calendar.remove", "calendar", calendar_id, at=at, detail={"name": row.name})
    feed.push(session, "zone", calendar_id, at=at)
