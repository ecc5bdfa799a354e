"""What a process that is gone left in its spool is found by another, once by one of them, and never while its owner lives."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import redis

from lianqin import keys
from lianqin.bus import Publisher, connect
from lianqin.embedded import EmbeddedRedis
from lianqin.errors import ConflictError
from lianqin.left_spools import MARK, LeftSpools
from lianqin.spool import DAMAGED, LOG, Spool, lock_folder
from lianqin.testing import an_alert

ROOT = Path(__file__).resolve().parents[2]
KEEPER = """
import sys
from pathlib import Path
from lianqin.spool import Spool
root, name = Path(sys.argv[1]), sys.argv[2]
spool = Spool(root / name, limit_bytes=1 << 24)
for n in range(int(sys.argv[3])):
    spool.append([("s", b'{"n":"%b-%d"}' % (name.encode(), n))])
print("kept", flush=True)
sys.stdin.read()
"""
TAKER = """
import sys, time
from pathlib import Path
from lianqin.left_spools import LeftSpools
def slowly(entries):
    print("sends", flush=True)
    time.sleep(60)
LeftSpools(Path(sys.argv[1])).send(slowly)
"""


def keeper(root: Path, name: str, count: int) -> subprocess.Popen[bytes]:
    """A process that owns a spool with so many records in it."""
    return begun(KEEPER, b"kept\n", str(root), name, str(count))


def begun(program: str, said: bytes, *arguments: str) -> subprocess.Popen[bytes]:
    process = subprocess.Popen([sys.executable, "-c", program, *arguments], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # fmt: skip
    assert process.stdout
    assert said in iter(process.stdout.readline, b"")  # behind what is logged
    return process


def kill(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.communicate()


def records(name: str, count: int) -> list[tuple[str, bytes]]:
    return [("s", b'{"n":"%b-%d"}' % (name.encode(), n)) for n in range(count)]


def test_the_spool_of_a_killed_process_is_sent_in_order_and_its_folder_goes(tmp_path: Path) -> None:
    kill(keeper(tmp_path, "old", 1200))
    sent: list[tuple[str, bytes]] = []
    left = LeftSpools(tmp_path)
    assert left.send(sent.extend) == 1200
    assert sent == records("old", 1200)
    assert list(tmp_path.iterdir()) == []
    assert left.send(sent.extend) == 0


def test_a_living_process_keeps_its_spool(tmp_path: Path) -> None:
    owner = keeper(tmp_path, "alive", 3)
    own = Spool(tmp_path / "own", limit_bytes=1000)
    own.append(records("own", 1))
    sent: list[tuple[str, bytes]] = []
    left = LeftSpools(tmp_path)
    assert left.send(sent.extend) == 0
    assert sorted(folder.name for folder in tmp_path.iterdir()) == ["alive", "own"]
    kill(owner)
    assert left.send(sent.extend) == 3
    assert [folder.name for folder in tmp_path.iterdir()] == ["own"]


def test_of_many_who_look_at_once_each_spool_is_sent_by_one(tmp_path: Path) -> None:
    for n in range(30):
        spool = Spool(tmp_path / f"old-{n}", limit_bytes=1 << 20)
        spool.append(records(f"old-{n}", 5))
        spool.close()
    sent: list[tuple[str, bytes]] = []
    takers = [LeftSpools(tmp_path) for _ in range(6)]
    threads = [threading.Thread(target=taker.send, args=(sent.extend,)) for taker in takers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(sent) == sorted(one for n in range(30) for one in records(f"old-{n}", 5))
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_taker_had_begun_is_sent_by_the_next_one(tmp_path: Path) -> None:
    kill(keeper(tmp_path, "old", 40))
    kill(begun(TAKER, b"sends\n", str(tmp_path)))
    assert [MARK in folder.name for folder in tmp_path.iterdir()] == [True]
    sent: list[tuple[str, bytes]] = []
    assert LeftSpools(tmp_path).send(sent.extend) == 40
    assert list(tmp_path.iterdir()) == []


def test_an_owner_who_comes_again_meanwhile_begins_with_a_new_spool(tmp_path: Path) -> None:
    kill(keeper(tmp_path, "w1", 2))
    left, within, go_on = LeftSpools(tmp_path), threading.Event(), threading.Event()

    def slowly(_: Any) -> None:
        within.set()
        assert go_on.wait(20)

    thread = threading.Thread(target=left.send, args=(slowly,))
    thread.start()
    assert within.wait(20)
    again = Spool(tmp_path / "w1", limit_bytes=1000)
    assert again.empty
    again.append(records("new", 1))
    go_on.set()
    thread.join()
    assert left.send(lambda _: None) == 0
    assert not again.empty


def test_an_owner_waits_out_the_moment_in_which_another_looks(tmp_path: Path) -> None:
    Spool(tmp_path / "w1", limit_bytes=1000).close()
    lock = lock_folder(tmp_path / "w1")
    assert lock is not None
    threading.Timer(0.2, lock.close).start()
    Spool(tmp_path / "w1", limit_bytes=1000).close()
    held = lock_folder(tmp_path / "w1")
    with pytest.raises(ConflictError, match=r"spool\.taken"):
        Spool(tmp_path / "w1", limit_bytes=1000)
    assert held is not None
    held.close()


def test_what_is_not_taken_stays_and_goes_on_where_it_broke_off(tmp_path: Path) -> None:
    kill(keeper(tmp_path, "old", 1200))
    sent: list[tuple[str, bytes]] = []

    def once(entries: list[tuple[str, bytes]]) -> None:
        if sent:
            raise redis.exceptions.ConnectionError("away")
        sent.extend(entries)

    left = LeftSpools(tmp_path)
    with pytest.raises(redis.exceptions.ConnectionError):
        left.send(once)
    assert left.send(sent.extend) == 700
    assert sent == records("old", 1200)


def test_at_its_end_a_taker_leaves_the_rest_to_others(tmp_path: Path) -> None:
    kill(keeper(tmp_path, "old", 1200))
    left, sent = LeftSpools(tmp_path), list[tuple[str, bytes]]()
    ends: list[threading.Thread] = []

    def and_end(entries: list[tuple[str, bytes]]) -> None:
        sent.extend(entries)
        if not ends:
            ends.append(threading.Thread(target=left.close))
            ends[0].start()
            until(lambda: left._ends)

    assert left.send(and_end) == 0
    ends[0].join()
    LeftSpools(tmp_path).send(sent.extend)
    assert sorted(set(sent)) == sorted(records("old", 1200))


def test_a_damaged_line_is_left_to_be_looked_at(tmp_path: Path) -> None:
    kill(keeper(tmp_path, "old", 2))
    file = tmp_path / "old" / LOG
    file.write_bytes(file.read_bytes().replace(b"old-0", b"odd-0"))
    sent: list[tuple[str, bytes]] = []
    assert LeftSpools(tmp_path).send(sent.extend) == 1
    assert sent == records("old", 2)[1:]
    (folder,) = tmp_path.iterdir()
    assert (folder / f"{LOG}{DAMAGED}").read_bytes().count(b"odd-0") == 1
    assert not (folder / LOG).exists()


def test_a_publisher_sends_what_was_left_once_redis_is_back(redis_server: EmbeddedRedis, tmp_path: Path) -> None:
    gone = Publisher(connect(redis_server.url), Spool(tmp_path / "old", limit_bytes=1 << 20))
    redis_server.kill()
    for n in range(20):
        gone.publish(keys.ALERTS, an_alert(id=f"al-{n:04d}"))
    assert gone._spool
    gone._spool.close()
    heir, left = (
        Publisher(connect(redis_server.url), Spool(tmp_path / "new", limit_bytes=1 << 20)),
        LeftSpools(tmp_path),
    )
    with pytest.raises(redis.exceptions.RedisError):
        left.send(heir.send_spooled)
    redis_server.start()
    assert left.send(heir.send_spooled) == 20
    found: Any = connect(redis_server.url).xrange(keys.ALERTS)
    assert [b'"al-%04d"' % n in fields[b"r"] for n, (_, fields) in enumerate(found)] == [True] * 20


def until(look: Callable[[], object]) -> None:
    end = time.monotonic() + 20
    while not look():
        assert time.monotonic() < end
        time.sleep(0.01)
