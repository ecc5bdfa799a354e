"""A terminal over a real socket: it registers, shows its code, sends, and hears 0x8001 only for what is stored."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import msgspec
import pytest
import redis
from sqlalchemy import select

from lianqin import keys
from lianqin.audit import Actor
from lianqin.clock import SystemClock
from lianqin.db import Store
from lianqin.embedded import EmbeddedRedis
from lianqin.errors import NotFoundError, RecordError
from lianqin.testing import T0
from patrol.devices import enrol
from patrol.devices.tables import DeviceRow
from patrol.intake import jt808
from patrol.intake.jt808 import encode_position
from patrol.intake.terminals import Terminals
from tests.patrol.terminals import HERE, LONG, NOW, NUMBER, Steps, Terminal, publish, stored, walked


@pytest.fixture
def walk(redis_server: EmbeddedRedis, tmp_path: Path) -> Callable[..., Any]:
    def run(steps: Steps, **changes: Any) -> Any:
        return walked(steps, redis_server, tmp_path, **changes)

    return run


@pytest.mark.parametrize("number", [NUMBER, LONG], ids=["2013", "2019"])
def test_an_enrolled_terminal_registers_once_shows_its_code_and_is_heard(
    walk: Any, redis_client: redis.Redis, number: bytes
) -> None:
    publish(redis_client)

    async def steps(terminals: Terminals) -> None:
        one = await (await Terminal(terminals.port, number).connect()).ready()
        sos = msgspec.structs.replace(HERE, at=NOW - 1, sos=True)
        assert await one.result(jt808.POSITION, encode_position(HERE, b"\x01\x04\x00\x00\x00\x01")) == jt808.DONE
        assert await one.result(jt808.POSITION, encode_position(sos)) == jt808.DONE
        assert await one.result(jt808.HEARTBEAT) == jt808.DONE
        assert await one.result(0x0900, b"\x00") == jt808.UNSUPPORTED
        again = await Terminal(terminals.port, number).connect()
        assert (await again.ask(jt808.REGISTER))[1][2:] == bytes([jt808.TAKEN])

    walk(steps)
    fixes, aside = stored(redis_client)
    assert [(fix.device_id, fix.guard_id, fix.at, fix.alarm, fix.client) for fix in fixes] == [
        ("D09", "G01", NOW, None, "jt808"), ("D09", "G01", NOW - 1, "sos", "jt808")]  # fmt: skip
    assert (fixes[0].lat, fixes[0].lon, aside) == (pytest.approx(34.000123), pytest.approx(119.200456), [])
    assert redis_client.hexists(keys.signs_of_life(), "G01")
    assert all(len(kept) == 64 for kept in cast("Any", redis_client.hvals(keys.terminal_codes())))


def test_enrolled_again_it_may_register_again_and_the_old_code_is_void(walk: Any, redis_client: redis.Redis) -> None:
    publish(redis_client)

    async def steps(terminals: Terminals) -> None:
        one = await Terminal(terminals.port).connect()
        old = await one.registered()
        publish(redis_client, version=2)
        await terminals.door.devices.look(SystemClock().monotonic())
        assert await one.result(jt808.AUTHENTICATE, old) == jt808.FAILED
        new = await one.registered()
        assert new != old
        assert await one.result(jt808.AUTHENTICATE, new) == jt808.DONE
        publish(redis_client, version=3, revoked=True)
        await terminals.door.devices.look(SystemClock().monotonic())
        assert await one.result(jt808.POSITION, encode_position(HERE)) == jt808.FAILED

    walk(steps)
    assert len(cast("Any", redis_client.hkeys(keys.terminal_codes()))) == 1
    assert [one.why for one in stored(redis_client)[1]] == ["unknown device"]


def test_who_is_not_known_or_did_not_show_its_code_goes_to_quarantine_and_stays_connected(
    walk: Any, redis_client: redis.Redis
) -> None:
    publish(redis_client)

    async def steps(terminals: Terminals) -> None:
        who = await Terminal(terminals.port, b"\x09" * 6).connect()
        assert (await who.ask(jt808.REGISTER))[1][2:] == bytes([jt808.UNKNOWN])
        assert await who.result(jt808.POSITION, encode_position(HERE)) == jt808.FAILED
        early = await Terminal(terminals.port).connect()
        assert await early.result(jt808.POSITION, encode_position(HERE)) == jt808.FAILED
        assert await early.result(jt808.AUTHENTICATE, b"guess") == jt808.FAILED
        assert await early.result(jt808.HEARTBEAT) == jt808.FAILED
        await early.ready()
        for wrong in (
            b"short",
            encode_position(HERE)[:22] + b"\xff" * 6,
            encode_position(msgspec.structs.replace(HERE, at=T0 - 9e7)),
            encode_position(msgspec.structs.replace(HERE, lat=0.0, lon=0.0)),
        ):
            assert await early.result(jt808.POSITION, wrong) == jt808.DONE
        lost = msgspec.structs.replace(HERE, positioned=False)
        assert await early.result(jt808.POSITION, encode_position(lost)) == jt808.DONE

    walk(steps)
    fixes, aside = stored(redis_client)
    assert fixes == []
    assert len(aside) == 6
    assert {one.why for one in aside} >= {"unknown device", "terminal without its code", "a position of 5 bytes"}


def test_batches_packages_and_noise_between_them_are_all_heard(walk: Any, redis_client: redis.Redis) -> None:
    publish(redis_client)
    places = [encode_position(msgspec.structs.replace(HERE, at=NOW - 10 * n)) for n in range(40)]
    batch = struct.pack(">HB", 40, 1) + b"".join(len(one).to_bytes(2, "big") + one for one in places)

    async def steps(terminals: Terminals) -> dict[str, int]:
        one = await (await Terminal(terminals.port).connect()).ready()
        halves = batch[:700], batch[700:]
        first = one.frame(jt808.POSITIONS, halves[0], parts=2, part=1)
        one.send(b"noise" + first[:20])
        await asyncio.sleep(0.01)
        broken = bytearray(one.frame(jt808.HEARTBEAT, b""))
        broken[9] ^= 1
        one.serial -= 1
        one.send(first[20:] + bytes(broken) + one.frame(jt808.POSITIONS, halves[1], parts=2, part=2))
        answers = [await one.answer(), await one.answer()]
        assert [struct.unpack(">HHB", each.body) for each in answers] == [
            (one.serial - 1, jt808.POSITIONS, 0), (one.serial, jt808.POSITIONS, 0)]  # fmt: skip
        one._out.close()
        while not terminals.odd:
            await asyncio.sleep(0.01)
        return dict(terminals.odd)

    odd = walk(steps)
    fixes, aside = stored(redis_client)
    assert (len({fix.id for fix in fixes}), aside) == (40, [])
    assert odd["checksum"] == 1


def test_with_redis_away_and_no_room_in_the_spool_there_is_no_answer(
    walk: Any, redis_server: EmbeddedRedis, redis_client: redis.Redis
) -> None:
    publish(redis_client)

    async def steps(terminals: Terminals) -> list[int]:
        one = await (await Terminal(terminals.port).connect()).ready()
        redis_server.kill()
        found = []
        for n in range(9):
            one.send(one.frame(jt808.POSITION, encode_position(msgspec.structs.replace(HERE, at=NOW - n))))
            try:
                found.append((await one.answer(1.0)).body[4])
            except TimeoutError:
                break
        return found

    spooled = walk(steps, spool_mb=0.002)
    assert 1 <= len(spooled) < 9
    assert set(spooled) == {jt808.DONE}


@pytest.mark.parametrize("number", ["", "0000", "12x4", "1" * 21, "+86138"])
def test_a_number_that_no_terminal_has_is_refused(store: Store, actor: Actor, number: str) -> None:
    with store.write() as session, pytest.raises(RecordError, match=r"terminal\.number"):
        enrol.do_enrol_terminal(session, actor, "G01", number, T0)


def test_a_terminal_is_enrolled_by_its_number_and_again_for_another_guard(store: Store, actor: Actor) -> None:
    with store.write() as session:
        with pytest.raises(NotFoundError):
            enrol.do_enrol_terminal(session, actor, "G99", "013800138000", T0)
        first = enrol.do_enrol_terminal(session, actor, "G01", "013800138000", T0).id
        enrol.do_revoke(session, actor, first, T0 + 1)
        enrol.do_enrol_terminal(session, actor, "G02", "00000000013800138000", T0 + 2)
    with store.read() as session:
        (row,) = session.scalars(select(DeviceRow).where(DeviceRow.kind == "terminal"))
        assert (row.id, row.guard_id, row.terminal_no, row.version, row.revoked_at) == (
            first,
            "G02",
            "13800138000",
            3,
            None,
        )
        record = enrol.device_record(row)
        assert (record.terminal_no, record.version, record.revoked) == ("13800138000", 3, False)
