"""The second engine: which lines of a picture it scans, and what it tells of a symbol."""

import numpy as np
import pytest
import zint
from biip.upc import Upc
from hypothesis import given
from hypothesis import strategies as st

from tests.vision.barcodes import draw
from vision.codes import zbar_engine, zxing_engine

pytestmark = pytest.mark.skipif(not zbar_engine.is_available(), reason="zbar's library is not installed")

EAN = "4006209700068"
UPRIGHT = draw(zint.Symbology.EANX, EAN)
ON_ITS_SIDE = np.ascontiguousarray(np.rot90(UPRIGHT))


def texts(image: np.ndarray, every: tuple[int, int]) -> list[str]:
    return [d.text for d in zbar_engine.read(image, ("EAN13",), variant="plain", every=every)]


@pytest.mark.parametrize(("every", "upright", "on_its_side"), [((1, 1), [EAN], [EAN]), ((0, 2), [EAN], []), ((2, 0), [], [EAN])])
def test_rows_or_columns_alone_read_bars_that_they_cross(
    every: tuple[int, int], upright: list[str], on_its_side: list[str]
) -> None:
    assert texts(UPRIGHT, every) == upright
    assert texts(ON_ITS_SIDE, every) == on_its_side


def test_corners_enclose_the_bars_whichever_way_they_lie() -> None:
    for image in (UPRIGHT, ON_ITS_SIDE):
        (read,) = zbar_engine.read(image, ("EAN13",), variant="plain")
        height, width = image.shape
        assert read.centre_px == pytest.approx((width / 2, height / 2), abs=8)
        assert (read.symbology, read.engine, read.variant) == ("EAN13", "pyzbar", "plain")


def test_a_qr_code_has_its_four_corners() -> None:
    image = draw(zint.Symbology.QRCODE, "LPN0001234", px_per_module=6, margin_px=40)
    (read,) = zbar_engine.read(image, ("QRCode",), variant="plain")
    assert sorted(x for x, _ in read.corners_px) == pytest.approx([40, 40, 166, 166], abs=2)


def test_symbologies_that_it_does_not_know_are_no_error() -> None:
    assert zbar_engine.read(UPRIGHT, ("DataMatrix",), variant="plain") == []
    assert zbar_engine.read(UPRIGHT, ("Code128",), variant="plain") == []


def test_a_upc_e_is_spelt_as_the_article_number_that_it_stands_for_and_given_only_where_asked_for() -> None:
    for digits in ("123456", "123450", "123453", "123454"):
        image = draw(zint.Symbology.UPCE, digits)
        (read,) = zbar_engine.read(image, ("UPCE",), variant="plain")
        (other,) = zxing_engine.read(image, ("UPCE",), variant="plain")
        assert (read.symbology, read.text) == (other.symbology, other.text)
        assert zbar_engine.read(image, ("EAN13",), variant="plain") == []


@given(st.from_regex("[01][0-9]{6}", fullmatch=True))
def test_a_upc_e_is_spelt_out_as_biip_spells_it_out(digits: str) -> None:
    whole = Upc.parse(digits).as_upc_a()
    assert zbar_engine.expanded(digits + whole[-1]) == "0" + whole
