"""200 alerts and 2,000 fixes pass while every process is killed -9 at random moments, Redis included.

What was published, spooled or answered is counted by clients that know nothing of the house's own counters.
"""

from __future__ import annotations

import os
import random
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from console.alerts.tables import AlertRow
from console.cameras import outages
from demo import seed
from demo.guards.phone import read_phones
from lianqin import audit, feed
from lianqin.db import Store, open_engine
from lianqin.embedded import EmbeddedRedis
from lianqin.settings import Settings
from patrol.duty import shifts
from patrol.duty.tables import Shift
from patrol.trails.store import TrailStore

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(700)]
ROOT = Path(__file__).resolve().parents[2]
ALERTS, GUARDS, FIXES_EACH = 200, ("G01", "G02", "G03", "G04"), 500


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class House:
    """Every process of a small county, each of which can be killed and started again."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.redis = folder, EmbeddedRedis(folder / "redis")
        self.ports = {"console": free_port(), "intake": free_port()}
        self.settings = Settings(run_dir=folder, redis_url=self.redis.url)
        self.store = Store(open_engine(self.settings.database))
        self.noted = folder / "noted.txt"
        self.environ = {
            **os.environ, "LIANQIN_RUN_DIR": str(folder), "LIANQIN_REDIS_URL": self.redis.url,
            "LIANQIN_CONSOLE_PORT": str(self.ports["console"]), "LIANQIN_INTAKE_PORT": str(self.ports["intake"]),
            "LIANQIN_INTAKE_IN_CONSOLE": "false",
        }  # fmt: skip
        writer = [
            str(ROOT / "tests/chaos/alert_writer.py"),
            self.redis.url,
            str(folder / "spool-w"),
            str(self.noted),
            str(ALERTS),
        ]
        self.commands = {
            "console": ["-m", "console"],
            "intake": ["-m", "patrol.intake"],
            "patrol": ["-m", "patrol"],
            "writer": writer,
        }
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str) -> None:
        if name == "redis":
            self.redis.start()
            return
        with (self.folder / f"{name}.log").open("ab") as log:
            environ = {**self.environ, "PYTHONPATH": str(ROOT)}
            command = [sys.executable, *self.commands[name]]
            self.running[name] = subprocess.Popen(command, cwd=ROOT, env=environ, stdout=log, stderr=log)

    def kill(self, name: str) -> None:
        if name == "redis":
            self.redis.kill()
            return
        self.running[name].kill()
        self.running[name].wait()

    def stop(self) -> None:
        for process in self.running.values():
            process.kill()
            process.wait()
        self.redis.stop()

    def alerts(self) -> list[str]:
        """Without those that the console raises of itself: no worker runs here, and it says so of the cameras."""
        with self.store.read() as session:
            return list(session.scalars(select(AlertRow.id).where(AlertRow.situation.not_in(outages.SITUATIONS))))


@pytest.fixture
def house() -> Iterator[House]:
    with tempfile.TemporaryDirectory(prefix="lqc-") as folder:
        made = House(Path(folder))
        made.redis.start()
        seed.seed(made.settings, rtsp_port=1, phones=made.folder / "phones.json")
        for name in made.commands:
            made.start(name)
        yield made
        made.stop()


def send_fixes(url: str, credential: str, times: list[int], answered: list[int]) -> None:
    """As Traccar Client does: oldest first, again until it is answered 2xx."""
    with httpx.Client(timeout=5) as phone:
        for at in times:
            query = {"id": credential, "timestamp": at, "lat": "34.00300", "lon": "119.20370", "accuracy": "6"}
            while True:
                try:
                    if phone.post(url, params=query).status_code == 200:
                        break
                except httpx.TransportError:
                    pass
                time.sleep(0.1)
            answered.append(at)


def test_whatever_is_killed_each_alert_and_fix_is_stored_exactly_once(house: House) -> None:
    began = time.time()
    opened = began - FIXES_EACH * 5 - 60
    with house.store.write() as session:
        for guard in GUARDS:
            shifts.do_open(session, audit.system("test"), guard, None, 12, opened)
    phones = {phone.guard_id: phone for phone in read_phones(house.folder / "phones.json")}
    url = f"http://127.0.0.1:{house.ports['intake']}/"
    answered: dict[str, list[int]] = {guard: [] for guard in GUARDS}
    times = [int(opened) + 30 + n * 5 for n in range(FIXES_EACH)]
    senders = [
        threading.Thread(target=send_fixes, args=(url, phones[guard].credential, times, answered[guard]), daemon=True)
        for guard in GUARDS
    ]
    for sender in senders:
        sender.start()
    chance = random.Random(11)
    kills: Counter[str] = Counter()
    victims = [*house.commands, "redis"]
    while kills.total() < 10 or any(sender.is_alive() for sender in senders):
        assert time.time() - began < 300, f"fixes answered: {[len(v) for v in answered.values()]}"
        time.sleep(chance.uniform(0.3, 2.5))
        if kills.total() >= 10:
            continue
        victim = victims[kills.total() % len(victims)]
        house.kill(victim)
        kills[victim] += 1
        time.sleep(chance.uniform(0.0, 1.0))
        house.start(victim)
    assert set(kills.values()) == {2}

    trails = TrailStore(Path(house.settings.trails))

    def facts() -> dict[str, Any]:
        with house.store.read() as session:
            return {
                shift.guard_id: shift.facts.get("fixes")
                for shift in session.scalars(select(Shift))
                if shift.guard_id in GUARDS
            }

    until = time.time() + 300
    while time.time() < until:
        noted = house.noted.read_text().split()
        if len(noted) == ALERTS and len(house.alerts()) == ALERTS and set(facts().values()) == {FIXES_EACH}:
            break
        time.sleep(0.5)
    noted = house.noted.read_text().split()
    assert sorted(house.alerts()) == sorted(set(noted)) == [f"al-{n:05d}" for n in range(ALERTS)]
    with house.store.read() as session:
        told = Counter(row.object_id for row in feed.after(session, 0, 100_000) if row.topic == "alert")
        of_the_console = set(session.scalars(select(AlertRow.id).where(AlertRow.situation.in_(outages.SITUATIONS))))
    assert set(told) - of_the_console == set(noted)
    for guard in GUARDS:
        kept = [round(fix.at) for fix in trails.read(guard, opened, began + 600)]
        assert sorted(kept) == sorted(answered[guard]) == times
    assert facts() == dict.fromkeys(GUARDS, FIXES_EACH)
