"""Many cameras changed at once: a plan that says what would change, then piece by piece, each camera with its own audit row, as an import
is written. What a camera was like before is kept, so that all of it can be taken back."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from console.bulk.tables import CameraBulk
from console.cameras import cameras
from console.cameras.tables import CameraRow
from lianqin import audit
from lianqin.audit import Actor
from lianqin.db import PART, Store, in_order
from lianqin.errors import ConflictError, LianqinError, NotFoundError, RecordError
from lianqin.lengths import fit
from lianqin.records import new_id

FIELDS: Final = ("area_id", "enabled", "sampling", "priority", "keep_days")
SAMPLE: Final = 20
PIECES: Final = 5
"""Written at one request: 100 cameras, so that the page says how far it is."""
KEPT: Final = 50
"""Bulk changes that can still be taken back; older ones are forgotten, their audit rows are not."""


class Before(msgspec.Struct, frozen=True):
    """How many cameras have this value now."""

    value: Any
    count: int


class BulkSample(msgspec.Struct, frozen=True):
    """One camera that would change, and how it is."""

    id: str
    name: str
    name_en: str
    before: dict[str, Any]


class BulkPlan(msgspec.Struct, frozen=True):
    """What would change: of `total` that were chosen `same` have it already. `sha256`: of exactly this plan."""

    total: int
    same: int
    before: dict[str, list[Before]]
    sample: list[BulkSample]
    items: list[tuple[str, dict[str, Any]]]
    sha256: str


def plan(session: Session, rows: Sequence[CameraRow], changes: Mapping[str, Any]) -> BulkPlan:
    """Raises RecordError `bulk.nothing`, and what `cameras.check_area` and `check_keep_days` raise."""
    if not changes or not rows:
        raise RecordError("bulk.nothing", "nothing to change")
    if changes.get("area_id") is not None:
        cameras.check_area(session, changes["area_id"])
    cameras.check_keep_days("*", changes.get("keep_days"))
    items: list[tuple[str, dict[str, Any]]] = []
    counts: dict[str, Counter[Any]] = {name: Counter() for name in changes}
    sample: list[BulkSample] = []
    for row in rows:
        before = {name: getattr(row, name) for name, value in changes.items() if getattr(row, name) != value}
        if not before:
            continue
        items.append((row.id, before))
        for name, value in before.items():
            counts[name][value] += 1
        if len(sample) < SAMPLE:
            sample.append(BulkSample(row.id, row.name, row.name_en, before))
    told = {name: [Before(value, count) for value, count in of.most_common(SAMPLE)] for name, of in counts.items()}
    digest = hashlib.sha256(msgspec.json.encode([sorted(changes.items()), items])).hexdigest()
    return BulkPlan(len(rows), len(rows) - len(items), told, sample, items, digest)


def check_shown(made: BulkPlan, sha256: str) -> None:
    """`sha256`: of the plan that a person saw. Raises ConflictError `bulk.moved`, RecordError `bulk.nothing`."""
    if made.sha256 != sha256:
        raise ConflictError("bulk.moved", "cameras were changed since this was shown")
    if not made.items:
        raise RecordError("bulk.nothing", "nothing to change")


def do_begin(session: Session, actor: Actor, made: BulkPlan, changes: Mapping[str, Any], at: float) -> CameraBulk:
    """Nothing is changed yet; after `check_shown`."""
    in_order(session)
    row = CameraBulk(
        id=new_id("bk", at), made_at=at, made_by=fit(CameraBulk.made_by, actor.name), changes=dict(changes),
        items=[list(item) for item in made.items], state="going", at_item=0, left_out=0,
    )  # fmt: skip
    session.add(row)
    audit.write(
        session,
        actor,
        "camera.bulk",
        "camera_bulk",
        row.id,
        at=at,
        detail={"changes": dict(changes), "count": len(row.items)},
    )
    for old in session.scalars(select(CameraBulk).order_by(CameraBulk.made_at.desc(), CameraBulk.id).offset(KEPT)):
        session.delete(old)
    session.flush()
    return row


def do_undo(session: Session, actor: Actor, bulk_id: str, at: float) -> CameraBulk:
    """From here on its steps go back. Raises NotFoundError `bulk.missing`, ConflictError `bulk.undone`."""
    in_order(session)
    row = get_bulk(session, bulk_id)
    if row.state in {"undoing", "undone"}:
        raise ConflictError("bulk.undone", f"{bulk_id} was taken back", id=bulk_id)
    row.state, row.left_out = "undoing" if row.at_item else "undone", 0
    audit.write(session, actor, "camera.bulk_undo", "camera_bulk", row.id, at=at, detail={"count": row.at_item})
    session.flush()
    return row


def go(store: Store, actor: Actor, bulk_id: str, at: float) -> CameraBulk:
    """The next `PIECES` pieces, forward or back; after a crash it goes on where it was cut off. Raises as `get_bulk`."""
    for _ in range(PIECES):
        with store.write() as session:
            row = _step(session, actor, bulk_id, at)
            session.flush()
            session.expunge(row)
        if row.state in {"done", "undone"}:
            break
        store.breathe()
    return row


def _step(session: Session, actor: Actor, bulk_id: str, at: float) -> CameraBulk:
    in_order(session)
    row = get_bulk(session, bulk_id)
    if row.state == "going":
        piece = row.items[row.at_item : row.at_item + PART]
        for camera_id, before in piece:
            wanted = {name: row.changes[name] for name in before}
            row.left_out += not _put(session, actor, camera_id, before, wanted, bulk_id=row.id, at=at)
        row.at_item += len(piece)
        row.state = "done" if row.at_item >= len(row.items) else "going"
    elif row.state == "undoing":
        begin = max(0, row.at_item - PART)
        for camera_id, before in row.items[begin : row.at_item]:
            wanted = {name: row.changes[name] for name in before}
            row.left_out += not _put(session, actor, camera_id, wanted, before, bulk_id=row.id, at=at)
        row.at_item = begin
        row.state = "undone" if begin == 0 else "undoing"
    return row


def _put(
    session: Session,
    actor: Actor,
    camera_id: str,
    stands: Mapping[str, Any],
    wanted: Mapping[str, Any],
    *,
    bulk_id: str,
    at: float,
) -> bool:
    """False: somebody changed or removed the camera meanwhile, or its area is gone: it stays as it is."""
    camera = session.get(CameraRow, camera_id)
    if camera is None or any(getattr(camera, name) != value for name, value in stands.items()):
        return False
    try:
        cameras.do_change_fields(session, actor, camera, wanted, bulk=bulk_id, at=at)
    except LianqinError:
        return False
    return True


def get_bulk(session: Session, bulk_id: str) -> CameraBulk:
    """Raises NotFoundError `bulk.missing`."""
    row = session.get(CameraBulk, bulk_id)
    if row is None:
        raise NotFoundError("bulk.missing", f"no bulk change {bulk_id}", id=bulk_id)
    return row


def newest(session: Session, count: int) -> list[CameraBulk]:
    return list(session.scalars(select(CameraBulk).order_by(CameraBulk.made_at.desc(), CameraBulk.id).limit(count)))


def check_ids(session: Session, ids: Sequence[str]) -> list[CameraRow]:
    """Those cameras, by id. Raises NotFoundError `camera.missing`."""
    wanted = sorted(set(ids))
    rows = {row.id: row for begin in range(0, len(wanted), 500) for row in session.scalars(
        select(CameraRow).where(CameraRow.id.in_(wanted[begin : begin + 500])))}  # fmt: skip
    missing = next((one for one in wanted if one not in rows), None)
    if missing is not None:
        raise NotFoundError("camera.missing", f"no camera {missing}", id=missing)
    return [rows[one] for one in wanted]
