"""What the routes of logging in and of sessions answer. Times are epoch seconds."""

from __future__ import annotations

from typing import Literal

from msgspec import UNSET, UnsetType

from console.access.answers import AccountBriefAnswer
from console.county.answers import PmtilesMapAnswer, StyleMapAnswer, TilesMapAnswer
from console.http.answers import Answer
from lianqin.audit import Role


class OwnAccountAnswer(Answer):
    """The account that is logged in."""

    id: str
    username: str
    name: str
    role: Role
    unit_id: str | None
    guard_id: str | None


class LogInAnswer(Answer):
    """After the right password. Without `step` the log-in is complete: `account` and `csrf`. With `step` a second factor comes first:
    `code` asks for its code until then; `set_up` has what an authenticator is to be given, as in SetUpStepAnswer."""

    account: OwnAccountAnswer | UnsetType = UNSET
    csrf: str | UnsetType = UNSET
    step: Literal["code", "set_up"] | UnsetType = UNSET
    until: float | UnsetType = UNSET
    """End of the step."""
    username: str | UnsetType = UNSET
    """This field and those below: with `set_up` alone."""
    secret: str | UnsetType = UNSET
    address: str | UnsetType = UNSET
    new_password: bool | UnsetType = UNSET
    least_password: int | UnsetType = UNSET


class PageSettingsAnswer(Answer):
    """Settings of the house that pages go by, under the names that they have in `lianqin/settings.py`."""

    escalation_seconds: tuple[float, float, float]
    """An unjudged alert: until it flashes, until a second operator has it, until the shift leader has it."""
    desk_idle_seconds: float
    idle_exit_minutes: float
    call_answer_seconds: float
    second_factor: bool
    stale_fix: float
    """Seconds."""
    demo: bool
    map: TilesMapAnswer | StyleMapAnswer | PmtilesMapAnswer | None
    """The base map; None: the streets alone."""
    walking_mps: float
    """Metres a second, in a straight line."""


class MeAnswer(Answer):
    """Who is logged in here, and what a page needs to begin."""

    account: OwnAccountAnswer
    csrf: str
    """Goes into the header X-CSRF of all requests that change something."""
    permissions: list[str]
    """What the role may, sorted by name."""
    phone: bool
    """This session is that of a guard's bound phone."""
    least_password: int
    """Characters that a new password of this account needs."""
    now: float
    settings: PageSettingsAnswer


class SignInAnswer(Answer):
    """An open session."""

    id: str
    """Names the session; can't be used as one."""
    created_at: float
    last_seen_at: float
    address: str
    """From which it was opened; empty: not known."""
    agent: str
    """What the browser says of itself; empty: not known."""
    phone: bool
    """Of a bound phone."""
    current: bool
    """It is the one that asks."""


class SignInOfAnswer(SignInAnswer):
    """An open session of anybody."""

    account: AccountBriefAnswer


class FailedLogInAnswer(Answer):
    """A failed log-in as the register has it."""

    seq: int
    at: float
    account_id: str | None
    """None: nobody has that user name."""
    name: str
    """The user name as it was typed."""
    address: str
    failures: int | None
    """In a row, of this name from this address or browser; None at the step `no_factor`."""
    known_browser: bool
    step: str
    """password; code: the password was right; no_factor: it was right and no second factor was set up."""


class LogInLockAnswer(Answer):
    """A user name that is locked for one address or browser."""

    key: str
    name: str
    address: str
    """The last one."""
    failures: int
    last_at: float
    until: float


class SignInAddressAnswer(Answer):
    """An address from which people are logged in or failed to."""

    address: str
    sessions: int
    failures: int
    """Of log-ins in the last day."""
    names: list[str]
    """User names, ten at most."""
    last_at: float
