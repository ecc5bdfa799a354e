"""Which cameras answer in the networks of the ingest workers, and which of them the county has already. Every living worker asks once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

import msgspec
from anyio import create_task_group
from sqlalchemy import select
from sqlalchemy.orm import Session

from console.cameras.makers import maker_of
from console.cameras.tables import CameraRow
from console.http.context import Console
from lianqin.addresses import split_address
from lianqin.decoding import from_json
from lianqin.errors import UnavailableError
from lianqin.inner import SignedRequest
from lianqin.texts import cut

SHOWN_IDS: Final = 5
LONGEST: Final = 80


class FoundDevice(msgspec.Struct, frozen=True):
    """As `ingest.source.discovery` tells it."""

    host: str
    endpoint: str = ""
    name: str = ""
    hardware: str = ""


class WorkerAnswer(msgspec.Struct, frozen=True):
    """What one worker tells: what answered, and its own addresses from which it asked."""

    devices: tuple[FoundDevice, ...] = ()
    asked: tuple[str, ...] = ()
    unread: int = 0
    cut: bool = False


class ListedDevice(msgspec.Struct, frozen=True):
    """A device as the page lists it; `known`: ids of cameras at its host, `SHOWN_IDS` at most, `cameras` of them in all."""

    host: str
    name: str
    hardware: str
    maker: str
    known: tuple[str, ...]
    cameras: int


class Result(msgspec.Struct, frozen=True):
    """`silent`: workers that did not answer us."""

    items: list[ListedDevice]
    asked: list[str]
    silent: list[str]
    unread: int
    cut: bool


async def ask(console: Console, workers: Iterable[str]) -> dict[str, WorkerAnswer | None]:
    """What each worker found; None: it did not answer. They ask at the same time."""
    found: dict[str, WorkerAnswer | None] = {}

    async def one(worker: str) -> None:
        try:
            reply = await console.workers.probe(console, worker, SignedRequest("POST", "/discover"))
            found[worker] = from_json(reply.body, WorkerAnswer)
        except (UnavailableError, msgspec.MsgspecError):
            found[worker] = None

    async with create_task_group() as group:
        for worker in workers:
            group.start_soon(one, worker)
    return found


def joined(session: Session, answers: Mapping[str, WorkerAnswer | None]) -> Result:
    """All answers, a device once: by host, and by what it calls itself where one host has several."""
    hosts = known_hosts(session)
    seen: dict[tuple[str, str], ListedDevice] = {}
    told = [one for one in answers.values() if one is not None]
    for device in (device for one in told for device in one.devices):
        known = hosts.get(device.host.lower(), ())
        seen.setdefault((device.host, device.endpoint), ListedDevice(
            device.host, cut(device.name, LONGEST), cut(device.hardware, LONGEST), maker_of(device.name, device.hardware),
            tuple(known[:SHOWN_IDS]), len(known),
        ))  # fmt: skip
    return Result(
        sorted(seen.values(), key=lambda one: (one.cameras > 0, one.host)),
        sorted({address for one in told for address in one.asked}),
        sorted(worker for worker, one in answers.items() if one is None),
        sum(one.unread for one in told), any(one.cut for one in told),
    )  # fmt: skip


def known_hosts(session: Session) -> dict[str, list[str]]:
    """Host in small letters -> ids of the cameras whose streams come from there."""
    found: dict[str, list[str]] = {}
    for camera_id, url, sub_url in session.execute(
        select(CameraRow.id, CameraRow.url, CameraRow.sub_url).order_by(CameraRow.id)
    ):
        for host in {split_address(one).host.lower() for one in (url, sub_url) if one}:
            found.setdefault(host, []).append(camera_id)
    return found
