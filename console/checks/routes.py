"""The officer's spot checks, their suggestions, on-site checks that both sign, and the station's comments."""

from __future__ import annotations

import secrets
from typing import Annotated, Final, Literal

import msgspec
from fastapi import APIRouter, Response
from pydantic import Field
from sqlalchemy import Select, func, or_, select

from console.access.permissions import Here, requires
from console.access.scope import missing, narrow
from console.access.sessions import Caller
from console.audit import exports
from console.audit.exports import SheetColumn, Tongue
from console.checks import sheet
from console.checks.answers import (
    CheckSheetAnswer,
    CheckSignedAnswer,
    ChecksWaitingAnswer,
    CommentAnswer,
    CommentWrittenAnswer,
    ShiftCodeAnswer,
    ShownCodeAnswer,
    SpotCheckAnswer,
    SuggestionsAnswer,
    UncheckedAnswer,
)
from console.guards.views import get_guard, guard_view
from console.http.answers import Items, Page, gives, gives_table
from console.http.bodies import Form
from console.http.messages import Language
from console.http.replies import ListPosition, Shown, listed, newest_first, reply, shown
from lianqin import keys
from lianqin.clock import county_day
from lianqin.errors import ConflictError
from lianqin.lengths import most
from lianqin.sheets.write import Format
from patrol.calls.tables import PointCall
from patrol.checks import spot_checks
from patrol.checks.suggestions import UNCHECKED_DAYS, suggest
from patrol.checks.tables import SpotCheck, StationComment
from patrol.county.tables import Guard
from patrol.dispatch import reviews
from patrol.duty import silences
from patrol.duty.shifts import open_shift_of
from patrol.sos.tables import SosCallRow

router = APIRouter(prefix="/api")
Officer = Annotated[Caller, requires("check.make")]
Sees = Annotated[Caller, requires("check.see")]
Own = Annotated[Caller, requires("own.task")]
CODE_S: Final = 120
"""How long the code on a guard's screen is good for."""
EACH: Final = 4
LAST: Final = 20
EXPORT_LIMIT: Final = 5000


class CheckForm(Form):
    """An on-site check names the guard by the code on his screen, a review of a trail by his id."""

    kind: Literal["trail", "on_site"]
    guard_id: str | None = None
    shift_id: str | None = None
    code: Annotated[str, Field(pattern=r"^\d{8}$")] | None = None
    chosen_by: Literal["random", "risk", "unchecked", "own"] = "own"
    case_ref: Annotated[str, Field(max_length=most(SpotCheck.case_ref))] = ""
    """Empty: the machine makes the number."""
    result: Literal["in_order", "remark"]
    note: Annotated[str, Field(max_length=most(SpotCheck.note))] = ""


class SignatureForm(Form):
    agrees: bool
    note: Annotated[str, Field(max_length=most(SpotCheck.guard_note))] = ""


class Comment(Form):
    text: Annotated[str, Field(min_length=2, max_length=most(StationComment.text))]
    unit_id: str | None = None


def check_view(row: SpotCheck) -> Shown:
    return shown(row) | {"guard": guard_view(row.guard)}


def _position(row: SpotCheck) -> ListPosition:
    return ListPosition(row.at, row.id)


@router.get("/spot-checks/suggestions")
@gives(SuggestionsAnswer)
def suggestions(console: Here, _: Annotated[Caller, requires("check.make", people="suggestions")]) -> Response:
    now = console.clock.now()
    day = county_day(now)
    with console.store.read() as session:
        found = suggest(spot_checks.records(session, now), day, now, EACH)
        guards = {row.id: row for row in session.scalars(
            select(Guard).where(Guard.id.in_([one.guard_id for one in found]))).unique()}  # fmt: skip
        items = [msgspec.to_builtins(one) | {"guard": guard_view(guards[one.guard_id])} for one in found]
        done = spot_checks.done_today(session, day, now)
        silent = silences.between(session, now - spot_checks.RECORD_DAYS * 86_400, now)
    return reply({"day": day, "quota": console.settings.daily_check_quota, "done": done, "items": items,
                  "silences": msgspec.to_builtins(silent)})  # fmt: skip


def _query(guard_id: str, kind: str) -> Select[SpotCheck]:
    query = select(SpotCheck)
    if guard_id:
        query = query.where(SpotCheck.guard_id == guard_id)
    return query.where(SpotCheck.kind == kind) if kind else query


@router.get("/spot-checks")
@gives(Page[SpotCheckAnswer])
def spot_check_list(  # noqa: PLR0917 - the query's parameters
    console: Here, caller: Sees, guard_id: str = "", kind: str = "", cursor: str | None = None, limit: int = 50
) -> Response:
    """A company those of its own guards."""
    query = narrow(_query(guard_id, kind), caller.actor, SpotCheck.unit_id, SpotCheck.guard_id)
    with console.store.read() as session:
        rows, following = newest_first(session, query, order=SpotCheck.at, key=SpotCheck.id, cursor=cursor, limit=limit,
                                       position=_position)  # fmt: skip
        return listed([check_view(row) for row in rows], following)


def _heads(language: Language) -> tuple[SheetColumn, ...]:
    return (
        SheetColumn("编号", "Id", lambda row: row.id), SheetColumn("时间", "Time", lambda row: row.at, "moment"),
        SheetColumn("方式", "Kind", lambda row: row.kind, "word", "check"),
        SheetColumn("保安员编号", "Guard (id)", lambda row: row.guard_id), SheetColumn("保安员", "Guard", lambda row: row.guard.name),
        SheetColumn("单位编号", "Unit (id)", lambda row: row.unit_id), SheetColumn("单位", "Unit", lambda row: exports.named(row.guard.unit, language)),
        SheetColumn("班次编号", "Shift", lambda row: row.shift_id), SheetColumn("民警", "Officer", lambda row: row.officer_name),
        SheetColumn("选取方式", "Chosen by", lambda row: row.chosen_by, "word", "check.by"),
        SheetColumn("案件编号", "Case", lambda row: row.case_ref), SheetColumn("结论", "Result", lambda row: row.result, "word", "check"),
        SheetColumn("说明", "Note", lambda row: row.note), SheetColumn("本人签字", "Guard signed", lambda row: row.guard_signed_at, "moment"),
        SheetColumn("本人异议", "Guard disagreed", lambda row: row.guard_refused_at, "moment"),
        SheetColumn("本人意见", "Guard's word", lambda row: row.guard_note),
    )  # fmt: skip


@router.get("/spot-checks.{form}")
@gives_table
def export_spot_checks(  # noqa: PLR0917 - the query's parameters
    console: Here, caller: Officer, tongue: Tongue, form: Format, guard_id: str = "", kind: str = ""
) -> Response:
    with console.store.read() as session:
        rows = list(session.scalars(_query(guard_id, kind).order_by(SpotCheck.at.desc()).limit(EXPORT_LIMIT)).unique())
        cells = exports.cells_of(_heads(tongue), rows, tongue, most=EXPORT_LIMIT)
    taken = exports.ExportEntry("spot_check.export", "spot_check", "*", {"guard_id": guard_id, "kind": kind})
    return exports.export_response(console, caller, taken, cells, name="spot-checks", form=form)


@router.get("/spot-checks/waiting")
@gives(ChecksWaitingAnswer)
def waiting(console: Here, _: Officer) -> Response:
    """How much waits for an officer, kind by kind; `suggestions`: checks that today still lacks."""
    now = console.clock.now()
    with console.store.read() as session:
        reviewed = reviews.items(session, reviews.Waiting())
        calls = sum(isinstance(row, PointCall) for row in reviewed)
        done = spot_checks.done_today(session, county_day(now), now)
        sos = session.scalar(select(func.count()).where(SosCallRow.state != "closed")) or 0
        return reply({"sos": sos, "calls": calls, "refusals": len(reviewed) - calls,
                      "unsigned": spot_checks.unsigned(session, now),
                      "suggestions": max(0, console.settings.daily_check_quota - done)})  # fmt: skip


@router.get("/spot-checks/unchecked")
@gives(UncheckedAnswer)
def never_checked(console: Here, _: Annotated[Caller, requires("check.make", people="unchecked")]) -> Response:
    with console.store.read() as session:
        rows = spot_checks.unchecked(session, console.clock.now())
        items = [{"guard": guard_view(one.guard), "shifts": one.shifts, "last_shift_at": one.last_shift_at,
                  "checked_at": one.checked_at} for one in rows]  # fmt: skip
        return reply({"items": items, "days": UNCHECKED_DAYS})


@router.get("/spot-checks/unchecked.{form}")
@gives_table
def export_unchecked(console: Here, caller: Officer, tongue: Tongue, form: Format) -> Response:
    heads = (
        SheetColumn("保安员编号", "Guard (id)", lambda row: row.guard.id), SheetColumn("保安员", "Guard", lambda row: row.guard.name),
        SheetColumn("单位", "Unit", lambda row: exports.named(row.guard.unit, tongue)),
        SheetColumn("三十天内班次", "Shifts in 30 days", lambda row: row.shifts, "number"),
        SheetColumn("最近一班", "Last shift", lambda row: row.last_shift_at, "moment"),
        SheetColumn("最近抽查", "Last checked", lambda row: row.checked_at, "moment"),
    )  # fmt: skip
    with console.store.read() as session:
        cells = exports.cells_of(heads, spot_checks.unchecked(session, console.clock.now()), tongue)
    taken = exports.ExportEntry("spot_check.export", "spot_check", "*", {"list": "unchecked"})
    return exports.export_response(console, caller, taken, cells, name="unchecked", form=form)


@router.get("/spot-checks/{check_id}/sheet")
@gives(CheckSheetAnswer)
def print_sheet(console: Here, caller: Officer, check_id: str) -> Response:
    """All that stands on a check's printed sheet; registered as an export of the guard's trail, so that the guard sees it."""
    with console.store.read() as session:
        row = spot_checks.get_check(session, check_id)
        _ = row.guard.unit.name
    told = sheet.sheet(console, row, caller.actor.name)
    asked = {"form": "sheet", "spot_check": row.id, "from_at": told["span"]["from_at"], "to_at": told["span"]["to_at"]}
    taken = exports.ExportEntry("trail.export", "guard", row.guard_id, asked, "spot_check", row.case_ref)
    data = msgspec.json.encode(told)
    return exports.file_response(
        console, caller, taken, data, name=f"{row.case_ref}.json", media="application/json", rows=1
    )


@router.post("/spot-checks")
@gives(CheckSignedAnswer)
def sign_check(console: Here, caller: Officer, form: CheckForm) -> Response:
    shift_id, guard_id = form.shift_id, form.guard_id or ""
    if form.kind == "on_site":
        shown_by = console.redis.get(keys.shift_code(form.code or ""))
        if not isinstance(shown_by, bytes):
            raise ConflictError("spot_check.code", "no shift shows this code now", minutes=CODE_S / 60)
        guard_id, _, shift_id = shown_by.decode().partition("|")
    with console.store.write() as session:
        guard = get_guard(session, caller.actor, guard_id)
        row = spot_checks.do_check(session, caller.actor, form.kind, guard.id, shift_id, form.chosen_by, form.case_ref,
                                   form.result, form.note, console.clock.now())  # fmt: skip
        answer = reply({"spot_check": check_view(row)})
    if form.kind == "on_site":
        console.redis.delete(keys.shift_code(form.code or ""))
    return answer


@router.get("/spot-checks/code/{code}")
@gives(ShownCodeAnswer)
def who_shows(console: Here, caller: Officer, code: str) -> Response:
    """Whose screen shows this code: the officer sees it before he signs."""
    shown_by = console.redis.get(keys.shift_code(code))
    if not isinstance(shown_by, bytes):
        raise ConflictError("spot_check.code", "no shift shows this code now", minutes=CODE_S / 60)
    guard_id, _, shift_id = shown_by.decode().partition("|")
    with console.store.read() as session:
        return reply({"guard": guard_view(get_guard(session, caller.actor, guard_id)), "shift_id": shift_id})


@router.get("/m/shift-code")
@gives(ShiftCodeAnswer)
def shift_code(console: Here, caller: Own) -> Response:
    """A new code for the guard's screen, good for two minutes and one check."""
    guard_id = caller.actor.guard_id or ""
    with console.store.read() as session:
        shift = open_shift_of(session, guard_id, console.clock.now())
        if shift is None:
            raise missing("shift", "open")
        said = f"{guard_id}|{shift.id}"
    code = f"{secrets.randbelow(10**8):08d}"
    console.redis.set(keys.shift_code(code), said, ex=CODE_S)
    return reply({"code": code, "until": console.clock.now() + CODE_S})


@router.get("/m/spot-checks")
@gives(Items[SpotCheckAnswer])
def own_checks(console: Here, caller: Own) -> Response:
    query = select(SpotCheck).where(SpotCheck.guard_id == (caller.actor.guard_id or "")).order_by(SpotCheck.at.desc())
    with console.store.read() as session:
        return reply({"items": [check_view(row) for row in session.scalars(query.limit(LAST)).unique()]})


@router.post("/m/spot-checks/{check_id}/sign")
@gives(CheckSignedAnswer)
def sign_own(console: Here, caller: Own, check_id: str, form: SignatureForm) -> Response:
    with console.store.write() as session:
        row = spot_checks.do_sign(session, caller.actor, check_id, console.clock.now(), agrees=form.agrees,
                                  note=form.note)  # fmt: skip
        return reply({"spot_check": check_view(row)})


@router.get("/comments")
@gives(Items[CommentAnswer])
def comments(console: Here, caller: Annotated[Caller, requires("comment.see")]) -> Response:
    """A company reads those to it and those to all."""
    query = select(StationComment).order_by(StationComment.at.desc()).limit(50)
    if caller.actor.role == "company":
        query = query.where(or_(StationComment.unit_id.is_(None), StationComment.unit_id == caller.actor.unit_id))
    with console.store.read() as session:
        return reply({"items": [shown(row) for row in session.scalars(query)]})


@router.post("/comments")
@gives(CommentWrittenAnswer)
def write_comment(console: Here, caller: Officer, form: Comment) -> Response:
    at = console.clock.now()
    with console.store.write() as session:
        row = spot_checks.do_comment(session, caller.actor, county_day(at), form.unit_id, form.text.strip(), at)
        return reply({"comment": shown(row)})
