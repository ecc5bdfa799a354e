"""Every Redis key and stream name of the house. Nobody else spells one."""

from __future__ import annotations

from typing import Final

PREFIX: Final = "lianqin:"

ALERTS: Final = PREFIX + "alerts"
"""Stream: Alert and Evidence records, in the order of their making."""
HEALTH: Final = PREFIX + "health"
"""Stream: CameraHealth, on change only."""
WATCH: Final = PREFIX + "watch"
"""Stream: WatchMinutes, once a minute from each ingest worker."""
QUARANTINE: Final = PREFIX + "quarantine"
"""Stream: Quarantined."""

DEAD: Final = PREFIX + "dead"
"""Stream: entries that no consumer could read, with the reason; for the administrator."""


def fixes(partition: int, *, late: bool) -> str:
    """Stream of FixBatch: one partition's live or late fixes."""
    return f"{PREFIX}fixes:{partition}:{'late' if late else 'live'}"


def followed(kind: str) -> str:
    """Hash id -> record JSON that processes follow (`camera`, `device`)."""
    return f"{PREFIX}followed:{kind}"


def followed_version(kind: str) -> str:
    """Counter that rises with each change of `followed(kind)`; its absence tells the relay to publish all again."""
    return f"{PREFIX}followed:{kind}:version"


def camera_health() -> str:
    """Hash camera id -> CameraHealth JSON, refreshed each second by the worker that holds the camera."""
    return PREFIX + "camera_health"


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


def inner_secret() -> str:
    """String: what requests between our own processes are signed with, where no setting says it."""
    return PREFIX + "inner_secret"


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


def places() -> str:
    """Hash guard id -> last Place JSON (patrol's presence, for the map)."""
    return PREFIX + "places"


def signs_of_life() -> str:
    """Hash guard id -> epoch seconds at which anything last arrived from his phone, written with the fixes."""
    return PREFIX + "signs_of_life"


def shift_code(code: str) -> str:
    """String with expiry: `guard id|shift id` of the guard whose screen shows this code to an officer."""
    return f"{PREFIX}shift_code:{code}"


def terminal_codes() -> str:
    """Hash `device id:version` -> sha256 of the code that a JT/T 808 terminal was given at its registration."""
    return PREFIX + "terminal_codes"


def off_shift_counts() -> str:
    """Hash day -> number of fixes answered, counted and not kept since no shift was open."""
    return PREFIX + "off_shift_counts"


def off_shift_seen(day: str) -> str:
    """HyperLogLog of the ids behind that day's number in `off_shift_counts`: one that comes twice counts once."""
    return f"{PREFIX}off_shift_seen:{day}"


def worker(worker_id: str) -> str:
    """String with expiry: a live process and its inner address."""
    return f"{PREFIX}worker:{worker_id}"


CONSOLE_GROUP: Final = "console"
PATROL_GROUP: Final = "patrol"
