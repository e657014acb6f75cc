"""Bars that do not read prove a load; nothing behind an empty bin does."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from sitl.demo import DEMO_SITE
from sitl.develop import Darkroom
from sitl.stock import Stock, make_stock
from tests.vision.barcodes import draw_sscc, photographed
from tests.vision.worlds import demo_site, frame_before
from vision.bins.bar_traces import bar_pieces, shows_bars
from vision.bins.face_view import find_face_view, label_band
from vision.bins.seen_again import Glimpse, are_bars_seen_again, is_seen_again
from vision.codes.localise import BarRegion, find_bar_regions
from warehouse.site import Site
from warehouse.site_file import load_site

SEED = 204
DEPTH_M = 1.1
"""Of the racks of both sites."""


@pytest.fixture(scope="module")
def site() -> Site:
    return demo_site()


@pytest.fixture(scope="module")
def stock(site: Site) -> Stock:
    return make_stock(site, SEED)


FOUR, THREE = (-0.46, -0.15, 0.15, 0.46), (-0.2, 0.132, 0.464)
"""Places of frames along the bin: of a dense pass, and three neighbours of the pass that the demo plans."""


def glimpses_of(
    site: Site,
    darkroom: Darkroom,
    code: str,
    *,
    pose_error_m: float = 0.0,
    offsets_m: tuple[float, ...] = FOUR,
    standoff_m: float = 1.2,
) -> list[Glimpse]:
    b = site.layout.bins_by_code[code]
    band = label_band(b, site.labels.lowest_m - 0.1, site.labels.highest_m + 0.1)
    found = []
    for number, offset in enumerate(offsets_m):
        face = site.layout.faces[b.face]
        flown = frame_before(site, face, b.along_m + offset, b.base_m + 0.6, standoff_m=standoff_m)
        image = darkroom.develop(flown.pose, (0.0, 0.0, 0.0), seed=number)
        believed = frame_before(site, face, b.along_m + offset + pose_error_m * (number - 1), b.base_m + 0.6, standoff_m=standoff_m)
        view = find_face_view(site, believed)
        assert view is not None
        window = view.window_px(band)
        if window is None:
            continue
        left, top, right, bottom = window
        crop = np.ascontiguousarray(image[top:bottom, left:right])
        found.append(Glimpse(view, crop, (left, top), bar_pieces(view, crop, (left, top), band, site.labels)))
    return found


@pytest.mark.parametrize("pose_error_m", [0.0, 0.02])
def test_the_bars_of_every_torn_label_are_seen_again(site: Site, stock: Stock, pose_error_m: float) -> None:
    darkroom = Darkroom(site, stock, site.cameras[0])
    torn = [code for code, load in stock.standing.items() if load.label is not None and load.label.is_torn]
    assert len(torn) == 2
    for code in torn:
        assert are_bars_seen_again(glimpses_of(site, darkroom, code, pose_error_m=pose_error_m), DEPTH_M)


def test_every_photo_of_a_torn_label_under_film_shows_its_bars(site: Site) -> None:
    stock = make_stock(site, 42)
    darkroom = Darkroom(site, stock, site.cameras[0])
    hidden = [code for code, load in stock.standing.items() if load.label and load.label.is_torn and load.label.is_under_wrap]
    assert hidden == ["A01-06-4-3"]
    glimpses = glimpses_of(site, darkroom, hidden[0], offsets_m=THREE, standoff_m=1.275)
    assert all(glimpse.pieces for glimpse in glimpses)
    assert are_bars_seen_again(glimpses, DEPTH_M)


@pytest.mark.parametrize("first_m", [-0.90, -0.81, -0.73, -0.64])
def test_a_torn_label_is_told_in_the_two_whole_photos_that_a_plan_takes_of_it(first_m: float) -> None:
    site = load_site(DEMO_SITE)
    stock = make_stock(site, 42)
    darkroom = Darkroom(site, stock, site.cameras[0])
    offsets = tuple(first_m + 0.34 * i for i in range(6) if first_m + 0.34 * i < 0.9)
    for code, load in stock.standing.items():
        if load.label is not None and load.label.is_torn:
            assert are_bars_seen_again(glimpses_of(site, darkroom, code, offsets_m=offsets, pose_error_m=0.015), DEPTH_M)


def test_two_photos_too_near_together_to_tell_front_from_rear_prove_nothing(site: Site, stock: Stock) -> None:
    darkroom = Darkroom(site, stock, site.cameras[0])
    torn = next(code for code, load in stock.standing.items() if load.label is not None and load.label.is_torn)
    near = glimpses_of(site, darkroom, torn, offsets_m=(0.0, 0.12))
    assert all(glimpse.pieces for glimpse in near)
    assert not are_bars_seen_again(near, DEPTH_M)


def test_no_empty_bin_shows_bars_twice(site: Site, stock: Stock) -> None:
    darkroom = Darkroom(site, stock, site.cameras[0])
    empty = [b.code.text for b in site.layout.bins if b.kind.is_observable and b.code.text not in stock.standing][::4]
    assert len(empty) >= 4
    assert not any(are_bars_seen_again(glimpses_of(site, darkroom, code), DEPTH_M) for code in empty)


def test_bars_that_wander_as_far_as_the_rear_of_a_rack_are_no_proof() -> None:
    assert is_seen_again([[(4.40, 3.5)], [(9.0, 3.5), (4.44, 3.52)]])
    assert not is_seen_again([[(4.40, 3.5)], [(4.54, 3.5)], []])


def test_the_wires_of_a_mesh_are_no_bars() -> None:
    px_per_mm = 3.5
    mesh = np.full((600, 900), 60, dtype=np.uint8)
    mesh[:, ::90] = mesh[::90, :] = 90
    mesh = photographed(np.asarray(cv2.dilate(mesh, np.ones((6, 6), np.uint8)), dtype=np.uint8), noise=2.0)
    bars = photographed(np.pad(draw_sscc()[:100], 150, constant_values=255), noise=2.0)
    region = BarRegion(centre_px=(450.0, 300.0), length_px=700.0, height_px=60.0, angle_deg=0.0, strength=1.0)
    (label, *_) = find_bar_regions(bars)
    assert not shows_bars(mesh, region, px_per_mm)
    assert shows_bars(bars, label, px_per_mm)
