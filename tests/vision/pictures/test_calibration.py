"""A lens is found again from photos of a board that were drawn through it; photos that cannot tell it are refused."""

import struct
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pypdfium2
import pytest
from numpy.typing import NDArray

from tests.vision.pictures.test_exif import exif_block
from vision.pictures.calibration import calibrate
from vision.pictures.calibration_board import CHARUCO, CHESSBOARD, Board, board_png
from vision.pictures.calibration_fit import Calibration
from warehouse.camera import CameraModel
from warehouse.errors import BadInputError
from warehouse.lens import FISHEYE, NORMAL, undistort
from warehouse.site_file import load_site

SIZE = (800, 600)
CHARUCO_BOARD = Board(kind=CHARUCO, squares=(9, 6), square_mm=30.0)


def camera_of(lens: str, focal: float, distortion: tuple[float, ...]) -> CameraModel:
    return CameraModel(
        side="right",
        size_px=SIZE,
        focal_px=(focal, focal * 1.004),
        centre_px=(406.0, 292.5),
        lens=lens,
        distortion=distortion,
        exposure_s=0.001,
        min_interval_s=1.0,
    )


LENSES = {
    "normal": camera_of(NORMAL, 700.0, (-0.22, 0.06, 0.0008, -0.0005, 0.0)),
    "wide": camera_of(NORMAL, 420.0, (0.9, 0.25, 0.0003, -0.0004, 0.01, 1.15, 0.42, 0.03)),
    "fisheye": camera_of(FISHEYE, 380.0, (-0.012, 0.018, -0.012, 0.003)),
}


@cache
def directions(camera: CameraModel) -> NDArray[np.float64]:
    """Return for each pixel the tangents of its ray (height, width, 2): solved for every fourth, even between them."""
    step = 4
    x, y = np.meshgrid(np.arange(0, SIZE[0] + step, step), np.arange(0, SIZE[1] + step, step))
    pixels = np.stack([x, y], axis=-1).astype(np.float64)
    some = undistort(camera.lens, camera.distortion, (pixels - camera.centre_px) / np.asarray(camera.focal_px))
    spread = np.array([[step, 0.0, 0.0], [0.0, step, 0.0]])
    return np.stack([cv2.warpAffine(np.ascontiguousarray(some[..., i]), spread, SIZE) for i in range(2)], axis=-1)


@cache
def drawing(board: Board, px: int) -> NDArray[np.uint8]:
    return board.draw(px)


def photograph(
    board: Board, rays: NDArray[np.float64], turn_deg: tuple[float, float, float], at_mm: NDArray[np.float64]
) -> NDArray[np.uint8]:
    """Return a photo of the board, turned about x, y, z, its middle at `at_mm` before the lens."""
    px = 40
    drawn = drawing(board, px)
    middle = np.array([drawn.shape[1] / 2 - 0.5, drawn.shape[0] / 2 - 0.5])
    rx, ry, rz = (cv2.Rodrigues(np.radians(turn) * axis)[0] for turn, axis in zip(turn_deg, np.eye(3), strict=True))
    rotation = rz @ ry @ rx
    d = np.concatenate([rays, np.ones((*rays.shape[:2], 1))], axis=-1)
    normal = rotation[:, 2]
    with np.errstate(divide="ignore", invalid="ignore"):
        t = (at_mm @ normal) / (d @ normal)
    on_board = (d * t[..., None] - at_mm) @ rotation
    places = on_board[..., :2] * px / board.square_mm + middle
    places = np.where((t > 0)[..., None], places, -1e6).astype(np.float32)
    shown = cv2.remap(drawn, places[..., 0], places[..., 1], cv2.INTER_AREA, borderValue=120.0)
    noisy = cv2.GaussianBlur(shown, (0, 0), 0.7).astype(np.float64) + np.random.default_rng(1).normal(0, 2, shown.shape)
    return np.asarray(np.clip(noisy, 0, 255), dtype=np.uint8)


def photos(
    folder: Path, board: Board, camera: CameraModel, *, tilt_deg: float = 28.0, spread: float = 1.0, n: int = 10
) -> list[Path]:
    """Write photos of the board all over the picture, tilted in turn to each side."""
    rays = directions(camera)
    reach = np.array([np.nanmax(np.abs(rays[300, :, 0])), np.nanmax(np.abs(rays[:, 400, 1]))])
    files = []
    for i in range(n):
        where = np.array([(-1, -1), (1, -1), (-1, 1), (1, 1), (0, 0), (-1, 0), (1, 0), (0, -1), (0, 1)][i % 9]) * 0.55 * spread
        away = (300.0 if i % 3 else 220.0) * camera.focal_px[0] / 500.0
        aslant = np.array([(1, 0), (-1, 0), (0, 1), (0, -1), (0.7, 0.7)][i % 5]) * tilt_deg
        picture = photograph(board, rays, (aslant[0], aslant[1], 7.0 * (i % 4)), np.array([*(where * reach * away), away]))
        files.append(folder / f"photo{i:02d}.png")
        cv2.imwrite(str(files[-1]), picture)
    return files


def worst_px(found: Calibration, true: CameraModel) -> float:
    """Return by how many pixels the models disagree, at the worst of a grid that leaves out the outermost tenth."""
    x, y = np.meshgrid(np.linspace(80, 720, 9), np.linspace(60, 540, 9))
    rays = undistort(true.lens, true.distortion, (np.stack([x, y], -1) - true.centre_px) / np.asarray(true.focal_px))
    pose = cv2.Rodrigues(np.zeros(3))[0]
    points = np.concatenate([rays, np.ones((9, 9, 1))], axis=-1).reshape(-1, 1, 3)
    matrix = np.array([[found.focal_px[0], 0, found.centre_px[0]], [0, found.focal_px[1], found.centre_px[1]], [0, 0, 1.0]])
    project = cv2.fisheye.projectPoints if found.lens == FISHEYE else cv2.projectPoints
    again = project(points, cv2.Rodrigues(pose)[0], np.zeros(3), matrix, np.array(found.distortion))[0].reshape(9, 9, 2)
    return float(np.abs(again - np.stack([x, y], -1)).max())


@pytest.fixture(scope="module")
def normal_photos(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return photos(tmp_path_factory.mktemp("normal"), CHARUCO_BOARD, LENSES["normal"], n=12)


@pytest.fixture(scope="module")
def found_lenses(normal_photos: list[Path], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Calibration]:
    shown = {lens: photos(tmp_path_factory.mktemp(lens), CHARUCO_BOARD, LENSES[lens]) for lens in ("wide", "fisheye")}
    shown["normal"] = normal_photos[:10]
    return {lens: calibrate(files, CHARUCO_BOARD, lens=lens) for lens, files in shown.items()}


@pytest.mark.parametrize("lens", ["normal", "wide", "fisheye"])
def test_a_lens_is_found_again(found_lenses: dict[str, Calibration], lens: str) -> None:
    true, found = LENSES[lens], found_lenses[lens]
    assert found.rms_px < 0.5
    assert found.focal_px == pytest.approx(true.focal_px, rel=0.01)
    assert worst_px(found, true) < 2.0
    assert found.coverage > 0.6


def test_a_plain_chessboard_serves_too(tmp_path: Path) -> None:
    board = Board(kind=CHESSBOARD, squares=(9, 6), square_mm=30.0)
    true = LENSES["normal"]
    found = calibrate(photos(tmp_path, board, true, spread=0.7), board)
    assert found.focal_px == pytest.approx(true.focal_px, rel=0.01)


def test_the_lines_for_the_site_are_valid_toml_and_the_same_camera(
    found_lenses: dict[str, Calibration], demo_site_folder: Path
) -> None:
    found = found_lenses["wide"]
    toml = demo_site_folder / "site.toml"
    names = ("size_px", "focal_px", "centre_px", "lens", "distortion")
    kept = [line for line in toml.read_text().splitlines() if not line.startswith(names)]
    at = kept.index("[camera]") if "[camera]" in kept else next(i for i, line in enumerate(kept) if line.startswith("[camera]"))
    toml.write_text("\n".join([*kept[: at + 1], found.as_toml(), *kept[at + 1 :]]) + "\n")
    camera = load_site(demo_site_folder).cameras[0]
    assert camera.size_px == SIZE
    assert camera.focal_px == pytest.approx(found.focal_px, abs=0.01)
    assert camera.distortion == pytest.approx(found.distortion, rel=1e-4)


def test_too_few_photos_are_refused_and_each_is_named(normal_photos: list[Path], tmp_path: Path) -> None:
    files = normal_photos[:4]
    cv2.imwrite(str(tmp_path / "wall.png"), np.full(SIZE[::-1], 120, dtype=np.uint8))
    (tmp_path / "cut.png").write_bytes(files[0].read_bytes()[:-20])
    with pytest.raises(BadInputError, match="the board was found in 4 of 6 photos; 8 are needed") as caught:
        calibrate([*files, tmp_path / "wall.png", tmp_path / "cut.png"], CHARUCO_BOARD)
    assert "wall.png: the board is not seen well enough" in str(caught.value)
    assert "cut.png: the picture is cut short" in str(caught.value)


def with_orientation(path: Path, orientation: int, folder: Path) -> Path:
    """Write a photo again into a folder, as JPEG whose EXIF says how it is to be turned."""
    picture = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    assert picture is not None
    whole = bytes(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 98])[1])
    body = b"Exif\0\0" + exif_block("<", "", orientation=orientation)
    target = folder / f"{path.stem}.jpg"
    target.write_bytes(whole[:2] + b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body + whole[2:])
    return target


def test_photos_that_their_exif_turns_another_way_than_most_are_left_out_by_name(normal_photos: list[Path], tmp_path: Path) -> None:
    turned = [with_orientation(path, 3 if i in (0, 7) else 1, tmp_path) for i, path in enumerate(normal_photos)]
    found = calibrate(turned, CHARUCO_BOARD)
    words = "its EXIF turns it another way (3) than most of the photos (1)"
    assert found.faults == (f"{turned[0]}: {words}", f"{turned[7]}: {words}")
    assert worst_px(found, LENSES["normal"]) < 2.0


def test_photos_that_are_all_turned_give_the_camera_of_the_turned_pictures(normal_photos: list[Path], tmp_path: Path) -> None:
    true = LENSES["normal"]
    turned = [with_orientation(path, 3, tmp_path) for path in normal_photos[:10]]
    found = calibrate(turned, CHARUCO_BOARD)
    assert found.faults == ()
    assert found.centre_px == pytest.approx((SIZE[0] - 1 - true.centre_px[0], SIZE[1] - 1 - true.centre_px[1]), abs=2.0)


def test_a_photo_of_another_size_is_left_out_wherever_it_stands_in_the_folder(normal_photos: list[Path], tmp_path: Path) -> None:
    files = normal_photos[:10]
    overview, small = tmp_path / "a_overview.png", tmp_path / "b_small.png"
    cv2.imwrite(str(overview), np.full((300, 400), 90, dtype=np.uint8))
    shown = cv2.imread(str(files[0]), cv2.IMREAD_GRAYSCALE)
    assert shown is not None
    cv2.imwrite(str(small), cv2.resize(shown, (640, 480), interpolation=cv2.INTER_AREA))
    found = calibrate([overview, small, *files], CHARUCO_BOARD)
    assert found.size_px == SIZE
    assert found.faults == (
        f"{overview}: the board is not seen well enough",
        f"{small}: is 640 x 480 pixels, most of the photos 800 x 600",
    )


def test_a_board_that_was_never_tilted_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="the board faces the camera squarely") as caught:
        calibrate(photos(tmp_path, CHARUCO_BOARD, LENSES["normal"], tilt_deg=2.0, n=8), CHARUCO_BOARD)
    assert "tilted to the left, to the right, up and down" in caught.value.remedy


def test_a_board_that_always_stood_in_the_middle_is_refused(tmp_path: Path) -> None:
    small = Board(kind=CHARUCO, squares=(9, 6), square_mm=14.0)
    with pytest.raises(BadInputError, match="% of the picture only"):
        calibrate(photos(tmp_path, small, LENSES["normal"], spread=0.05, n=8), small)


def test_the_printed_board_is_the_one_that_is_found() -> None:
    drawn = cv2.imdecode(np.frombuffer(board_png(CHARUCO_BOARD), dtype=np.uint8), cv2.IMREAD_GRAYSCALE)
    assert drawn is not None
    places, seen = CHARUCO_BOARD.find(np.asarray(drawn, dtype=np.uint8))
    assert len(places) == 8 * 5
    assert seen == pytest.approx(places[:, :2] * 100 / 30 + 50 - 0.5, abs=0.6)
    page = pypdfium2.PdfDocument(CHARUCO_BOARD.as_pdf())[0]
    assert page.get_size() == pytest.approx((300 * 72 / 25.4, 210 * 72 / 25.4), abs=0.1)
    places, seen = CHARUCO_BOARD.find(np.asarray(page.render(scale=2, grayscale=True).to_numpy(), dtype=np.uint8).squeeze())
    assert seen == pytest.approx((places[:, :2] + 15) * 2 * 72 / 25.4 - 0.5, abs=0.6)


@pytest.mark.parametrize(("squares", "side"), [((3, 9), 30.0), ((9, 41), 30.0), ((9, 6), 0.0)])
def test_a_board_that_cannot_be_is_refused(squares: tuple[int, int], side: float) -> None:
    with pytest.raises(BadInputError, match="no such board"):
        Board(kind=CHARUCO, squares=squares, square_mm=side)
