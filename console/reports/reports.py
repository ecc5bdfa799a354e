"""What becomes of a guard's report: written once, its picture or voice after it, an incident made of it or closed with a word.

`check_x` decides and raises, `do_x` writes the row, its audit row and its feed row in the caller's transaction.
"""

from __future__ import annotations

from typing import Final, Literal, get_args

import msgspec
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from console.alerts.tables import REPORTED, AlertRow
from console.evidence.terms import Arrival
from console.incidents import incidents
from console.incidents.tables import Incident
from console.reports.media import Kind as MediaKind
from console.reports.tables import GuardReport
from lianqin import audit, feed
from lianqin.audit import Actor
from lianqin.clock import county_day
from lianqin.db import in_order
from lianqin.errors import ConflictError, NotFoundError, RecordError
from lianqin.evidence import EvidenceStore
from lianqin.geo import distance_m
from lianqin.lengths import fit
from lianqin.records import new_id
from patrol.county.tables import Area, Checkpoint, Guard
from patrol.dispatch.tables import Dispatch
from patrol.duty.tables import Shift

Kind = Literal["hazard", "fire", "facility", "suspicious", "dispute", "help", "traffic", "other"]
KINDS: Final[tuple[str, ...]] = get_args(Kind)
OF_TASK: Final = "task"
"""The kind and the state of a picture that was taken at a task: no finding by itself."""
MOST_A_DAY: Final = 100
"""Reports of one guard in 24 hours."""
NEAR_M: Final = 150.0
"""So near a checkpoint, the report's place bears its name."""
PRIORITY: Final = 2


class ReportedFinding(msgspec.Struct, frozen=True):
    """What the phone says. `id` is the phone's own; `promised`: a picture or a voice follows. `at`: device time, WGS-84. `dispatch_id`: of a
    picture of a task."""

    id: str
    kind: Kind | Literal["task"]
    at: float
    words: str = ""
    promised: Literal["", "photo", "voice"] = ""
    lon: float | None = None
    lat: float | None = None
    accuracy_m: float | None = None
    dispatch_id: str | None = None


def readable(text: str) -> str:
    """Without control characters, which no field of a form writes and PostgreSQL refuses (NUL); lines stay."""
    return "".join(one for one in text if one >= " " or one == "\n").strip()


def get_report(session: Session, report_id: str) -> GuardReport:
    """Raises NotFoundError `guard_report.missing`."""
    row = session.get(GuardReport, report_id)
    if row is None:
        raise NotFoundError("guard_report.missing", f"no report {report_id}", id=report_id)
    return row


def own_report(session: Session, guard_id: str, report_id: str) -> GuardReport:
    """Raises NotFoundError `guard_report.missing`, for another guard's too."""
    row = get_report(session, report_id)
    if row.guard_id != guard_id:
        raise NotFoundError("guard_report.missing", f"no report {report_id} of {guard_id}", id=report_id)
    return row


def _told(  # noqa: PLR0917 - what is told of it
    session: Session, actor: Actor, action: str, row: GuardReport, at: float, detail: dict[str, object]
) -> GuardReport:
    session.flush()
    audit.write(session, actor, action, "guard_report", row.id, at=at, detail=detail)
    feed.push(session, "report", row.id, at=at, unit_id=row.unit_id, guard_id=row.guard_id)
    if row.dispatch_id is not None and row.incident_id is not None:
        feed.push(session, "incident", row.incident_id, at=at)
    return row


def task_of(session: Session, guard_id: str, finding: ReportedFinding) -> Dispatch | None:
    """The task that its picture belongs to, whatever became of it meanwhile; None: it is a finding. Raises RecordError `report.task`;
    NotFoundError `dispatch.missing`, for another guard's too."""
    if (finding.kind == OF_TASK) != (finding.dispatch_id is not None) or (
        finding.kind == OF_TASK and finding.promised != "photo"
    ):
        raise RecordError("report.task", "a picture of a task names it, and nothing else does")
    if finding.dispatch_id is None:
        return None
    row = session.get(Dispatch, finding.dispatch_id)
    if row is None or row.guard_id != guard_id:
        raise NotFoundError("dispatch.missing", f"no dispatch {finding.dispatch_id}", id=finding.dispatch_id)
    return row


def do_report(  # noqa: PLR0917 - who reports what, and when it came
    session: Session, actor: Actor, guard_id: str, finding: ReportedFinding, at: float, arrival: Arrival
) -> GuardReport:
    """On shift and off shift. The same id again changes nothing. Raises NotFoundError `guard.missing`, `guard_report.missing` (the
    id is another guard's); ConflictError `report.many`; and as `task_of`."""
    in_order(session)
    if session.get(GuardReport, finding.id) is not None:
        return own_report(session, guard_id, finding.id)
    guard = session.get(Guard, guard_id)
    if guard is None:
        raise NotFoundError("guard.missing", f"no guard {guard_id}", id=guard_id)
    lately = select(func.count()).where(GuardReport.guard_id == guard_id, GuardReport.received_at > at - 86_400)
    if (session.scalar(lately) or 0) >= MOST_A_DAY:
        raise ConflictError("report.many", f"more than {MOST_A_DAY} reports in a day", most=MOST_A_DAY)
    task = task_of(session, guard_id, finding)
    seen_at = min(finding.at, at)
    shift = session.scalar(select(Shift).where(
        Shift.guard_id == guard_id, Shift.opened_at <= seen_at, or_(Shift.closed_at.is_(None), Shift.closed_at >= seen_at),
        Shift.overdue_at >= seen_at).order_by(Shift.opened_at.desc()).limit(1))  # fmt: skip
    here = finding.lon is not None and finding.lat is not None
    row = GuardReport(
        id=finding.id, guard_id=guard_id, unit_id=guard.unit_id, shift_id=shift.id if shift else None,
        area_id=shift.area_id if shift else None, kind=finding.kind, words=readable(finding.words), at=seen_at, received_at=at,
        lon=finding.lon if here else None, lat=finding.lat if here else None, accuracy_m=finding.accuracy_m if here else None,
        promised=finding.promised, media_type="", state=OF_TASK if task else "new",
        incident_id=task.incident_id if task else None, dispatch_id=task.id if task else None, decided_by="", decided_note="",
        kept_from=arrival.at, keep_days=arrival.days,
    )  # fmt: skip
    session.add(row)
    detail: dict[str, object] = {"kind": row.kind}
    if task:
        detail["dispatch_id"] = task.id
    return _told(session, actor, "report.send", row, at, detail)


def check_media(row: GuardReport) -> MediaKind | None:
    """Which medium is awaited; None where it is here already. Raises RecordError `report.no_media`: none was promised;
    NotFoundError `evidence.gone`."""
    if row.purged_at is not None:
        raise NotFoundError("evidence.gone", f"purged, certificate {row.certificate}", number=row.certificate)
    if row.media is not None:
        return None
    if row.promised == "photo":
        return "photo"
    if row.promised == "voice":
        return "voice"
    raise RecordError("report.no_media", f"report {row.id} promised neither picture nor voice")


def path_of(row: GuardReport, ending: str) -> str:
    """Under the evidence root, by the county day of its arrival."""
    return f"{county_day(row.received_at)}/{row.id}.{ending}"


def do_attach(  # noqa: PLR0917 - what the file is
    session: Session, actor: Actor, row: GuardReport, path: str, media_type: str, sha256: str, at: float
) -> GuardReport:
    """Its picture or voice lies at `path`, durable. An incident made of the report meanwhile gets the picture too."""
    row.media, row.media_type, row.media_sha256, row.media_at = path, media_type, sha256, at
    if row.alert_id is not None and row.promised == "photo":
        alert = incidents.get_alert(session, row.alert_id)
        alert.snapshot, alert.snapshot_sha256, alert.snapshot_error = path, sha256, None
        feed.push(session, "alert", alert.id, at=at)
    return _told(session, actor, "report.attach", row, at, {"file": path, "sha256": sha256})


def check_new(session: Session, report_id: str) -> GuardReport:
    """Raises NotFoundError `guard_report.missing`, ConflictError `report.decided` naming who."""
    in_order(session)
    row = get_report(session, report_id)
    session.refresh(row)
    if row.state != "new":
        raise ConflictError("report.decided", f"decided by {row.decided_by}", by=row.decided_by, at=row.decided_at)
    return row


def place_name(session: Session, row: GuardReport) -> str:
    """The checkpoint near it, else the area of the shift; empty where neither is known."""
    if row.lon is not None and row.lat is not None:
        here = (row.lon, row.lat)
        spots = session.scalars(select(Checkpoint))
        near = min(((distance_m(here, (one.lon, one.lat)), one.id, one.name) for one in spots), default=None)
        if near is not None and near[0] <= NEAR_M:
            return near[2]
    area = session.get(Area, row.area_id) if row.area_id else None
    return area.name if area else ""


def do_make_incident(session: Session, actor: Actor, report_id: str, at: float) -> Incident:
    """A person makes an incident of it: at the desk it stands as a confirmed alert without a camera, with the guard's picture.
    Nobody is sent by this. Raises as `check_new`."""
    row = check_new(session, report_id)
    photo = row.media if row.promised == "photo" else None
    where = place_name(session, row)
    alert = AlertRow(
        id=new_id("al", at), camera_id="", zone_id=f"report:{row.kind}", zone_name="", zone_points=[], situation=REPORTED,
        method=7, kind=0, priority=PRIORITY, score=1.0, captured_at=row.at, published_at=row.received_at, received_at=row.received_at,
        model="guard", rule_version="1", worker="", tracks=[], snapshot=photo, snapshot_sha256=row.media_sha256 if photo else None,
        snapshot_error=None if photo else "report", clip_error="report", evidence_at=at, merged_tracks=0, state="confirmed",
        judged_by=actor.name, judged_by_id=actor.id, judged_at=at, judge_reason="", kept_from=row.kept_from, keep_days=row.keep_days,
    )  # fmt: skip
    session.add(alert)
    session.flush()
    incident = Incident(
        id=new_id("in", at), alert_id=alert.id, camera_id="", situation=REPORTED, priority=PRIORITY, lon=row.lon, lat=row.lat,
        place_name=fit(Incident.place_name, where), state="open", opened_at=at, opened_by=actor.name, note="",
    )  # fmt: skip
    session.add(incident)
    alert.incident_id = incident.id
    row.state, row.decided_at, row.decided_by = "incident", at, actor.name
    row.alert_id, row.incident_id = alert.id, incident.id
    session.flush()
    audit.write(session, actor, "incident.open", "incident", incident.id, at=at, case_ref=row.id)
    feed.push(session, "alert", alert.id, at=at)
    feed.push(session, "incident", incident.id, at=at)
    _told(session, actor, "report.incident", row, at, {"incident_id": incident.id})
    return incident


def do_close(session: Session, actor: Actor, report_id: str, note: str, at: float) -> GuardReport:
    """With a word, which the guard reads. Raises as `check_new`; RecordError `report.word`."""
    word = readable(note)
    if not word:
        raise RecordError("report.word", "say in a word what becomes of it")
    row = check_new(session, report_id)
    row.state, row.decided_at, row.decided_by, row.decided_note = "closed", at, actor.name, word
    return _told(session, actor, "report.close", row, at, {"note": word})


def keep(store: EvidenceStore, row: GuardReport, data: bytes, ending: str) -> tuple[str, str]:
    """Path and sha256 of what is durable on return. Raises EvidenceError."""
    path = path_of(row, ending)
    return path, store.write(path, data)
