"""Several threads may be the first to read a kind of record. Asked directly, msgspec ends the process in most of such runs."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import msgspec
import pytest

from lianqin.decoding import from_json, from_msgpack


class Note(msgspec.Struct):
    note: str


FIRST_READERS = """
import sys, threading
import msgspec
from typing import Annotated, Literal
from lianqin.decoding import from_json, from_msgpack, from_plain

HOW = {
    "json": lambda kind, plain: from_json(msgspec.json.encode(plain), kind),
    "msgpack": lambda kind, plain: from_msgpack(msgspec.msgpack.encode(plain), kind),
    "plain": from_plain,
}[sys.argv[1]]
PLAIN = {"name": "a", "state": "on", "of": {"name": "b"}, "all": [{"name": "c", "count": 3}], "at": 2.0}
sys.setswitchinterval(1e-6)
wrong = []

def read(kind, begin):
    begin.wait()
    for _ in range(10):
        found = HOW(kind, PLAIN)
        if (found.of.name, found.all[0].count, found.at) != ("b", 3, 2.0):
            wrong.append(found)

for _ in range(100):
    class Inner(msgspec.Struct):
        name: Annotated[str, msgspec.Meta(max_length=10)]
        count: Annotated[int, msgspec.Meta(ge=0)] | None = None

    class Outer(msgspec.Struct):
        name: Annotated[str, msgspec.Meta(max_length=10)]
        state: Literal["on", "off"]
        of: Inner
        all: list[Inner]
        at: Annotated[float, msgspec.Meta(ge=0)]

    begin = threading.Barrier(4)
    readers = [threading.Thread(target=read, args=(Outer, begin)) for _ in range(4)]
    [one.start() for one in readers]
    [one.join() for one in readers]
print("wrong:", len(wrong))
"""


@pytest.mark.parametrize("how", ["json", "msgpack", "plain"])
def test_four_threads_read_a_kind_first_at_once_and_the_process_lives(how: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", FIRST_READERS, how], check=False, capture_output=True, text=True, timeout=120
    )
    assert (ended.returncode, ended.stdout) == (0, "wrong: 0\n"), ended.stderr[-2000:]


@pytest.mark.parametrize("read", [
    lambda: from_json(b'{"x":' + b"[" * 5000), lambda: from_json(b'{"note":1,"x":' + b"[" * 5000, Note), lambda: from_json(b'"\xff"'),
    lambda: from_json("\ud800"), lambda: from_json(b"{"), lambda: from_json(b"[]", Note),
    lambda: from_msgpack(b"\x81\xa1x" + b"\x91" * 5000, Note), lambda: from_msgpack(b"\x81\xa4note\xa1\xff", Note), lambda: from_msgpack(b"", Note),
])  # fmt: skip
def test_whatever_cannot_be_read_is_said_by_one_error(read: Callable[[], object]) -> None:
    with pytest.raises(msgspec.DecodeError):
        read()
