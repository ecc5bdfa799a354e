"""What `bench quality` counts: bounds, labels, who is whose, crossings, and cases through the real pipeline."""

from __future__ import annotations

import hashlib
import subprocess
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import msgspec
import numpy as np
import pytest

from bench.quality import footage, looks
from bench.quality.cases import area, cases
from bench.quality.footage import clips, copy_from
from bench.quality.judge import judge
from bench.quality.labels import FOLDER, Appearance, LabelledLine, Labels, Stretch, crossings, crowds
from bench.quality.looks import ClipLooks, PictureLook
from bench.quality.made import play
from bench.quality.matching import may_be, pairs
from bench.quality.measure import ClipSeen
from bench.quality.quiet import Quiet, Still, beside, counted, hours, look, plain
from bench.quality.table import at_most, bounds, quiet_lines
from detect.detector import Detector
from lianqin.records import Detection, Frame


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"),
    [(0, 10, 0.0, 0.3085), (10, 10, 0.6915, 1.0), (9, 10, 0.5550, 0.9975), (81, 100, 0.7193, 0.8816)],
)
def test_bounds_are_those_of_clopper_and_pearson(hits: int, of: int, low: float, high: float) -> None:
    assert bounds(hits, of) == pytest.approx((low, high), abs=5e-4)


def test_no_alarm_in_one_hour_states_at_most_three_an_hour() -> None:
    assert at_most(0, 1.0) == pytest.approx(2.996, abs=1e-3)
    assert at_most(0, 10.0) == pytest.approx(0.2996, abs=1e-4)


def test_however_long_a_camera_is_played_it_counts_as_an_hour() -> None:
    def played(camera: str, seconds: float) -> Quiet:
        return Quiet(camera, "c", "held", "drift", "person", seconds, (), ())

    those = [played("a", 7200), played("b", 900), played("b", 900)]
    assert hours(those) == pytest.approx(1.5)
    assert counted(those) == 2, "by the rule of the goal a looped clip is an hour, and a camera is one once"


def test_the_hours_of_the_rule_are_told_beside_those_that_were_played() -> None:
    still = [Quiet(f"c{n}", f"c{n}", "held", "drift", "person", 36.0, (3.4,) if n == 7 else (), ()) for n in range(80)]
    told = list(quiet_lines(still))
    [line] = [text for text in told if text.startswith("held: no person")]
    played, alerts, rule, in_24 = (line.split()[n] for n in (4, 5, 8, 9))
    assert (played, alerts, rule, in_24) == ("0.80", "1", "80", "0.30")
    assert "  alert: c7, drift, no person, at 3.4 s" in told


def test_a_longer_made_run_goes_on_where_a_shorter_one_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Counting:
        def __init__(self) -> None:
            self.card = SimpleNamespace(sha256="0" * 64, variant="int8")
            self.seen = list[int]()

        def detect(self, frames: list[Frame]) -> list[tuple[Detection, ...]]:
            self.seen.append(int(frames[0].bgr.sum()))
            return [()]

    pictures = [(n / 5, np.full((18, 32, 3), 40 * n, np.uint8)) for n in range(4)]
    monkeypatch.setattr(looks, "CACHE", tmp_path)
    monkeypatch.setattr(looks, "pictures", lambda *_: iter(pictures))
    monkeypatch.setattr(footage, "locate", lambda _: tmp_path)
    one, counting = Still(clips()[0], Labels(empty=("person",)), 16 / 9), Counting()
    detector = cast(Detector, counting)
    short = look(one, detector, "rain", 2.0)
    longer = look(one, detector, "rain", 4.0)
    pieces = list(counting.seen)
    assert (len(short), len(longer), len(pieces)) == (10, 20, 20), "the first ten are not seen again"
    assert longer[:10] == short
    assert look(one, detector, "rain", 2.0) == short
    whole = [
        int(shown.sum()) for _, shown in play([p for _, p in pictures], 4.0, 5.0, "rain", int(one.clip.sha256[:8], 16))
    ]
    assert pieces == whole, "in two pieces the same pictures as in one"


def walker(*keys: tuple[float, float]) -> Appearance:
    """Feet at half height, from left to right: (seconds, middle of the box)."""
    return Appearance("person", tuple((at, x - 0.03, 0.3, x + 0.03, 0.5) for at, x in keys))


def test_between_keys_it_moves_evenly_and_outside_of_them_it_is_not_there() -> None:
    who = walker((1.0, 0.2), (3.0, 0.4))
    assert who.box(2.0) == pytest.approx((0.27, 0.3, 0.33, 0.5))
    assert who.box(0.9) is None
    assert who.box(3.1) is None


def test_who_passes_a_line_crosses_it_once_and_who_turns_back_at_once_is_one_happening() -> None:
    line = LabelledLine("person", ((0.5, 0.1), (0.5, 0.9)))
    there = Labels(appearance=(walker((0, 0.3), (4, 0.7)),), line=(line,))
    [one] = crossings(there, 16 / 9)
    assert one.at == pytest.approx(2.0, abs=0.3)
    assert not one.to_right, "downwards along the line, who comes from the picture's left is on its right"
    back = Labels(appearance=(walker((0, 0.3), (4, 0.7), (6, 0.3)),), line=(line,))
    assert len(list(crossings(back, 16 / 9))) == 1
    later = Labels(appearance=(walker((0, 0.3), (4, 0.7), (14, 0.7), (18, 0.3)),), line=(line,))
    assert [c.to_right for c in crossings(later, 16 / 9)] == [False, True]


def test_a_crowd_is_where_five_are_to_be_seen_at_once() -> None:
    people = tuple(walker((n, 0.1 * n + 0.1), (20, 0.1 * n + 0.1)) for n in range(6))
    [stretch] = crowds(Labels(complete=("person",), appearance=people))
    assert stretch == Stretch(4, 20)
    assert crowds(Labels(appearance=people)) == (), "not everybody is labelled, so nothing can be counted"


def test_two_who_walk_close_keep_their_own_boxes() -> None:
    labelled = [(0.10, 0.3, 0.16, 0.5), (0.18, 0.3, 0.24, 0.5)]
    found = [(0.19, 0.31, 0.25, 0.52), (0.11, 0.29, 0.17, 0.49), (0.7, 0.3, 0.76, 0.5)]
    assert pairs(labelled, found) == {0: 1, 1: 0}
    assert may_be(labelled[0], found) == [1], "neither the neighbour's nor one far away"


def looks_of(*people: Appearance, seconds: float, score: float = 0.8) -> list[PictureLook]:
    times = [n / 5 for n in range(round(seconds * 5))]
    return [
        PictureLook(at, tuple(Detection("person", score, box) for who in people if (box := who.box(at))))
        for at in times
    ]


def test_a_person_who_is_seen_is_raised_and_one_who_is_not_is_missed() -> None:
    seen, unseen = walker((2, 0.2), (8, 0.8)), walker((2, 0.8), (8, 0.2))
    labels = Labels(appearance=(seen, unseen))
    those = looks_of(seen, seconds=10)
    first, second = (judge(case, labels, those, 16 / 9, 5.0) for case in cases(labels, 16 / 9))
    assert first.raised_after is not None
    assert first.raised_after < 1.5
    assert first.plain
    assert first.best == pytest.approx(0.8)
    assert second.raised_after is None, "an alert of another is not his"
    assert not second.plain


def test_who_stays_and_who_crosses_are_cases_of_their_own() -> None:
    who = walker((0, 0.3), (3, 0.7), (16, 0.7))
    labels = Labels(appearance=(who,), line=(LabelledLine("person", ((0.5, 0.1), (0.5, 0.9))),))
    those = looks_of(who, seconds=16)
    got = {case.situation: judge(case, labels, those, 16 / 9, 5.0) for case in cases(labels, 16 / 9)}
    assert set(got) == {"person", "loitering", "crossing", "crossing either way"}
    assert {name: verdict.raised_after is not None for name, verdict in got.items()} == dict.fromkeys(got, True)


def test_the_plain_rule_rests_a_minute() -> None:
    those = [PictureLook(n / 5, (Detection("person", 0.6, (0.1, 0.1, 0.2, 0.4)),)) for n in range(5 * 130)]
    assert plain(area("intrusion", "person").labels, those) == (0.0, 60.0, 120.0)
    assert plain(area("intrusion", "vehicle").labels, those) == ()


def test_an_alert_of_what_nobody_labelled_is_a_stray() -> None:
    who = walker((2, 0.2), (8, 0.8))
    cone = Appearance("person", ((0.0, 0.8, 0.7, 0.86, 0.9), (10.0, 0.8, 0.7, 0.86, 0.9)))
    labels = Labels(complete=("person",), appearance=(who,))
    [found] = beside(
        [ClipSeen(clips()[0], labels, ClipLooks((640, 360), (640, 360), 10.0, tuple(looks_of(who, cone, seconds=10))))]
    )
    assert (found.causes, len(found.strays)) == (2, 1)


def test_every_recipe_has_labels_that_can_be_read_and_keys_in_order() -> None:
    for clip in clips():
        labels = msgspec.toml.decode((FOLDER / f"{clip.id}.toml").read_bytes(), type=Labels)
        for who in labels.appearance:
            assert all(before[0] < after[0] for before, after in pairwise(who.keys)), clip.id
            assert all(0 <= a < c <= 1 and 0 <= b < d <= 1 for _, a, b, c, d in who.keys), clip.id
        assert labels.mot or labels.appearance or labels.empty or labels.crowd, clip.id
    assert len({clip.id for clip in clips()}) == len(clips())
    chosen = {clip.camera for clip in clips() if clip.split == "chosen"}
    assert not chosen & {clip.camera for clip in clips() if clip.split == "held"}, "a camera is held out as a whole"


def test_footage_is_copied_out_of_a_repository_by_its_digest_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def git(*words: str) -> str:
        done = subprocess.run(["git", "-C", str(tmp_path / "r"), *words], capture_output=True, check=True, text=True)
        return done.stdout.strip()

    (tmp_path / "r").mkdir()
    git("init", "-q")
    (tmp_path / "r" / "a.mp4").write_bytes(b"pictures")
    git("add", ".")
    git("-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "a")
    monkeypatch.setattr(footage, "FOLDER", tmp_path / "cache")
    right = msgspec.structs.replace(
        clips()[-1], id="right", file="own-right.mp4", sha256=hashlib.sha256(b"pictures").hexdigest(), repository="a/b",
        commit=git("rev-parse", "HEAD"), path="a.mp4",
    )  # fmt: skip
    wrong = msgspec.structs.replace(right, id="wrong", file="own-wrong.mp4", sha256="0" * 64)
    assert copy_from([tmp_path / "r" / ".git"], (right, wrong)) == (["right"], ["wrong"])
    assert (tmp_path / "cache" / "own-right.mp4").read_bytes() == b"pictures"
    assert not (tmp_path / "cache" / "own-wrong.mp4").exists()
