"""A process that starts before what it needs waits, says once what for, and begins when all of it is there.

Each change of what is lacking is one line of the log (`waits_for`, `is_there`), with the address but never its password. What no
waiting mends is raised instead: a folder that can't be written, a file that is no database.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Sequence
from typing import Any, Final, cast

import msgspec
import redis
import structlog
from sqlalchemy import Engine, inspect
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from lianqin import keys
from lianqin.clock import Clock, SystemClock
from lianqin.db import Base
from lianqin.errors import SettingsError
from lianqin.sentinel import where_is
from lianqin.supervise import backoff

log = structlog.get_logger(__name__)
LONGEST_S: Final = 5.0
"""Between two tries."""
GLANCE_S: Final = 0.1
"""How soon a wait sees that it is to end: a signal wakes no wait without an end."""
_BUSY: Final = ("locked", "busy")
"""Of SQLite: another writes, which passes."""


class Need(msgspec.Struct, frozen=True):
    """Something that a process can't begin without."""

    name: str
    where: str
    """Its address without user and password."""
    lack: Callable[[], str]
    """Why it is not there; empty: it is. Raises errors of ours for what no waiting mends. May block for some seconds."""


def redis_need(client: redis.Redis, *, writes: bool = False) -> Need:
    """Redis answers, and is through with loading. `writes`: it also takes a small write, as it does not without memory or disk, or
    as a replica."""
    where, told = where_is(client), client.connection_pool.connection_kwargs

    def lack() -> str:
        try:
            client.ping()
            if writes:
                client.set(keys.replicas_asked(), b"", ex=60)
        except (redis.exceptions.RedisError, OSError) as error:
            return _line(error, told.get("password"))
        return ""

    return Need("redis", where, lack)


def database_need(engine: Engine) -> Need:
    """The database answers and, SQLite's, can be written. Raises SettingsError `database.file` where it never will be."""
    url = engine.url
    host, port = url.query.get("host") or url.host or "", f":{url.port}" if url.port else ""
    is_file = engine.dialect.name == "sqlite"
    where = str(url.database) if is_file else f"{host}{port}/{url.database or ''}"

    def lack() -> str:
        try:
            with engine.execution_options(lianqin_write=True).connect() as connection:
                connection.exec_driver_sql("SELECT 1")
        except DBAPIError as error:
            why = _line(error.orig or error, url.password)
            if is_file and not any(word in why for word in _BUSY):
                raise SettingsError(
                    "database.file",
                    f"the database file {where} can't be used ({why}): give this user the right to write it and its folder, "
                    "or set `database_url`",
                    file=where,
                    why=why,
                ) from error
            return why
        return ""

    return Need("database", where, lack)


def schema_need(engine: Engine) -> Need:
    """The database has every table and column that this process knows; the console of the same version brings them."""

    def lack() -> str:
        try:
            found = {
                name[1]: {str(column["name"]) for column in columns}
                for name, columns in inspect(engine).get_multi_columns().items()
            }
        except SQLAlchemyError as error:
            return _line(error, engine.url.password)
        lacking = [
            f"{table.name}.{column.name}" if table.name in found else table.name
            for table in Base.metadata.sorted_tables
            for column in table.columns
            if column.name not in found.get(table.name, ())
        ]
        if not lacking:
            return ""
        more = f" and {len(lacking) - 1} more" if len(lacking) > 1 else ""
        return f"{lacking[0]}{more} is not there yet: start the console of this version, which brings it"

    return Need("schema", database_need(engine).where, lack)


def wait_for(needs: Sequence[Need], stop: threading.Event, *, clock: Clock | None = None,
             heard: Callable[[str], None] = lambda _: None) -> bool:  # fmt: skip
    """Returns True once all are there together, False as soon as `stop` is set. `heard`: the name of what is waited for, empty
    when nothing is. Errors of ours that a need raises pass through."""
    clock = clock or SystemClock()
    while True:
        waited = False
        for need in needs:
            began, said, attempt = clock.monotonic(), "", 0
            while why := _ask(need, stop):
                if stop.is_set():
                    return False
                if why != said:
                    log.warning("waits_for", part=need.name, where=need.where, why=why)
                    heard(need.name)
                said, waited, attempt = why, True, attempt + 1
                _sleep(clock, backoff(attempt, longest=LONGEST_S), stop)
            if stop.is_set():
                return False
            if said:
                log.info("is_there", part=need.name, where=need.where, waited_s=round(clock.monotonic() - began, 1))
        if not waited:
            heard("")
            return True


def check_there(*needs: Need) -> None:
    """For a command, which waits for nobody. Raises SettingsError `start.away`, or what the need raises."""
    for need in needs:
        if why := need.lack():
            raise SettingsError(
                "start.away", f"{need.name} at {need.where} is away: {why}", part=need.name, where=need.where, why=why
            )


def _ask(need: Need, stop: threading.Event) -> str:
    """In a thread that nobody waits for at the end: an address that swallows packets holds a connect for minutes."""
    answers: queue.SimpleQueue[str | BaseException] = queue.SimpleQueue()

    def ask() -> None:
        try:
            answers.put(need.lack())
        except BaseException as error:  # noqa: BLE001 - raised again where it is waited for
            answers.put(error)

    threading.Thread(target=ask, name=f"ask-{need.name}", daemon=True).start()
    while not stop.is_set():
        try:
            answer = answers.get(timeout=GLANCE_S)
        except queue.Empty:
            continue
        if isinstance(answer, BaseException):
            raise answer
        return answer
    return ""


def _sleep(clock: Clock, seconds: float, stop: threading.Event) -> None:
    until = clock.monotonic() + seconds
    while not stop.is_set() and (left := until - clock.monotonic()) > 0:
        clock.sleep(min(GLANCE_S, left), stop)


def _line(error: BaseException, password: object) -> str:
    """The error's first line, without the password, whatever a driver makes of an address."""
    text = (str(error).strip() or type(error).__name__).splitlines()[0]
    secret = cast("Any", password)
    return text.replace(str(secret), "***") if secret else text
