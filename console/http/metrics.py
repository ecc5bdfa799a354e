"""What Prometheus reads at `/metrics`. One registry an app, so that tests run several in one process."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_SECONDS = (0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0, 30.0, 120.0, 600.0)


class Metrics:
    """Named for what is counted."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.alerts = Counter(
            "lianqin_alerts_received", "Alerts stored, by situation.", ["situation"], registry=self.registry
        )
        self.repeats = Counter(
            "lianqin_alerts_repeated", "Alerts delivered again and recognised.", registry=self.registry
        )
        self.dead = Counter(
            "lianqin_records_refused", "Records the database would not take, kept apart.", registry=self.registry
        )
        self.capture_to_stored = Histogram(
            "lianqin_capture_to_stored_seconds", "From the capture of the alert's frame to its commit.",
            buckets=_SECONDS, registry=self.registry,
        )  # fmt: skip
        self.canary_to_stored = Histogram(
            "lianqin_canary_to_stored_seconds", "From the capture of a worker's canary to its commit.",
            buckets=_SECONDS, registry=self.registry,
        )  # fmt: skip
        self.capture_to_page = Histogram(
            "lianqin_capture_to_page_seconds", "From the capture of a worker's canary to the first page that drew it.",
            buckets=_SECONDS, registry=self.registry,
        )  # fmt: skip
        self.canary_age = Gauge(
            "lianqin_canary_age_seconds", "Since a living worker's last canary was stored, by worker.", ["worker"],
            registry=self.registry,
        )  # fmt: skip
        self.feed_lag = Gauge(
            "lianqin_feed_lag_seconds", "Age of the newest feed row when it was fanned out.", registry=self.registry
        )
        self.push_clients = Gauge("lianqin_push_clients", "Open push connections.", registry=self.registry)
        self.push_dropped = Counter(
            "lianqin_push_dropped", "Push connections ended by us, by reason.", ["reason"], registry=self.registry
        )
        self.transcodes = Counter("lianqin_transcodes", "Clips transcoded, by outcome.", ["outcome"], registry=self.registry)  # fmt: skip
        self.spool_bytes = Gauge(
            "lianqin_spool_bytes", "Bytes in the local spools under run_dir (they fill while Redis is away).",
            registry=self.registry,
        )  # fmt: skip
        self.spool_damaged = Gauge(
            "lianqin_spool_damaged", "Lines that were damaged and put aside beside the local spools under run_dir.",
            registry=self.registry,
        )  # fmt: skip
        self.disk_free = Gauge(
            "lianqin_evidence_disk_free", "Share of the evidence disk that is free.", registry=self.registry
        )
        self.sweeps_stopped = Gauge(
            "lianqin_sweeps_stopped", "Sweeps of what is past its term that wait for a person's word, by kind.", ["kind"],
            registry=self.registry,
        )  # fmt: skip
        self.read_by = Gauge(
            "lianqin_cameras_read_by", "Cameras that our own reader does not read beside the others, by what does.", ["by"],
            registry=self.registry,
        )  # fmt: skip
        self.troubled = Gauge(
            "lianqin_cameras_troubled", "Cameras by what is wrong: offline, covered, picture (black, frozen, moved ...), behind (our own machines).",
            ["trouble"], registry=self.registry,
        )  # fmt: skip
        self.outbox = Gauge("lianqin_outbox_rows", "Records that wait for the relay.", registry=self.registry)

    def text(self) -> bytes:
        """The exposition format."""
        return generate_latest(self.registry)
