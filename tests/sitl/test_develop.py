"""Photographs obey the camera model and the stock; barcode readers see in them what hangs there, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
import zxingcpp

from sitl.develop import Darkroom, Picture, encode_jpeg
from sitl.develop_lens import motion_kernel
from sitl.scene import build_scene
from sitl.stock import Stock, make_stock
from warehouse.camera import CameraModel
from warehouse.poses import Pose
from warehouse.site import Site
from warehouse.site_file import load_site

SHARP_SITE = Path(__file__).parents[2] / "benchmarks" / "sites" / "sharp"
STILL = (0.0, 0.0, 0.0)
CODE_128 = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.Code128)


@pytest.fixture(scope="module")
def site() -> Site:
    return load_site(SHARP_SITE)


@pytest.fixture(scope="module")
def camera(site: Site) -> CameraModel:
    return site.cameras[0]


@pytest.fixture(scope="module")
def stock(site: Site) -> Stock:
    return make_stock(site, 3)


@pytest.fixture(scope="module")
def darkroom(site: Site, stock: Stock, camera: CameraModel) -> Darkroom:
    cv2.setNumThreads(1)
    return Darkroom(site, stock, camera)


def pose_before(
    site: Site, code: str, standoff_m: float = 1.3, *, roll: float = 0.0, pitch: float = 0.0, turn: float = 0.0
) -> Pose:
    """Look at the middle of a bin's label band, the camera `standoff_m` from the face."""
    wanted = site.layout.bins_by_code[code]
    face = site.layout.faces[wanted.face]
    x, y, z = (float(v) for v in face.point_m(wanted.along_m, wanted.base_m + 0.6, standoff_m + 0.1))
    heading = (0.0 if face.side == "right" else 180.0) + turn
    return Pose(time_s=0.0, position_m=(x, y, z), roll_deg=roll, pitch_deg=pitch, heading_deg=heading)


def read(frame: Picture) -> list[zxingcpp.Barcode]:
    return zxingcpp.read_barcodes(frame, formats=CODE_128, text_mode=zxingcpp.TextMode.Plain)


def ssccs(frame: Picture) -> set[str]:
    found = read(frame)
    return {b.text[2:] for b in found if len(b.text) == 20 and b.text.startswith("00")}


def codes(stock: Stock, is_wanted: Callable[[str], bool]) -> list[str]:
    return [code for code in stock.standing if is_wanted(code)]


def test_a_frame_is_grey_and_as_large_as_the_sensor(site: Site, darkroom: Darkroom) -> None:
    frame = darkroom.develop(pose_before(site, "A01-03-2-1"), STILL, seed=1)
    assert frame.shape == (2400, 3840)
    assert frame.dtype == np.uint8


def test_the_same_photo_is_developed_twice_alike_whatever_was_developed_between(
    site: Site, stock: Stock, camera: CameraModel, darkroom: Darkroom
) -> None:
    pose = pose_before(site, "A01-04-2-2")
    first = darkroom.develop(pose, (0.0, 1.0, 0.0), seed=4)
    darkroom.develop(pose_before(site, "A01-07-3-1"), STILL, seed=5)
    assert np.array_equal(darkroom.develop(pose, (0.0, 1.0, 0.0), seed=4), first)
    assert np.array_equal(Darkroom(site, stock, camera).develop(pose, (0.0, 1.0, 0.0), seed=4), first)


def test_labels_stand_in_the_frame_where_the_camera_model_projects_them(
    site: Site, stock: Stock, camera: CameraModel, darkroom: Darkroom
) -> None:
    hung = {s.picture[1]: s for f in build_scene(site, stock) for s in f.sheets if s.picture[0] == "label"}
    n_checked = 0
    for number, code in enumerate(codes(stock, lambda c: stock.standing[c].label is not None)[:28:4]):
        label = stock.standing[code].label
        assert label is not None
        if label.is_torn:
            continue
        # Aim so that the label stands near a corner of the frame, where distortion and attitude count most.
        right = -1 if number % 2 else 1
        pose = pose_before(site, code, 1.5, roll=2.0 * right, pitch=1.5, turn=-3.0 * right)
        frame = darkroom.develop(pose, STILL, seed=number)
        for symbol in read(frame):
            if symbol.text != f"00{stock.standing[code].pallet.sscc}":
                continue
            p = symbol.position
            seen = np.array([[c.x, c.y] for c in (p.top_left, p.top_right, p.bottom_right, p.bottom_left)])
            sheet = hung[code]
            left, top, bottom = (148 - 124.8) / 2 / 148, 169 / 210, 201 / 210
            places = [(left, top), (1 - left, top), (1 - left, bottom), (left, bottom)]
            corners = np.array([sheet.corner_m + u * sheet.right_m + v * sheet.down_m for u, v in places])
            pixels, _ = camera.project(pose, corners)
            # zxing ends a symbol at its outermost good scan lines: sharp along the bars' normal, generous along the bars.
            normal = (pixels[1] - pixels[0]) / np.linalg.norm(pixels[1] - pixels[0])
            assert np.abs((seen - pixels) @ normal).max() < 5.0
            assert np.abs(seen - pixels).max() < 40.0
            n_checked += 1
    assert n_checked >= 5


@pytest.mark.parametrize("speed_mps", [0.0, 1.0])
def test_labels_decode_at_three_pixels_a_bar_and_torn_ones_do_not(
    site: Site, stock: Stock, camera: CameraModel, darkroom: Darkroom, speed_mps: float
) -> None:
    standoff_m = camera.focal_px[0] * site.labels.narrowest_bar_mm / 3.0 / 1000.0 - 0.08
    intact = codes(stock, lambda c: (label := stock.standing[c].label) is not None and not label.is_torn)[::9]
    torn = codes(stock, lambda c: (label := stock.standing[c].label) is not None and label.is_torn)
    assert (len(intact), len(torn)) == (9, 2)
    n_read = 0
    for number, code in enumerate(intact):
        frame = darkroom.develop(pose_before(site, code, standoff_m), (0.0, speed_mps, 0.0), seed=number)
        n_read += stock.standing[code].pallet.sscc in ssccs(frame)  # a bare engine may misread another one: vision's matter
    assert n_read >= 8  # one frame each; glare may hide a label in one of them
    for number, code in enumerate(torn):
        frame = darkroom.develop(pose_before(site, code, 1.0), STILL, seed=number)
        assert stock.standing[code].pallet.sscc not in ssccs(frame)


def test_what_stands_behind_an_empty_bin_shifts_less_than_the_face(site: Site, stock: Stock, darkroom: Darkroom) -> None:
    empty = next(
        c for c, b in site.layout.bins_by_code.items() if c not in stock.standing and "-2-2" in c and b.face == "A01-right"
    )
    wanted, face = site.layout.bins_by_code[empty], site.layout.faces["A01-right"]
    frames = []
    for step_m in (0.0, 0.10):
        x, y, z = (float(v) for v in face.point_m(wanted.along_m - 0.05 + step_m, wanted.base_m + 0.6, 1.4))
        pose = Pose(time_s=0.0, position_m=(x, y, z), roll_deg=0.0, pitch_deg=0.0, heading_deg=0.0)
        small = cv2.resize(darkroom.develop(pose, STILL, seed=1), None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
        frames.append(small[200:420, 250:570].astype(np.float32))
    assert frames[0].std() > 4.0  # texture to measure on
    (shift_px, _), response = cv2.phaseCorrelate(frames[0], frames[1], cv2.createHanningWindow((320, 220), cv2.CV_32F))
    depth_m = 0.25 * 5150.0 * 0.10 / abs(shift_px)
    assert response > 0.1
    assert depth_m == pytest.approx(1.3 + 1.1 + 0.3, abs=0.2)  # the rack is 1.10 m deep, and the background stands 0.30 m behind it


def test_motion_smears_along_the_flight_and_by_its_length() -> None:
    def spread_px(motion: tuple[float, float]) -> tuple[float, float]:
        kernel = motion_kernel(np.array(motion))
        axis = np.arange(len(kernel)) - len(kernel) // 2
        assert kernel.sum() == pytest.approx(1.0, abs=1e-5)
        return float(kernel.sum(axis=0) @ axis**2) ** 0.5, float(kernel.sum(axis=1) @ axis**2) ** 0.5

    still, moved = spread_px((0.0, 0.0)), spread_px((6.0, 0.0))
    assert still[0] == pytest.approx(still[1])
    assert moved[1] == pytest.approx(still[1], rel=0.05)
    # A box of length L has a variance of L^2 / 12, and variances add.
    assert moved[0] ** 2 == pytest.approx(still[0] ** 2 + 36.0 / 12.0, rel=0.2)


def test_light_falls_off_behind_the_face(site: Site, stock: Stock, darkroom: Darkroom) -> None:
    full = next(c for c in codes(stock, lambda c: "-2-2" in c))
    empty = next(c for c, b in site.layout.bins_by_code.items() if c not in stock.standing and b.kind.is_observable)
    bright = darkroom.develop(pose_before(site, full), STILL, seed=1)[800:1600, 1200:2000].mean()
    dark = darkroom.develop(pose_before(site, empty), STILL, seed=1)[800:1600, 1200:2000].mean()
    assert dark < 0.8 * bright


def test_a_camera_among_the_racks_or_on_the_pad_still_gets_a_frame(site: Site, darkroom: Darkroom) -> None:
    for place in ((6.0, 1.5, 0.0), (7.55, 8.0, 2.0), (6.0, 30.0, 1.0)):
        pose = Pose(time_s=0.0, position_m=place, roll_deg=5.0, pitch_deg=-20.0, heading_deg=35.0)
        assert darkroom.develop(pose, STILL, seed=1).shape == (2400, 3840)


def test_the_jpeg_keeps_what_matters(site: Site, stock: Stock, darkroom: Darkroom) -> None:
    code = codes(stock, lambda c: (label := stock.standing[c].label) is not None and not label.is_torn)[0]
    frame = darkroom.develop(pose_before(site, code), (0.0, 1.0, 0.0), seed=1)
    data = encode_jpeg(frame)
    decoded = np.asarray(cv2.imdecode(np.frombuffer(data, dtype=np.uint8), cv2.IMREAD_UNCHANGED), dtype=np.uint8)
    assert decoded.shape == frame.shape
    assert len(data) < 2_500_000
    assert ssccs(decoded) == ssccs(frame)
