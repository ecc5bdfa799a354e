"""The console's tables: accounts, sessions, cameras, zones, alerts and incidents. Times are epoch seconds."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import BigInteger, Float, ForeignKey, Index, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lianqin.db import Base
from lianqin.sealed import SealedText

Seconds = Float(53)
LATE: Final = "no_evidence"
"""`clip_error` of an alert whose evidence has not come in time."""
REPORTED: Final = "reported"
"""The situation of an alert that stands for a guard's report: no machine said it, a person made an incident of it."""
ENDED: Final = ("closed", "withdrawn")
"""States of an incident that is over: nobody is sent for it."""


class Account(Base):
    __tablename__ = "account"
    id: Mapped[str] = mapped_column(String(60), primary_key=True)
    username: Mapped[str] = mapped_column(String(60), unique=True)
    password_hash: Mapped[str] = mapped_column(String(200))
    """Argon2id."""
    role: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(80))
    unit_id: Mapped[str | None] = mapped_column(String(60))
    guard_id: Mapped[str | None] = mapped_column(String(60))
    disabled: Mapped[bool] = mapped_column(default=False)
    failures: Mapped[int] = mapped_column(default=0)
    """Not used any more, like `locked_until`: see LoginTry."""
    locked_until: Mapped[float | None] = mapped_column(Seconds)
    demo: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Of a demonstration, its password known to everybody: good for nothing where the console runs without `demo`."""
    password_by: Mapped[str] = mapped_column(String(80), default="", server_default="")
    """Id of who set the present password: the account's own where its owner did; empty: not known."""
    factor_free_from: Mapped[float | None] = mapped_column(Seconds)
    """Of accounts that were there before second factors: from then on, for `factor_grace_days`, they need no link. None: they do."""


class LoginTry(Base):
    """Failed log-ins of a user name from one address or known browser (`pair`), or from wherever (`name`). Bounded in number."""

    __tablename__ = "login_try"
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    name: Mapped[str] = mapped_column(String(60), index=True)
    """As it was typed, also where no account has it."""
    address: Mapped[str] = mapped_column(String(64))
    """The last one."""
    failures: Mapped[int] = mapped_column()
    last_at: Mapped[float] = mapped_column(Seconds)
    until: Mapped[float] = mapped_column(Seconds)
    """End of the lock; 0: none."""


class LoginHour(Base):
    """What an hour had of failures that the register does not name one by one."""

    __tablename__ = "login_hour"
    hour: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """Since 1970."""
    unknown: Mapped[int] = mapped_column()
    """Failures of user names that nobody has."""
    refused: Mapped[int] = mapped_column()
    """Tries while locked or slowed down."""


class LoginSession(Base):
    """A server-side session; the cookie's token is known only as a sha256."""

    __tablename__ = "login_session"
    token_sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("account.id"), index=True)
    csrf: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[float] = mapped_column(Seconds)
    last_seen_at: Mapped[float] = mapped_column(Seconds)
    phone_id: Mapped[str | None] = mapped_column(String(60), index=True)
    """Of a guard's bound phone: it has no idle exit."""
    address: Mapped[str] = mapped_column(String(64), default="", server_default="")
    """From which it was opened; empty: not known."""
    agent: Mapped[str] = mapped_column(String(120), default="", server_default="")
    """What its browser says of itself."""
    account: Mapped[Account] = relationship(lazy="joined")


class Phone(Base):
    """A guard's phone: first a code that waits to be scanned, then bound, then ended."""

    __tablename__ = "phone"
    id: Mapped[str] = mapped_column(String(60), primary_key=True)
    guard_id: Mapped[str] = mapped_column(String(60), index=True)
    unit_id: Mapped[str] = mapped_column(String(60))
    code_sha256: Mapped[str | None] = mapped_column(String(64), unique=True)
    """None once it was used."""
    made_at: Mapped[float] = mapped_column(Seconds)
    made_by: Mapped[str] = mapped_column(String(80))
    until: Mapped[float] = mapped_column(Seconds)
    bound_at: Mapped[float | None] = mapped_column(Seconds)
    model: Mapped[str] = mapped_column(String(120), default="")
    """What the phone's browser says of itself."""
    ended_at: Mapped[float | None] = mapped_column(Seconds)
    ended_by: Mapped[str | None] = mapped_column(String(80))


class CameraRow(Base):
    __tablename__ = "camera"
    id: Mapped[str] = mapped_column(String(60), primary_key=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    name_en: Mapped[str] = mapped_column(String(80), default="")
    url: Mapped[str] = mapped_column(SealedText(400))
    sub_url: Mapped[str | None] = mapped_column(SealedText(400))
    transport: Mapped[str] = mapped_column(String(3), default="tcp")
    lon: Mapped[float | None] = mapped_column(Seconds)
    lat: Mapped[float | None] = mapped_column(Seconds)
    bearing: Mapped[float | None] = mapped_column(Seconds)
    fov: Mapped[float | None] = mapped_column(Seconds)
    range_m: Mapped[float | None] = mapped_column(Seconds)
    area_id: Mapped[str | None] = mapped_column(String(60))
    enabled: Mapped[bool] = mapped_column(default=True)
    version: Mapped[int] = mapped_column(default=1)
    state: Mapped[str] = mapped_column(String(20), default="starting")
    state_reason: Mapped[str] = mapped_column(String(40), default="")
    state_since: Mapped[float | None] = mapped_column(Seconds)
    priority: Mapped[int] = mapped_column(default=2)
    """At the detector: 1 (most important) to 3."""
    keep_days: Mapped[int | None] = mapped_column()
    watched_since: Mapped[float | None] = mapped_column(Seconds)
    """When the first minute began of which a worker gave a whole account: before that nobody was to watch it."""
    sampling: Mapped[str] = mapped_column(String(12), default="gated")
    masks: Mapped[list[Any]] = mapped_column(default=list)
    """Polygons, corners as fractions of the picture."""
    zones: Mapped[list[ZoneRow]] = relationship(order_by="ZoneRow.id", cascade="all, delete-orphan")


class ZoneRow(Base):
    __tablename__ = "zone"
    id: Mapped[str] = mapped_column(String(60), primary_key=True)
    camera_id: Mapped[str] = mapped_column(ForeignKey("camera.id", ondelete="CASCADE"), index=True)
    record: Mapped[dict[str, Any]] = mapped_column()
    """`lianqin.records.Zone` as JSON."""
    name_en: Mapped[str] = mapped_column(String(80), default="")


class AlertRow(Base):
    """What a machine said, and what a person made of it."""

    __tablename__ = "alert"
    __table_args__ = (
        Index("ix_alert_state", "state", "priority", "captured_at"),
        Index("ix_alert_record", "captured_at", "priority", "situation", "camera_id", "zone_id", "zone_name", "state", "judge_reason",
              "judged_by", "judged_at", "received_at", "incident_id", "id"),
    )  # fmt: skip
    """`ix_alert_record` has all that the record is narrowed, sorted and summed up by: rows are wide by their tracks."""
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(String(60), unique=True)
    camera_id: Mapped[str] = mapped_column(String(60), index=True)
    zone_id: Mapped[str] = mapped_column(String(60))
    zone_name: Mapped[str] = mapped_column(String(80), default="")
    zone_points: Mapped[list[Any]] = mapped_column(default=list)
    situation: Mapped[str] = mapped_column(String(20))
    method: Mapped[int] = mapped_column()
    kind: Mapped[int] = mapped_column()
    priority: Mapped[int] = mapped_column()
    score: Mapped[float] = mapped_column(Seconds)
    captured_at: Mapped[float] = mapped_column(Seconds, index=True)
    published_at: Mapped[float] = mapped_column(Seconds)
    received_at: Mapped[float] = mapped_column(Seconds)
    model: Mapped[str] = mapped_column(String(80))
    rule_version: Mapped[str] = mapped_column(String(40))
    worker: Mapped[str] = mapped_column(String(60), default="")
    tracks: Mapped[list[Any]] = mapped_column(default=list)
    """TrackPath as JSON: the boxes so far, then (with the evidence) of the whole track."""
    snapshot: Mapped[str | None] = mapped_column(String(200))
    snapshot_error: Mapped[str | None] = mapped_column(String(200))
    clip: Mapped[str | None] = mapped_column(String(200))
    clip_error: Mapped[str | None] = mapped_column(String(200))
    clip_from: Mapped[float | None] = mapped_column(Seconds)
    clip_seconds: Mapped[float | None] = mapped_column(Seconds)
    codec: Mapped[str | None] = mapped_column(String(20))
    evidence_at: Mapped[float | None] = mapped_column(Seconds)
    merged_tracks: Mapped[int] = mapped_column(default=0)
    state: Mapped[str] = mapped_column(String(20), default="new")
    """new | confirmed | false | ignored."""
    judged_by: Mapped[str | None] = mapped_column(String(80))
    judged_by_id: Mapped[str | None] = mapped_column(String(80))
    """The account; None where an older program kept the name alone."""
    judged_at: Mapped[float | None] = mapped_column(Seconds)
    judge_reason: Mapped[str] = mapped_column(String(200), default="")
    incident_id: Mapped[str | None] = mapped_column(String(60))
    snapshot_sha256: Mapped[str | None] = mapped_column(String(64))
    clip_sha256: Mapped[str | None] = mapped_column(String(64))
    """Of the files as they were written, hex; None for what older workers wrote."""
    purged_at: Mapped[float | None] = mapped_column(Seconds, index=True)
    """When its picture and clip were purged."""
    certificate: Mapped[int | None] = mapped_column()
    """Number of the purge's certificate."""
    kept_from: Mapped[float | None] = mapped_column(Seconds, index=True)
    """Its arrival by the database's clock; None where an older program stored it, until the next sweep."""
    keep_days: Mapped[int | None] = mapped_column()
    """The term of its picture and clip: the camera's or the county's when it arrived; a longer one later goes before."""
    shelf_id: Mapped[str | None] = mapped_column(String(60), index=True)
    """The shelf that it rested on last; while that runs it stands in no queue (`console/rules/shelves.py`)."""
    back_at: Mapped[float | None] = mapped_column(Seconds)
    """When it came back from that shelf, unjudged: it waits since then."""


class SavedView(Base):
    """A page's filter and order under a name; each account's own."""

    __tablename__ = "saved_view"
    __table_args__ = (UniqueConstraint("account_id", "page", "name"),)
    id: Mapped[str] = mapped_column(String(60), primary_key=True)
    account_id: Mapped[str] = mapped_column(String(60))
    page: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(40))
    query: Mapped[str] = mapped_column(String(1000))
    """As it stands in the page's address."""
    saved_at: Mapped[float] = mapped_column(Seconds)


class EvidenceHold(Base):
    """Whose picture and clip must not be purged, who said so and why."""

    __tablename__ = "evidence_hold"
    alert_id: Mapped[str] = mapped_column(String(60), primary_key=True)
    reason: Mapped[str] = mapped_column(String(200))
    held_by: Mapped[str] = mapped_column(String(80))
    held_at: Mapped[float] = mapped_column(Seconds)


class PurgeCertificate(Base):
    """Proof of one purge: what went, by which rule, and a digest over the whole list, each file with its own sha256."""

    __tablename__ = "purge_certificate"
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    at: Mapped[float] = mapped_column(Seconds, index=True)
    alerts: Mapped[int] = mapped_column()
    files: Mapped[int] = mapped_column()
    bytes: Mapped[int] = mapped_column(BigInteger)
    first_at: Mapped[float] = mapped_column(Seconds)
    last_at: Mapped[float] = mapped_column(Seconds)
    """Arrival of the oldest and the newest of it."""
    keep_days: Mapped[int] = mapped_column()
    items: Mapped[list[Any]] = mapped_column(default=list)
    """`[alert id, path, sha256 or "", bytes]` for each file."""
    digest: Mapped[str] = mapped_column(String(64))
    """sha256 over `items` as JSON. Empty while the files go: then an item names the column too that it stood in (`purging.PurgedFile`)."""


class Incident(Base):
    """What a person accepted (事件)."""

    __tablename__ = "incident"
    id: Mapped[str] = mapped_column(String(60), primary_key=True)
    alert_id: Mapped[str] = mapped_column(ForeignKey("alert.id"), index=True)
    """An alert whose confirmation was undone may have a withdrawn one and another later; its `incident_id` names the present one."""
    camera_id: Mapped[str] = mapped_column(String(60))
    situation: Mapped[str] = mapped_column(String(20))
    priority: Mapped[int] = mapped_column()
    lon: Mapped[float | None] = mapped_column(Seconds)
    lat: Mapped[float | None] = mapped_column(Seconds)
    place_name: Mapped[str] = mapped_column(String(120), default="")
    state: Mapped[str] = mapped_column(String(20), default="open")
    """open | handled (a guard reported done) | closed | withdrawn (its confirmation was undone)."""
    opened_at: Mapped[float] = mapped_column(Seconds)
    opened_by: Mapped[str] = mapped_column(String(80))
    handled_at: Mapped[float | None] = mapped_column(Seconds)
    """Since when it waits for its end; None where an older program noted none."""
    closed_at: Mapped[float | None] = mapped_column(Seconds)
    closed_by: Mapped[str | None] = mapped_column(String(80))
    """When and by whom it was closed or withdrawn."""
    note: Mapped[str] = mapped_column(String(400), default="")


class DeskSeat(Base):
    """A desk that is open now and what its person is at. No record: it lapses by itself (`console.seats.seats`)."""

    __tablename__ = "desk_seat"
    session: Mapped[str] = mapped_column(String(64), primary_key=True)
    """The log-in session's `token_sha256`."""
    account_id: Mapped[str] = mapped_column(String(60))
    name: Mapped[str] = mapped_column(String(80))
    alert_id: Mapped[str | None] = mapped_column(String(60), index=True)
    """The alert that this person has; None: none."""
    since: Mapped[float] = mapped_column(Seconds)
    until: Mapped[float] = mapped_column(Seconds)
    """Lapses then, unless its page says again that it is there."""


class PendingEvidence(Base):
    """Evidence that arrived before its alert (another worker's spool was later): joined when the alert comes."""

    __tablename__ = "pending_evidence"
    alert_id: Mapped[str] = mapped_column(String(60), primary_key=True)
    body: Mapped[dict[str, Any]] = mapped_column()
    received_at: Mapped[float] = mapped_column(Seconds)


class WatchHour(Base):
    """The watch ledger: one camera's hour, a letter a minute (`lianqin.watch`)."""

    __tablename__ = "watch_hour"
    camera_id: Mapped[str] = mapped_column(String(60), primary_key=True)
    hour: Mapped[int] = mapped_column(primary_key=True, index=True)
    """Epoch seconds // 3600."""
    letters: Mapped[str] = mapped_column(String(60))
    looks: Mapped[list[Any]] = mapped_column(default=list)
    """A triple a minute: pictures due, looked at, dropped."""
    parts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Minutes of which only parts were told so far, by worker."""


class Outage(Base):
    """A camera was blind from when until when, and why; what is open has no end yet."""

    __tablename__ = "outage"
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    camera_id: Mapped[str] = mapped_column(String(60), index=True)
    reason: Mapped[str] = mapped_column(String(40))
    detail: Mapped[str] = mapped_column(String(200), default="")
    from_at: Mapped[float] = mapped_column(Seconds, index=True)
    to_at: Mapped[float | None] = mapped_column(Seconds, index=True)
    alert_id: Mapped[str | None] = mapped_column(String(60), index=True)
    """The device alert that told of it."""
