"""Sessions, listed and ended by their owner and by the security administrator, who sees failed log-ins, locks and addresses too."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Response
from sqlalchemy import select

from console.access.permissions import Here, requires
from console.access.sessions import Caller
from console.access.tables import LoginSession, LoginTry
from console.http.answers import Nothing, Page, gives
from console.http.replies import ListPosition, Shown, listed, newest_first, reply
from console.log_in import sign_ins
from console.log_in.answers import FailedLogInAnswer, LogInLockAnswer, SignInAddressAnswer, SignInAnswer, SignInOfAnswer
from lianqin.audit import AuditRow

router = APIRouter(prefix="/api")
Own = Annotated[Caller, requires("own.account")]
Manages = Annotated[Caller, requires("session.manage")]
MOST_LOCKS = 500


@router.get("/me/sessions")
@gives(Page[SignInAnswer])
def list_own(console: Here, caller: Own) -> Response:
    with console.store.read() as session:
        rows = sign_ins.of_one(session, caller.actor.id)
    return listed([sign_ins.view(row, caller.session) for row in rows], None)


@router.post("/me/sessions/{session_id}/end")
@gives(Nothing)
def end_own(console: Here, caller: Own, session_id: str) -> Response:
    with console.store.write() as session:
        sign_ins.do_end(session, caller.actor, session_id, console.clock.now(), own=True)
    console.hub.wake()
    return reply({})


@router.get("/sessions")
@gives(Page[SignInOfAnswer])
def list_all(
    *,
    console: Here,
    caller: Annotated[Caller, requires("session.manage", people="sessions")],
    q: str = "",
    cursor: str = "",
    limit: int = 50,
) -> Response:
    """Everybody's, the last opened first."""
    with console.store.read() as session:
        rows, following = newest_first(
            session, sign_ins.of_all(q), order=LoginSession.created_at, key=LoginSession.token_sha256, cursor=cursor, limit=limit,
            position=lambda row: ListPosition(row.created_at, row.token_sha256),
        )  # fmt: skip
    return listed([_with_account(row, caller) for row in rows], following)


def _with_account(row: LoginSession, caller: Caller) -> Shown:
    account = row.account
    return sign_ins.view(row, caller.session) | {
        "account": {"id": account.id, "username": account.username, "name": account.name, "role": account.role}
    }


@router.post("/sessions/{session_id}/end")
@gives(Nothing)
def end_any(console: Here, caller: Manages, session_id: str) -> Response:
    with console.store.write() as session:
        sign_ins.do_end(session, caller.actor, session_id, console.clock.now(), own=False)
    console.hub.wake()
    return reply({})


@router.get("/log-ins/failed")
@gives(Page[FailedLogInAnswer])
def list_failed(
    *,
    console: Here,
    _: Annotated[Caller, requires("session.manage", people="failed_log_ins")],
    cursor: str = "",
    limit: int = 50,
) -> Response:
    """As the register has them, newest first: each with the tried name, the address, and whether the password was right already."""
    query = select(AuditRow).where(AuditRow.action == "account.login_failed")
    with console.store.read() as session:
        rows, following = newest_first(
            session, query, order=AuditRow.seq, key=AuditRow.object_id, cursor=cursor, limit=limit,
            position=lambda row: ListPosition(row.seq, row.object_id),
        )  # fmt: skip
    return listed([_failure(row) for row in rows], following)


def _failure(row: AuditRow) -> Shown:
    told = row.detail
    return {"seq": row.seq, "at": row.at, "account_id": row.object_id or None, "name": told.get("name", ""),
            "address": told.get("address", ""), "failures": told.get("failures"), "known_browser": bool(told.get("known_browser")),
            "step": told.get("step", "password")}  # fmt: skip


@router.get("/log-ins/locks")
@gives(Page[LogInLockAnswer])
def list_locks(console: Here, _: Annotated[Caller, requires("session.manage", people="locks")]) -> Response:
    """Pairs of user name and address (or known browser) that are locked now."""
    at = console.clock.now()
    query = select(LoginTry).where(LoginTry.until > at).order_by(LoginTry.until.desc(), LoginTry.key).limit(MOST_LOCKS)
    with console.store.read() as session:
        rows = list(session.scalars(query))
    return listed([{"key": row.key, "name": row.name, "address": row.address, "failures": row.failures, "last_at": row.last_at,
                    "until": row.until} for row in rows], None)  # fmt: skip


@router.get("/log-ins/addresses")
@gives(Page[SignInAddressAnswer])
def list_addresses(console: Here, _: Annotated[Caller, requires("session.manage", people="addresses")]) -> Response:
    """From where people are logged in or tried to in the last day."""
    with console.store.read() as session:
        return listed(sign_ins.places(session, console.clock.now()), None)
