"""Live video (WHEP, MJPEG) and snapshots: who looks, at which camera and why, is registered before the first picture."""

from __future__ import annotations

import contextlib
import hashlib
from typing import Annotated, Final, Literal

import msgspec
from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import StreamingResponse

from console.access.permissions import PERMISSIONS, Here, requires
from console.access.sessions import Caller
from console.cameras import cameras, set_ups, video
from console.cameras.answers import ForgottenAnswer, SetUpBegunAnswer
from console.cameras.running import RunningLooks, SentBytes
from console.cameras.workers import Ended, on_own_thread
from console.cases import cases
from console.http.answers import Nothing, gives, gives_file
from console.http.bodies import Limited
from console.http.context import Console
from console.http.replies import reply
from lianqin import audit
from lianqin.audit import LOOK_PURPOSES, Purpose, purpose_of
from lianqin.decoding import from_json
from lianqin.errors import LianqinError, RecordError
from lianqin.inner import SignedRequest

router = APIRouter(prefix="/api")
Looks = Annotated[Caller, requires("live.look")]
SetsUp = Annotated[Caller, requires("camera.set_up")]
Stream = Literal["main", "sub"]


def _running(request: Request) -> RunningLooks:
    found: RunningLooks = request.app.state.running
    return found


Runs = Annotated[RunningLooks, Depends(_running)]
_END_TIMEOUT_S: Final = 2.0
"""Whoever ends looks goes on to the next: the worker ends by itself what it is not told to keep."""
_PRIVATE = {"Cache-Control": "private, no-store"}
Offer = Annotated[bytes, Depends(Limited(64 * 1024, "live.offer"))]


class _Look(msgspec.Struct, frozen=True):
    """At which camera and why; whom to ask, for which form of the stream; `headers` say what it is."""

    camera_id: str
    purpose: Purpose
    case_ref: str
    worker: str
    stream: str
    headers: dict[str, str]
    clear: bool = False
    """For who sees it blurred else."""


def _checked(
    console: Console, caller: Caller, camera_id: str, *, stream: str, purpose: str, case_ref: str,
    own: Purpose = "live_watch", clear: bool = False,
) -> _Look:  # fmt: skip
    """Why is of the closed list; officers say it, for a case that the rule knows, as anybody who names one. Raises
    RecordError `live.purpose` and those of `patrol.case_numbers.check_case`. Who is neither in the command
    room nor an officer sees nobody's face, unless he asks for a `clear` picture in a set-up that runs (domain/roles.md);
    raises DeniedError `camera.set_up_first`."""
    role, why, case = caller.actor.role, purpose_of(purpose.strip() or own), ""
    if why is None or why not in (LOOK_PURPOSES if role == "officer" else (*LOOK_PURPOSES, "live_watch", own)):
        raise RecordError("live.purpose", f"no purpose of the list: {purpose[:60]}")
    with console.store.read() as session:
        cameras.get_camera(session, camera_id)
        if role == "officer" or case_ref.strip():
            case = cases.check_case(session, caller.actor, why, case_ref)
    is_clear = role in PERMISSIONS["live.clear"]
    if clear and not is_clear:
        set_ups.check_runs(console.redis, caller, camera_id)
    worker = video.worker_of(console, camera_id)
    if is_clear or clear:
        return _Look(camera_id, why, case, worker, stream, {**_PRIVATE}, clear and not is_clear)
    return _Look(camera_id, why, case, worker, f"{stream}.blurred", {**_PRIVATE, "X-Blurred": "1"})


def _register(console: Console, caller: Caller, look: _Look, picture: bytes | None = None) -> None:
    """Pictures asked for one after the other are one look a minute, with the first one's digest."""
    console.looks.register(
        caller.actor, "live.look", "camera", look.camera_id, purpose=look.purpose, case_ref=look.case_ref, follows=True, clear=look.clear,
        sha256="" if picture is None else hashlib.sha256(picture).hexdigest(),
    )  # fmt: skip


@router.post("/cameras/{camera_id}/whep")
@gives_file("application/sdp", status=201)
async def begin_live(
    *, console: Here, running: Runs, caller: Looks, camera_id: str, offer: Offer, stream: Stream = "sub", purpose: str = "",
    case_ref: str = "",
) -> Response:  # fmt: skip
    """An SDP offer in, its answer out (RFC 9725). `Location` ends it; `X-Transcoded` says that it is not as the camera
    sends it."""
    look = await on_own_thread(_checked, console, caller, camera_id, stream=stream, purpose=purpose, case_ref=case_ref)
    await on_own_thread(_register, console, caller, look)
    answer = await console.workers.ask(
        console, look.worker, SignedRequest("POST", f"/live/{camera_id}/{look.stream}", offer)
    )
    viewer = answer.headers.get("x-viewer", "")
    await on_own_thread(
        running.begin, caller, camera_id, purpose=look.purpose, case_ref=look.case_ref, way="WebRTC", worker=look.worker, viewer=viewer,
        cut=lambda: _end_at(console, look.worker, viewer),
    )  # fmt: skip
    headers = {**look.headers, "Location": f"/api/live/{look.worker}/{viewer}",
               "X-Transcoded": answer.headers.get("x-transcoded", "0")}  # fmt: skip
    return Response(answer.body, 201, headers, "application/sdp")


@router.post("/cameras/{camera_id}/view")
@gives(Nothing)
async def view_is_right(
    console: Here, caller: Annotated[Caller, requires("camera.view_right")], camera_id: str
) -> Response:
    """What the camera shows now is what it should show: its worker learns the view anew."""
    worker = await on_own_thread(_worker_of, console, camera_id)
    await console.workers.ask(console, worker, SignedRequest("POST", f"/view/{camera_id}", b""))
    await on_own_thread(_note, console, caller, "camera.view_right", camera_id, {})
    return reply({})


@router.delete("/cameras/{camera_id}/false-places")
@gives(ForgottenAnswer)
async def forget_false_places(
    console: Here, caller: Annotated[Caller, requires("camera.forget_places")], camera_id: str
) -> Response:
    """Where false boxes were learned the camera's worker learns anew; what stands in its view is still known."""
    worker = await on_own_thread(_worker_of, console, camera_id)
    answer = await console.workers.ask(console, worker, SignedRequest("DELETE", f"/places/{camera_id}"))
    places = from_json(answer.body, int)
    await on_own_thread(_note, console, caller, "camera.forget_places", camera_id, {"places": places})
    return reply({"forgotten": places})


def _worker_of(console: Console, camera_id: str) -> str:
    with console.store.read() as session:
        cameras.get_camera(session, camera_id)
    return video.worker_of(console, camera_id)


def _note(console: Console, caller: Caller, action: str, camera_id: str, detail: dict[str, int]) -> None:
    with console.store.write() as session:
        audit.write(session, caller.actor, action, "camera", camera_id, at=console.clock.now(), detail=detail)


def _end_at(console: Console, worker: str, viewer_id: str) -> None:
    """A worker that can't be asked ends what it is not told to keep."""
    if console.workers.answers(worker):
        with contextlib.suppress(LianqinError):
            video.ask(console, worker, SignedRequest("DELETE", f"/live/{viewer_id}"), timeout=_END_TIMEOUT_S)


@router.delete("/live/{worker}/{viewer_id}")
@gives(None, 204)
async def end_live(console: Here, running: Runs, caller: Looks, worker: str, viewer_id: str) -> Response:
    """One's own. Who does not end it is found out by the worker within half a minute."""
    if not viewer_id.isalnum():
        raise RecordError("live.offer", "no such viewer")
    mine = await on_own_thread(running.end_viewer, caller, viewer_id)
    if mine or not running.is_anybodys(viewer_id):  # else begun at another console, or before this one started
        await on_own_thread(video.check_worker, console, worker)
        await console.workers.ask(console, worker, SignedRequest("DELETE", f"/live/{viewer_id}"))
    return Response(status_code=204)


@router.get("/cameras/{camera_id}/snapshot")
@gives_file("image/jpeg")
async def snapshot(
    *,
    console: Here,
    caller: Looks,
    camera_id: str,
    stream: Stream = "sub",
    purpose: str = "",
    case_ref: str = "",
    clear: bool = False,
) -> Response:
    """The camera's picture of now, a key frame at most a group old. The system administrator's is blurred, and with `clear` clear
    while a set-up of the camera runs."""
    own: Purpose = "set_up" if caller.actor.role in PERMISSIONS["camera.set_up"] else "live_watch"
    look = await on_own_thread(
        _checked, console, caller, camera_id, stream=stream, purpose=purpose, case_ref=case_ref, own=own, clear=clear
    )
    answer = await console.workers.ask(
        console, look.worker, SignedRequest("GET", f"/snapshot/{camera_id}/{look.stream}")
    )
    await on_own_thread(_register, console, caller, look, answer.body)
    return Response(answer.body, 200, look.headers, "image/jpeg")


@router.post("/cameras/{camera_id}/set-up")
@gives(SetUpBegunAnswer)
def begin_set_up(console: Here, caller: SetsUp, camera_id: str) -> Response:
    """For a quarter of an hour: registered, then clear pictures may be asked for."""
    at = console.clock.now()
    with console.store.write() as session:
        cameras.get_camera(session, camera_id)
        until = set_ups.do_begin(session, caller, camera_id, at)
    set_ups.keep(console.redis, caller, camera_id, until, at)
    return reply({"set_up": {"until": until}, "now": at})


@router.delete("/cameras/{camera_id}/set-up")
@gives(Nothing)
def end_set_up(console: Here, caller: SetsUp, camera_id: str) -> Response:
    if set_ups.forget(console.redis, caller, camera_id):
        with console.store.write() as session:
            set_ups.do_end(session, caller, camera_id, console.clock.now())
    return reply({})


@router.get("/cameras/{camera_id}/fmp4")
@gives_file("video/mp4")
async def fragmented(
    *,
    console: Here,
    running: Runs,
    caller: Looks,
    camera_id: str,
    stream: Stream = "sub",
    purpose: str = "",
    case_ref: str = "",
) -> Response:
    """Fragmented MP4 without end, for Media Source Extensions: where WebRTC does not get through."""
    look = await on_own_thread(_checked, console, caller, camera_id, stream=stream, purpose=purpose, case_ref=case_ref)
    return await _flowing(console, running, caller, look, "fMP4")


@router.get("/cameras/{camera_id}/mjpeg")
@gives_file("multipart/x-mixed-replace")
async def mjpeg(
    *,
    console: Here,
    running: Runs,
    caller: Looks,
    camera_id: str,
    stream: Stream = "sub",
    purpose: str = "",
    case_ref: str = "",
) -> Response:
    """Some pictures a second, where nothing else gets through."""
    look = await on_own_thread(_checked, console, caller, camera_id, stream=stream, purpose=purpose, case_ref=case_ref)
    return await _flowing(console, running, caller, look, "MJPEG")


async def _flowing(
    console: Console, running: RunningLooks, caller: Caller, look: _Look, way: Literal["fMP4", "MJPEG"]
) -> Response:
    """Until either side leaves, or the session ends."""
    await on_own_thread(_register, console, caller, look)
    told = SignedRequest("GET", f"/{way.lower()}/{look.camera_id}/{look.stream}")
    flow = await console.workers.flow_of(console, look.worker, told)

    def begin() -> Ended:
        look_id = running.begin(
            caller, look.camera_id, purpose=look.purpose, case_ref=look.case_ref, way=way, cut=flow.cut
        )
        return lambda count, digest: running.end(look_id, "left", SentBytes(count, digest))

    return StreamingResponse(
        console.workers.flowing(look.worker, flow, begin), 200, {**look.headers, **flow.headers}, flow.media_type
    )
