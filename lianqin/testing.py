"""Public test helpers: a clock that is moved by hand, and builders of records with sensible defaults."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import msgspec
import redis
from sqlalchemy.orm import Session

from lianqin.records import Alert, Camera, Fix, TrackPath, TrackPoint, Zone

T0 = 1_790_000_000.0
"""A fixed moment: 2026-09-21, 22:13:20 in Asia/Shanghai."""


class FakeClock:
    """Time stands still until `advance`; `sleep` moves it. `database_off`, `redis_off`, `files_off`: by how many seconds those
    clocks are ahead of this one."""

    def __init__(self, now: float = T0) -> None:
        self._now, self._monotonic = now, 1000.0
        self.database_off = self.redis_off = self.files_off = 0.0

    def at_database(self, _session: Session) -> float:
        return self._now + self.database_off

    def at_redis(self, _client: redis.Redis) -> float:
        return self._now + self.redis_off

    def at_files(self, _folder: Path) -> float:
        return self._now + self.files_off

    def now(self) -> float:
        return self._now

    def monotonic(self) -> float:
        return self._monotonic

    def advance(self, seconds: float) -> None:
        self._now += seconds
        self._monotonic += seconds

    def step(self, seconds: float) -> None:
        """The wall clock alone, as when somebody sets it."""
        self._now += seconds

    def sleep(self, seconds: float, stop: threading.Event | None = None) -> bool:
        self.advance(seconds)
        return stop.is_set() if stop else False


def a_zone(**changes: Any) -> Zone:
    square = ((0.2, 0.2), (0.8, 0.2), (0.8, 0.8), (0.2, 0.8))
    return msgspec.structs.replace(Zone(id="C01-z1", name="东门", situation="intrusion", points=square), **changes)


def a_camera(**changes: Any) -> Camera:
    camera = Camera(
        id="C01", code="99010100001320000001", name="学院路", url="rtsp://127.0.0.1:8554/C01",
        sub_url="rtsp://127.0.0.1:8554/C01/sub", lon=119.2, lat=34.0, bearing=90, fov=60, range_m=60,
    )  # fmt: skip
    return msgspec.structs.replace(camera, **changes)


def an_alert(**changes: Any) -> Alert:
    path = TrackPath("C01-1", "person", True, (TrackPoint(T0, (0.4, 0.4, 0.45, 0.6), 0.8),))
    alert = Alert(
        id="al-0001", camera_id="C01", zone_id="C01-z1", situation="intrusion", method=5, kind=6, priority=2, score=0.8,
        captured_at=T0, published_at=T0 + 0.4, model="nanodet-g@test", rule_version="1", tracks=(path,), snapshot=None,
    )  # fmt: skip
    return msgspec.structs.replace(alert, **changes)


def a_fix(**changes: Any) -> Fix:
    fix = Fix(
        id="fx-0001", device_id="D01", guard_id="G01", at=T0, received_at=T0 + 0.5, lat=34.0, lon=119.2,
        accuracy_m=8.0,
    )  # fmt: skip
    return msgspec.structs.replace(fix, **changes)
