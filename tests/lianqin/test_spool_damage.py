"""A spool that was damaged: what is whole follows in order, what is not is put aside and told once."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lianqin.errors import BusUnavailable
from lianqin.spool import Spool
from lianqin.spool_lines import count_aside, line_of

BODIES = [b'{"n":%d,"say":"\xe4\xb8\x9c\xe9\x97\xa8 *0123abcd:x"}' % n for n in range(5)]
STREAM = "lianqin:alerts"
WHOLE = [line_of(STREAM, body) for body in BODIES]
OLD = [STREAM.encode() + b" " + body + b"\n" for body in BODIES]


def flipped(raw: bytes, at: int, bit: int = 0) -> bytes:
    return raw[:at] + bytes([raw[at] ^ (1 << bit)]) + raw[at + 1 :]


def join(lines: list[bytes]) -> bytes:
    return b"".join(lines)


END = len(join(WHOLE))
CASES: dict[str, tuple[bytes, list[int], int]] = {
    "nothing is amiss": (join(WHOLE), [0, 1, 2, 3, 4], 0),
    "an empty file": (b"", [], 0),
    "the last line was torn": (join(WHOLE)[:-7], [0, 1, 2, 3], 1),
    "nothing but its first byte was written": (join(WHOLE) + b"*", [0, 1, 2, 3, 4], 1),
    "the last newline alone was lost": (join(WHOLE)[:-1], [0, 1, 2, 3, 4], 0),
    "zeros at the end, as a power cut leaves them": (join(WHOLE) + bytes(4096), [0, 1, 2, 3, 4], 1),
    "zeros in the middle": (join([*WHOLE[:2], bytes(512), *WHOLE[2:]]), [0, 1, 2, 3, 4], 1),
    "a bit flipped in a body": (join([*WHOLE[:2], flipped(WHOLE[2], 40), *WHOLE[3:]]), [0, 1, 3, 4], 1),
    "a bit flipped in a checksum": (join([*WHOLE[:2], flipped(WHOLE[2], 3), *WHOLE[3:]]), [0, 1, 3, 4], 1),
    "a bit flipped in a stream's name": (join([*WHOLE[:2], flipped(WHOLE[2], 14), *WHOLE[3:]]), [0, 1, 3, 4], 1),
    "a bit flipped in the first byte": (join([flipped(WHOLE[0], 0), *WHOLE[1:]]), [1, 2, 3, 4], 1),
    "the first of all lines cut off at its head": (join(WHOLE)[9:], [1, 2, 3, 4], 1),
    "a newline became another byte": (flipped(join(WHOLE), len(join(WHOLE[:2])) - 1), [0, 1, 2, 3, 4], 0),
    "a byte became a newline": (join([*WHOLE[:2], WHOLE[2][:50] + b"\n" + WHOLE[2][51:], *WHOLE[3:]]), [0, 1, 3, 4], 2),
    "a byte of a checksum became a newline": (join([*WHOLE[:2], WHOLE[2][:4] + b"\n" + WHOLE[2][5:], *WHOLE[3:]]), [0, 1, 3, 4], 2),
    "a line torn within its stream's name, and others behind it": (join(OLD[:2]) + OLD[2][:10] + join(WHOLE[3:]), [0, 1, 3, 4], 1),
    "a line torn, and others behind it": (join([*WHOLE[:2], WHOLE[2][:30], *WHOLE[3:]]), [0, 1, 3, 4], 1),
    "no text at all": (os.urandom(64).replace(b"\n", b"x") + b"\n" + join(WHOLE), [0, 1, 2, 3, 4], 1),
    "an older form, without checksums": (join(OLD), [0, 1, 2, 3, 4], 0),
    "an older form, torn": (join(OLD)[:-9], [0, 1, 2, 3], 1),
    "an older form, a bit flipped in its braces": (join([flipped(OLD[0], 15), *OLD[1:]]), [1, 2, 3, 4], 1),
    "the older form, and the new one behind it": (join(OLD[:3] + WHOLE[3:]), [0, 1, 2, 3, 4], 0),
    "the older form torn, and the new one behind it": (join(OLD[:2]) + OLD[2][:20] + join(WHOLE[3:]), [0, 1, 3, 4], 1),
}  # fmt: skip


@pytest.mark.parametrize("when", ["before it was opened", "while it was open"])
@pytest.mark.parametrize("name", CASES)
def test_what_is_whole_follows_in_order_and_what_is_damaged_is_put_aside_once(
    tmp_path: Path, name: str, when: str, capfd: pytest.CaptureFixture[str]
) -> None:
    raw, left, damaged = CASES[name]
    file = tmp_path / "spool.log"
    if when == "before it was opened":
        file.write_bytes(raw)
        spool = Spool(tmp_path, limit_bytes=1 << 20)
    else:
        spool = Spool(tmp_path, limit_bytes=1 << 20)
        spool.append([(STREAM, body) for body in BODIES])
        file.write_bytes(raw)
    taken: list[tuple[str, bytes]] = []
    spool.drain(taken.extend)
    assert taken == [(STREAM, BODIES[n]) for n in left]
    assert spool.empty
    assert spool.damaged == damaged
    aside = tmp_path / "spool.log.damaged"
    if damaged:
        kept = aside.read_bytes()
        assert count_aside(kept.splitlines(keepends=True)) == damaged
    else:
        assert not aside.exists()
    said = capfd.readouterr().out
    assert said.count("spool_damaged") == damaged
    assert said.count("offset=") == damaged
    spool.append([(STREAM, b"{}")])
    assert spool.drain(taken.extend) == 1, "and it goes on"
    spool.close()
    again = Spool(tmp_path, limit_bytes=1 << 20)
    assert (again.empty, again.damaged) == (True, 0), "told once"


def test_every_single_bit_of_a_file_may_flip_and_no_other_line_is_lost_nor_one_changed(tmp_path: Path) -> None:
    raw = join(WHOLE[:3])
    file = tmp_path / "spool.log"
    spool = Spool(tmp_path, limit_bytes=1 << 20)
    for at in range(len(raw)):
        spool.append([(STREAM, body) for body in BODIES[:3]])
        file.write_bytes(flipped(raw, at, at % 8))
        taken: list[tuple[str, bytes]] = []
        spool.drain(taken.extend)
        hit = at // len(WHOLE[0])
        others = [(STREAM, BODIES[n]) for n in range(3) if n != hit]
        assert [one for one in taken if one != (STREAM, BODIES[hit])] == others, at


def test_damage_between_two_halves_of_a_drain_is_told_once(tmp_path: Path) -> None:
    spool = Spool(tmp_path, limit_bytes=1 << 20)
    spool.append([(STREAM, body) for body in BODIES])
    (tmp_path / "spool.log").write_bytes(join([flipped(WHOLE[0], 40), *WHOLE[1:]]))
    taken: list[tuple[str, bytes]] = []

    def send(some: list[tuple[str, bytes]]) -> None:
        if len(taken) == 2:
            raise ConnectionError("away")
        taken.extend(some)

    for _ in range(3):
        with pytest.raises(ConnectionError):
            spool.drain(send, batch=2 if taken else 3)
    spool.drain(taken.extend)
    assert [body for _, body in taken] == BODIES[1:]
    assert spool.damaged == 1


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Callable[[], Path]]:
    """A file system of 64 KB; calling it fills what is left."""
    folder = tmp_path / "small"
    folder.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)], capture_output=True, check=False)  # fmt: skip
    if done.returncode:
        pytest.skip("a small file system can't be mounted here: it needs root")

    def fill() -> Path:
        with (folder / "filler").open("wb", buffering=0) as file, contextlib.suppress(OSError):
            while True:
                file.write(bytes(4096))
        return folder

    yield fill
    subprocess.run(["umount", "-l", str(folder)], check=False)


def test_on_a_full_disk_nothing_is_kept_by_halves_and_what_was_kept_follows(
    small_disk: Callable[[], Path], tmp_path: Path
) -> None:
    spool = Spool(tmp_path / "small", limit_bytes=1 << 20)
    spool.append([(STREAM, BODIES[0])])
    folder = small_disk()
    with pytest.raises(BusUnavailable, match=r"spool\.disk"):
        spool.append([(STREAM, b'{"n":1}'), (STREAM, b'{"n":"%s"}' % (b"x" * 5000))])
    assert spool.size_bytes == len(WHOLE[0])
    (folder / "filler").unlink()
    spool.append([(STREAM, BODIES[1])])
    taken: list[tuple[str, bytes]] = []
    spool.drain(taken.extend)
    assert [body for _, body in taken] == BODIES[:2]


def test_a_damaged_spool_on_a_full_disk_is_read_all_the_same(small_disk: Callable[[], Path], tmp_path: Path) -> None:
    folder = tmp_path / "small"
    Spool(folder, limit_bytes=1 << 20).close()
    (folder / "spool.log").write_bytes(join([flipped(WHOLE[0], 40), *WHOLE[1:]]))
    small_disk()
    (folder / "spool.log.damaged").unlink(missing_ok=True)
    spool = Spool(folder, limit_bytes=1 << 20)
    taken: list[tuple[str, bytes]] = []
    spool.drain(taken.extend)
    assert [body for _, body in taken] == BODIES[1:]
    assert spool.empty
    assert [path.name for path in folder.glob("*.damaged") if path.stat().st_size] != []
    (folder / "filler").unlink()
    spool.append([(STREAM, BODIES[0])])
    assert spool.drain(taken.extend) == 1


def test_what_was_told_to_be_kept_is_there_after_a_kill(tmp_path: Path) -> None:
    """The process notes each record on its output once `append` came back, and is killed at a chosen one."""
    code = f"""
import os, sys
sys.path.insert(0, {str(Path(__file__).resolve().parents[2])!r})
from pathlib import Path
from lianqin.spool import Spool
spool = Spool(Path({str(tmp_path)!r}), limit_bytes=1 << 20)
for n in range(100):
    spool.append([("s", b'{{"n":%d}}' % n)])
    os.write(1, b"%d\\n" % n)
    if n == 60:
        os.kill(os.getpid(), 9)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    noted = [int(n) for n in done.stdout.split()]
    assert noted == list(range(61))
    taken: list[tuple[str, bytes]] = []
    Spool(tmp_path, limit_bytes=1 << 20).drain(taken.extend)
    assert [body for _, body in taken] == [b'{"n":%d}' % n for n in noted]


def test_at_the_bound_the_last_of_a_process_is_kept_all_the_same(tmp_path: Path) -> None:
    spool = Spool(tmp_path, limit_bytes=len(OLD[0]))
    spool.append([(STREAM, BODIES[0])])
    with pytest.raises(BusUnavailable, match=r"spool\.full"):
        spool.append([(STREAM, BODIES[1])])
    spool.append([(STREAM, BODIES[1])], beyond_limit=True)
    taken: list[tuple[str, bytes]] = []
    assert spool.drain(taken.extend) == 2
