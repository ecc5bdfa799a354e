"""The tables of the demo agree with each other, with the house's rules, and with what the clips show."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import av
import pytest

from demo import clips as clip_files
from demo.cameras import CAMERAS, DemoCamera
from demo.county import AREAS, DIVISION, GUARDS, STREETS, UNITS, streets_geojson
from demo.scenes import SCENES, Scene
from detect.cards import load_card
from detect.detector import open_detector
from detect.pipeline import CameraPipeline, Raised
from lianqin import settings
from lianqin.geo import outside_m
from lianqin.records import Camera, Detection, Frame, Track
from lianqin.testing import T0
from lianqin.zone_check import check_zone


@pytest.mark.parametrize("camera", CAMERAS, ids=lambda camera: camera.id)
def test_every_camera_stands_in_its_area_with_a_code_of_the_county_and_zones_that_hold(camera: DemoCamera) -> None:
    assert len(camera.code) == 20
    assert camera.code.startswith(DIVISION)
    assert camera.code[10:13] == "132"
    polygon = [tuple(point) for area in AREAS if area["id"] == camera.area_id for point in area["polygon"]]
    assert outside_m(polygon, (camera.lon, camera.lat)) < 0
    for zone in camera.zones:
        check_zone(zone)
        assert zone.id.startswith(camera.id)
    assert len(camera.zone_names_en) == len(camera.zones)


def test_cameras_and_scenes_are_the_same_ones_and_no_code_stands_twice() -> None:
    assert [camera.id for camera in CAMERAS] == [scene.camera_id for scene in SCENES]
    assert len({camera.code for camera in CAMERAS}) == len(CAMERAS)
    assert {scene.codec for scene in SCENES} == {"h264", "hevc"}
    assert {camera.transport for camera in CAMERAS} == {"tcp", "udp"}
    assert any(camera.user for camera in CAMERAS)
    assert {zone.situation for camera in CAMERAS for zone in camera.zones} == {
        "intrusion", "line_crossing", "loitering", "density",
    }  # fmt: skip


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.camera_id)
def test_no_scene_is_stretched(scene: Scene) -> None:
    assert scene.crop[2] / scene.crop[3] == pytest.approx(16 / 9, abs=0.005)


def test_checkpoints_lie_in_their_areas_and_guards_belong_to_units_and_areas() -> None:
    for area in AREAS:
        assert 3 <= len(area["checkpoints"]) <= 5
        for checkpoint in area["checkpoints"]:
            assert outside_m([tuple(p) for p in area["polygon"]], (checkpoint["lon"], checkpoint["lat"])) < -5
    assert len(GUARDS) == 41
    units = {unit["id"]: unit for unit in UNITS}
    assert sorted(unit["kind"] for unit in UNITS) == ["property", "security_company", "security_company", "self_hired"]
    assert {guard["unit_id"] for guard in GUARDS} == set(units)
    assert {guard["default_area_id"] for guard in GUARDS} <= {area["id"] for area in AREAS}


def test_the_streets_are_geojson_in_both_languages() -> None:
    drawn = streets_geojson()
    assert drawn["type"] == "FeatureCollection"
    assert len(drawn["features"]) == len(STREETS)
    for feature in drawn["features"]:
        assert feature["properties"]["name"]
        assert feature["properties"]["name_en"].isascii()


Looks = Callable[[str, float], list[Sequence[Detection]]]


@pytest.fixture(scope="module")
def looks(clips: Path) -> Looks:
    """What the shipped detector sees on a camera's sub-stream, five pictures a second, for so many seconds of the loop at most."""
    detector = open_detector(load_card(settings.load().models_dir / "nanodet-g"))

    def looked(camera_id: str, seconds: float) -> list[Sequence[Detection]]:
        found: list[Sequence[Detection]] = []
        with av.open(str(clip_files.clip_path(camera_id, "sub"))) as container:
            for n, frame in enumerate(container.decode(video=0)):
                if n >= seconds * 25:
                    break
                if n % 5 == 0:
                    found += detector.detect([Frame(camera_id, T0 + n / 25, frame.to_ndarray(format="bgr24"))])
        return found

    return looked


def pipeline_of(camera_id: str) -> CameraPipeline:
    """The real rules on that camera's zones."""
    [camera] = [camera for camera in CAMERAS if camera.id == camera_id]
    record = Camera(id=camera.id, code=camera.code, name=camera.name, url="rtsp://x/y", zones=camera.zones)
    return CameraPipeline(record, model="m", rule_version="1", loiter_seconds=20)


@pytest.fixture(scope="module")
def watch(looks: Looks) -> Callable[..., list[tuple[float, str]]]:
    """When which zone of a camera fires; the pictures are taken from `since` on, in the night if not told otherwise."""

    def watched(camera_id: str, seconds: float, since: float = T0) -> list[tuple[float, str]]:
        pipeline = pipeline_of(camera_id)
        return [
            (n / 5, fired.zone.id)
            for n, seen in enumerate(looks(camera_id, seconds))
            for fired in pipeline.process(since + n / 5, seen, (640, 360))
        ]

    return watched


@pytest.fixture(scope="module")
def by_the_road(looks: Looks) -> list[Sequence[Detection]]:
    """One loop of C08, where cars are parked and a woman runs."""
    return looks("C08", 95)


@pytest.mark.parametrize(("camera_id", "zone_id", "within"), [
    ("C01", "C01-gate", 10), ("C02", "C02-crowd", 15), ("C03", "C03-stay", 25),
    ("C04", "C04-night", 10), ("C05", "C05-door", 30), ("C07", "C07-cars", 20),
    ("C08", "C08-parked", 25), ("C08", "C08-road", 33), ("C08", "C08-line", 33), ("C09", "C09-yard", 30),
])  # fmt: skip
def test_the_zone_is_where_something_happens(watch: Any, camera_id: str, zone_id: str, within: float) -> None:
    assert zone_id in {zone for _, zone in watch(camera_id, within)}


def test_where_nobody_may_go_by_night_nothing_fires_by_day(watch: Any) -> None:
    assert watch("C04", 10) != []
    assert watch("C04", 10, since=T0 + 15 * 3600) == []


def test_ten_rows_hold_all_that_the_street_means_to_show() -> None:
    assert sum(len(camera.zones) for camera in CAMERAS if camera.id != "C06") <= 10, "C06 is for what may not fire"


def test_leaves_and_a_hand_over_the_lens_are_nobody(watch: Any) -> None:
    assert watch("C06", 45) == []


def test_cars_that_are_parked_are_one_alert_in_ten_minutes_though_a_man_stands_before_one(
    by_the_road: list[Sequence[Detection]],
) -> None:
    hidden = [
        seen
        for seen in by_the_road
        if not any(one.label == "car" and one.score >= 0.6 and one.box[2] > 0.95 for one in seen)
    ]
    assert len(hidden) >= 5, "the nearer car is half hidden while its boot is opened"
    pipeline = pipeline_of("C08")
    raised: list[Raised] = []
    for n in range(600 * 5):
        raised += pipeline.process(T0 + n / 5, by_the_road[n % len(by_the_road)], (640, 360))
    assert [one.zone.id for one in raised].count("C08-parked") == 1


def test_a_runner_is_one_track_and_raises_the_alert_while_she_is_in_view(
    by_the_road: list[Sequence[Detection]],
) -> None:
    pipeline = pipeline_of("C08")
    paths: dict[str, list[tuple[int, Track]]] = {}
    raised: list[tuple[int, Raised]] = []
    for n, seen in enumerate(by_the_road):
        raised += [(n, one) for one in pipeline.process(T0 + n / 5, seen, (640, 360))]
        for track in pipeline.tracks:
            if track.detected:
                paths.setdefault(track.id, []).append((n, track))
    [(at, road)] = [(n, one) for n, one in raised if one.zone.id == "C08-road"]
    [(_, line)] = [(n, one) for n, one in raised if one.zone.id == "C08-line"]
    assert road.tracks == line.tracks
    [runner] = road.tracks
    path = paths[runner]
    # At the left edge she is one of three who hide each other: what is followed there is not hers alone.
    assert path[0][1].box[0] < 0.25, "followed from where she comes clear of the man beside her"
    assert path[-1][1].box[2] - path[0][1].box[0] > 0.5, "and by one track over half the picture to the bend"
    assert len(path) >= path[-1][0] - path[0][0], "and at most one look without her"
    assert path[0][0] < at < path[-1][0] - 5, "a second before she is gone at the latest"


def test_in_the_dim_people_whose_boxes_score_low_raise_the_alert(looks: Looks) -> None:
    seen = looks("C09", 30)
    scores = [one.score for look in seen for one in look if one.label == "person" and one.score >= 0.3]
    assert sum(score < 0.6 for score in scores) > 0.7 * len(scores)
    pipeline = pipeline_of("C09")
    before: dict[str, list[float]] = {}
    for n, look in enumerate(seen):
        fired = pipeline.process(T0 + n / 5, look, (640, 360))
        for track in pipeline.tracks:
            if track.detected:
                before.setdefault(track.id, []).append(track.score)
        if fired:
            break
    mine = [score for track in fired[0].tracks for score in before[track]]
    assert sum(score < 0.6 for score in mine) > len(mine) / 2
