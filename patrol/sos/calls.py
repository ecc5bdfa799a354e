"""Calls for help: raised by a record or by the guard's page, taken and closed by a person."""

from __future__ import annotations

import hashlib
import math
from datetime import datetime
from typing import Any, Final, Literal, get_args

from sqlalchemy import select
from sqlalchemy.orm import Session

from lianqin import audit, feed
from lianqin.audit import Actor
from lianqin.clock import COUNTY_ZONE
from lianqin.db import in_order
from lianqin.errors import ConflictError, NotFoundError, RecordError
from lianqin.records import Fix, SosCall
from patrol.county.tables import Guard
from patrol.judging.presence import GuardPlace
from patrol.sos.places import SosPlace, last_place, own_place
from patrol.sos.tables import SosCallRow, SosPress

Outcome = Literal["helped", "handed_over", "false_press", "test", "other"]
OUTCOMES: Final[tuple[Outcome, ...]] = get_args(Outcome)
"""helped: by our own people; handed_over: to 110, 119 or 120; other: the note says how."""
SYSTEM: Final = audit.system("patrol")
REPEAT_S: Final = 60.0
"""Presses nearer to the last one than this are one hold of the button: counted and kept, not audited each."""
_LONGEST_ID: Final = 80


def call_of(fix: Fix) -> SosCall:
    """The call for help that a fix with the alarm `sos` is: entries of an older intake hold nothing else."""
    return SosCall(id=fix.id, device_id=fix.device_id, guard_id=fix.guard_id, received_at=fix.received_at, at=fix.at,
                   lat=fix.lat, lon=fix.lon, accuracy_m=fix.accuracy_m, client=fix.client)  # fmt: skip


def key_of(record_id: str) -> str:
    """The record's id as it is kept: itself, or its hash where it is too long for the column."""
    if len(record_id) <= _LONGEST_ID:
        return record_id
    return f"so-{hashlib.sha256(record_id.encode()).hexdigest()}"


def is_known(session: Session, device_id: str, received_at: float) -> bool:
    """Has a call of this very message been raised? One message of a device has one moment of arrival."""
    query = select(SosPress.id).where(SosPress.device_id == device_id[:80], SosPress.received_at == received_at)
    return session.scalar(query.limit(1)) is not None


def do_raise(  # noqa: PLR0917 - the record, and what is known beside it
    session: Session, actor: Actor, call: SosCall, at: float, last: GuardPlace | None = None, place_age_s: float = 0.0
) -> SosCallRow:
    """Raise the call, or add a press to the guard's call that is not closed. Nothing about the record refuses it.

    The same record again changes nothing, unless it brings the place that it lacked or a newer one. `last`: the guard's place on the
    map; `place_age_s`: how old the device says that the place of this message is.
    """
    in_order(session)  # one raise at a time: two presses at once are one call
    key, place = key_of(call.id), own_place(call, place_age_s)
    known = session.get(SosPress, key)
    if known is not None:
        row = session.get_one(SosCallRow, known.call_id, with_for_update=True, populate_existing=True)
        if place is None or (known.lat is not None and (place.at or 0.0) <= (row.place_at or math.inf)):
            return row
        known.lon, known.lat, known.accuracy_m = place.lon, place.lat, place.accuracy_m
        _put_place(row, place)
        return _tell(session, actor, "place", row, at, source=row.place_source)
    query = select(SosCallRow).where(SosCallRow.guard_id == call.guard_id[:60], SosCallRow.state != "closed")
    row_or_none = session.scalar(query.with_for_update().execution_options(populate_existing=True))
    if row_or_none is not None:
        return _press(session, actor, row_or_none, call, key, place, last, at)
    guard = session.get(Guard, call.guard_id)
    row = SosCallRow(
        id=key, guard_id=call.guard_id[:60], unit_id=guard.unit_id if guard else None, device_id=call.device_id[:80],
        client=call.client[:40], raised_at=call.received_at, device_at=call.at, known_at=at, place_source="none",
        state="raised", presses=1, last_press_at=call.received_at, taken_name="", closed_name="", note="",
    )  # fmt: skip
    _put_place(row, place or last_place(last))
    session.add(row)
    session.flush()
    session.add(_press_of(call, key, row.id, place))
    return _tell(session, actor, "raise", row, at, guard=row.guard_id, device=row.device_id, client=row.client,
                 device_at=call.at, source=row.place_source)  # fmt: skip


def _press(  # noqa: PLR0917 - as do_raise
    session: Session, actor: Actor, row: SosCallRow, call: SosCall, key: str, place: SosPlace | None, last: GuardPlace | None,
    at: float,
) -> SosCallRow:  # fmt: skip
    newest = call.received_at >= row.last_press_at
    apart = call.received_at - row.last_press_at
    session.add(_press_of(call, key, row.id, place))
    row.presses += 1
    row.last_press_at = max(row.last_press_at, call.received_at)
    row.well_at = None
    if place is not None and (newest or row.place_source != "own"):
        _put_place(row, place)
    elif row.place_source != "own" and last is not None:
        _put_place(row, last_place(last))
    if apart >= REPEAT_S:
        return _tell(session, actor, "press", row, at, presses=row.presses)
    session.flush()
    feed.push(session, "sos", row.id, at=at, unit_id=row.unit_id, guard_id=row.guard_id)
    return row


def _press_of(call: SosCall, key: str, call_id: str, place: SosPlace | None) -> SosPress:
    return SosPress(
        id=key, call_id=call_id, device_id=call.device_id[:80], received_at=call.received_at, device_at=call.at,
        lon=place.lon if place else None, lat=place.lat if place else None,
        accuracy_m=place.accuracy_m if place else None,
    )  # fmt: skip


def _put_place(row: SosCallRow, place: SosPlace | None) -> None:
    if place is None:
        return
    row.lon, row.lat, row.accuracy_m = place.lon, place.lat, place.accuracy_m
    row.place_at, row.place_source = place.at, place.source


def get_call(session: Session, call_id: str) -> SosCallRow:
    """As it stands, held until the transaction's end. Raises NotFoundError `sos.missing`."""
    row = session.get(SosCallRow, call_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFoundError("sos.missing", f"no call for help {call_id}", id=call_id)
    return row


def _refuse(key: str, row: SosCallRow, name: str, at: float | None) -> ConflictError:
    when = _clock(at or row.raised_at)
    return ConflictError(key, f"{row.id}: {key} by {name} at {when}", name=name, at=at, when=when)


def _clock(at: float) -> str:
    return datetime.fromtimestamp(at, COUNTY_ZONE).strftime("%H:%M:%S")


def check_take(session: Session, actor: Actor, call_id: str) -> SosCallRow:
    """Raises NotFoundError `sos.missing`, ConflictError `sos.taken` or `sos.closed` naming who and when."""
    row = get_call(session, call_id)
    if row.state == "closed":
        raise _refuse("sos.closed", row, row.closed_name, row.closed_at)
    if row.state == "taken" and row.taken_by != actor.id:
        raise _refuse("sos.taken", row, row.taken_name, row.taken_at)
    return row


def do_take(session: Session, actor: Actor, call_id: str, at: float) -> SosCallRow:
    """This person sees to it; said again by the same person it changes nothing. Raises as `check_take`."""
    row = check_take(session, actor, call_id)
    if row.state == "taken":
        return row
    row.state, row.taken_by, row.taken_name, row.taken_at = "taken", actor.id, actor.name, at
    return _tell(session, actor, "take", row, at)


def check_close(session: Session, call_id: str, outcome: str, note: str) -> SosCallRow:
    """Raises NotFoundError `sos.missing`, RecordError `sos.outcome`, `sos.note` (`other` needs one), ConflictError
    `sos.closed` naming who and when."""
    row = get_call(session, call_id)
    if outcome not in OUTCOMES:
        raise RecordError("sos.outcome", f"`{outcome}` is none of {', '.join(OUTCOMES)}", outcome=outcome[:40],
                          outcomes=", ".join(OUTCOMES))  # fmt: skip
    if outcome == "other" and not note.strip():
        raise RecordError("sos.note", "the outcome `other` needs a note")
    if row.state == "closed":
        raise _refuse("sos.closed", row, row.closed_name, row.closed_at)
    return row


def do_close(  # noqa: PLR0917 - what the form holds
    session: Session, actor: Actor, call_id: str, outcome: str, note: str, at: float
) -> SosCallRow:
    """It is over: how, and what a person adds. Who closes a call that nobody took has taken it. Raises as `check_close`."""
    row = check_close(session, call_id, outcome, note)
    if row.state == "raised":
        do_take(session, actor, call_id, at)
    row.state, row.closed_by, row.closed_name, row.closed_at = "closed", actor.id, actor.name, at
    row.outcome, row.note = outcome, note.strip()
    return _tell(session, actor, "close", row, at, outcome=outcome)


def do_well(session: Session, actor: Actor, call_id: str, at: float) -> SosCallRow:
    """The guard says that it is over and asks for closing; a person at the station decides. Repeats change nothing.
    Raises NotFoundError `sos.missing`, ConflictError `sos.closed`."""
    row = get_call(session, call_id)
    if row.state == "closed":
        raise _refuse("sos.closed", row, row.closed_name, row.closed_at)
    if row.well_at is not None:
        return row
    row.well_at = at
    return _tell(session, actor, "well", row, at)


def _tell(session: Session, actor: Actor, action: str, row: SosCallRow, at: float, **detail: Any) -> SosCallRow:
    session.flush()
    audit.write(session, actor, f"sos.{action}", "sos", row.id, at=at, detail=detail)
    feed.push(session, "sos", row.id, at=at, unit_id=row.unit_id, guard_id=row.guard_id)
    return row
