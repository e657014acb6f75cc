"""Of a video the sharpest frames along the way are taken; what is damaged is named."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from vision.pictures.video import STRETCH, VideoCount, best_shots, sharpness, video_size
from warehouse.errors import BadInputError

N, RATE = 60, 10.0


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Textured frames that move sideways; all but every seventh are blurred."""
    return write_video(tmp_path_factory.mktemp("video") / "flight.avi", "MJPG")


def write_video(path: Path, codec: str) -> Path:
    rng = np.random.default_rng(5)
    wall = cv2.GaussianBlur(rng.integers(0, 255, (120, 160 + 4 * N, 3), dtype=np.uint8), (0, 0), 1.0)
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*codec), RATE, (160, 120))
    for i in range(N):
        frame = wall[:, 4 * i : 4 * i + 160]
        writer.write(np.ascontiguousarray(frame if i % 7 == 3 else cv2.blur(frame, (9, 1))))
    writer.release()
    return path


def test_the_sharpest_frame_of_each_stretch_is_taken(video: Path) -> None:
    count = VideoCount()
    shots = list(best_shots(video, lambda time_s: time_s * RATE / 7 * STRETCH, count))
    assert [shot.number for shot in shots] == list(range(3, N, 7))
    assert [shot.time_s for shot in shots] == pytest.approx([n / RATE for n in range(3, N, 7)])
    assert (count.n_frames, count.n_without_pose, count.fault) == (N, 0, "")


def test_a_drone_that_stands_still_gives_one_frame(video: Path) -> None:
    assert len(list(best_shots(video, lambda _: 1.0, VideoCount()))) == 1


def test_frames_without_a_pose_are_left_out_and_counted(video: Path) -> None:
    count = VideoCount()
    shots = list(best_shots(video, lambda time_s: time_s if 2.0 <= time_s < 4.0 else None, count))
    assert all(20 <= shot.number < 40 for shot in shots)
    assert count.n_without_pose == N - 20


def test_a_frame_that_says_no_time_is_left_out_and_counted(tmp_path: Path) -> None:
    """MPEG-2 in an AVI has B-frames: the last frame comes without a stamp, for which OpenCV says 0."""
    path = write_video(tmp_path / "b.avi", "mpg2")
    if not path.exists():
        pytest.skip("this OpenCV writes no MPEG-2")
    count = VideoCount()
    shots = list(best_shots(path, lambda time_s: time_s, count))
    assert [shot.time_s for shot in shots] == pytest.approx([shot.number / RATE for shot in shots])
    assert (count.n_frames, count.n_without_time, count.fault) == (N, 1, "")


def test_motion_blur_lowers_the_sharpness(video: Path) -> None:
    capture = cv2.VideoCapture(str(video))
    values = [sharpness(np.asarray(capture.read()[1], dtype=np.uint8)) for _ in range(N)]
    assert min(values[3::7]) > max(v for i, v in enumerate(values) if i % 7 != 3)


@pytest.mark.parametrize(("suffix", "codec"), [(".mp4", "mp4v"), (".mov", "mp4v"), (".mkv", "mp4v"), (".avi", "MJPG")])
def test_the_usual_kinds_of_video_are_read(tmp_path: Path, suffix: str, codec: str) -> None:
    path = write_video(tmp_path / f"a{suffix}", codec)
    count = VideoCount()
    assert len(list(best_shots(path, lambda time_s: time_s, count))) > 10
    assert count.n_frames == N
    assert video_size(path) == (160, 120)


def test_a_video_without_its_end_gives_what_it_has_and_is_named(video: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.avi"
    cut.write_bytes(video.read_bytes()[: video.stat().st_size // 2])
    count = VideoCount()
    assert list(best_shots(cut, lambda time_s: time_s, count))
    assert count.fault.startswith(f"{cut}: the video is cut short or damaged: it says 6.0 s, and ")


def test_a_video_of_another_rate_than_its_nominal_one_is_cut_only_where_its_end_is_missing(tmp_path: Path) -> None:
    """A Matroska at 10 frames a second that says 30: OpenCV makes 180 frames of its 60."""
    path = write_video(tmp_path / "variable.mkv", "mp4v")
    nominal = b"\x23\xe3\x83\x84"  # DefaultDuration in 4 bytes, nanoseconds
    said, written = (nominal + round(1e9 / rate).to_bytes(4, "big") for rate in (30, RATE))
    assert path.read_bytes().count(written) == 1
    path.write_bytes(path.read_bytes().replace(written, said))
    assert cv2.VideoCapture(str(path)).get(cv2.CAP_PROP_FRAME_COUNT) == 3 * N
    whole, cut = VideoCount(), VideoCount()
    assert len(list(best_shots(path, lambda time_s: time_s, whole))) > 10
    assert (whole.n_frames, whole.fault) == (N, "")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert list(best_shots(path, lambda time_s: time_s, cut))
    assert cut.fault.startswith(f"{path}: the video is cut short or damaged: it says 6.0 s, and ")


@pytest.mark.parametrize("content", [b"", b"no video at all" * 100, b"#EXTM3U\nhttp://127.0.0.1:9/a.ts\n"])
def test_what_is_no_video_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "video.mp4"
    path.write_bytes(content)
    with pytest.raises(BadInputError, match=r"video\.mp4: not"):
        video_size(path)
    with pytest.raises(BadInputError, match=r"none\.mp4: no such file"):
        video_size(tmp_path / "none.mp4")


def test_an_mp4_whose_index_is_missing_is_named(tmp_path: Path) -> None:
    path = write_video(tmp_path / "cut.mp4", "mp4v")
    path.write_bytes(path.read_bytes()[:-2000])
    with pytest.raises(BadInputError, match=r"its index at the end is missing"):
        video_size(path)
