"""Who could go: guards by distance, each with the reason why he may not, or a warning."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from lianqin.geo import LonLat, distance_m, outside_m, walking_seconds
from patrol.county.tables import Guard, Unit
from patrol.dispatch.tables import Dispatch
from patrol.duty.breaks import guards_on_break
from patrol.duty.shifts import on_duty
from patrol.duty.tables import Shift
from patrol.judging.doubts import PROVES_NOTHING
from patrol.judging.presence import GuardPlace

BOUND_TO_AREA: Final = ("property", "self_hired")
"""令564 art. 15: guards of these units must not serve outside their own service area."""
UNDERWAY: Final = ("called", "accepted", "arrived")
ReasonKey = Literal[
    "", "off_shift", "outside_service_area", "stale_fix", "no_fix", "doubtful_place", "busy", "on_break"
]


WARNS: Final = frozenset({"", "stale_fix", "no_fix", "doubtful_place"})
"""These don't forbid."""


class Candidate(msgspec.Struct, frozen=True):
    """One guard. `phone` and `call_sign` of those on shift alone. `reason_key` empty: nothing against him; `stale_fix`, `no_fix` and `doubtful_place` warn, the others
    forbid. Of a place known to be wrong nothing is measured: its distance is not known."""

    guard_id: str
    name: str
    phone: str
    call_sign: str
    unit_name: str
    unit_kind: str
    shift_id: str | None
    distance_m: float | None
    walking_s: float | None
    fix_age_s: float | None
    stale: bool
    battery_pct: float | None
    allowed: bool
    reason_key: ReasonKey
    reason_values: dict[str, Any]


def may_serve(unit: Unit, place: LonLat) -> bool:
    """令564 art. 15. A bound unit without a known area may serve nowhere: the law has no "probably"."""
    if unit.kind not in BOUND_TO_AREA:
        return True
    return bool(unit.service_area) and outside_m([(p[0], p[1]) for p in unit.service_area or []], place) <= 0


def candidates(
    session: Session, place: LonLat, places: Mapping[str, GuardPlace], at: float, stale_after: float
) -> list[Candidate]:
    """All guards, allowed first, then by distance; those without a place last. `place` is (lon, lat)."""
    on_shift = {row.guard_id: row for row in session.scalars(select(Shift).where(on_duty(at))).unique()}
    against: dict[str, ReasonKey] = dict.fromkeys(guards_on_break(session, at), "on_break")
    against |= dict.fromkeys(session.scalars(select(Dispatch.guard_id).where(Dispatch.state.in_(UNDERWAY))), "busy")
    found = [
        _candidate(
            guard,
            on_shift.get(guard.id),
            places.get(guard.id),
            place,
            at,
            stale_after,
            against=against.get(guard.id, ""),
        )
        for guard in session.scalars(select(Guard).order_by(Guard.id)).unique()
    ]
    return sorted(
        found,
        key=lambda one: (not one.allowed, one.distance_m is None, one.distance_m or 0.0, one.guard_id),
    )


def _candidate(  # noqa: PLR0917 - all that speaks for or against him
    guard: Guard,
    shift: Shift | None,
    last: GuardPlace | None,
    place: LonLat,
    at: float,
    stale_after: float,
    *,
    against: ReasonKey,
) -> Candidate:
    if shift is None or (last is not None and last.shift_id != shift.id):
        last = None  # a place of an earlier shift is nobody's business
    metres = distance_m((last.lon, last.lat), place) if last and last.sure else None
    age = max(0.0, at - min(last.at, last.received_at)) if last else None
    stale = last is None or at - min(last.known_at, at) > stale_after
    key: ReasonKey = ""
    values: dict[str, Any] = {}
    if shift is None:
        key = "off_shift"
    elif not may_serve(guard.unit, place):
        key, values = "outside_service_area", {"unit": guard.unit.name, "law": "令564 art. 15"}
    elif against:
        key = against
    elif last is None:
        key = "no_fix"
    elif not last.sure:
        key, values = "doubtful_place", {"doubts": [one for one in last.doubts if one in PROVES_NOTHING]}
    elif stale:
        key, values = "stale_fix", {"age_s": age}
    return Candidate(
        guard_id=guard.id, name=guard.name, phone=guard.phone if shift else "", call_sign=guard.call_sign if shift else "", unit_name=guard.unit.name, unit_kind=guard.unit.kind,
        shift_id=shift.id if shift else None, distance_m=metres,
        walking_s=walking_seconds(metres) if metres is not None else None, fix_age_s=age, stale=stale,
        battery_pct=last.battery_pct if last else None, allowed=key in WARNS, reason_key=key,
        reason_values=values,
    )  # fmt: skip
