"""A label that lost its print, and goods that never had one, photographed in a seeded warehouse."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from sitl.develop import Darkroom, encode_jpeg
from sitl.stock import Load, Stock, make_stock
from tests.vision.worlds import demo_site, frame_before
from vision.bins.looking import BinLook, BinTask, look_at_bin
from vision.pictures.frame_files import FrameFiles
from warehouse.run_folder import write_atomically

SITE = demo_site()
BIN = SITE.layout.bins_by_code["A01-03-2-2"]
FACE = SITE.layout.faces[BIN.face]


@pytest.fixture(scope="module")
def stock() -> Stock:
    return make_stock(SITE, 7)


def looked_at(stock: Stock, load: Load | None, folder: Path, *, is_faded: bool = False) -> BinLook:
    """Look at a bin with that load in it, from three places."""
    standing = {code: other for code, other in stock.standing.items() if code != BIN.code.text}
    if load is not None:
        standing[BIN.code.text] = load
    darkroom = Darkroom(SITE, dataclasses.replace(stock, standing=standing), SITE.cameras[0])
    if is_faded:
        darkroom.pictures.get("label", BIN.code.text)[:] = 225
    frames = []
    for i, off in enumerate((-0.24, 0.0, 0.27), start=1):
        frame = frame_before(SITE, FACE, BIN.along_m + off, BIN.base_m + 0.6, name=f"01/{i:06d}")
        write_atomically(folder / frame.file, encode_jpeg(darkroom.develop(frame.pose, (0.0, 0.0, 0.0), seed=i)))
        frames.append(frame)
    return look_at_bin(FrameFiles(str(folder)), SITE, BinTask(bin=BIN, frames=tuple(frames)))


def test_a_faded_label_is_seen_as_a_sheet_and_goods_without_one_show_neither_sheet_nor_bars(stock: Stock, tmp_path: Path) -> None:
    load = next(load for load in stock.standing.values() if load.label is not None and not load.label.is_torn)
    faded = looked_at(stock, load, tmp_path / "faded", is_faded=True)
    assert (faded.has_sticker, faded.has_bars, faded.occupancy.is_empty) == (True, False, False)
    bare = looked_at(stock, dataclasses.replace(load, label=None), tmp_path / "bare")
    assert (bare.has_sticker, bare.has_bars, bare.occupancy.is_empty) == (False, False, False)
