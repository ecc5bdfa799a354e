"""Accounts, for the security administrator. No password or its hash ever leaves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Body, Response
from sqlalchemy import select

from console.access.permissions import Here, requires
from console.access.sessions import Caller
from console.access.tables import Account
from console.access.tries import locked_until
from console.accounts import accounts
from console.accounts.accounts import AccountForm
from console.accounts.answers import AccountAnswer, AccountDoneAnswer
from console.http.answers import Page, gives
from console.http.bodies import build_strict
from console.http.replies import Shown, listed, reply, shown

router = APIRouter(prefix="/api")
SecAdmin = Annotated[Caller, requires("account.manage")]
Fields = Annotated[dict[str, Any], Body()]


def _view(row: Account, locks: Mapping[str, float]) -> Shown:
    """`locked`: for somebody, by address or browser; `locked_until`: the end of the longest such lock."""
    until = locks.get(row.username)
    return shown(row, "password_hash", "failures", "locked_until") | {
        "locked": until is not None,
        "locked_until": until,
    }


@router.get("/accounts")
@gives(Page[AccountAnswer])
def list_accounts(console: Here, _: Annotated[Caller, requires("account.manage", people="accounts")]) -> Response:
    at = console.clock.now()
    with console.store.read() as session:
        locks = locked_until(session, at)
        return listed([_view(row, locks) for row in session.scalars(select(Account).order_by(Account.username))], None)


@router.post("/accounts")
@gives(AccountDoneAnswer)
def add_account(console: Here, caller: SecAdmin, raw: Fields) -> Response:
    form, at = build_strict(AccountForm, raw), console.clock.now()
    hashed = accounts.hash_of(form)
    with console.store.write() as session:
        return reply({"account": _view(accounts.do_add_account(session, caller.actor, form, at, hashed), {})})


@router.put("/accounts/{account_id}")
@gives(AccountDoneAnswer)
def change_account(console: Here, caller: SecAdmin, account_id: str, raw: Fields) -> Response:
    form, at = build_strict(AccountForm, raw), console.clock.now()
    hashed = accounts.hash_of(form)
    with console.store.write() as session:
        row = accounts.do_change_account(session, caller.actor, account_id, form, at, hashed=hashed)
        return reply({"account": _view(row, locked_until(session, at))})
