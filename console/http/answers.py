"""What a route answers, as typed records: the contract between console and page (`docs/api.md`).

A route names its answer by `@gives(Kind)`; `console/contract/openapi.py` makes the description of it, and the tests hold every answer of every route
against it. The records cost nothing while a console runs: routes encode what they have, and the kinds are read when somebody asks for them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Generic, TypeVar

import msgspec

from lianqin.sheets.write import MEDIA

F = TypeVar("F", bound=Callable[..., Any])
T = TypeVar("T")
JSON: Final = "application/json"
TABLES: Final = tuple(media.partition(";")[0] for media in MEDIA.values())
_MARK: Final = "lianqin_gives"


class Answer(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Base of all answers. A field that is not always there is `T | UnsetType = UNSET`; one that may be empty is `T | None`. msgspec does not hand
    `kw_only` down: where a required field follows one that is not always there, the class says it again."""


class Page(Answer, Generic[T]):
    """A page of a list; `next`: the cursor of the page after it, None after the last."""

    items: list[T]
    next: str | None


class Items(Answer, Generic[T]):
    """A whole list."""

    items: list[T]


class NameAnswer(Answer):
    """What something is called; `name_en` may be empty."""

    name: str
    name_en: str


class NamedAnswer(NameAnswer):
    """A thing by its id and what it is called."""

    id: str


class Nothing(Answer):
    """`{}`: it was done, and there is nothing to say of it."""


class Given(msgspec.Struct, frozen=True):
    """One answer of a route. `kind`: the type of its JSON, None where it has no body or is no JSON."""

    kind: Any
    status: int
    media: str


def gives(kind: Any, status: int = 200) -> Callable[[F], F]:
    """The route answers that status with JSON of that kind; more than one may stand over a route. None: it has no body."""
    return _marked(Given(kind, status, JSON if kind is not None else ""))


def gives_file(*media: str, status: int = 200) -> Callable[[F], F]:
    """The route answers with a file of one of these media types."""
    return _marked(*(Given(None, status, one) for one in media))


def gives_table(endpoint: F) -> F:
    """The route answers with a table as a file, in the form that was asked for."""
    return gives_file(*TABLES)(endpoint)


def _marked(*given: Given) -> Callable[[F], F]:
    def mark(endpoint: F) -> F:
        setattr(endpoint, _MARK, (*given, *given_by(endpoint)))
        return endpoint

    return mark


def given_by(endpoint: Callable[..., Any]) -> tuple[Given, ...]:
    """What a route's function was marked with, from above; empty: nothing is said of its answers."""
    found: tuple[Given, ...] = getattr(endpoint, _MARK, ())
    return found
