"""Live video (WHEP, MJPEG) and snapshots: who looks, at which camera and why, is registered before the first picture."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Response
from fastapi.responses import StreamingResponse

from console import cameras, live
from console.bodies import limited
from console.context import Console
from console.permissions import Here, requires
from console.replies import reply
from console.sessions import Caller
from lianqin import audit
from lianqin.errors import RecordError
from lianqin.inner import Told

router = APIRouter(prefix="/api")
Looks = Annotated[Caller, requires("live.look")]
Stream = Literal["main", "sub"]
_PRIVATE = {"Cache-Control": "private, no-store"}
Offer = Annotated[bytes, Depends(limited(64 * 1024, "live.offer"))]


def _registered(console: Console, caller: Caller, camera_id: str, purpose: str, case_ref: str) -> str:
    """The worker to ask, once the look stands in the register. Officers say why; raises RecordError `live.purpose`."""
    with console.store.read() as session:
        cameras.get_camera(session, camera_id)
    role = caller.actor.role
    if role == "officer" and not (purpose.strip() and case_ref.strip()):
        raise RecordError("live.purpose", "an officer looks for a purpose and a case")
    own = {"sysadmin": "set_up"}.get(role or "", "live_watch")
    worker = live.worker_of(console, camera_id)
    console.looks.register(
        caller.actor,
        "live.look",
        "camera",
        camera_id,
        purpose=purpose.strip()[:60] or own,
        case_ref=case_ref.strip()[:60],
    )
    return worker


@router.post("/cameras/{camera_id}/whep")
def begin_live(
    *, console: Here, caller: Looks, camera_id: str, offer: Offer, stream: Stream = "sub", purpose: str = "",
    case_ref: str = "",
) -> Response:  # fmt: skip
    """An SDP offer in, its answer out (RFC 9725). `Location` ends it; `X-Transcoded` says that it is not as the camera
    sends it."""
    worker = _registered(console, caller, camera_id, purpose, case_ref)
    answer = live.ask(console, worker, Told("POST", f"/live/{camera_id}/{stream}", offer))
    headers = {**_PRIVATE, "Location": f"/api/live/{worker}/{answer.headers.get('x-viewer', '')}",
               "X-Transcoded": answer.headers.get("x-transcoded", "0")}  # fmt: skip
    return Response(answer.body, 201, headers, "application/sdp")


@router.post("/cameras/{camera_id}/view")
def view_is_right(console: Here, caller: Annotated[Caller, requires("camera.view_right")], camera_id: str) -> Response:
    """What the camera shows now is what it should show: its worker learns the view anew."""
    with console.store.read() as session:
        cameras.get_camera(session, camera_id)
    live.ask(console, live.worker_of(console, camera_id), Told("POST", f"/view/{camera_id}", b""))
    with console.store.write() as session:
        audit.write(session, caller.actor, "camera.view_right", "camera", camera_id, at=console.clock.now(), detail={})
    return reply({})


@router.delete("/live/{worker}/{viewer_id}")
def end_live(console: Here, _: Looks, worker: str, viewer_id: str) -> Response:
    """Who does not end it is found out by the worker within half a minute."""
    if not viewer_id.isalnum():
        raise RecordError("live.offer", "no such viewer")
    live.ask(console, worker, Told("DELETE", f"/live/{viewer_id}"))
    return Response(status_code=204)


@router.get("/cameras/{camera_id}/snapshot")
def snapshot(
    *, console: Here, caller: Looks, camera_id: str, stream: Stream = "sub", purpose: str = "", case_ref: str = ""
) -> Response:
    """The camera's picture of now, a key frame at most a group old."""
    worker = _registered(console, caller, camera_id, purpose, case_ref)
    answer = live.ask(console, worker, Told("GET", f"/snapshot/{camera_id}/{stream}"))
    return Response(answer.body, 200, _PRIVATE, "image/jpeg")


@router.get("/cameras/{camera_id}/mjpeg")
def mjpeg(
    *, console: Here, caller: Looks, camera_id: str, stream: Stream = "sub", purpose: str = "", case_ref: str = ""
) -> Response:
    """Some pictures a second, where nothing else gets through."""
    worker = _registered(console, caller, camera_id, purpose, case_ref)
    media_type, flow = live.pieces(console, worker, Told("GET", f"/mjpeg/{camera_id}/{stream}"))
    return StreamingResponse(flow, 200, _PRIVATE, media_type)
