"""Followed records in Redis: written by whoever has the newer one, compared and written in one step.

Of each kind: a hash with the records, one with their stamps (`lianqin.stamps`; a stamp without a record says when it was removed),
the epoch of which all is there, and a number that is never the same again once anything changed, though Redis lose all, or come back
with an older copy of itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, NamedTuple, cast

import redis

from lianqin import keys
from lianqin.stamps import UNSTAMPED, Stamp, read_stamp
from lianqin.storing import Replicas, answers_of

_PUT: Final = """
local epoch, all = tonumber(ARGV[1]), ARGV[2] == '1'
local function stamp_of(id)
  local stamp = redis.call('HGET', KEYS[2], id)
  if not stamp then return -1, -1 end
  local e, v = string.match(stamp, '^(%d+):(%d+)$')
  return tonumber(e or '-1'), tonumber(v or '-1')
end
local given, changed, newer = {}, false, 0
for i = 3, #ARGV, 3 do
  local id, version, body = ARGV[i], tonumber(ARGV[i + 1]), ARGV[i + 2]
  local e, v = stamp_of(id)
  given[id] = true
  if e > epoch or (e == epoch and v > version) then
    newer = newer + 1
  elseif e < epoch or v < version or (body ~= '' and redis.call('HEXISTS', KEYS[1], id) == 0) then
    redis.call('HSET', KEYS[2], id, ARGV[1] .. ':' .. ARGV[i + 1])
    if body == '' then redis.call('HDEL', KEYS[1], id) else redis.call('HSET', KEYS[1], id, body) end
    changed = true
  end
end
if all and epoch >= tonumber(redis.call('GET', KEYS[4]) or '0') then
  for _, hash in ipairs({KEYS[1], KEYS[2]}) do
    for _, id in ipairs(redis.call('HKEYS', hash)) do
      if not given[id] and stamp_of(id) < epoch then
        redis.call('HDEL', KEYS[1], id)
        redis.call('HDEL', KEYS[2], id)
        changed = true
      end
    end
  end
  if redis.call('GET', KEYS[4]) ~= ARGV[1] then
    redis.call('SET', KEYS[4], ARGV[1])
    changed = true
  end
end
local before = redis.call('GET', KEYS[3])
local after = before
if changed or not before then
  local now = redis.call('TIME')
  local number = math.max((tonumber(before or '0') or 0) + 1, tonumber(now[1]) * 1000000 + tonumber(now[2]))
  after = string.format('%.0f', number)
  redis.call('SET', KEYS[3], after)
end
return {before or '', after or '', newer}
"""


class Put(NamedTuple):
    """One record to publish; `body` empty: it was removed."""

    id: str
    version: int
    body: bytes


class PublishOutcome(NamedTuple):
    """What a publication met. `before`, `after`: the change number; `newer`: how many records Redis has newer ones of."""

    before: bytes
    after: bytes
    newer: int


class FollowedContents(NamedTuple):
    """What Redis has of one kind, at one moment."""

    change: bytes | None
    epoch: int | None
    """All of that epoch was published; None: Redis came back empty and only single records were published since, or an older
    program did it."""
    bodies: dict[str, bytes]
    stamps: dict[str, Stamp]

    def stamp(self, name: str) -> Stamp:
        return self.stamps.get(name, UNSTAMPED)


class Outline(NamedTuple):
    """What Redis has of one kind without the records themselves."""

    change: bytes | None
    epoch: int | None
    bodies: int
    stamps: dict[str, Stamp]


def put(
    client: redis.Redis, replicas: Replicas, kind: str, epoch: int, records: Iterable[Put], *, whole: bool
) -> PublishOutcome:
    """Each record that is newer than Redis' own (or that Redis lacks) is written, the others are not. `whole`: these are all of the
    kind; what is of an older epoch and not among them goes. Redis' errors and Unconfirmed pass through."""
    told: list[Any] = [epoch, int(whole)]
    for record in records:
        told += record
    pipe = client.pipeline(transaction=False)
    names = keys.followed(kind), keys.followed_stamps(kind), keys.followed_version(kind), keys.followed_epoch(kind)
    pipe.eval(_PUT, len(names), *names, *told)
    replicas.ask(pipe)
    answers = answers_of(pipe)
    if replicas.wanted:
        replicas.heard(answers[-1])
    before, after, newer = answers[0]
    return PublishOutcome(before, after, int(newer))


def read(client: redis.Redis, kind: str) -> FollowedContents:
    """Redis' errors pass through."""
    pipe = client.pipeline(transaction=True)
    pipe.get(keys.followed_version(kind))
    pipe.get(keys.followed_epoch(kind))
    pipe.hgetall(keys.followed(kind))
    pipe.hgetall(keys.followed_stamps(kind))
    change, epoch, bodies, stamps = pipe.execute()
    return FollowedContents(
        change, _number(epoch), {name.decode(): body for name, body in bodies.items()},
        {name.decode(): read_stamp(stamp) for name, stamp in stamps.items()},
    )  # fmt: skip


def read_outline(client: redis.Redis, kind: str) -> Outline:
    """Redis' errors pass through."""
    pipe = client.pipeline(transaction=True)
    pipe.get(keys.followed_version(kind))
    pipe.get(keys.followed_epoch(kind))
    pipe.hlen(keys.followed(kind))
    pipe.hgetall(keys.followed_stamps(kind))
    change, epoch, bodies, stamps = pipe.execute()
    return Outline(change, _number(epoch), bodies, {name.decode(): read_stamp(stamp) for name, stamp in stamps.items()})


def read_epoch(client: redis.Redis, kinds: Iterable[str]) -> int:
    """The highest of which all was published; 0: none. Redis' errors pass through."""
    told = cast("list[bytes | None]", client.mget([keys.followed_epoch(kind) for kind in kinds]))
    return max((_number(one) or 0 for one in told), default=0)


def _number(raw: bytes | None) -> int | None:
    return int(raw) if raw is not None and raw.isdigit() else None
