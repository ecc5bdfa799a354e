"""The tables of the demo agree with each other, with the house's rules, and with what the clips show."""

from __future__ import annotations

from collections.abc import Callable
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
from detect.pipeline import CameraPipeline
from lianqin import settings
from lianqin.geo import outside_m
from lianqin.records import Camera, Frame
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


@pytest.fixture(scope="module")
def watch(clips: Path) -> Callable[[str, float], list[tuple[float, str]]]:
    """The shipped detector and the real rules over a camera's sub-stream, five pictures a second: when which zone fires."""
    detector = open_detector(load_card(settings.load().models_dir / "nanodet-g"))

    def watched(camera_id: str, seconds: float) -> list[tuple[float, str]]:
        [camera] = [camera for camera in CAMERAS if camera.id == camera_id]
        record = Camera(id=camera.id, code=camera.code, name=camera.name, url="rtsp://x/y", zones=camera.zones)
        pipeline = CameraPipeline(record, model="m", rule_version="1", loiter_seconds=20)
        found: list[tuple[float, str]] = []
        with av.open(str(clip_files.clip_path(camera.id, "sub"))) as container:
            for n, frame in enumerate(container.decode(video=0)):
                if n >= seconds * 25:
                    break
                if n % 5 == 0:
                    at = T0 + n / 25
                    [seen] = detector.detect([Frame(camera.id, at, frame.to_ndarray(format="bgr24"))])
                    found += [(at - T0, fired.zone.id) for fired in pipeline.process(at, seen, (640, 360))]
        return found

    return watched


@pytest.mark.parametrize(("camera_id", "zone_id", "within"), [
    ("C01", "C01-gate", 10), ("C01", "C01-line", 10), ("C02", "C02-crowd", 15), ("C03", "C03-stay", 25),
    ("C04", "C04-night", 10), ("C05", "C05-door", 30), ("C07", "C07-cars", 20),
])  # fmt: skip
def test_the_zone_is_where_something_happens(watch: Any, camera_id: str, zone_id: str, within: float) -> None:
    assert zone_id in {zone for _, zone in watch(camera_id, within)}


def test_leaves_and_a_hand_over_the_lens_are_nobody(watch: Any) -> None:
    assert watch("C06", 45) == []
