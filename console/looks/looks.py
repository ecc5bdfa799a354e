"""Looks at footage and at people: registered before the first byte is shown, once an account, object, purpose, case, copy and
minute. The minute is counted by the monotonic clock: a wall clock that is set back hides no look."""

from __future__ import annotations

import threading
from typing import Any, Final

from lianqin import audit
from lianqin.audit import Actor, Purpose
from lianqin.clock import Clock
from lianqin.db import Store

SAME_LOOK: Final = 60.0
"""Seconds in which the pieces of one clip, or a picture shown again, are one look."""
SAME_LIST: Final = 3600.0
"""Seconds in which a list of people, read again and again by an open page, is one look."""
_KEPT: Final = 5000


class Looks:
    """Remembers this process's own recent looks. Thread-safe. Another replica writes a row of its own: none is ever too few."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock
        self._guard, self._writing = threading.Lock(), threading.Lock()
        self._until: dict[tuple[str, ...], float] = {}
        """Until when, on the monotonic clock, the same look is no other."""

    def register(
        self, actor: Actor, action: str, object_kind: str, object_id: str, *, purpose: Purpose, case_ref: str = "",
        sha256: str = "", follows: bool = False, clear: bool = False, same_for: float = SAME_LOOK,
    ) -> None:  # fmt: skip
        """On return the audit row is committed. `sha256`: of the copy that is shown; another copy is another look, unless it
        `follows` (pictures that come one after the other: the row has the first one's). `clear`: by who sees it blurred else. Raises UnavailableError: then nothing
        may be shown."""
        key = (actor.id, action, object_id, purpose, case_ref, "" if follows else sha256, str(clear))
        if self._is_same(key):
            return
        with self._writing:
            if self._is_same(key):
                return
            began = self._clock.monotonic()
            detail: dict[str, Any] = ({"sha256": sha256} if sha256 else {}) | ({"clear": True} if clear else {})
            with self._store.write() as session:
                audit.write(session, actor, action, object_kind, object_id, at=self._clock.now(), purpose=purpose,
                            case_ref=case_ref, detail=detail)  # fmt: skip
            with self._guard:
                self._until[key] = began + same_for
                if len(self._until) > _KEPT:
                    self._until = {one: until for one, until in self._until.items() if until > began}

    def _is_same(self, key: tuple[str, ...]) -> bool:
        with self._guard:
            return self._clock.monotonic() < self._until.get(key, -1e18)
