"""The parts that route functions need, made once by `app.make_app`."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import redis

from lianqin.clock import Clock
from lianqin.db import Store
from lianqin.evidence import Digests, EvidenceStore
from lianqin.settings import Settings

if TYPE_CHECKING:
    from console.looks import Looks
    from console.metrics import Metrics
    from console.push import Hub
    from console.transcode import Transcoder


@dataclass(frozen=True)
class Console:
    """One console process."""

    settings: Settings
    store: Store
    redis: redis.Redis
    clock: Clock
    evidence: EvidenceStore
    digests: Digests
    hub: Hub
    looks: Looks
    transcoder: Transcoder
    metrics: Metrics
    stop: threading.Event = field(default_factory=threading.Event)
    """Set when the process ends: threads and streams leave."""
