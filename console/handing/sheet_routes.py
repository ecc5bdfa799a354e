"""The command room's hand-over sheet, and a seal made for it."""

from __future__ import annotations

from typing import Annotated

import msgspec
from fastapi import APIRouter, Query, Response

from console.access.permissions import Here, requires
from console.access.sessions import Caller
from console.audit.exports import ExportEntry, file_response
from console.handing import sheet
from console.handing.answers import HandOverSheetAnswer
from console.http.answers import Items, gives
from console.http.replies import reply
from lianqin import audit, seals
from lianqin.seals import SealLine

router = APIRouter(prefix="/api")
Prints = Annotated[Caller, requires("hand_over.print")]
Begin = Annotated[float | None, Query(alias="from", allow_inf_nan=False)]


@router.get("/hand-over-sheet")
@gives(HandOverSheetAnswer)
def print_sheet(console: Here, caller: Prints, from_at: Begin = None) -> Response:
    """All that stands on it, since the shift began; registered as an export, with the hash of the answer."""
    told = sheet.sheet(console, caller.actor, from_at)
    asked = {"form": "sheet", "from_at": told["from_at"], "to_at": told["at"]}
    taken = ExportEntry("hand_over_sheet.export", "hand_over_sheet", "*", asked, "duty")
    return file_response(console, caller, taken, msgspec.json.encode(told), name="hand-over.json", media="application/json", rows=1)  # fmt: skip


@router.post("/seals")
@gives(Items[SealLine])
def seal_now(console: Here, caller: Prints) -> Response:
    """Each chain sealed at its newest row; the row of the register that says so stands behind it."""
    at = console.clock.now()
    with console.store.write() as session:
        lines = seals.do_take(session, at)
        audit.write(session, caller.actor, "seal.take", "seal", "*", at=at, detail={"seals": seals.facts_of(lines)})
    return reply({"items": lines})
