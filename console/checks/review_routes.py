"""What waits for an officer's word: contradicted point calls and refused tasks, in one list."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from fastapi import APIRouter, Response
from pydantic import Field

from console.access.permissions import Here, requires
from console.access.sessions import Caller
from console.checks.answers import ReviewDoneAnswer, ReviewsAnswer
from console.checks.review_views import review_view
from console.guards.views import get_dispatch
from console.http.answers import gives
from console.http.bodies import Form
from console.http.replies import reply
from lianqin.lengths import most
from patrol.calls.tables import PointCall
from patrol.dispatch import dispatches, reviews
from patrol.dispatch.refusals import REASONS
from patrol.dispatch.reviews import Waiting

router = APIRouter(prefix="/api")
Sees = Annotated[Caller, requires("review.see")]
DECIDED_DAYS: Final = 30


class ReviewForm(Form):
    result: Literal["upheld", "dismissed"]
    note: Annotated[str, Field(max_length=most(PointCall.review_note))] = ""


@router.get("/reviews")
@gives(ReviewsAnswer)
def list_reviews(console: Here, caller: Sees, state: Literal["waiting", "decided"] = "waiting") -> Response:
    """A company reads those of its own guards. Decided ones go back thirty days."""
    at, decided = console.clock.now(), state == "decided"
    unit_id = (caller.actor.unit_id or "") if caller.actor.role == "company" else None
    asked = Waiting(decided=decided, unit_id=unit_id, since=at - DECIDED_DAYS * 86_400 if decided else 0.0)
    with console.store.read() as session:
        return reply({
            "items": [review_view(row, caller.actor) for row in reviews.items(session, asked)],
            "protected": [one.key for one in REASONS.values() if one.protected],
        })  # fmt: skip


@router.post("/dispatches/{dispatch_id}/review")
@gives(ReviewDoneAnswer)
def review_refusal(
    console: Here, caller: Annotated[Caller, requires("call.review")], dispatch_id: str, form: ReviewForm
) -> Response:
    with console.store.write() as session:
        row = get_dispatch(session, caller.actor, dispatch_id)
        row = dispatches.do_review(session, caller.actor, row.id, form.result, form.note, console.clock.now())
        session.flush()
        return reply({"review": review_view(row, caller.actor)})
