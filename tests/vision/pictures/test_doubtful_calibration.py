"""Photos that fit one camera and still do not tell it are refused: corners computed through a known lens, 0.3 pixels of noise."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from vision.pictures.calibration import MIXED_GAIN, calibrate_views
from vision.pictures.calibration_views import View
from warehouse.errors import BadInputError

SIZE = (4000, 3000)
FOCAL = 3000.0
DISTORTION = (-0.1, 0.05, 0.0005, -0.0003, 0.0)
ACROSS, DOWN = (1.0, 0.0, 0.0), (0.0, 1.0, 0.0)
ASLANT = ((0.7, 0.7, 0.0), (0.7, -0.7, 0.0))
ON_BOARD_MM = np.array([(30.0 * x, 30.0 * y, 0.0) for y in range(1, 6) for x in range(1, 9)], dtype=np.float32)
NINE_PLACES = [(x, y) for x in (-90.0, 0.0, 90.0) for y in (-60.0, 0.0, 60.0)]

Tilt = tuple[tuple[float, float, float], float]


def views(tilts: list[Tilt], places: list[tuple[float, float]], *, centre: tuple[float, float] = (2010.0, 1490.0)) -> list[View]:
    """Return one view a tilt (axis, degrees) and a place of the board's middle, 33 cm before the lens, going round both lists."""
    noise = np.random.default_rng(0)
    matrix = np.array([[FOCAL, 0.0, centre[0]], [0.0, FOCAL, centre[1]], [0.0, 0.0, 1.0]])
    shown = []
    for i in range(max(len(tilts), len(places))):
        (axis, degrees), (x, y) = tilts[i % len(tilts)], places[i % len(places)]
        turn = np.radians(degrees) * np.asarray(axis)
        points = (ON_BOARD_MM - ON_BOARD_MM.mean(axis=0)).astype(np.float64)
        pixels = cv2.projectPoints(points, turn, np.array([x, y, 330.0]), matrix, np.array(DISTORTION))[0].reshape(-1, 2)
        is_seen = ((pixels > 3) & (pixels < np.array(SIZE) - 4)).all(axis=1)
        seen = pixels[is_seen] + noise.normal(0.0, 0.3, (int(is_seen.sum()), 2))
        shown.append(View(name=f"{i}.jpg", on_board_mm=ON_BOARD_MM[is_seen], in_picture_px=seen.astype(np.float32)))
    return shown


def all_round(degrees: float) -> list[Tilt]:
    return [(axis, sign * degrees) for axis in (ACROSS, DOWN, *ASLANT) for sign in (1.0, -1.0)]


def upside_down(view: View) -> View:
    turned: NDArray[np.float32] = (np.array(SIZE) - 1 - view.in_picture_px).astype(np.float32)
    return View(name=view.name, on_board_mm=view.on_board_mm, in_picture_px=turned)


@pytest.mark.parametrize("degrees", [16.0, 20.0, 28.0, 40.0])
def test_tilts_to_all_sides_tell_the_camera_and_how_well(degrees: float) -> None:
    found = calibrate_views(views(all_round(degrees), NINE_PLACES), SIZE)
    assert found.focal_px == pytest.approx((FOCAL, FOCAL), rel=0.003)
    assert found.centre_px == pytest.approx((2010.0, 1490.0), abs=5.0)
    assert found.focal_sigma < 0.0015
    off = max(abs(focal - FOCAL) / sigma for focal, sigma in zip(found.focal_px, found.focal_sigma_px, strict=True))
    assert off < 3.0


@pytest.mark.parametrize("axis", [ACROSS, DOWN])
@pytest.mark.parametrize("degrees", [17.0, 20.0, 30.0, 40.0])
def test_photos_of_a_board_that_is_always_tilted_the_same_way_are_refused(degrees: float, axis: tuple[float, float, float]) -> None:
    with pytest.raises(BadInputError, match=r"tilted the same way in all photos|tell the focal length only to|squarely") as caught:
        calibrate_views(views([(axis, degrees)], NINE_PLACES), SIZE)
    assert "tilted to the left, to the right, up and down" in caught.value.remedy


def test_photos_tilted_to_both_sides_about_one_axis_are_refused() -> None:
    with pytest.raises(BadInputError, match=r"the photos tell the focal length only to 2\.0 %; 0\.5 % are needed"):
        calibrate_views(views([(DOWN, 25.0), (DOWN, -25.0)], NINE_PLACES), SIZE)


def test_photos_half_of_which_were_turned_by_180_degrees_are_refused() -> None:
    shown = views(all_round(28.0), NINE_PLACES * 2, centre=(2060.0, 1450.0))
    mixed = [upside_down(view) if i % 2 else view for i, view in enumerate(shown)]
    with pytest.raises(BadInputError, match=r"the photos fit one camera only to 1\.[0-9]+ pixels; 1 or less are needed"):
        calibrate_views(mixed, SIZE)


def test_photos_of_two_cameras_fit_better_each_with_a_camera_of_its_own() -> None:
    one, other = (views(all_round(28.0), NINE_PLACES, centre=centre) for centre in ((2010.0, 1490.0), (1962.0, 1531.0)))
    assert 0.9 < calibrate_views(one, SIZE).gain_alone < 1.1
    assert calibrate_views([*one, *other], SIZE).gain_alone > MIXED_GAIN
