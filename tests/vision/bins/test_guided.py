"""Where a frame is searched, what each step finds, and when it stops."""

from dataclasses import replace

import numpy as np
import pytest
import zint

from benchmarks.stress import Stress, drone_hard, photograph, rolled, sticker, texture
from tests.vision.barcodes import SSCC, SSCC_TEXT, draw
from tests.vision.worlds import demo_site, view_of
from vision.bins import guided
from vision.bins.face_view import label_band
from vision.bins.guided import Box, GuidedEffort, decode_guided, label_windows, sweep
from vision.bins.looking import decode_frame
from vision.bins.tag_search import find_tags
from vision.codes.decoded import Decoded
from vision.codes.grey import Grey
from warehouse.site import Site
from warehouse.tags import LocationTag

PX_PER_MM = 4.0
LABEL = sticker("Code128", f"[00]{SSCC}")
WHOLE: Box = (0, 0, 1500, 1000)


def frame_with_label(stress: Stress, *, seed: int = 4, middle_px: tuple[float, float] = (760.0, 520.0)) -> Grey:
    rng = np.random.default_rng(seed)
    return photograph(LABEL, "Code128", stress, rng, ground=texture(rng, (1000, 1500)), middle_px=middle_px)


def read(
    image: Grey, *windows: Box, symbologies: tuple[str, ...] = ("Code128",), effort: GuidedEffort = "windows"
) -> list[Decoded]:
    return decode_guided(
        image,
        windows,
        symbologies,
        px_per_mm=PX_PER_MM,
        label_width_mm=148.0,
        is_sought=lambda d: d.text == SSCC_TEXT,
        effort=effort,
    )


def tagged(symbology: str, *, text: str = "x", size_mm: float = 80.0) -> Site:
    tag = LocationTag(text=text, symbology=symbology, face="A01-left", along_m=1.0, height_m=1.0, size_mm=size_mm)
    return replace(demo_site(), tags=(tag,))


def on_ground(code: Grey, *, corner: tuple[int, int] = (400, 300)) -> Grey:
    picture = texture(np.random.default_rng(8), (1000, 1500))
    x, y = corner
    picture[y : y + code.shape[0], x : x + code.shape[1]] = code
    return picture


def test_an_upright_label_is_swept_up_without_any_window_and_its_corners_lie_on_its_bars() -> None:
    (found,) = read(frame_with_label(Stress(px_per_module=2.4)))
    assert (found.text, found.variant) == (SSCC_TEXT, "sweep")
    assert found.centre_px == pytest.approx((760, 520), abs=8)
    assert found.corners_px[3][1] - found.corners_px[0][1] == pytest.approx(32 * 4.0, abs=20)


@pytest.mark.parametrize("roll_deg", [25.0, 60.0, 90.0])
def test_a_turned_hard_label_is_read_in_its_window_only(roll_deg: float) -> None:
    image = frame_with_label(rolled(drone_hard(3.0), roll_deg))
    (found,) = read(image, (300, 60, 1220, 980))
    assert found.text == SSCC_TEXT
    assert found.centre_px == pytest.approx((760, 520), abs=25)
    assert read(image, (0, 0, 300, 300)) == []
    assert read(image, WHOLE, effort="sweep") == []


def test_a_window_whose_label_was_swept_up_is_not_searched_further() -> None:
    rng = np.random.default_rng(4)
    upright = photograph(LABEL, "Code128", Stress(px_per_module=2.4), rng)
    other = photograph(sticker("Code128", "[02]07612345000008[37]12"), "Code128", Stress(px_per_module=2.4, roll_deg=50.0), rng)
    image = texture(rng, (1000, 1500))
    image[60 : 60 + upright.shape[0], 60 : 60 + upright.shape[1]] = upright
    image[400 : 400 + other.shape[0], 800 : 800 + other.shape[1]] = other
    assert [d.text for d in read(image, WHOLE)] == [SSCC_TEXT]
    assert sorted(d.text for d in read(image, WHOLE, (700, 300, 1500, 1000))) == [SSCC_TEXT, "020761234500000837" + "12"]


def test_square_codes_are_read_in_windows_and_a_weak_code_is_kept_for_the_vote_of_other_frames() -> None:
    image = on_ground(draw(zint.Symbology.QRCODE, "LPN0001234", px_per_module=4))
    (found,) = read(image, WHOLE, symbologies=("Code128", "QRCode"))
    assert found.text == "LPN0001234"
    assert found.corners_px[0] == pytest.approx((440, 340), abs=3)
    assert read(image, symbologies=("Code128", "QRCode")) == []
    weak = on_ground(draw(zint.Symbology.C25INTER, "2167361334", px_per_module=3))
    assert [d.text for d in read(weak, symbologies=("ITF",))] == ["2167361334"]


def test_windows_are_the_label_bands_in_view_grown_by_two_sigma() -> None:
    site = demo_site()
    b = next(b for b in site.layout.bins if b.kind.is_observable)
    view = view_of(site, b)
    windows = label_windows(site, view, 0.0)
    band = view.window_px(label_band(b, site.labels.lowest_m, site.labels.highest_m))
    assert band in windows
    px_per_m = 1000 * view.camera.px_per_mm(view.standoff_m)
    grown = label_windows(site, view, 0.02)[windows.index(band)]
    assert band is not None
    assert band[1] - grown[1] == pytest.approx(0.04 * px_per_m, rel=0.1)
    assert len(windows) <= 4


@pytest.mark.parametrize("is_on_its_side", [False, True])
def test_linear_tags_are_found_upright_and_on_their_side(is_on_its_side: bool) -> None:
    code = draw(zint.Symbology.CODE128, "A01-03-2-1", px_per_module=3)
    (found,) = find_tags(on_ground(np.rot90(code) if is_on_its_side else code), tagged("Code128"), px_per_mm=PX_PER_MM)
    height, width = np.rot90(code).shape if is_on_its_side else code.shape
    assert found.text == "A01-03-2-1"
    assert found.centre_px == pytest.approx((400 + width / 2, 300 + height / 2), abs=8)


def test_large_square_tags_are_found_in_the_shrunk_frame_with_corners_on_the_full_one() -> None:
    code = draw(zint.Symbology.QRCODE, "A01-03-2-1", px_per_module=16, margin_px=64)
    (found,) = find_tags(on_ground(code), tagged("QRCode", size_mm=100.0), px_per_mm=PX_PER_MM)
    assert found.text == "A01-03-2-1"
    assert found.corners_px[0] == pytest.approx((464, 364), abs=6)
    assert found.corners_px[2] == pytest.approx((400 + code.shape[1] - 65, 300 + code.shape[0] - 65), abs=8)


def test_a_pallet_label_of_the_tags_kind_is_no_tag_and_is_still_looked_at_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    site = tagged("Code128", text="T1")
    image = np.full(site.cameras[0].size_px[::-1], 120, dtype=np.uint8)
    image[:1000, :1500] = frame_with_label(Stress(px_per_module=2.4))
    code = draw(zint.Symbology.CODE128, "T1", px_per_module=3)
    image[60 : 60 + code.shape[0], 60 : 60 + code.shape[1]] = code
    assert [d.text for d in find_tags(image, site, px_per_mm=PX_PER_MM)] == ["T1"]
    view = view_of(site, site.layout.bins_by_code["A01-03-2-1"])
    assert {d.text for d in decode_frame(image, site, view)} == {SSCC_TEXT, "T1"}
    monkeypatch.setattr(guided, "looked_at_twice", lambda image, found: [])
    assert [d.text for d in decode_frame(image, site, view)] == ["T1"]


def test_a_frame_lower_than_one_swept_row_holds_nothing() -> None:
    assert sweep(np.zeros((3, 400), dtype=np.uint8), ("Code128",), px_per_mm=PX_PER_MM) == []


def test_of_two_symbols_close_together_the_one_that_is_sought_is_kept_whatever_reads_more_often() -> None:
    """The content's symbol hangs 8 cm above that of the SSCC, nearer than half its length."""

    def decoded(text: str, y: float, variant: str) -> Decoded:
        corners = ((400.0, y), (716.0, y), (716.0, y + 4), (400.0, y + 4))
        return Decoded(symbology="Code128", text=text, corners_px=corners, engine="zxing-cpp", variant=variant)

    ballots = guided._Ballots(lambda d: d.text == SSCC_TEXT)
    ballots.add([decoded("0218412345007283", 820.0, "sweep")])
    ballots.add([decoded("0218412345007283", 820.0, "deskewed"), decoded(SSCC_TEXT, 905.0, "deskewed")])
    assert {d.text for d in ballots.standing()} == {SSCC_TEXT, "0218412345007283"}
