"""How long an upright crop is tried, and what decides it."""

import cv2
import numpy as np

from tests.vision.barcodes import draw_sscc, photographed
from vision.codes.budget import Budget
from vision.codes.grey import Grey
from vision.codes.localise import UprightCrop, find_bar_regions, looks_like_bars, upright
from vision.codes.profiles import profile_of
from vision.codes.upright_readings import LEAST_PERSISTENCE, N_FOR_ALL, readings

N_ALL = 4


def n_tried(crop: UprightCrop, *, n_px: float = 1e9) -> int:
    return len(list(readings(crop, ("Code128",), Budget(n_px))))


def unreadable_bars() -> UprightCrop:
    """Return a label whose thinnest bars are far below what blur leaves."""
    small = cv2.resize(draw_sscc(px_per_module=2), None, fx=0.3, fy=0.5, interpolation=cv2.INTER_AREA)
    picture = photographed(np.asarray(small, dtype=np.uint8), noise=3.0)
    (region, *_) = find_bar_regions(picture)
    return upright(picture, region)


def print_like_texture() -> Grey:
    """Return strong vertical edges that are other ones at each height, as lines of letters have."""
    letters = np.random.default_rng(4).integers(0, 2, (29, 60)).astype(np.uint8) * 200 + 20
    return np.asarray(cv2.resize(letters, (1080, 320), interpolation=cv2.INTER_NEAREST), dtype=np.uint8)


def as_it_is(picture: Grey) -> UprightCrop:
    return UprightCrop(picture, np.eye(2, 3))


def test_bars_that_no_way_reads_are_tried_in_all_ways() -> None:
    crop = unreadable_bars()
    assert looks_like_bars(crop.image)
    assert profile_of(crop).persistence > LEAST_PERSISTENCE
    assert n_tried(crop) == N_ALL


def test_what_changes_along_the_bars_is_given_up_after_the_first_ways() -> None:
    crop = as_it_is(print_like_texture())
    assert profile_of(crop).persistence < LEAST_PERSISTENCE
    assert n_tried(crop) == N_FOR_ALL


def test_bars_that_fill_a_third_of_the_crop_among_print_are_tried_in_all_ways() -> None:
    crop = print_like_texture()
    crop[100:230] = cv2.resize(draw_sscc(px_per_module=3)[60:70], (1080, 130))
    assert n_tried(as_it_is(crop)) == N_ALL


def test_a_budget_that_is_used_up_ends_the_tries() -> None:
    crop = unreadable_bars()
    assert [n_tried(crop, n_px=n * crop.image.size) for n in range(N_ALL + 2)] == [0, 1, 2, 3, 4, 4]
