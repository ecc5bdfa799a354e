"""Who and where is written here: checked as a whole, on the record, and never away from under what speaks of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal, cast

import msgspec
from sqlalchemy import func, inspect, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from lianqin import audit, feed
from lianqin.audit import Actor
from lianqin.db import Base, in_order
from lianqin.decoding import from_json
from lianqin.errors import RecordError
from lianqin.feed import FeedRow
from lianqin.records import build
from lianqin.sheets.cells import code_key
from patrol.county.entries import ENTRIES, KINDS, REFERENCES, TABLES, Kind, cleaned
from patrol.county.rings import check_ring

Change = Literal["new", "changed", "same"]
HIGHER: Final[Mapping[str, tuple[str, ...]]] = {"county": (), "town": ("county",), "station": ("county", "town")}
UNKNOWN: Final[Mapping[Kind, str]] = {
    "organisations": "ground.no_organisation", "units": "ground.no_unit", "areas": "ground.no_area",
    "teams": "ground.no_team", "guards": "ground.no_guard",
}  # fmt: skip


def key_of(kind: Kind) -> InstrumentedAttribute[Any]:
    return cast("InstrumentedAttribute[Any]", cast("Any", TABLES[kind]).id)


class Book:
    """What stands, and what a file adds: answers whether a name is known and a code is free. Read once, where asked."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._rows: dict[Kind, dict[str, dict[str, Any]]] = {}
        self._keys: dict[Kind, dict[str, str]] = {}
        self._codes: dict[str, tuple[Kind, str]] | None = None
        self._stood_at: int | None = None

    @classmethod
    def whole(cls, session: Session) -> Book:
        """All that stands, read now: to be used in transactions that come later, and are short for it."""
        book = cls(session)
        book.note(session)
        for kind in KINDS:
            book.spelled(kind, "")
        book.codes()
        return book

    def still(self, session: Session) -> Book:
        """This one, where nobody changed the ground since `note`; else a new one. The transaction changes it alone from here on."""
        in_order(session)
        return self if _changed_last(session) == self._stood_at else Book(session)

    def note(self, session: Session) -> None:
        """What this transaction wrote is in the book."""
        session.flush()
        self._stood_at = _changed_last(session)

    def rows(self, kind: Kind) -> dict[str, dict[str, Any]]:
        """Every row of the kind by id, as plain values."""
        if kind not in self._rows:
            found = self._session.scalars(select(TABLES[kind])).unique()
            self._rows[kind] = {str(cast("Any", row).id): plain_row(row) for row in found}
        return self._rows[kind]

    def spelled(self, kind: Kind, row_id: str) -> str:
        """The id as it stands, where it stands in other letter case or width; else as it came."""
        rows = self.rows(kind)
        if kind not in self._keys:
            self._keys[kind] = {code_key(one): one for one in rows}
        return row_id if row_id in rows else self._keys[kind].get(code_key(row_id), row_id)

    def resolve(self, kind: Kind, values: dict[str, Any]) -> dict[str, Any]:
        """The values, what they name spelled as it stands."""
        found = dict(values)
        for name, of in REFERENCES[kind].items():
            told = values.get(name)
            if isinstance(told, list):
                found[name] = [self.spelled(of, one) for one in told]
            elif told is not None:
                found[name] = self.spelled(of, told)
        return found

    def codes(self) -> dict[str, tuple[Kind, str]]:
        """Who has a QR or NFC code, by `code_key`."""
        if self._codes is None:
            self._codes = {}
            for kind in ("posts", "checkpoints"):
                for row_id, row in self.rows(kind).items():
                    for code in (row["scan_code"], row.get("nfc_id")):
                        if code:
                            self._codes[code_key(code)] = (kind, row_id)
        return self._codes

    def add(self, kind: Kind, values: dict[str, Any]) -> Change:
        """Raises RecordError as `check` does."""
        old = self.rows(kind).get(values["id"])
        self.check(kind, values)
        self.rows(kind)[values["id"]] = (old or {}) | values
        self._keys[kind][code_key(values["id"])] = values["id"]
        for code in (values.get("scan_code"), values.get("nfc_id")):
            if code:
                self.codes()[code_key(code)] = (kind, values["id"])
        if old is None:
            return "new"
        return "changed" if any(old[name] != value for name, value in values.items()) else "same"

    def check(self, kind: Kind, values: Mapping[str, Any]) -> None:
        """Raises RecordError as in `UNKNOWN` (names something that is not there), `ground.same_id`, `ground.parent`,
        `ground.station`, `ground.code_taken`."""
        standing = self.spelled(kind, values["id"])
        if standing != values["id"]:
            raise RecordError("ground.same_id", f"{values['id']} is {standing}", id=values["id"], other=standing)
        for name, of in REFERENCES[kind].items():
            told = values.get(name)
            for one in told if isinstance(told, list) else [told]:
                if one is not None and one not in self.rows(of):
                    raise RecordError(UNKNOWN[of], f"{name}: no {of} `{one}`", field=name, id=one)
        if kind == "organisations":
            parent = self.rows(kind).get(values["parent_id"] or "")
            if (parent is None) != (values["kind"] == "county") or (
                parent and parent["kind"] not in HIGHER[values["kind"]]
            ):
                raise RecordError("ground.parent", f"a {values['kind']} stands under {HIGHER[values['kind']] or 'nothing'}",
                                  kind=values["kind"], id=values["id"])  # fmt: skip
        station = values.get("station_id")
        if station is not None and self.rows("organisations")[station]["kind"] != "station":
            raise RecordError("ground.station", f"{station} is no police station", id=station)
        for name in ("scan_code", "nfc_id"):
            holder = self.codes().get(code_key(values.get(name) or "")) if name in values else None
            if holder is not None and holder != (kind, values["id"]):
                raise RecordError("ground.code_taken", f"{name} `{values[name]}` is {holder[1]}'s", code=values[name],
                                  other=holder[1], field=name)  # fmt: skip


def _changed_last(session: Session) -> int:
    """The number of the newest change of who and where."""
    return session.scalar(select(func.max(FeedRow.seq)).where(FeedRow.topic == "ground")) or 0


def plain_row(row: Base) -> dict[str, Any]:
    return {column.key: getattr(row, column.key) for column in inspect(type(row)).column_attrs}


def read_entry(kind: Kind, raw: object) -> dict[str, Any]:
    """A row's plain values from what a person sent, its rings checked.

    Raises RecordError `record.invalid`, those of `shapes.check_ring`, and `ground.window`.
    """
    values: dict[str, Any] = from_json(msgspec.json.encode(build(ENTRIES[kind], cleaned(raw))))
    for name in ("polygon", "service_area"):
        if values.get(name) is not None:
            values[name] = [list(point) for point in check_ring(values[name])]
    for begins, ends in values.get("windows") or ():
        if begins >= ends:
            raise RecordError(
                "ground.window", f"the window {begins}-{ends} ends before it begins", begins=begins, ends=ends
            )
    return values


def settle(kind: Kind, values: dict[str, Any], old: Mapping[str, Any] | None, at: float) -> dict[str, Any]:
    """A guard's notice: signed now, or at the moment named; where neither is said, what stands stays."""
    if kind != "guards":
        return values
    signed, named = values.pop("notice_signed", False), values.pop("notice_signed_at", None)
    before = old["notice_signed_at"] if old else None
    return values | {"notice_signed_at": named if named is not None else before or (at if signed else None)}


def do_put(session: Session, actor: Actor, kind: Kind, raw: object, at: float, *, book: Book | None = None) -> Change:
    """Add or change one thing. `book`: that of a file whose rows name each other. Raises as `read_entry`, `Book.check`."""
    book = book or Book(session)
    values = book.resolve(kind, read_entry(kind, raw))
    values = settle(kind, values, book.rows(kind).get(values["id"]), at)
    change = book.add(kind, values)
    if change != "same":
        _write(session, actor, kind, values, at)
    return change


def _write(session: Session, actor: Actor, kind: Kind, values: dict[str, Any], at: float) -> None:
    row = session.get(TABLES[kind], values["id"])
    if row is None:
        row, changed = TABLES[kind](**values), sorted(values)
        session.add(row)
    else:
        changed = [name for name, value in values.items() if getattr(row, name) != value]
        for name in changed:
            setattr(row, name, values[name])
    session.flush()
    audit.write(session, actor, f"{TABLES[kind].__tablename__}.put", TABLES[kind].__tablename__, values["id"], at=at,
                detail={"changed": changed})  # fmt: skip
    feed.push(session, "ground", values["id"], at=at)


def named(session: Session, kind: Kind, rows: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """What each row's references are called: {id: {"unit_id": {"name", "name_en"}}}."""
    found: dict[str, dict[str, Any]] = {row["id"]: {} for row in rows}
    for name, of in REFERENCES[kind].items():
        if name == "unit_ids":
            continue
        ids = {row[name] for row in rows if row[name] is not None}
        told: dict[str, dict[str, str]] = {}
        for one in session.scalars(select(TABLES[of]).where(key_of(of).in_(ids))).unique() if ids else ():
            values = plain_row(one)
            told[values["id"]] = {"name": values["name"], "name_en": values.get("name_en", "")}
        for row in rows:
            if row[name] in told:
                found[row["id"]][name] = told[row[name]]
    return found


def counted(session: Session, kind: Kind, ids: Sequence[str]) -> dict[str, dict[str, int]]:
    """How many guards, posts ... belong to each of these: {id: {"guards": 12}}."""
    found: dict[str, dict[str, int]] = {one: {} for one in ids}
    for other in KINDS:
        for name, of in REFERENCES[other].items():
            if of != kind or name in {"unit_ids", "lead_guard_id"}:
                continue
            column = getattr(TABLES[other], name)
            for row_id, count in session.execute(select(column, func.count()).where(column.in_(ids)).group_by(column)):
                found[row_id][other] = found[row_id].get(other, 0) + count
    return found
