"""The register read by a person: everything that happened about one alert, call, guard or camera, and names beside ids."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Literal, get_args

from sqlalchemy import ColumnElement, and_, false, or_, select
from sqlalchemy.orm import Session

from console.access.tables import Account
from console.alerts.tables import AlertRow
from console.audit.own_looks import live_looks_at
from console.cameras.tables import CameraRow
from console.incidents.tables import Incident
from lianqin.audit import AuditRow
from patrol.calls.tables import PointCall
from patrol.checks.tables import SpotCheck
from patrol.county.tables import Guard, Unit
from patrol.devices.tables import DeviceRow
from patrol.dispatch.tables import Dispatch
from patrol.duty.tables import HandOver, RosterEntry, Shift

Kind = Literal["alert", "incident", "dispatch", "point_call", "shift", "guard", "camera", "account"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
OPENING_A_DESK: Final = and_(AuditRow.action == "snapshot.look", AuditRow.purpose == "alert_judging")
"""The pictures of alerts that a desk shows by itself: two of five rows of a register."""
LOOKS: Final = and_(
    or_(AuditRow.action.endswith(".look"), AuditRow.action.endswith(".export")), ~OPENING_A_DESK
)  # fmt: skip
_OF_GUARD: Final[Mapping[str, Any]] = {
    "shift": Shift, "point_call": PointCall, "dispatch": Dispatch, "spot_check": SpotCheck, "device": DeviceRow, "roster_entry": RosterEntry,
}  # fmt: skip
_MOST_PEOPLE: Final = 50


def _is(kind: str, ids: Any) -> ColumnElement[bool]:
    return and_(AuditRow.object_kind == kind, AuditRow.object_id.in_(ids))


def _alert(_: Session, alert_id: str, __: float) -> list[ColumnElement[bool]]:
    incidents = select(Incident.id).where(Incident.alert_id == alert_id)
    sent = select(Dispatch.id).where(Dispatch.incident_id.in_(incidents))
    return [_is("alert", [alert_id]), _is("incident", incidents), _is("dispatch", sent), AuditRow.case_ref == alert_id]


def _incident(session: Session, incident_id: str, at: float) -> list[ColumnElement[bool]]:
    row = session.get(Incident, incident_id)
    return [_is("incident", [incident_id]), *(_alert(session, row.alert_id, at) if row is not None else [])]


def _point_call(session: Session, call_id: str, _: float) -> list[ColumnElement[bool]]:
    row = session.get(PointCall, call_id)
    drawn = [_is("draw", [row.draw_id])] if row is not None and row.draw_id else []
    return [_is("point_call", [call_id]), AuditRow.case_ref == call_id, *drawn]


def _guard(session: Session, guard_id: str, at: float) -> list[ColumnElement[bool]]:
    return _guards(session, [guard_id], at)


def _guards(session: Session, ids: Sequence[str], at: float) -> list[ColumnElement[bool]]:
    """What these guards did and what was done about them; live looks at the map while one was on shift too."""
    offers = select(HandOver.id).where(or_(HandOver.from_guard_id.in_(ids), HandOver.to_guard_id.in_(ids)))
    live = {look.row.seq for look in live_looks_at(session, ids, at)}
    return [
        _is("guard", ids), _is("hand_over", offers), AuditRow.seq.in_(live),
        AuditRow.actor_id.in_(select(Account.id).where(Account.guard_id.in_(ids))),
        *(_is(kind, select(table.id).where(table.guard_id.in_(ids))) for kind, table in _OF_GUARD.items()),
    ]  # fmt: skip


def _camera(_: Session, camera_id: str, __: float) -> list[ColumnElement[bool]]:
    alerts = select(AlertRow.id).where(AlertRow.camera_id == camera_id)
    return [
        _is("camera", [camera_id]),
        _is("alert", alerts),
        and_(AuditRow.object_kind == "zone", AuditRow.object_id.startswith(f"{camera_id}-")),
    ]


def _account(_: Session, account_id: str, __: float) -> list[ColumnElement[bool]]:
    return [_is("account", [account_id]), AuditRow.actor_id == account_id]


def _alone(kind: str) -> Callable[[Session, str, float], list[ColumnElement[bool]]]:
    return lambda _, thing_id, __: [_is(kind, [thing_id])]


_ABOUT: Final[Mapping[Kind, Callable[[Session, str, float], list[ColumnElement[bool]]]]] = {
    "alert": _alert, "incident": _incident, "dispatch": _alone("dispatch"), "point_call": _point_call, "shift": _alone("shift"),
    "guard": _guard, "camera": _camera, "account": _account,
}  # fmt: skip


def about(session: Session, kind: Kind, thing_id: str, at: float) -> ColumnElement[bool]:
    """Which rows speak of this thing, or of what hangs on it."""
    return or_(*_ABOUT[kind](session, thing_id, at))


def of_person(session: Session, name: str, at: float) -> ColumnElement[bool]:
    """Rows by or about people of that name, or part of it: guards and accounts alike."""
    guards = session.scalars(
        select(Guard.id).where(Guard.name.contains(name, autoescape=True)).order_by(Guard.id).limit(_MOST_PEOPLE)
    ).all()
    accounts = select(Account.id).where(Account.name.contains(name, autoescape=True))
    found = _guards(session, guards, at) if guards else []
    return or_(AuditRow.actor_name.contains(name, autoescape=True), _is("account", accounts), *found, false())


def names_of(session: Session, rows: Sequence[AuditRow]) -> dict[str, str]:
    """`kind:id` -> what people call it, for the objects of these rows and the guards in their details."""
    asked: dict[str, set[str]] = {}
    for row in rows:
        asked.setdefault(row.object_kind, set()).add(row.object_id)
        for key in ("guard", "to", "chosen"):
            told = row.detail.get(key)
            asked.setdefault("guard", set()).update(
                [told] if isinstance(told, str) else [one for one in told or [] if isinstance(one, str)]
            )
    found: dict[str, str] = {}
    for kind, query in _named().items():
        ids = asked.get(kind)
        if ids:
            column = query.selected_columns[0]
            found |= {f"{kind}:{row[0]}": str(row[1] or "") for row in session.execute(query.where(column.in_(ids)))}
    return found


def _named() -> dict[str, Any]:  # selects of different widths to the type checker
    """Each kind's ids and names."""
    plain: dict[str, Any] = {
        "guard": select(Guard.id, Guard.name), "account": select(Account.id, Account.name), "unit": select(Unit.id, Unit.name),
        "camera": select(CameraRow.id, CameraRow.name), "incident": select(Incident.id, Incident.place_name),
        "alert": select(AlertRow.id, CameraRow.name).join(CameraRow, CameraRow.id == AlertRow.camera_id),
    }  # fmt: skip
    return plain | {
        kind: select(table.id, Guard.name).join(Guard, Guard.id == table.guard_id) for kind, table in _OF_GUARD.items()
    }
