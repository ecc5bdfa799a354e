"""A process that starts too early waits, says each change once, and ends at once when it is told to."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from lianqin.bus import connect
from lianqin.db import open_engine
from lianqin.embedded import EmbeddedRedis
from lianqin.errors import SettingsError
from lianqin.testing import FakeClock
from lianqin.waiting import LONGEST_S, Need, check_there, database_need, redis_need, wait_for

SECRET = "geheim-9"


def need(name: str, *answers: str) -> Need:
    """One that says these one after the other, and is there from then on."""
    left: Iterator[str] = iter(answers)
    return Need(name, f"{name}:1", lambda: next(left, ""))


@pytest.mark.parametrize(
    ("needs", "lines"),
    [
        ([need("redis")], []),
        ([need("redis", "refused")], ["waits_for redis: refused", "is_there redis"]),
        ([need("redis", *["refused"] * 40)], ["waits_for redis: refused", "is_there redis"]),
        (
            [need("redis", "refused", "refused", "loading", "loading")],
            ["waits_for redis: refused", "waits_for redis: loading", "is_there redis"],
        ),
        (
            [need("redis", "refused"), need("database", "starting up")],
            ["waits_for redis: refused", "is_there redis", "waits_for database: starting up", "is_there database"],
        ),
        (
            [need("redis", "", "gone"), need("database", "refused")],  # it goes while the other is waited for
            ["waits_for database: refused", "is_there database", "waits_for redis: gone", "is_there redis"],
        ),
    ],
)
def test_each_change_of_what_is_lacking_is_one_line(needs: list[Need], lines: list[str]) -> None:
    with capture_logs() as said:
        assert wait_for(needs, threading.Event(), clock=FakeClock())
    assert [f"{one['event']} {one['part']}" + (f": {one['why']}" if "why" in one else "") for one in said] == lines
    assert {one["where"] for one in said} == {f"{one['part']}:1" for one in said}


def test_tries_grow_rarer_but_never_rarer_than_some_seconds() -> None:
    clock, asked = FakeClock(), list[float]()

    def lack() -> str:
        asked.append(clock.monotonic())
        return "" if len(asked) >= 20 else "refused"

    assert wait_for([Need("redis", "x", lack)], threading.Event(), clock=clock)
    gaps = [later - earlier for earlier, later in itertools.pairwise(asked[:20])]
    assert gaps[0] <= 0.6
    assert max(gaps) > LONGEST_S / 2
    assert max(gaps) <= LONGEST_S + 0.2


def hangs(stop: threading.Event, held: threading.Event) -> str:
    stop.set()
    held.wait()
    return ""


def is_away(stop: threading.Event, _held: threading.Event) -> str:
    stop.set()
    return "refused"


@pytest.mark.parametrize("answer", [hangs, is_away])
def test_it_ends_while_it_waits(answer: Callable[[threading.Event, threading.Event], str]) -> None:
    stop, held = threading.Event(), threading.Event()
    assert wait_for([Need("database", "x", lambda: answer(stop, held))], stop, clock=FakeClock()) is False
    held.set()


def test_what_no_waiting_mends_is_raised(tmp_path: Path) -> None:
    def lack() -> str:
        raise SettingsError("database.file", "it is none")

    with pytest.raises(SettingsError, match="it is none"):
        wait_for([Need("database", "x", lack)], threading.Event(), clock=FakeClock())


def test_a_server_that_starts_later_is_there_then(tmp_path: Path) -> None:
    server = EmbeddedRedis(tmp_path)
    wanted = redis_need(connect(server.url))
    assert "refused" in wanted.lack() or "No such file" in wanted.lack()
    with pytest.raises(SettingsError, match=r"redis at .*redis\.sock is away"):
        check_there(wanted)
    server.start()
    assert wanted.lack() == ""
    server.stop()


@pytest.mark.parametrize(
    ("wanted", "where"),
    [
        (lambda: redis_need(connect(f"redis://ops:{SECRET}@127.0.0.1:1/3")), "127.0.0.1:1/3"),
        (lambda: redis_need(connect(f"redis://127.0.0.1:1?password={SECRET}")), "127.0.0.1:1/0"),
        (lambda: redis_need(connect(f"rediss://:{SECRET}@127.0.0.1:1")), "127.0.0.1:1/0"),
        (lambda: redis_need(connect(f"unix://:{SECRET}@/nowhere/redis.sock")), "/nowhere/redis.sock"),
        (lambda: database_need(open_engine(f"postgresql+psycopg://ops:{SECRET}@127.0.0.1:1/lianqin")), "127.0.0.1:1/lianqin"),
        (
            lambda: database_need(open_engine(f"postgresql+psycopg://ops@/lianqin?host=127.0.0.1&port=1&password={SECRET}")),
            "127.0.0.1/lianqin",
        ),
    ],
)  # fmt: skip
def test_what_is_waited_for_is_named_without_its_password(wanted: Callable[[], Need], where: str) -> None:
    stop = threading.Event()
    found = wanted()
    with capture_logs() as said:
        wait_for([Need(found.name, found.where, lambda: (stop.set(), found.lack())[1])], stop, clock=FakeClock())
        told = found.lack()
    assert (found.where, bool(told)) == (where, True)
    assert SECRET not in f"{said} {told}"


@pytest.mark.parametrize(
    "address",
    [f"postgres//ops:{SECRET}@host/x", f"nosuch://ops:{SECRET}@host/x", f"postgresql+psycopg://ops:{SECRET}@host:port/x"],
)  # fmt: skip
def test_an_address_that_is_none_is_named_by_its_setting_and_not_shown(address: str) -> None:
    with pytest.raises(SettingsError, match="database_url") as caught:
        open_engine(address)
    assert SECRET not in str(caught.value)
    with pytest.raises(SettingsError, match="redis_url") as caught:
        connect(address)
    assert SECRET not in str(caught.value)


def test_a_database_file_that_can_not_be_used_is_named_with_what_to_do(tmp_path: Path) -> None:
    text, folder = tmp_path / "text", tmp_path / "folder.db"
    text.write_text("no database, " * 200)
    folder.mkdir()
    for file in (text, folder):
        with pytest.raises(SettingsError, match=r"can't be used .*give this user the right"):
            database_need(open_engine(f"sqlite:///{file}")).lack()
    with pytest.raises(SettingsError, match=r"folder .* can't be made .*Not a directory.*make it"):
        open_engine(f"sqlite:///{text}/below/x.db")
    made = tmp_path / "not" / "there" / "yet" / "x.db"
    assert database_need(open_engine(f"sqlite:///{made}")).lack() == ""
    assert made.is_file()
