"""Live video (WHEP, MJPEG) and snapshots: who looks, at which camera and why, is registered before the first picture."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from fastapi import APIRouter, Depends, Response
from fastapi.responses import StreamingResponse

from console import cameras, cases, live
from console.bodies import Limited
from console.context import Console
from console.permissions import PERMISSIONS, Here, requires
from console.replies import reply
from console.sessions import Caller
from console.workers import on_own_thread
from lianqin import audit
from lianqin.audit import LOOK_PURPOSES
from lianqin.decoding import from_json
from lianqin.errors import RecordError
from lianqin.inner import Told

router = APIRouter(prefix="/api")
Looks = Annotated[Caller, requires("live.look")]
Stream = Literal["main", "sub"]
_PRIVATE = {"Cache-Control": "private, no-store"}
Offer = Annotated[bytes, Depends(Limited(64 * 1024, "live.offer"))]


class _Look(msgspec.Struct, frozen=True):
    """Whom to ask, for which form of the stream; `headers` say what it is."""

    worker: str
    stream: str
    headers: dict[str, str]


def _registered(
    console: Console, caller: Caller, camera_id: str, *, stream: str, purpose: str, case_ref: str, own: str = "live_watch"
) -> _Look:  # fmt: skip
    """Once the look stands in the register. Officers say why, for a case that the rule knows, as anybody who names one; raises
    RecordError `live.purpose` and those of `patrol.case_numbers.check_case`. Who is neither in the command
    room nor an officer sees nobody's face, except on the still picture of a set-up (domain/roles.md)."""
    role, why, case = caller.actor.role, purpose.strip()[:60] or own, ""
    with console.store.read() as session:
        cameras.get_camera(session, camera_id)
        if role == "officer" and why not in LOOK_PURPOSES:
            raise RecordError("live.purpose", "an officer looks for a purpose of the list")

        if role == "officer" or case_ref.strip():
            case = cases.check_case(session, caller.actor, why, case_ref)
    worker = live.worker_of(console, camera_id)
    console.looks.register(
        caller.actor,
        "live.look",
        "camera",
        camera_id,
        purpose=why,
        case_ref=case,
    )
    if role in PERMISSIONS["live.clear"] or (own == why == "set_up"):
        return _Look(worker, stream, {**_PRIVATE})
    return _Look(worker, f"{stream}.blurred", {**_PRIVATE, "X-Blurred": "1"})


@router.post("/cameras/{camera_id}/whep")
async def begin_live(
    *, console: Here, caller: Looks, camera_id: str, offer: Offer, stream: Stream = "sub", purpose: str = "",
    case_ref: str = "",
) -> Response:  # fmt: skip
    """An SDP offer in, its answer out (RFC 9725). `Location` ends it; `X-Transcoded` says that it is not as the camera
    sends it."""
    look = await on_own_thread(
        _registered, console, caller, camera_id, stream=stream, purpose=purpose, case_ref=case_ref
    )
    answer = await console.workers.ask(console, look.worker, Told("POST", f"/live/{camera_id}/{look.stream}", offer))
    headers = {**look.headers, "Location": f"/api/live/{look.worker}/{answer.headers.get('x-viewer', '')}",
               "X-Transcoded": answer.headers.get("x-transcoded", "0")}  # fmt: skip
    return Response(answer.body, 201, headers, "application/sdp")


@router.post("/cameras/{camera_id}/view")
async def view_is_right(
    console: Here, caller: Annotated[Caller, requires("camera.view_right")], camera_id: str
) -> Response:
    """What the camera shows now is what it should show: its worker learns the view anew."""
    worker = await on_own_thread(_worker_of, console, camera_id)
    await console.workers.ask(console, worker, Told("POST", f"/view/{camera_id}", b""))
    await on_own_thread(_note, console, caller, "camera.view_right", camera_id, {})
    return reply({})


@router.delete("/cameras/{camera_id}/false-places")
async def forget_false_places(
    console: Here, caller: Annotated[Caller, requires("camera.forget_places")], camera_id: str
) -> Response:
    """Where false boxes were learned the camera's worker learns anew; what stands in its view is still known."""
    worker = await on_own_thread(_worker_of, console, camera_id)
    answer = await console.workers.ask(console, worker, Told("DELETE", f"/places/{camera_id}"))
    places = from_json(answer.body, int)
    await on_own_thread(_note, console, caller, "camera.forget_places", camera_id, {"places": places})
    return reply({"forgotten": places})


def _worker_of(console: Console, camera_id: str) -> str:
    with console.store.read() as session:
        cameras.get_camera(session, camera_id)
    return live.worker_of(console, camera_id)


def _note(console: Console, caller: Caller, action: str, camera_id: str, detail: dict[str, int]) -> None:
    with console.store.write() as session:
        audit.write(session, caller.actor, action, "camera", camera_id, at=console.clock.now(), detail=detail)


@router.delete("/live/{worker}/{viewer_id}")
async def end_live(console: Here, _: Looks, worker: str, viewer_id: str) -> Response:
    """Who does not end it is found out by the worker within half a minute."""
    if not viewer_id.isalnum():
        raise RecordError("live.offer", "no such viewer")
    await on_own_thread(live.check_worker, console, worker)
    await console.workers.ask(console, worker, Told("DELETE", f"/live/{viewer_id}"))
    return Response(status_code=204)


@router.get("/cameras/{camera_id}/snapshot")
async def snapshot(
    *, console: Here, caller: Looks, camera_id: str, stream: Stream = "sub", purpose: str = "", case_ref: str = ""
) -> Response:
    """The camera's picture of now, a key frame at most a group old."""
    own = "set_up" if caller.actor.role in PERMISSIONS["camera.set_up"] else "live_watch"
    look = await on_own_thread(
        _registered, console, caller, camera_id, stream=stream, purpose=purpose, case_ref=case_ref, own=own
    )
    answer = await console.workers.ask(console, look.worker, Told("GET", f"/snapshot/{camera_id}/{look.stream}"))
    return Response(answer.body, 200, look.headers, "image/jpeg")


@router.get("/cameras/{camera_id}/fmp4")
async def fragmented(
    *, console: Here, caller: Looks, camera_id: str, stream: Stream = "sub", purpose: str = "", case_ref: str = ""
) -> Response:
    """Fragmented MP4 without end, for Media Source Extensions: where WebRTC does not get through."""
    look = await on_own_thread(
        _registered, console, caller, camera_id, stream=stream, purpose=purpose, case_ref=case_ref
    )
    return await _flowing(console, look, Told("GET", f"/fmp4/{camera_id}/{look.stream}"))


@router.get("/cameras/{camera_id}/mjpeg")
async def mjpeg(
    *, console: Here, caller: Looks, camera_id: str, stream: Stream = "sub", purpose: str = "", case_ref: str = ""
) -> Response:
    """Some pictures a second, where nothing else gets through."""
    look = await on_own_thread(
        _registered, console, caller, camera_id, stream=stream, purpose=purpose, case_ref=case_ref
    )
    return await _flowing(console, look, Told("GET", f"/mjpeg/{camera_id}/{look.stream}"))


async def _flowing(console: Console, look: _Look, told: Told) -> Response:
    flow = await console.workers.flow_of(console, look.worker, told)
    return StreamingResponse(
        console.workers.flowing(look.worker, flow), 200, {**look.headers, **flow.headers}, flow.media_type
    )
