"""A file that is no picture, or a part of one, is named; a sound one is read."""

import os
import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
import zint

from tests.vision.barcodes import SSCC_TEXT, draw, draw_sscc
from vision.pictures.decoding import decode_file
from vision.pictures.header import read_header
from vision.pictures.opening import grey_from_bytes, load_grey
from warehouse.errors import BadInputError


def encoded(suffix: str) -> bytes:
    return bytes(cv2.imencode(suffix, draw_sscc())[1])


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".bmp", ".tiff"])
def test_a_label_is_read_from_any_picture_format(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"label{suffix}"
    path.write_bytes(encoded(suffix))
    assert [d.text for d in decode_file(path)] == [SSCC_TEXT]


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".bmp", ".tiff"])
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


@pytest.mark.parametrize("orientation", [1, 6, 8])
def test_a_tiff_that_its_exif_turns_keeps_its_shape_when_it_is_loaded_smaller(orientation: int) -> None:
    scene = np.full((600, 1000), 200, dtype=np.uint8)
    cv2.circle(scene, (700, 200), 150, 30, -1)
    data = bytearray(cv2.imencode(".tiff", scene, [cv2.IMWRITE_TIFF_COMPRESSION, 1])[1])
    (directory,) = struct.unpack_from("<I", data, 4)
    (n,) = struct.unpack_from("<H", data, directory)
    old = bytes(data[directory + 2 : directory + 2 + 12 * n])
    others = [old[i : i + 12] for i in range(0, 12 * n, 12) if old[i : i + 2] != b"\x12\x01"]
    entries = sorted([*others, struct.pack("<HHIHH", 0x0112, 3, 1, orientation, 0)], key=lambda e: int.from_bytes(e[:2], "little"))
    struct.pack_into("<I", data, 4, len(data))
    data += struct.pack("<H", len(entries)) + b"".join(entries) + bytes(4)
    whole, small = grey_from_bytes(bytes(data), "a.tiff"), grey_from_bytes(bytes(data), "a.tiff", shrink=8)
    assert whole.shape == ((1000, 600) if orientation > 4 else (600, 1000))
    assert small.shape == tuple(side // 8 for side in whole.shape)
    assert np.abs(cv2.resize(whole, small.shape[::-1], interpolation=cv2.INTER_AREA).astype(int) - small).mean() < 2


def png_of(width: int, height: int) -> bytes:
    """Return a PNG whose header claims any size."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    pixels = zlib.compress(bytes(min((width + 1) * height, 1_000_000)))
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def test_a_decompression_bomb_is_refused_by_its_header() -> None:
    with pytest.raises(BadInputError, match=r"bomb\.png: 10000 x 10000 pixels \(100 megapixels\) are too many"):
        grey_from_bytes(png_of(10_000, 10_000), "bomb.png")
    with pytest.raises(BadInputError, match="it says that it is 0 x 100 pixels"):
        grey_from_bytes(png_of(0, 100), "flat.png")
    assert grey_from_bytes(png_of(1, 1), "dot.png").shape == (1, 1)


def test_a_jpeg_that_draws_itself_a_thousand_times_is_refused() -> None:
    whole = encoded(".jpg")
    with pytest.raises(BadInputError, match="in 1001 layers"):
        grey_from_bytes(whole[:-2] + 1000 * b"\xff\xda\0\x08\x01\x01\0\0\x3f\0" + b"\xff\xd9", "layers.jpg")


@pytest.mark.parametrize("begins", [0.3, 0.6])
def test_a_jpeg_with_zeros_in_the_place_of_a_part_is_refused(begins: float) -> None:
    noise = np.random.default_rng(1).integers(0, 255, (300, 400), dtype=np.uint8)
    whole = bytearray(cv2.imencode(".jpg", noise)[1].tobytes())
    begin = round(begins * len(whole))
    whole[begin : begin + 512] = bytes(512)
    with pytest.raises(BadInputError, match="a part of the picture is missing, there are zeros in its place"):
        grey_from_bytes(bytes(whole), "hole.jpg")


@pytest.mark.parametrize(
    "how", [[], [cv2.IMWRITE_JPEG_OPTIMIZE, 1], [cv2.IMWRITE_JPEG_PROGRESSIVE, 1]], ids=["usual", "own codes", "layers"]
)
@pytest.mark.parametrize("grey", [0, 128, 255])
def test_a_plain_picture_has_no_hole(how: list[int], grey: int) -> None:
    data = cv2.imencode(".jpg", np.full((1500, 2000), grey, dtype=np.uint8), how)[1].tobytes()
    assert grey_from_bytes(data + bytes(4096), "plain.jpg").mean() == pytest.approx(grey, abs=1)


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".bmp", ".tiff"])
@pytest.mark.parametrize("colours", [1, 3])
def test_the_header_of_each_kind_tells_the_size(suffix: str, colours: int) -> None:
    data = bytes(cv2.imencode(suffix, np.zeros((40, 61, colours), dtype=np.uint8))[1])
    header = read_header(data)
    assert header is not None
    assert (header.size_px, header.is_cut_short, header.n_scans, header.bits) == ((61, 40), False, 1, 8)


@pytest.mark.parametrize("quality", [50, 101])
def test_a_webp_tells_its_size_lossy_and_lossless(quality: int) -> None:
    data = bytes(cv2.imencode(".webp", np.zeros((40, 61, 3), dtype=np.uint8), [cv2.IMWRITE_WEBP_QUALITY, quality])[1])
    header = read_header(data)
    assert header is not None
    assert header.size_px == (61, 40)


@pytest.mark.parametrize("suffix", [".png", ".tiff"])
@pytest.mark.parametrize("bits", [10, 12, 14, 16])
def test_a_label_is_read_in_the_lower_bits_of_a_deep_picture(suffix: str, bits: int) -> None:
    deep = draw_sscc().astype(np.uint16) << (bits - 8)
    data = bytes(cv2.imencode(suffix, deep)[1])
    assert np.array_equal(grey_from_bytes(data, "deep"), draw_sscc())
    assert grey_from_bytes(data, "deep", shrink=2).shape == tuple(side // 2 for side in deep.shape)


@pytest.mark.parametrize(("orientation", "is_turned"), [(1, False), (6, True), (8, True), (9, False), (65535, False)])
def test_a_picture_is_turned_as_its_exif_says_and_a_lie_changes_nothing(orientation: int, is_turned: bool) -> None:
    whole = bytes(cv2.imencode(".jpg", np.zeros((40, 60), dtype=np.uint8))[1])
    exif = b"Exif\0\0MM\0*" + struct.pack(">IHHHIHH", 8, 1, 0x0112, 3, 1, orientation, 0) + bytes(4)
    turned = whole[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + whole[2:]
    assert grey_from_bytes(turned, "turned.jpg").shape == ((60, 40) if is_turned else (40, 60))


def test_what_is_no_plain_file_is_named_and_never_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    with pytest.raises(BadInputError, match=r"pipe\.jpg: not a file but a pipe"):
        load_grey(tmp_path / "pipe.jpg")
    with pytest.raises(BadInputError, match="not a file but a folder"):
        load_grey(tmp_path)
    with pytest.raises(BadInputError, match="not a file but a device"):
        load_grey(Path("/dev/zero"))
    with pytest.raises(BadInputError, match="cannot be read"):
        load_grey(tmp_path / "zero\0byte.jpg")
    huge = tmp_path / "huge.jpg"
    with huge.open("wb") as stream:
        stream.truncate(2**40)
    with pytest.raises(BadInputError, match="more than the 537 MB of any photograph"):
        load_grey(huge)


def test_a_jpeg_whose_header_claims_more_than_its_bytes_can_fill_is_refused() -> None:
    whole = encoded(".jpg")
    at = whole.index(b"\xff\xc0") + 5
    with pytest.raises(BadInputError, match="cut short"):
        grey_from_bytes(whole[:at] + struct.pack(">HH", 8000, 9000) + whole[at + 4 :], "claim.jpg")
    flat = bytes(cv2.imencode(".jpg", np.full((4000, 4000), 128, np.uint8), [cv2.IMWRITE_JPEG_OPTIMIZE, 1])[1])
    assert grey_from_bytes(flat, "flat.jpg").shape == (4000, 4000)


def test_a_tiff_whose_bits_lie_outside_the_file_is_survived() -> None:
    data = bytearray(cv2.imencode(".tiff", np.zeros((8, 8, 3), dtype=np.uint8))[1])
    at = data.index(struct.pack("<HHI", 258, 3, 3)) + 8
    data[at : at + 4] = b"\xf0\xff\xff\xff"
    with pytest.raises(BadInputError, match="damaged"):
        grey_from_bytes(bytes(data), "bits.tiff")


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".bmp", ".tiff"])
@pytest.mark.parametrize("shape", [(1, 1), (1, 900), (900, 1), (7, 9)])
@pytest.mark.parametrize("shrink", [1, 8])
def test_the_thinnest_picture_keeps_a_pixel(suffix: str, shape: tuple[int, int], shrink: int) -> None:
    data = bytes(cv2.imencode(suffix, np.full(shape, 90, dtype=np.uint8))[1])
    image = grey_from_bytes(data, "thin", shrink=shrink)
    assert min(image.shape) >= 1
    assert abs(int(np.median(image)) - 90) <= 2


@pytest.mark.parametrize("suffix", [".png", ".webp"])
def test_a_label_on_a_transparent_ground_lies_on_white(tmp_path: Path, suffix: str) -> None:
    label = draw(zint.Symbology.DATAMATRIX, "LPN0001234", px_per_module=4)
    black = np.zeros_like(label)
    file = tmp_path / f"label{suffix}"
    cv2.imwrite(str(file), np.dstack([black, black, black, 255 - label]))
    assert np.abs(load_grey(file).astype(int) - label).max() <= 2
    assert [d.text for d in decode_file(file)] == ["LPN0001234"]


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_a_transparent_ground_is_turned_with_the_picture(orientation: int, kind: type) -> None:
    label = draw(zint.Symbology.DATAMATRIX, "LPN0001234", px_per_module=4, margin_px=20)[:, :-8]
    deep: np.ndarray = label.astype(kind) * (257 if kind is np.uint16 else 1)
    black = np.zeros_like(deep)
    whole = bytes(cv2.imencode(".png", np.dstack([black, black, black, np.iinfo(kind).max - deep]))[1])
    exif = b"MM\0*" + struct.pack(">IHHHIHH", 8, 1, 0x0112, 3, 1, orientation, 0) + bytes(4)
    chunk = struct.pack(">I", len(exif)) + b"eXIf" + exif + struct.pack(">I", zlib.crc32(b"eXIf" + exif))
    opaque = bytes(cv2.imencode(".png", label)[1])
    expected = grey_from_bytes(opaque[:33] + chunk + opaque[33:], "opaque.png")
    assert np.abs(grey_from_bytes(whole[:33] + chunk + whole[33:], "turned.png").astype(int) - expected).max() <= 2


def test_what_a_phone_appends_to_a_jpeg_is_no_layer_of_it() -> None:
    video = np.random.default_rng(1).integers(0, 256, 8_000_000, dtype=np.uint8).tobytes()
    assert np.array_equal(grey_from_bytes(encoded(".jpg") + video, "motion.jpg"), grey_from_bytes(encoded(".jpg"), "still.jpg"))


def test_a_picture_longer_than_the_engines_take_is_refused_by_its_header() -> None:
    with pytest.raises(BadInputError, match=r"long\.png: 70000 x 40 pixels; a side of more than 65535 is no photograph"):
        grey_from_bytes(png_of(70_000, 40), "long.png")
