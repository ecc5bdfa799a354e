"""The set-up of one camera by the system administrator: for a quarter of an hour, registered, this login session's alone. While it runs he may
ask for a clear picture, to draw zones on; else, and unless he asks, what he sees is blurred (domain/roles.md)."""

from __future__ import annotations

from typing import Any, Final, cast

import redis
from sqlalchemy import select
from sqlalchemy.orm import Session

from console.access.sessions import Caller
from console.cameras.tables import CameraRow
from lianqin import audit, keys
from lianqin.addresses import split_address
from lianqin.errors import DeniedError

LASTS_S: Final = 900.0


def do_begin(session: Session, caller: Caller, camera_id: str, at: float) -> float:
    """Until when; counts once `keep` has it, after the commit."""
    until = at + LASTS_S
    audit.write(
        session, caller.actor, "camera.set_up", "camera", camera_id, at=at, purpose="set_up", detail={"until": until}
    )
    return until


def do_end(session: Session, caller: Caller, camera_id: str, at: float) -> None:
    audit.write(session, caller.actor, "camera.set_up_end", "camera", camera_id, at=at, purpose="set_up")


def keep(client: redis.Redis, caller: Caller, camera_id: str, until: float, at: float) -> None:
    """Redis counts the time. Its errors pass through: then nothing is shown."""
    client.set(keys.set_up(caller.session, camera_id), str(until), px=max(1, int((until - at) * 1000)))


def forget(client: redis.Redis, caller: Caller, camera_id: str) -> bool:
    """False: none ran."""
    return bool(client.delete(keys.set_up(caller.session, camera_id)))


def check_runs(client: redis.Redis, caller: Caller, camera_id: str) -> None:
    """Raises DeniedError `camera.set_up_first`; Redis errors pass through."""
    if not cast("Any", client.exists(keys.set_up(caller.session, camera_id))):
        raise DeniedError("camera.set_up_first", f"no set-up of {camera_id} runs in this session", id=camera_id)


def masks_at(session: Session, url: str) -> list[Any]:
    """Masks of every camera whose streams come from this address's host: another name or path of the same device shows nothing
    more. Of a recorder with many cameras all of theirs: too much is hidden rather than too little."""
    host = split_address(url).host.lower().rstrip(".")
    found: list[Any] = []
    for row in session.scalars(select(CameraRow)):
        hosts = {split_address(one).host.lower().rstrip(".") for one in (row.url, row.sub_url) if one}
        if row.masks and host in hosts:
            found += [mask for mask in row.masks if mask not in found]
    return found
