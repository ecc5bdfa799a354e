"""Scope: a company sees its own unit's rows, a guard his own, and roles that `ALL` does not name nothing. What is outside looks like
no such thing (404). Which kinds of things a role may ask for at all, `permissions.py` says."""

from __future__ import annotations

from typing import Any, Final, TypeVar

from sqlalchemy import ColumnElement, Select, false

from lianqin.audit import Actor, Role
from lianqin.errors import NotFoundError

S = TypeVar("S", bound=Select[Any])

ALL: Final[frozenset[Role]] = frozenset({"operator", "leader", "officer", "auditor", "sysadmin", "secadmin"})
"""Whose scope is the station or the county: all units. A role that is new here sees nothing until it is named."""


def sees(actor: Actor, *, unit_id: str | None = None, guard_id: str | None = None) -> bool:
    """May this actor know of a thing that belongs to that unit and guard?"""
    if actor.role == "company":
        return unit_id is not None and unit_id == actor.unit_id
    if actor.role == "guard":
        return guard_id is not None and guard_id == actor.guard_id
    return actor.role in ALL


def check_seen(
    actor: Actor, kind: str, thing_id: str, *, unit_id: str | None = None, guard_id: str | None = None
) -> None:
    """Raise NotFoundError `<kind>.missing` when it lies outside the actor's scope."""
    if not sees(actor, unit_id=unit_id, guard_id=guard_id):
        raise missing(kind, thing_id)


def missing(kind: str, thing_id: str) -> NotFoundError:
    """No such thing, or not yours."""
    return NotFoundError(f"{kind}.missing", f"no {kind} {thing_id}", id=thing_id)


def narrow(query: S, actor: Actor, unit: ColumnElement[Any] | Any, guard: ColumnElement[Any] | Any) -> S:
    """The query limited to the actor's unit or himself."""
    if actor.role == "company":
        return query.where(unit == actor.unit_id) if actor.unit_id else query.where(false())
    if actor.role == "guard":
        return query.where(guard == actor.guard_id) if actor.guard_id else query.where(false())
    return query if actor.role in ALL else query.where(false())
