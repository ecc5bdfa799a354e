"""Calls for help that wait in a stream behind other work: found before anything is judged.

A batch that can't be written (a full disk) comes again and again, and a worker that was away has an hour of fixes before
it; what calls for help behind them is raised all the same.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from typing import Any, Final, cast

import msgspec
import redis

from lianqin import keys
from lianqin.decoding import from_json
from lianqin.errors import RecordError
from lianqin.records import Fix, FixBatch, Record, SosCall, decode
from patrol.judging.doubts import is_sos
from patrol.sos.calls import call_of

Found = tuple[list[SosCall], list[SosCall]]
"""Calls said as such, and those that a fix with the alarm stands for."""
_PAGE: Final = 500
_MARK: Final = re.compile(rb'"sos":\s*\[\s*\{|"alarm":\s*"\s*sos|"type":\s*"sos"', re.IGNORECASE)


def calls_in(record: Record) -> Found:
    """The calls that a record holds."""
    if isinstance(record, SosCall):
        return [record], []
    if isinstance(record, Fix):
        return [], [call_of(record)] if is_sos(record) else []
    if isinstance(record, FixBatch):
        return list(record.sos), [call_of(fix) for fix in record.fixes if is_sos(fix)]
    return [], []


def salvaged(body: bytes, now: float) -> Found:
    """The calls for help in an entry that can't be decoded as a record: of a latitude of 95 or a field of a wrong kind what
    is wrong is left out. Nothing where it is no JSON or says of no guard."""
    if _MARK.search(body) is None:
        return [], []
    try:
        raw = from_json(body)
    except msgspec.DecodeError:
        return [], []
    if not isinstance(raw, dict):
        return [], []
    lists = [raw.get("sos"), raw.get("fixes")] if raw.get("type") == "fixes" else [[raw], [raw]]
    said, fixes = ([one for one in some if isinstance(one, dict)] if isinstance(some, list) else [] for some in lists)
    if raw.get("type") != "fixes":
        said = [one for one in said if one.get("type") == "sos"]
    fixes = [one for one in fixes if str(one.get("alarm") or "").strip().lower() == "sos"]
    return [_loose(one, now) for one in said if _word(one, "guard_id")], [
        _loose(one, now) for one in fixes if _word(one, "guard_id")
    ]


def _loose(raw: dict[str, Any], now: float) -> SosCall:
    lat, lon = _number(raw, "lat", 90), _number(raw, "lon", 180)
    accuracy_m, received_at = _number(raw, "accuracy_m", 1e6), _number(raw, "received_at", 1e11)
    own_id = _word(raw, "id") or hashlib.sha256(msgspec.json.encode(raw)).hexdigest()
    return SosCall(
        id=own_id, device_id=_word(raw, "device_id"), guard_id=_word(raw, "guard_id"),
        received_at=now if received_at is None else received_at, at=_number(raw, "at", 1e11), lat=lat, lon=lon,
        accuracy_m=accuracy_m if accuracy_m is not None and accuracy_m >= 0 else None, client=_word(raw, "client"),
    )  # fmt: skip


def _word(raw: dict[str, Any], name: str) -> str:
    value = raw.get(name)
    return value if isinstance(value, str) else ""


def _number(raw: dict[str, Any], name: str, most: float) -> float | None:
    value = raw.get(name)
    return (
        float(value) if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= most else None
    )


def waiting_calls(client: redis.Redis, stream: str, now: float) -> Iterator[Found]:
    """Calls for help in entries that patrol has not acknowledged yet, oldest first. Redis errors pass through."""
    begin = _oldest(client, stream)
    while True:
        page = cast("list[tuple[bytes, dict[bytes, bytes]]]", client.xrange(stream, min=begin, max="+", count=_PAGE))
        for _, fields in page:
            body = fields.get(keys.FIELD, b"")
            if _MARK.search(body) is None:
                continue
            try:
                yield calls_in(decode(body))
            except RecordError:
                yield salvaged(body, now)
        if len(page) < _PAGE:
            return
        begin = f"({page[-1][0].decode()}"


def _oldest(client: redis.Redis, stream: str) -> str:
    """Where to begin: the oldest entry that was given out and not acknowledged, else the first that was not given out."""
    try:
        groups = cast("Any", client.xinfo_groups(stream))
    except redis.exceptions.ResponseError:  # no such stream yet
        return "-"
    for group in groups:
        if group["name"].decode() != keys.PATROL_GROUP:
            continue
        pending = cast("Any", client.xpending(stream, keys.PATROL_GROUP))
        if pending["pending"]:
            return str(pending["min"].decode())
        return f"({group['last-delivered-id'].decode()}"
    return "-"
