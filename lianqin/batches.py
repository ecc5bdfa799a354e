"""Records that stand for many: a batch of fixes holds those of several guards, watch minutes those of several cameras.

What makes one part useless is not to cost the others: a batch is taken part by part (`parts_of`), and one that can't be read as a
whole is read part by part (`split_readable`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from lianqin.decoding import from_json, from_plain
from lianqin.records import Alive, Fix, FixBatch, Record, SosCall, WatchMinute, WatchMinutes
from lianqin.texts import storable_all

FIELDS: Final[Mapping[type[Any], Mapping[str, type[Any]]]] = {
    FixBatch: {"sos": SosCall, "fixes": Fix, "alive": Alive},
    WatchMinutes: {"minutes": WatchMinute},
}
"""By kind of batch: its lists, in the order in which their parts are taken, and what each holds."""
_BY_TAG: Final = {kind.__struct_config__.tag: kind for kind in FIELDS}


def _batch(kind: type[Any], parts: Mapping[str, Sequence[Any]]) -> Any:
    return kind(**{name: tuple(parts.get(name, ())) for name in FIELDS[kind]})


def parts_of(record: Record) -> tuple[Record, ...]:
    """What a batch holds, each as a batch of its own; of any other record none."""
    kind = type(record)
    return tuple(_batch(kind, {name: (one,)}) for name in FIELDS.get(kind, ()) for one in getattr(record, name))


def joined(parts: Sequence[Record]) -> Record:
    """Parts of one batch as one again."""
    kind = type(parts[0])
    return _batch(kind, {name: [one for part in parts for one in getattr(part, name)] for name in FIELDS[kind]})  # type: ignore[no-any-return]  # as its kind says


def split_readable(raw: bytes) -> tuple[bytes, bytes] | None:
    """A batch that can't be read for some of its parts, as two: what can be read, and what can't. None where it is no batch, or
    nothing in it can be read."""
    try:
        told = storable_all(from_json(raw))  # as `decode` reads it
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
    tag = told.get("type") if isinstance(told, dict) else None
    kind = _BY_TAG.get(tag) if isinstance(tag, str) else None
    if kind is None:
        return None
    good, bad = ({"type": told["type"]} | {name: [] for name in FIELDS[kind]} for _ in range(2))
    for name, part in FIELDS[kind].items():
        each = told.get(name)
        for one in each if isinstance(each, list) else ():
            (good if _is(one, part) else bad)[name].append(one)
    if not any(good[name] for name in FIELDS[kind]):
        return None
    return msgspec.json.encode(good), msgspec.json.encode(bad)


def _is(value: Any, kind: type[Any]) -> bool:
    try:
        from_plain(value, kind)
    except msgspec.MsgspecError:
        return False
    return True
