"""What the routes of case numbers answer."""

from __future__ import annotations

from console.http.answers import Answer


class CaseNumberAnswer(Answer):
    """A spot check's number, this person's from now on."""

    case_ref: str


class CaseOfferAnswer(Answer):
    """A record that a purpose may name. `at`: epoch seconds; `what`: an incident's place or a point call's guard."""

    ref: str
    at: float
    what: str
