"""What the routes of second factors answer. Times are epoch seconds."""

from __future__ import annotations

from typing import Literal

from console.access.answers import AccountBriefAnswer
from console.http.answers import Answer
from lianqin.audit import Role


class SetUpStepAnswer(Answer):
    """An authenticator is to be set up before the log-in goes on. The secret is in no other answer."""

    step: Literal["set_up"]
    until: float
    """End of this step."""
    username: str
    secret: str
    """Base32, to be typed."""
    address: str
    """`otpauth://...`, to be shown as a QR code."""
    new_password: bool
    """The owner has to choose a password: somebody else set the present one."""
    least_password: int
    """Characters that the new one needs."""


class EnteredAnswer(Answer):
    """The log-in is complete. `recovery_codes`: where a second factor was just set up, in no other answer; else empty."""

    csrf: str
    recovery_codes: list[str]


class OwnFactorAnswer(Answer):
    """One's own second factor. `codes_left`: recovery codes that were not used; `reset_asked_at`: of a reset that waits."""

    needed: bool
    on: bool
    made_at: float | None
    codes_left: int
    reset_asked_at: float | None


class RecoveryCodesAnswer(Answer):
    """New recovery codes, in no other answer; those before are void."""

    recovery_codes: list[str]


class FactorAnswer(Answer):
    """The second factor of an account that needs one. Times are epoch seconds."""

    id: str
    """Of the account."""
    username: str
    name: str
    role: Role
    disabled: bool
    state: str
    """on; link: one waits; grace: it may be set up without a link until `grace_until`; none."""
    made_at: float | None
    way: str | None
    """link | grace: how it was set up."""
    codes_left: int | None
    """Recovery codes that were not used; None without a second factor."""
    link_until: float | None
    grace_until: float | None
    why_not: str
    """Key of what forbids the caller to give it a link; empty: nothing does."""


class FactorLinkAnswer(Answer):
    """A link that was made; the code is in no other answer."""

    code: str
    until: float
    username: str
    name: str


class FactorResetAnswer(Answer):
    """Somebody asked that a second factor be taken away. People stand by name, their ids beside."""

    id: str
    reason: str
    asked_by: str
    asked_by_id: str
    asked_at: float
    decided_by: str | None
    decided_by_id: str | None
    decided_at: float | None
    approved: bool | None
    """None: it waits for another person."""
    account: AccountBriefAnswer
    """Whose second factor it is."""


class FactorResetDoneAnswer(Answer):
    """The reset after it was asked for or decided."""

    reset: FactorResetAnswer
