"""What a position message of a JT/T 808 terminal comes to: calls for help, fixes, a sign of life, or quarantine."""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import Final

import msgspec

from lianqin.errors import RecordError
from lianqin.geo import to_wgs84
from lianqin.records import Device, Quarantined, SosCall, new_id
from patrol.intake import jt808
from patrol.intake.accept import (
    AHEAD_S,
    OLDEST_S,
    RAW_KEPT,
    SOS_REVOKED_DEVICE,
    SOS_UNKNOWN_DEVICE,
    UNKNOWN_DEVICE,
    fix_of,
)
from patrol.intake.fields import sane_place
from patrol.intake.jt808 import Message, Sos
from patrol.intake.readers import Report
from patrol.intake.writer import Item, item_of

CLIENT: Final = "jt808"
UNPROVED: Final = "terminal without its code"
ROLLOVER_S: Final = 1024 * 7 * 86_400.0
"""A GPS receiver counts weeks by ten bits (IS-GPS-200, 20.3.3.3.1.1): one that lost count is so much behind."""
_SAME_CALL_S: Final = 600.0
"""A message of a terminal whose clock is wrong is the same call when it is sent again within it."""
_CORE: Final = 28
"""Bytes of a position before its additional items."""


class Brought(msgspec.Struct, frozen=True):
    """`items`: calls for help first. `odd` counts what did not fit, by reason. `called`: somebody enrolled calls for help."""

    items: list[Item]
    odd: Counter[str] = msgspec.field(default_factory=Counter)
    called: bool = False


def items_of(message: Message, device: Device, now: float) -> list[Item]:
    """Of a terminal that showed its code: `brought_by`'s items."""
    return brought_by(message, device, now).items


def brought_by(message: Message, device: Device | None, now: float, *, proved: bool = True) -> Brought:
    """A 0x0200 or 0x0704. Never raises. `device`: the one that is enrolled under the number, a revoked one too. Of one that
    did not show its code (`proved` False) calls for help are taken and nothing else."""
    if message.encrypted:
        return Brought([_aside(message, "encrypted: the intake holds no key", now, device)])
    try:
        batch = (
            jt808.split_positions(message.body)
            if message.kind == jt808.POSITIONS
            else jt808.Batch((message.body,), b"", {})
        )
    except RecordError as error:
        return Brought([_aside(message, str(error.values["why"]), now, device)])
    odd, bodies = Counter(batch.odd), [*batch.items, *([batch.rest] if batch.rest else [])]
    found = [jt808.decode_sos(body) for body in bodies]
    if device is None or device.revoked:
        why = SOS_REVOKED_DEVICE if device else SOS_UNKNOWN_DEVICE
        return Brought([_aside(message, why if any(found) else UNKNOWN_DEVICE, now)], odd)
    calls = [_call(message, body, sos, device, now) if sos else None for body, sos in zip(bodies, found, strict=True)]
    raised = [item_of(now, None, device.guard_id, sos=call) for call in calls if call]
    if not proved:
        return Brought([*raised, _aside(message, UNPROVED, now, device)], odd, bool(raised))
    items = [
        item
        for body, sos, call in zip(batch.items, found, calls, strict=False)
        for item in (_sos_fix(sos, call, device, now) if sos and call else [_item(message, body, device, now)])
    ]
    if batch.rest and not found[-1]:
        items.append(_aside(message, "an item of a batch is cut short", now, device, batch.rest))
    return Brought([*raised, *items] or [Item(now, device.guard_id)], odd, bool(raised))


def _item(message: Message, body: bytes, device: Device, now: float) -> Item:
    try:
        found = jt808.decode_position(body)
        if not found.positioned:
            return Item(now, device.guard_id)
        if sane_place(found.lat, found.lon) is None:
            return _aside(message, f"no place: lat {found.lat}, lon {found.lon}", now, device, body)
        report = Report(
            CLIENT, message.terminal_no, "", found.at, found.lat, found.lon, speed_mps=found.speed_mps, course=found.course,
            altitude_m=found.altitude_m,
        )  # fmt: skip
        return item_of(now, fix_of(report, device, now), device.guard_id)
    except RecordError as error:
        return _aside(message, str(error.values["why"]), now, device, body)


def _call(message: Message, body: bytes, sos: Sos, device: Device, now: float) -> SosCall:
    """Sent again it has the same id. Where the clock is right it tells two calls apart; else the message's number does."""
    what = body[:_CORE]
    if sos.at is None or _moment(sos.at, now) != sos.at:
        what += b"|%d|%d" % (message.serials[-1], now // _SAME_CALL_S)
    place = None
    if sos.lat is not None and sos.lon is not None:
        lon, lat = to_wgs84((sos.lon, sos.lat), device.coord_sys)
        place = sane_place(lat, lon)
    lat_lon = place or (None, None)
    return SosCall(
        id="so-" + hashlib.sha256(device.id.encode() + b"|" + what).hexdigest()[:32], device_id=device.id,
        guard_id=device.guard_id, received_at=now, at=sos.at, lat=lat_lon[0], lon=lat_lon[1], client=CLIENT,
    )  # fmt: skip


def _sos_fix(sos: Sos, call: SosCall, device: Device, now: float) -> list[Item]:
    """The place of a call, where it has one: at the device's time if that can be, else at that of its arrival."""
    if sos.lat is None or sos.lon is None or call.lat is None:
        return []
    at = _moment(sos.at, now)
    report = Report(
        CLIENT, "", "", at, sos.lat, sos.lon, speed_mps=sos.speed_mps, course=sos.course, altitude_m=sos.altitude_m,
        alarm="sos", own_id=call.id if at is None else None,
    )  # fmt: skip
    return [item_of(now, fix_of(report, device, now), device.guard_id)]


def _moment(at: float | None, now: float) -> float | None:
    """The time as sent, or as it was meant by a receiver that lost count of its weeks; None where it can't be either."""
    if at is None:
        return None
    return next(
        (when for when in (at, at + ROLLOVER_S, at + 2 * ROLLOVER_S) if now - OLDEST_S <= when <= now + AHEAD_S), None
    )


def _aside(message: Message, why: str, now: float, device: Device | None = None, body: bytes | None = None) -> Item:
    raw = f"{message.kind:04x} {message.terminal_no} {(message.body if body is None else body).hex()}"[:RAW_KEPT]
    aside = Quarantined(id=new_id("qu", now), received_at=now, client=CLIENT, why=why[:80], raw=raw)
    return item_of(now, None, device.guard_id if device else None, aside)
