"""Many files at a time: the same lines in the same order, and no bad file in the way of a good one."""

from itertools import islice
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.vision.barcodes import draw_sscc
from vision.pictures.decoding import decode_files
from warehouse.errors import BadInputError
from warehouse.pallet_ids import check_digit

SSCCS = [payload + check_digit(payload) for payload in (f"38412345367{n:06d}" for n in range(12))]


def label_files(folder: Path) -> list[Path]:
    paths = [folder / f"{i}.png" for i in range(len(SSCCS))]
    for path, sscc in zip(paths, SSCCS, strict=True):
        cv2.imwrite(str(path), draw_sscc(sscc))
    return paths


@pytest.mark.parametrize("workers", [1, 3, None])
def test_files_come_back_in_their_order_whatever_the_number_of_workers(tmp_path: Path, workers: int | None) -> None:
    paths = label_files(tmp_path)
    found = list(decode_files(paths, workers=workers))
    assert [path for path, _ in found] == paths
    assert [d.text for _, codes in found if not isinstance(codes, Exception) for d in codes] == [f"00{sscc}" for sscc in SSCCS]


@pytest.mark.parametrize("workers", [1, 3])
def test_a_bad_file_is_returned_as_its_error_and_the_others_are_read(tmp_path: Path, workers: int) -> None:
    paths = label_files(tmp_path)
    paths[4].write_bytes(b"no picture")
    paths[7].unlink()
    found = dict(decode_files(paths, workers=workers))
    assert [path for path in paths if isinstance(found[path], BadInputError)] == [paths[4], paths[7]]
    assert sum(not isinstance(codes, Exception) and len(codes) == 1 for codes in found.values()) == len(paths) - 2


def test_no_files_give_nothing() -> None:
    assert list(decode_files([])) == []


def test_who_stops_listening_ends_the_work_and_leaves_opencv_as_it_was(tmp_path: Path) -> None:
    before = cv2.getNumThreads()
    paths = label_files(tmp_path) * 40
    each = decode_files(paths, workers=2)
    assert len(list(islice(each, 3))) == 3
    each.close()  # type: ignore[attr-defined]  # a generator
    assert cv2.getNumThreads() == before


def test_a_blank_picture_has_no_barcodes(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "wall.png"), np.full((300, 400), 120, dtype=np.uint8))
    assert [codes for _, codes in decode_files([tmp_path / "wall.png"])] == [()]
