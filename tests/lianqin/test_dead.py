"""Dead letters and taking: an entry that can't be taken blocks nobody, and a kill between loses and doubles nothing."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
import redis
from sqlalchemy.exc import DataError, IntegrityError, OperationalError, ProgrammingError

from lianqin import keys
from lianqin.bus import Consumer, Entry, Publisher
from lianqin.dead import DeadLetterCount, DeadLetters
from lianqin.errors import NotFoundError, RecordError, UnavailableError
from lianqin.records import Alert, Alive, FixBatch, WatchMinute, WatchMinutes, decode, encode
from lianqin.taking import take_each
from lianqin.testing import T0, a_fix, an_alert
from patrol.sos.waiting import calls_in

LIVE = keys.fixes(0, late=False)


def pending(client: redis.Redis, stream: str, group: str = "g") -> int:
    found: dict[str, int] = client.xpending(stream, group)  # type: ignore[assignment]
    return found["pending"]


def refusing(bad: str, error: Exception, taken: list[str]) -> object:
    def take(entries: Sequence[Entry]) -> None:
        ids = [one.record.id for one in entries if isinstance(one.record, Alert)]
        if bad in ids:
            raise error
        taken.extend(ids)

    return take


@pytest.mark.parametrize(
    "error",
    [
        DataError("INSERT", {}, Exception("value too long")), IntegrityError("INSERT", {}, Exception("no such camera")),
        RecordError("text.too_long", "x"), ValueError("year 40000 is out of range"), OverflowError("too large"),
        UnicodeEncodeError("utf-8", "\ud800", 0, 1, "surrogates not allowed"), KeyError("gone"), TypeError("None"),
    ],
    ids=lambda one: type(one).__name__,
)  # fmt: skip
def test_the_one_that_can_not_be_taken_is_buried_and_the_others_are_taken(
    redis_client: redis.Redis, error: Exception
) -> None:
    Publisher(redis_client).publish(keys.ALERTS, *[an_alert(id=f"al-{n}") for n in range(4)])
    consumer, taken = Consumer(redis_client, [keys.ALERTS], "g", "a"), list[str]()
    take_each(consumer, consumer.poll(0.01), refusing("al-2", error, taken))  # type: ignore[arg-type]
    assert taken == ["al-0", "al-1", "al-3"]
    [letter] = DeadLetters(redis_client).newest(10)
    assert (letter.stream, decode(letter.raw)) == (keys.ALERTS, an_alert(id="al-2"))
    assert letter.reason
    assert letter.why
    assert pending(redis_client, keys.ALERTS) == 0


@pytest.mark.parametrize(
    "error",
    [UnavailableError("database.away"), OperationalError("INSERT", {}, Exception("locked")), OSError("disk full"),
     ProgrammingError("INSERT", {}, Exception("no such column")), RecordError("trails.disk", "no space")],
    ids=lambda one: type(one).__name__,
)  # fmt: skip
def test_while_something_is_away_nothing_is_buried_and_all_comes_again(
    redis_client: redis.Redis, error: Exception
) -> None:
    Publisher(redis_client).publish(keys.ALERTS, an_alert(id="al-1"), an_alert(id="al-2"))
    consumer, taken = Consumer(redis_client, [keys.ALERTS], "g", "a"), list[str]()
    with pytest.raises(type(error)):
        take_each(consumer, consumer.poll(0.01), refusing("al-2", error, taken))  # type: ignore[arg-type]
    assert DeadLetters(redis_client).newest(10) == []
    again = Consumer(redis_client, [keys.ALERTS], "g", "a").poll(0.01)
    assert [one.record.id for one in again if isinstance(one.record, Alert)] == ["al-1", "al-2"]


def test_of_an_entry_that_stands_for_many_only_what_can_not_be_taken_is_buried(redis_client: redis.Redis) -> None:
    fixes = tuple(a_fix(id=f"f{n}") for n in range(3))
    Publisher(redis_client).publish(LIVE, FixBatch(fixes, alive=(Alive("D1", "G1", T0),)))
    consumer, taken = Consumer(redis_client, [LIVE], "g", "a"), list[str]()

    def take(entries: Sequence[Entry]) -> None:
        records = [one.record for one in entries if isinstance(one.record, FixBatch)]
        ids = [fix.id for record in records for fix in record.fixes]
        if "f1" in ids:
            raise ValueError("f1")
        taken.extend(ids)
        taken.extend(one.device_id for record in records for one in record.alive)

    take_each(consumer, consumer.poll(0.01), take)
    assert taken == ["f0", "f2", "D1"]
    [letter] = DeadLetters(redis_client).newest(10)
    assert decode(letter.raw) == FixBatch((fixes[1],))
    assert pending(redis_client, LIVE) == 0


@pytest.mark.parametrize(
    ("good", "whole", "bad"),
    [
        (FixBatch((a_fix(id="f0"),)), encode(FixBatch((a_fix(id="f0"), a_fix(id="f1")))), (b'"f1"', b"7")),
        (WatchMinutes((WatchMinute("C1", 5, "w", 60.0),)), encode(WatchMinutes((WatchMinute("C1", 5, "w", 60.0), WatchMinute("C2", 5, "w", 60.0)))),
         (b'"C2"', b'"%b"' % (b"x" * 61))),
    ],
)  # fmt: skip
def test_what_can_be_read_of_an_unreadable_batch_goes_on(
    redis_client: redis.Redis, good: FixBatch | WatchMinutes, whole: bytes, bad: tuple[bytes, bytes]
) -> None:
    redis_client.xadd(LIVE, {keys.FIELD: whole.replace(*bad)})
    consumer = Consumer(redis_client, [LIVE], "g", "a")
    assert consumer.poll(0.01) == []
    [entry] = consumer.poll(0.01)
    assert entry.record == good
    [letter] = DeadLetters(redis_client).newest(10)
    assert letter.reason == "unreadable"
    assert bad[1] in letter.raw
    consumer.ack([entry])
    assert pending(redis_client, LIVE) == 0
    assert calls_in(good) == ([], [])


def test_an_entry_that_another_acknowledged_meanwhile_is_not_kept_twice(redis_client: redis.Redis) -> None:
    Publisher(redis_client).publish(keys.ALERTS, an_alert())
    [entry] = Consumer(redis_client, [keys.ALERTS], "g", "a").poll(0.01)
    letters = DeadLetters(redis_client)
    assert letters.bury(keys.ALERTS, "g", entry.id, b"{}", reason="value", why="x")
    assert not letters.bury(keys.ALERTS, "g", entry.id, b"{}", reason="value", why="x")
    assert letters.held() == DeadLetterCount(1, 2, 0)


def bury(client: redis.Redis, letters: DeadLetters, body: bytes) -> None:
    consumer = Consumer(client, [keys.HEALTH], "g", "a")
    client.xadd(keys.HEALTH, {keys.FIELD: encode(an_alert())})
    *_, entry = consumer.poll(0.01)
    letters.bury(keys.HEALTH, "g", entry.id, body, reason="value", why="why")


@pytest.mark.parametrize(("most", "most_bytes"), [(3, 10_000), (100, 30)])
def test_letters_are_bounded_by_number_and_by_bytes(redis_client: redis.Redis, most: int, most_bytes: int) -> None:
    letters = DeadLetters(redis_client, most=most, most_bytes=most_bytes)
    for n in range(5):
        bury(redis_client, letters, b"%010d" % n)
    assert [one.raw for one in letters.newest(10)] == [b"%010d" % n for n in (4, 3, 2)]
    assert letters.held() == DeadLetterCount(3, 30, 2)


def test_letters_of_an_older_version_are_counted_and_shown(redis_client: redis.Redis) -> None:
    redis_client.xadd(keys.DEAD, {"stream": keys.HEALTH, "id": "1-1", "why": "old", "raw": b"12345"})
    letters = DeadLetters(redis_client)
    bury(redis_client, letters, b"123")
    assert letters.held() == DeadLetterCount(2, 8, 0)
    assert [(one.reason, one.why) for one in letters.newest(10)] == [("value", "why"), ("", "old")]


def test_a_letter_is_played_again_once_or_thrown_away(redis_client: redis.Redis) -> None:
    letters, body = DeadLetters(redis_client), encode(an_alert())
    bury(redis_client, letters, body)
    [letter] = letters.newest(10)
    before = redis_client.xlen(keys.HEALTH)
    letters.play_again(letter)
    assert redis_client.xlen(keys.HEALTH) == before + 1  # type: ignore[operator]
    with pytest.raises(NotFoundError):
        letters.play_again(letter)
    bury(redis_client, letters, body)
    [letter] = letters.newest(10)
    letters.throw_away(letter.id)
    assert letters.held() == DeadLetterCount(0, 0, 0)
    with pytest.raises(NotFoundError):
        letters.throw_away("nonsense")


def test_a_letter_of_no_stream_of_ours_is_not_played(redis_client: redis.Redis) -> None:
    redis_client.xadd(keys.DEAD, {"stream": "lianqin:followed:camera", "id": "1-1", "why": "x", "raw": b"x"})
    letters = DeadLetters(redis_client)
    [letter] = letters.newest(1)
    with pytest.raises(RecordError):
        letters.play_again(letter)
    assert letters.held().letters == 1
