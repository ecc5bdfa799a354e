"""Small work in the background: the relay's rounds, clips that don't come, seals, old feed rows and sessions."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import redis
import structlog
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from console.access import tries
from console.access.tables import LoginSession
from console.alerts.receiving import ClipWatch
from console.attention import rings
from console.backups.journal import NAME, Journal
from console.canary import canaries
from console.evidence.keeper import Keeper
from console.factors import steps
from console.http.context import Console
from console.push.hub import forget_old
from console.seats import seats
from lianqin.clock import Clock
from lianqin.errors import SettingsError
from lianqin.outbox import Relay
from lianqin.records import Device
from lianqin.seals import SealKeeper
from lianqin.sweeps import judge_clocks, moments_of
from patrol.devices.enrol import device_record
from patrol.devices.tables import DeviceRow

log = structlog.get_logger(__name__)
RELAY_EVERY: Final = 0.3
HOUSE_EVERY: Final = 5.0
SWEEP_EVERY: Final = 600.0
SESSION_DAYS: Final = 2


def current_devices(session: Session) -> Mapping[str, Device]:
    """All enrolled devices, for the relay when Redis is empty."""
    return {row.id: device_record(row) for row in session.scalars(select(DeviceRow))}


def count_devices(session: Session) -> int:
    """How many `current_devices` gives."""
    return session.scalar(select(func.count()).select_from(DeviceRow)) or 0


class RelayLoop:
    """The relay, again at once while rows wait."""

    def __init__(self, relay: Relay, clock: Clock, stop: threading.Event) -> None:
        self._relay, self._clock, self._stop = relay, clock, stop

    def run_once(self) -> None:
        if self._relay.run_once() == 0:
            self._clock.sleep(RELAY_EVERY, self._stop)


class SealLoop:
    """Seals of the chains; alone, since the disk of another machine may hang."""

    def __init__(self, console: Console) -> None:
        self._console = console
        file = console.settings.seal_file
        self._sealer = SealKeeper(console.store, Path(file) if file else None)

    def run_once(self) -> None:
        self._sealer.run_once(self._console.clock.now())
        self._console.clock.sleep(HOUSE_EVERY, self._console.stop)


class Housekeeping:
    """Every few seconds clips, every ten minutes what is old."""

    def __init__(self, console: Console, clips: ClipWatch) -> None:
        self._console, self._clips = console, clips
        self._swept_at = -1e9
        self._keeper = Keeper(console)
        self._journal = Journal(console.store, console.settings.run_dir / NAME)

    def run_once(self) -> None:
        self._clips.run_once()
        self._journal.run_once()
        self._look_at_keys()
        now = self._console.clock.monotonic()
        if now - self._swept_at > SWEEP_EVERY:
            self._swept_at = now
            self._forget_old()
            self._keeper.run_once()
        self._console.clock.sleep(HOUSE_EVERY, self._console.stop)

    def _look_at_keys(self) -> None:
        """A file of keys that changed is read here, under no lock."""
        try:
            self._console.keyring.sealer()
        except SettingsError as error:
            log.error("seal_keys_unread", error=str(error))  # noqa: TRY400 - its text says all

    def _forget_old(self) -> None:
        """Rows that pages heard of and sessions left idle: not while the clocks differ, when nobody knows what is old."""
        console = self._console
        with console.store.read() as session:
            if judge_clocks(moments_of(console.clock, session, console.redis)) is not None:
                return
        at = console.clock.now()
        with console.store.write() as session:
            forget_old(session, at)
            tries.sweep(session, at)
            rings.forget_old(session, at)
            canaries.forget_old(session, at)
            steps.sweep(session, at)
            seats.sweep(session, at)
            session.execute(delete(LoginSession).where(
                LoginSession.last_seen_at < at - SESSION_DAYS * 86400, LoginSession.phone_id.is_(None)))  # fmt: skip
        with contextlib.suppress(redis.exceptions.RedisError):  # the next round does it
            canaries.forget_senders(console.redis)
