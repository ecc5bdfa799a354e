"""Patrol's tables: units, guards, shifts, areas, calls, dispatches, verdicts and points.

Written only by this room's `do_x` functions. Times are epoch seconds; places WGS-84; polygons lists of [lon, lat].
"""

from __future__ import annotations

from typing import Any, Final, cast

from sqlalchemy import Float, ForeignKey, Index, String, Table, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lianqin.chain import chained
from lianqin.db import Base, append_only
from lianqin.lengths import HASH

Seconds = Float(53)
OVERDUE_S: Final = 2 * 3600.0
"""A shift left open ends so long after its due end, until the worker has read the setting."""
ENDS: Final = ("ended", "handed_over", "relieved", "moved", "sent_home", "ill", "operator", "overdue")
"""Why a shift closed: by the guard; handed over (交接班) or relieved (换岗); the guard went to relieve at another place; sent
home; ill; by the operator; left open and ended by itself."""
MODES: Final = (
    "joint_police", "staggered", "key", "radiating", "four_colour", "joint_stations", "many_units", "township",
)  # fmt: skip
"""The eight patrol modes: 警企大巡防, 错峰巡逻, 重点联勤, 向外辐射, 四色分级, 联勤工作站, 一点多元, 乡镇试点."""


def overdue_from(context: Any) -> float:
    """The moment at which a new shift ends by itself."""
    return float(context.get_current_parameters()["due_end_at"]) + OVERDUE_S


class Unit(Base):
    """A security unit (保安从业单位)."""

    __tablename__ = "unit"
    id: Mapped[str] = mapped_column(String(60), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    """security_company | property | self_hired: the last two must not serve outside `service_area` (令564 art. 15)."""
    name: Mapped[str] = mapped_column(String(80))
    name_en: Mapped[str] = mapped_column(String(80), default="")
    service_area: Mapped[list[Any] | None] = mapped_column()
    station_id: Mapped[str | None] = mapped_column(String(60), index=True)
    """The police station (派出所) that supervises it."""
    phone: Mapped[str] = mapped_column(String(24), default="")


class Area(Base):
    """A patrol area (联勤协作区域) on the map."""

    __tablename__ = "area"
    id: Mapped[str] = mapped_column(String(60), primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    name_en: Mapped[str] = mapped_column(String(80), default="")
    polygon: Mapped[list[Any]] = mapped_column()
    key_area: Mapped[bool] = mapped_column(default=False)
    station_id: Mapped[str | None] = mapped_column(String(60), index=True)
    mode: Mapped[str] = mapped_column(String(30), default="four_colour")
    """One of `MODES`."""
    risk: Mapped[str] = mapped_column(String(10), default="blue")
    """red | orange | yellow | blue: sets how often each place in it must be passed (四色分级)."""
    needed: Mapped[int] = mapped_column(default=0)
    """Guards needed at once while its windows run; 0: not said."""
    windows: Mapped[list[Any]] = mapped_column(default=list)
    """[[from_min, to_min], ...] of the day in which it must be patrolled; empty: all day. Staggered patrols have peaks."""
    checkpoints: Mapped[list[Checkpoint]] = relationship(order_by="Checkpoint.id")


class Checkpoint(Base):
    """A place in an area that a shift must visit (巡逻点)."""

    __tablename__ = "checkpoint"
    id: Mapped[str] = mapped_column(String(60), primary_key=True)
    area_id: Mapped[str] = mapped_column(ForeignKey("area.id"), index=True)
    name: Mapped[str] = mapped_column(String(80))
    name_en: Mapped[str] = mapped_column(String(80), default="")
    lon: Mapped[float] = mapped_column(Seconds)
    lat: Mapped[float] = mapped_column(Seconds)
    radius_m: Mapped[float] = mapped_column(Seconds, default=25.0)
    scan_code: Mapped[str | None] = mapped_column(String(40), unique=True, index=True)
    """What its QR code says."""
    nfc_id: Mapped[str | None] = mapped_column(String(40), unique=True, index=True)


class Guard(Base):
    """A guard (保安员)."""

    __tablename__ = "guard"
    id: Mapped[str] = mapped_column(String(60), primary_key=True)
    unit_id: Mapped[str] = mapped_column(ForeignKey("unit.id"), index=True)
    name: Mapped[str] = mapped_column(String(80))
    cert_no: Mapped[str] = mapped_column(String(60), default="")
    cert_valid_until: Mapped[str | None] = mapped_column(String(10))
    """Local day; no shift without a valid certificate (令564 art. 16)."""
    notice_signed_at: Mapped[float | None] = mapped_column(Seconds)
    """The tracking notice; no shift without it (个人信息保护法 art. 30)."""
    default_area_id: Mapped[str | None] = mapped_column(ForeignKey("area.id"))
    team_id: Mapped[str | None] = mapped_column(String(60), index=True)
    left_on: Mapped[str | None] = mapped_column(String(10))
    """Local day on which he left; his record stays."""
    phone: Mapped[str] = mapped_column(String(24), default="")
    """Where company and station reach the guard: when missing, and when calling for help."""
    call_sign: Mapped[str] = mapped_column(String(20), default="", server_default="")
    """By which the guard is called on the radio (电台呼号)."""
    unit: Mapped[Unit] = relationship(lazy="joined")


class DeviceRow(Base):
    """An enrolled phone or terminal. The credential itself is never stored."""

    __tablename__ = "device"
    id: Mapped[str] = mapped_column(String(60), primary_key=True)
    guard_id: Mapped[str] = mapped_column(ForeignKey("guard.id"), index=True)
    credential_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    coord_sys: Mapped[str] = mapped_column(String(10), default="wgs84")
    kind: Mapped[str] = mapped_column(String(10), default="phone")
    """phone | terminal (JT/T 808)."""
    terminal_no: Mapped[str | None] = mapped_column(String(20), unique=True, index=True)
    """A terminal's own number (12 or 20 digits), which it sends in every message."""
    clock_off_s: Mapped[float] = mapped_column(Seconds, default=0.0)
    """So far ahead (behind: below 0) the administrator said its clock is; taken off each fix's time."""
    register_no: Mapped[int] = mapped_column(default=0, server_default="0")
    """How often a person let the terminal register."""
    register_until: Mapped[float | None] = mapped_column(Seconds)
    enrolled_at: Mapped[float | None] = mapped_column(Seconds)
    revoked_at: Mapped[float | None] = mapped_column(Seconds)
    version: Mapped[int] = mapped_column(default=1)


class Shift(Base):
    """A shift (班次). Only fixes between `opened_at` and `closed_at` (device time) are kept."""

    __tablename__ = "shift"
    __table_args__ = (
        # A guard has one open shift at most.
        Index("uq_shift_open", "guard_id", unique=True, sqlite_where=text("closed_at IS NULL"),
              postgresql_where=text("closed_at IS NULL")),
        Index("ix_shift_guard_time", "guard_id", "opened_at"),
    )  # fmt: skip
    id: Mapped[str] = mapped_column(String(60), primary_key=True)
    guard_id: Mapped[str] = mapped_column(ForeignKey("guard.id"))
    unit_id: Mapped[str] = mapped_column(String(60), index=True)
    area_id: Mapped[str] = mapped_column(ForeignKey("area.id"))
    opened_at: Mapped[float] = mapped_column(Seconds)
    opened_by: Mapped[str] = mapped_column(String(80))
    due_end_at: Mapped[float] = mapped_column(Seconds)
    closed_at: Mapped[float | None] = mapped_column(Seconds)
    closed_by: Mapped[str | None] = mapped_column(String(80))
    closed_how: Mapped[str] = mapped_column(String(20), default="")
    """One of `ENDS`; empty: it runs, or nobody said."""
    closed_note: Mapped[str] = mapped_column(String(200), default="")
    overdue_at: Mapped[float] = mapped_column(Seconds, default=overdue_from)
    """Then it ends by itself; not closed and past this is not on duty."""
    pauses: Mapped[list[Any]] = mapped_column(default=list)
    """[[from, to]]: closed by mistake and taken back, or from a begin that nothing proves to its arrival; what happened meanwhile
    is not known."""
    post_id: Mapped[str | None] = mapped_column(String(60))
    opened_how: Mapped[str] = mapped_column(String(20), default="")
    """phone | qr | operator | hand_over | offline (said later, `patrol.acts`)."""
    duty_state: Mapped[str] = mapped_column(String(20), default="unknown")
    """Where he is as of now: present | absent | unknown | on_break."""
    duty_since: Mapped[float | None] = mapped_column(Seconds)
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """`patrol.judging.facts.ShiftFacts` as JSON: what the fixes say so far."""
    ground: Mapped[dict[str, Any]] = mapped_column(default=dict, deferred=True)
    """Its area as it stood when it opened: {"polygon", "checkpoints": [[id, lon, lat, radius_m]]}. A border moved later
    judges nobody backwards. Empty: as the area stands."""
    facts_version: Mapped[int] = mapped_column(default=0)
    guard: Mapped[Guard] = relationship(lazy="joined")
    area: Mapped[Area] = relationship()


class Visit(Base):
    """A checkpoint visited on a shift, with the fix that proves it. Recomputed from the fixes, replaced as a whole."""

    __tablename__ = "visit"
    shift_id: Mapped[str] = mapped_column(ForeignKey("shift.id"), primary_key=True)
    checkpoint_id: Mapped[str] = mapped_column(String(60), primary_key=True)
    first_at: Mapped[float] = mapped_column(Seconds)
    last_at: Mapped[float] = mapped_column(Seconds)
    fix_id: Mapped[str] = mapped_column(String(80))
    distance_m: Mapped[float] = mapped_column(Seconds)


class Draw(Base):
    """Several called by lot: who was in the pool, the seed, and who came out, so that it can be drawn again. Append-only."""

    __tablename__ = "draw"
    __table_args__ = (Index("ix_draw_seq", "seq", unique=True),)
    seq: Mapped[int] = mapped_column()
    """In the order in which they were drawn; given with `hash` (`lianqin.chain`)."""
    id: Mapped[str] = mapped_column(String(60), primary_key=True)
    at: Mapped[float] = mapped_column(Seconds)
    drawn_by: Mapped[str] = mapped_column(String(80))
    reason: Mapped[str] = mapped_column(String(200), default="")
    size: Mapped[int] = mapped_column()
    seed: Mapped[str] = mapped_column(String(64))
    pool: Mapped[list[Any]] = mapped_column()
    """[{"guard_id", "shift_id"}] sorted, those excluded apart with their reason."""
    excluded: Mapped[list[Any]] = mapped_column(default=list)
    chosen: Mapped[list[Any]] = mapped_column()
    hash: Mapped[str | None] = mapped_column(String(HASH))
    """Of this draw after the one before."""


class PointCall(Base):
    """A point call (点调) of one guard, by roll call."""

    __tablename__ = "point_call"
    id: Mapped[str] = mapped_column(String(60), primary_key=True)
    draw_id: Mapped[str | None] = mapped_column(ForeignKey("draw.id"), index=True)
    """None: called by name, which needs a reason and is kept apart in all statistics."""
    reason: Mapped[str] = mapped_column(String(200), default="")
    guard_id: Mapped[str] = mapped_column(ForeignKey("guard.id"), index=True)
    shift_id: Mapped[str] = mapped_column(ForeignKey("shift.id"), index=True)
    unit_id: Mapped[str] = mapped_column(String(60), index=True)
    called_by: Mapped[str] = mapped_column(String(80))
    called_at: Mapped[float] = mapped_column(Seconds, index=True)
    sign_of_life_at: Mapped[float | None] = mapped_column(Seconds)
    """Last time anything arrived from the guard's phone before the call (arrival): recorded at the call, as a fact."""
    receipt_at: Mapped[float | None] = mapped_column(Seconds)
    """The phone confirmed that it shows the call (server time of arrival)."""
    answered_at: Mapped[float | None] = mapped_column(Seconds)
    """Device time of the answer."""
    answer_received_at: Mapped[float | None] = mapped_column(Seconds)
    answer_by: Mapped[str | None] = mapped_column(String(20))
    """app | radio (ticked by the operator)."""
    answer_lon: Mapped[float | None] = mapped_column(Seconds)
    answer_lat: Mapped[float | None] = mapped_column(Seconds)
    answer_accuracy_m: Mapped[float | None] = mapped_column(Seconds)
    verdict: Mapped[str | None] = mapped_column(String(20))
    """confirmed | contradicted | unknown; None while it runs."""
    verdict_reason: Mapped[str] = mapped_column(String(60), default="")
    verdict_at: Mapped[float | None] = mapped_column(Seconds)
    evidence: Mapped[dict[str, Any]] = mapped_column(default=dict)
    review: Mapped[str | None] = mapped_column(String(20))
    """A person's word on a contradicted verdict: upheld | dismissed. Counts only once upheld."""
    reviewed_by: Mapped[str | None] = mapped_column(String(80))
    reviewed_at: Mapped[float | None] = mapped_column(Seconds)
    review_note: Mapped[str] = mapped_column(String(400), default="")
    guard: Mapped[Guard] = relationship(lazy="joined")


class Dispatch(Base):
    """A guard called to an incident."""

    __tablename__ = "dispatch"
    id: Mapped[str] = mapped_column(String(60), primary_key=True)
    incident_id: Mapped[str] = mapped_column(String(60), index=True)
    guard_id: Mapped[str] = mapped_column(ForeignKey("guard.id"), index=True)
    shift_id: Mapped[str] = mapped_column(ForeignKey("shift.id"), index=True)
    unit_id: Mapped[str] = mapped_column(String(60), index=True)
    state: Mapped[str] = mapped_column(String(20), index=True)
    """called | accepted | refused | arrived | done | cancelled."""
    called_by: Mapped[str] = mapped_column(String(80))
    called_at: Mapped[float] = mapped_column(Seconds)
    lon: Mapped[float] = mapped_column(Seconds)
    lat: Mapped[float] = mapped_column(Seconds)
    place_name: Mapped[str] = mapped_column(String(120), default="")
    instruction: Mapped[str] = mapped_column(String(200), default="")
    distance_m: Mapped[float | None] = mapped_column(Seconds)
    accepted_at: Mapped[float | None] = mapped_column(Seconds)
    refused_at: Mapped[float | None] = mapped_column(Seconds)
    refused_code: Mapped[str] = mapped_column(String(20), default="")
    """A key of `patrol.dispatch.refusals.REASONS`; empty: not refused, or before reasons were a closed list (then it never counts)."""
    refused_reason: Mapped[str] = mapped_column(String(200), default="")
    """The guard's own words."""
    refused_found: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """`patrol.dispatch.refusals.RefusalFacts` as JSON: what the records said of that moment."""
    review: Mapped[str | None] = mapped_column(String(20))
    """A person's word on the refusal: upheld | dismissed. Counts only once upheld; by `patrol`: the records cleared it."""
    reviewed_by: Mapped[str | None] = mapped_column(String(80))
    reviewed_at: Mapped[float | None] = mapped_column(Seconds)
    review_note: Mapped[str] = mapped_column(String(400), default="")
    arrived_at: Mapped[float | None] = mapped_column(Seconds)
    arrived_fix_id: Mapped[str | None] = mapped_column(String(80))
    said_at: Mapped[float | None] = mapped_column(Seconds)
    """Device time at which the guard said "I am there": the guard's own word. It proves nothing; `arrived_at` does."""
    said_received_at: Mapped[float | None] = mapped_column(Seconds)
    said_lon: Mapped[float | None] = mapped_column(Seconds)
    said_lat: Mapped[float | None] = mapped_column(Seconds)
    said_accuracy_m: Mapped[float | None] = mapped_column(Seconds)
    """Where the phone said that it was, WGS-84."""
    done_at: Mapped[float | None] = mapped_column(Seconds)
    done_note: Mapped[str] = mapped_column(String(400), default="")
    still_lon: Mapped[float | None] = mapped_column(Seconds)
    still_lat: Mapped[float | None] = mapped_column(Seconds)
    still_at: Mapped[float | None] = mapped_column(Seconds)
    """From where he has not moved since when (WGS-84, of his fixes): `patrol.dispatch.stuck` follows it while he is on his way."""
    guard: Mapped[Guard] = relationship(lazy="joined")


class Stuck(Base):
    """A task that does not go on (派单受阻), found by `patrol.dispatch.stuck`, and what was done about it."""

    __tablename__ = "stuck"
    id: Mapped[str] = mapped_column(String(60), primary_key=True)
    dispatch_id: Mapped[str] = mapped_column(String(60), index=True)
    incident_id: Mapped[str] = mapped_column(String(60), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    """refused | unanswered | still | overdue."""
    since: Mapped[float] = mapped_column(Seconds)
    """The moment from which it held, by the recorded facts."""
    found_at: Mapped[float] = mapped_column(Seconds)
    ended_at: Mapped[float | None] = mapped_column(Seconds, index=True)
    outcome: Mapped[str] = mapped_column(String(20), default="")
    """What ended it: a key of `patrol.dispatch.stuck.ENDS`; empty while it lasts."""
    ended_by: Mapped[str] = mapped_column(String(80), default="")
    """Account, or the part of the house that saw it end."""
    note: Mapped[str] = mapped_column(String(400), default="")
    """What the person did about it, where a word was asked for."""


class RuleSet(Base):
    """A version of the scoring rules, kept word for word so that an old number can be computed again."""

    __tablename__ = "rule_set"
    version: Mapped[str] = mapped_column(String(40), primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64))
    body: Mapped[str] = mapped_column(Text)
    loaded_at: Mapped[float] = mapped_column(Seconds)


class LedgerLine(Base):
    """One line of points (积分). Append-only: a correction is a reversal line and a new one."""

    __tablename__ = "ledger_line"
    __table_args__ = (Index("ix_ledger_shift", "shift_id", "seq"),)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(String(60), unique=True)
    at: Mapped[float] = mapped_column(Seconds)
    shift_id: Mapped[str] = mapped_column(ForeignKey("shift.id"))
    guard_id: Mapped[str] = mapped_column(String(60), index=True)
    unit_id: Mapped[str] = mapped_column(String(60), index=True)
    rule_version: Mapped[str] = mapped_column(ForeignKey("rule_set.version"))
    line: Mapped[str] = mapped_column(String(40))
    """The rule's key, e.g. `presence`."""
    points: Mapped[float] = mapped_column(Seconds)
    out_of: Mapped[float] = mapped_column(Seconds)
    """What the line could have given after unknown and absent things left the denominator; 0: it did not occur."""
    numerator: Mapped[float] = mapped_column(Seconds)
    denominator: Mapped[float] = mapped_column(Seconds)
    provisional: Mapped[bool] = mapped_column(default=True)
    evidence: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Ids and figures that the number came from: fix ids, visit, point-call and dispatch ids, seconds."""
    reverses: Mapped[str | None] = mapped_column(String(60))
    reason: Mapped[str] = mapped_column(String(120), default="")
    hash: Mapped[str | None] = mapped_column(String(HASH))
    """Of this line after the one before (`lianqin.chain`)."""


class QuarantineRow(Base):
    """A message that could not be used; for the administrator alone, then gone."""

    __tablename__ = "quarantine"
    id: Mapped[str] = mapped_column(String(60), primary_key=True)
    received_at: Mapped[float] = mapped_column(Seconds, index=True)
    client: Mapped[str] = mapped_column(String(40))
    why: Mapped[str] = mapped_column(String(80))
    raw: Mapped[str] = mapped_column(Text)
    kept_from: Mapped[float | None] = mapped_column(Seconds, index=True)
    """When it was put here, by the database's clock; None where an older program did, until the next sweep."""
    keep_hours: Mapped[float | None] = mapped_column(Seconds)
    """Its term when it was put here; a longer one later goes before."""


append_only(cast("Table", LedgerLine.__table__))
chained("points", LedgerLine, (
    "seq", "id", "at", "shift_id", "guard_id", "unit_id", "rule_version", "line", "points", "out_of", "numerator", "denominator",
    "provisional", "evidence", "reverses", "reason",
))  # fmt: skip
append_only(cast("Table", Draw.__table__))
chained("draws", Draw, ("seq", "id", "at", "drawn_by", "reason", "size", "seed", "pool", "excluded", "chosen"))
