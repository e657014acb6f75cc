"""What the ladder reads, what it refuses, and what it costs nothing to hold: text, place, engine."""

import numpy as np
import pytest
import zint

from tests.vision.barcodes import SSCC_TEXT, draw, draw_sscc, photographed, turned
from vision.codes import zbar_engine
from vision.codes.decode import decode, tiles
from warehouse.errors import BadInputError


def test_a_gs1_label_gives_its_data_without_brackets_or_identifier() -> None:
    (read,) = decode(draw_sscc())
    assert (read.symbology, read.text, read.engine, read.is_gs1) == ("Code128", SSCC_TEXT, "zxing-cpp", True)


def test_fnc1_inside_the_data_is_a_group_separator() -> None:
    (read,) = decode(draw(zint.Symbology.GS1_128, "[02]07612345000008[37]12[10]AB1[15]271231"))
    assert read.text == "02076123450000083712\x1d10AB1\x1d15271231"


@pytest.mark.parametrize("angle_deg", range(0, 91, 15))
def test_a_label_is_read_at_any_roll(angle_deg: int) -> None:
    read = decode(photographed(turned(draw_sscc(), angle_deg)), symbologies=("Code128",))
    assert [d.text for d in read] == [SSCC_TEXT]


def test_corners_of_a_deskewed_read_lie_where_the_label_is_in_the_picture() -> None:
    picture = np.full((900, 1400), 230, dtype=np.uint8)
    label = turned(draw_sscc(), 35, background=230)
    picture[200 : 200 + label.shape[0], 600 : 600 + label.shape[1]] = label
    (read,) = decode(photographed(picture), symbologies=("Code128",))
    assert read.variant.startswith("deskewed")
    assert read.centre_px == pytest.approx((600 + label.shape[1] / 2, 200 + label.shape[0] / 2), abs=25)


def test_a_small_turned_label_is_found_in_a_large_frame() -> None:
    picture = np.random.default_rng(5).normal(120, 12, (2200, 3000)).clip(0, 255).astype(np.uint8)
    label = turned(draw_sscc(px_per_module=2), 25)
    picture[1400 : 1400 + label.shape[0], 300 : 300 + label.shape[1]] = label
    assert [d.text for d in decode(photographed(picture, blur_px=0.5), symbologies=("Code128",))] == [SSCC_TEXT]


@pytest.mark.parametrize(
    ("symbology", "text", "name"),
    [
        (zint.Symbology.EANX, "4006209700068", "EAN13"),
        (zint.Symbology.QRCODE, "LPN0001234", "QRCode"),
        (zint.Symbology.DATAMATRIX, "LPN0001234", "DataMatrix"),
        (zint.Symbology.CODE39, "RACK-7", "Code39"),
    ],
)
def test_other_symbologies_go_by_the_names_of_zxing(symbology: zint.Symbology, text: str, name: str) -> None:
    (read,) = decode(draw(symbology, text, px_per_module=4))
    assert (read.symbology, read.text) == (name, text)


@pytest.mark.parametrize("symbology", [zint.Symbology.QRCODE, zint.Symbology.DATAMATRIX])
@pytest.mark.parametrize("is_large", [False, True])
def test_a_light_2d_code_on_dark_is_read(symbology: zint.Symbology, is_large: bool) -> None:
    label = np.invert(draw(symbology, "LPN0001234", px_per_module=4))
    picture = np.full((1500, 2000) if is_large else (400, 500), 200, dtype=np.uint8)
    picture[100 : 100 + label.shape[0], 150 : 150 + label.shape[1]] = label
    assert [d.text for d in decode(photographed(picture))] == ["LPN0001234"]


def test_only_the_symbologies_asked_for_are_read() -> None:
    assert decode(draw_sscc(), symbologies=("QRCode",)) == ()


def test_noise_stripes_and_a_single_pixel_hold_no_barcode() -> None:
    rng = np.random.default_rng(3)
    stripes = np.tile(np.repeat(np.array([0, 255], dtype=np.uint8), 20), (300, 20))
    for picture in (rng.integers(0, 256, (400, 500)).astype(np.uint8), stripes, np.zeros((1, 1), dtype=np.uint8)):
        assert decode(picture) == ()


def test_an_unknown_symbology_is_named() -> None:
    with pytest.raises(BadInputError, match="'Code 128' is no symbology"):
        decode(draw_sscc(), symbologies=("Code 128",))


def test_without_pyzbar_everything_else_still_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zbar_engine, "wrapper", None)
    assert not zbar_engine.is_available()
    assert [d.text for d in decode(photographed(turned(draw_sscc(), 40)), symbologies=("Code128",))] == [SSCC_TEXT]


def test_tiles_cover_every_pixel_and_overlap() -> None:
    covered = np.zeros((2300, 3100), dtype=int)
    for x, y, tile in tiles(np.zeros((2300, 3100), dtype=np.uint8), 1000):
        covered[y : y + tile.shape[0], x : x + tile.shape[1]] += 1
        assert all(700 <= side <= 1300 for side in tile.shape)
    assert covered.min() == 1
    assert (covered > 1).mean() > 0.3


def test_a_site_of_code_128_alone_gets_no_other_symbology_however_hard_it_is_looked_for() -> None:
    assert decode(draw(zint.Symbology.QRCODE, "4711000815", px_per_module=5), symbologies=("Code128",)) == ()


@pytest.mark.parametrize("text", ["XHP297", "841235", "PAL/A12", "A$B", "12.5%C", "+A99912345/9901510X33M"])
def test_a_code_39_is_read_as_it_is_encoded(text: str) -> None:
    """Not as the Code 32, the PZN or the full ASCII that the same bars could mean."""
    assert [d.text for d in decode(draw(zint.Symbology.CODE39, text), symbologies=("Code39",))] == [text]


@pytest.mark.parametrize("text", ["Pallet-17", "lpn{4}", "a!b#"])
def test_a_code_39_with_small_letters_is_read_as_both_engines_would_type_it(text: str) -> None:
    image = draw(zint.Symbology.EXCODE39, text)
    assert [d.text for d in decode(image, symbologies=("Code39",))] == [text]
    if zbar_engine.is_available():
        assert [d.text for d in zbar_engine.read(image, ("Code39",), variant="plain")] == [text]


@pytest.mark.parametrize("angle_deg", range(5, 90, 10))
def test_a_part_of_an_interleaved_2_of_5_that_lies_aslant_is_never_read_as_a_code(angle_deg: int) -> None:
    picture = photographed(turned(draw(zint.Symbology.C25INTER, "2167361334"), angle_deg))
    assert {d.text for d in decode(picture)} <= {"2167361334"}


@pytest.mark.parametrize("angle_deg", range(5, 90, 10))
def test_a_part_of_an_ean_13_that_lies_aslant_is_never_read_as_a_upc_e(angle_deg: int) -> None:
    picture = photographed(turned(draw(zint.Symbology.EANX, "400620970006"), angle_deg))
    assert [d.text for d in decode(picture)] == ["4006209700068"]


@pytest.mark.parametrize("angle_deg", [20, 28, 36])
def test_what_is_sought_is_looked_for_beside_what_reads_easily(angle_deg: int) -> None:
    label = turned(draw_sscc(px_per_module=2), angle_deg)
    sticker = draw(zint.Symbology.CODE128, "A01-03-2", px_per_module=2, margin_px=20)
    scene = np.full((label.shape[0] + 160, label.shape[1] + 200), 200, dtype=np.uint8)
    scene[150 : 150 + label.shape[0], 100 : 100 + label.shape[1]] = label
    scene[5 : 5 + sticker.shape[0], 10 : 10 + sticker.shape[1]] = sticker
    picture = photographed(scene)
    assert [d.text for d in decode(picture, symbologies=("Code128",))] == ["A01-03-2"]
    found = decode(picture, symbologies=("Code128",), is_sought=lambda d: d.text.startswith("00"))
    assert [d.text for d in found] == ["A01-03-2", SSCC_TEXT]
