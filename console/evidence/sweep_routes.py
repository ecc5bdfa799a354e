"""Sweeps that stopped: what would go, and a person's word."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Response
from pydantic import Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from console.access.permissions import Here, requires
from console.access.sessions import Caller
from console.cameras.tables import CameraRow
from console.evidence import keeping, unrecorded
from console.evidence.answers import SweepDecidedAnswer, SweepLookAnswer, SweepStopAnswer
from console.http.answers import Page, gives
from console.http.bodies import Form
from console.http.context import Console
from console.http.replies import Shown, listed, reply, shown
from lianqin import sweeps
from lianqin.errors import NotFoundError
from lianqin.sweeps import Going, SweepStop
from patrol.trails.store import TrailStore
from patrol.worker import retention

router = APIRouter(prefix="/api")
Sees = Annotated[Caller, requires("sweep.see")]
Decides = Annotated[Caller, requires("sweep.decide")]
CAMERAS = 50
"""Those of which most would go are named; `cameras` counts all."""


class SweepWordForm(Form):
    """`cut_at`: the `cut_at` of the look; what fell due later does not go."""

    decision: Literal["go", "hold"]
    note: str
    cut_at: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None


def going_of(console: Console, session: Session, kind: str, at: float) -> Going:
    """What the stopped sweep would take, as of `at` (the database's clock)."""
    if kind == "evidence":
        return keeping.going(session, at)
    if kind == "reports":
        return keeping.reports_going(session, at)
    if kind == "files":
        return unrecorded.going(session, console.evidence, at)
    if kind == "quarantine":
        return retention.quarantine_going(session, at)
    return retention.going(console.store, TrailStore(console.settings.trails), console.settings.trail_days, at)


def _view(console: Console, session: Session, row: SweepStop, at: float) -> Shown:
    going = going_of(console, session, row.kind, at)
    most = sorted(going.by_camera.items(), key=lambda one: (-one[1], one[0]))[:CAMERAS]
    asked = select(CameraRow).where(CameraRow.id.in_([camera_id for camera_id, _ in most]))
    names = {one.id: one for one in session.scalars(asked)}
    return shown(row) | {
        "count": going.count, "oldest": going.oldest, "newest": going.newest, "cameras": len(going.by_camera), "looked_at": at,
        "by_camera": [{"camera_id": one, "count": count, "name": names[one].name if one in names else one,
                       "name_en": names[one].name_en if one in names else one} for one, count in most],
    }  # fmt: skip


@router.get("/sweeps")
@gives(Page[SweepStopAnswer])
def list_stops(console: Here, _: Sees) -> Response:
    with console.store.read() as session:
        return listed([shown(row) for row in sweeps.stops(session)], None)


@router.get("/sweeps/{number}")
@gives(SweepLookAnswer)
def look(console: Here, _: Sees, number: int) -> Response:
    """What would go now; `looked_at` is what "go on" is bound to."""
    with console.store.read() as session:
        row = session.get(SweepStop, number)
        if row is None:
            raise NotFoundError("sweep.missing", f"no stop {number}", number=number)
        return reply({"stop": _view(console, session, row, console.clock.at_database(session))})


@router.post("/sweeps/{number}/decide")
@gives(SweepDecidedAnswer)
def decide(console: Here, caller: Decides, number: int, form: SweepWordForm) -> Response:
    with console.store.read() as session:  # it may walk through all files
        row = session.get(SweepStop, number)
        if row is None:
            raise NotFoundError("sweep.missing", f"no stop {number}", number=number)
        going = going_of(console, session, row.kind, form.cut_at or console.clock.at_database(session))
    with console.store.write() as session:
        at = console.clock.at_database(session)
        row = sweeps.do_decide(session, caller.actor, number, form.decision, form.note, form.cut_at, going, at)
        session.flush()
        return reply({"stop": shown(row)})
