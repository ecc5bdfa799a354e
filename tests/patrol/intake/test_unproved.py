"""Terminals that did not show a code: how long, how many, how much of what they send; and what one message may grow to."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
import redis

from lianqin.embedded import EmbeddedRedis
from lianqin.records import Device
from lianqin.settings import Settings
from lianqin.testing import T0
from patrol.intake import jt808
from patrol.intake.accept import MOST_ASIDE
from patrol.intake.door import FixReceiver
from patrol.intake.jt808 import MOST_HALF, Reader, TerminalMessage, encode_frame, encode_position
from patrol.intake.strangers import POSTS_EACH, UNPROVED_EACH
from patrol.intake.terminal_items import MOST_CALLS, brought_by
from patrol.intake.terminals import Terminals
from patrol.intake.unproved import MOST_WRONG, Unproved, UnprovedLimits
from tests.patrol.terminals import HERE, LONG, NUMBER, Terminal, calls_stored, publish, stored

SOS = msgspec.structs.replace(HERE, sos=True)
WHOLE = 64 * 1023
"""Bytes of the longest message: 64 packages."""


@pytest.fixture
def walk(redis_server: EmbeddedRedis, redis_client: redis.Redis, tmp_path: Path) -> Callable[..., Any]:
    """What `steps` returns, with a listener of these bounds and one enrolled terminal."""
    publish(redis_client)

    def run(steps: Any, bounds: UnprovedLimits | None = None, **changes: Any) -> Any:
        async def whole() -> Any:
            door = FixReceiver(Settings(run_dir=tmp_path, redis_url=redis_server.url, **changes))
            terminals = Terminals(door, bounds=bounds)
            await terminals.open("127.0.0.1", 0)
            try:
                return await steps(terminals)
            finally:
                await terminals.close()
                await door.close()

        return asyncio.run(whole())

    return run


async def ends(one: Terminal, wait: float = 20.0) -> bool:
    async with asyncio.timeout(wait):
        while await one._in.read(4096):
            pass
    return True


@pytest.mark.parametrize(
    "sent",
    [b"", b"\x7e", b"noise", encode_frame(jt808.HEARTBEAT, NUMBER, 1, b"")],
    ids=["silent", "half", "noise", "named"],
)
def test_who_shows_no_code_in_time_is_let_go_and_who_did_stays(walk: Any, sent: bytes) -> None:
    async def steps(terminals: Terminals) -> int:
        known = await (await Terminal(terminals.port).connect()).ready()
        who = await Terminal(terminals.port).connect()
        who.send(sent)
        assert await ends(who)
        assert await known.result(jt808.HEARTBEAT) == jt808.DONE
        return terminals.odd["not_proved"]

    assert walk(steps, UnprovedLimits(prove_s=1.0)) == 1


@pytest.mark.parametrize("how", ["revoked", "enrolled again", "deregistered"])
def test_who_loses_the_proof_has_the_same_time_again(walk: Any, redis_client: redis.Redis, how: str) -> None:
    async def steps(terminals: Terminals) -> None:
        one = await (await Terminal(terminals.port).connect()).ready()
        if how == "deregistered":
            assert await one.result(jt808.DEREGISTER) == jt808.DONE
        else:
            publish(redis_client, version=2, revoked=how == "revoked")
            await terminals.door.devices.look(terminals.door.clock.monotonic())
        assert await one.result(jt808.HEARTBEAT) == jt808.FAILED
        assert await ends(one)

    walk(steps, UnprovedLimits(prove_s=1.0))


def test_who_guesses_at_codes_is_let_go(walk: Any) -> None:
    async def steps(terminals: Terminals) -> None:
        one = await Terminal(terminals.port).connect()
        for n in range(MOST_WRONG):
            assert await one.result(jt808.AUTHENTICATE, b"guess%d" % n) == jt808.FAILED
        assert await ends(one)

    walk(steps)


def test_silent_connections_of_the_same_address_make_room_for_a_terminal_with_a_code(walk: Any) -> None:
    async def steps(terminals: Terminals) -> None:
        code = await (await Terminal(terminals.port).connect()).registered()
        silent = [await Terminal(terminals.port).connect() for _ in range(8)]
        known = [await Terminal(terminals.port).connect() for _ in range(3)]
        for one in known:
            assert await one.result(jt808.AUTHENTICATE, code) == jt808.DONE
        assert await ends(silent[0])
        for one in known:
            assert await one.result(jt808.HEARTBEAT) == jt808.DONE
        assert len(terminals.unproved) <= 4
        assert terminals.unproved.ended >= 4

    walk(steps, UnprovedLimits(each=4))


class One:
    """A connection by name."""

    def __init__(self, home: str, named: bool) -> None:
        self.home, self.named, self.ended = home, named, False

    def end(self) -> None:
        self.ended = True


@pytest.mark.parametrize(
    ("bounds", "homes", "going"),
    [
        (UnprovedLimits(each=3, most=100), ["a", "a!", "a", "a"], [0]),
        (UnprovedLimits(each=3, most=100), ["a!", "a", "a!", "a"], [1]),
        (UnprovedLimits(each=3, most=100), ["a!", "a!", "a!", "a!"], [0]),
        (UnprovedLimits(each=3, most=100), ["a", "b", "a", "b", "a", "b"], []),
        (UnprovedLimits(each=3, most=4), ["a", "b!", "c", "d", "e"], [0]),
        (UnprovedLimits(each=3, most=100), ["", "", "", "", ""], []),
        (UnprovedLimits(each=9, most=2), ["", "!", "", ""], [0, 2]),
    ],
)
def test_beyond_the_bound_the_oldest_goes_that_named_no_enrolled_terminal(
    bounds: UnprovedLimits, homes: list[str], going: list[int]
) -> None:
    """`!`: it named one."""
    unproved = Unproved(bounds)
    each = [One(home.strip("!"), "!" in home) for home in homes]
    for one in each:
        unproved.joined(one)
        unproved.joined(one)
    assert [n for n, one in enumerate(each) if one.ended] == going
    for one in each:
        unproved.left(one)
    assert len(unproved) == 0
    assert unproved._homes == {}


def test_what_unknown_terminals_send_is_kept_so_many_times_and_an_enrolled_one_beside_them_is_heard(
    walk: Any, redis_client: redis.Redis
) -> None:
    async def steps(terminals: Terminals) -> None:
        who = await Terminal(terminals.port, b"\x09" * 6).connect()
        known = await (await Terminal(terminals.port).connect()).ready()
        for n in range(int(POSTS_EACH.burst) + 10):
            assert await who.result(jt808.POSITION, encode_position(HERE)) == jt808.FAILED
            at = msgspec.structs.replace(HERE, at=HERE.at - n)
            assert await known.result(jt808.POSITION, encode_position(at)) == jt808.DONE

    walk(steps)
    fixes, aside = stored(redis_client)
    assert len(fixes) == POSTS_EACH.burst + 10
    assert POSTS_EACH.burst <= len(aside) <= POSTS_EACH.burst + 5  # the bucket fills while this runs


def test_calls_for_help_under_a_number_without_its_code_are_taken_until_there_are_too_many(
    walk: Any, redis_client: redis.Redis
) -> None:
    many = int(UNPROVED_EACH.burst) + 30

    async def steps(terminals: Terminals) -> list[int]:
        who = await Terminal(terminals.port).connect()
        found = [
            await who.result(jt808.POSITION, encode_position(msgspec.structs.replace(SOS, at=SOS.at - n)))
            for n in range(many)
        ]
        known = await (await Terminal(terminals.port).connect()).ready()
        assert await known.result(jt808.POSITION, encode_position(SOS)) == jt808.DONE
        return found

    answered = walk(steps)
    assert answered[: int(UNPROVED_EACH.burst)] == [jt808.DONE] * int(UNPROVED_EACH.burst)
    assert answered.count(jt808.FAILED) >= 20, "it is to send again, and is heard then"
    assert len(calls_stored(redis_client)) == many - answered.count(jt808.FAILED) + 1


ITEMS = {
    "nothing": b"", "one byte": b"\x05", "a call alone": b"\x00\x00\x00\x01", "zeroes": b"\x00" * 28,
    "a call without a time": b"\x00\x00\x00\x01" + b"\x01" * 24, "places": encode_position(HERE), "calls with a place": encode_position(SOS),
}  # fmt: skip


def batch(name: str) -> TerminalMessage:
    """The longest message that there is, of such items; those with a time each at its own."""
    body = b"\xff\xff\x01"
    at = 0
    while len(body) + 2 + len(ITEMS[name]) <= WHOLE:
        item, at = ITEMS[name], at + 1
        if len(item) == len(encode_position(HERE)) and name in {"places", "calls with a place"}:
            item = encode_position(msgspec.structs.replace(SOS if "call" in name else HERE, at=T0 - at))
        body += len(item).to_bytes(2, "big") + item
    return TerminalMessage(jt808.POSITIONS, "13800138000", tuple(range(64)), body)


@pytest.mark.parametrize("name", ITEMS)
@pytest.mark.parametrize("proved", [True, False])
def test_the_longest_message_grows_to_what_its_places_take_and_no_more(name: str, *, proved: bool) -> None:
    device = Device(id="D09", guard_id="G01", credential_sha256="x", terminal_no="13800138000")
    found = brought_by(batch(name), device, T0, proved=proved)
    asides = [item.aside for item in found.items if item.aside]
    calls = [item.sos for item in found.items if item.sos]
    assert len(asides) <= MOST_ASIDE
    assert len(calls) <= MOST_CALLS
    stored_bytes = sum(len(item.aside or b"") + len(item.sos or b"") + len(item.fix or b"") for item in found.items)
    assert stored_bytes < 20 * WHOLE
    if name == "places" and proved:
        assert sum(1 for item in found.items if item.fix) == WHOLE // 30, "every place is kept"
    if name in {"one byte", "zeroes"} and proved:
        more = (len(batch(name).body) - 3) // (2 + len(ITEMS[name])) - MOST_ASIDE + 1
        assert any(f"and {more} more of the same message".encode() in one for one in asides)
    if "call" in name:
        assert calls
        assert found.called


def test_the_first_and_the_last_call_of_many_are_raised() -> None:
    device = Device(id="D09", guard_id="G01", credential_sha256="x", terminal_no="13800138000")
    found = brought_by(batch("calls with a place"), device, T0)
    calls = [msgspec.json.decode(item.sos)["at"] for item in found.items if item.sos]
    assert (calls[0], calls[-1]) == (T0 - 1, T0 - WHOLE // 30)
    assert found.odd["batch_calls"] == WHOLE // 30 - MOST_CALLS


def halves(count: int, size: int, parts: int = 64) -> bytes:
    return b"".join(
        encode_frame(jt808.POSITIONS, NUMBER, (100 * k + part) & 0xFFFF, b"\x05" * size, part=part, parts=parts)
        for k in range(count) for part in range(1, parts)
    )  # fmt: skip


@pytest.mark.parametrize(("count", "size"), [(8, 1), (8, 1000), (2, 1000), (40, 300)])
def test_half_messages_of_a_connection_are_bounded_by_their_bytes(count: int, size: int) -> None:
    reader = Reader()
    reader.feed(halves(count, size))
    kept = sum(len(one.body) for half in reader._partial.values() for one in half.packages.values())
    assert kept <= reader._kept <= MOST_HALF
    assert reader._kept == sum(half.size for half in reader._partial.values())
    assert reader.odd["parts"]


def test_the_longest_message_comes_whole_and_leaves_nothing_behind() -> None:
    reader = Reader()
    whole = halves(1, 1023) + encode_frame(jt808.POSITIONS, NUMBER, 64, b"\x05" * 1023, part=64, parts=64)
    (found,) = reader.feed(whole)
    assert len(found.body) == WHOLE
    assert (reader._kept, len(reader._partial)) == (0, 0)


def test_a_half_message_and_a_half_frame_are_forgotten_after_their_time() -> None:
    reader = Reader()
    first, second = (encode_frame(jt808.POSITIONS, NUMBER, n, b"\x05", part=n, parts=2) for n in (1, 2))
    assert reader.feed(first + second[:8], 100.0) == []
    assert len(reader.feed(second[8:] + b"", 159.0)) == 1, "within its time it is joined"
    assert reader.feed(first + second[:8], 200.0) == []
    assert reader.feed(second[8:], 261.0) == []
    assert (reader.odd["half"], reader._kept, len(reader._partial)) == (2, 0, 0)
    assert len(reader.feed(encode_frame(jt808.HEARTBEAT, LONG, 1, b"", is_2019=True), 262.0)) == 1


def test_a_count_that_no_batch_holds_takes_nothing() -> None:
    body = struct.pack(">HB", 0xFFFF, 1) + b"\x00\x00" * 30_000
    found = brought_by(TerminalMessage(jt808.POSITIONS, "1", (1,), body), None, T0)
    assert len(found.items) == 1
