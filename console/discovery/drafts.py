"""Cameras added as drafts: found in the network, not watched yet, each with the next free id and GB/T 28181 code."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count, repeat
from typing import Final

import msgspec
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from console.cameras import cameras, makers
from console.cameras.addresses import CameraLogin
from console.cameras.tables import CameraRow
from lianqin.audit import Actor
from lianqin.db import PART, Store
from lianqin.errors import RecordError
from lianqin.records import Camera

MOST: Final = 200


class CameraDraft(msgspec.Struct, frozen=True):
    """One camera of those that were chosen."""

    host: str
    maker: str
    name: str
    channel: int = 1


class Common(msgspec.Struct, frozen=True):
    """What all of them share. `prefix`: of their ids; `code`: the first one's, the others have the next free ones."""

    prefix: str
    code: str
    login: CameraLogin | None = None
    area_id: str | None = None


def do_add(store: Store, actor: Actor, drafts: Sequence[CameraDraft], common: Common, at: float) -> list[str]:
    """The ids that they got. All are checked before the first is written, piece by piece. Raises RecordError `draft.code` and what
    `makers.addresses` and `cameras.check_camera` raise."""
    with store.read() as session:
        made = _made(session, drafts, common)
        for named in made:
            cameras.check_camera(session, named.settled(None).camera)
            cameras.check_area(session, common.area_id)
    for begin in range(0, len(made), PART):
        with store.write() as session:
            for named in made[begin : begin + PART]:
                cameras.do_add_camera(session, actor, named, at)
        store.breathe()
    return [one.camera.id for one in made]


def _made(session: Session, drafts: Sequence[CameraDraft], common: Common) -> list[cameras.NamedCamera]:
    ids = set(session.scalars(select(func.lower(CameraRow.id))))
    codes = set(session.scalars(select(CameraRow.code)))
    free_ids = (one for n in count(1) if (one := f"{common.prefix}{n:03d}").lower() not in ids)
    free_codes = (one for one in _codes(common.code) if one not in codes)
    found = []
    for draft in drafts:
        url, sub_url = makers.addresses(draft.maker, draft.host, None, draft.channel)
        code = next(free_codes, None)
        if code is None:
            raise RecordError("draft.code", f"no free code from {common.code} on", code=common.code)
        camera = Camera(id=next(free_ids), code=code, name=draft.name.strip() or draft.host, url=url, sub_url=sub_url,
                        area_id=common.area_id, enabled=False)  # fmt: skip
        found.append(cameras.NamedCamera(camera, login=common.login))
    return found


def _codes(first: str) -> Iterator[str]:
    """From this one on, as long as its first 13 digits stay: they name the place and the kind of device."""
    if len(first) != 20 or not (first.isascii() and first.isdigit()):
        yield from repeat(first)  # refused as it is
    for number in range(int(first[13:]), 10_000_000):
        yield f"{first[:13]}{number:07d}"
