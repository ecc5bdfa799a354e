"""Shelving: alerts of a camera, a zone or a kind there rest for a time and with a reason.

`do_shelve` -> what comes meanwhile is stored as ever and marked (`put_away`), stands in no queue and rings nowhere -> `do_end`,
or `ShelfWatch.run_once` when the time is over: what nobody judged comes back into the queue and waits from then. Whether an
alert rests is asked of the clock (`in_queue`): it comes back in time also where no thread runs.

Calls for help are no alerts and rest on no shelf; nor do a guard's report and alerts that a camera is blind (`SHELVABLE`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, cast, get_args

import msgspec
from sqlalchemy import ColumnElement, CursorResult, and_, select, update
from sqlalchemy.orm import Session

from console.alerts.tables import AlertRow
from console.cameras.cameras import get_camera, zone_of
from console.cameras.tables import ZoneRow
from console.http.context import Console
from console.rules.tables import Shelf, in_queue, running
from lianqin import audit, feed
from lianqin.audit import Actor
from lianqin.db import in_order
from lianqin.errors import ConflictError, DeniedError, NotFoundError, RecordError
from lianqin.lengths import fit
from lianqin.records import Situation, new_id

SHELVABLE: Final[tuple[str, ...]] = get_args(Situation)
"""What a zone's rule says. Nothing else can be shelved."""
LEADER_S: Final = 168 * 3600.0
"""Seconds that a shift leader may shelve for at most."""
LOOK_EVERY_S: Final = 1.0
SYSTEM: Final = audit.system("shelves")


class Thing(msgspec.Struct, frozen=True):
    """What rests: a camera, with `zone_id` one of its zones, with `situation` that kind alone."""

    camera_id: str
    zone_id: str = ""
    situation: str = ""


def _covers(shelf: Shelf) -> ColumnElement[bool]:
    """Of alerts: those that the shelf is for."""
    found = [AlertRow.camera_id == shelf.camera_id, AlertRow.situation.in_(SHELVABLE)]
    if shelf.zone_id:
        found.append(AlertRow.zone_id == shelf.zone_id)
    if shelf.situation:
        found.append(AlertRow.situation == shelf.situation)
    return and_(*found)


def put_away(session: Session, row: AlertRow, at: float) -> None:
    """A new alert goes to the shelf that runs for it, the one that ends last; captured before the shelf began, it is shown."""
    if row.situation not in SHELVABLE:
        return
    row.shelf_id = session.scalar(
        select(Shelf.id)
        .where(
            running(at), Shelf.camera_id == row.camera_id, Shelf.zone_id.in_(("", row.zone_id)),
            Shelf.situation.in_(("", row.situation)), Shelf.from_at <= row.captured_at,
        )
        .order_by(Shelf.until_at.desc(), Shelf.id)
        .limit(1)
    )  # fmt: skip


def get_shelf(session: Session, shelf_id: str) -> Shelf:
    """Raises NotFoundError `shelf.missing`."""
    row = session.get(Shelf, shelf_id)
    if row is None:
        raise NotFoundError("shelf.missing", f"no shelf {shelf_id}", id=shelf_id)
    return row


def check_shelve(
    session: Session, actor: Actor, thing: Thing, seconds: float, *, longest: float, at: float
) -> ZoneRow | None:
    """The zone, where one is named. `longest`: seconds for an operator. Raises NotFoundError `camera.missing`, `zone.missing`,
    RecordError `shelf.situation`, `shelf.longest`, DeniedError `shelf.leader`, ConflictError `shelf.running`."""
    get_camera(session, thing.camera_id)
    zone = session.get(ZoneRow, thing.zone_id) if thing.zone_id else None
    if thing.zone_id and (zone is None or zone.camera_id != thing.camera_id):
        raise NotFoundError("zone.missing", f"no zone {thing.zone_id} on {thing.camera_id}", id=thing.zone_id)
    if thing.situation and thing.situation not in SHELVABLE:
        raise RecordError("shelf.situation", f"{thing.situation} can't be shelved", situation=thing.situation)
    if seconds > LEADER_S:
        raise RecordError("shelf.longest", "too long for anybody", hours=LEADER_S / 3600)
    if seconds > longest and actor.role != "leader":
        raise DeniedError("shelf.leader", "a shift leader may", hours=longest / 3600)
    same = select(Shelf).where(
        running(at), Shelf.camera_id == thing.camera_id, Shelf.zone_id == thing.zone_id, Shelf.situation == thing.situation
    )  # fmt: skip
    other = session.scalar(same)
    if other is not None:
        raise ConflictError(
            "shelf.running", f"shelved by {other.shelved_by}", by=other.shelved_by, until=other.until_at
        )
    return zone


def do_shelve(
    session: Session, actor: Actor, thing: Thing, *, reason: str, seconds: float, longest: float, at: float
) -> Shelf:
    """What is open of the thing goes to rest with what comes. Raises what `check_shelve` raises."""
    in_order(session)
    zone = check_shelve(session, actor, thing, seconds, longest=longest, at=at)
    row = Shelf(
        id=new_id("sh", at), camera_id=thing.camera_id, zone_id=thing.zone_id,
        zone_name=fit(Shelf.zone_name, zone_of(zone).name) if zone else "", situation=thing.situation, reason=reason,
        shelved_by=fit(Shelf.shelved_by, actor.name), from_at=at, until_at=at + seconds,
    )  # fmt: skip
    session.add(row)
    session.flush()
    taken = _set(session, and_(in_queue(at), _covers(row)), {"shelf_id": row.id, "back_at": None})
    detail = msgspec.to_builtins(thing) | {"reason": reason, "until_at": row.until_at, "alerts": taken}
    audit.write(session, actor, "shelf.begin", "shelf", row.id, at=at, detail=detail)
    feed.push(session, "shelf", row.id, at=at)
    return row


def do_end(session: Session, actor: Actor, shelf_id: str, at: float) -> Shelf:
    """Before its time. Raises NotFoundError `shelf.missing`, ConflictError `shelf.over`."""
    in_order(session)
    row = get_shelf(session, shelf_id)
    session.refresh(row)
    if row.ended_at is not None or row.until_at <= at:
        raise ConflictError("shelf.over", "it is over", at=row.ended_at or row.until_at)
    row.ended_by = fit(Shelf.ended_by, actor.name)
    _end(session, actor, row, "shelf.end", ended_at=at, at=at)
    return row


def do_end_due(session: Session, at: float) -> int:
    """Those whose time is over. Returns how many."""
    in_order(session)
    due = list(session.scalars(select(Shelf).where(Shelf.ended_at.is_(None), Shelf.until_at <= at).limit(100)))
    for row in due:
        _end(session, SYSTEM, row, "shelf.over", ended_at=row.until_at, at=at)
    return len(due)


def _end(session: Session, actor: Actor, row: Shelf, action: str, *, ended_at: float, at: float) -> None:
    """What nobody judged goes to another shelf that runs for it, or comes back."""
    row.ended_at = ended_at
    session.flush()
    mine = and_(AlertRow.state == "new", AlertRow.shelf_id == row.id)
    others = select(Shelf).where(running(at), Shelf.camera_id == row.camera_id).order_by(Shelf.until_at.desc())
    for other in session.scalars(others).all():
        _set(session, and_(mine, _covers(other)), {"shelf_id": other.id})
    back = _set(session, mine, {"back_at": ended_at})
    audit.write(session, actor, action, "shelf", row.id, at=at, detail={"back": back})
    feed.push(session, "shelf", row.id, at=at)


def _set(session: Session, which: ColumnElement[bool], values: Mapping[str, object]) -> int:
    """By one statement, however many they are."""
    done = session.execute(
        update(AlertRow).where(which).values(**values), execution_options={"synchronize_session": False}
    )
    session.expire_all()
    return cast("CursorResult[object]", done).rowcount


class ShelfWatch:
    """The thread that ends shelves whose time is over."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def run_once(self) -> None:
        console = self._console
        at = console.clock.now()
        with console.store.read() as session:
            due = session.scalar(select(Shelf.id).where(Shelf.ended_at.is_(None), Shelf.until_at <= at).limit(1))
        if due is not None:
            with console.store.write() as session:
                do_end_due(session, at)
        console.clock.sleep(LOOK_EVERY_S, console.stop)
