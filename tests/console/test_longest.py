"""The longest text that a column holds goes through the form in front of it whole, and one character more is refused by the form: on
both databases, for every form whose text a person writes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, get_args

import pytest
from fastapi.routing import APIRoute
from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute

from console.access.permissions import every_route
from console.access.tables import Account
from console.alerts.tables import SavedView
from console.cameras.tables import CalendarRow, CameraRow
from console.evidence.tables import EvidenceHold
from console.handing.tables import DeskHandOver
from console.incidents.tables import Incident
from console.reports.tables import GuardReport
from console.rules.tables import FalseReasonRow, Shelf
from lianqin.lengths import most
from lianqin.records import SosCall
from lianqin.testing import T0, an_alert
from patrol.calls.tables import Draw, PointCall
from patrol.checks.tables import SpotCheck, StationComment
from patrol.county.tables import Area, Guard, Unit
from patrol.dispatch.tables import Dispatch
from patrol.duty.tables import RosterRequest, Shift
from patrol.sos import calls as sos
from patrol.sos.tables import SosCallRow

H = 3600.0
Ask = Callable[[Any, str], Any]


def post(role: str, path: str, /, **form: Any) -> Ask:
    """`form`: with `...` where the text goes."""
    return send("POST", role, path, **form)


def send(method: str, role: str, path: str, /, **form: Any) -> Ask:
    def ask(room: Any, text: str) -> Any:
        return room.role(role).ask(method, path, {name: text if one is ... else one for name, one in form.items()})

    return ask


def close_incident(room: Any, text: str) -> Any:
    room.take(an_alert(id="al-1"))
    room.role("operator").post("/api/alerts/al-1/confirm")
    [incident] = room.role("operator").get("/api/incidents?state=open").json()["items"]
    return room.role("operator").post(f"/api/incidents/{incident['id']}/close", {"note": text})


def hold(room: Any, text: str) -> Any:
    room.take(an_alert(id="al-1", snapshot="2026-09-21/al-1.jpg"))
    return room.role("leader").put("/api/alerts/al-1/hold", {"reason": text})


def close_sos(room: Any, text: str) -> Any:
    with room.store.write() as session:
        row = sos.do_raise(
            session, sos.SYSTEM, SosCall(id="s1", device_id="D1", guard_id="G1", received_at=T0), T0, None
        )
        call_id = row.id
    room.role("leader").post(f"/api/sos/{call_id}/take")
    return room.role("leader").post(f"/api/sos/{call_id}/close", {"outcome": "other", "note": text})


def refuse_dispatch(room: Any, text: str) -> Any:
    return room.role("guard").post("/api/m/dispatches/dp-1/refuse", {"reason": "busy", "note": text})


def of_the_free(path: str, **form: Any) -> Ask:
    """Asked once the guard is neither on an incident nor being called."""

    def ask(room: Any, text: str) -> Any:
        with room.store.write() as session:
            session.get_one(Dispatch, "dp-1").state = "done"
            call = session.get_one(PointCall, "pc-1")
            call.verdict, call.verdict_at = "confirmed", T0
        return room.role("operator").post(path, form | {"reason": text})

    return ask


def finish_dispatch(room: Any, text: str) -> Any:
    with room.store.write() as session:
        row = session.get_one(Dispatch, "dp-1")
        row.state, row.accepted_at = "accepted", T0
    return room.role("guard").post("/api/m/dispatches/dp-1/done", {"note": text})


def name_reason(room: Any, text: str) -> Any:
    return room.role("leader").put("/api/false-reasons", {"items": [{"name": text}]})


REPORT = {"id": "gr-0123456789abcdef", "kind": "facility", "at": T0 - 5}
FORMS: dict[str, tuple[InstrumentedAttribute[Any], Ask]] = {
    "an incident's close": (Incident.note, close_incident),
    "an evidence hold": (EvidenceHold.reason, hold),
    "a call for help's close": (SosCallRow.note, close_sos),
    "a view's name": (SavedView.name, post("leader", "/api/views", page="records", name=..., query="")),
    "a view's filter": (SavedView.query, post("leader", "/api/views", page="records", name="x", query=...)),
    "a comment": (StationComment.text, post("officer", "/api/comments", text=...)),
    "a shift's close": (Shift.closed_note, post("operator", "/api/shifts/S1/close", note=...)),
    "a call by name": (PointCall.reason, of_the_free("/api/point-calls", guard_id="G1")),
    "a draw": (Draw.reason, of_the_free("/api/draws", size=1)),
    "a leave": (RosterRequest.reason, post("guard", "/api/m/leave", from_at=T0 + 48 * H, to_at=T0 + 72 * H, reason=...)),
    "a guard's report": (GuardReport.words, post("guard", "/api/m/reports", words=..., **REPORT)),
    "a refusal": (Dispatch.refused_reason, refuse_dispatch),
    "a dispatch done": (Dispatch.done_note, finish_dispatch),
    "a desk's hand-over": (DeskHandOver.note, post("operator", "/api/desk/hand-overs", note=...)),
    "a shelf": (Shelf.reason, post("operator", "/api/shelves", camera_id="C01", minutes=5, reason=...)),
    "a reason for false": (FalseReasonRow.name, name_reason),
    "a calendar": (CalendarRow.name, post("sysadmin", "/api/calendars", dates=["2026-10-01"], name=...)),
    "a spot check": (SpotCheck.note, post("officer", "/api/spot-checks", kind="trail", guard_id="G1", shift_id="S1", result="remark",
                                          note=...)),
    "an account": (Account.name, post("secadmin", "/api/accounts", username="newcomer", role="operator", name=..., password="a-long-enough-one")),
    "a camera": (CameraRow.name, post("sysadmin", "/api/cameras", id="C77", code="99010100001320000077", name=..., url="rtsp://10.0.0.77/m",
                                      lon=119.2, lat=34.0)),
    "a unit": (Unit.name, send("PUT", "sysadmin", "/api/ground/units/U7", kind="security_company", name=...)),
    "an area's English name": (Area.name_en, send("PUT", "sysadmin", "/api/ground/areas/A7", name="城西", name_en=...,
                                                  polygon=[[119.1, 33.9], [119.11, 33.9], [119.11, 33.91]])),
    "a guard": (Guard.name, send("PUT", "sysadmin", "/api/ground/guards/G7", unit_id="U1", name=..., cert_valid_until="2030-01-01")),
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_the_longest_that_a_column_holds_is_stored_whole_and_one_more_is_refused(room: Any, form: str) -> None:
    column, ask = FORMS[form]
    longest = "长" * most(column)
    refused = ask(room, longest + "长")
    assert (refused.status_code, longest[:20] in refused.text) == (422, False), refused.text
    done = ask(room, longest)
    assert done.status_code == 200, done.text
    with room.store.read() as session:
        assert longest in set(session.scalars(select(column)))


def texts_of(model: type[BaseModel], seen: set[type[BaseModel]]) -> Iterator[tuple[str, Any]]:
    if model in seen:
        return
    seen.add(model)
    for name, field in model.model_fields.items():
        yield f"{model.__module__.removeprefix('console.')}.{model.__qualname__}.{name}", field


IDS = ("_id", ".id")
"""Of things that are there already: one that is not is refused, however long."""
OTHERWISE = {
    "evidence.routes.HoldForm.reason": "`holds.do_hold`, by its column", "evidence.sweep_routes.SweepWordForm.note": "`sweeps.check_decision`",
    "cameras.routes.ProbeForm.url": "`addresses.check_address`", "duty.template_routes.Apply.first": "a date", "duty.template_routes.Apply.last": "a date",
}  # fmt: skip
"""Bounded elsewhere."""


def test_every_text_of_a_form_is_bounded(room: Any) -> None:
    seen: set[type[BaseModel]] = set()
    open_ones = []
    for route in every_route(room.app.routes):
        assert isinstance(route, APIRoute)
        for body in route.dependant.body_params:
            kinds = [body.field_info.annotation, *get_args(body.field_info.annotation)]
            for model in [one for one in kinds if isinstance(one, type) and issubclass(one, BaseModel)]:
                for name, field in texts_of(model, seen):
                    is_text = field.annotation in (str, str | None)
                    bound = any(
                        getattr(one, "max_length", None) or getattr(one, "pattern", None) for one in field.metadata
                    )
                    if is_text and not bound and not name.endswith(IDS) and name not in OTHERWISE:
                        open_ones.append(name)
    assert seen
    assert open_ones == []
