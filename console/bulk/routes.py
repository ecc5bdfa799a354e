"""Changes of many cameras: planned, begun, gone on with, taken back."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Response
from pydantic import Field
from sqlalchemy.orm import Session

from console.access.permissions import Here, requires
from console.access.sessions import Caller
from console.bulk import bulk
from console.bulk.answers import BulkAnswer, BulkPlannedAnswer, BulkStepAnswer
from console.bulk.tables import CameraBulk
from console.cameras import cameras, lists
from console.cameras.tables import CameraRow
from console.http.answers import Items, gives
from console.http.bodies import Form
from console.http.context import Console
from console.http.replies import Shown, reply

router = APIRouter(prefix="/api")
SetsUp = Annotated[Caller, requires("camera.set_up")]
MOST_IDS = 5000
SHOWN = 10


class Changes(Form):
    """What is not there stays."""

    area_id: str | None = None
    enabled: bool = True
    sampling: Literal["gated", "key_frames", "full"] = "gated"
    priority: int = Field(2, ge=1, le=3)
    keep_days: int | None = Field(None, ge=1, le=3650)


class BulkFilterForm(Form):
    q: str = Field(default="", max_length=200)
    state: str = Field(default="", max_length=20)
    area_id: str = ""
    station_id: str = ""


class Bulk(Form):
    """`ids`, or all that the filter finds."""

    ids: list[str] | None = Field(None, max_length=MOST_IDS)
    filter: BulkFilterForm = BulkFilterForm()
    changes: Changes
    sha256: str = Field("", max_length=64)
    """Of the plan that was shown; empty: this asks for it."""


@router.post("/cameras/bulk")
@gives(BulkPlannedAnswer)
def change_many(console: Here, caller: SetsUp, form: Bulk) -> Response:
    """Without `sha256` the plan; with it the change begins, and `go` writes it."""
    changes = form.changes.model_dump(exclude_unset=True)
    lives = cameras.lives(console)
    with console.store.read() as session:
        made = bulk.plan(session, _chosen(console, session, lives, form), changes)
    if not form.sha256:
        told = msgspec.to_builtins(made)
        del told["items"]
        return reply({"plan": told})
    bulk.check_shown(made, form.sha256)
    with console.store.write() as session:  # what changes from here on is left out by its step
        return reply({"bulk": _view(bulk.do_begin(session, caller.actor, made, changes, console.clock.now()))})


@router.get("/cameras/bulk")
@gives(Items[BulkAnswer])
def list_bulks(console: Here, _: SetsUp) -> Response:
    """The newest, which can be gone on with or taken back."""
    with console.store.read() as session:
        return reply({"items": [_view(row) for row in bulk.newest(session, SHOWN)]})


@router.post("/cameras/bulk/{bulk_id}/go")
@gives(BulkStepAnswer)
def go_on(console: Here, caller: SetsUp, bulk_id: str) -> Response:
    """The next 100 cameras; the page asks until its state is `done` or `undone`."""
    return reply({"bulk": _view(bulk.go(console.store, caller.actor, bulk_id, console.clock.now()))})


@router.post("/cameras/bulk/{bulk_id}/undo")
@gives(BulkStepAnswer)
def undo(console: Here, caller: SetsUp, bulk_id: str) -> Response:
    with console.store.write() as session:
        return reply({"bulk": _view(bulk.do_undo(session, caller.actor, bulk_id, console.clock.now()))})


def _chosen(console: Console, session: Session, lives: dict[str, cameras.LiveState], form: Bulk) -> list[CameraRow]:
    if form.ids is not None:
        return bulk.check_ids(session, form.ids)
    asked = lists.CameraQuery(form.filter.q, form.filter.state, form.filter.area_id, form.filter.station_id)
    return lists.matching(console, session, lives, asked)


def _view(row: CameraBulk) -> Shown:
    told: dict[str, Any] = {
        name: getattr(row, name) for name in ("id", "made_at", "made_by", "changes", "state", "at_item", "left_out")
    }
    return told | {"total": len(row.items)}
