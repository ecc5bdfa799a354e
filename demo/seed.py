"""Fills the demo's database: units, areas, guards, cameras, accounts, and the phones' credentials. Repeats change nothing."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import select

from console.accounts import AccountForm, put_account
from console.imports import do_import
from console.migrate import migrate
from console.tables import Account
from demo import county
from demo.cameras import CAMERAS
from lianqin import audit
from lianqin.db import Store, open_engine
from lianqin.settings import Settings
from patrol.enrol import do_enrol
from patrol.tables import DeviceRow

PASSWORD = "lianqin-demo"  # noqa: S105 - printed by the demo for everybody
ACCOUNTS: tuple[AccountForm, ...] = (
    AccountForm("operator", "operator", "李敏 值班员"),
    AccountForm("leader", "leader", "周强 值班长"),
    AccountForm("officer", "officer", "王警官 民警"),
    AccountForm("company", "company", "平安保安 管理员", unit_id="U1"),
    AccountForm("company2", "company", "盾牌保安 管理员", unit_id="U2"),
    AccountForm("company3", "company", "锦绣物业 管理员", unit_id="U3"),
    AccountForm("auditor", "auditor", "审计员"),
    AccountForm("sysadmin", "sysadmin", "系统管理员"),
    AccountForm("secadmin", "secadmin", "安全管理员"),
)


def guard_accounts() -> tuple[AccountForm, ...]:
    return tuple(AccountForm(guard["id"].lower(), "guard", guard["name"], unit_id=guard["unit_id"], guard_id=guard["id"])
                 for guard in county.GUARDS)  # fmt: skip


def seed(settings: Settings, *, rtsp_port: int, phones: Path) -> None:
    """Bring database, street map and phones to what this demo is. `phones` keeps the credentials of enrolled devices,
    as the guards' phones would."""
    store = Store(open_engine(settings.database))
    migrate(store.engine)
    actor, now = audit.system("demo"), time.time()
    streets = settings.run_dir / "streets.geojson"
    streets.write_text(json.dumps(county.streets_geojson(), ensure_ascii=False), encoding="utf-8")
    raw: dict[str, Any] = {
        "units": list(county.UNITS), "areas": list(county.AREAS), "guards": list(county.GUARDS),
        "cameras": [camera.row(rtsp_port) for camera in CAMERAS],
    }  # fmt: skip
    with store.write() as session:
        do_import(session, actor, json.loads(json.dumps(raw)), now)
        known = set(session.scalars(select(Account.username)))
    with store.write() as session:
        for form in (*ACCOUNTS, *guard_accounts()):
            if form.username not in known:
                put_account(session, actor, msgspec.structs.replace(form, password=PASSWORD), now)
    _enrol(store, phones, now)


def _enrol(store: Store, phones: Path, now: float) -> None:
    """One phone a guard: even numbers use Traccar Client, odd ones OwnTracks. A lost file enrols anew."""
    kept = json.loads(phones.read_text(encoding="utf-8")) if phones.exists() else []
    with store.write() as session:
        enrolled = set(session.scalars(select(DeviceRow.id).where(DeviceRow.revoked_at.is_(None))))
        mine = {phone["guard_id"]: phone for phone in kept if phone["device_id"] in enrolled}
        for number, guard in enumerate(county.GUARDS, 1):
            if guard["id"] not in mine:
                made = do_enrol(session, audit.system("demo"), guard["id"], "wgs84", now)
                mine[guard["id"]] = {
                    "guard_id": guard["id"], "username": guard["id"].lower(), "password": PASSWORD,
                    "device_id": made.device_id, "credential": made.credential,
                    "form": "traccar" if number % 2 == 0 else "owntracks",
                }  # fmt: skip
        # Written inside the transaction: a credential that is not kept is never enrolled.
        phones.write_text(json.dumps(list(mine.values()), ensure_ascii=False, indent=1), encoding="utf-8")
    phones.chmod(0o600)
