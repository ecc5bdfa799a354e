"""What a position message of a JT/T 808 terminal comes to: calls for help, fixes, a sign of life, or quarantine."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from lianqin.errors import RecordError
from lianqin.geo import to_wgs84
from lianqin.records import Device, Quarantined, SosCall, new_id
from patrol.intake import jt808
from patrol.intake.accept import (
    AHEAD_S,
    MOST_ASIDE,
    OLDEST_S,
    RAW_KEPT,
    SOS_REVOKED_DEVICE,
    SOS_UNKNOWN_DEVICE,
    UNKNOWN_DEVICE,
    Keeps,
    fix_of,
)
from patrol.intake.fields import sane_place
from patrol.intake.jt808 import Sos, TerminalMessage
from patrol.intake.reports import PositionReport
from patrol.intake.reports import odd as unreadable
from patrol.intake.writer import WriteItem, item_of

CLIENT: Final = "jt808"
UNPROVED: Final = "terminal without its code"
ROLLOVER_S: Final = 1024 * 7 * 86_400.0
"""A GPS receiver counts weeks by ten bits (IS-GPS-200, 20.3.3.3.1.1): one that lost count is so much behind."""
_SAME_CALL_S: Final = 600.0
"""A message of a terminal whose clock is wrong is the same call when it is sent again within it."""
MOST_CALLS: Final = 16
"""Of one message that are raised: of one terminal they are one call, and the first and the last tell all there is."""
_CORE: Final = 28
"""Bytes of a position before its additional items."""


class Brought(msgspec.Struct, frozen=True):
    """`items`: calls for help first. `odd` counts what did not fit, by reason. `called`: somebody enrolled calls for help."""

    items: list[WriteItem]
    odd: Counter[str] = msgspec.field(default_factory=Counter)
    called: bool = False


def items_of(message: TerminalMessage, device: Device, now: float) -> list[WriteItem]:
    """Of a terminal that showed its code: `brought_by`'s items."""
    return brought_by(message, device, now).items


def brought_by(
    message: TerminalMessage, device: Device | None, now: float, *, proved: bool = True, keeps: Keeps | None = None,
    hears: Callable[[], bool] | None = None,
) -> Brought:  # fmt: skip
    """A 0x0200 or 0x0704. Never raises. `device`: the one that is enrolled under the number, a revoked one too. Of one that
    did not show its code (`proved` False) calls for help are taken and nothing else. Of strangers is kept what `keeps` allows,
    and an unproved call is taken where `hears` says so; None: all of it."""
    knows = proved and device is not None and not device.revoked

    def alone(why: str, *, calls: bool = False, of: Device | None = None) -> list[WriteItem]:
        return [_aside(message, why, now, of)] if knows or keeps is None or keeps(calls) else []

    if message.encrypted:
        return Brought(alone("encrypted: the intake holds no key", of=device))
    try:
        batch = (
            jt808.split_positions(message.body)
            if message.kind == jt808.POSITIONS
            else jt808.LocationBatch((message.body,), b"", {})
        )
    except RecordError as error:
        return Brought(alone(str(error.values["why"]), of=device))
    odd, bodies = Counter(batch.odd), [*batch.items, *([batch.rest] if batch.rest else [])]
    found = [jt808.decode_sos(body) for body in bodies]
    if device is None or device.revoked:
        why = SOS_REVOKED_DEVICE if device else SOS_UNKNOWN_DEVICE
        return Brought(alone(why, calls=True) if any(found) else alone(UNKNOWN_DEVICE), odd)
    if not proved:
        heard = any(found) and (hears is None or hears())
        raised = _raised(_calls(message, bodies, found, device, now), device, now, odd) if heard else []
        return Brought([*raised, *alone(UNPROVED, of=device)], odd, bool(raised))
    calls = _calls(message, bodies, found, device, now)
    raised = _raised(calls, device, now, odd)
    items, unusable = _taken(batch, found, calls, device, now)
    if batch.rest and not found[-1]:
        unusable.append(("an item of a batch is cut short", batch.rest))
    return Brought(
        [*raised, *items, *_asides(message, unusable, device, now)] or [WriteItem(now, device.guard_id)],
        odd,
        bool(raised),
    )


def _calls(
    message: TerminalMessage, bodies: Sequence[bytes], found: Sequence[Sos | None], device: Device, now: float
) -> list[SosCall | None]:
    return [_call(message, body, sos, device, now) if sos else None for body, sos in zip(bodies, found, strict=True)]


def _raised(calls: Sequence[SosCall | None], device: Device, now: float, odd: Counter[str]) -> list[WriteItem]:
    """Each call once, the first and the last of them where there are many."""
    each = list({call.id: call for call in calls if call}.values())
    if len(each) > MOST_CALLS:
        odd["batch_calls"] += len(each) - MOST_CALLS
        each = [*each[: MOST_CALLS // 2], *each[-MOST_CALLS // 2 :]]
    return [item_of(now, None, device.guard_id, sos=call) for call in each]


def _taken(
    batch: jt808.LocationBatch, found: Sequence[Sos | None], calls: Sequence[SosCall | None], device: Device, now: float
) -> tuple[list[WriteItem], list[tuple[str, bytes]]]:
    """What of a terminal that showed its code can be used; and what can't be, with why."""
    items: list[WriteItem] = []
    unusable: list[tuple[str, bytes]] = []
    for body, sos, call in zip(batch.items, found, calls, strict=False):
        if sos and call:
            items += _sos_fix(sos, call, device, now)
            continue
        try:
            items.append(_item(body, device, now))
        except RecordError as error:
            unusable.append((str(error.values["why"]), body))
    return items, unusable


def _asides(message: TerminalMessage, unusable: list[tuple[str, bytes]], device: Device, now: float) -> list[WriteItem]:
    """One by one while there are few; the last says how many more there were."""
    rest = unusable[MOST_ASIDE - 1 :] if len(unusable) > MOST_ASIDE else []
    items = [_aside(message, why, now, device, body) for why, body in unusable[: len(unusable) - len(rest)]]
    return [*items, _aside(message, f"and {len(rest)} more of the same message", now, device)] if rest else items


def _item(body: bytes, device: Device, now: float) -> WriteItem:
    """Raises RecordError `fix.unreadable`."""
    found = jt808.decode_position(body)
    if not found.positioned:
        return WriteItem(now, device.guard_id)
    if sane_place(found.lat, found.lon) is None:
        raise unreadable(f"no place: lat {found.lat}, lon {found.lon}")
    report = PositionReport(
        CLIENT, "", "", found.at, found.lat, found.lon, speed_mps=found.speed_mps, course=found.course,
        altitude_m=found.altitude_m,
    )  # fmt: skip
    return item_of(now, fix_of(report, device, now), device.guard_id)


def _call(message: TerminalMessage, body: bytes, sos: Sos, device: Device, now: float) -> SosCall:
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


def _sos_fix(sos: Sos, call: SosCall, device: Device, now: float) -> list[WriteItem]:
    """The place of a call, where it has one: at the device's time if that can be, else at that of its arrival."""
    if sos.lat is None or sos.lon is None or call.lat is None:
        return []
    at = _moment(sos.at, now)
    report = PositionReport(
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


def _aside(
    message: TerminalMessage, why: str, now: float, device: Device | None = None, body: bytes | None = None
) -> WriteItem:
    raw = f"{message.kind:04x} {message.terminal_no} {(message.body if body is None else body).hex()}"[:RAW_KEPT]
    aside = Quarantined(id=new_id("qu", now), received_at=now, client=CLIENT, why=why[:80], raw=raw)
    return item_of(now, None, device.guard_id if device else None, aside)
