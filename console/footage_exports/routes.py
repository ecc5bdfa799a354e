"""`POST /api/footage-exports`: one request is one export. Its answer is lines of JSON that say how far it is, then the file's bytes."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Annotated, Any, Final

import msgspec
from fastapi import APIRouter, Response
from fastapi.responses import StreamingResponse
from pydantic import Field

from console.access.permissions import Here, requires
from console.access.sessions import Caller
from console.audit.exports import Tongue
from console.footage_exports.exports import ExportFile, ExportPurpose, ExportRequest, check_export, make
from console.footage_exports.package import What
from console.http.answers import gives_file
from console.http.bodies import Form
from console.http.messages import Language, detail_of
from lianqin.audit import AuditRow
from lianqin.errors import LianqinError
from lianqin.lengths import most

router = APIRouter(prefix="/api")
PIECE: Final = 1 << 18


class ExportForm(Form):
    """`clear`: without blurring anybody."""

    alert_id: Annotated[str, Field(max_length=60)]
    what: What
    clear: bool = False
    purpose: ExportPurpose
    case_ref: Annotated[str, Field(max_length=most(AuditRow.case_ref))]


@router.post("/footage-exports")
@gives_file("application/octet-stream")
def export(
    console: Here, caller: Annotated[Caller, requires("footage.export")], tongue: Tongue, form: ExportForm
) -> Response:
    console.exporter.check_room()
    asked = ExportRequest(form.alert_id, form.what, form.clear, form.purpose, form.case_ref)
    wanted = check_export(console, caller, asked)
    headers = {"Cache-Control": "private, no-store", "X-Accel-Buffering": "no"}

    def begin(share: Callable[[float], None], done: Callable[[ExportFile | LianqinError], None]) -> Callable[[], None]:
        job = console.exporter.begin(console.stop, lambda job: make(console, caller, wanted, tongue, job), share, done)
        return job.hang_up

    return StreamingResponse(_flow(begin, tongue), 200, headers, "application/octet-stream")


async def _flow(begin: Callable[..., Callable[[], None]], tongue: Language) -> AsyncIterator[bytes]:
    """Lines `{"state": "waiting" | "making", "share"}`, then `{"state": "refused", key, detail, values}`, or `{"state": "ready", number, file,
    bytes, sha256, copy_sha256}` and so many bytes."""
    loop, heard = asyncio.get_running_loop(), asyncio.Queue[float | ExportFile | LianqinError]()

    def tell(one: float | ExportFile | LianqinError) -> None:
        with contextlib.suppress(RuntimeError):  # the loop ended: nobody hears it
            loop.call_soon_threadsafe(heard.put_nowait, one)

    yield _line({"state": "waiting"})
    try:
        hang_up = begin(tell, tell)
    except LianqinError as error:
        yield _line(_refused(error, tongue))
        return
    try:
        while isinstance(told := await heard.get(), float):
            yield _line({"state": "making", "share": told})
    finally:
        hang_up()
    if isinstance(told, LianqinError):
        yield _line(_refused(told, tongue))
        return
    yield _line({"state": "ready", "number": told.ticket.number, "file": f"{told.ticket.number}.zip", "bytes": len(told.data),
                 "sha256": told.sha256, "copy_sha256": told.copy_sha256})  # fmt: skip
    for start in range(0, len(told.data), PIECE):
        yield told.data[start : start + PIECE]


def _line(value: dict[str, Any]) -> bytes:
    return msgspec.json.encode(value) + b"\n"


def _refused(error: LianqinError, tongue: Language) -> dict[str, Any]:
    values = {key: str(value) for key, value in error.values.items()}
    return {
        "state": "refused",
        "key": error.key,
        "detail": detail_of(error.key, error.values, tongue),
        "values": values,
    }
