"""What the routes of accounts answer. Times are epoch seconds."""

from __future__ import annotations

from console.http.answers import Answer
from lianqin.audit import Role


class AccountAnswer(Answer):
    """An account as the security administrator sees it."""

    id: str
    username: str
    role: Role
    name: str
    unit_id: str | None
    guard_id: str | None
    disabled: bool
    demo: bool
    """Of a demonstration: nobody enters with it where the console runs without `demo`."""
    password_by: str
    """Id of the account that set the present password; empty: not known."""
    factor_free_from: float | None
    """From then on, for `factor_grace_days`, it may set its second factor up without a link; None: it needs one."""
    locked: bool
    """For somebody: one address or one browser."""
    locked_until: float | None
    """End of the longest lock."""


class AccountDoneAnswer(Answer):
    """The account after it was added or changed."""

    account: AccountAnswer
