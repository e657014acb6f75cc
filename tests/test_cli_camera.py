"""`aislescan camera calibrate` prints the camera, and says where its photos leave doubts."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from cli import app
from tests.vision.pictures.test_calibration import CHARUCO_BOARD, LENSES, photos


@pytest.fixture(scope="module")
def board_photos(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return photos(tmp_path_factory.mktemp("board"), CHARUCO_BOARD, LENSES["normal"])


def test_photos_of_one_camera_give_its_lines_without_a_doubt(board_photos: list[Path]) -> None:
    done = CliRunner().invoke(app, ["camera", "calibrate", "--pictures", str(board_photos[0].parent)])
    assert done.exit_code == 0
    assert "10 photos, off by 0.0" in done.output
    assert "(below 0.5 is good); focal length known to 0.06 %" in " ".join(done.output.split())
    assert "doubtful" not in done.output


def test_photos_of_two_cameras_in_one_folder_are_called_doubtful(board_photos: list[Path], tmp_path: Path) -> None:
    for i, path in enumerate(board_photos):
        picture = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
        assert picture is not None
        cv2.imwrite(str(tmp_path / path.name), np.roll(picture, (20, -16), axis=(0, 1)) if i % 2 else picture)
    done = CliRunner().invoke(app, ["camera", "calibrate", "--pictures", str(tmp_path)])
    assert done.exit_code == 0
    said = " ".join(done.output.split())
    assert "doubtful: each photo would fit 1.7 times better with a focal length and a centre of its own." in said
    assert "Are all photos of one camera, at one focus and zoom, none of them cropped or turned, and is the board flat?" in said
