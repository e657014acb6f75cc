"""Frames of other cameras and drones become a run that the later stages take for one of ours."""

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import cv2
import numpy as np
import pytest

from sitl.develop import Darkroom, encode_jpeg
from sitl.stock import make_stock
from tests.vision.pictures.test_exif import exif_block, in_jpeg
from tests.vision.pictures.test_video_date import NOON_S, dated
from tests.vision.worlds import SHARP_SITE, demo_site, frame_before
from vision.importing.frame_writing import Clocks, ImportSummary
from vision.importing.import_run import import_frames
from vision.importing.own_frames import find_files
from vision.importing.pose_csv import read_pose_csv
from vision.reading.read_run import read_run
from warehouse.errors import BadInputError
from warehouse.observations import Observation, ObservationStatus
from warehouse.poses import FrameRecord, Pose
from warehouse.run_folder import RunFolder

SITE = demo_site()
SEED = 7
FACE, BINS = "A01-left", ("A01-03-2-2", "A01-03-2-3")
HEADER = "file,x_m,y_m,z_m,roll_deg,pitch_deg,heading_deg\n"
WIDTH, HEIGHT = SITE.cameras[0].size_px


def row(first: object, pose: Pose) -> str:
    x, y, z = pose.position_m
    return f"{first},{x},{y},{z},{pose.roll_deg},{pose.pitch_deg},{pose.heading_deg}\n"


def poses_along(n: int, step_m: float = 0.3) -> list[Pose]:
    face, middle = SITE.layout.faces[FACE], SITE.layout.bins_by_code[BINS[0]]
    starts = np.arange(n) * step_m + middle.along_m - 0.5
    return [frame_before(SITE, face, float(along), middle.base_m + 0.6).pose for along in starts]


@pytest.fixture(scope="module")
def card(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A camera's card with photos of two bins at half the camera's size, and a table of their poses."""
    cv2.setNumThreads(1)
    root = tmp_path_factory.mktemp("card")
    (root / "DCIM").mkdir()
    darkroom = Darkroom(SITE, make_stock(SITE, SEED), SITE.cameras[0])
    text = HEADER
    for i, pose in enumerate(poses_along(6), start=1):
        (root / "DCIM" / f"IMG_{i}.JPG").write_bytes(encode_jpeg(darkroom.develop(pose, np.zeros(3), seed=i)))
        text += row(f"IMG_{i}.JPG", pose)
    (root / "poses.csv").write_text(text)
    return root


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    return RunFolder.create(tmp_path / "run", SHARP_SITE)


def bring(run: RunFolder, frames: Path | str, poses: Path, clocks: Clocks | None = None) -> ImportSummary:
    return import_frames(run, SITE, str(frames), read_pose_csv(poses), clocks=clocks)


def records_of(run: RunFolder, sortie: str = "01") -> list[FrameRecord]:
    return list(run.read_lines(run.frames_path(sortie), FrameRecord))


def grey_pictures(folder: Path, names: Iterator[str] | list[str], size: tuple[int, int]) -> None:
    """Each name another picture, the same in any folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        cv2.imwrite(str(folder / name), np.full((size[1], size[0]), sum(Path(name).stem.encode()) % 256, dtype=np.uint8))


def test_photos_with_a_table_are_read_like_a_flight_of_our_own(card: Path, run: RunFolder) -> None:
    summary = bring(run, card / "DCIM", card / "poses.csv")
    assert (summary.sortie, summary.n_frames, summary.n_facing, summary.faults) == ("01", 6, 6, ())
    records = records_of(run)
    assert records[0].file == "sorties/01/frames/000001-IMG_1.jpg"
    assert records[0].source == str(card / "DCIM" / "IMG_1.JPG")
    assert (run.root / records[0].file).read_bytes() == (card / "DCIM" / "IMG_1.JPG").read_bytes()
    read_run(run, SITE, workers=1)
    seen = {o.location: o for o in run.read_lines(run.observations_path, Observation)}
    stock = make_stock(SITE, SEED)
    for code in BINS:
        assert seen[code].status is ObservationStatus.READ
        assert [s.pallet.value for s in seen[code].pallets] == [stock.standing[code].pallet.sscc]


def test_smaller_pictures_of_the_same_shape_put_labels_in_the_same_places(card: Path, run: RunFolder, tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    for path in (card / "DCIM").iterdir():
        picture = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
        assert picture is not None
        smaller = cv2.resize(picture, (WIDTH * 4 // 5, HEIGHT * 4 // 5), interpolation=cv2.INTER_AREA)
        cv2.imwrite(str(small / path.name), smaller)
    bring(run, small, card / "poses.csv")
    assert {r.size_px for r in records_of(run)} == {(WIDTH * 4 // 5, HEIGHT * 4 // 5)}
    read_run(run, SITE, workers=1)
    seen = {o.location: o for o in run.read_lines(run.observations_path, Observation)}
    assert [seen[code].status for code in BINS] == [ObservationStatus.READ] * 2


def test_pictures_of_another_shape_are_refused_with_what_to_do(tmp_path: Path, run: RunFolder) -> None:
    grey_pictures(tmp_path / "p", ["a.png"], (400, 400))
    (tmp_path / "poses.csv").write_text(HEADER + row("a.png", poses_along(1)[0]))
    with pytest.raises(BadInputError, match=f"is 400 x 400 pixels, but the right camera of site.toml takes {WIDTH} x {HEIGHT}"):
        bring(run, tmp_path / "p", tmp_path / "poses.csv")
    grey_pictures(tmp_path / "p", ["a.png"], (HEIGHT // 8, WIDTH // 8))
    with pytest.raises(BadInputError, match="it is turned by a quarter"):
        bring(run, tmp_path / "p", tmp_path / "poses.csv")
    assert run.sorties() == []


def test_a_picture_of_another_size_than_the_record_says_is_named_and_never_placed(card: Path, run: RunFolder) -> None:
    bring(run, card / "DCIM", card / "poses.csv")
    records = records_of(run)
    half = cv2.resize(np.zeros((HEIGHT, WIDTH), dtype=np.uint8), None, fx=0.5, fy=0.5)
    target = run.root / records[2].file
    target.unlink()
    cv2.imwrite(str(target), half)
    summary = read_run(run, SITE, workers=1)
    fault = f"{records[2].file}: the picture is {WIDTH // 2} x {HEIGHT // 2} pixels, but the right camera"
    assert [f for f in summary.faults if f.startswith(fault)]


def test_a_portrait_photo_is_measured_as_its_exif_turns_it(tmp_path: Path, run: RunFolder) -> None:
    (tmp_path / "p").mkdir()
    flat = bytes(cv2.imencode(".jpg", np.zeros((WIDTH // 8, HEIGHT // 8), dtype=np.uint8))[1])
    block = in_jpeg(exif_block("<", "", orientation=6))
    app1 = block[2 : 4 + int.from_bytes(block[4:6], "big")]
    (tmp_path / "p" / "a.jpg").write_bytes(flat[:2] + app1 + flat[2:])
    (tmp_path / "poses.csv").write_text(HEADER + row("a.jpg", poses_along(1)[0]))
    bring(run, tmp_path / "p", tmp_path / "poses.csv")
    assert records_of(run)[0].size_px == (WIDTH // 8, HEIGHT // 8)


def test_bad_pictures_are_named_and_the_others_are_brought_in(tmp_path: Path, run: RunFolder) -> None:
    grey_pictures(tmp_path / "p", ["a.png", "b.png", "c.png"], (WIDTH // 8, HEIGHT // 8))
    (tmp_path / "p" / "b.png").write_bytes((tmp_path / "p" / "b.png").read_bytes()[:-30])
    (tmp_path / "p" / "Thumbs.db").write_bytes(b"x")
    first, second = poses_along(2)
    (tmp_path / "poses.csv").write_text(HEADER + row("a.png", first) + row("b.png", second) + row("d.png", second))
    summary = bring(run, tmp_path / "p", tmp_path / "poses.csv")
    assert summary.n_frames == 1
    assert summary.faults == (
        f"{tmp_path}/p/b.png: the picture is cut short, its end is missing",
        "b.png: has a pose, but there is no such picture",
        "d.png: has a pose, but there is no such picture",
        f"{tmp_path}/p/c.png: no pose for this picture",
    )


def test_importing_the_same_files_again_is_refused_and_new_ones_make_a_new_sortie(tmp_path: Path, run: RunFolder) -> None:
    grey_pictures(tmp_path / "p", ["a.png"], (WIDTH // 8, HEIGHT // 8))
    (tmp_path / "poses.csv").write_text(HEADER + row("a.png", poses_along(1)[0]) + row("b.png", poses_along(1)[0]))
    bring(run, tmp_path / "p", tmp_path / "poses.csv")
    with pytest.raises(BadInputError, match=r"a\.png: imported before, in sortie 01"):
        bring(run, tmp_path / "p", tmp_path / "poses.csv")
    grey_pictures(tmp_path / "q", ["b.png"], (WIDTH // 8, HEIGHT // 8))
    assert bring(run, f"{tmp_path}/q/*.png", tmp_path / "poses.csv").sortie == "02"


def test_a_drone_with_two_cameras_must_be_told_which_one(tmp_path: Path) -> None:
    site = replace(SITE, cameras=(replace(SITE.cameras[0], side="left"), SITE.cameras[0]))
    run = RunFolder.create(tmp_path / "run", SHARP_SITE)
    grey_pictures(tmp_path / "p", ["a.png"], (WIDTH // 8, HEIGHT // 8))
    (tmp_path / "poses.csv").write_text(HEADER + row("a.png", poses_along(1)[0]))
    log = read_pose_csv(tmp_path / "poses.csv")
    with pytest.raises(BadInputError, match="nothing says which one took these photos"):
        import_frames(run, site, str(tmp_path / "p"), log)
    with pytest.raises(BadInputError, match="no left camera"):
        import_frames(run, SITE, str(tmp_path / "p"), log, camera="left")
    import_frames(run, site, str(tmp_path / "p"), log, camera="left")
    assert [r.camera for r in records_of(run)] == ["left"]


def test_a_track_of_a_camera_that_the_drone_does_not_have_is_refused(tmp_path: Path, run: RunFolder) -> None:
    grey_pictures(tmp_path / "p", ["a.png"], (WIDTH // 8, HEIGHT // 8))
    text = HEADER.replace("file", "camera,time_s") + "".join(row(f"left,{i}", pose) for i, pose in enumerate(poses_along(3)))
    (tmp_path / "track.csv").write_text(text)
    with pytest.raises(BadInputError, match="the drone of this site has no left camera"):
        bring(run, tmp_path / "p", tmp_path / "track.csv")


def test_a_video_gives_overlapping_frames_with_the_poses_of_their_moments(tmp_path: Path, run: RunFolder) -> None:
    size = WIDTH // 8, HEIGHT // 8
    writer = cv2.VideoWriter(str(tmp_path / "v.avi"), cv2.VideoWriter.fourcc(*"MJPG"), 10.0, size)
    rng = np.random.default_rng(1)
    for _ in range(60):
        writer.write(rng.integers(0, 255, (size[1], size[0], 3), dtype=np.uint8))
    writer.release()
    flown = poses_along(70, 0.05)
    text = HEADER.replace("file", "time_s") + "".join(row(i / 10, pose) for i, pose in enumerate(flown))
    (tmp_path / "track.csv").write_text(text)
    summary = bring(run, tmp_path / "v.avi", tmp_path / "track.csv")
    records = records_of(run)
    assert summary.n_facing == summary.n_frames == len(records)
    places = np.array([r.pose.position_m for r in records])
    width, _ = SITE.cameras[0].footprint_m(1.3)
    gaps = np.linalg.norm(np.diff(places, axis=0), axis=1)
    assert gaps.max() <= 0.3 * width
    assert 59 * 0.05 / (0.15 * width) - 1 <= len(records) <= 59 * 0.05 / (0.15 * width) + 2
    later = bring(RunFolder.create(tmp_path / "run2", SHARP_SITE), tmp_path / "v.avi", tmp_path / "track.csv", Clocks(offset_s=5.0))
    assert later.faults == (f"{tmp_path}/v.avi: 40 of 60 frames were taken when {tmp_path}/track.csv has no pose",)


def noise_video(path: Path, n: int) -> Path:
    size, rng = (WIDTH // 8, HEIGHT // 8), np.random.default_rng(1)
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*("MJPG" if path.suffix == ".avi" else "mp4v")), 10.0, size)
    for _ in range(n):
        writer.write(rng.integers(0, 255, (size[1], size[0], 3), dtype=np.uint8))
    writer.release()
    return path


@pytest.mark.parametrize("utc_at_zero_s", [None, 1_764_000_000.0])
def test_the_clock_offset_of_a_video_counts_from_the_first_pose(
    tmp_path: Path, run: RunFolder, utc_at_zero_s: float | None
) -> None:
    """The poses begin at 95 s of the log's clock, be its time of day known or not."""
    flown = poses_along(60, 0.05)
    rows = "".join(row(95.0 + i / 10, pose) for i, pose in enumerate(flown))
    (tmp_path / "track.csv").write_text(HEADER.replace("file", "time_s") + rows)
    log = replace(read_pose_csv(tmp_path / "track.csv"), utc_at_zero_s=utc_at_zero_s)
    video = noise_video(tmp_path / "v.avi", 20)
    with pytest.raises(BadInputError, match="nothing says when the video began") as caught:
        import_frames(run, SITE, str(video), log)
    assert "how many seconds after the first pose" in caught.value.remedy
    summary = import_frames(run, SITE, str(video), log, clocks=Clocks(offset_s=2.0))
    assert summary.faults == ()
    first = records_of(run)[0]
    after_s = 2.0 + float(first.source.rpartition("#t=")[2])
    assert first.pose.position_m[1] == pytest.approx(flown[round(10 * after_s)].position_m[1], abs=0.001)


def track_of_seconds(folder: Path) -> Path:
    rows = "".join(row(i / 10, pose) for i, pose in enumerate(poses_along(60, 0.05)))
    (folder / "track.csv").write_text(HEADER.replace("file", "time_s") + rows)
    return folder / "track.csv"


def captured_s(record: FrameRecord) -> float:
    """Return when the video began by a frame of it."""
    return datetime.fromisoformat(record.captured_at).timestamp() - float(record.source.rpartition("#t=")[2])


def test_a_video_that_nothing_dates_began_its_length_before_the_date_of_its_file(tmp_path: Path, run: RunFolder) -> None:
    video = noise_video(tmp_path / "v.avi", 50)
    os.utime(video, (NOON_S, NOON_S))
    summary = bring(run, video, track_of_seconds(tmp_path))
    assert [captured_s(record) for record in records_of(run)] == [pytest.approx(NOON_S - 5.0, abs=0.002)] * summary.n_frames
    assert summary.dated == (
        "The poses do not know the time of day. By the date of its file less its length the video began at 2025-11-23 11:59:55 UTC;"
        " movements of the ERP are compared by that. If it is wrong, remove this sortie and import again with --starts-at."
    )


def test_a_video_that_says_when_it_began_is_believed_before_the_date_of_its_file(tmp_path: Path, run: RunFolder) -> None:
    video = dated(noise_video(tmp_path / "v.mp4", 50), NOON_S)
    os.utime(video, (NOON_S + 86_400, NOON_S + 86_400))
    summary = bring(run, video, track_of_seconds(tmp_path))
    assert [captured_s(record) for record in records_of(run)] == [pytest.approx(NOON_S, abs=0.002)] * summary.n_frames
    assert summary.dated.startswith(
        "The poses do not know the time of day. The video says that it began at 2025-11-23 12:00:00 UTC; movements of the ERP are"
    )


def test_a_video_whose_beginning_the_person_says_began_then(tmp_path: Path, run: RunFolder) -> None:
    video = dated(noise_video(tmp_path / "v.mp4", 50), NOON_S)
    summary = bring(run, video, track_of_seconds(tmp_path), Clocks(starts_at_s=NOON_S + 3600.0))
    assert [captured_s(record) for record in records_of(run)] == [pytest.approx(NOON_S + 3600, abs=0.002)] * summary.n_frames
    assert summary.dated == ""


def test_frames_of_a_video_that_say_no_time_are_named_and_get_no_pose(tmp_path: Path, run: RunFolder) -> None:
    path, size = tmp_path / "v.avi", (WIDTH // 16 * 2, HEIGHT // 16 * 2)
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mpg2"), 10.0, size)
    if not writer.isOpened():
        pytest.skip("this OpenCV writes no MPEG-2, whose last frame has no time in an AVI")
    rng = np.random.default_rng(1)
    for _ in range(60):
        writer.write(rng.integers(0, 255, (size[1], size[0], 3), dtype=np.uint8))
    writer.release()
    text = HEADER.replace("file", "time_s") + "".join(row(i / 10, pose) for i, pose in enumerate(poses_along(90, 0.05)))
    (tmp_path / "track.csv").write_text(text)
    summary = bring(run, path, tmp_path / "track.csv", Clocks(offset_s=2.0))
    assert summary.faults == (f"{path}: 1 of 60 frames do not say when they were taken, and were left out",)
    times = [r.pose.time_s for r in records_of(run)]
    assert times == sorted(times)


def test_a_copy_of_a_photo_is_one_photo_in_an_import_and_in_the_next(tmp_path: Path, run: RunFolder) -> None:
    size = (WIDTH // 8, HEIGHT // 8)
    grey_pictures(tmp_path / "aisle #3", ["a.png", "b.png"], size)
    grey_pictures(tmp_path / "aisle #3" / "sub", ["a.png"], size)
    (tmp_path / "poses.csv").write_text(HEADER + "".join(row(f"{n}.png", p) for n, p in zip("ab", poses_along(2), strict=True)))
    summary = bring(run, tmp_path / "aisle #3", tmp_path / "poses.csv")
    assert summary.n_frames == 2
    assert summary.faults == (f"{tmp_path}/aisle #3/sub/a.png: is a copy of {tmp_path}/aisle #3/a.png",)
    grey_pictures(tmp_path / "copied", ["b.png"], size)
    for folder in ("aisle #3", "copied"):
        with pytest.raises(BadInputError, match=r"[ab]\.png: imported before, in sortie 01"):
            bring(run, tmp_path / folder, tmp_path / "poses.csv")


def test_pictures_in_hidden_folders_are_passed_over(tmp_path: Path) -> None:
    grey_pictures(tmp_path / "card", ["a.png"], (40, 30))
    grey_pictures(tmp_path / "card" / ".Trashes" / "501", ["b.png"], (40, 30))
    assert find_files(str(tmp_path / "card")) == ([tmp_path / "card" / "a.png"], None)
