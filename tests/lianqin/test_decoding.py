"""Several threads may be the first to read a kind of record. Asked directly, msgspec ends the process in most of such runs."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections.abc import Callable

import msgspec
import pytest

from lianqin.decoding import from_json, from_msgpack, is_deeper


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


@pytest.mark.parametrize(
    ("body", "deeper"),
    [
        (b"[" * 32 + b"]" * 32, False),
        (b"[" * 33 + b"]" * 33, True),
        (b'{"a":' * 32 + b"1" + b"}" * 32, False),
        (b'{"a":' * 33 + b"1" + b"}" * 33, True),
        (b'[{"a":' * 16 + b"1" + b"}]" * 16, False),
        (b'[{"a":' * 17 + b"1" + b"}]" * 17, True),
        (b"[" + b"[[1],[2,{}]]," * 5000 + b"1]", False),
        ((b"[[1]," * 100) + b"1" + b"]" * 100, True),
        (b'["' + b"[" * 1000 + b'"]', False),
        (b'["\\"' + b"[" * 1000 + b'"]', False),
        (b'["\\\\",' + b"[" * 40 + b"]" * 41, True),
        (b'["' + b"]" * 9 + b'"' + (b',["]"' * 40) + b"]" * 41, True),
        (b"[" * 100_000, True),
        (b"]" * 100_000, False),
        (b'["' + b"[" * 100_000, False),
        (b"", False),
    ],
    ids=[str(n) for n in range(16)],
)
def test_depth_is_told_without_reading(body: bytes, *, deeper: bool) -> None:
    assert is_deeper(body) is deeper


@pytest.mark.parametrize("most", [1, 5, 32])
def test_depth_is_what_reading_finds(most: int) -> None:
    def depth_of(value: object) -> int:
        inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
        return 0 if inner is None else 1 + max(map(depth_of, inner), default=0)

    chance = random.Random(5)

    def made(depth: int) -> object:
        if depth == 0 or chance.random() < 0.1:
            return chance.choice([1, '[{"', "}]", None, "\\", '"'])
        inner = [made(depth - 1) for _ in range(chance.randint(1, 2))]
        return inner if chance.random() < 0.5 else {f'k"]{n}': one for n, one in enumerate(inner)}

    seen = set()
    for _ in range(300):
        value = made(chance.randint(max(0, most - 3), most + 3) if most < 10 else 3)
        for _ in range(most - 3 if most > 10 else 0):
            value = [value] if chance.random() < 0.5 else {"[": value}
        deeper = depth_of(value) > most
        seen.add(deeper)
        assert is_deeper(json.dumps(value).encode(), most) is deeper
    assert seen == ({True, False} if most < 10 else {False})


@pytest.mark.parametrize("read", [
    lambda: from_json(b'{"x":' + b"[" * 5000), lambda: from_json(b'{"note":1,"x":' + b"[" * 5000, Note), lambda: from_json(b'"\xff"'),
    lambda: from_json("\ud800"), lambda: from_json(b"{"), lambda: from_json(b"[]", Note),
    lambda: from_msgpack(b"\x81\xa1x" + b"\x91" * 5000, Note), lambda: from_msgpack(b"\x81\xa4note\xa1\xff", Note), lambda: from_msgpack(b"", Note),
])  # fmt: skip
def test_whatever_cannot_be_read_is_said_by_one_error(read: Callable[[], object]) -> None:
    with pytest.raises(msgspec.DecodeError):
        read()
