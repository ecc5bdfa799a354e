"""Dead letters for the administrator: what could not be taken and why; played again, or thrown away. Each is registered before it
is done; so is a look at a body, which may hold where a person was."""

from __future__ import annotations

import hashlib
from typing import Annotated, Final

from fastapi import APIRouter, Response

from console.access.permissions import Here, requires
from console.access.sessions import Caller
from console.devices.answers import DeadLetterBodyAnswer, DeadLettersAnswer
from console.http.answers import Nothing, gives
from console.http.replies import Shown, limit_of, reply
from lianqin import audit
from lianqin.dead import DeadLetter, DeadLetters, check_stream
from lianqin.taking import REASONS

router = APIRouter(prefix="/api")
Handles = Annotated[Caller, requires("dead.handle")]
MOST_SHOWN: Final = 20_000
"""Characters of a body; the rest is counted."""


def _view(letter: DeadLetter) -> Shown:
    reason = letter.reason if letter.reason in REASONS else "other"
    return {"id": letter.id, "at": letter.at, "stream": letter.stream, "entry_id": letter.entry_id, "reason": reason,
            "why": letter.why, "bytes": len(letter.raw)}  # fmt: skip


@router.get("/dead-letters")
@gives(DeadLettersAnswer)
def list_dead(
    *, console: Here, _: Annotated[Caller, requires("quarantine.see")], cursor: str = "", limit: int = 50
) -> Response:
    """Newest first, without their bodies; `held`: all of them, and how many went since there was no room."""
    letters, size = DeadLetters(console.redis), limit_of(limit)
    found = letters.newest(size + 1, cursor)
    following = found[size - 1].id if len(found) > size else None
    return reply({"items": [_view(one) for one in found[:size]], "next": following, "held": letters.held()})


@router.get("/dead-letters/{letter_id}/body")
@gives(DeadLetterBodyAnswer)
def look_at_dead(console: Here, caller: Handles, letter_id: str) -> Response:
    letter = DeadLetters(console.redis).get(letter_id)
    console.looks.register(caller.actor, "dead.look", "dead_letter", letter.id, purpose="maintenance",
                           sha256=hashlib.sha256(letter.raw).hexdigest())  # fmt: skip
    body = letter.raw.decode("utf-8", "replace")
    return reply({"body": body[:MOST_SHOWN], "more": max(0, len(body) - MOST_SHOWN)})


@router.post("/dead-letters/{letter_id}/play-again")
@gives(Nothing)
def play_again(console: Here, caller: Handles, letter_id: str) -> Response:
    letters, at = DeadLetters(console.redis), console.clock.now()
    letter = letters.get(letter_id)
    check_stream(letter)
    with console.store.write() as session:
        audit.write(session, caller.actor, "dead.play_again", "dead_letter", letter.id, at=at, detail=_told(letter))
    letters.play_again(letter)
    return reply({})


@router.delete("/dead-letters/{letter_id}")
@gives(Nothing)
def throw_away(console: Here, caller: Handles, letter_id: str) -> Response:
    letters, at = DeadLetters(console.redis), console.clock.now()
    letter = letters.get(letter_id)
    with console.store.write() as session:
        audit.write(session, caller.actor, "dead.throw_away", "dead_letter", letter.id, at=at, detail=_told(letter))
    letters.throw_away(letter.id)
    return reply({})


def _told(letter: DeadLetter) -> Shown:
    return {"stream": letter.stream, "bytes": len(letter.raw), "why": letter.why}
