"""Empty is proven down to a height: a low load is not empty, and where photos do not look so far down that is said."""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path

import numpy as np
import pytest

from sitl.develop import Darkroom, encode_jpeg
from sitl.stock import DECK_M, Finish, Load, Stock, make_stock
from tests.vision.worlds import SHARP_SITE, demo_site, frame_before
from vision.bins.bin_files import BinFile
from vision.bins.clear_down import Clear, clear_down
from vision.bins.looking import BinTask, look_at_bin
from vision.bins.observing import observe
from vision.bins.rear_windows import RearWindows
from vision.pictures.frame_files import FrameFiles
from warehouse.observations import SURE, Observation, ObservationStatus
from warehouse.run_folder import write_atomically
from warehouse.site import Site
from warehouse.site_file import load_site

SITE = demo_site()
BIN = SITE.layout.bins_by_code["A01-03-2-2"]
FACE = SITE.layout.faces[BIN.face]
ROWS, COLUMNS = 34, 15


@pytest.fixture(scope="module")
def stock() -> Stock:
    return make_stock(SITE, 7)


def looked_at(stock: Stock, load: Load | None, folder: Path, *, above_m: float = 0.6, site: Site = SITE) -> Observation:
    """Say what stands in the bin with that load in it, from four photos with poses that are a little wrong."""
    standing = {code: other for code, other in stock.standing.items() if code != BIN.code.text}
    if load is not None:
        standing[BIN.code.text] = load
    darkroom = Darkroom(site, dataclasses.replace(stock, standing=standing), site.cameras[0])
    rng = np.random.default_rng(5)
    frames = []
    for i, off in enumerate((-0.5, -0.17, 0.16, 0.49), start=1):
        frame = frame_before(SITE, FACE, BIN.along_m + off, BIN.base_m + above_m, name=f"01/{i:06d}")
        write_atomically(folder / frame.file, encode_jpeg(darkroom.develop(frame.pose, (0.0, 0.0, 0.0), seed=i)))
        x, y, z = (float(v) for v in np.asarray(frame.pose.position_m) + rng.normal(0.0, 0.02, 3))
        frames.append(dataclasses.replace(frame, pose=dataclasses.replace(frame.pose, position_m=(x, y, z))))
    look = look_at_bin(FrameFiles(str(folder)), SITE, BinTask(bin=BIN, frames=tuple(frames)))
    return observe(SITE, BinFile(bin=BIN, seen_share=1.0, look=look), {})


def test_an_empty_bin_is_surely_empty_and_the_reason_says_down_to_where(stock: Stock, tmp_path: Path) -> None:
    found = looked_at(stock, None, tmp_path)
    assert found.status is ObservationStatus.EMPTY
    assert found.confidence >= SURE
    assert "behind the edge of the shelf, down to 0.3" in found.reason


def test_the_deck_behind_an_empty_bin_of_a_double_deep_rack_is_no_load(stock: Stock, tmp_path: Path) -> None:
    folder = tmp_path / "site"
    shutil.copytree(SHARP_SITE, folder)
    with (folder / "layout.csv").open("a") as layout:
        layout.write(f"A01-03-2-7,A01,{FACE.side},{BIN.along_m},{BIN.base_m},{BIN.width_m},{BIN.height_m},{BIN.depth_m},rear\n")
    found = looked_at(stock, None, tmp_path, site=load_site(folder))
    assert (found.status, found.confidence >= SURE) == (ObservationStatus.EMPTY, True)


@pytest.mark.parametrize(
    ("height_m", "finish"), [(DECK_M, Finish.BOARDS), (0.2, Finish.CARTONS), (0.2, Finish.DARK_FILM), (0.3, Finish.PALE_FILM)]
)
def test_a_load_too_low_to_show_its_front_is_not_empty(stock: Stock, tmp_path: Path, height_m: float, finish: Finish) -> None:
    load = next(load for load in stock.standing.values() if load.label is not None)
    low = dataclasses.replace(load, label=None, height_m=height_m, finish=finish, is_wrapped=False)
    found = looked_at(stock, low, tmp_path)
    assert found.status is ObservationStatus.UNSEEN
    assert "the photos do not show that nothing stands lower" in found.reason


def test_photos_that_do_not_look_so_far_down_make_an_empty_bin_unsure(stock: Stock, tmp_path: Path) -> None:
    found = looked_at(stock, None, tmp_path, above_m=0.75)
    assert found.status is ObservationStatus.EMPTY
    assert found.confidence < SURE
    assert found.reason.startswith("unsure: a load lower than that, or an empty pallet, would not be seen")


def windows(*, n_pairs: int = 3) -> RearWindows:
    """All of the rear of a bin 0.9 m wide shows the far surface, from 8 cm above its base."""
    shape = (ROWS, COLUMNS)
    return RearWindows(
        heights_m=np.linspace(0.066, 0.066 + 0.016 * (ROWS - 1), ROWS),
        alongs_m=np.linspace(-0.35, 0.35, COLUMNS),
        n_pairs=np.full(shape, n_pairs),
        far=np.full(shape, 0.95, dtype=np.float32),
        front=np.full(shape, 0.3, dtype=np.float32),
        texture=np.full(shape, 4.0, dtype=np.float32),
        agreed=np.ones(shape, dtype=np.float32),
        n_fitted=n_pairs,
    )


def cleared(seen: RearWindows, *, sigma_m: float = 0.04) -> Clear:
    return clear_down(seen, width_m=0.9, camera_m=0.6, away_m=(1.3, 2.4), sigma_m=sigma_m)


def test_the_height_at_the_edge_of_the_shelf_is_that_of_the_same_ray() -> None:
    found = cleared(windows())
    assert found == Clear(proven_m=0.078, shown_m=0.078, sigma_m=0.02, front_m=0.317, depth_m=1.1, far_share=1.0, n_pairs=3)
    assert found.is_sure


def test_a_small_load_at_the_edge_of_the_shelf_may_hide_below_the_lowest_ray() -> None:
    found = cleared(windows())
    assert found.hidden_to_m(0.2) == pytest.approx(1.1 * (0.317 - 0.2) / (0.317 - 0.078))
    assert found.hidden_to_m(0.32) == 0.0
    assert found.hidden_to_m(0.05) == 1.1


@pytest.mark.parametrize("first", range(0, 8))
def test_half_a_pallet_anywhere_in_the_width_leaves_a_gap(first: int) -> None:
    seen = windows()
    seen.far[:8, first : first + 8] = 0.2  # the top of what is 0.2 m high and 0.4 m wide
    assert cleared(seen).proven_m == pytest.approx(0.206)
    assert not cleared(seen).is_proven_as_shown


def test_rear_posts_at_both_sides_are_no_gap() -> None:
    seen = windows()
    seen.far[:, :2] = seen.far[:, -1:] = 0.2
    assert cleared(seen).is_sure


def test_what_has_no_texture_is_not_clear_and_what_fits_a_front_better_neither() -> None:
    plain = windows()
    plain.texture[:5] = 0.3
    cartons = windows()
    cartons.front[:5] = 1.08
    for seen in (plain, cartons):
        assert cleared(seen).proven_m == pytest.approx(0.158)
        assert not cleared(seen).is_proven_as_shown


def test_what_shows_below_and_is_not_far_is_not_proven_as_shown_however_low() -> None:
    seen = windows()
    seen.far[:2] = 0.3  # the top of a low load that ends at the edge of the shelf
    assert cleared(seen, sigma_m=0.01).proven_m == pytest.approx(0.11)
    assert not cleared(seen, sigma_m=0.01).is_proven_as_shown
    assert cleared(seen, sigma_m=0.01).is_sure  # of loads as deep as the bin: what shows may be the deck of the rack


def test_a_frame_that_looks_over_a_top_without_a_pattern_does_not_speak_for_those_that_see_it() -> None:
    seen = windows()
    seen.agreed[:5] = 0.3
    assert not cleared(seen).is_proven_as_shown


def test_wrong_heights_of_cameras_or_few_pairs_make_unsure() -> None:
    assert cleared(windows(), sigma_m=0.08).is_proven_as_shown
    assert not cleared(windows(), sigma_m=0.08).is_sure
    assert not cleared(windows(n_pairs=2)).is_sure
