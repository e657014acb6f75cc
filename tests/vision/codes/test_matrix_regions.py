"""Many small 2D codes in one picture, seen from the side: each is found, made square and read."""

import cv2
import numpy as np
import pytest
import zint

from tests.vision.barcodes import Grey, draw, photographed
from vision.codes.budget import Budget
from vision.codes.decode import decode
from vision.codes.grey import binarised
from vision.codes.matrix_regions import MatrixRegion, find_matrix_regions, lies_on_dark, may_be_modules, squared


def shelf(
    n_rows: int = 3, n_columns: int = 5, *, shear: float = 0.45, px_per_module: int = 7
) -> tuple[Grey, dict[str, tuple[float, float]]]:
    """Return a picture of sheared Data Matrix labels, and where the centre of each lies."""
    picture = np.full((1500, 1800), 110, dtype=np.uint8)
    centres = {}
    for row in range(n_rows):
        for column in range(n_columns):
            text = f"CASE-{row}{column}"
            label = draw(zint.Symbology.DATAMATRIX, text, px_per_module=px_per_module, margin_px=30)
            x, y = 150 + 340 * column, 120 + 470 * row
            matrix = np.array([[1.0, 0.0, 0.0], [shear, 1.0, 0.0]])
            size = label.shape[1], label.shape[0] + int(shear * label.shape[1])
            piece = cv2.warpAffine(label, matrix, size, borderValue=110)
            picture[y : y + size[1], x : x + size[0]] = piece
            middle = label.shape[1] / 2, label.shape[0] / 2
            centres[text] = (x + middle[0], y + middle[1] + shear * middle[0])
    return photographed(picture), centres


def test_every_label_of_a_shelf_is_a_region() -> None:
    picture, centres = shelf()
    found = [region.centre_px for region in find_matrix_regions(picture, n_most=40)]
    for centre in centres.values():
        assert min(np.hypot(x - centre[0], y - centre[1]) for x, y in found) < 25


def test_every_label_of_a_shelf_is_read_where_it_hangs() -> None:
    picture, centres = shelf(px_per_module=2)
    read = {d.text: d.centre_px for d in decode(picture, symbologies=("DataMatrix", "Code128"))}
    assert sorted(read) == sorted(centres)
    for text, centre in centres.items():
        assert read[text] == pytest.approx(centre, abs=12)


def test_a_crop_has_square_modules() -> None:
    picture, centres = shelf(1, 1)
    (region,) = (r for r in find_matrix_regions(picture, n_most=1))
    crop = squared(picture, region)
    linear = np.linalg.inv(crop.picture_from_crop[:, :2])
    along_row, down_column = linear @ np.array([1.0, 0.45]), linear @ np.array([0.0, 1.0])
    cosine = along_row @ down_column / np.linalg.norm(along_row) / np.linalg.norm(down_column)
    assert abs(cosine) < 0.06
    assert centres


def crop_of(picture: Grey, size_px: float) -> Grey:
    """Return the middle of a picture squared, as if a symbol of this size had been found there."""
    height, width = picture.shape
    return squared(picture, MatrixRegion(centre_px=(width / 2, height / 2), size_px=size_px, strength=1.0)).image


@pytest.mark.parametrize("turn_deg", [0, 30])
@pytest.mark.parametrize("symbology", [zint.Symbology.QRCODE, zint.Symbology.DATAMATRIX])
def test_blurred_modules_pass_the_sieve_at_any_roll(symbology: zint.Symbology, turn_deg: float) -> None:
    label = draw(symbology, "LPN-0042", px_per_module=6, margin_px=100)
    size = label.shape[0]
    matrix = cv2.getRotationMatrix2D((size / 2, size / 2), turn_deg, 1.0)
    picture = photographed(np.asarray(cv2.warpAffine(label, matrix, (size, size), borderValue=255), dtype=np.uint8), blur_px=2.5)
    for found_larger in (1.0, 1.5):
        assert may_be_modules(binarised(crop_of(picture, found_larger * (size - 200))))


def test_print_and_edges_that_run_one_way_do_not_pass_the_sieve() -> None:
    paper = np.full((400, 400), 230, dtype=np.uint8)
    for row in range(30, 400, 45):
        cv2.putText(paper, "Handle with care 4711", (10, row), cv2.FONT_HERSHEY_SIMPLEX, 0.9, 20, 1, cv2.LINE_AA)
    slats = np.full((400, 400), 230, dtype=np.uint8)
    slats[:, ::40] = slats[:, 1::40] = 30
    for picture in (paper, slats):
        assert not may_be_modules(binarised(crop_of(photographed(picture), 200)))


def test_bars_and_smooth_walls_are_no_matrix_regions() -> None:
    stripes = np.tile(np.repeat(np.array([40, 200], dtype=np.uint8), 6), (600, 50))
    assert find_matrix_regions(stripes, n_most=10) == []
    assert find_matrix_regions(np.full((400, 400), 90, dtype=np.uint8), n_most=10) == []


def test_without_budget_only_the_first_pass_is_made() -> None:
    picture, centres = shelf(px_per_module=2)
    none = decode(picture, symbologies=("DataMatrix",), budget=Budget(0))
    assert all(d.variant == "plain" for d in none)
    some = decode(picture, symbologies=("DataMatrix",), budget=Budget(4_000_000))
    assert len(none) < len(some) <= len(centres)
    assert some == decode(picture, symbologies=("DataMatrix",), budget=Budget(4_000_000))


def test_a_budget_refuses_what_does_not_fit_and_keeps_the_rest() -> None:
    budget = Budget(100)
    assert not budget.take(101)
    assert budget.take(60)
    assert not budget.take(60)
    assert budget.left_px == 40


@pytest.mark.parametrize("is_light", [False, True])
def test_a_light_code_is_told_by_its_darker_surroundings(is_light: bool) -> None:
    crop = draw(zint.Symbology.DATAMATRIX, "LPN0001234", px_per_module=12, margin_px=48)
    assert lies_on_dark(np.invert(crop) if is_light else crop) is is_light
