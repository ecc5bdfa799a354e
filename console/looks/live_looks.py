"""An officer sees guards live for a stated purpose and half an hour (domain/roles.md: live with purpose); both are in the
audit. Operators and leaders see their station's guards by their role."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, cast

import msgspec
import redis
from sqlalchemy.orm import Session

from lianqin import audit, keys
from lianqin.audit import Actor, LookPurpose
from lianqin.decoding import from_json

LASTS_S: Final = 1800.0


class LiveLook(msgspec.Struct, frozen=True):
    """Why, for which case, and until when."""

    purpose: LookPurpose
    case_ref: str
    until: float


def do_begin(session: Session, actor: Actor, purpose: LookPurpose, case_ref: str, at: float) -> LiveLook:
    """Write the register; what it returns counts once `keep` has it, after the commit."""
    look = LiveLook(purpose, case_ref, at + LASTS_S)
    audit.write(session, actor, "guards.look", "guards", "live", at=at, purpose=purpose, case_ref=case_ref,
                detail={"until": look.until})  # fmt: skip
    return look


def do_end(session: Session, actor: Actor, at: float) -> None:
    audit.write(session, actor, "guards.look_end", "guards", "live", at=at)


def do_end_if_any(client: redis.Redis, session: Session, actor: Actor, at: float) -> None:
    """The look ends with the session. While Redis is away nothing is shown, and it ends by its own time."""
    if actor.role != "officer":
        return
    try:
        if look_of(client, actor.id) is None:
            return
        forget(client, actor.id)
    except redis.exceptions.RedisError:
        return
    do_end(session, actor, at)


def keep(client: redis.Redis, account_id: str, look: LiveLook, at: float) -> None:
    """Redis errors pass through: then nothing is shown."""
    client.set(keys.live_look(account_id), msgspec.json.encode(look), px=max(1, int((look.until - at) * 1000)))


def forget(client: redis.Redis, account_id: str) -> None:
    client.delete(keys.live_look(account_id))


def look_of(client: redis.Redis, account_id: str) -> LiveLook | None:
    raw = cast("bytes | None", client.get(keys.live_look(account_id)))
    return from_json(raw, LiveLook) if raw else None


def looking(client: redis.Redis, account_ids: Iterable[str]) -> set[str]:
    """Which of these accounts have a look that lasts."""
    ids = sorted(set(account_ids))
    if not ids:
        return set()
    held = cast("list[bytes | None]", client.mget([keys.live_look(one) for one in ids]))
    return {one for one, raw in zip(ids, held, strict=True) if raw is not None}
