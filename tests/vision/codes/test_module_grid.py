"""Bent symbols: what one plane cannot explain is flattened by the symbol's own modules."""

import cv2
import numpy as np
import pytest
import zint
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.vision.barcodes import Grey, draw, photographed
from vision.codes import zxing_engine
from vision.codes.decode import decode
from vision.codes.decoded import Suspect
from vision.codes.module_grid import count_modules, drawn, flattened_modules

URL = "https://example.org/pallet/0034567890123456789?x=12345678901234567890"
LPN = "LPN0001234-ABCDEFGHIJKLMNOPQRSTUV-998877"


def creased(image: Grey, amplitude_px: float, *, wave_px: float = 150, phase: float = 1.0) -> Grey:
    """Return the picture on a surface that waves in both directions."""
    y, x = np.mgrid[0 : image.shape[0], 0 : image.shape[1]].astype(np.float32)
    to_x = x + np.float32(amplitude_px) * np.sin(2 * np.pi * y / wave_px)
    to_y = y + np.float32(amplitude_px) * np.sin(2 * np.pi * x / wave_px + phase)
    bent = cv2.remap(image, to_x, to_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(bent, dtype=np.uint8)


@pytest.mark.parametrize(
    ("symbology", "name", "text"), [(zint.Symbology.QRCODE, "QRCode", URL), (zint.Symbology.DATAMATRIX, "DataMatrix", LPN)]
)
def test_a_creased_code_that_the_engine_does_not_read_is_flattened_and_read(
    symbology: zint.Symbology, name: str, text: str
) -> None:
    picture = photographed(creased(draw(symbology, text, px_per_module=6), 2.5))
    assert zxing_engine.read(picture, (name,), variant="plain") == []
    (read,) = decode(picture)
    assert (read.symbology, read.text, read.variant) == (name, text, "flattened")
    assert read.centre_px == pytest.approx((picture.shape[1] / 2, picture.shape[0] / 2), abs=6)


@settings(deadline=None, max_examples=12)
@given(amplitude_px=st.floats(0, 2.5), wave_px=st.floats(120, 400), phase=st.floats(0, 6))
def test_flattening_gives_the_modules_back_whatever_the_wave(amplitude_px: float, wave_px: float, phase: float) -> None:
    px, margin = 6, 40
    label = draw(zint.Symbology.QRCODE, URL, px_per_module=px, margin_px=margin)
    n = (label.shape[0] - 2 * margin) // px
    low, high = margin - 0.5, margin + n * px - 0.5
    suspect = Suspect(symbology="QRCode", corners_px=((low, low), (high, low), (high, high), (low, high)))
    picture = photographed(creased(label, amplitude_px, wave_px=wave_px, phase=phase))
    assert count_modules(picture, suspect)[0] == n
    truth = label[margin + px // 2 : margin + n * px : px, margin + px // 2 : margin + n * px : px] < 128
    assert np.mean(flattened_modules(picture, suspect, n) == truth) > 0.97


def test_noise_within_an_outline_gives_nothing() -> None:
    noise = np.random.default_rng(7).integers(0, 256, (300, 300)).astype(np.uint8)
    for name in ("QRCode", "DataMatrix"):
        suspect = Suspect(symbology=name, corners_px=((50, 50), (250, 50), (250, 250), (50, 250)))
        for n in count_modules(noise, suspect):
            clean = drawn(flattened_modules(noise, suspect, n))
            assert zxing_engine.read(clean, (name,), variant="flattened") == []
