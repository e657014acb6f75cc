"""A misread that its own check character passes does not survive a second look."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
import zint

from benchmarks.stress import Stress, photograph, sticker, texture
from benchmarks.wrong_reads import PREFIXES, misprinted, random_stress
from tests.vision.barcodes import SSCC, SSCC_TEXT, draw, draw_sscc, photographed, turned
from vision.codes import zxing_engine
from vision.codes.decode import decode
from vision.codes.second_look import looked_at_twice
from warehouse.pallet_ids import check_digit

IS = "00883597816301938733"


def test_a_read_that_reads_again_is_kept_and_another_text_at_its_place_is_corrected() -> None:
    picture = photograph(sticker("Code128", f"[00]{SSCC}"), "Code128", Stress(px_per_module=2.0), np.random.default_rng(1))
    (read,) = zxing_engine.read(picture, ("Code128",), variant="plain")
    assert looked_at_twice(picture, [read]) == [read]
    (corrected,) = looked_at_twice(picture, [replace(read, text=IS)])
    assert (corrected.text, corrected.variant) == (SSCC_TEXT, "profile")


def test_a_read_where_nothing_reads_again_is_dropped() -> None:
    picture = photograph(sticker("Code128", f"[00]{SSCC}"), "Code128", Stress(px_per_module=2.0), np.random.default_rng(1))
    (read,) = zxing_engine.read(picture, ("Code128",), variant="plain")
    assert looked_at_twice(texture(np.random.default_rng(2), picture.shape), [read]) == []


def test_a_read_whose_corners_begin_beside_the_first_one_is_kept() -> None:
    picture = photograph(sticker("Code128", f"[00]{SSCC}"), "Code128", Stress(px_per_module=2.0), np.random.default_rng(1))
    (read,) = zxing_engine.read(picture, ("Code128",), variant="plain")
    a, b, c, d = read.corners_px
    turned = replace(read, corners_px=(d, a, b, c))
    assert looked_at_twice(picture, [turned]) == [turned]


@pytest.mark.parametrize("roll_deg", [-4.0, -2.0, 2.0, 4.0])
def test_a_read_at_the_edge_of_the_picture_keeps_its_quiet_zone(roll_deg: float) -> None:
    """The last bar touches the edge; were it to go on beyond, it would be as wide as the quiet zone."""
    low = np.pad(draw_sscc()[40:100], ((60, 60), (0, 0)), constant_values=255)
    picture = turned(low, roll_deg)
    _, columns = np.nonzero(picture < 128)
    cut = photographed(np.ascontiguousarray(picture[:, : columns.max()]), blur_px=1.0)
    (read,) = zxing_engine.read(cut, ("Code128",), variant="plain")
    assert looked_at_twice(cut, [read]) == [read]


def test_the_second_look_tells_whether_a_symbol_says_that_it_is_gs1() -> None:
    for picture, is_gs1 in ((draw_sscc(), True), (draw(zint.Symbology.CODE128, SSCC_TEXT), False)):
        (read,) = zxing_engine.read(picture, ("Code128",), variant="plain")
        for said in (replace(read, is_gs1=None), replace(read, text=IS, is_gs1=not is_gs1)):
            assert [(d.text, d.is_gs1) for d in looked_at_twice(picture, [said])] == [(SSCC_TEXT, is_gs1)]


def test_a_misread_that_is_corrected_to_another_read_of_the_same_symbol_is_one_barcode() -> None:
    picture = draw_sscc()
    (read,) = zxing_engine.read(picture, ("Code128",), variant="plain")
    assert looked_at_twice(picture, [read, replace(read, text=IS)]) == [read]


@pytest.mark.parametrize("text", ["PAL000123", "005-3379497200006"])
def test_a_label_whose_printer_keeps_to_one_code_set_is_read(text: str) -> None:
    """Digits in set B, where an encoder that counts characters would change to C: most label printers do."""
    one_set = draw(zint.Symbology.CODE128AB, text)
    assert one_set.shape[1] > draw(zint.Symbology.CODE128, text).shape[1]
    for px_per_module in (2.0, 1.7):
        small = cv2.resize(one_set, None, fx=px_per_module / 3, fy=1.0, interpolation=cv2.INTER_AREA).astype(np.uint8)
        assert [d.text for d in decode(photographed(small, blur_px=1.2), symbologies=("Code128",))] == [text]


def test_a_misprint_that_reads_as_another_sscc_with_right_checks_is_not_confirmed() -> None:
    """Two dead elements of a print head have changed two characters: one engine reads it, and the mean line reads the same."""
    rng = np.random.default_rng([1, 137, 17])
    sscc = f"{rng.choice(PREFIXES)}{rng.integers(0, 10**9):09d}"
    assert rng.random() > 0.05
    stress = random_stress(rng, "Code128")
    label = sticker("Code128", f"[00]{sscc}{check_digit(sscc)}")
    assert rng.random() < 0.1
    picture = photograph(misprinted(label, rng), "Code128", stress, rng, margin=0.08)
    assert not decode(picture, symbologies=("Code128",))
