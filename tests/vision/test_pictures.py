"""A file that is no picture, or a part of one, is named; a sound one is read."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.vision.barcodes import SSCC_TEXT, draw_sscc
from vision.pictures import decode_file, load_grey
from warehouse.errors import BadInputError


def encoded(suffix: str) -> bytes:
    return bytes(cv2.imencode(suffix, draw_sscc())[1])


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".bmp"])
def test_a_label_is_read_from_any_picture_format(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"label{suffix}"
    path.write_bytes(encoded(suffix))
    assert [d.text for d in decode_file(path)] == [SSCC_TEXT]


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp"])
@pytest.mark.parametrize("share", [0.3, 0.9, 0.99])
def test_a_picture_without_its_end_is_refused(tmp_path: Path, suffix: str, share: float) -> None:
    whole = encoded(suffix)
    path = tmp_path / f"cut{suffix}"
    path.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(BadInputError, match="cut short"):
        load_grey(path)


def test_the_end_of_a_preview_in_the_header_is_not_the_end_of_the_picture(tmp_path: Path) -> None:
    whole, preview = encoded(".jpg"), b"Exif\0\0" + encoded(".jpg")
    assert len(preview) < 65000
    header = b"\xff\xe1" + (len(preview) + 2).to_bytes(2, "big") + preview
    path = tmp_path / "camera.jpg"
    path.write_bytes(whole[:2] + header + whole[2:])
    assert [d.text for d in decode_file(path)] == [SSCC_TEXT]
    path.write_bytes(whole[:2] + header + whole[2:-500])
    with pytest.raises(BadInputError, match="cut short"):
        load_grey(path)


@pytest.mark.parametrize(
    ("content", "words"), [(b"", "the file is empty"), (b"frame,time\n1,2\n", "not a picture"), (bytes(1000), "not a picture")]
)
def test_what_is_no_picture_is_named(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "frame.jpg"
    path.write_bytes(content)
    with pytest.raises(BadInputError, match=f"frame.jpg: {words}"):
        load_grey(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match=r"none\.jpg: cannot be read: No such file"):
        load_grey(tmp_path / "none.jpg")


def test_a_picture_can_be_loaded_smaller(tmp_path: Path) -> None:
    path = tmp_path / "large.jpg"
    path.write_bytes(bytes(cv2.imencode(".jpg", np.zeros((640, 960), dtype=np.uint8))[1]))
    assert load_grey(path, shrink=8).shape == (80, 120)
