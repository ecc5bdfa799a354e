"""Connections of terminals that did not show a code yet: bounded by address and in all. Who proves itself is counted no more."""

from __future__ import annotations

from typing import Final, Protocol

import msgspec

PROVE_S: Final = 30.0
"""From the connection's begin, or from the loss of the proof, to a code that is right. A terminal shows it within seconds."""
MOST_EACH: Final = 256
"""Of one address: behind a carrier's one address thousands of terminals connect, each for a second or two."""
MOST: Final = 2000
MOST_WRONG: Final = 5
"""Wrong codes and refused registrations on one connection before it ends."""


class Connected(Protocol):
    """A connection that is counted. `home`: its address's; empty: nobody's. `named`: it spoke under an enrolled number."""

    @property
    def home(self) -> str: ...
    @property
    def named(self) -> bool: ...
    def end(self) -> None: ...


class UnprovedLimits(msgspec.Struct, frozen=True):
    """Of one listener."""

    prove_s: float = PROVE_S
    each: int = MOST_EACH
    most: int = MOST


class Unproved:
    """Those that are connected and proved nothing. Beyond a bound the oldest goes that named no enrolled terminal, else the oldest:
    who is silent, or guesses, makes room for who has a code."""

    def __init__(self, bounds: UnprovedLimits) -> None:
        self._bounds = bounds
        self._all: dict[Connected, None] = {}
        self._homes: dict[str, dict[Connected, None]] = {}
        self.ended = 0

    def __len__(self) -> int:
        return len(self._all)

    def joined(self, one: Connected) -> None:
        """Counted once, however often it is told."""
        if one in self._all:
            return
        self._all[one] = None
        if one.home:
            of_home = self._homes.setdefault(one.home, {})
            of_home[one] = None
            if len(of_home) > self._bounds.each:
                self._make_room(of_home)
        if len(self._all) > self._bounds.most:
            self._make_room(self._all)

    def make_room(self) -> bool:
        """For a connection at all; False: all have proved themselves."""
        if not self._all:
            return False
        self._make_room(self._all)
        return True

    def _make_room(self, some: dict[Connected, None]) -> None:
        going = next((one for one in some if not one.named), None) or next(iter(some))
        self.left(going)
        self.ended += 1
        going.end()

    def left(self, one: Connected) -> None:
        """It proved itself, or is gone; again it changes nothing."""
        self._all.pop(one, None)
        of_home = self._homes.get(one.home)
        if of_home is not None:
            of_home.pop(one, None)
            if not of_home:
                del self._homes[one.home]
