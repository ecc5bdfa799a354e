"""Check-ins (打卡) by QR, NFC or position. Each has its fate: it counts, or it says why not. They stand beside the visits
that fixes prove and replace none."""

from __future__ import annotations

from typing import Final, Literal

import msgspec
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from lianqin import audit, feed
from lianqin.audit import Actor
from lianqin.errors import ConflictError
from patrol.county.entries import of_code, tag_id
from patrol.county.tables import Checkpoint
from patrol.duty.tables import CheckInRow, Shift
from patrol.judging.doubts import ASSUMED_ACCURACY_M, apart_m

Method = Literal["qr", "nfc", "gps"]
LATE_S: Final = 72 * 3600.0
AHEAD_S: Final = 120.0
DOUBLE_S: Final = 60.0
FAR_M: Final = 200.0
"""A code read so far from its checkpoint was read from a photograph."""
SLACK_M: Final = 25.0


class Punch(msgspec.Struct, frozen=True):
    """What the phone says. `id` is the phone's own: sent twice, it is the same check-in. `at`: device time."""

    id: str
    method: Method
    at: float
    code: str = ""
    lon: float | None = None
    lat: float | None = None
    accuracy_m: float | None = None


class Known(msgspec.Struct, frozen=True):
    """A checkpoint as judged here."""

    id: str
    area_id: str
    lon: float
    lat: float
    radius_m: float


class Fate(msgspec.Struct, frozen=True):
    """`why` when it does not count: unknown_code, other_area, too_far, no_place, too_late, clock_ahead, double."""

    counts: bool
    why: str = ""
    checkpoint_id: str | None = None


def _off_m(punch: Punch, spot: Known) -> float | None:
    if punch.lon is None or punch.lat is None:
        return None
    return apart_m(spot.lat, spot.lon, punch.lat, punch.lon)


def judge(punch: Punch, area_id: str, by_code: Known | None, near: list[Known], *,
          earlier: list[tuple[str | None, float]], now: float) -> Fate:  # fmt: skip
    """`by_code`: whose code it is. `near`: the checkpoints of his area. `earlier`: (checkpoint, time) that count. Pure."""
    spot, why = by_code, ""
    if now - punch.at > LATE_S:
        why = "too_late"
    elif punch.at - now > AHEAD_S:
        why = "clock_ahead"
    elif punch.method == "gps":
        spot, why = _nearest(punch, near)
    elif spot is None:
        why = "unknown_code"
    elif spot.area_id != area_id:
        why = "other_area"
    else:
        off = _off_m(punch, spot)
        why = "too_far" if off is not None and off - (punch.accuracy_m or ASSUMED_ACCURACY_M) > FAR_M else ""
    if not why and spot is not None and any(one == spot.id and abs(at - punch.at) < DOUBLE_S for one, at in earlier):
        why = "double"
    return Fate(not why, why, spot.id if spot else None)


def _nearest(punch: Punch, near: list[Known]) -> tuple[Known | None, str]:
    places = [(off, one.id, one) for one in near if (off := _off_m(punch, one)) is not None]
    if not places:
        return None, "no_place"
    off, _, spot = min(places)
    within = spot.radius_m + min(punch.accuracy_m or ASSUMED_ACCURACY_M, SLACK_M)
    return (spot, "") if off <= within else (None, "too_far")


def do_check_in(session: Session, actor: Actor, guard_id: str, punch: Punch, now: float) -> CheckInRow:
    """Raises ConflictError `check_in.off_shift`: off shift nothing is kept. The same id again answers the same."""
    held = session.get(CheckInRow, punch.id)
    if held is not None and held.guard_id == guard_id:
        return held
    shift = session.scalar(select(Shift).where(
        Shift.guard_id == guard_id, Shift.opened_at <= punch.at + AHEAD_S,
        Shift.overdue_at > punch.at, or_(Shift.closed_at.is_(None), Shift.closed_at >= punch.at)).order_by(Shift.opened_at.desc()).limit(1))  # fmt: skip
    if shift is None:
        raise ConflictError("check_in.off_shift", "no shift of his was open then")
    spots = [Known(row.id, row.area_id, row.lon, row.lat, row.radius_m)
             for row in session.scalars(select(Checkpoint).where(Checkpoint.area_id == shift.area_id))]  # fmt: skip
    code = punch.code.strip()
    nfc = punch.method == "nfc"
    read = (
        session.scalar(of_code(Checkpoint, "nfc_id" if nfc else "scan_code", tag_id(code) if nfc else code))
        if code
        else None
    )
    by_code = Known(read.id, read.area_id, read.lon, read.lat, read.radius_m) if read else None
    earlier = [(row.checkpoint_id, row.at) for row in session.scalars(
        select(CheckInRow).where(CheckInRow.shift_id == shift.id, CheckInRow.counts))]  # fmt: skip
    fate = judge(punch, shift.area_id, by_code, spots, earlier=earlier, now=now)
    row = CheckInRow(
        id=punch.id, shift_id=shift.id, guard_id=guard_id, checkpoint_id=fate.checkpoint_id, at=punch.at, received_at=now,
        method=punch.method, lon=punch.lon, lat=punch.lat, accuracy_m=punch.accuracy_m, counts=fate.counts, why=fate.why,
    )  # fmt: skip
    session.add(row)
    session.flush()
    audit.write(session, actor, "check_in", "shift", shift.id, at=now,
                detail={"checkpoint": fate.checkpoint_id, "counts": fate.counts, "why": fate.why})  # fmt: skip
    feed.push(session, "check_in", row.id, at=now, unit_id=shift.unit_id, guard_id=guard_id)
    return row
