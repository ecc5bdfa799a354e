"""Second factors: the log-in's second step, setting one up, one's own, and what security administrators do."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from console.access import sessions
from console.access.browsers import BROWSER, browser_of, give_browser
from console.access.names import named
from console.access.passwords import least_of
from console.access.permissions import Here, public, requires
from console.access.sessions import Caller
from console.access.tables import Account
from console.factors import entering, factors, links, resets, steps
from console.factors.answers import (
    EnteredAnswer,
    FactorAnswer,
    FactorLinkAnswer,
    FactorResetAnswer,
    FactorResetDoneAnswer,
    OwnFactorAnswer,
    RecoveryCodesAnswer,
    SetUpStepAnswer,
)
from console.factors.entering import Entered, From
from console.factors.factors import WITHOUT, needs_factor
from console.factors.tables import FactorLink, FactorReset, SecondFactor
from console.http.answers import Nothing, Page, gives
from console.http.bodies import Form
from console.http.clients import address_of
from console.http.context import Console
from console.http.replies import ListPosition, Shown, listed, newest_first, reply, shown

router = APIRouter(prefix="/api")
Own = Annotated[Caller, requires("own.account")]
Sees = Annotated[Caller, requires("factor.see", people="factors")]
SeesResets = Annotated[Caller, requires("factor.see", people="factor_resets")]
Links = Annotated[Caller, requires("factor.link")]
Asks = Annotated[Caller, requires("factor.ask")]
Decides = Annotated[Caller, requires("factor.decide")]
Code = Annotated[str, Field(max_length=40)]


class CodeForm(Form):
    code: Code


class LinkForm(Form):
    """What follows the # of the link, and the present password."""

    link: Annotated[str, Field(max_length=100)]
    password: Annotated[str, Field(max_length=200)]


class ConfirmForm(Form):
    """`new_password`: the owner's own, where somebody else set the present one."""

    code: Code
    new_password: Annotated[str, Field(max_length=1000)] = ""


class ResetForm(Form):
    reason: Annotated[str, Field(min_length=2, max_length=200)]


def came_from(request: Request) -> From:
    console: Console = request.app.state.console
    return From(
        address_of(request.scope, console.proxies),
        request.cookies.get(BROWSER, ""),
        request.headers.get("user-agent", "")[:400],
    )


def step_reply(step: steps.OpenStep, console: Console) -> Response:
    """What comes next; the token is in a cookie that no script reads and only the log-in's addresses get."""
    setup = step.setup
    told: Shown = {"step": "code", "until": step.until}
    if setup is not None:
        told = {"step": "set_up", "until": step.until, "username": setup.username, "secret": setup.secret, "address": setup.address,
                "new_password": setup.new_password, "least_password": least_of(setup.role)}  # fmt: skip
    answer = reply(told)
    answer.set_cookie(
        steps.COOKIE, step.token, httponly=True, samesite="strict", secure=console.settings.cookie_secure, path="/api"
    )
    return answer


def _entered(request: Request, found: Entered) -> Response:
    console: Console = request.app.state.console
    answer = reply({"csrf": found.new.caller.csrf, "recovery_codes": found.recovery_codes})
    sessions.give_cookie(answer, found.new.token, console.settings)
    give_browser(answer, found.account, browser_of(found.account, request.cookies.get(BROWSER, "")), console.settings)
    answer.delete_cookie(steps.COOKIE, path="/api", httponly=True, samesite="strict")
    return answer


@router.post("/login/code", dependencies=[public])
@gives(EnteredAnswer)
def enter_code(console: Here, request: Request, form: CodeForm) -> Response:
    """After the password: a code of the authenticator, or a recovery code."""
    token = request.cookies.get(steps.COOKIE, "")
    return _entered(request, entering.enter_code(console, token, form.code, came_from(request), console.clock.now()))


@router.post("/enrol", dependencies=[public])
@gives(SetUpStepAnswer)
async def begin_set_up(request: Request, form: LinkForm) -> Response:
    """Link and password together: the secret is in this answer and nowhere else."""
    console: Console = request.app.state.console

    def work() -> Response:
        step = entering.begin_by_link(console, form.link, form.password, came_from(request), console.clock.now())
        return step_reply(step, console)

    return await console.gate.run(work)


@router.post("/enrol/confirm", dependencies=[public])
@gives(EnteredAnswer)
async def confirm_set_up(request: Request, form: ConfirmForm) -> Response:
    """The first code proves that the authenticator has the secret. The recovery codes are in this answer and nowhere else."""
    console: Console = request.app.state.console
    token = request.cookies.get(steps.COOKIE, "")
    asked = entering.Confirmed(form.code, form.new_password)

    def work() -> Response:
        return _entered(
            request,
            entering.confirm(console, token, asked, came_from(request), console.clock.now()),
        )

    answer = await console.gate.run(work)
    console.hub.wake()
    return answer


@router.get("/me/factor")
@gives(OwnFactorAnswer)
def own_factor(console: Here, caller: Own) -> Response:
    with console.store.read() as session:
        row = session.get(SecondFactor, caller.actor.id)
        asked = select(FactorReset).where(FactorReset.account_id == caller.actor.id, FactorReset.approved.is_(None))
        waits = session.scalar(asked)
        return reply({
            "needed": needs_factor(console.settings, caller.actor.role or ""), "on": row is not None,
            "made_at": row.made_at if row else None, "codes_left": factors.codes_left(session, caller.actor.id),
            "reset_asked_at": waits.asked_at if waits else None,
        })  # fmt: skip


@router.post("/me/factor/codes")
@gives(RecoveryCodesAnswer)
def new_codes(console: Here, caller: Own, form: CodeForm) -> Response:
    """Ten new recovery codes, in this answer and nowhere else; those before are void."""
    made = entering.make_new_codes(console, caller.actor, caller.session, form.code, console.clock.now())
    return reply({"recovery_codes": made})


@router.post("/me/factor/reset")
@gives(Nothing)
def ask_own_reset(console: Here, caller: Own, form: ResetForm) -> Response:
    with console.store.write() as session:
        resets.do_ask(session, caller.actor, caller.actor.id, form.reason, console.clock.now())
    return reply({})


def _state(console: Console, account: Account, at: float, parts: tuple[SecondFactor | None, FactorLink | None]) -> str:
    factor, link = parts
    if factor is not None:
        return "on"
    if link is not None and link.until > at:
        return "link"
    return "grace" if steps.in_grace(account, console.settings, at) else "none"


@router.get("/factors")
@gives(Page[FactorAnswer])
def list_factors(console: Here, caller: Sees) -> Response:
    """Each account that needs a second factor. `state`: on, link (one waits), grace (without a link until `grace_until`), none; `why_not`:
    what forbids the caller to give it a link, or empty."""
    at = console.clock.now()
    with console.store.read() as session:
        found = session.execute(
            select(Account, SecondFactor, FactorLink)
            .join(SecondFactor, SecondFactor.account_id == Account.id, isouter=True)
            .join(FactorLink, FactorLink.account_id == Account.id, isouter=True)
            .where(Account.role.not_in(WITHOUT)).order_by(Account.username)
        )  # fmt: skip
        return listed(
            [_factor_view(session, console, caller, (row[0], row[1], row[2]), at) for row in found.unique()], None
        )


def _factor_view(
    session: Session,
    console: Console,
    caller: Caller,
    row: tuple[Account, SecondFactor | None, FactorLink | None],
    at: float,
) -> Shown:
    account, factor, link = row
    state = _state(console, account, at, (factor, link))
    began = account.factor_free_from
    return {
        "id": account.id, "username": account.username, "name": account.name, "role": account.role, "disabled": account.disabled,
        "state": state, "made_at": factor.made_at if factor else None, "way": factor.way if factor else None,
        "codes_left": factors.codes_left(session, account.id) if factor else None,
        "link_until": link.until if link and state == "link" else None,
        "grace_until": began + console.settings.factor_grace_days * steps.DAY_S if began is not None and state == "grace" else None,
        "why_not": links.why_not(account, caller.actor, has_factor=factor is not None),
    }  # fmt: skip


@router.post("/factors/{account_id}/link")
@gives(FactorLinkAnswer)
def make_link(console: Here, caller: Links, account_id: str) -> Response:
    """The code is in this answer and nowhere else; the page shows `<its address>/enrol#<code>` and its QR."""
    with console.store.write() as session:
        made = links.do_make(session, caller.actor, account_id, console.clock.now())
        return reply(
            {"code": made.code, "until": made.until, "username": made.account.username, "name": made.account.name}
        )


@router.post("/factors/{account_id}/reset")
@gives(FactorResetDoneAnswer)
def ask_reset(console: Here, caller: Asks, account_id: str, form: ResetForm) -> Response:
    with console.store.write() as session:
        row = resets.do_ask(session, caller.actor, account_id, form.reason, console.clock.now())
        return reply({"reset": _reset_view(session, row)})


def _reset_view(session: Session, row: FactorReset) -> Shown:
    account = session.get_one(Account, row.account_id)
    whose = {"id": account.id, "username": account.username, "name": account.name, "role": account.role}
    return named(row, shown(row, "account_id"), "asked_by", "decided_by") | {"account": whose}


@router.get("/factor-resets")
@gives(Page[FactorResetAnswer])
def list_resets(*, console: Here, _: SeesResets, cursor: str = "", limit: int = 50) -> Response:
    """Newest first; `approved` null: it waits for another person."""
    with console.store.read() as session:
        rows, following = newest_first(
            session, select(FactorReset), order=FactorReset.asked_at, key=FactorReset.id, cursor=cursor, limit=limit,
            position=lambda row: ListPosition(row.asked_at, row.id),
        )  # fmt: skip
        return listed([_reset_view(session, row) for row in rows], following)


@router.post("/factor-resets/{reset_id}/approve")
@gives(FactorResetDoneAnswer)
def approve_reset(console: Here, caller: Decides, reset_id: str) -> Response:
    return _decide(console, caller, reset_id, approve=True)


@router.post("/factor-resets/{reset_id}/refuse")
@gives(FactorResetDoneAnswer)
def refuse_reset(console: Here, caller: Decides, reset_id: str) -> Response:
    return _decide(console, caller, reset_id, approve=False)


def _decide(console: Console, caller: Caller, reset_id: str, *, approve: bool) -> Response:
    with console.store.write() as session:
        row = resets.do_decide(session, caller.actor, reset_id, console.clock.now(), approve=approve)
        answer = reply({"reset": _reset_view(session, row)})
    console.hub.wake()
    return answer
