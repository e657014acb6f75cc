import numpy as np
import pytest
from hypothesis import given

from tests.warehouse.strategies import anchors, floats, points_m
from warehouse.coordinates import (
    Anchor,
    along_from_heading,
    heading_from_along,
    heading_ned_from_site,
    heading_site_from_ned,
    latlon_1e7_from_ned,
    ned_from_latlon_1e7,
    ned_from_site,
    shorter_turn_deg,
    site_from_ned,
)

IBI = Anchor(latitude_deg=38.6255, longitude_deg=-0.5730, altitude_amsl_m=820.0, heading_deg=90.0)


def test_a_site_whose_y_axis_points_east_has_its_x_axis_to_the_south() -> None:
    assert np.allclose(ned_from_site(IBI, [[1, 0, 0], [0, 1, 0], [0, 0, 1]]), [[-1, 0, 0], [0, 1, 0], [0, 0, -1]])


@given(anchors, points_m)
def test_site_to_ned_and_back_is_the_same_point(anchor: Anchor, point: tuple[float, float, float]) -> None:
    assert np.allclose(site_from_ned(anchor, ned_from_site(anchor, point)), point, atol=1e-9)


@given(anchors, points_m, points_m)
def test_ned_keeps_every_distance(anchor: Anchor, a: tuple[float, float, float], b: tuple[float, float, float]) -> None:
    pair = np.array([a, b])
    ned = ned_from_site(anchor, pair)
    assert np.linalg.norm(ned[0] - ned[1]) == pytest.approx(np.linalg.norm(pair[0] - pair[1]), abs=1e-9)


@given(anchors, points_m)
def test_latitude_and_longitude_bring_a_point_back_to_their_own_resolution(
    anchor: Anchor, point: tuple[float, float, float]
) -> None:
    ned = ned_from_site(anchor, point)
    back = ned_from_latlon_1e7(anchor, latlon_1e7_from_ned(anchor, ned))
    assert np.abs(back - ned[:2]).max() < 0.0057  # half of 1e-7 degree, in metres


@given(anchors, floats(-720, 720))
def test_headings_come_back_and_stay_below_360(anchor: Anchor, heading: float) -> None:
    ned = heading_ned_from_site(anchor, heading)
    assert 0 <= ned < 360
    assert shorter_turn_deg(heading, heading_site_from_ned(anchor, ned)) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize(("start", "end", "turned"), [(350, 10, 20), (10, 350, -20), (0, 359.5, -0.5), (0, 180, -180), (90, 90, 0)])
def test_from_one_heading_to_another_it_is_the_shorter_way_round(start: float, end: float, turned: float) -> None:
    assert shorter_turn_deg(start, end) == turned
    assert shorter_turn_deg(np.array([start]), np.array([end])).tolist() == [turned]


@pytest.mark.parametrize(("heading", "along"), [(0, (0, 1, 0)), (90, (1, 0, 0)), (180, (0, -1, 0)), (270, (-1, 0, 0))])
def test_headings_run_clockwise_from_the_sites_y(heading: float, along: tuple[float, float, float]) -> None:
    assert np.allclose(along_from_heading(heading), along)
    assert heading_from_along(along) == pytest.approx(heading)


def test_the_smallest_turn_to_the_left_of_y_is_no_360() -> None:
    assert heading_from_along((-1e-300, 1.0, 0.0)) == 0.0
    assert heading_ned_from_site(Anchor(latitude_deg=0, longitude_deg=0, altitude_amsl_m=0, heading_deg=0), -1e-20) == 0.0


@given(anchors, floats(0, 359.9))
def test_a_heading_and_its_vector_turn_together(anchor: Anchor, heading: float) -> None:
    north, east, _ = ned_from_site(anchor, along_from_heading(heading))
    assert np.allclose([north, east], [np.cos(h := np.radians(heading_ned_from_site(anchor, heading))), np.sin(h)], atol=1e-9)


def test_a_mission_item_lands_where_arducopter_says_it_is() -> None:
    # Location::get_distance_NE of ArduPilot, by hand: both times the factor, longitude times cos of the mean latitude
    anchor = Anchor(latitude_deg=60.0, longitude_deg=10.0, altitude_amsl_m=0.0, heading_deg=0.0)
    item = np.array([600_000_000 + 18_000, 100_000_000 + 36_000])
    expected = (18_000 * 0.011131884502145034, 36_000 * 0.011131884502145034 * np.cos(np.radians(60.0009)))
    assert np.allclose(ned_from_latlon_1e7(anchor, item), expected, atol=1e-9)
    assert latlon_1e7_from_ned(anchor, expected).tolist() == item.tolist()


def test_a_site_on_the_date_line_does_not_go_round_the_globe() -> None:
    fiji = Anchor(latitude_deg=-17.0, longitude_deg=179.99999, altitude_amsl_m=0.0, heading_deg=0.0)
    item = latlon_1e7_from_ned(fiji, [0.0, 50.0, 0.0])
    assert item[1] < 0
    assert np.allclose(ned_from_latlon_1e7(fiji, item), [0.0, 50.0], atol=0.0057)
