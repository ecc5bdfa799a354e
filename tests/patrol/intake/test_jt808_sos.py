"""A call for help by a terminal is durable before it is answered, whatever else of its message is wrong."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
import redis

from lianqin.embedded import EmbeddedRedis
from lianqin.records import SosCall
from lianqin.testing import T0, FakeClock
from patrol.intake import jt808
from patrol.intake.jt808 import encode_position
from patrol.intake.terminal_items import ROLLOVER_S
from patrol.intake.terminals import Terminals
from tests.patrol.terminals import HERE, NUMBER, Steps, Terminal, calls_stored, publish, stored, walked

NOW = float(int(T0))
SOS = msgspec.structs.replace(HERE, at=NOW - 5, sos=True)
PLACE = (pytest.approx(34.000123), pytest.approx(119.200456))
NOWHERE = (None, None)


@pytest.fixture
def walk(redis_server: EmbeddedRedis, tmp_path: Path) -> Callable[[Steps], Any]:
    return lambda steps: walked(steps, redis_server, tmp_path, FakeClock())


def sos(**changes: Any) -> bytes:
    return encode_position(msgspec.structs.replace(SOS, **changes))


def batch(count: int, bodies: list[bytes]) -> bytes:
    return struct.pack(">HB", count, 1) + b"".join(len(one).to_bytes(2, "big") + one for one in bodies)


Y2000 = 946_656_000.0
CASES: dict[str, tuple[bytes, float | None, Any, float | None]] = {
    # The body, the call's time and place, and the time of the fix beside it.
    "whole": (sos(), NOW - 5, PLACE, NOW - 5),
    "with additional items that are cut": (sos() + b"\x01\x04\x00", NOW - 5, PLACE, NOW - 5),
    "without a position": (sos(positioned=False), NOW - 5, NOWHERE, None),
    "at 0, 0": (sos(lat=0.0, lon=0.0), NOW - 5, NOWHERE, None),
    "at no place on earth": (sos(lat=91.0), NOW - 5, NOWHERE, None),
    "with a clock of 2000": (sos(at=Y2000), Y2000, PLACE, T0),
    "1024 weeks ago": (sos(at=NOW - 5 - ROLLOVER_S), NOW - 5 - ROLLOVER_S, PLACE, NOW - 5),
    "with a clock of 2000 and nowhere": (sos(at=Y2000, positioned=False), Y2000, NOWHERE, None),
    "in two years": (sos(at=NOW + 63e6), NOW + 63e6, PLACE, T0),
    "without a time": (sos()[:22] + b"\xff" * 6, None, PLACE, T0),
    "cut short": (sos()[:21], None, NOWHERE, None),
    "no more than the alarm": (b"\x00\x00\x00\x01", None, NOWHERE, None),
    "among other alarms": (b"\xff\xff\xff\xff" + sos()[4:], NOW - 5, PLACE, NOW - 5),
}  # fmt: skip


@pytest.mark.parametrize("in_batch", [False, True], ids=["alone", "in a batch"])
@pytest.mark.parametrize("name", CASES)
def test_a_call_is_taken_whatever_else_is_wrong(
    walk: Any, redis_client: redis.Redis, name: str, in_batch: bool
) -> None:
    body, at, place, fix_at = CASES[name]
    publish(redis_client)

    async def steps(terminals: Terminals) -> None:
        one = await (await Terminal(terminals.port).connect()).ready()
        kind, sent = (jt808.POSITIONS, batch(9, [body])) if in_batch else (jt808.POSITION, body)
        assert await one.result(kind, sent) == jt808.DONE
        assert len(calls_stored(redis_client)) == 1  # durable before the answer

    walk(steps)
    (call,) = calls_stored(redis_client)
    assert (call.device_id, call.guard_id, call.received_at, call.client) == ("D09", "G01", T0, "jt808")
    assert (call.at, (call.lat, call.lon)) == (at, place)
    fixes, aside = stored(redis_client)
    assert aside == []
    expected = [] if fix_at is None else [(fix_at, "sos", None)]
    assert [(fix.at, fix.alarm, fix.accuracy_m) for fix in fixes] == expected


def test_calls_among_the_positions_of_a_batch_come_first_and_cost_none_of_them(
    walk: Any, redis_client: redis.Redis
) -> None:
    publish(redis_client)
    plain = [encode_position(msgspec.structs.replace(HERE, at=NOW - 60 - n)) for n in range(4)]
    bodies = [plain[0], plain[1], sos(positioned=False), b"what", plain[2], sos(), plain[3], sos()[:9]]
    cut = batch(3, bodies)[:-1]  # the last one is shorter than it says, and calls for help

    async def steps(terminals: Terminals) -> None:
        one = await (await Terminal(terminals.port).connect()).ready()
        assert await one.result(jt808.POSITIONS, cut) == jt808.DONE

    walk(steps)
    assert len(calls_stored(redis_client)) == 3
    fixes, aside = stored(redis_client)
    assert sorted(fix.at for fix in fixes) == [NOW - 63, NOW - 62, NOW - 61, NOW - 60, NOW - 5]
    assert [(one.why, one.raw) for one in aside] == [("a position of 4 bytes", "0704 13800138000 77686174")]


@pytest.mark.parametrize("wrong_code", [False, True])
def test_a_terminal_that_did_not_show_its_code_is_heard_when_it_calls_and_believed_nothing_else(
    walk: Any, redis_client: redis.Redis, wrong_code: bool
) -> None:
    publish(redis_client)

    async def steps(terminals: Terminals) -> None:
        one = await Terminal(terminals.port).connect()
        if wrong_code:
            assert await one.result(jt808.AUTHENTICATE, b"guess") == jt808.FAILED
        assert await one.result(jt808.POSITION, encode_position(HERE)) == jt808.FAILED
        assert await one.result(jt808.POSITION, sos()) == jt808.DONE
        assert await one.result(jt808.POSITIONS, batch(1, [encode_position(HERE), sos(at=Y2000)])) == jt808.DONE

    walk(steps)
    assert [(call.guard_id, call.lat) for call in calls_stored(redis_client)] == [("G01", PLACE[0])] * 2
    fixes, aside = stored(redis_client)
    assert fixes == []
    assert [one.why for one in aside] == ["terminal without its code"] * 3


@pytest.mark.parametrize(
    ("number", "changes", "why"),
    [(b"\x09" * 6, {}, "sos.unknown_device"), (NUMBER, {"revoked": True}, "sos.revoked_device")],
)
def test_a_call_of_nobody_known_is_kept_apart_by_a_name_of_its_own(
    walk: Any, redis_client: redis.Redis, number: bytes, changes: dict[str, Any], why: str
) -> None:
    publish(redis_client, **changes)

    async def steps(terminals: Terminals) -> None:
        one = await Terminal(terminals.port, number).connect()
        for kind, body in ((jt808.POSITION, sos()), (jt808.POSITIONS, batch(1, [sos()]))):
            assert await one.result(kind, body) == jt808.FAILED

    walk(steps)
    assert (calls_stored(redis_client), [one.why for one in stored(redis_client)[1]]) == ([], [why, why])


@pytest.mark.parametrize(
    ("bodies", "same"),
    [
        ([sos(), sos()], True),
        ([sos(), sos(at=NOW - 4)], False),
        ([sos(at=Y2000), sos(at=Y2000)], False),
        ([b"\x00\x00\x00\x01", b"\x00\x00\x00\x01"], False),
    ],
)  # fmt: skip
def test_a_call_is_told_from_one_sent_again(
    walk: Any, redis_client: redis.Redis, bodies: list[bytes], same: bool
) -> None:
    """By its time where that is right, else by the message's number; the same message again is always the same call."""
    publish(redis_client)

    async def steps(terminals: Terminals) -> None:
        one = await (await Terminal(terminals.port).connect()).ready()
        for body in bodies:
            frame = one.frame(jt808.POSITION, body)
            for _ in range(2):
                one.send(frame)
                assert (await one.answer()).body[4] == jt808.DONE

    walk(steps)
    calls: list[SosCall] = calls_stored(redis_client)
    assert len(calls) == 4
    assert len({call.id for call in calls}) == (1 if same else 2)
