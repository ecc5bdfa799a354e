"""What a page needs to call its person: mutes, the second seat, escalations and who takes them, and what rang."""

from __future__ import annotations

from typing import Annotated

import msgspec
from fastapi import APIRouter, Response
from pydantic import Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from console.access.permissions import Here, requires
from console.access.sessions import Caller
from console.attention import escalations, rings, second_seat
from console.attention.answers import AttentionAnswer, RingsTakenAnswer
from console.cameras.tables import CameraRow
from console.canary import line
from console.http.answers import gives
from console.http.bodies import Form
from console.http.context import Console
from console.http.replies import Shown, reply, shown
from lianqin.audit import Actor

router = APIRouter(prefix="/api")
Sees = Annotated[Caller, requires("alert.see")]
Acts = Annotated[Caller, requires("alert.judge")]
Sits = Annotated[Caller, requires("attention.sit")]


class MuteForm(Form):
    minutes: second_seat.Minutes


class SeatForm(Form):
    sits: bool


class RingsForm(Form):
    rings: Annotated[list[rings.RingForm], Field(max_length=rings.AT_ONCE)]


def _idle_s(console: Console) -> float:
    return console.settings.idle_exit_minutes * 60


def _lists_of(console: Console, session: Session, actor: Actor) -> frozenset[str]:
    return escalations.seats_of(session, actor, console.clock.now(), _idle_s(console))


def _attention(console: Console, session: Session, lists: frozenset[str]) -> Shown:
    at = console.clock.now()
    found = escalations.escalations_for(session, lists, at)
    names = {row.id: row for row in session.scalars(
        select(CameraRow).where(CameraRow.id.in_({alert.camera_id for _, alert in found})))}  # fmt: skip
    return {
        "now": at,
        "mutes": [shown(row) | {"name": name} for row, name in second_seat.mutes(session, at)],
        "second_seat": [
            {"account_id": key, "name": name} for key, name in second_seat.at_second_seat(session, at, _idle_s(console)).items()
        ],
        "escalations": [
            shown(row) | {
                "situation": alert.situation, "priority": alert.priority, "zone_name": alert.zone_name, "received_at": alert.received_at,
                "camera": line.name() if alert.situation == line.SITUATION else
                          {"id": alert.camera_id, "name": getattr(names.get(alert.camera_id), "name", alert.camera_id),
                           "name_en": getattr(names.get(alert.camera_id), "name_en", "")},
            }
            for row, alert in found
        ],
    }  # fmt: skip


def _answer(console: Console, session: Session, actor: Actor) -> Response:
    return reply(_attention(console, session, _lists_of(console, session, actor)))


@router.get("/attention")
@gives(AttentionAnswer)
def attention(console: Here, caller: Sees) -> Response:
    """The same for all that sit alike: read by each of them at every escalation."""
    with console.store.read() as session:
        lists = _lists_of(console, session, caller.actor)
    key = f"attention {','.join(sorted(lists))}"
    body = console.shared.read(key, lambda session: msgspec.json.encode(_attention(console, session, lists)))
    return Response(body, media_type="application/json")


@router.post("/attention/mute")
@gives(AttentionAnswer)
def mute(console: Here, caller: Acts, form: MuteForm) -> Response:
    with console.store.write() as session:
        second_seat.do_mute(session, caller.actor, form.minutes, console.clock.now())
        return _answer(console, session, caller.actor)


@router.delete("/attention/mute")
@gives(AttentionAnswer)
def unmute(console: Here, caller: Acts) -> Response:
    with console.store.write() as session:
        second_seat.do_unmute(session, caller.actor, console.clock.now())
        return _answer(console, session, caller.actor)


@router.post("/attention/seat")
@gives(AttentionAnswer)
def sit(console: Here, caller: Sits, form: SeatForm) -> Response:
    with console.store.write() as session:
        second_seat.do_sit(session, caller.actor, console.clock.now(), sits=form.sits)
        return _answer(console, session, caller.actor)


@router.post("/escalations/{escalation_id}/take")
@gives(AttentionAnswer)
def take(console: Here, caller: Acts, escalation_id: str) -> Response:
    with console.store.write() as session:
        escalations.do_take(session, caller.actor, escalation_id, console.clock.now(), _idle_s(console))
        return _answer(console, session, caller.actor)


@router.post("/rings")
@gives(RingsTakenAnswer)
def rang(console: Here, caller: Acts, form: RingsForm) -> Response:
    with console.store.write() as session:
        new = rings.do_log(session, caller.actor.id, form.rings, console.clock.now())
    return reply({"taken": new})
