"""The pipeline's first step: calls for help are raised in a transaction of their own, before anything is judged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import redis
import structlog

from lianqin.db import Store
from lianqin.records import SosCall
from lianqin.taking import refusal
from patrol.judging import presence
from patrol.judging.presence import GuardPlace
from patrol.sos.calls import SYSTEM, do_raise, is_known

log = structlog.get_logger(__name__)


def raise_all(store: Store, client: redis.Redis, at: float, said: Sequence[SosCall], fixes: Sequence[SosCall]) -> None:
    """`said` as such, and those that `fixes` stand for unless the same message said it. Where one can't be raised for a reason that
    lies in it the others are all the same; then that reason is raised. Raises UnavailableError while the database is away."""
    last = {one: _last_place(client, one) for one in {call.guard_id for call in (*said, *fixes)}}
    error = refusal(lambda: _raise(store, at, said, fixes, last))
    if error is None:
        return
    if len(said) + len(fixes) == 1:
        raise error
    refused = [refusal(partial(_raise, store, at, [one], (), last)) for one in said]
    refused += [refusal(partial(_raise, store, at, (), [one], last)) for one in fixes]
    for why in refused:
        if why is not None:
            raise why from error


def raise_what_can_be(
    store: Store, client: redis.Redis, at: float, said: Sequence[SosCall], fixes: Sequence[SosCall]
) -> None:
    """The same for entries that are dealt with later: one that can't be raised is logged, and buried with its entry then."""
    error = refusal(lambda: raise_all(store, client, at, said, fixes))
    if error is not None:
        log.error("sos_not_raised", guards=[one.guard_id for one in (*said, *fixes)][:20], error=str(error))


def _raise(
    store: Store, at: float, said: Sequence[SosCall], fixes: Sequence[SosCall], last: Mapping[str, GuardPlace | None]
) -> None:
    with store.write() as session:
        for call in said:
            do_raise(session, SYSTEM, call, at, last[call.guard_id])
        for call in fixes:
            if not is_known(session, call.device_id, call.received_at):
                do_raise(session, SYSTEM, call, at, last[call.guard_id])


def _last_place(client: redis.Redis, guard_id: str) -> GuardPlace | None:
    """What the map has; None too where Redis does not say it now: a call for help does not wait for that."""
    try:
        return presence.place_of(client, guard_id)
    except redis.exceptions.RedisError:
        return None
