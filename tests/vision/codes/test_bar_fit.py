"""A text whose bars look otherwise than what was photographed is not believed, whatever its check character says."""

import cv2
import numpy as np
import pytest

from benchmarks.stress import Stress, photograph, sticker
from tests.vision.barcodes import SSCC, SSCC_TEXT
from vision.codes import zxing_engine
from vision.codes.bar_fit import FINE_FIT, LEAST_FIT, character_fits, fits
from vision.codes.decode import decode
from vision.codes.decoded import Decoded
from vision.codes.profiles import Line

PX = 4


def line_of(text: str) -> Line:
    pattern = zxing_engine.modules_of_sscc(text)
    return np.pad(np.repeat(pattern, PX) * 255, 10 * PX, constant_values=255).astype(np.float32)


def read_as(text: str, line: Line, *, is_gs1: bool | None = True, symbology: str = "Code128") -> Decoded:
    x0, x1 = 10.0 * PX, len(line) - 10.0 * PX
    corners = ((x0, 0.0), (x1, 0.0), (x1, 9.0), (x0, 9.0))
    return Decoded(symbology=symbology, text=text, corners_px=corners, engine="zxing-cpp", variant="profile", is_gs1=is_gs1)


@pytest.mark.parametrize("text", [SSCC_TEXT, "00384123453679486491"])
def test_bars_are_drawn_as_the_engine_reads_them_whatever_the_check_digit(text: str) -> None:
    line = line_of(text)
    (read,) = zxing_engine.read(np.repeat(line[None], 40, axis=0).astype(np.uint8), ("Code128",), variant="plain")
    assert (read.text, read.is_gs1) == (text, True)
    assert fits(read_as(text, line), line)


def test_one_pair_of_digits_that_looks_otherwise_is_enough() -> None:
    line = line_of(SSCC_TEXT)
    for wrong in ("00384123453679486490"[:8] + "99" + SSCC_TEXT[10:], SSCC_TEXT[:4] + "00" + SSCC_TEXT[6:]):
        assert not fits(read_as(wrong, line), line)


@pytest.mark.parametrize(("first", "last"), [(55, 58), (56, 63), (50, 56)])
def test_bars_that_are_gone_are_noticed(first: int, last: int) -> None:
    line, pattern = line_of(SSCC_TEXT), zxing_engine.modules_of_sscc(SSCC_TEXT)
    fine = character_fits(line, pattern, 10.0 * PX, float(PX))
    assert fine.min() > 0.9
    line[(10 + first) * PX : (10 + last) * PX] = 255.0
    spoilt = character_fits(line, pattern, 10.0 * PX, float(PX))
    assert spoilt.min() < LEAST_FIT
    assert np.median(spoilt) == pytest.approx(np.median(fine), abs=0.01)
    assert not fits(read_as(SSCC_TEXT, line), line)


def test_one_character_that_is_worse_than_all_the_others_is_odd_and_noise_in_all_is_not() -> None:
    line, pattern = line_of(SSCC_TEXT), zxing_engine.modules_of_sscc(SSCC_TEXT)
    noisy = line + np.random.default_rng(2).normal(0, 45, line.shape).astype(np.float32)
    assert LEAST_FIT < character_fits(noisy, pattern, 10.0 * PX, float(PX)).min() < FINE_FIT
    assert fits(read_as(SSCC_TEXT, noisy), noisy)
    soft = np.asarray(cv2.GaussianBlur(line[None], (0, 0), 2.0)[0], dtype=np.float32)
    soft[(10 + 56) * PX : (10 + 57) * PX] += 110.0
    least = character_fits(soft, pattern, 10.0 * PX, float(PX)).min()
    assert LEAST_FIT < least < FINE_FIT
    assert not fits(read_as(SSCC_TEXT, soft), soft)


def test_what_other_texts_look_like_is_not_judged_as_their_code_sets_are_not_known() -> None:
    line = line_of(SSCC_TEXT)
    assert fits(read_as("PAL000123", line, is_gs1=False), line)
    assert fits(read_as(SSCC_TEXT, line[::-1].copy(), is_gs1=False), line)
    assert fits(read_as("A1", line, symbology="Code39", is_gs1=None), line)
    assert fits(read_as("0218412345007351\x1d3732", line), line)


@pytest.mark.parametrize("yaw_deg", [-45.0, 0.0, 45.0])
@pytest.mark.parametrize("px_per_module", [2.0, 3.0])
def test_a_label_seen_from_the_side_looks_like_itself(yaw_deg: float, px_per_module: float) -> None:
    """Its middle lies off the middle between its ends, by more than a module."""
    stress = Stress(px_per_module=px_per_module, blur_px=1.0, noise=8.0, yaw_deg=yaw_deg)
    picture = photograph(sticker("Code128", f"[00]{SSCC}"), "Code128", stress, np.random.default_rng(4))
    assert [d.text for d in decode(picture, symbologies=("Code128",))] == [SSCC_TEXT]
