"""A misread that its own check character passes does not survive a second look."""

from dataclasses import replace

import numpy as np

from benchmarks.stress import Stress, photograph, sticker, texture
from tests.vision.barcodes import SSCC, SSCC_TEXT
from vision.codes import zxing_engine
from vision.codes.second_look import looked_at_twice

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
