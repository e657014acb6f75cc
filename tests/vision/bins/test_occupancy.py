"""Empty is measured: far surfaces are, goods never are, and what cannot be told is not told."""

import dataclasses

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.vision.worlds import demo_site, frame_before, photograph, texture
from vision.bins.face_view import find_face_view, label_band
from vision.bins.occupancy import Depth, Occupancy, least_depth_m, measure
from vision.bins.parallax import ShrunkView
from vision.bins.place_errors import place_errors
from vision.poses.errors import ErrorModel
from warehouse.goods import SmallestGoods

SITE = demo_site()
BIN = SITE.layout.bins_by_code["A01-03-2-2"]
FACE = SITE.layout.faces[BIN.face]
CAMERA = SITE.cameras[0]
WIDE = (-2.0, 14.0)
Plane = tuple[float, tuple[float, float], NDArray[np.float32]]
SHRINK = 8
PALLETS = SmallestGoods(height_m=0.14, depth_m=1.2)
CARTONS = SmallestGoods(height_m=0.2, depth_m=0.1)


STEADY = ErrorModel(recorded_m=0.03, white_m=0.01, short_m=0.0, drift_m=0.0, upward_m=0.01, rise_m=0.0, heading_rad=0.005)


def look(
    planes: list[Plane],
    *,
    sigma_m: float = 0.03,
    seed: int = 1,
    n: int = 6,
    apart_m: float = 0.3,
    is_steady: bool = False,
    goods: SmallestGoods | None = None,
) -> Occupancy:
    """Photograph planes from `n` places, hand on their poses with noise, and measure.

    A steady flight is off by as much all along, and by a centimetre from photo to photo; the photos have told so.
    """
    rng = np.random.default_rng(seed)
    views: list[ShrunkView] = []
    offset = rng.normal(0, sigma_m, 3) if is_steady else np.zeros(3)
    for i in range(n):
        along = BIN.along_m + apart_m * (i - (n - 1) / 2)
        true = frame_before(SITE, FACE, along, BIN.base_m + 0.6, name=f"01/{i:06d}")
        image = photograph(CAMERA, true.pose, FACE, planes, shrink=SHRINK)
        x, y, z = np.asarray(true.pose.position_m) + offset + rng.normal(0, 0.01 if is_steady else sigma_m, 3)
        noisy = dataclasses.replace(true, pose=dataclasses.replace(true.pose, position_m=(float(x), float(y), float(z))))
        view = find_face_view(SITE, noisy)
        assert view is not None
        views.append(ShrunkView(view, image, SHRINK))
    errors = place_errors([shrunk.view for shrunk in views], STEADY) if is_steady else None
    sigma_m, deep_m = max(sigma_m, 0.02), least_depth_m(goods)
    return measure(views, label_band(BIN, 0.35, 0.85), BIN, sigma_m=sigma_m, errors=errors, shallowest_m=deep_m)


def test_what_lies_a_rack_behind_the_front_is_empty_and_its_distance_is_right() -> None:
    found = look([(1.45, WIDE, texture(1))], sigma_m=0.0)
    assert found.depth is Depth.FAR
    assert found.is_empty
    assert found.far_m == pytest.approx(1.40, abs=0.2)


@pytest.mark.parametrize("seed", range(2))
def test_empty_is_found_though_poses_are_off_by_centimetres(seed: int) -> None:
    assert look([(1.4, WIDE, texture(seed))], seed=seed).is_empty


@pytest.mark.parametrize("seed", range(0, 6, 2))
def test_goods_are_never_empty(seed: int) -> None:
    setback = 0.02 * (seed % 6)
    found = look([(1.4, WIDE, texture(seed)), (setback, WIDE, texture(seed + 50))], seed=seed)
    assert not found.is_empty
    assert found.depth is Depth.FRONT


@pytest.mark.parametrize("is_steady", [False, True])
@pytest.mark.parametrize("period_m", [0.10, 0.13, 0.155, 0.16, 0.20, 0.27, 0.31])
def test_goods_that_repeat_are_never_empty(period_m: float, is_steady: bool) -> None:
    """With 0.3 m between frames, cartons of 0.155 m shift by one carton just as the rear of the rack would."""
    assert not look([(0.05, WIDE, texture(1, period_m=period_m))], seed=1, is_steady=is_steady).is_empty


@pytest.mark.parametrize("seed", range(2))
def test_photos_close_together_tell_far_from_near_once_the_flight_is_known_to_be_steady(seed: int) -> None:
    behind = [(1.4, WIDE, texture(seed))]
    assert look(behind, seed=seed, n=4, apart_m=0.12).depth in (Depth.REAR, Depth.UNDECIDED)
    assert look(behind, seed=seed, n=6, apart_m=0.15, is_steady=True).depth is Depth.FAR


def test_photos_close_together_do_not_tell_a_wall_at_the_very_rear_from_goods_before_it() -> None:
    assert look([(BIN.depth_m, WIDE, texture(2))], seed=2, n=4, apart_m=0.15, is_steady=True).depth is Depth.REAR


def test_where_the_site_keeps_only_pallets_a_wall_at_the_very_rear_is_told_from_them() -> None:
    wall = [(BIN.depth_m, WIDE, texture(2))]
    assert look(wall, seed=2, n=4, apart_m=0.15, is_steady=True, goods=CARTONS).depth is Depth.REAR
    assert look(wall, seed=2, n=4, apart_m=0.15, is_steady=True, goods=PALLETS).depth is Depth.FAR


def test_where_only_pallets_are_kept_what_is_seen_deep_inside_is_no_goods() -> None:
    inside = [(BIN.depth_m - 0.25, WIDE, texture(1))]
    assert look(inside, seed=1, is_steady=True).depth is Depth.INSIDE
    assert look(inside, seed=1, is_steady=True, goods=PALLETS).depth is Depth.FAR


@pytest.mark.parametrize("setback_m", [0.0, 0.1, 0.3])
@pytest.mark.parametrize("is_steady", [False, True])
def test_a_pallet_is_never_empty_where_the_site_keeps_only_pallets(setback_m: float, is_steady: bool) -> None:
    pallet = (setback_m, WIDE, texture(5))
    assert not look([(1.4, WIDE, texture(9)), pallet], seed=3, is_steady=is_steady, goods=PALLETS).is_empty


@pytest.mark.parametrize("is_steady", [False, True])
def test_goods_a_hand_deep_at_the_very_rear_are_not_empty(is_steady: bool) -> None:
    goods = (BIN.depth_m - 0.22, WIDE, texture(1))
    assert not look([(1.4, WIDE, texture(9)), goods], seed=1, is_steady=is_steady).is_empty


def test_a_pallet_that_fills_half_of_the_opening_is_not_empty() -> None:
    half = (BIN.along_m, BIN.along_m + BIN.width_m / 2)
    assert not look([(1.4, WIDE, texture(1)), (0.05, half, texture(2))]).is_empty


def test_a_load_pushed_half_way_in_is_not_empty() -> None:
    assert not look([(0.45, WIDE, texture(3))]).is_empty


@pytest.mark.parametrize(("setback_m", "seed"), [(0.75, 0), (0.8, 1), (0.8, 2)])
def test_goods_at_the_rear_of_the_bin_are_not_empty_once_the_flight_is_known_to_be_steady(setback_m: float, seed: int) -> None:
    """A wall or a rear post at the bin's end is: the layout says how deep it is."""
    found = look([(2.4, WIDE, texture(7)), (setback_m, WIDE, texture(seed))], seed=seed, is_steady=True)
    assert not found.is_empty
    assert found.depth in (Depth.INSIDE, Depth.REAR, Depth.UNDECIDED)
    assert look([(BIN.depth_m, WIDE, texture(seed))], seed=seed, is_steady=True).is_empty


def test_a_bin_deeper_than_can_be_measured_is_never_empty_and_its_goods_show(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"{__name__}.BIN", dataclasses.replace(BIN, depth_m=6.0))
    assert look([(0.05, WIDE, texture(3))], n=4).depth is Depth.FRONT
    assert not look([(3.0, WIDE, texture(3))], n=4).is_empty


def test_a_surface_without_texture_says_nothing() -> None:
    blank = np.full((1000, 2000), 120, dtype=np.float32)
    assert look([(1.4, WIDE, blank)]).depth is Depth.UNDECIDED
    assert look([(0.05, WIDE, blank)]).depth is Depth.UNDECIDED


def test_one_frame_says_nothing() -> None:
    assert look([(1.4, WIDE, texture(1))], n=1) == Occupancy(depth=Depth.UNDECIDED)
