"""The officer's spot checks, their suggestions, on-site checks that both sign, and the station's comments."""

from __future__ import annotations

import secrets
from typing import Annotated, Final, Literal

import msgspec
from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import or_, select

from console.patrol_views import get_guard, guard_view
from console.permissions import Here, requires
from console.replies import Page, Shown, csv_reply, listed, newest_first, reply, shown
from console.scope import missing
from console.sessions import Caller
from lianqin import keys
from lianqin.clock import county_day
from lianqin.errors import ConflictError
from patrol import spot_checks
from patrol.duty_tables import SpotCheck, StationComment
from patrol.shifts import open_shift_of
from patrol.suggestions import suggest
from patrol.tables import Guard

router = APIRouter(prefix="/api")
Officer = Annotated[Caller, requires("check.make")]
Own = Annotated[Caller, requires("own.task")]
CODE_S: Final = 120
"""How long the code on a guard's screen is good for."""
EACH: Final = 4
LAST: Final = 20


class Check(BaseModel):
    """An on-site check names the guard by the code on his screen, a review of a trail by his id."""

    model_config = ConfigDict(extra="forbid")
    kind: Literal["trail", "on_site"]
    guard_id: str | None = None
    shift_id: str | None = None
    code: Annotated[str, Field(pattern=r"^\d{8}$")] | None = None
    chosen_by: Literal["random", "risk", "unchecked", "own"] = "own"
    case_ref: Annotated[str, Field(min_length=1, max_length=120)]
    result: Literal["in_order", "remark"]
    note: Annotated[str, Field(max_length=400)] = ""


class Sign(BaseModel):
    model_config = ConfigDict(extra="forbid")
    agrees: bool
    note: Annotated[str, Field(max_length=400)] = ""


class Comment(BaseModel):
    model_config = ConfigDict(extra="forbid")
    text: Annotated[str, Field(min_length=2, max_length=1000)]
    unit_id: str | None = None


def check_view(row: SpotCheck) -> Shown:
    return shown(row) | {"guard": guard_view(row.guard)}


def _position(row: SpotCheck) -> Page:
    return Page(row.at, row.id)


@router.get("/spot-checks/suggestions")
def suggestions(console: Here, caller: Officer) -> Response:
    assert caller.actor.role == "officer"
    now = console.clock.now()
    day = county_day(now)
    with console.store.read() as session:
        found = suggest(spot_checks.records(session, now), day, now, EACH)
        guards = {row.id: row for row in session.scalars(
            select(Guard).where(Guard.id.in_([one.guard_id for one in found]))).unique()}  # fmt: skip
        items = [msgspec.to_builtins(one) | {"guard": guard_view(guards[one.guard_id])} for one in found]
        done = spot_checks.done_today(session, day, now)
    return reply({"day": day, "quota": console.settings.daily_check_quota, "done": done, "items": items})


@router.get("/spot-checks")
def spot_check_list(  # noqa: PLR0917 - the query's parameters
    console: Here, caller: Officer, guard_id: str = "", kind: str = "", cursor: str | None = None, limit: int = 50
) -> Response:
    assert caller.actor.role == "officer"
    query = select(SpotCheck)
    if guard_id:
        query = query.where(SpotCheck.guard_id == guard_id)
    if kind:
        query = query.where(SpotCheck.kind == kind)
    with console.store.read() as session:
        rows, following = newest_first(session, query, order=SpotCheck.at, key=SpotCheck.id, cursor=cursor, limit=limit,
                                       position=_position)  # fmt: skip
        return listed([check_view(row) for row in rows], following)


@router.get("/spot-checks.csv")
def spot_checks_as_csv(console: Here, caller: Officer) -> Response:
    assert caller.actor.role == "officer"
    columns = ("id", "at", "kind", "guard_id", "unit_id", "shift_id", "officer_name", "chosen_by", "case_ref", "result",
               "note", "guard_signed_at", "guard_refused_at", "guard_note")  # fmt: skip
    with console.store.read() as session:
        rows = session.scalars(select(SpotCheck).order_by(SpotCheck.at.desc()).limit(5000)).unique()
        return csv_reply("spot-checks", columns, [[getattr(row, name) for name in columns] for row in rows])


@router.post("/spot-checks")
def sign_check(console: Here, caller: Officer, form: Check) -> Response:
    shift_id, guard_id = form.shift_id, form.guard_id or ""
    if form.kind == "on_site":
        shown_by = console.redis.get(keys.shift_code(form.code or ""))
        if not isinstance(shown_by, bytes):
            raise ConflictError("spot_check.code", "no shift shows this code now", seconds=CODE_S)
        guard_id, _, shift_id = shown_by.decode().partition("|")
    with console.store.write() as session:
        guard = get_guard(session, caller.actor, guard_id)
        row = spot_checks.do_check(session, caller.actor, form.kind, guard.id, shift_id, form.chosen_by, form.case_ref.strip(),
                                   form.result, form.note, console.clock.now())  # fmt: skip
        answer = reply({"spot_check": check_view(row)})
    if form.kind == "on_site":
        console.redis.delete(keys.shift_code(form.code or ""))
    return answer


@router.get("/spot-checks/code/{code}")
def who_shows(console: Here, caller: Officer, code: str) -> Response:
    """Whose screen shows this code: the officer sees it before he signs."""
    shown_by = console.redis.get(keys.shift_code(code))
    if not isinstance(shown_by, bytes):
        raise ConflictError("spot_check.code", "no shift shows this code now", seconds=CODE_S)
    guard_id, _, shift_id = shown_by.decode().partition("|")
    with console.store.read() as session:
        return reply({"guard": guard_view(get_guard(session, caller.actor, guard_id)), "shift_id": shift_id})


@router.get("/m/shift-code")
def shift_code(console: Here, caller: Own) -> Response:
    """A new code for the guard's screen, good for two minutes and one check."""
    guard_id = caller.actor.guard_id or ""
    with console.store.read() as session:
        shift = open_shift_of(session, guard_id)
        if shift is None:
            raise missing("shift", "open")
        said = f"{guard_id}|{shift.id}"
    code = f"{secrets.randbelow(10**8):08d}"
    console.redis.set(keys.shift_code(code), said, ex=CODE_S)
    return reply({"code": code, "until": console.clock.now() + CODE_S})


@router.get("/m/spot-checks")
def own_checks(console: Here, caller: Own) -> Response:
    query = select(SpotCheck).where(SpotCheck.guard_id == (caller.actor.guard_id or "")).order_by(SpotCheck.at.desc())
    with console.store.read() as session:
        return reply({"items": [check_view(row) for row in session.scalars(query.limit(LAST)).unique()]})


@router.post("/m/spot-checks/{check_id}/sign")
def sign_own(console: Here, caller: Own, check_id: str, form: Sign) -> Response:
    with console.store.write() as session:
        row = spot_checks.do_sign(session, caller.actor, check_id, console.clock.now(), agrees=form.agrees,
                                  note=form.note)  # fmt: skip
        return reply({"spot_check": check_view(row)})


@router.get("/comments")
def comments(console: Here, caller: Annotated[Caller, requires("comment.see")]) -> Response:
    """A company reads those to it and those to all."""
    query = select(StationComment).order_by(StationComment.at.desc()).limit(50)
    if caller.actor.role == "company":
        query = query.where(or_(StationComment.unit_id.is_(None), StationComment.unit_id == caller.actor.unit_id))
    with console.store.read() as session:
        return reply({"items": [shown(row) for row in session.scalars(query)]})


@router.post("/comments")
def write_comment(console: Here, caller: Officer, form: Comment) -> Response:
    at = console.clock.now()
    with console.store.write() as session:
        row = spot_checks.do_comment(session, caller.actor, county_day(at), form.unit_id, form.text.strip(), at)
        return reply({"comment": shown(row)})
