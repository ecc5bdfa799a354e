"""What several rooms answer of accounts."""

from __future__ import annotations

from console.http.answers import Answer
from lianqin.audit import Role


class AccountBriefAnswer(Answer):
    """Whose something is: an account in few words."""

    id: str
    username: str
    name: str
    role: Role
