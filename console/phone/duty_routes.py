"""The guard's phone on duty: notice, shift by a post's code, breaks, hand-over, check-ins, roster, his own trail."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from fastapi import APIRouter, Response
from pydantic import Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from console.access.permissions import Here, requires
from console.access.scope import missing
from console.access.sessions import Caller
from console.duty.answers import ShiftDoneAnswer
from console.duty.routes import areas_by_id, entry_view
from console.guards.views import guard_view, shift_view
from console.http.answers import gives
from console.http.bodies import Form
from console.http.replies import Shown, reply, shown
from console.phone.answers import (
    MyBreakAnswer,
    MyCheckInAnswer,
    MyDutyAnswer,
    MyHandOverAnswer,
    MyTrailAnswer,
    NoticeSignedAnswer,
)
from console.trails.own import ground_of, own_trail
from lianqin.lengths import most
from patrol.county.tables import Checkpoint, Guard
from patrol.duty import breaks as duty
from patrol.duty import check_ins, shifts
from patrol.duty.check_ins import Punch
from patrol.duty.tables import CheckInRow, HandOver, RosterEntry, Shift

router = APIRouter(prefix="/api/m")
Own = Annotated[Caller, requires("own.task")]
LAST = 20


class PostCode(Form):
    code: Annotated[str, Field(min_length=1, max_length=60)]


class Break(Form):
    kind: Literal["meal", "rest"] = "rest"


class Offer(Form):
    to_guard_id: str
    kind: Literal["hand_over", "relief"] = "hand_over"
    note: Annotated[str, Field(max_length=most(HandOver.note))] = ""


class CheckIn(Form):
    """`id`: the phone's own, so that a queue may send it twice."""

    id: Annotated[str, Field(pattern=r"^ci-[0-9a-f-]{8,40}$")]
    method: Literal["qr", "nfc", "gps"]
    at: Annotated[float, Field(gt=0, lt=1e10, allow_inf_nan=False)]
    code: Annotated[str, Field(max_length=200)] = ""
    lon: Annotated[float, Field(ge=-180, le=180)] | None = None
    lat: Annotated[float, Field(ge=-90, le=90)] | None = None
    accuracy_m: Annotated[float, Field(ge=0, le=1e6)] | None = None


def _own(caller: Caller) -> str:
    if not caller.actor.guard_id:
        raise missing("guard", "")
    return caller.actor.guard_id


def _open(session: Session, caller: Caller, at: float) -> Shift:
    row = shifts.open_shift_of(session, _own(caller), at)
    if row is None:
        raise missing("shift", "open")
    return row


def _check_in(session: Session, row: CheckInRow) -> Shown:
    spot = session.get(Checkpoint, row.checkpoint_id) if row.checkpoint_id else None
    return shown(row) | {"name": spot.name if spot else "", "name_en": spot.name_en if spot else ""}


def _offer(session: Session, row: HandOver) -> Shown:
    giver = session.get(Guard, row.from_guard_id)
    return shown(row) | {"from_name": giver.name if giver else row.from_guard_id}


@router.get("/duty")
@gives(MyDutyAnswer)
def my_duty(console: Here, caller: Own) -> Response:
    """What is planned, the running break, offers to me, my check-ins of this shift, colleagues to hand over to."""
    guard_id, now = _own(caller), console.clock.now()
    with console.store.read() as session:
        areas, shift = areas_by_id(session), shifts.open_shift_of(session, guard_id, now)
        planned = session.scalars(select(RosterEntry).where(
            RosterEntry.guard_id == guard_id, RosterEntry.ends_at > now, RosterEntry.state != "cancelled",
            RosterEntry.begins_at < now + 7 * 86_400).order_by(RosterEntry.begins_at)).unique()  # fmt: skip
        unit = session.get_one(Guard, guard_id).unit_id
        others = session.scalars(
            select(Guard).where(Guard.unit_id == unit, Guard.id != guard_id).order_by(Guard.name)
        ).unique()
        last = session.scalar(select(Shift).where(Shift.guard_id == guard_id).order_by(Shift.opened_at.desc()).limit(1))
        running = duty.running_break(session, shift.id) if shift else None
        done = session.scalars(select(CheckInRow).where(CheckInRow.shift_id == shift.id).order_by(CheckInRow.at.desc()).limit(LAST)
                               ) if shift else ()  # fmt: skip
        return reply({
            "roster": [entry_view(row, areas) for row in planned], "break": shown(running) if running else None,
            "last_shift": shift_view(last) if last else None,
            "break_left_s": duty.break_left_s(session, shift.id, now) if shift else 0,
            "offers": [_offer(session, row) for row in duty.offers(session, guard_id, now)],
            "check_ins": [_check_in(session, row) for row in done],
            "colleagues": [guard_view(row) for row in others], "now": now,
        })  # fmt: skip


@router.post("/notice")
@gives(NoticeSignedAnswer)
def sign_notice(console: Here, caller: Own) -> Response:
    with console.store.write() as session:
        return reply(
            {"guard": guard_view(duty.do_sign_notice(session, caller.actor, _own(caller), console.clock.now()))}
        )


@router.post("/shift/open-at-post")
@gives(ShiftDoneAnswer)
def open_at_post(console: Here, caller: Own, form: PostCode) -> Response:
    """By the QR code of the post."""
    with console.store.write() as session:
        post = duty.post_of_code(session, form.code)
        row = shifts.do_open(session, caller.actor, _own(caller), post.area_id, 8, console.clock.now())
        row.post_id, row.opened_how = post.id, "qr"
        session.flush()
        return reply({"shift": shift_view(row)})


@router.post("/break/begin")
@gives(MyBreakAnswer)
def begin_break(console: Here, caller: Own, form: Break) -> Response:
    with console.store.write() as session:
        row = duty.do_break_begin(
            session, caller.actor, _open(session, caller, console.clock.now()).id, form.kind, console.clock.now()
        )
        return reply({"break": shown(row)})


@router.post("/break/end")
@gives(MyBreakAnswer)
def end_break(console: Here, caller: Own) -> Response:
    with console.store.write() as session:
        row = duty.do_break_end(
            session, caller.actor, _open(session, caller, console.clock.now()).id, console.clock.now()
        )
        return reply({"break": shown(row)})


@router.post("/hand-over")
@gives(MyHandOverAnswer)
def offer(console: Here, caller: Own, form: Offer) -> Response:
    with console.store.write() as session:
        row = duty.do_offer(session, caller.actor, _open(session, caller, console.clock.now()).id, form.to_guard_id, console.clock.now(),
                            kind=form.kind, note=form.note)  # fmt: skip
        return reply({"hand_over": _offer(session, row)})


@router.post("/hand-over/{hand_over_id}/accept")
@gives(MyHandOverAnswer)
def accept(console: Here, caller: Own, hand_over_id: str) -> Response:
    with console.store.write() as session:
        return reply(
            {"hand_over": _offer(session, duty.do_accept(session, caller.actor, hand_over_id, console.clock.now()))}
        )


@router.post("/hand-over/{hand_over_id}/decline")
@gives(MyHandOverAnswer)
def decline(console: Here, caller: Own, hand_over_id: str) -> Response:
    with console.store.write() as session:
        return reply(
            {"hand_over": _offer(session, duty.do_refuse(session, caller.actor, hand_over_id, console.clock.now()))}
        )


@router.post("/check-ins")
@gives(MyCheckInAnswer)
def check_in(console: Here, caller: Own, form: CheckIn) -> Response:
    with console.store.write() as session:
        row = check_ins.do_check_in(
            session, caller.actor, _own(caller), Punch(**form.model_dump()), console.clock.now()
        )
        return reply({"check_in": _check_in(session, row)})


@router.get("/trail")
@gives(MyTrailAnswer)
def my_trail(console: Here, caller: Own) -> Response:
    """The guard's own of the last day, of the shifts alone, and the streets around it; one's own trail needs no purpose."""
    guard_id, now = _own(caller), console.clock.now()
    with console.store.read() as session:
        trail = own_trail(console, session, guard_id, now)
        ground = ground_of(console, session, trail)
    fixes = [{"at": one.fix.at, "lon": one.fix.lon, "lat": one.fix.lat, "accuracy_m": one.fix.accuracy_m,
              "speed_mps": one.fix.speed_mps, "doubts": list(one.doubts)} for one in trail.seen.flags]  # fmt: skip
    return reply({"fixes": fixes, "gaps": [msgspec.to_builtins(gap) for gap in trail.seen.gaps], "map": ground})
