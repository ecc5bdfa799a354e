"""Looks at footage: registered before the first byte is shown, once an account, object, purpose, case and
minute."""

from __future__ import annotations

import threading
from typing import Final

from sqlalchemy import select

from lianqin import audit
from lianqin.audit import Actor, AuditRow
from lianqin.clock import Clock
from lianqin.db import Store

SAME_LOOK: Final = 60.0
"""Seconds in which the pieces of one clip, or a picture shown again, are one look."""


class Looks:
    """Remembers its own recent looks so that each piece of a clip does not ask the database. Thread-safe."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock, self._guard = store, clock, threading.Lock()
        self._recent: dict[tuple[str, ...], float] = {}

    def register(
        self, actor: Actor, action: str, object_kind: str, object_id: str, *, purpose: str, case_ref: str
    ) -> None:
        """On return the audit row is committed. Raises UnavailableError: then nothing may be shown."""
        at = self._clock.now()
        key = (actor.id, action, object_id, purpose, case_ref)
        with self._guard:
            if at - self._recent.get(key, -1e18) < SAME_LOOK:
                return
        with self._store.write() as session:
            last = session.scalar(
                select(AuditRow.at)
                .where(
                    AuditRow.actor_id == actor.id, AuditRow.action == action, AuditRow.object_id == object_id,
                    AuditRow.purpose == purpose, AuditRow.case_ref == case_ref, AuditRow.at > at - SAME_LOOK,
                )
                .order_by(AuditRow.seq.desc())
                .limit(1)
            )  # fmt: skip
            if last is None:
                audit.write(session, actor, action, object_kind, object_id, at=at, purpose=purpose, case_ref=case_ref)
        with self._guard:
            self._recent[key] = at if last is None else last
            if len(self._recent) > 5000:
                self._recent = {k: t for k, t in self._recent.items() if at - t < SAME_LOOK}
