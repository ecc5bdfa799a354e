"""Who may register a terminal's number, how often, and what the administrator sees of those who may not."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import redis
from sqlalchemy import select

from lianqin import keys
from lianqin.audit import Actor, AuditRow
from lianqin.db import Store
from lianqin.embedded import EmbeddedRedis
from lianqin.errors import ConflictError, NotFoundError
from lianqin.records import Device
from lianqin.testing import T0, FakeClock
from patrol.devices import enrol
from patrol.devices.credential import credential_sha256
from patrol.devices.tables import DeviceRow
from patrol.intake import jt808
from patrol.intake.codes import Registration, Why, check_registration, code_of, is_code, registrations
from patrol.intake.terminals import Terminals
from tests.patrol.terminals import LONG, NUMBER, Steps, Terminal, publish, walked

MINE = bytes(4) + b"MAKER" + b"MODEL".ljust(20, b"\0") + b"1234567" + b"\0"
OTHER = MINE.replace(b"1234567", b"7654321")
OPEN: dict[str, Any] = {"register_no": 1, "register_until": T0 + 600}


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def walk(redis_server: EmbeddedRedis, tmp_path: Path, clock: FakeClock) -> Callable[..., Any]:
    def run(steps: Steps, **changes: Any) -> Any:
        return walked(steps, redis_server, tmp_path, clock, **changes)

    return run


async def register(port: int, who: bytes = MINE, number: bytes = NUMBER) -> bytes | int:
    """The code, or the result that is none; each time over a connection of its own, as after a power-on."""
    one = await Terminal(port, number).connect()
    kind, body = await one.ask(jt808.REGISTER, who)
    assert kind == jt808.REGISTER_ANSWER
    return body[3:] if body[2] == jt808.REGISTERED else body[2]


async def prove(port: int, code: bytes) -> int:
    return await (await Terminal(port).connect()).result(jt808.AUTHENTICATE, code)


async def published(terminals: Terminals, client: redis.Redis, **changes: Any) -> None:
    publish(client, **changes)
    await terminals.door.devices.look(terminals.door.clock.monotonic())


@pytest.mark.parametrize("secret", ["", "a secret of the settings"])
def test_until_it_showed_its_code_a_terminal_is_told_it_again_and_again(
    walk: Any, redis_client: redis.Redis, secret: str
) -> None:
    publish(redis_client, **OPEN)

    async def steps(terminals: Terminals) -> list[bytes | int]:
        codes = [await register(terminals.port) for _ in range(3)]
        assert isinstance(codes[0], bytes)
        assert await prove(terminals.port, codes[0]) == jt808.DONE
        return [*codes, await register(terminals.port)]

    first, second, third, last = walk(steps, terminal_secret=secret)
    assert (first, second, last) == (second, third, jt808.TAKEN)
    assert len(first) == 16
    everything = b"".join(redis_client.dump(key) or b"" for key in redis_client.keys("*terminal*"))  # type: ignore[union-attr, misc]
    assert first not in everything
    assert (secret.encode() in everything) == (secret == "")


def test_after_the_window_only_a_first_registration_is_taken(
    walk: Any, redis_client: redis.Redis, clock: FakeClock
) -> None:
    publish(redis_client, **OPEN)

    async def steps(terminals: Terminals) -> None:
        clock.advance(601)
        code = await register(terminals.port)
        assert isinstance(code, bytes)
        assert await register(terminals.port) == jt808.TAKEN
        await published(terminals, redis_client, register_no=2, register_until=T0 + 1200)
        assert await register(terminals.port) == code
        assert await prove(terminals.port, code) == jt808.DONE
        assert await register(terminals.port) == jt808.TAKEN
        await published(terminals, redis_client, register_no=3, register_until=T0 + 1800)
        assert await prove(terminals.port, code) == jt808.DONE  # let again, its code goes on

    walk(steps)
    found = registrations(redis_client, ["D09", "D00"])["D09"]
    assert ([one.why for one in found.events], found.refused) == (["window_closed", "proved"], 2)


def test_another_terminal_by_the_same_number_is_refused_and_seen(walk: Any, redis_client: redis.Redis) -> None:
    publish(redis_client, **OPEN)

    async def steps(terminals: Terminals) -> int:
        code = await register(terminals.port)
        assert await register(terminals.port, OTHER) == jt808.TAKEN
        assert await register(terminals.port, MINE) == code
        assert await register(terminals.port, OTHER, LONG) == jt808.TAKEN
        await published(terminals, redis_client, version=2, register_no=2, register_until=T0 + 600)
        other = await register(terminals.port, OTHER)  # enrolled again for the other one
        assert isinstance(code, bytes)
        assert isinstance(other, bytes)
        assert other != code
        assert await prove(terminals.port, code) == jt808.FAILED
        assert await prove(terminals.port, other) == jt808.DONE
        while terminals.odd["registration_refused"] < 2:
            await asyncio.sleep(0.01)
        return terminals.odd["registration_refused"]

    assert walk(steps) == 2
    found = registrations(redis_client, ["D09"])["D09"]
    assert (found.terminal, found.refused) == ("MAKER MODEL 7654321", 2)
    assert (found.events[0].why, found.events[0].terminal) == ("other_terminal", "MAKER MODEL 7654321")


def test_one_that_had_a_random_code_keeps_it_and_may_register_again_once_let(
    walk: Any, redis_client: redis.Redis
) -> None:
    publish(redis_client)
    redis_client.hset(keys.terminal_codes(), "D09:1", credential_sha256("0123456789abcdef"))

    async def steps(terminals: Terminals) -> None:
        assert await prove(terminals.port, b"0123456789abcdef") == jt808.DONE
        assert await register(terminals.port) == jt808.TAKEN
        await published(terminals, redis_client, **OPEN)
        code = await register(terminals.port)
        assert isinstance(code, bytes)
        assert await prove(terminals.port, code) == jt808.DONE
        assert await prove(terminals.port, b"0123456789abcdef") == jt808.FAILED

    walk(steps)


DEVICE = Device(
    id="D1", guard_id="G1", credential_sha256="x", terminal_no="1", version=2, register_no=4, register_until=T0
)


@pytest.mark.parametrize(
    ("before", "terminal", "now", "why"),
    [
        (None, "t", T0 + 1e9, None),
        (Registration(1, "u", proved_no=1), "t", T0 + 1e9, None),
        (Registration(2, "t"), "t", T0, None),
        (Registration(2, None), "t", T0, None),
        (Registration(2, "t", proved_no=3), "t", T0, None),
        (Registration(2, "t", proved_no=4), "t", T0, "proved"),
        (Registration(2, "t"), "t", T0 + 1, "window_closed"),
        (Registration(2, "t"), "u", T0, "other_terminal"),
        (Registration(2, ""), "u", T0, "other_terminal"),
    ],
)  # fmt: skip
def test_who_may_register(before: Registration | None, terminal: str, now: float, why: Why | None) -> None:
    assert check_registration(before, DEVICE, terminal, now) == why


def test_a_code_is_of_one_secret_one_device_and_one_enrolment() -> None:
    others = [Device(id="D2", guard_id="G1", credential_sha256="x", version=2),
              Device(id="D1", guard_id="G1", credential_sha256="x", version=3)]  # fmt: skip
    codes = [code_of(b"s", DEVICE), code_of(b"t", DEVICE), *(code_of(b"s", one) for one in others)]
    assert len(set(codes)) == 4
    assert codes[0] == code_of(b"s", DEVICE)


def test_nobody_s_code_is_a_code(redis_client: redis.Redis) -> None:
    assert not is_code(redis_client, DEVICE, "", T0)


def test_a_person_lets_a_terminal_register_again_and_it_is_on_record(store: Store, actor: Actor) -> None:
    with store.write() as session:
        row = enrol.do_enrol_terminal(session, actor, "G01", "013800138000", T0, window_s=60)
        assert (row.register_no, row.register_until, row.version) == (1, T0 + 60, 1)
        assert enrol.do_let_register(session, actor, row.id, T0 + 100, window_s=60) == T0 + 160
        device = enrol.device_record(row)
        assert (device.register_no, device.register_until, device.version) == (2, T0 + 160, 1)
        audited = session.scalars(select(AuditRow).where(AuditRow.action == "terminal.let_register")).one()
        assert (audited.object_id, audited.actor_id) == (row.id, actor.id)
        phone = enrol.do_enrol(session, actor, "G01", "wgs84", T0).device_id
        with pytest.raises(NotFoundError):
            enrol.do_let_register(session, actor, "D99", T0, window_s=60)
        with pytest.raises(ConflictError, match=r"terminal\.phone"):
            enrol.do_let_register(session, actor, phone, T0, window_s=60)
        enrol.do_revoke(session, actor, row.id, T0 + 200)
        with pytest.raises(ConflictError, match=r"device\.revoked"):
            enrol.do_let_register(session, actor, row.id, T0 + 300, window_s=60)
    with store.read() as session:
        assert session.scalars(select(DeviceRow.register_no).where(DeviceRow.kind == "terminal")).one() == 2
