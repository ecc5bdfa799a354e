"""The spool: in order, nothing lost, and a large one costs nothing while Redis stays away."""

from __future__ import annotations

from pathlib import Path

import pytest

from lianqin.errors import BusUnavailable
from lianqin.spool import Spool


def test_a_drain_that_breaks_off_goes_on_where_it_was(tmp_path: Path) -> None:
    spool = Spool(tmp_path, limit_bytes=1_000_000)
    sent = [("s", b'{"n": %d}' % n) for n in range(25)]
    spool.append(sent)
    taken: list[tuple[str, bytes]] = []

    def send(some: list[tuple[str, bytes]]) -> None:
        if len(taken) == 20:
            raise ConnectionError("away")
        taken.extend(some)

    with pytest.raises(ConnectionError):
        spool.drain(send, batch=10)
    assert (len(taken), spool.empty) == (20, False)
    spool.append([("s", b"last")])
    assert spool.drain(taken.extend, batch=10) == 6
    assert taken == [*sent, ("s", b"last")]
    assert spool.empty


def test_what_was_handed_over_before_a_crash_may_come_twice_and_nothing_is_lost(tmp_path: Path) -> None:
    first = Spool(tmp_path, limit_bytes=1_000_000)
    first.append([("a b", b"1"), ("a", b"2 3")])
    first.close()
    with (tmp_path / "spool.log").open("ab") as file:
        file.write(b"a half a li")
    again, taken = Spool(tmp_path, limit_bytes=1_000_000), []
    assert again.drain(taken.extend) == 2
    assert [body for _, body in taken] == [b"b 1", b"2 3"]


def test_a_drain_hands_over_a_megabyte_at_most(tmp_path: Path) -> None:
    spool = Spool(tmp_path, limit_bytes=10_000_000)
    spool.append([("s", b"x" * 400_000)] * 7)
    sizes: list[int] = []
    spool.drain(lambda some: sizes.append(len(some)))
    assert sizes == [3, 3, 1]


def test_a_full_spool_says_so(tmp_path: Path) -> None:
    spool = Spool(tmp_path, limit_bytes=10)
    with pytest.raises(BusUnavailable, match=r"spool\.full"):
        spool.append([("s", b"0123456789")])
    assert spool.empty
