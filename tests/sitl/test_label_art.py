"""Readers that are not ours read the artwork; nothing reads a torn sticker."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
import zxingcpp
from pyzbar import pyzbar

from sitl.label_art import Picture, Wear, draw_label
from sitl.stock import Goods, Pallet
from warehouse.errors import BadInputError
from warehouse.site import LabelRules

RULES = LabelRules(symbologies=("Code128",), narrowest_bar_mm=0.8, width_mm=148.0, height_mm=210.0, lowest_m=0.4, highest_m=0.8)
PALLET = Pallet(
    sscc="384123450000000011",
    goods=Goods(gtin="18412345007009", name="Doll house", n_cartons=24),
    quantity=24,
    batch="260412",
)
TEXTS = {"00384123450000000011", "0218412345007009372410260412"}


def read(picture: Picture) -> set[str]:
    with_zxing = {b.text for b in zxingcpp.read_barcodes(picture, text_mode=zxingcpp.TextMode.Plain)}
    with_zbar = {b.data.decode("ascii", "replace") for b in pyzbar.decode(picture)}
    return {"".join(c for c in text if c.isalnum()) for text in with_zxing | with_zbar}


def at_px_per_bar(picture: Picture, px: float) -> Picture:
    return np.asarray(cv2.resize(picture, None, fx=px / 8, fy=px / 8, interpolation=cv2.INTER_AREA), dtype=np.uint8)


@pytest.mark.parametrize("px_per_bar", [8.0, 3.0, 2.0])
def test_both_symbols_of_a_fresh_label_are_read(px_per_bar: float) -> None:
    art = draw_label(PALLET, RULES)
    assert art.shape == (2100, 1480)
    assert {t.replace("\x1d", "") for t in read(at_px_per_bar(art, px_per_bar))} == TEXTS


@pytest.mark.parametrize("seed", range(12))
def test_a_worn_label_is_still_read(seed: int) -> None:
    worn = draw_label(PALLET, RULES, Wear(seed=seed))
    assert "00384123450000000011" in read(at_px_per_bar(worn, 3.0))


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("px_per_bar", [8.0, 4.0, 3.0])
def test_nothing_reads_a_torn_label(seed: int, px_per_bar: float) -> None:
    torn = draw_label(PALLET, RULES, Wear(seed=seed, is_torn=True))
    assert read(at_px_per_bar(torn, px_per_bar)) == set()


def test_the_narrowest_bar_is_as_wide_as_the_site_says() -> None:
    row = draw_label(PALLET, RULES)[-250] < 128
    runs = np.diff(np.flatnonzero(np.diff(row.astype(int))))
    assert runs.min() == 8  # pixels, at 10 a millimetre
    assert set(runs % 8) == {0}


def test_symbols_that_do_not_fit_on_the_sticker_are_refused() -> None:
    with pytest.raises(BadInputError, match=r"site.toml, label.width_mm: .* does not fit on 105 mm"):
        draw_label(PALLET, replace(RULES, width_mm=105.0, height_mm=148.0))


@pytest.mark.parametrize("symbology", ["QRCode", "DataMatrix"])
@pytest.mark.parametrize("px_per_bar", [8.0, 3.0])
def test_a_site_with_matrix_codes_prints_the_sscc_as_one(symbology: str, px_per_bar: float) -> None:
    rules = replace(RULES, symbologies=(symbology,), width_mm=60.0, height_mm=60.0)
    assert read(at_px_per_bar(draw_label(PALLET, rules, Wear(seed=2)), px_per_bar)) == {"00384123450000000011"}


def test_a_matrix_code_that_does_not_fit_is_refused() -> None:
    rules = replace(RULES, symbologies=("QRCode",), narrowest_bar_mm=2.0, width_mm=50.0, height_mm=60.0)
    with pytest.raises(BadInputError, match="a matrix code of 58 mm does not fit"):
        draw_label(PALLET, rules)


def test_nothing_is_printed_over_the_sides_of_a_narrow_sticker() -> None:
    art = draw_label(PALLET, replace(RULES, narrowest_bar_mm=0.5, width_mm=105.0, height_mm=148.0))
    n_px = 3 * 16  # 3 mm at 16 pixels a millimetre
    assert art[:, :n_px].min() == art[:, -n_px:].min() == art.max()
