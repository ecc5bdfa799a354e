"""The tracker: on people moved by hand, and on a real street against boxes that people drew."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.kit.accuracy import measure_tracker, read_truth
from bench.kit.situations import measure_situation, random_zones, read_scene
from detect.tracking import Tracker
from lianqin.records import Detection, Situation, Track

HEIGHT = 0.3


def _seen(x: float, y: float = 0.5, *, score: float = 0.8, label: str = "person", height: float = HEIGHT) -> Detection:
    return Detection(label, score, (x - height / 8, y - height / 2, x + height / 8, y + height / 2))


def _walk(
    tracker: Tracker, frames: int, *, start: int = 0, speed: float = 0.02, interval: float = 0.2
) -> tuple[Track, ...]:
    """A person walks right from x = 0.1; the last frame's tracks."""
    tracks: tuple[Track, ...] = ()
    for number in range(start, start + frames):
        tracks = tracker.update([_seen(0.1 + number * speed)], number * interval)
    return tracks


def test_a_person_is_one_track_from_his_first_box_to_his_last() -> None:
    tracker = Tracker("C01-x")
    for number in range(10):
        (track,) = tracker.update([_seen(0.1 + 0.03 * number)], number * 0.2)
        assert track.id == "C01-x-1"
        assert track.detected
        assert track.box == pytest.approx(_seen(0.1 + 0.03 * number).box)


def _counts_after(
    score: float, *, speed: float, interval: float = 0.2, miss: int = 0, label: str = "person", tremble: float = 0.01
) -> int | None:
    """Looks until a thing of that score counts, which goes `speed` of its heights a second; every `miss`th look has no box."""
    rng, tracker = random.Random(1), Tracker("c", interval)
    for number in range(200):
        x = 0.1 + speed * HEIGHT / (16 / 9) * interval * number
        box = _seen(
            x + rng.gauss(0, tremble) * HEIGHT,
            0.5 + rng.gauss(0, tremble) * HEIGHT,
            score=score + rng.gauss(0, 0.02),
            label=label,
        )
        tracks = tracker.update([] if miss and number % miss == miss - 1 else [box], number * interval)
        if any(track.counts for track in tracks):
            return number + 1
        if x > 0.95:
            return None
    return None


@pytest.mark.parametrize(("score", "speed", "least", "most"), [
    (0.85, 0.0, 2, 3), (0.85, 0.7, 2, 3),
    (0.6, 0.0, 3, 8), (0.6, 0.7, 2, 4),
    (0.5, 0.7, 3, 6),
    (0.42, 0.7, 4, 9), (0.42, 1.5, 3, 8),
    (0.36, 0.7, 5, 14),
])  # fmt: skip
def test_the_weaker_the_boxes_the_longer_it_takes_and_who_walks_convinces_sooner(
    score: float, speed: float, least: int, most: int
) -> None:
    looks = _counts_after(score, speed=speed)
    assert looks is not None
    assert least <= looks <= most


@pytest.mark.parametrize("score", [0.32, 0.38, 0.45])
@pytest.mark.parametrize("tremble", [0.005, 0.02, 0.04])
def test_a_coat_on_a_hook_never_counts(score: float, tremble: float) -> None:
    assert _counts_after(score, speed=0.0, tremble=tremble) is None


@pytest.mark.parametrize(("interval", "score", "most"), [(0.2, 0.55, 8), (0.4, 0.55, 8), (1.0, 0.55, 6), (2.0, 0.6, 5)])
def test_somebody_half_hidden_counts_at_every_rate(interval: float, score: float, most: int) -> None:
    looks = _counts_after(score, speed=0.5, interval=interval, miss=3)
    assert looks is not None
    assert looks <= most


def test_a_place_where_a_false_box_always_is_is_learned_and_forgotten_with_the_view() -> None:
    tracker = Tracker("c")
    rng = random.Random(3)
    for number in range(150):
        assert not any(t.counts for t in tracker.update([_seen(0.5, score=0.43 + rng.gauss(0, 0.03))], number * 0.2))
    assert len(tracker.places.seeming) == 1
    assert tracker.update([_seen(0.5, score=0.55)], 40.0) == ()
    assert tracker.update([_seen(0.5, score=0.8)], 40.2) != ()  # clearly somebody
    tracker.places.clear()
    assert tracker.update([_seen(0.9, score=0.55)], 80.0) != ()


def test_who_was_seen_to_come_is_never_learned_as_nothing() -> None:
    tracker = Tracker("c")
    for number in range(20):
        tracker.update([_seen(0.1 + 0.02 * number, score=0.55)], number * 0.2)
    for number in range(20, 300):
        (track,) = tracker.update([_seen(0.5, score=0.4)], number * 0.2)
        assert track.counts
    assert tracker.places.seeming == ()


@pytest.mark.parametrize("speed", [0.5, 1.5, 2.3, 3.0, 4.0])
@pytest.mark.parametrize("interval", [0.2, 0.4, 1.0])
def test_who_runs_is_one_track_at_every_rate(speed: float, interval: float) -> None:
    tracker, ids, counts = Tracker("c", interval), set(), False
    step = speed * HEIGHT / 2 / (16 / 9) * interval
    for number in range(max(3, int(0.8 / step))):
        if 0.1 + number * step > 0.95:
            break
        for track in tracker.update([_seen(0.1 + number * step, height=HEIGHT / 2)], number * interval):
            ids.add(track.id)
            counts |= track.counts
    assert len(ids) == 1
    assert counts


def test_a_passing_car_is_one_track() -> None:
    tracker, ids = Tracker("c"), set()
    for number in range(8):
        ids |= {t.id for t in tracker.update([_seen(0.05 + 0.12 * number, label="car", height=0.15)], number * 0.2)}
    assert len(ids) == 1


def test_two_who_run_across_each_other_keep_their_ids_when_looks_are_lost() -> None:
    tracker, places = Tracker("c"), dict[str, list[float]]()
    for number in range(16):
        if number in (7, 8):
            continue
        seen = [_seen(0.1 + 0.05 * number, 0.4), _seen(0.85 - 0.05 * number, 0.6)]
        for track in tracker.update(seen, number * 0.2):
            if track.detected:
                places.setdefault(track.id, []).append(track.box[0])
    assert len(places) == 2
    assert {xs == sorted(xs) for xs in places.values()} == {True, False}


@pytest.mark.parametrize("rate", [1.2, 2.0, -2.0])
def test_a_car_that_grows_or_shrinks_from_look_to_look_is_one_track(rate: float) -> None:
    """Towards the camera its picture grows and runs down ever faster; the last height is none to look for it by."""
    tracker, ids = Tracker("c"), set[str]()
    for number in range(11):
        high = 0.08 * math.exp(rate * 0.2 * number) if rate > 0 else 0.5 * math.exp(rate * 0.2 * number)
        box = _seen(0.4 + 0.25 * high, 0.3 + 0.9 * high, height=high, label="car", score=0.7)
        ids |= {track.id for track in tracker.update([box], 0.2 * number)}
    assert len(ids) == 1


@pytest.mark.parametrize("leaves", [True, False])
@pytest.mark.parametrize("edge", ["top", "bottom", "left", "right"])
@pytest.mark.parametrize(("label", "score"), [("car", 0.36), ("person", 0.47)])
def test_who_goes_through_the_edge_of_the_picture_convinces_by_the_side_that_is_still_in_it(
    edge: str, leaves: bool, label: str, score: float
) -> None:
    tracker, counted = Tracker("c"), False
    for number in range(6):
        out = 0.1 + 0.07 * (number if leaves else 5 - number)
        tracks = tracker.update([_cut(edge, out, score, label)], number * 0.2, 1.0)
        counted |= any(track.counts for track in tracks)
    assert counted


@pytest.mark.parametrize("edge", ["top", "bottom", "left", "right"])
def test_what_stands_cut_by_the_edge_of_the_picture_does_not_convince_by_trembling(edge: str) -> None:
    rng, tracker = random.Random(4), Tracker("c")
    for number in range(300):
        box = _cut(edge, 0.2 + rng.gauss(0, 0.02), 0.45, "person")
        assert not any(track.counts for track in tracker.update([box], number * 0.2, 1.0))


def _cut(edge: str, out: float, score: float, label: str) -> Detection:
    """A square of .6 in a square picture, which is so far out of it at that edge."""
    low, high = (0.0, 0.6 - out) if edge in {"top", "left"} else (0.4 + out, 1.0)
    box = (0.2, low, 0.8, high) if edge in {"top", "bottom"} else (low, 0.2, high, 0.8)
    return Detection(label, score, box)


def _looks_of_a_straying_size(seed: int, speed: float, looks: int) -> int | None:
    """Looks until somebody of .42 counts whose height strays by a tenth and who goes `speed` of his heights a second."""
    rng, tracker = random.Random(seed), Tracker("c")
    for number in range(looks):
        x = 0.1 + speed * HEIGHT / (16 / 9) * 0.2 * number
        box = _seen(x, score=0.42, height=HEIGHT * math.exp(rng.gauss(0, 0.1)))
        if any(track.counts for track in tracker.update([box], number * 0.2)):
            return number + 1
    return None


@pytest.mark.parametrize("seed", range(8))
def test_the_size_of_a_weak_box_strays_and_who_walks_slowly_counts_all_the_same(seed: int) -> None:
    assert _looks_of_a_straying_size(seed, 0.35, 16) is not None


@pytest.mark.parametrize("seed", range(4))
def test_what_never_moves_does_not_count_by_a_size_that_strays(seed: int) -> None:
    assert _looks_of_a_straying_size(seed, 0.0, 400) is None


def test_who_came_and_was_badly_seen_for_long_counts_once_he_is_well_seen() -> None:
    tracker = Tracker("c")
    scores = [0.31] * 80 + [0.7] * 4
    for number, score in enumerate(scores):
        tracks = tracker.update([_seen(0.1 + 0.02 * min(number, 4), score=score)], number * 0.2)
    assert [(track.id, track.counts) for track in tracks] == [("c-1", True)]


@pytest.mark.parametrize("shown", [0.3, 0.45, 0.6])
def test_who_is_hidden_from_below_by_somebody_nearer_stands_where_he_stood(shown: float) -> None:
    tracker = Tracker("c")
    for number in range(20):
        x = 0.3 + 0.004 * number
        nearer = _seen(0.15 + 0.02 * number, 0.63, height=0.4)
        covers = abs((nearer.box[0] + nearer.box[2]) / 2 - x) < 0.04
        whole = _seen(x, 0.5)
        seen = msgspec.structs.replace(whole, box=(*whole.box[:3], whole.box[1] + shown * HEIGHT)) if covers else whole
        tracks = {track.id: track for track in tracker.update([seen, nearer], 0.2 * number)}
        assert tracks["c-1"].box[3] == pytest.approx(0.65, abs=0.03), number
    assert sorted(tracks) == ["c-1", "c-2"]


def test_who_sits_down_with_nobody_before_him_is_as_small_as_his_box() -> None:
    tracker = Tracker("c")
    for number in range(10):
        (track,) = tracker.update(
            [_seen(0.3, 0.5 if number < 5 else 0.44, height=HEIGHT if number < 5 else 0.2)], 0.2 * number
        )
    assert track.height == pytest.approx(0.2, abs=0.01)


def test_a_young_track_takes_the_good_box_rather_than_a_weak_one_as_near() -> None:
    tracker = Tracker("c")
    for number in range(2):
        tracker.update([_seen(0.3 + 0.01 * number, score=0.5)], 0.2 * number)
    tracks = tracker.update([_seen(0.312, score=0.33), _seen(0.33, score=0.7)], 0.4)
    assert next(track.score for track in tracks if track.id == "c-1") == 0.7


@pytest.mark.parametrize(
    "labels",
    [("car", "truck"), ("car", "truck", "bus"), ("truck", "car"), ("bicycle", "motorcycle"), ("motorcycle", "bicycle")],
)
def test_one_vehicle_of_several_names_is_one_track_with_the_name_that_most_boxes_say(labels: tuple[str, ...]) -> None:
    tracker = Tracker("c")
    ids, said = set(), ""
    for number in range(12):
        x = 0.1 + 0.03 * number
        both = [_seen(x, score=0.4, label=labels[number % len(labels)]), _seen(x + 0.004, score=0.45, label=labels[0])]
        (track,) = tracker.update(both, number * 0.2)
        ids.add(track.id)
        said = track.label
    assert len(ids) == 1
    assert track.counts
    assert said == labels[0]


def test_a_lost_track_coasts_on_for_two_seconds_and_is_then_dropped() -> None:
    tracker = Tracker("c")
    _walk(tracker, 10)
    coasting = {number: tracker.update([], number * 0.2) for number in range(10, 22)}
    assert all(len(coasting[number]) == 1 for number in range(10, 20))
    assert coasting[20] == coasting[21] == ()
    assert not any(track.detected for tracks in coasting.values() for track in tracks)
    middle = [(tracks[0].box[0] + tracks[0].box[2]) / 2 for tracks in coasting.values() if tracks]
    assert middle == sorted(middle)  # it goes on the way it went


def test_who_comes_out_from_behind_a_pillar_is_the_same() -> None:
    tracker = Tracker("c")
    (before,) = _walk(tracker, 10)
    for number in range(10, 16):
        tracker.update([], number * 0.2)
    (after,) = _walk(tracker, 3, start=16)
    assert after.id == before.id


@pytest.mark.parametrize(("hidden", "same"), [(0, False), (8, True)])
def test_the_longer_someone_is_hidden_the_farther_from_his_way_he_is_looked_for(hidden: int, same: bool) -> None:
    tracker = Tracker("c")
    (before,) = _walk(tracker, 10, speed=0.0)
    for number in range(10, 10 + hidden):
        tracker.update([], number * 0.2)
    aside = _seen(0.1 + 0.7 * HEIGHT / (16 / 9))
    (after,) = [t for t in tracker.update([aside], (10 + hidden) * 0.2) if t.detected]
    assert (after.id == before.id) is same


def test_two_who_pass_each_other_keep_their_ids() -> None:
    tracker = Tracker("c")
    for number in range(30):
        x = 0.1 + 0.025 * number
        tracks = tracker.update([_seen(x, 0.45), _seen(0.9 - 0.025 * number, 0.6)], number * 0.2, 1.0)
        places = {track.id: (track.box[0] + track.box[2]) / 2 for track in tracks}
        if number == 2:
            right, left = sorted(places, key=lambda key: places[key])
    assert places[right] > 0.8
    assert places[left] < 0.2
    assert len(places) == 2


@pytest.mark.parametrize(
    ("score", "hidden", "detected"),
    [(0.65, 0.0, True), (0.45, 0.0, True), (0.35, 0.0, True), (0.65, 1.0, True), (0.45, 1.0, False)],
)
def test_a_weak_box_keeps_who_was_seen_a_moment_ago_and_nobody_who_was_long_hidden(
    score: float, hidden: float, detected: bool
) -> None:
    old = Tracker("c")
    _walk(old, 5, speed=0.0)
    seen = old.update([_seen(0.1, score=score)], 1.0 + hidden)
    assert next(t for t in seen if t.counts).detected is detected


def test_a_very_weak_box_between_two_who_were_seen_well_is_nobodys() -> None:
    tracker = Tracker("c")
    for number in range(5):
        tracker.update([_seen(0.4), _seen(0.46)], number * 0.2)
    assert not any(t.detected for t in tracker.update([_seen(0.43, score=0.35)], 1.0) if t.counts)


def test_who_is_always_seen_badly_is_kept_by_bad_boxes() -> None:
    tracker = Tracker("c")
    for number in range(30):
        tracks = tracker.update([_seen(0.1 + 0.02 * number, score=0.36)], number * 0.2)
    assert [(t.counts, t.detected) for t in tracks] == [(True, True)]


def test_a_second_box_on_a_person_begins_no_track() -> None:
    tracker = Tracker("c")
    for number in range(5):
        tracks = tracker.update([_seen(0.5), _seen(0.505, score=0.7)], number * 0.2)
    assert len(tracks) == 1


def test_labels_never_mix() -> None:
    tracker = Tracker("c")
    for number in range(5):
        tracks = tracker.update([_seen(0.5), _seen(0.5, label="bicycle")], number * 0.2)
    assert sorted(track.label for track in tracks) == ["bicycle", "person"]
    assert len({track.id for track in tracks}) == 2
    assert [t.label for t in tracker.update([_seen(0.5, label="car")], 1.0) if t.detected] == ["car"]


def test_a_repeated_or_late_frame_changes_nothing() -> None:
    tracker = Tracker("c")
    (before,) = _walk(tracker, 5)
    assert tracker.update([_seen(0.9)], 0.8) == ()
    assert tracker.update([_seen(0.9)], 0.3) == ()
    (after,) = _walk(tracker, 1, start=5)
    assert after.id == before.id


@pytest.mark.parametrize("at", [-100.0, 100.0])
def test_after_a_jump_of_the_clock_it_begins_anew_and_no_id_comes_twice(at: float) -> None:
    tracker = Tracker("c")
    (before,) = _walk(tracker, 5)
    (after,) = tracker.update([_seen(0.2)], at)
    assert after.id != before.id
    tracker.reset()
    (again,) = tracker.update([_seen(0.2)], at + 0.2)
    assert again.id not in {before.id, after.id}


@pytest.mark.parametrize("aspect", [0.5, 1.0, 4 / 3, 16 / 9, 3.0])
def test_the_pictures_shape_does_not_change_who_is_matched(aspect: float) -> None:
    """Steps of a third of the height a frame are followed, steps of a whole height are not - sideways as downwards."""
    for step, same in ((HEIGHT / 3, True), (HEIGHT * 1.4, False)):
        for sideways in (True, False):
            tracker = Tracker("c")
            first = tracker.update([_seen(0.2, 0.3)], 0.0, aspect)[0].id
            x, y = (0.2 + step / aspect, 0.3) if sideways else (0.2, 0.3 + step)
            (now,) = [t for t in tracker.update([_seen(x, y)], 0.2, aspect) if t.detected]
            assert (now.id == first) is same


def test_boxes_without_area_are_passed_over() -> None:
    assert Tracker("c").update([Detection("person", 0.9, (0.5, 0.5, 0.5, 0.8))], 0.0) == ()


boxes = st.tuples(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
people = st.lists(st.builds(Detection, st.sampled_from(["person", "car"]), st.floats(0.3, 1), boxes), max_size=8)


@settings(max_examples=50, deadline=None)
@given(st.lists(people, max_size=12), st.sampled_from([0.04, 0.2, 1.0, 5.0]))
def test_whatever_is_detected_ids_are_unique_on_a_frame_and_boxes_are_numbers(
    frames: list[list[Detection]], interval: float
) -> None:
    tracker = Tracker("c", interval)
    for number, detections in enumerate(frames):
        tracks = tracker.update(detections, number * interval)
        assert len({track.id for track in tracks}) == len(tracks)
        assert sum(track.detected for track in tracks) <= len(detections)
        assert all(math.isfinite(value) for track in tracks for value in track.box)


def test_the_order_of_detections_does_not_matter() -> None:
    rng = random.Random(7)
    scene = [[_seen(0.1 + 0.02 * n, 0.3), _seen(0.8 - 0.02 * n, 0.6), _seen(0.5, 0.9, score=0.62)] for n in range(20)]

    def places(shuffle: bool) -> list[set[tuple[float, ...]]]:
        tracker, out = Tracker("c"), []
        for number, detections in enumerate(scene):
            mine = rng.sample(detections, len(detections)) if shuffle else detections
            out.append({(*track.box, track.counts) for track in tracker.update(mine, number * 0.2)})
        return out

    assert places(shuffle=True) == places(shuffle=False)


def test_people_of_a_real_street_are_followed(
    street_people: dict[int, list[Detection]], find_clip: Callable[[str], Path]
) -> None:
    """PETS2009 S2.L1 at 3.5 detections a second. The truth leaves out a man far behind the fence, who is followed now."""
    truth = read_truth(find_clip("PETS09-S2L1_gt_mot.txt"))
    near = {number: [one for one in people if one.box[3] > 0.26] for number, people in street_people.items()}
    assert min(one.box[3] for people in truth.values() for one in people) / 576 > 0.26
    tracker = Tracker("street", 2 / 7)
    quality = measure_tracker(tracker, near, truth, frame_seconds=1 / 7, size=(768, 576))
    assert quality.mota > 0.78
    assert quality.idf1 > 0.82
    assert quality.switches <= 10


@pytest.mark.parametrize(
    ("situation", "recall", "precision"), [("intrusion", 0.88, 0.86), ("line_crossing", 0.85, 0.83)]
)
def test_rules_see_in_the_tracks_what_they_see_in_the_truth(
    street_people: dict[int, list[Detection]],
    find_clip: Callable[[str], Path],
    situation: Situation,
    recall: float,
    precision: float,
) -> None:
    """40 random zones or lines. Measured on the whole clip at 7 a second: .95 / .94 and .95 / .90."""
    truth = read_truth(find_clip("PETS09-S2L1_gt_mot.txt"))
    scene = read_scene(street_people, truth, frame_seconds=1 / 7, interval=2 / 7, size=(768, 576))
    agreement = measure_situation(scene, random_zones(situation, 40))
    assert agreement.true > 50
    assert agreement.recall > recall
    assert agreement.precision > precision
