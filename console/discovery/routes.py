"""Cameras found in the network: one question by every worker, and drafts of those that are chosen."""

from __future__ import annotations

from typing import Annotated

from anyio import CancelScope
from fastapi import APIRouter, Response
from pydantic import Field

from console.access.permissions import Here, requires
from console.access.sessions import Caller
from console.cameras.addresses import CameraLogin
from console.cameras.routes import LONGEST_LOGIN
from console.cameras.video import living_workers
from console.cameras.workers import on_own_thread
from console.discovery import discovery, drafts
from console.discovery.answers import DiscoveryAnswer, DraftsAnswer
from console.http.answers import gives
from console.http.bodies import Form
from console.http.context import Console
from console.http.replies import reply

router = APIRouter(prefix="/api")
SetsUp = Annotated[Caller, requires("camera.set_up")]


@router.post("/cameras/discover")
@gives(DiscoveryAnswer)
async def discover(console: Here, caller: SetsUp) -> Response:
    """Takes some seconds; that the network was asked is registered first."""
    workers = await on_own_thread(living_workers, console)
    with CancelScope(shield=True):
        await on_own_thread(_register, console, caller)
    answers = await discovery.ask(console, workers)
    return reply(await on_own_thread(_joined, console, answers))


def _register(console: Console, caller: Caller) -> None:
    console.looks.register(caller.actor, "camera.discover", "network", "*", purpose="set_up")


def _joined(console: Console, answers: dict[str, discovery.WorkerAnswer | None]) -> discovery.Result:
    with console.store.read() as session:
        return discovery.joined(session, answers)


class Chosen(Form):
    host: str = Field(max_length=255)
    maker: str = Field(max_length=20)
    name: str = Field("", max_length=80)
    channel: int = 1


class Drafts(Form):
    items: list[Chosen] = Field(min_length=1, max_length=drafts.MOST)
    prefix: str = Field(max_length=36)
    code: str = Field(max_length=20)
    area_id: str | None = None
    user: str = Field("", max_length=LONGEST_LOGIN)
    password: str = Field("", max_length=LONGEST_LOGIN)


@router.post("/cameras/drafts")
@gives(DraftsAnswer)
def add_drafts(console: Here, caller: SetsUp, form: Drafts) -> Response:
    """Not watched until somebody says so: each is tried and aimed first."""
    chosen = [drafts.CameraDraft(one.host, one.maker, one.name, one.channel) for one in form.items]
    common = drafts.Common(form.prefix, form.code, CameraLogin(form.user, form.password), form.area_id or None)
    added = drafts.do_add(console.store, caller.actor, chosen, common, console.clock.now())
    return reply({"added": added})
