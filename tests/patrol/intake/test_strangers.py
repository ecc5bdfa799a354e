"""What strangers send is told apart cheaply, kept so many a second, and never in the way of an enrolled phone."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, cast

import msgspec
import pytest
import redis

from lianqin import keys
from lianqin.clock import county_day
from lianqin.embedded import EmbeddedRedis
from lianqin.errors import BusUnavailable
from lianqin.records import Device, FixBatch, Quarantined, decode, encode
from lianqin.settings import Settings
from lianqin.testing import T0, FakeClock
from lianqin.texts import storable_bytes
from patrol.devices.credential import credential_sha256
from patrol.intake import accept as accepting
from patrol.intake import lane, quick, strangers
from patrol.intake.accept import RAW_KEPT, READER_FAILED, UNKNOWN_DEVICE, accept
from patrol.intake.buckets import BucketRate, Buckets
from patrol.intake.door import FixReceiver, IntakeReply
from patrol.intake.lane import Lane
from patrol.intake.readers import HttpRequest
from patrol.intake.strangers import MOST_READ, POSTS, POSTS_EACH, likely_credentials
from patrol.intake.writer import MOST_ASIDE

SECRET = "0123456789abcdef0123456789abcdef"
AT = f"timestamp={T0:.0f}&lat=34&lon=119"
BATCH = json.dumps({"location": [{"coords": {"latitude": 34, "longitude": 119}, "timestamp": T0 - n} for n in range(200)],
                    "device_id": SECRET}).encode()  # fmt: skip
Steps = Callable[[FixReceiver], Coroutine[Any, Any, Any]]


@pytest.fixture
def walked(redis_server: EmbeddedRedis, redis_client: redis.Redis, tmp_path: Path) -> Callable[..., Any]:
    """What `steps` returns, with an intake whose one enrolled phone has `SECRET`; its clock is moved by hand."""
    device = Device(id="D01", guard_id="G01", credential_sha256=credential_sha256(SECRET))
    redis_client.hset(keys.followed("device"), "D01", encode(device))
    redis_client.incr(keys.followed_version("device"))

    def run(steps: Steps, **changes: Any) -> Any:
        async def whole() -> Any:
            door = FixReceiver(Settings(run_dir=tmp_path, redis_url=redis_server.url, **changes), clock=FakeClock())
            await door.startup()
            try:
                return await steps(door)
            finally:
                await door.close()

        return asyncio.run(whole())

    return run


def stranger(number: int, address: str = "198.51.100.7", more: str = "") -> HttpRequest:
    return HttpRequest(f"id=who{number}&{AT}{more}", {}, b"", address)


def asides(client: redis.Redis) -> list[Quarantined]:
    found = [decode(fields[b"r"]) for _, fields in cast("Any", client.xrange(keys.QUARANTINE))]
    return [one for one in found if isinstance(one, Quarantined)]


def fixes(client: redis.Redis) -> int:
    entries = [one for late in (True, False) for one in cast("Any", client.xrange(keys.fixes(0, late=late)))]
    found = [decode(fields[b"r"]) for _, fields in entries]
    return sum(len(one.fixes) for one in found if isinstance(one, FixBatch))


def test_beyond_the_bucket_of_an_address_strangers_are_answered_and_counted_only(
    walked: Any, redis_client: redis.Redis
) -> None:
    most = int(POSTS_EACH.burst)

    async def steps(door: FixReceiver) -> None:
        assert {await door.answer(stranger(n)) for n in range(most + 20)} == {IntakeReply(200)}
        assert len(asides(redis_client)) == most
        await door.answer(stranger(999, "203.0.113.5"))
        assert len(asides(redis_client)) == most + 1
        cast("FakeClock", door.clock).advance(1 / POSTS_EACH.per_s)
        await door.answer(stranger(1000))
        assert len(asides(redis_client)) == most + 2
        assert door.strangers.unkept == {"post": 20}
        door._flush()

    walked(steps)
    assert redis_client.hgetall(keys.strangers_unkept()) == {county_day(T0 + 10).encode(): b"20"}


def test_an_enrolled_phone_behind_the_address_of_strangers_is_heard_each_time(
    walked: Any, redis_client: redis.Redis
) -> None:
    async def steps(door: FixReceiver) -> None:
        for n in range(100):
            await door.answer(stranger(n))
            assert await door.answer(
                HttpRequest(f"id={SECRET}&timestamp={T0 - n:.0f}&lat=34&lon=119", {}, b"", "198.51.100.7")
            ) == IntakeReply(200)
            await door.answer(HttpRequest(f"id={SECRET}&timestamp={T0}&lat=nan&lon=119", {}, b"", "198.51.100.7"))

    walked(steps)
    assert fixes(redis_client) == 100
    assert sum(one.why.startswith("no place") for one in asides(redis_client)) == 100, (
        "its own unusable ones count for nobody"
    )


def test_a_strangers_call_for_help_has_a_bucket_of_its_own(walked: Any, redis_client: redis.Redis) -> None:
    async def steps(door: FixReceiver) -> None:
        for n in range(int(POSTS_EACH.burst) + 50):
            await door.answer(stranger(n))
        await door.answer(stranger(1, more="&alarm=sos"))

    walked(steps)
    assert asides(redis_client)[-1].why == "sos.unknown_device"


def test_many_addresses_together_have_a_bucket_too(walked: Any, redis_client: redis.Redis) -> None:
    async def steps(door: FixReceiver) -> None:
        for n in range(int(POSTS.burst) + 30):
            await door.answer(stranger(n, f"10.{n // 250}.{n % 250}.1"))

    walked(steps)
    assert len(asides(redis_client)) == POSTS.burst


def test_buckets_fill_again_by_time_and_forget_the_oldest_address_alone() -> None:
    buckets = Buckets(BucketRate(2, 0.5), BucketRate(1e6, 0), 0.0)
    assert [buckets.take("a", at) for at in (0, 0, 0, 1, 1.9, 2, 2, 100, 100, 100)] == [
        True, True, False, False, False, True, False, True, True, False]  # fmt: skip
    assert [buckets.take("a", 0.0)] == [False], "a clock that goes back fills nothing"
    for n in range(20_000):
        assert buckets.take(f"b{n}", 200.0)
    assert len(buckets._by_name) == 10_000


@pytest.mark.parametrize(
    "request_",
    [
        HttpRequest(f"id={SECRET}&lat=1&lon=2", {}, b""),
        HttpRequest("", {}, BATCH),
        HttpRequest("", {}, f"lat=1&deviceid={SECRET}".encode()),
        HttpRequest("", {}, f'{{broken "id" : "{SECRET}", '.encode()),
        HttpRequest("", {"authorization": "Basic dTowMTIzNDU2Nzg5YWJjZGVmMDEyMzQ1Njc4OWFiY2RlZg=="}, b"[" * 9000),
    ],
    ids=["query", "the end of a long batch", "form", "broken", "password"],
)
def test_a_credential_is_found_without_reading_the_message(request_: HttpRequest) -> None:
    assert SECRET in list(likely_credentials(request_))


def test_a_long_batch_of_an_enrolled_phone_is_read_whole_and_one_of_a_stranger_is_not_read(
    walked: Any, redis_client: redis.Redis
) -> None:
    assert len(BATCH) > MOST_READ

    async def steps(door: FixReceiver) -> None:
        assert await door.answer(HttpRequest("", {}, BATCH)) == IntakeReply(200)
        assert await door.answer(
            HttpRequest("", {}, BATCH.replace(SECRET.encode(), b"who"), "198.51.100.7")
        ) == IntakeReply(200)

    walked(steps)
    assert fixes(redis_client) == 200
    assert [one.why for one in asides(redis_client)] == [UNKNOWN_DEVICE]


def test_a_phone_enrolled_a_moment_ago_is_known_at_its_first_post(walked: Any, redis_client: redis.Redis) -> None:
    async def steps(door: FixReceiver) -> None:
        for n in range(60):
            await door.answer(stranger(n))
        device = Device(id="D02", guard_id="G02", credential_sha256=credential_sha256("new"))
        redis_client.hset(keys.followed("device"), "D02", encode(device))
        redis_client.incr(keys.followed_version("device"))
        assert await door.answer(HttpRequest(f"id=new&{AT}", {}, b"", "198.51.100.7")) == IntakeReply(200)

    walked(steps)
    assert fixes(redis_client) == 1


@pytest.mark.parametrize(
    ("lead", "address"),
    [("198.51.100.9", "198.51.100.9"), ("", "127.0.0.1"), ("8.8.8.8, 198.51.100.9", "198.51.100.9")],
)
@pytest.mark.parametrize("trusted", [True, False])
def test_behind_a_trusted_proxy_the_address_is_that_of_who_sent_it(
    walked: Any, *, lead: str, address: str, trusted: bool
) -> None:
    from patrol.intake.app import Intake  # noqa: PLC0415

    async def steps(door: FixReceiver) -> str:
        scope = {"client": ("127.0.0.1", 1), "headers": [(b"x-forwarded-for", lead.encode())] if lead else []}
        return Intake(door)._address(scope)

    told = walked(steps, trusted_proxies="127.0.0.1" if trusted else "")
    assert told == (address if trusted else "127.0.0.1")


def test_a_reader_that_fails_spoils_nothing_and_the_message_has_its_fate(
    walked: Any, redis_client: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_: HttpRequest) -> Any:
        raise ZeroDivisionError(SECRET)

    monkeypatch.setattr(accepting, "read", fails)

    async def steps(door: FixReceiver) -> None:
        assert await door.answer(HttpRequest(f"id={SECRET}&{AT}", {}, b"")) == IntakeReply(200)
        assert await door.answer(HttpRequest(f"id={SECRET}&alarm=sos", {}, b"")) == IntakeReply(200)
        assert sum(door._failures.counts.values()) == 2

    walked(steps)
    assert {one.why for one in asides(redis_client)} == {READER_FAILED}
    (stored,) = [decode(fields[b"r"]) for _, fields in cast("Any", redis_client.xrange(keys.fixes(0, late=False)))]
    assert isinstance(stored, FixBatch)
    assert len(stored.sos) == 1, "a call for help is heard all the same"


@pytest.mark.parametrize(
    "raw", ["\x01" * 9000, "\ufffd" * 9000, "警" * 9000, '"\\' * 9000, "a\ud800\x00" * 3000, "x" * 9000]
)
def test_what_is_kept_of_a_message_is_no_longer_than_the_message_was(raw: str) -> None:
    kept = storable_bytes(raw, RAW_KEPT)
    assert len(msgspec.json.encode(kept)) - 2 <= RAW_KEPT
    assert len(kept.encode()) <= RAW_KEPT
    whole = accept(HttpRequest("", {}, raw.encode("utf-8", "replace")), {}, T0).quarantined[0]
    assert len(encode(whole)) < RAW_KEPT + 400


def test_the_stream_of_the_quarantine_is_bounded_while_nobody_takes_it(walked: Any, redis_client: redis.Redis) -> None:
    async def steps(door: FixReceiver) -> None:
        body = msgspec.json.encode(Quarantined(id="q", received_at=T0, client="c", why="w", raw="x" * RAW_KEPT))
        for _ in range(12):
            await asyncio.to_thread(door.writer._send, [(keys.QUARANTINE, body)] * 500)

    walked(steps)
    assert MOST_ASIDE <= redis_client.xlen(keys.QUARANTINE) <= MOST_ASIDE + 100


def test_strangers_have_a_share_of_the_loop_and_wait_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    rests: list[float] = []
    monkeypatch.setattr(lane.time, "perf_counter", lambda: now[0])

    async def sleep(seconds: float) -> None:
        rests.append(seconds)
        now[0] += seconds

    monkeypatch.setattr(lane.asyncio, "sleep", sleep)
    order: list[int] = []

    def work(number: int) -> None:
        order.append(number)
        now[0] += 0.02

    async def steps() -> None:
        one = Lane(0.25)
        await asyncio.gather(*(one.run(lambda n=n: work(n), 10) for n in range(50)))
        assert (one.waiting, one.bytes) == (0, 0)

    asyncio.run(steps())
    assert order == list(range(50))
    assert 50 * 0.02 / now[0] == pytest.approx(0.25, abs=0.01)


def test_too_many_strangers_at_once_are_told_to_come_again_and_nothing_was_looked_at(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lane, "MOST_WAITING", 3)

    async def steps() -> list[Any]:
        one = Lane()
        await one._turn.acquire()
        asked = [asyncio.create_task(one.run(lambda: True, 1)) for _ in range(5)]
        await asyncio.sleep(0)
        one._turn.release()
        return await asyncio.gather(*asked, return_exceptions=True)

    found = asyncio.run(steps())
    assert found[:3] == [True] * 3
    assert all(isinstance(one, BusUnavailable) for one in found[3:])


def test_the_form_of_a_strangers_query_takes_no_memory(walked: Any) -> None:
    async def steps(door: FixReceiver) -> int:
        for n in range(200):
            name = "".join(chr(97 + int(c)) for c in str(n))
            assert door.quick(f"id=who&lat=1&lon=2&timestamp={T0:.0f}&{name}=x".encode(), T0) is None
        assert door.quick(f"id={SECRET}&{AT}".encode(), T0) is not None
        return len(cast("quick.Quick", door.quick.__self__)._shapes)  # type: ignore[attr-defined]

    assert walked(steps) == 1


def test_counts_of_strangers_are_logged_once_a_minute_without_what_they_sent(
    walked: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    async def steps(door: FixReceiver) -> None:
        for second in range(130):
            door.strangers._count("post")
            door.strangers.report(float(second))

    walked(steps)
    assert "".join(capsys.readouterr()).count("intake_strangers_unkept") == 130 // strangers.LOG_EVERY_S + 1
