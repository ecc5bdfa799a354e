"""Typed settings: the only reader of the environment. Unknown keys are refused with the nearest known name.

Values come, later ones winning, from the defaults, a TOML file (`LIANQIN_SETTINGS` names it) and environment variables
`LIANQIN_<NAME>`. `python -m lianqin settings` prints all of them with their meaning. One
file, since they are one list, read, printed and documented as such.
"""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator

from lianqin.errors import SettingsError
from lianqin.map_urls import read_origins, read_tiles, read_url
from lianqin.peers import read_networks
from lianqin.pins import read_pins
from lianqin.reach import read_place

PREFIX = "LIANQIN_"
_CONTACT = re.compile(r"(mailto:[^\s@]+@[^\s@]+|https://[^\s]+|tel:\+?[0-9-]+)")
_ROOT = Path(__file__).resolve().parent.parent
_MODELS = _ROOT / "models" if (_ROOT / "models").is_dir() else _ROOT / "detect" / "_models"
"""In a checkout, and in an installed wheel, which carries them as package data."""


class Settings(BaseModel):
    """Every setting of the house. A field's description is its documentation."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    run_dir: Path = Field(
        Path("run"), description="Folder of everything a run leaves: database, Redis, evidence, trails, spools."
    )
    redis_url: str = Field(
        "",
        description="Redis or Valkey (7.0 or newer, appendfsync always); empty: an embedded Valkey in run_dir. By Sentinels: sentinel://host:26379,host:26379,host:26379/service.",
    )
    redis_replicas: int = Field(
        0,
        ge=0,
        le=8,
        description="Replicas of Redis that must have an alert or a fix before it counts as stored (WAIT); 0: Redis has none, or a failover may lose what it had acknowledged.",
    )
    database_url: str = Field(
        "", description="SQLAlchemy address; empty: SQLite in run_dir. PostgreSQL: postgresql+psycopg://..."
    )
    evidence_root: str = Field(
        "", description="Folder or fsspec address of pictures and clips; empty: run_dir/evidence."
    )
    trails_root: str = Field("", description="Folder of the Parquet trails; empty: run_dir/trails.")
    seal_file: str = Field(
        "",
        description="File to which each hour's seals of the register, the points and the draws are appended: on another machine's disk. Empty: the log alone has them.",
    )
    models_dir: Path = Field(_MODELS, description="Folder of model cards and weights.")
    model: str = Field("nanodet-g", description="Name of the model card that workers use.")
    web_dist: Path = Field(_ROOT / "console/web/dist", description="Folder of the built web page.")
    streets_file: str = Field(
        "", description="GeoJSON of the streets that the map draws; empty: run_dir/streets.geojson where there is one."
    )
    map_tiles: str = Field(
        "",
        description="Raster tiles under the maps: https://host/{z}/{x}/{y}.png, several by blanks. Empty: no tiles. One of map_tiles, map_style, map_pmtiles.",
    )
    map_style: str = Field("", description="Vector tiles under the maps: address of a MapLibre style (JSON).")
    map_pmtiles: str = Field(
        "", description="Base map in one PMTiles file (version 3, raster or vector) that the console serves."
    )
    map_hosts: str = Field(
        "",
        description="Further origins that map_style leads to (tiles, fonts, icons), by commas: https://fonts.example.org. Browsers ask no others.",
    )
    map_attribution: str = Field(
        "", max_length=200, description="Whose base map it is, shown in the corner of each map."
    )
    map_gcj02: bool = Field(
        False,
        description="The base map is in GCJ-02, as Chinese map services draw: what lies on it is shifted for showing, never what is stored.",
    )
    map_max_zoom: int = Field(
        18, ge=1, le=22, description="Deepest zoom level that map_tiles have; beyond it they are enlarged."
    )
    demo: bool = Field(False, description="This is a demonstration: the page says so.")
    log_json: bool = Field(True, description="Logs as JSON lines; false: for people's eyes.")
    log_level: str = Field("INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$", description="Lowest level that is logged.")

    console_host: str = Field("127.0.0.1", description="Address the console listens on.")
    console_port: int = Field(8600, ge=0, le=65535, description="Port of the console.")
    intake_port: int = Field(8601, ge=0, le=65535, description="Port of an intake that runs as a process of its own.")
    jt808_port: int = Field(
        8608, ge=0, le=65535, description="Port for JT/T 808 terminals of an intake of its own; 0: none."
    )
    intake_in_console: bool = Field(True, description="Mount the intake at /fix in the console.")
    intake_url: str = Field(
        "", description="Address that phones send to, in their QR code; empty: /fix of this console."
    )
    console_connections: int = Field(
        4000,
        ge=16,
        description="Connections that the console keeps open at the same time; beyond it those that wait go first.",
    )
    console_connections_each: int = Field(
        500, ge=8, description="Of them from one address (IPv6: one network of 64 bits) that is no trusted proxy's."
    )
    trusted_proxies: str = Field(
        "",
        description="Addresses and networks of proxies in front, by commas: from these alone X-Forwarded-For is believed. Each must overwrite or extend it.",
    )
    tls_cert: str = Field("", description="Certificate file; with tls_key the console speaks HTTPS.")
    tls_key: str = Field("", description="Key file of tls_cert.")
    cookie_secure: bool = Field(
        False,
        description="Cookies only over HTTPS, and browsers come by HTTPS alone. Of itself where tls_cert is set, or a trusted proxy says X-Forwarded-Proto: https.",
    )
    metrics_from: str = Field(
        "127.0.0.0/8,::1/128",
        description="Addresses and networks, by commas, that read /metrics and the details of /healthz; directly, through no proxy.",
    )
    security_contact: str = Field(
        "",
        description="Whom to tell of a weakness, in /.well-known/security.txt: mailto:, https: or tel:, several by commas; empty: there is none.",
    )
    security_expires: str = Field(
        "",
        validate_default=True,
        description="Until when security_contact holds, a year at most: 2027-06-30T00:00:00+08:00. After it the address answers 404.",
    )
    second_factor: bool = Field(
        True, description="TOTP for all but guard, grid and wall. It can be off in a demonstration (demo) alone."
    )
    factor_grace_days: float = Field(
        14,
        ge=0,
        le=90,
        description="Accounts of before second factors set theirs up at the next log-in, without a link, for so many days after the upgrade.",
    )
    seal_keys: str = Field(
        "",
        description="Keys that seal secrets in the database, by commas: the first seals, all open. Empty: they lie in seal_keys_file.",
    )
    seal_keys_file: str = Field(
        "",
        description="File of these keys, one a line; empty: run_dir/seal.keys, made at the first start. The same on every console.",
    )
    idle_exit_minutes: float = Field(15, gt=0, description="A session without a request for so long ends.")
    lock_after_failures: int = Field(
        5,
        ge=1,
        description="Failed log-ins in a row that lock an account for the address (or the known browser) that made them.",
    )
    lock_minutes: float = Field(15, gt=0, description="How long it stays locked.")
    shelve_hours: float = Field(
        12, gt=0, le=168, description="The longest that an operator shelves alerts; a shift leader up to 168 hours."
    )
    escalation_seconds: tuple[float, float, float] = Field(
        (30, 60, 120), description="An unjudged alert: flash, second operator, shift leader."
    )
    desk_idle_seconds: float = Field(
        20,
        gt=0,
        description="Without key or pointer for so long an operator is idle: a new alert of priority 1 is put before him.",
    )

    canary_seconds: float = Field(
        10,
        ge=0,
        le=300,
        description="A worker sends a made picture the way of an alert every so many seconds, which tells how late alerts are; 0: none.",
    )
    canary_limit: float = Field(
        2, gt=0, le=60, description="Seconds from capture to page above which three canaries in a row raise an alert."
    )
    canary_silent: float = Field(
        30,
        ge=10,
        le=600,
        description="So do so many seconds without a canary of a worker that lives (at least three times canary_seconds).",
    )

    worker_id: str = Field(
        "ingest-1", pattern=r"^[A-Za-z0-9_-]{1,40}$", description="Name of this ingest worker; stable over restarts."
    )
    open_timeout: float = Field(5, gt=0, description="Seconds to open a camera before it is a fault.")
    read_timeout: float = Field(5, gt=0, description="Seconds without a packet before a camera is silent.")
    rtsps_verify: bool = Field(
        True,
        description="Cameras by rtsps:// must show a certificate that is trusted; false: whoever sits between may listen.",
    )
    rtsps_ca_file: str = Field(
        "",
        description="PEM file of the authorities (or the cameras' own certificates) that are trusted; empty: the system's.",
    )
    rtsps_pins: str = Field(
        "",
        description="Certificates that rtsps:// trusts by their SHA-256 print alone: host=print or host:port=print, by commas; a host may have several.",
    )
    register_minutes: int = Field(
        1440,
        ge=1,
        description="Minutes after its enrolment, or after being let, in which a terminal whose answer got lost may register again.",
    )
    terminal_secret: str = Field(
        "",
        description="Terminals' codes are derived from it; empty: one is made and kept in Redis. 32 random bytes or more.",
    )
    inner_host: str = Field("127.0.0.1", description="Address on which a worker takes the console's signed requests.")
    inner_port: int = Field(8610, ge=1, le=65535, description="First port tried for it; the next free one is taken.")
    inner_address: str = Field(
        "",
        description="Name or address, with :port where inner_port is another one there, by which the console reaches this worker; empty: inner_host, or where that is 0.0.0.0 the worker's own address on its way to Redis.",
    )
    inner_secret: str = Field(
        "",
        description="Signs requests between processes; empty: one is made and kept in Redis. 32 random bytes or more.",
    )
    inner_secret_file: str = Field(
        "",
        description="File that holds it instead, read anew when it changes; the former one is good for 15 s more.",
    )
    inner_tls_cert: str = Field(
        "",
        description="Certificate file; with inner_tls_key workers take requests by HTTPS alone. Needed beyond one machine.",
    )
    inner_tls_key: str = Field("", description="Key file of inner_tls_cert.")
    inner_tls_ca: str = Field(
        "",
        description="PEM file of who signed the workers' certificates (or of these themselves), for the console; empty: the system's.",
    )
    live_addresses: str = Field(
        "",
        description="Addresses that a worker offers browsers for live video, by commas; empty: all of the machine's.",
    )
    live_viewers: int = Field(64, ge=1, description="Viewers that one worker serves at the same time.")
    drain_seconds: float = Field(
        20, ge=0, description="Seconds that a terminated worker waits for others to take its cameras over."
    )
    ring_seconds: float = Field(24, ge=12, description="Seconds of packets kept of each camera.")
    clip_before: float = Field(10, ge=0, le=60, description="Seconds of a clip before the alert.")
    clip_after: float = Field(10, ge=0, le=60, description="Seconds of a clip after the alert.")
    sample_interval: float = Field(0.2, gt=0, description="Seconds between detections of a camera that is awake.")
    quiet_interval: float = Field(60, gt=0, description="Seconds between detections of a quiet camera.")
    quiet_after: float = Field(3, gt=0, description="Seconds without anything new or moving before a camera is quiet.")
    loiter_seconds: float = Field(60, gt=0, description="Default of loitering zones without their own time.")
    night_from: int = Field(
        22 * 60, ge=0, le=1439, description="Night begins (minutes since local midnight): intrusion is priority 1."
    )
    night_to: int = Field(6 * 60, ge=0, le=1439, description="Night ends (minutes since local midnight).")
    guards_at_night: int = Field(
        2,
        ge=1,
        le=4,
        description="Guards sent together to a key area or a key zone at night; fewer only with the operator's reason. 1: no such rule.",
    )
    spool_mb: float = Field(256, gt=0, description="Size of the local spool of a process while Redis is away.")

    fix_interval: float = Field(15, gt=0, description="Seconds between a guard's fixes, as enrolled.")
    stale_fix: float = Field(60, gt=0, description="A fix older than this is stale on the map.")
    late_fix_hours: float = Field(
        72, gt=0, description="Late fixes count for so long; until then a score is provisional."
    )
    quarantine_hours: float = Field(72, gt=0, description="How long a message that could not be used is kept apart.")
    evidence_days: int = Field(
        180,
        ge=30,
        description="Days that alerts' pictures and clips are kept (a camera may say otherwise), never below 30; then purged with proof.",
    )
    exports_an_hour: int = Field(
        20, ge=1, le=1000, description="Pictures and clips that one account takes out of the house in an hour."
    )
    disk_warn_share: float = Field(
        0.2, gt=0, lt=1, description="Share of the evidence disk that is free when the page begins to warn."
    )
    disk_tight_share: float = Field(
        0.1, gt=0, lt=1, description="Share below which copies that can be made again are removed."
    )
    trail_days: int = Field(
        45,
        ge=14,
        description="Days that trails are kept: a month's score, its appeals, and a week; then purged with proof.",
    )
    overdue_hours: float = Field(
        2, gt=0, le=24, description="A shift left open ends by itself so many hours after its due end."
    )
    reopen_minutes: float = Field(
        10, ge=0, le=60, description="A shift ended by mistake can be taken back within so many minutes."
    )
    rest_hours: float = Field(
        8,
        ge=0,
        le=24,
        description="Least rest between two planned shifts of a guard. The law names none; 8 is this project's, of a day of 8 h of work (劳动法 art. 36).",
    )
    week_hours: float = Field(
        52,
        gt=0,
        le=168,
        description="Most planned hours of a guard from Monday to Sunday: 44 (劳动法 art. 36) and a week's part of 36 h overtime a month (art. 41); more where special hours were approved (art. 39).",
    )
    certificate_days: int = Field(60, ge=1, le=365, description="Certificates that end within so many days are listed.")
    rules_file: Path = Field(_ROOT / "patrol/rules/shift.toml", description="Scoring rules of a shift.")
    daily_check_quota: int = Field(5, ge=0, description="Spot checks that the station owes a day.")
    call_answer_seconds: float = Field(
        60, gt=0, description="Time to answer a point call, from the receipt of its delivery."
    )
    call_silence_seconds: float = Field(
        60, gt=0, description="No sign of life for so long before a call: the channel was lost."
    )
    call_grace_hours: float = Field(
        24, gt=0, description="An answer given offline counts by its device time within this."
    )
    arrive_radius_m: float = Field(
        50, gt=0, description="A called guard has arrived when a fix lies this near, accuracy added up to 50 m."
    )
    accept_seconds: float = Field(
        30, gt=0, description="A task that its guard has not accepted for so long is back at the top of the desk."
    )
    still_seconds: float = Field(
        120, gt=0, description="So is that of a guard who accepted it and, by his fixes, has not moved for so long."
    )
    still_m: float = Field(50, gt=0, description="Who came no further than this has not moved.")
    late_arrival_seconds: float = Field(
        180, gt=0, description="So is that of a guard who has not arrived so long after the time to walk there."
    )

    @field_validator("second_factor")
    @classmethod
    def _is_on(cls, on: bool, told: ValidationInfo) -> bool:  # noqa: FBT001 - as pydantic calls it
        if not on and not told.data.get("demo"):
            raise ValueError("only a demonstration (demo = true) goes without second factors")
        return on

    @field_validator("rtsps_pins")
    @classmethod
    def _are_pins(cls, text: str) -> str:
        read_pins(text)
        return text

    @field_validator("inner_address")
    @classmethod
    def _is_place(cls, text: str) -> str:
        if text:
            read_place(text)
        return text

    @field_validator("map_tiles")
    @classmethod
    def _are_tiles(cls, text: str) -> str:
        return " ".join(read_tiles(text))

    @field_validator("map_style")
    @classmethod
    def _is_url(cls, text: str, info: ValidationInfo) -> str:
        if text and info.data.get("map_tiles"):
            raise ValueError("there is one base map: set map_tiles or map_style, not both")
        return read_url(text) if text else text

    @field_validator("map_pmtiles")
    @classmethod
    def _is_alone(cls, text: str, info: ValidationInfo) -> str:
        if text and (info.data.get("map_tiles") or info.data.get("map_style")):
            raise ValueError("there is one base map: set map_pmtiles, or map_tiles or map_style, not both")
        return text

    @field_validator("map_hosts")
    @classmethod
    def _are_origins(cls, text: str) -> str:
        return ",".join(read_origins(text))

    @field_validator("metrics_from")
    @classmethod
    def _are_networks(cls, text: str) -> str:
        read_networks(text, "metrics_from")
        return text

    @field_validator("security_contact")
    @classmethod
    def _are_contacts(cls, text: str) -> str:
        wrong = [one for one in text.split(",") if text and not _CONTACT.fullmatch(one.strip())]
        if wrong:
            raise ValueError(
                f"`{wrong[0].strip()}` is no contact: write mailto:security@example.org, https://... or tel:+86-..."
            )
        return text

    @field_validator("security_expires")
    @classmethod
    def _is_moment(cls, text: str, info: ValidationInfo) -> str:
        if not text and not info.data.get("security_contact"):
            return text
        try:
            found = datetime.fromisoformat(text)
        except ValueError:
            found = None
        if found is None or found.tzinfo is None:
            raise ValueError("security_contact needs a moment with its zone until which it holds (RFC 9116)")
        return text

    @property
    def database(self) -> str:
        """The address to open."""
        return self.database_url or f"sqlite:///{(self.run_dir / 'lianqin.db').resolve()}"

    @property
    def evidence(self) -> str:
        """Root of pictures and clips."""
        return self.evidence_root or str((self.run_dir / "evidence").resolve())

    @property
    def trails(self) -> str:
        """Root of the trails."""
        return self.trails_root or str((self.run_dir / "trails").resolve())

    @property
    def redis(self) -> str:
        """The address to connect to."""
        return self.redis_url or f"unix://{(self.run_dir / 'redis' / 'redis.sock').resolve()}"


def load(environ: Mapping[str, str] | None = None) -> Settings:
    """Read defaults, file and environment. Raises SettingsError naming the key and how to mend it."""
    environ = os.environ if environ is None else environ
    values: dict[str, Any] = {}
    file = environ.get(PREFIX + "SETTINGS")
    if file:
        try:
            values.update(tomllib.loads(Path(file).read_text(encoding="utf-8")))
        except (OSError, tomllib.TOMLDecodeError) as error:
            raise SettingsError("settings.file", f"can't read settings file {file}: {error}", file=file) from error
    for name, text in environ.items():
        if name.startswith(PREFIX) and name not in (PREFIX + "SETTINGS", PREFIX + "CLIPS"):
            key = name.removeprefix(PREFIX).lower()
            values[key] = tuple(text.split(",")) if key == "escalation_seconds" else text
    return check(values)


def foreign_environment() -> dict[str, str]:
    """The environment without our own variables: of a program of ours that is told its settings otherwise."""
    return {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}


def own_clips(environ: Mapping[str, str] | None = None) -> Path | None:
    """`LIANQIN_CLIPS`: a folder of clips that set-up, tests and benchmarks use beside those they fetch. No part of a run."""
    named = (os.environ if environ is None else environ).get(PREFIX + "CLIPS")
    return Path(named) if named else None


def check(values: Mapping[str, Any]) -> Settings:
    """Validate plain values."""
    for key in values:
        if key not in Settings.model_fields:
            near = difflib.get_close_matches(key, Settings.model_fields, n=1, cutoff=0.0)
            hint = f"did you mean `{near[0]}`?" if near else "`python -m lianqin settings` lists all"
            raise SettingsError("settings.unknown", f"unknown setting `{key}`: {hint}", key=key, nearest=near[:1])
    try:
        return Settings.model_validate(dict(values))
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        meaning = Settings.model_fields[str(first["loc"][0])].description if first["loc"] else ""
        detail = f"setting `{key}` = {first.get('input')!r}: {first['msg']}. {meaning}"
        raise SettingsError("settings.invalid", detail, key=key) from error


def describe(settings: Settings, *, markdown: bool = False) -> str:
    """All settings with value and meaning, one a line."""
    rows = [(name, getattr(settings, name), field.description or "") for name, field in Settings.model_fields.items()]
    if markdown:
        lines = [
            f"| `{name}` | `{_shown(Settings.model_fields[name].get_default())}` | {meaning} |"
            for name, _, meaning in rows
        ]
        return "\n".join(["| Setting | Default | Meaning |", "|---|---|---|", *lines])
    width = max(len(name) for name, _, _ in rows)
    return "\n".join(f"{name:<{width}}  {value!s:<28}  {meaning}" for name, value, meaning in rows)


def _shown(value: object) -> str:
    text = str(value)
    return text.replace(str(_ROOT) + "/", "") if text else "(empty)"
