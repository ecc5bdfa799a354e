"""Wherever a look or a check takes a case reference, one rule stands behind it."""

from __future__ import annotations

import itertools
import re
from typing import Any

import pytest

from lianqin.audit import LOOK_PURPOSES
from lianqin.testing import T0, an_alert

SPAN = {"guard_id": "G1", "from_at": T0 - 1800, "to_at": T0}
PLACES: list[tuple[str, dict[str, Any]]] = [("/api/trails", SPAN), ("/api/live-look", {})]


@pytest.mark.parametrize(("path", "body"), PLACES)
def test_a_sloppy_reference_is_refused_and_told_what_to_write(room: Any, path: str, body: dict[str, Any]) -> None:
    for purpose, ref in itertools.product(LOOK_PURPOSES, ("x", "SC-20261128-", "SC-20261128-001", "...")):
        answer = room.role("officer").post(path, body | {"purpose": purpose, "case_ref": ref})
        assert (answer.status_code, answer.json()["key"].split(".")[0]) == (422, "case")
        assert ("SC-date-number" if purpose == "spot_check" else "police case number") in answer.json()["detail"]
    assert [row for row in room.audit() if row.action.endswith("look")] == []


@pytest.mark.parametrize(("path", "body"), PLACES)
def test_a_spot_check_without_a_number_gets_the_days_next(room: Any, path: str, body: dict[str, Any]) -> None:
    officer = room.role("officer")
    for n in (1, 2):
        answer = officer.post(path, body | {"purpose": "spot_check"}).json()
        given = answer.get("look", answer)["case_ref"]
        assert re.fullmatch(rf"SC-\d{{8}}-00{n}", given)
        assert room.audit()[-1].case_ref == given


def test_a_check_is_signed_under_the_number_of_its_look_and_under_no_other_twice(room: Any) -> None:
    officer = room.role("officer")
    given = officer.post("/api/trails", SPAN | {"purpose": "spot_check"}).json()["case_ref"]
    form = {"kind": "trail", "guard_id": "G1", "shift_id": "S1", "result": "in_order", "case_ref": given}
    assert officer.post("/api/spot-checks", form).json()["spot_check"]["case_ref"] == given
    assert officer.post("/api/spot-checks", form).json()["key"] == "case.used"
    fresh = officer.post("/api/spot-checks", form | {"case_ref": ""}).json()["spot_check"]["case_ref"]
    assert fresh != given


@pytest.mark.parametrize(
    ("purpose", "ref"),
    [("point_call", "pc-1"), ("point_call", "dw-1"), ("incident", "dp-1"), ("incident", "al-0001"), ("appeal", "pc-2"),
     ("complaint", "S1"), ("maintenance", "C01"), ("case", "榆公（治）受案字〔2026〕1234号")],
)  # fmt: skip
def test_a_record_of_ours_or_a_police_number_is_taken(room: Any, purpose: str, ref: str) -> None:
    room.take(an_alert())
    answer = room.role("officer").post("/api/trails", SPAN | {"purpose": purpose, "case_ref": ref})
    assert answer.status_code == 200, answer.text
    [row] = room.audit("trail.look")
    assert (row.purpose, row.case_ref) == (purpose, ref.replace("（", "(").replace("）", ")"))


@pytest.mark.parametrize(("role", "purpose", "ref", "key"), [
    ("officer", "curiosity", "案-20260007", "live.purpose"), ("officer", "", "", "live.purpose"), ("officer", "case", "x", "case.other"),
    ("officer", "spot_check", "", "case.spot_check"), ("operator", "", "x", "case.other"),
])  # fmt: skip
def test_live_video_takes_no_sloppy_reference(room: Any, role: str, purpose: str, ref: str, key: str) -> None:
    answer = room.role(role).get(f"/api/cameras/C01/snapshot?purpose={purpose}&case_ref={ref}")
    assert (answer.status_code, answer.json()["key"]) == (422, key)
    assert room.audit("live.look") == []


def test_a_number_for_video_is_made_before_the_first_picture_and_records_are_offered(room: Any) -> None:
    officer = room.role("officer")
    given = officer.post("/api/case-numbers").json()["case_ref"]
    looked = officer.get(f"/api/cameras/C01/snapshot?purpose=spot_check&case_ref={given}")
    assert looked.json()["key"] == "live.no_worker"
    room.take(an_alert())
    room.role("operator").post("/api/alerts/al-0001/confirm")
    offered = officer.get("/api/case-numbers/offered?purpose=incident").json()["items"]
    assert [one["ref"][:2] for one in offered] == ["in"]
    calls = officer.get("/api/case-numbers/offered?purpose=point_call&guard_id=G1").json()["items"]
    assert [(one["ref"], one["what"]) for one in calls] == [("pc-1", "保安1")]
    assert officer.get("/api/case-numbers/offered?purpose=spot_check").json()["items"] == []
