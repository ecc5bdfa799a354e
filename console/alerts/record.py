"""The record of alerts: the whole history narrowed, sorted and paged, for `/records`.

`RecordQuery` -> `conditions` -> `page` (ids by keyset) -> `views`. What a sort goes by and what a filter asks stand in `ix_alert_record`, so that
the rows themselves, wide by their tracks, are read for one page alone.
"""

from __future__ import annotations

import base64
import binascii
from collections import defaultdict
from collections.abc import Sequence
from typing import Annotated, Any, Final, Literal

import msgspec
from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased, defer

from console.alerts.tables import REPORTED, AlertRow
from console.cameras.outages import AREAS_JOINED_BY, OF_DEVICE
from console.cameras.tables import CameraRow, ZoneRow
from console.canary import line
from console.http.replies import Shown, limit_of
from console.incidents.places import english_of
from console.incidents.tables import Incident
from console.rules.tables import Shelf
from lianqin.db import rows_by_id
from lianqin.decoding import from_json
from lianqin.errors import RecordError
from lianqin.texts import is_storable
from patrol.county.tables import Area, Guard, Unit
from patrol.dispatch.tables import Dispatch

Sort = Literal["time", "priority", "situation", "area", "camera", "unit", "waited"]
State = Literal["new", "judged", "confirmed", "false", "ignored"]
COUNTED: Final = 10_000
"""So many are counted and exported at most."""
_FOREVER: Final = 1e12
"""Stands for the moment of a judgement that has not come: what waits is sorted as waiting longest, the oldest first."""


class RecordQuery(msgspec.Struct, frozen=True):
    """What narrows the record; empty: not by this. `from_at` up to, not including, `to_at`: epoch seconds of capture."""

    from_at: float | None = None
    to_at: float | None = None
    area_id: str = ""
    camera_id: str = ""
    zone_id: str = ""
    situation: str = ""
    priority: int | None = None
    state: State | None = None
    reason: str = ""
    judged_by: str = ""
    unit_id: str = ""
    """Whose guards were sent."""
    q: str = ""
    """Words of an alert's id, its camera's id, or a name of its zone, camera or patrol area in either language: each of them."""

    def named(self) -> dict[str, object]:
        """What was asked for, for the register."""
        return {name: value for name, value in msgspec.structs.asdict(self).items() if value not in (None, "")}


class _Cursor(msgspec.Struct, frozen=True):
    by: str
    value: float | str
    seq: Annotated[int, msgspec.Meta(ge=0, le=2**53)]


def words(q: str) -> list[ColumnElement[bool]]:
    """Each word stands in the alert's id, its camera's id, its zone's name as it was then, or a name that its zone, camera or patrol area
    has now. Names are asked of their own small tables, once a question and not once an alert."""
    found = []
    for word in q.split():
        areas = select(Area.id).where(_named_so(Area, word))
        cameras = select(CameraRow.id).where(or_(_named_so(CameraRow, word), CameraRow.area_id.in_(areas)))
        zones = select(ZoneRow.id).where(ZoneRow.name_en.icontains(word, autoescape=True))
        columns: Sequence[InstrumentedAttribute[str]] = (AlertRow.id, AlertRow.zone_name, AlertRow.camera_id)
        found.append(
            or_(
                *(one.icontains(word, autoescape=True) for one in columns),
                AlertRow.camera_id.in_(cameras),
                AlertRow.zone_id.in_(zones),
                and_(AlertRow.zone_id.startswith(OF_DEVICE), _of_area_named(word)),
            )
        )
    return found


def _named_so(table: type[Area] | type[CameraRow], word: str) -> ColumnElement[bool]:
    return or_(table.name.icontains(word, autoescape=True), table.name_en.icontains(word, autoescape=True))


def _of_area_named(word: str) -> ColumnElement[bool]:
    """Of device alerts, which have the names of their areas for a zone's: one of those is named so."""
    names, name = AREAS_JOINED_BY + AlertRow.zone_name + AREAS_JOINED_BY, AREAS_JOINED_BY + Area.name + AREAS_JOINED_BY
    return select(Area.id).where(_named_so(Area, word), func.replace(names, name, "") != names).exists()


def conditions(asked: RecordQuery) -> list[ColumnElement[bool]]:
    """The filter as SQL."""
    equal = {
        AlertRow.camera_id: asked.camera_id, AlertRow.zone_id: asked.zone_id, AlertRow.situation: asked.situation,
        AlertRow.judge_reason: asked.reason, AlertRow.judged_by: asked.judged_by,
    }  # fmt: skip
    found: list[ColumnElement[bool]] = [column == value for column, value in equal.items() if value]
    if asked.from_at is not None:
        found.append(AlertRow.captured_at >= asked.from_at)
    if asked.to_at is not None:
        found.append(AlertRow.captured_at < asked.to_at)
    if asked.priority is not None:
        found.append(AlertRow.priority == asked.priority)
    if asked.state is not None:
        found.append(AlertRow.state != "new" if asked.state == "judged" else AlertRow.state == asked.state)
    if asked.area_id:
        camera = select(CameraRow.id).where(CameraRow.id == AlertRow.camera_id, CameraRow.area_id == asked.area_id)
        found.append(camera.exists())  # asked of each alert in its order: most pages are full before long
    if asked.unit_id:
        found.append(AlertRow.incident_id.in_(select(Dispatch.incident_id).where(Dispatch.unit_id == asked.unit_id)))
    return found + words(asked.q)


_OF_AREA: Final = (
    select(Area.name).join(CameraRow, CameraRow.area_id == Area.id).where(CameraRow.id == AlertRow.camera_id).scalar_subquery()
)  # fmt: skip
_OTHER: Final = aliased(AlertRow)
RESTED: Final = AlertRow.id.in_(select(_OTHER.id).where(_OTHER.shelf_id > ""))
"""On a shelf now or before. Which shelf, and when it came back, `ix_alert_record` does not have: of these alone the rows are read, which the
index of `shelf_id` names. SQLite looks there for `> ''`, and through all rows for what is not null."""
BACK_AT: Final = select(_OTHER.back_at).where(_OTHER.id == AlertRow.id).scalar_subquery()
_SINCE_SHELF: Final = (
    select(func.coalesce(_OTHER.back_at, case((Shelf.until_at < _OTHER.judged_at, Shelf.until_at), else_=_OTHER.judged_at)))
    .join(Shelf, Shelf.id == _OTHER.shelf_id).where(_OTHER.id == AlertRow.id).scalar_subquery()
)  # fmt: skip
WAITS_FROM: Final = case((RESTED, func.coalesce(_SINCE_SHELF, AlertRow.received_at)), else_=AlertRow.received_at)
"""Since when an alert waits for its judgement, as `views` tells it at the desk: its arrival, or its return from a shelf; judged on its
shelf it never waited."""
_OF_UNIT: Final = (
    select(func.min(Unit.name)).join(Dispatch, Dispatch.unit_id == Unit.id)
    .where(Dispatch.incident_id == AlertRow.incident_id).scalar_subquery()
)  # fmt: skip
_ORDERS: Final[dict[Sort, ColumnElement[Any]]] = {
    "time": AlertRow.captured_at.expression,
    "priority": AlertRow.priority.expression,
    "situation": AlertRow.situation.expression,
    "area": func.coalesce(_OF_AREA, ""),
    "camera": func.coalesce(
        select(CameraRow.name).where(CameraRow.id == AlertRow.camera_id).scalar_subquery(), AlertRow.camera_id
    ),
    "unit": func.coalesce(_OF_UNIT, ""),
    "waited": func.coalesce(AlertRow.judged_at, _FOREVER) - WAITS_FROM,
}
NUMBERS: Final = frozenset({"time", "priority", "waited"})
"""Sorts whose value is a number."""


def _pack(cursor: _Cursor) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(cursor)).decode().rstrip("=")


def _unpack(text: str, sort: Sort) -> _Cursor:
    try:
        found = from_json(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)), _Cursor)
    except (msgspec.MsgspecError, binascii.Error, ValueError):
        found = _Cursor("", "", 0)
    if (
        found.by != sort
        or isinstance(found.value, str) is (sort in NUMBERS)
        or (isinstance(found.value, str) and not is_storable(found.value))
    ):
        raise RecordError("list.cursor", "this cursor was not given out here; start from the first page")
    return found


def _sorted(query: Select[Any], order: ColumnElement[Any], *, down: bool) -> Select[Any]:
    return query.order_by(order.desc() if down else order.asc(), AlertRow.seq.desc())


def ids(
    session: Session, asked: RecordQuery, sort: Sort = "time", *, down: bool = True, most: int = COUNTED
) -> list[int]:
    """The `seq` of what the filter shows, in that order, `most` at most."""
    query = select(AlertRow.seq).where(*conditions(asked))
    return list(session.scalars(_sorted(query, _ORDERS[sort], down=down).limit(most)))


def page(
    session: Session, asked: RecordQuery, sort: Sort, *, down: bool, cursor: str | None, limit: int
) -> tuple[list[AlertRow], str | None]:
    """One page, the newest first among equals, with the cursor of the next one. Raises RecordError `list.cursor`."""
    order = _ORDERS[sort]
    query = select(order.label("value"), AlertRow.seq).where(*conditions(asked))
    if cursor:
        last = _unpack(cursor, sort)
        beyond = order < last.value if down else order > last.value
        query = query.where(or_(beyond, and_(order == last.value, AlertRow.seq < last.seq)))
    size = limit_of(limit)
    found = session.execute(_sorted(query, order, down=down).limit(size + 1)).all()
    more = len(found) > size
    found = found[:size]
    following = _pack(_Cursor(sort, found[-1].value, found[-1].seq)) if more else None
    return rows(session, [one.seq for one in found]), following


def rows(session: Session, seqs: Sequence[int]) -> list[AlertRow]:
    """Those alerts without their tracks, in that order."""
    found: dict[int, AlertRow] = {}
    for start in range(0, len(seqs), 500):
        query = select(AlertRow).where(AlertRow.seq.in_(seqs[start : start + 500]))
        plain = query.options(defer(AlertRow.tracks, raiseload=True), defer(AlertRow.zone_points, raiseload=True))
        found |= {row.seq: row for row in session.scalars(plain)}
    return [found[seq] for seq in seqs if seq in found]


def count(session: Session, asked: RecordQuery) -> int:
    """How many the filter shows; beyond `COUNTED` that many and one."""
    some = select(AlertRow.seq).where(*conditions(asked)).limit(COUNTED + 1).subquery()
    return session.scalar(select(func.count()).select_from(some)) or 0


def views(session: Session, found: Sequence[AlertRow]) -> list[Shown]:
    """Rows of the record: what rang, where, how long it waited, who judged it how, whose guards were sent."""
    cameras = rows_by_id(session, CameraRow, {row.camera_id for row in found})
    areas = rows_by_id(session, Area, {one.area_id for one in cameras.values()})
    named_en, since = english_of(session, [(row.zone_id, row.zone_name) for row in found]), _waits_from(session, found)
    places = {
        row.id: row.place_name
        for row in session.scalars(
            select(Incident).where(
                Incident.id.in_([one.incident_id for one in found if one.situation == REPORTED and one.incident_id])
            )
        )
    }
    sent = _sent(session, [row.incident_id for row in found if row.incident_id])
    return [
        {
            "id": row.id, "situation": row.situation, "priority": row.priority, "captured_at": row.captured_at,
            "received_at": row.received_at, "camera": line.name() if row.situation == line.SITUATION else _named(cameras.get(row.camera_id), row.camera_id),
            "area": _named(areas.get(cameras[row.camera_id].area_id or ""), "") if row.camera_id in cameras else None,
            "place": places.get(row.incident_id or "", ""),
            "zone": {"id": row.zone_id, "name": row.zone_name, "name_en": named_en[row.zone_id, row.zone_name]},
            "state": row.state, "judge_reason": row.judge_reason, "judged_by": row.judged_by, "judged_at": row.judged_at,
            "waited_s": None if row.judged_at is None else max(0.0, row.judged_at - since.get(row.seq, row.received_at)),
            "incident_id": row.incident_id, "sent": sent.get(row.incident_id or "", []),
            "picture": row.snapshot is not None and row.purged_at is None,
            "clip": row.clip is not None and row.purged_at is None, "purged_at": row.purged_at,
        }
        for row in found
    ]  # fmt: skip


def _named(row: Any, otherwise: str) -> Shown | None:
    if row is None:
        return {"id": otherwise, "name": otherwise, "name_en": ""} if otherwise else None
    return {"id": row.id, "name": row.name, "name_en": row.name_en}


def _waits_from(session: Session, found: Sequence[AlertRow]) -> dict[int, float]:
    """By `seq`, of those that rested on a shelf."""
    rested = [row.seq for row in found if row.shelf_id is not None]
    return {seq: since for n in range(0, len(rested), 500)
            for seq, since in session.execute(select(AlertRow.seq, WAITS_FROM).where(AlertRow.seq.in_(rested[n : n + 500])))}  # fmt: skip


def _sent(session: Session, incident_ids: Sequence[str]) -> dict[str, list[Shown]]:
    found: dict[str, list[Shown]] = defaultdict(list)
    for start in range(0, len(incident_ids), 500):
        query = (
            select(Dispatch.incident_id, Guard.name.label("guard"), Unit.id, Unit.name, Unit.name_en)
            .join(Guard, Guard.id == Dispatch.guard_id).join(Unit, Unit.id == Dispatch.unit_id)
            .where(Dispatch.incident_id.in_(incident_ids[start : start + 500])).order_by(Dispatch.called_at)
        )  # fmt: skip
        for row in session.execute(query):
            unit = {"id": row.id, "name": row.name, "name_en": row.name_en}
            found[row.incident_id].append({"guard": row.guard, "unit": unit})
    return found


def choices(session: Session) -> Shown:
    """What the filters offer: areas, units, and who judged, which kinds and reasons the record knows."""

    def distinct(column: InstrumentedAttribute[Any]) -> list[str]:
        return sorted(one for one in session.scalars(select(column).distinct()) if one)

    return {
        "areas": [_named(row, "") for row in session.scalars(select(Area).order_by(Area.id))],
        "units": [_named(row, "") for row in session.scalars(select(Unit).order_by(Unit.id))],
        "judges": distinct(AlertRow.judged_by), "situations": distinct(AlertRow.situation), "reasons": distinct(AlertRow.judge_reason),
    }  # fmt: skip
