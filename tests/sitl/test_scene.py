"""Where the scene says that things hang is where the stock says that they hang."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from sitl.scene import Layer, Sheet, build_scene
from sitl.scene_goods import draw_goods, draw_goods_side, draw_lid
from sitl.stock import DECK_M, Finish, Stock, make_stock
from warehouse.site import Site
from warehouse.site_file import load_site

DEMO_SITE = Path(__file__).parents[2] / "sitl" / "demo_site"


@pytest.fixture(scope="module")
def site() -> Site:
    return load_site(DEMO_SITE)


@pytest.fixture(scope="module")
def stock(site: Site) -> Stock:
    return make_stock(site, 3)


def sheets_of(site: Site, stock: Stock, kind: str) -> dict[str, tuple[str, Sheet]]:
    return {s.picture[1]: (f.face.name, s) for f in build_scene(site, stock) for s in f.sheets if s.picture[0] == kind}


def test_every_sticker_hangs_upright_where_the_stock_puts_it(site: Site, stock: Stock) -> None:
    stickers = sheets_of(site, stock, "label")
    assert set(stickers) == {code for code, load in stock.standing.items() if load.label is not None}
    for code, (face_name, sheet) in stickers.items():
        load, wanted, face = stock.standing[code], site.layout.bins_by_code[code], site.layout.faces[face_name]
        assert load.label is not None
        along, height, out = face.face_coordinates_m(sheet.corners_m).T
        side = 1 if face.side == "left" else -1  # right as seen from the aisle is on along the left face
        assert along.mean() == pytest.approx(wanted.along_m + side * (load.right_m + load.label.right_m))
        assert height.mean() == pytest.approx(wanted.base_m + load.label.above_base_m)
        assert np.ptp(out) < 1e-9
        assert out[0] == pytest.approx(0.001 - load.setback_m)
        assert height.min() >= wanted.base_m + site.labels.lowest_m - 1e-9
        assert height.max() <= wanted.base_m + site.labels.highest_m + 1e-9
        assert np.linalg.norm(sheet.right_m) == pytest.approx(0.148)
        assert np.linalg.norm(sheet.down_m) == pytest.approx(0.210)
        assert side * float(sheet.right_m @ np.asarray(face.along)) > 0.14


def test_fronts_look_into_the_aisle_and_flanks_to_their_side(site: Site, stock: Stock) -> None:
    for scene in build_scene(site, stock):
        out = np.asarray(scene.face.outward)
        for sheet in scene.sheets:
            normal = np.cross(sheet.down_m, sheet.right_m)
            normal = normal / np.linalg.norm(normal)
            match sheet.picture[0]:
                case "goods" | "label" | "beam" | "location" | "behind" | "pallet":
                    assert normal @ out == pytest.approx(1.0)
                case "floor" | "lid":
                    assert normal[2] == pytest.approx(1.0)
                case "side":
                    assert abs(normal @ np.asarray(scene.face.along)) == pytest.approx(1.0)
                    centre = sheet.corners_m.mean(axis=0)
                    assert sheet.bin_centre_m is not None
                    assert normal @ (centre - sheet.bin_centre_m) > 0.3  # away from the middle of its own bin


def test_an_empty_pallet_is_boards_at_the_height_of_its_deck_and_nothing_more(site: Site, stock: Stock) -> None:
    code = "A01-03-2-2"
    load = dataclasses.replace(stock.standing[code], label=None, height_m=DECK_M, finish=Finish.BOARDS)
    planted = dataclasses.replace(stock, standing={**stock.standing, code: load})
    sheets = {
        s.picture[0]: s for f in build_scene(site, planted) for s in f.sheets if s.picture[1] == code and s.bin_centre_m is not None
    }
    assert set(sheets) == {"lid", "pallet"}
    assert sheets["lid"].corners_m[:, 2] == pytest.approx(site.layout.bins_by_code[code].base_m + DECK_M)
    rows = draw_lid(load).astype(float)
    assert rows.std(axis=1).mean() > 40.0  # boards and gaps side by side
    assert rows.std(axis=0).mean() < 15.0  # that run into the rack


@pytest.mark.parametrize(("finish", "darkest", "brightest"), [(Finish.DARK_FILM, 10, 45), (Finish.PALE_FILM, 180, 230)])
def test_film_has_one_tone_on_every_side(stock: Stock, finish: Finish, darkest: int, brightest: int) -> None:
    load = dataclasses.replace(next(iter(stock.standing.values())), label=None, height_m=0.3, finish=finish)
    for picture in (draw_lid(load), draw_goods(load), draw_goods_side(load)):
        assert darkest < np.percentile(picture, 1) < np.percentile(picture, 99) < brightest


def test_nothing_is_painted_over_a_load_but_beams_uprights_and_what_hangs_on_them(site: Site, stock: Stock) -> None:
    over = {s.picture[0] for f in build_scene(site, stock) for s in f.sheets if s.layer is Layer.FRONT}
    assert over == {"beam", "upright", "deck", "location"}


def test_uprights_stand_clear_of_every_opening(site: Site, stock: Stock) -> None:
    for scene in build_scene(site, stock):
        bins = site.layout.bins_of_face(scene.face.name)
        for sheet in scene.sheets:
            if sheet.picture[0] == "upright" and sheet.layer is Layer.FRONT:
                along = scene.face.face_coordinates_m(sheet.corners_m)[:, 0]
                assert all(
                    along.max() < b.along_m - b.width_m / 2 + 0.01 or along.min() > b.along_m + b.width_m / 2 - 0.01 for b in bins
                )
