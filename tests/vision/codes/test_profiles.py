"""What the line along a crop's length still reads when the crop itself does not."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
import zint

from benchmarks.stress import Stress, drone_hard, modules, motion_kernel, photograph, rolled, sticker, texture
from tests.vision.barcodes import SSCC, SSCC_TEXT, draw, photographed
from vision.codes import zxing_engine
from vision.codes.decode import decode
from vision.codes.localise import UprightCrop, find_bar_regions, upright
from vision.codes.profiles import profile_of, read_profile

LABEL = sticker("Code128", f"[00]{SSCC}")


@pytest.mark.parametrize("roll_deg", [-3.0, 2.0, 40.0, 90.0])
def test_blur_motion_noise_yaw_and_half_the_contrast_together_still_read_at_three_pixels_a_module(roll_deg: float) -> None:
    picture = photograph(LABEL, "Code128", rolled(drone_hard(3.0), roll_deg), np.random.default_rng(1))
    assert zxing_engine.read(picture, ("Code128",), variant="plain") == []
    (read,) = decode(picture, symbologies=("Code128",))
    assert (read.text, read.variant) == (SSCC_TEXT, "profile")


def test_corners_of_a_line_enclose_the_bars_and_lean_with_them() -> None:
    picture = photograph(LABEL, "Code128", Stress(px_per_module=3.0), np.random.default_rng(3))
    (region, *_) = find_bar_regions(picture)
    crop = upright(picture, region)
    sheared = cv2.warpAffine(crop.image, np.array([[1.0, 0.05, 0.0], [0.0, 1.0, 0.0]]), crop.image.shape[::-1], borderValue=230)
    (read,) = read_profile(profile_of(replace(crop, image=np.asarray(sheared, dtype=np.uint8))), ("Code128",))
    (x0, y0), (x1, _), _, (x3, y3) = read.corners_px
    module = (x1 - x0) / modules("Code128", f"[00]{SSCC}").shape[1]
    assert read.text == SSCC_TEXT
    assert module == pytest.approx(3.0 * crop.image.shape[1] / (1.36 * region.length_px + 12), rel=0.06)
    assert (x3 - x0) / (y3 - y0) == pytest.approx(0.05, abs=0.012)


def test_ground_without_a_label_reads_as_nothing() -> None:
    for seed in range(3):
        assert decode(texture(np.random.default_rng(seed), (500, 700)), symbologies=("Code128",)) == ()


def test_the_smear_of_a_movement_spreads_the_light_over_its_path_and_keeps_its_sum() -> None:
    assert motion_kernel(3.0, 0.0)[2] == pytest.approx([0, 1 / 3, 1 / 3, 1 / 3, 0], abs=0.002)
    assert motion_kernel(7.3, 33.0).sum() == pytest.approx(1.0, abs=1e-4)


def test_both_symbols_of_a_label_are_read_out_of_a_crop_that_holds_them_and_the_print_as_well() -> None:
    """So a localiser cuts it where a label's parts hang close together."""
    print_above = texture(np.random.default_rng(5), (300, 900))
    symbols = [
        draw(zint.Symbology.GS1_128, text, margin_px=0)[:80] for text in (f"[00]{SSCC}", "[02]18412345007351[37]32[10]261026")
    ]
    sheet = np.full((600, 900), 255, dtype=np.uint8)
    sheet[:300] = print_above
    for top, symbol in zip((330, 480), symbols, strict=True):
        sheet[top : top + 80, 60 : 60 + symbol.shape[1]] = symbol
    found = read_profile(profile_of(UprightCrop(photographed(sheet), np.eye(2, 3))), ("Code128",))
    assert [d.text for d in found] == [SSCC_TEXT, "02184123450073513732\x1d10261026"]
    heights = [y for _, y in found[0].corners_px]
    assert 300 < min(heights) < 360
    assert 370 < max(heights) < 440
