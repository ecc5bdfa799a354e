"""A county for the benchmarks of the guard half: so many guards on open shifts in areas of twelve corners, five
checkpoints each, and the fixes that they send while they walk."""

from __future__ import annotations

import math
from pathlib import Path

from bench.kit.load import secret
from lianqin import audit
from lianqin.db import Base, Store, load_tables, open_engine
from lianqin.records import Device, Fix
from lianqin.settings import Settings, check
from patrol.county import seed
from patrol.county.tables import Area
from patrol.devices.credential import credential_sha256
from patrol.duty.shifts import snapshot
from patrol.duty.tables import Shift

load_tables("patrol")
AREAS, LON, LAT = 90, 119.2, 34.0


def corner(area: int) -> tuple[float, float]:
    return LON + area % 10 * 0.02, LAT + area // 10 * 0.02


def a_store(run_dir: Path, redis_url: str) -> tuple[Settings, Store]:
    settings = check({"run_dir": run_dir, "redis_url": redis_url})
    store = Store(open_engine(settings.database))
    Base.metadata.create_all(store.engine)
    return settings, store


def populate(store: Store, guards: int, opened_at: float) -> None:
    """Unit, areas, guards and an open shift each."""
    areas = []
    for n in range(AREAS):
        lon, lat = corner(n)
        ring = [[lon + 0.008 * math.cos(a / 6 * math.pi), lat + 0.008 * math.sin(a / 6 * math.pi)] for a in range(12)]
        spots = [{"id": f"A{n}-{k}", "name": f"{k}", "lon": lon + 0.001 * k, "lat": lat} for k in range(5)]
        areas.append({"id": f"A{n}", "name": f"{n}", "polygon": ring, "checkpoints": spots})
    people = [
        {"id": guard_id(n), "unit_id": "U1", "name": f"保安{n}", "cert_valid_until": "2099-12-31", "notice_signed": True,
         "default_area_id": f"A{n % AREAS}"}
        for n in range(guards)
    ]  # fmt: skip
    with store.write() as session:
        by = audit.system("bench")
        units = [{"id": "U1", "kind": "security_company", "name": "平安保安"}]
        seed.put_ground(session, by, {"units": units, "areas": areas, "guards": people}, opened_at)
        grounds = [snapshot(session.get_one(Area, f"A{n}")) for n in range(AREAS)]
        session.add_all(
            Shift(id=f"sh-{n}", guard_id=guard_id(n), unit_id="U1", area_id=f"A{n % AREAS}", opened_at=opened_at,
                  opened_by="bench", due_end_at=opened_at + 12 * 3600, ground=grounds[n % AREAS])
            for n in range(guards)
        )  # fmt: skip


def guard_id(number: int) -> str:
    return f"G{number:05d}"


def device(number: int) -> Device:
    return Device(
        id=f"dv-{number:028x}", guard_id=guard_id(number), credential_sha256=credential_sha256(secret(number))
    )


def place(number: int, at: float) -> tuple[float, float]:
    """Where a guard walks at that moment, at about a metre a second: longitude, latitude."""
    lon, lat = corner(number % AREAS)
    turn = at / 600 + number
    return lon + 0.004 * math.cos(turn), lat + 0.003 * math.sin(turn)


def a_fix(number: int, at: float, received_at: float) -> Fix:
    lon, lat = place(number, at)
    return Fix(id=f"fx-{number}-{at:.3f}", device_id=device_id(number), guard_id=guard_id(number), at=at,
               received_at=received_at, lat=lat, lon=lon, accuracy_m=8.0, speed_mps=1.0, course=90.0, altitude_m=12.0,
               battery_pct=80.0, client="traccar8")  # fmt: skip


def device_id(number: int) -> str:
    return f"dv-{number:028x}"
