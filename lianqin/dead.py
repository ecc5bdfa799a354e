"""Dead letters: stream entries that could not be taken for a reason that lies in them. Kept with stream, id, reason and body until
an administrator plays them again or throws them away; bounded by number and by bytes, the oldest go first.

Each step is one script, so that a process that is killed loses nothing and doubles nothing: an entry is buried and acknowledged
together, and only by who acknowledges it first; a letter goes back to its stream and leaves together.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, cast

import msgspec
import redis

from lianqin import keys
from lianqin.errors import NotFoundError, RecordError
from lianqin.texts import cut, storable

MOST_LETTERS: Final = 10_000
MOST_BYTES: Final = 64_000_000
"""Of all bodies together."""
WHY_CHARS: Final = 400
_SIZES: Final = """
local function size(entry)
  for n = 1, #entry[2], 2 do if entry[2][n] == 'raw' then return #entry[2][n + 1] end end
  return 0
end
if redis.call('HEXISTS', KEYS[2], 'bytes') == 0 then
  local sum = 0
  for _, one in ipairs(redis.call('XRANGE', KEYS[1], '-', '+')) do sum = sum + size(one) end
  redis.call('HSET', KEYS[2], 'bytes', sum)
end
"""
_BURY: Final = (
    _SIZES
    + """
if redis.call('XACK', KEYS[3], ARGV[1], ARGV[2]) == 0 then return 0 end
if ARGV[8] ~= '' then redis.call('XADD', KEYS[3], '*', ARGV[9], ARGV[8]) end
redis.call('XADD', KEYS[1], '*', 'stream', KEYS[3], 'id', ARGV[2], 'why', ARGV[3], 'reason', ARGV[4], 'raw', ARGV[5])
local bytes = redis.call('HINCRBY', KEYS[2], 'bytes', #ARGV[5])
local count = redis.call('XLEN', KEYS[1])
while count > 1 and (count > tonumber(ARGV[6]) or bytes > tonumber(ARGV[7])) do
  local oldest = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)[1]
  redis.call('XDEL', KEYS[1], oldest[1])
  bytes = redis.call('HINCRBY', KEYS[2], 'bytes', -size(oldest))
  redis.call('HINCRBY', KEYS[2], 'gone', 1)
  count = count - 1
end
return 1
"""
)
_LEAVE: Final = (
    _SIZES
    + """
local found = redis.call('XRANGE', KEYS[1], ARGV[1], ARGV[1])[1]
if not found then return 0 end
if KEYS[3] then
  for n = 1, #found[2], 2 do
    if found[2][n] == 'raw' then redis.call('XADD', KEYS[3], '*', ARGV[2], found[2][n + 1]) end
  end
end
redis.call('XDEL', KEYS[1], ARGV[1])
redis.call('HINCRBY', KEYS[2], 'bytes', -size(found))
return 1
"""
)


class DeadLetter(msgspec.Struct, frozen=True):
    """`id`: its own, which begins with its moment (epoch milliseconds); `entry_id`: the entry's in `stream`. `reason`: a key of
    `lianqin.taking.REASONS` ("" of an older version); `why`: in English."""

    id: str
    stream: str
    entry_id: str
    reason: str
    why: str
    raw: bytes

    @property
    def at(self) -> float:
        """When it was buried."""
        return int(self.id.partition("-")[0]) / 1000


class DeadLetterCount(msgspec.Struct, frozen=True):
    """How much there is: letters, bytes of their bodies, and how many went since there was no room."""

    letters: int
    bytes: int
    gone: int


class DeadLetters:
    """The letters in Redis. Its errors pass through."""

    def __init__(self, client: redis.Redis, *, most: int = MOST_LETTERS, most_bytes: int = MOST_BYTES) -> None:
        self._redis, self._most, self._most_bytes = client, most, most_bytes
        self._bury = client.register_script(_BURY)
        self._leave = client.register_script(_LEAVE)

    def bury(
        self, stream: str, group: str, entry_id: str, raw: bytes, *, reason: str, why: str, rest: bytes = b""
    ) -> bool:
        """The entry is acknowledged and kept here. False: somebody has acknowledged it before, and nothing is kept. `rest`: what
        of it can be taken, which goes to the end of its stream as an entry of its own."""
        told = cut(storable(why), WHY_CHARS)
        answer = self._bury(
            keys=[keys.DEAD, keys.DEAD_HELD, stream],
            args=[group, entry_id, told, reason, raw, self._most, self._most_bytes, rest, keys.FIELD],
        )
        return bool(answer)

    def newest(self, most: int, before: str = "") -> list[DeadLetter]:
        """So many, the newest first; `before`: those older than this one. Raises RecordError `dead.cursor`."""
        try:
            end: Any = f"({before}" if before else "+"
            found = cast("Any", self._redis.xrevrange(keys.DEAD, max=end, min="-", count=most))
        except redis.exceptions.ResponseError as error:
            raise RecordError("dead.cursor", f"no letter has the id {before[:40]}") from error
        return [_letter(*one) for one in found]

    def get(self, letter_id: str) -> DeadLetter:
        """Raises NotFoundError `dead.missing`."""
        try:
            found: Sequence[Any] = cast("Any", self._redis.xrange(keys.DEAD, min=letter_id, max=letter_id))
        except redis.exceptions.ResponseError:  # no id at all
            found = []
        if not found:
            raise _missing(letter_id)
        return _letter(*found[0])

    def held(self) -> DeadLetterCount:
        letters = self._redis.xlen(keys.DEAD)
        raw_bytes, gone = cast("list[bytes | None]", self._redis.hmget(keys.DEAD_HELD, ["bytes", "gone"]))
        return DeadLetterCount(letters, max(0, int(raw_bytes or 0)), int(gone or 0))

    def play_again(self, letter: DeadLetter) -> None:
        """Back to the end of its stream. Raises NotFoundError `dead.missing`, RecordError `dead.stream`."""
        check_stream(letter)
        if not self._leave(keys=[keys.DEAD, keys.DEAD_HELD, letter.stream], args=[letter.id, keys.FIELD]):
            raise _missing(letter.id)

    def throw_away(self, letter_id: str) -> None:
        """Raises NotFoundError `dead.missing`."""
        self.get(letter_id)
        if not self._leave(keys=[keys.DEAD, keys.DEAD_HELD], args=[letter_id]):
            raise _missing(letter_id)


def check_stream(letter: DeadLetter) -> None:
    """Raises RecordError `dead.stream`: it names no stream of ours."""
    if not keys.is_stream(letter.stream):
        raise RecordError("dead.stream", f"`{letter.stream[:60]}` is no stream of ours", stream=letter.stream[:60])


def _letter(letter_id: bytes, fields: dict[bytes, bytes]) -> DeadLetter:
    def word(name: bytes) -> str:
        return fields.get(name, b"").decode("utf-8", "replace")

    return DeadLetter(
        letter_id.decode(), word(b"stream"), word(b"id"), word(b"reason"), word(b"why"), fields.get(b"raw", b"")
    )


def _missing(letter_id: str) -> NotFoundError:
    return NotFoundError("dead.missing", f"no dead letter {letter_id[:40]}", id=letter_id[:40])
