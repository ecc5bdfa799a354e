"""Every Redis key and stream name of the house. Nobody else spells one."""

from __future__ import annotations

import re
from typing import Final

PREFIX: Final = "lianqin:"

ALERTS: Final = PREFIX + "alerts"
"""Stream: Alert, Evidence and Canary records, in the order of their making."""
HEALTH: Final = PREFIX + "health"
"""Stream: CameraHealth, on change only."""
WATCH: Final = PREFIX + "watch"
"""Stream: WatchMinutes, once a minute from each ingest worker."""
QUARANTINE: Final = PREFIX + "quarantine"
"""Stream: Quarantined."""

DEAD: Final = PREFIX + "dead"
"""Stream: entries that no consumer could read or take, with the reason; for the administrator (`lianqin.dead`)."""
DEAD_HELD: Final = PREFIX + "dead_held"
"""Hash: `bytes` of the bodies in `DEAD`, and how many letters are `gone` since there was no room."""
FIELD: Final = b"r"
"""Of a stream entry: the record's JSON."""


def replicas_asked() -> str:
    """String with expiry, empty: written to hear whether replicas, or Redis itself, take writes again."""
    return PREFIX + "replicas_asked"


def fixes(partition: int, *, late: bool) -> str:
    """Stream of FixBatch: one partition's live or late fixes."""
    return f"{PREFIX}fixes:{partition}:{'late' if late else 'live'}"


def is_stream(name: str) -> bool:
    """Does the house publish records on it?"""
    return name in {ALERTS, HEALTH, WATCH, QUARANTINE} or _FIXES.fullmatch(name) is not None


_FIXES: Final = re.compile(re.escape(PREFIX) + r"fixes:\d+:(live|late)")


def followed(kind: str) -> str:
    """Hash id -> record JSON that processes follow (`camera`, `device`)."""
    return f"{PREFIX}followed:{kind}"


def followed_version(kind: str) -> str:
    """Number that is another one after each change of `followed(kind)`; its absence tells the relay to publish all again."""
    return f"{PREFIX}followed:{kind}:version"


def followed_stamps(kind: str) -> str:
    """Hash id -> `epoch:version` of the record in `followed(kind)`, or of its removal (`lianqin.stamps`)."""
    return f"{PREFIX}followed:{kind}:stamps"


def followed_epoch(kind: str) -> str:
    """String: the epoch of which all records of the kind were published."""
    return f"{PREFIX}followed:{kind}:epoch"


def camera_health() -> str:
    """Hash camera id -> CameraHealth JSON, refreshed each second by the worker that holds the camera."""
    return PREFIX + "camera_health"


def camera_places() -> str:
    """Hash: camera id -> what stands in its view and which alerts are open, for whoever watches it next."""
    return PREFIX + "camera_places"


def camera_views() -> str:
    """Hash camera id -> what it was found to show, MessagePack: the reference that a worker's picture diagnosis begins with."""
    return PREFIX + "camera_views"


def camera_lease(camera_id: str) -> str:
    """String with expiry: the worker that holds the camera."""
    return f"{PREFIX}lease:camera:{camera_id}"


def camera_fence(camera_id: str) -> str:
    """Counter of the camera's takings: only the newest holder's alerts are taken."""
    return f"{PREFIX}fence:camera:{camera_id}"


def camera_claim(camera_id: str) -> str:
    """String with expiry: the worker that opens an offered camera and will take it over."""
    return f"{PREFIX}claim:camera:{camera_id}"


def cameras_offered() -> str:
    """Hash camera id -> the worker that still watches it and would hand it over."""
    return PREFIX + "cameras_offered"


def workers_at_risk() -> str:
    """Set of the ingest workers that have marks in `cameras_at_risk`."""
    return PREFIX + "workers_at_risk"


def cameras_at_risk(worker_id: str) -> str:
    """Hash camera id -> 1: what this worker opened within the last minute. Left behind, it tells who may have killed it."""
    return f"{PREFIX}cameras_at_risk:{worker_id}"


def cameras_blamed() -> str:
    """Hash camera id -> how often a worker died with it just opened, as JSON (`ingest.risks.Blame`)."""
    return PREFIX + "cameras_blamed"


def inner_secret() -> str:
    """String: what requests between our own processes are signed with, where no setting says it."""
    return PREFIX + "inner_secret"


def inner_nonce(nonce: str) -> str:
    """String with expiry: a signed request between our own processes with this nonce was heard."""
    return f"{PREFIX}inner_nonce:{nonce}"


def ingest_workers() -> str:
    """Sorted set of the ingest workers that live, by their last sign of life (Redis' own clock)."""
    return PREFIX + "ingest_workers"


def partition_lease(partition: int) -> str:
    """String with expiry: the patrol worker that serves the partition."""
    return f"{PREFIX}lease:partition:{partition}"


def behind(partition: int) -> str:
    """Hash shift id -> `first|last` device time of late fixes that are kept and not judged yet."""
    return f"{PREFIX}behind:{partition}"


def cells(area_id: str) -> str:
    """Hash H3 cell -> when it was last passed by a guard of that area's shifts (epoch seconds)."""
    return f"{PREFIX}cells:{area_id}"


def live_look(account_id: str) -> str:
    """String with expiry: the purpose and case for which this officer sees guards live, as JSON."""
    return f"{PREFIX}live_look:{account_id}"


def set_up(session: str, camera_id: str) -> str:
    """String with expiry: this login session sets up this camera, until when (epoch seconds)."""
    return f"{PREFIX}set_up:{session}:{camera_id}"


def running_looks() -> str:
    """Hash look id -> live video that is shown now, as JSON (`console.cameras.running.Running`)."""
    return f"{PREFIX}running_looks"


def places() -> str:
    """Hash guard id -> last Place JSON (patrol's presence, for the map)."""
    return PREFIX + "places"


def signs_of_life() -> str:
    """Hash guard id -> epoch seconds at which anything last arrived from his phone, written with the fixes."""
    return PREFIX + "signs_of_life"


def heard() -> str:
    """Hash guard id -> arrival (epoch seconds) of the last of the guard's messages that the patrol worker has dealt with."""
    return PREFIX + "heard"


def clocks() -> str:
    """Hash device id -> by how much its clock seems to be off, as JSON (`patrol.judging.clocks.DeviceClock`)."""
    return PREFIX + "clocks"


def shift_code(code: str) -> str:
    """String with expiry: `guard id|shift id` of the guard whose screen shows this code to an officer."""
    return f"{PREFIX}shift_code:{code}"


def terminal_codes() -> str:
    """Hash `device id:version` -> sha256 of the code that a JT/T 808 terminal was given at its registration."""
    return PREFIX + "terminal_codes"


def terminal_registration(device_id: str) -> str:
    """String, JSON: a JT/T 808 terminal's registration, and who was refused under its number."""
    return f"{PREFIX}terminal_registration:{device_id}"


def terminal_secret() -> str:
    """String: what terminals' codes are derived from, where the settings name nothing."""
    return PREFIX + "terminal_secret"


def off_shift_counts() -> str:
    """Hash day -> number of fixes answered, counted and not kept since no shift was open."""
    return PREFIX + "off_shift_counts"


def off_shift_seen(day: str) -> str:
    """HyperLogLog of the ids behind that day's number in `off_shift_counts`: one that comes twice counts once."""
    return f"{PREFIX}off_shift_seen:{day}"


def strangers_unkept() -> str:
    """Hash day -> number of messages of senders that no device proves, answered, counted and not kept."""
    return PREFIX + "strangers_unkept"


def sealed(guard_id: str, bucket: int) -> str:
    """Hash fix id -> encrypted fix: those that came in a quarter of an hour before a begin that may be on its way."""
    return f"{PREFIX}sealed:{guard_id}:{bucket}"


def sealed_buckets() -> str:
    """Set of `bucket|guard id` of the hashes `sealed`."""
    return PREFIX + "sealed_buckets"


def worker(worker_id: str) -> str:
    """String with expiry: a live process and its inner address."""
    return f"{PREFIX}worker:{worker_id}"


def canaries() -> str:
    """Hash worker -> every how many seconds it sends a canary. Left behind by one that was killed: `worker` says who lives."""
    return PREFIX + "canaries"


CONSOLE_GROUP: Final = "console"
PATROL_GROUP: Final = "patrol"
