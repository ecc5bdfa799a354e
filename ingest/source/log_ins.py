"""Who may log in where, and when: a camera that refuses a password is asked again after minutes, as it locks the account.

A door is a device's address with the name and password that are tried there: a recorder's channels share one. As long as
nobody came in, one stream at a time tries a door, and a refusal (401) counts for all of them; while one is in, a refusal is
the stream's own.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from lianqin.addresses import split_address
from lianqin.clock import Clock

FIRST_S: Final = 180.0
LONGEST_S: Final = 900.0
STEP_ASIDE_S: Final = 2.0
"""Who was refused himself lets the others try first: one of them may have the right to its stream."""
MOST_DOORS: Final = 20_000


class _Refusal:
    def __init__(self) -> None:
        self.times, self.at, self.until = 0, float("-inf"), float("-inf")

    def again(self, now: float) -> None:
        self.times, self.at = self.times + 1, now
        self.until = now + min(LONGEST_S, FIRST_S * 2 ** min(self.times - 1, 8))


class _Door:
    def __init__(self) -> None:
        self.turn = threading.Lock()
        self.inside = 0
        self.shared = _Refusal()
        self.own: dict[str, _Refusal] = {}


class LogIns:
    """Of one worker; from any thread."""

    def __init__(self, clock: Clock) -> None:
        self._clock, self._guard = clock, threading.Lock()
        self._doors: dict[str, _Door] = {}
        self._seen: dict[str, tuple[str, float]] = {}
        """With which address each came, and since when if it had another: what was refused before is no reason to wait once it
        is edited. Who is new heeds what the others were told."""

    def wait(self, url: str, who: str) -> float:
        """Seconds until `who` may try; 0: at once, which an address without a password always may."""
        door = self._door(url)
        if door is None:
            return 0.0
        now, told = self._clock.monotonic(), _hash(url)
        with self._guard:
            known = self._seen.get(who)
            if known is None or known[0] != told:
                self._seen = self._seen if len(self._seen) < MOST_DOORS else {}
                self._seen[who] = told, float("-inf") if known is None else now
            since = self._seen[who][1]
            own, until = door.own.get(who), float("-inf")
            if own and own.at >= since:
                until = own.until + STEP_ASIDE_S
            if not door.inside and door.shared.at >= since:
                until = max(until, door.shared.until)
        return max(0.0, until - now)

    def refused(self, url: str, who: str) -> None:
        """A 401 came."""
        door = self._door(url)
        if door is not None:
            with self._guard:
                door.own.setdefault(who, _Refusal()).again(self._clock.monotonic())
                if not door.inside:
                    door.shared.again(self._clock.monotonic())

    @contextmanager
    def turn(self, url: str, seconds: float) -> Iterator[None]:
        """While nobody is in, one tries after the other; who waited `seconds` waits no longer."""
        door = self._door(url)
        if door is None or door.inside:
            yield
            return
        mine = door.turn.acquire(timeout=seconds)
        try:
            yield
        finally:
            if mine:
                door.turn.release()

    def came_in(self, url: str, who: str) -> None:
        """The door is open to that name and password; `left` ends it."""
        door = self._door(url)
        if door is not None:
            with self._guard:
                door.inside += 1
                door.shared = _Refusal()
                door.own.pop(who, None)

    def left(self, url: str) -> None:
        door = self._door(url)
        if door is not None:
            with self._guard:
                door.inside = max(0, door.inside - 1)

    def _door(self, url: str) -> _Door | None:
        found = split_address(url)
        if not found.user:
            return None
        key = _hash(f"{found.user}\n{found.password}\n{found.host}\n{found.port}")
        with self._guard:
            if key not in self._doors and len(self._doors) >= MOST_DOORS:
                self._doors = {name: door for name, door in self._doors.items() if door.inside}
            return self._doors.setdefault(key, _Door())


def _hash(text: str) -> str:
    """No password is kept here."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
