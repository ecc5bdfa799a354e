"""Each field of the page takes as much as the column that its text ends in holds: neither is a sentence cut that would be stored, nor one
written that is then refused."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from sqlalchemy.orm import InstrumentedAttribute

from console.access.tables import Account
from console.alerts.tables import SavedView
from console.cameras.routes import LONGEST_LOGIN
from console.cameras.tables import CalendarRow, CameraRow
from console.evidence.tables import EvidenceHold
from console.factors.tables import FactorReset
from console.handing.tables import DeskHandOver, Promise
from console.incidents.tables import Incident
from console.reports.tables import GuardReport
from console.rules.tables import FalseReasonRow, Shelf
from console.seats.routes import WORD
from lianqin import lengths
from lianqin.lengths import most
from lianqin.sweeps import SweepStop
from patrol.acts.tables import DutyAct
from patrol.calls.tables import PointCall
from patrol.checks.tables import SpotCheck, StationComment
from patrol.county.tables import LeftOutCell, Unit
from patrol.dispatch.tables import Dispatch, Stuck
from patrol.duty.tables import RosterEntry, RosterRequest, Shift, ShiftPattern
from patrol.sos.tables import SosCallRow

SOURCES = Path(__file__).resolve().parents[2] / "console/web/src"
FIELD = re.compile(r"<(?:input|textarea)\b[^>]*?\bv-model(?:\.\w+)?=\"([^\"]+)\"[^>]*?\bmaxlength=\"(\d+)\"", re.DOTALL)
Holds = InstrumentedAttribute[str] | InstrumentedAttribute[str | None] | int
FIELDS: dict[tuple[str, str], Holds] = {
    ("alarms/SparedBox.vue", "from"): 5,
    ("alarms/SparedBox.vue", "to"): 5,
    ("cameras/CalendarBox.vue", "editing.name"): CalendarRow.name,
    ("cameras/CalendarBox.vue", "editing.name_en"): CalendarRow.name_en,
    ("cameras/ZoneRules.vue", "zone.instruction"): lengths.NOTE,
    ("rules/ShelveBox.vue", "reason"): Shelf.reason,
    ("alerts/RecordFilter.vue", "text"): 120,
    ("ui/SavedViews.vue", "name"): SavedView.name,
    ("rules/ReasonsCard.vue", "one.name"): FalseReasonRow.name,
    ("rules/ReasonsCard.vue", "one.name_en"): FalseReasonRow.name_en,
    ("evidence/SweepStop.vue", "note"): SweepStop.note,
    ("trails/CaseField.vue", "model"): SpotCheck.case_ref,
    ("trails/CheckForm.vue", "note"): SpotCheck.note,
    ("cameras/CameraForm.vue", "values.id"): 40,
    ("cameras/CameraForm.vue", "values.name"): CameraRow.name,
    ("cameras/CameraForm.vue", "values.name_en"): CameraRow.name_en,
    ("cameras/CameraForm.vue", "values[which]"): CameraRow.url,
    ("cameras/DiscoverBox.vue", "common.prefix"): 36,
    ("cameras/DiscoverBox.vue", "common.code"): CameraRow.code,
    ("cameras/LoginFields.vue", "user"): LONGEST_LOGIN,
    ("cameras/MakerFields.vue", "host"): 255,
    ("cameras/ZoneBoard.vue", "editing.name"): lengths.NAME,
    ("cameras/ZoneBoard.vue", "editing.name_en"): lengths.NAME,
    ("phone/GuardView.vue", "why"): Shift.closed_note,
    ("accounts/AccountsView.vue", "form.username"): 40,
    ("accounts/AccountsView.vue", "form.name"): Account.name,
    ("duty/ShiftsView.vue", "note"): Shift.closed_note,
    ("checks/CommentBoard.vue", "text"): StationComment.text,
    ("incidents/ReportsBox.vue", "note"): GuardReport.decided_note,
    ("calls/CallForms.vue", "reason"): PointCall.reason,
    ("checks/DecisionForm.vue", "note"): PointCall.review_note,
    ("duty/ActsBox.vue", "words[one.id]"): DutyAct.decision_note,
    ("duty/PlanForm.vue", "note"): RosterEntry.note,
    ("duty/PlanForm.vue", "exception"): RosterEntry.exception,
    ("duty/ChangeEntry.vue", "reason"): RosterEntry.note,
    ("duty/MoveEntry.vue", "exception"): RosterEntry.exception,
    ("duty/RequestsBox.vue", "words[one.id]"): RosterRequest.decision_note,
    ("duty/PatternsBox.vue", "editing.name"): ShiftPattern.name,
    ("desk/HoldLine.vue", "reason"): EvidenceHold.reason,
    ("dispatch/EndForm.vue", "note"): Incident.note,
    ("dispatch/NoteForm.vue", "said"): Promise.words,
    ("dispatch/NoteForm.vue", "due"): 5,
    ("handing/HandOverBox.vue", "note"): DeskHandOver.note,
    ("dispatch/AloneBox.vue", "why"): 200,
    ("dispatch/StuckList.vue", "said"): Stuck.note,
    ("seats/HolderLine.vue", "word"): WORD,
    ("sos/CloseBox.vue", "note"): SosCallRow.note,
    ("county/EditForm.vue", "id"): Unit.id,
    ("devices/EnrolBox.vue", "terminal"): 40,
    ("county/EditForm.vue", "values[field.key]"): lengths.NAME,
    ("map/CellBox.vue", "reason"): LeftOutCell.reason,
    ("phone/LeavePage.vue", "reason"): RosterRequest.reason,
    ("phone/ChecksPage.vue", "note[one.id]"): SpotCheck.guard_note,
    ("phone/ReportPage.vue", "words"): GuardReport.words,
    ("phone/TaskCard.vue", "words"): Dispatch.done_note,
    ("phone/RefuseForm.vue", "note"): Dispatch.refused_reason,
    ("factors/FactorsView.vue", "reason"): FactorReset.reason,
    ("factors/OwnFactor.vue", "reason"): FactorReset.reason,
}  # fmt: skip
"""A number of its own: an id or a user name by its rule (`cameras.check_camera`, `accounts.check_account`), a terminal's number as it is
typed, with spaces; a time of day; words that are searched for; a word that the register alone keeps."""
OTHERWISE = {
    ("phones/BindView.vue", "code"), ("factors/EnrolView.vue", "link"), ("factors/CodeStep.vue", "code"), ("factors/SetUpFactor.vue", "code"),
    ("factors/OwnFactor.vue", "code"),
}  # fmt: skip
"""A code is as long as its kind."""


def found() -> dict[tuple[str, str], int]:
    return {
        (path.relative_to(SOURCES).as_posix(), model): int(told)
        for path in SOURCES.rglob("*.vue")
        for model, told in FIELD.findall(path.read_text(encoding="utf-8"))
    }


@pytest.mark.parametrize("field", FIELDS, ids=" ".join)
def test_a_field_of_the_page_takes_what_its_column_holds(field: tuple[str, str]) -> None:
    holds = FIELDS[field]
    assert found()[field] == (holds if isinstance(holds, int) else most(holds))


def test_every_field_with_a_bound_is_named_here() -> None:
    assert set(found()) - OTHERWISE == set(FIELDS)
