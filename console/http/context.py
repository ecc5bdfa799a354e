"""The parts that route functions need, made once by `app.make_app`."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import redis

from console.http.clients import Network
from console.http.shared_reads import SharedReads
from lianqin.clock import Clock
from lianqin.db import Store
from lianqin.evidence import Digests, EvidenceStore
from lianqin.sealed import Keyring
from lianqin.settings import Settings

if TYPE_CHECKING:
    from console.access.passwords import Gate
    from console.cameras.workers import Workers
    from console.canary.canaries import Drawings
    from console.evidence.transcode import Transcoder
    from console.footage_exports.maker import ExportMaker
    from console.http.metrics import Metrics
    from console.looks.looks import Looks
    from console.push.hub import Hub


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
    workers: Workers
    keyring: Keyring
    """Of what rests sealed in the database."""
    shared: SharedReads
    """Answers that many pages ask for in one moment."""
    drawings: Drawings
    """What pages said of canaries and no row has yet."""
    gate: Gate
    """For log-ins."""
    known_gate: Gate
    """For browsers that are known: strangers don't stand in their way."""
    exporter: ExportMaker
    """Of pictures and clips that leave the house."""
    proxies: tuple[Network, ...] = ()
    """Of which X-Forwarded-For is believed."""
    watchers: tuple[Network, ...] = ()
    """From which metrics and the details of health are read."""
    stop: threading.Event = field(default_factory=threading.Event)
    """Set when the process ends: threads and streams leave."""
