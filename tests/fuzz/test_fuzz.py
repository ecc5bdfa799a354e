"""Every parser of foreign bytes: what was found once stays mended, and a minute of mutations that are the same in each run."""

from __future__ import annotations

import json
import subprocess
import sys
from itertools import islice
from pathlib import Path

import pytest

from tests.fuzz.mutate import inputs
from tests.fuzz.steps import BeyondSteps, bounded, grown
from tests.fuzz.target import FINDINGS, ROOM, Target, kept, load, names
from tests.fuzz.watch import Watch

NAMES = names()
CASES = [(name, file.name) for name in NAMES for file in kept(name)]


@pytest.mark.parametrize(("name", "case"), CASES)
def test_what_was_found_once_stays_mended(name: str, case: str) -> None:
    bounded(load(name), (FINDINGS / name / case).read_bytes())


def test_every_kept_finding_is_one_of_a_target() -> None:
    assert {folder.name for folder in FINDINGS.iterdir()} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_seeds_are_read_and_cost_no_more_than_their_bounds(name: str) -> None:
    target = load(name)
    read = [target.run(data) for data in target.seeds]  # each of them
    assert any(read), "no seed is read: the parser's inside is never reached"
    for data in target.seeds:
        bounded(target, data)


@pytest.mark.parametrize("name", NAMES)
def test_long_inputs_cost_no_more_for_each_byte_than_short_ones(name: str) -> None:
    target = load(name)
    for data in grown(target):
        bounded(target, data)


@pytest.mark.parametrize("name", NAMES)
def test_mutations_give_what_the_parser_declares_and_nothing_else(name: str, tmp_path: Path) -> None:
    target = load(name)
    watch = Watch(target, tmp_path)
    for data in islice(inputs(target, 1), target.runs):
        watch(data)
    assert watch.read, "no mutation is read: they break everything"
    assert not watch.found, "\n".join(f"{watch.found[place]}: {text}" for place, text in watch.texts.items())


# --- the fuzzer itself ---


def planted(data: bytes) -> bool:
    if b"\x7e\x7e" in data:
        raise KeyError("planted")
    return bool(data)


def test_what_fails_is_kept_as_a_file_the_smallest_for_its_place(tmp_path: Path) -> None:
    target = Target(planted, (b"a~b" * 20,), (b"~",))
    watch = Watch(target, tmp_path / "found", tmp_path / "told.json")
    for data in islice(inputs(target, 1), 500):
        watch(data)
    watch.tell()
    (file,) = (tmp_path / "found").iterdir()
    assert file.name.startswith("keyerror-")
    assert b"~~" in file.read_bytes()
    assert [Path(one) for one in json.loads((tmp_path / "told.json").read_text())["found"].values()] == [file]
    size = file.stat().st_size
    watch(b"~~")
    (smaller,) = (tmp_path / "found").iterdir()
    assert (smaller.stat().st_size, size > 2) == (2, True)


def test_mutations_are_the_same_for_the_same_seed() -> None:
    target = load("descriptions")
    assert list(islice(inputs(target, 3), 50)) == list(islice(inputs(target, 3), 50))
    assert list(islice(inputs(target, 3), 50)) != list(islice(inputs(target, 4), 50))


def test_work_beyond_the_bound_is_told_without_a_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    ours = load("descriptions")
    monkeypatch.setattr("tests.fuzz.steps.PACKAGES", ("tests",))
    monkeypatch.setattr("tests.fuzz.steps._is_ours", lambda file: file == __file__)

    def slow(data: bytes) -> bool:
        total = 0
        for _ in data:
            for n in range(len(data)):
                total += n
        return bool(total)

    bounded(Target(slow, (b"",), steps=(100, 50)), b"x" * 20)
    with pytest.raises(BeyondSteps):
        bounded(Target(slow, (b"",), steps=(100, 50)), b"x" * 200)
    with pytest.raises(AssertionError, match="bytes held"):
        bounded(Target(lambda data: bool(bytearray(5_000_000)), (b"",)), ours.seeds[0])


def test_the_long_run_prints_its_table_and_ends_with_nothing_found(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "tests.fuzz", "--minutes", "0.05", "--jobs", "1", "--findings", tmp_path / "found", "--work", tmp_path / "work", "descriptions"],
        cwd=ROOM.parents[1], check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stdout + ended.stderr
    head, row = ended.stdout.splitlines()
    assert head.split() == ["target", "seconds", "runs", "read", "edges", "corpus", "findings"]
    assert row.split()[0] == "descriptions"
    assert int(row.split()[2].replace(",", "")) > 0
    assert row.split()[-1] == "0"
