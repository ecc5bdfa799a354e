"""Fills the demo's database: units, areas, guards, cameras, accounts, and the phones' credentials. Repeats change nothing."""

from __future__ import annotations

import json
import secrets
import time
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import select

from console.access.passwords import hasher
from console.access.tables import Account
from console.accounts.accounts import AccountForm, put_account
from console.cameras.files import do_import
from console.migrate import migrate
from demo import county
from demo.cameras import CAMERAS
from demo.guards import past
from demo.guards.duty import beat_of
from demo.guards.streets import StreetNetwork
from lianqin import audit
from lianqin.db import Store, open_engine
from lianqin.sealed import Keyring, attach
from lianqin.settings import Settings
from patrol.county.grids import do_import_grids
from patrol.devices.enrol import do_enrol, do_enrol_terminal
from patrol.devices.tables import DeviceRow
from patrol.duty import shifts
from patrol.duty.roster import EntryPlan, do_plan
from patrol.duty.tables import RosterEntry, Shift

PASSWORD = "lianqin-demo"  # noqa: S105 - printed by the demo for everybody
ACCOUNTS: tuple[AccountForm, ...] = (
    AccountForm("operator", "operator", "李敏 值班员"),
    AccountForm("leader", "leader", "周强 值班长"),
    AccountForm("officer", "officer", "王警官 民警"),
    AccountForm("company", "company", "平安保安 管理员", unit_id="U1"),
    AccountForm("company2", "company", "盾牌保安 管理员", unit_id="U2"),
    AccountForm("company3", "company", "锦绣物业 管理员", unit_id="U3"),
    AccountForm("company4", "company", "县人民医院保卫科 管理员", unit_id="U4"),
    AccountForm("auditor", "auditor", "审计员"),
    AccountForm("sysadmin", "sysadmin", "系统管理员"),
    AccountForm("secadmin", "secadmin", "安全管理员"),
)


def guard_accounts() -> tuple[AccountForm, ...]:
    return tuple(AccountForm(guard["id"].lower(), "guard", guard["name"], unit_id=guard["unit_id"], guard_id=guard["id"])
                 for guard in county.GUARDS)  # fmt: skip


FORMS: tuple[str, ...] = ("owntracks_android", "traccar8", "traccar10", "owntracks_ios", "traccar9")
TERMINALS = ("G25", "G26", "G29", "G33")
"""Who carries a JT/T 808 terminal and no phone; the others' clients go round `FORMS`."""


def seed(settings: Settings, *, rtsp_port: int, phones: Path) -> None:
    """Bring database, street map and phones to what this demo is. `phones` keeps the credentials of enrolled devices,
    as the guards' phones would."""
    store = Store(open_engine(settings.database))
    attach(store.engine, Keyring(settings, makes=True))
    migrate(store.engine)
    actor, now = audit.system("demo"), time.time()
    streets = settings.run_dir / "streets.geojson"
    streets.write_text(json.dumps(county.streets_geojson(), ensure_ascii=False), encoding="utf-8")
    raw: dict[str, Any] = {
        "organisations": list(county.ORGANISATIONS), "units": list(county.UNITS), "teams": list(county.TEAMS),
        "areas": list(county.AREAS), "posts": list(county.POSTS), "guards": list(county.GUARDS), "cameras": [camera.row(rtsp_port) for camera in CAMERAS],
    }  # fmt: skip
    with store.write() as session:
        do_import(session, actor, json.loads(json.dumps(raw)), now)
        known = set(session.scalars(select(Account.username)))
    grids = json.dumps(county.grids_geojson(), ensure_ascii=False).encode()
    do_import_grids(store, actor, grids, now, dry_run=False)
    known_to_all = hasher.hash(PASSWORD)  # no form takes it: it is known to everybody
    with store.write() as session:
        for form in (*ACCOUNTS, *guard_accounts()):
            if form.username not in known:
                row = put_account(session, actor, msgspec.structs.replace(form, password=secrets.token_urlsafe()), now)
                row.password_hash, row.demo = known_to_all, True
    _enrol(store, phones, now)
    _keep_past_shift(store, phones.with_name("kept.json"), now)
    _plan_today(store, now)


def _enrol(store: Store, phones: Path, now: float) -> None:
    """One phone or terminal a guard. A lost file enrols anew."""
    kept = json.loads(phones.read_text(encoding="utf-8")) if phones.exists() else []
    with store.write() as session:
        enrolled = set(session.scalars(select(DeviceRow.id).where(DeviceRow.revoked_at.is_(None))))
        mine = {phone["guard_id"]: phone for phone in kept if phone["device_id"] in enrolled}
        for number, guard in enumerate(county.GUARDS, 1):
            if guard["id"] in mine or guard["id"] == county.WITHOUT_PHONE:
                continue
            form = "jt808" if guard["id"] in TERMINALS else FORMS[number % len(FORMS)]
            if form == "jt808":
                credential = f"1390000{number:04d}"
                device_id = do_enrol_terminal(session, audit.system("demo"), guard["id"], credential, now).id
            else:
                made = do_enrol(session, audit.system("demo"), guard["id"], "wgs84", now)
                device_id, credential = made.device_id, made.credential
            mine[guard["id"]] = {
                "guard_id": guard["id"], "username": guard["id"].lower(), "password": PASSWORD, "device_id": device_id,
                "credential": credential, "form": form,
            }  # fmt: skip
        # Written inside the transaction: a credential that is not kept is never enrolled.
        phones.write_text(json.dumps(list(mine.values()), ensure_ascii=False, indent=1), encoding="utf-8")
    phones.chmod(0o600)


def _keep_past_shift(store: Store, file: Path, now: float) -> None:
    """The shift of `past.GUARD` this morning, once; its fixes lie on his phone still."""
    began, ended = now - past.BEGAN_AGO_S, now - past.ENDED_AGO_S
    with store.write() as session:
        if session.scalar(select(Shift.id).where(Shift.guard_id == past.GUARD).limit(1)) is not None:
            return
        shift = shifts.do_open(session, audit.system("demo"), past.GUARD, None, 2, began)
        session.flush()
        shifts.do_close(session, audit.system("demo"), shift.id, ended)
        streets = StreetNetwork([line for _, _, line in county.STREETS])
        fixes = past.samples(beat_of(past.GUARD), streets, began, ended)
        file.write_bytes(msgspec.json.encode({past.GUARD: fixes}))


def _plan_today(store: Store, now: float) -> None:
    """Everybody is planned from now on, for eight hours, today and the two days that follow; once. Who has no phone
    should have been there half an hour ago."""
    actor = audit.system("demo")
    with store.write() as session:
        if session.scalar(select(RosterEntry.id).where(RosterEntry.ends_at > now).limit(1)) is not None:
            return
        for guard in county.GUARDS:
            begins = now - 1800 if guard["id"] == county.WITHOUT_PHONE else now
            for day in range(3):
                plan = EntryPlan(
                    guard["id"], guard["default_area_id"], begins + day * 86_400, begins + day * 86_400 + 8 * 3600
                )
                do_plan(session, actor, plan, None, min(now, begins))  # said before it begins
