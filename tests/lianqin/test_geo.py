"""Coordinates and distances against figures computed apart or published."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lianqin import geo

CHINA = st.tuples(st.floats(74, 134), st.floats(4, 53))
SQUARE = [(119.2, 34.0), (119.21, 34.0), (119.21, 34.01), (119.2, 34.01)]


@given(CHINA)
def test_a_round_trip_through_gcj02_is_below_a_millimetre(place: geo.LonLat) -> None:
    assert geo.distance_m(geo.gcj02_to_wgs84(geo.wgs84_to_gcj02(place)), place) < 1e-3


@given(CHINA)
def test_a_round_trip_through_bd09_is_below_a_millimetre(place: geo.LonLat) -> None:
    assert geo.distance_m(geo.bd09_to_gcj02(geo.gcj02_to_bd09(place)), place) < 1e-3


@pytest.mark.parametrize(
    ("wgs", "gcj"),
    [  # widely published pairs: Tiananmen, the Bund, Shenzhen
        ((116.391244, 39.907350), (116.397485, 39.908753)),
        ((121.490400, 31.239700), (121.494902, 31.237752)),
    ],
)
def test_the_datum_of_map_services_is_met_within_ten_metres(wgs: geo.LonLat, gcj: geo.LonLat) -> None:
    assert geo.distance_m(geo.wgs84_to_gcj02(wgs), gcj) < 10


def test_the_shift_at_shuyang_is_about_518_m() -> None:
    place = (118.77, 34.11)
    assert geo.distance_m(place, geo.wgs84_to_gcj02(place)) == pytest.approx(518, abs=12)


def test_outside_china_nothing_is_shifted() -> None:
    assert geo.wgs84_to_gcj02((2.35, 48.85)) == (2.35, 48.85)


@pytest.mark.parametrize(
    ("place", "metres"),
    [
        ((119.205, 34.005), -461.0),  # the centre: half the shorter (east-west) side
        ((119.2, 34.005), 0.0),
        ((119.21 + 0.001, 34.005), 92.2),
        ((119.205, 34.01 + 0.001), 111.2),
    ],
)
def test_how_far_outside_a_polygon_a_place_lies(place: geo.LonLat, metres: float) -> None:
    assert geo.outside_m(SQUARE, place) == pytest.approx(metres, abs=1.0)
    assert geo.outside_m([*SQUARE, SQUARE[0]], place) == pytest.approx(metres, abs=1.0)


def test_a_degree_of_latitude_is_a_degree() -> None:
    assert geo.distance_m((119.2, 34.0), (119.2, 35.0)) == pytest.approx(111_195, abs=5)
    assert geo.walking_seconds(130) == pytest.approx(100)
