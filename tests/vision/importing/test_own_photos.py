"""The pictures of a camera's card find the records of the flown sortie that they belong to, and no other's."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.vision.pictures.test_exif import exif_block, in_jpeg
from tests.vision.worlds import SHARP_SITE, demo_site, frame_before
from vision.importing.frame_writing import Clocks, ImportSummary
from vision.importing.own_photos import fill_own_photos
from warehouse.errors import BadInputError
from warehouse.poses import FrameRecord
from warehouse.run_folder import RunFolder

SITE = demo_site()
WIDTH, HEIGHT = SITE.cameras[0].size_px
BEGAN_S = datetime(2026, 11, 23, 12, tzinfo=UTC).timestamp()
TIMES = (0.0, 1.1, 2.6, 3.3, 5.2, 6.0, 7.7, 8.4, 10.0, 10.9, 12.3, 13.0)
LATER_S = 900.0
"""Between the starts of two sorties."""


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    return RunFolder.create(tmp_path / "run", SHARP_SITE)


def fly(run: RunFolder, sortie: str, began_s: float = BEGAN_S) -> list[FrameRecord]:
    """Write the records of a sortie whose pictures stayed on the camera's card."""
    face = SITE.layout.faces["A01-left"]
    records = []
    for i, at in enumerate(TIMES, start=1):
        record = frame_before(SITE, face, 2.0 + i / 10, 1.0, name=f"{sortie}/01-{i:06d}")
        moment = datetime.fromtimestamp(began_s + at, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
        records.append(replace(record, sortie=sortie, file=f"sorties/{sortie}/frames/01-{i:06d}.jpg", captured_at=moment))
    run.write_lines(run.frames_path(sortie), records)
    return records


def photo(path: Path, grey: int, utc_s: float | None = None) -> Path:
    path.parent.mkdir(exist_ok=True)
    whole = bytes(cv2.imencode(".jpg", np.full((HEIGHT // 8, WIDTH // 8), grey, dtype=np.uint8))[1])
    if utc_s is not None:
        moment = datetime.fromtimestamp(round(utc_s, 2), UTC)
        block = in_jpeg(exif_block("<", moment.strftime("%Y:%m:%d %H:%M:%S"), f"{moment.microsecond // 10_000:02d}"))
        whole = whole[:2] + block[2 : 4 + int.from_bytes(block[4:6], "big")] + whole[2:]
    path.write_bytes(whole)
    return path


def card(folder: Path, began_s: float | None = BEGAN_S, first_grey: int = 0, without: tuple[int, ...] = ()) -> Path:
    for i, at in enumerate(TIMES, start=1):
        if i not in without:
            photo(folder / f"DSC{i + 6}.JPG", first_grey + i, None if began_s is None else began_s + at)
    return folder


def fill(run: RunFolder, folder: Path, sortie: str | None = None, offset_s: float | None = None) -> ImportSummary:
    return fill_own_photos(run, SITE, str(folder), sortie, clocks=Clocks(offset_s=offset_s))


def records_of(run: RunFolder, sortie: str = "01") -> list[FrameRecord]:
    return list(run.read_lines(run.frames_path(sortie), FrameRecord))


def everything_in(run: RunFolder) -> dict[str, bytes]:
    return {run.relative(p): p.read_bytes() for p in (run.root / "sorties").rglob("*") if p.is_file()}


@pytest.mark.parametrize("began_s", [None, BEGAN_S + 3600.0])
def test_the_pictures_of_a_flown_sortie_find_their_records(tmp_path: Path, run: RunFolder, began_s: float | None) -> None:
    flown = fly(run, "01")
    summary = fill(run, card(tmp_path / "p", began_s))
    assert (summary.n_frames, summary.faults) == (12, ())
    records = records_of(run)
    assert [Path(r.source).name for r in records] == [f"DSC{i}.JPG" for i in range(7, 19)]
    assert [(r.frame, r.file, r.pose) for r in records] == [(f.frame, f.file, f.pose) for f in flown]
    assert all((run.root / r.file).read_bytes() == Path(r.source).read_bytes() for r in records)
    with pytest.raises(BadInputError, match="no flown sortie of this run lacks pictures"):
        fill(run, tmp_path / "p")


@pytest.mark.parametrize("is_copied", [False, True])
def test_one_card_never_fills_two_sorties(tmp_path: Path, run: RunFolder, is_copied: bool) -> None:
    fly(run, "01")
    fly(run, "02", BEGAN_S + LATER_S)
    fill(run, card(tmp_path / "p", None), "01")
    before = everything_in(run)
    again = card(tmp_path / "copy", None) if is_copied else tmp_path / "p"
    with pytest.raises(BadInputError, match=r"DSC7\.JPG: is a picture of sortie 01 already"):
        fill(run, again)
    assert everything_in(run) == before


def test_of_a_card_with_two_sorties_the_pictures_that_are_known_are_left_out_by_name(tmp_path: Path, run: RunFolder) -> None:
    fly(run, "01")
    fly(run, "02", BEGAN_S + LATER_S)
    fill(run, card(tmp_path / "p"), "01")
    for i, at in enumerate(TIMES):
        photo(tmp_path / "p" / f"NEXT{i}.JPG", 100 + i, BEGAN_S + LATER_S + at)
    summary = fill(run, tmp_path / "p")
    assert (summary.sortie, summary.n_frames) == ("02", 12)
    assert summary.faults == tuple(f"{tmp_path}/p/DSC{i}.JPG: is a picture of sortie 01 already" for i in range(7, 19))


def test_pictures_whose_clock_says_another_flight_are_refused_unless_the_clock_is_given(tmp_path: Path, run: RunFolder) -> None:
    fly(run, "01")
    fly(run, "02", BEGAN_S + LATER_S)
    fill(run, card(tmp_path / "p", BEGAN_S + 5.0), "01")
    others = card(tmp_path / "q", BEGAN_S + 5.0, first_grey=100)
    before = everything_in(run)
    with pytest.raises(
        BadInputError, match=r"the camera's clock is -895 s from the drone's, but in sortie 01 it was \+5 s"
    ) as caught:
        fill(run, others)
    assert "--clock-offset 895.0" in caught.value.remedy
    assert everything_in(run) == before
    assert fill(run, others, offset_s=895.0).n_frames == 12


def test_a_clock_that_was_given_wrong_matches_nothing(tmp_path: Path, run: RunFolder) -> None:
    fly(run, "01")
    with pytest.raises(BadInputError, match="sortie 01: no photo of it was taken when these pictures were"):
        fill(run, card(tmp_path / "p"), offset_s=500.0)


@pytest.mark.parametrize("began_s", [None, BEGAN_S + 3600.0])
def test_pictures_that_were_lacking_are_brought_later(tmp_path: Path, run: RunFolder, began_s: float | None) -> None:
    fly(run, "01")
    fill(run, card(tmp_path / "p", began_s))
    for i in (2, 4):
        (run.root / records_of(run)[i].file).unlink()
    summary = fill(run, tmp_path / "p")
    assert summary.n_frames == 2
    assert [(run.root / r.file).read_bytes() for r in records_of(run)] == [Path(r.source).read_bytes() for r in records_of(run)]


def test_a_picture_that_fitted_no_photo_does_not_fit_the_one_that_lacks_one_later(tmp_path: Path, run: RunFolder) -> None:
    fly(run, "01")
    folder = card(tmp_path / "p", without=(3,))
    extra = photo(folder / "EXTRA.JPG", 200, BEGAN_S + 30.0)
    summary = fill(run, folder)
    assert summary.n_frames == 11
    assert f"{extra}: no pose of the log is certainly that of this picture" in summary.faults
    with pytest.raises(BadInputError, match="no photo of it was taken when these pictures were"):
        fill(run, folder)


@contextmanager
def unwritable(folder: Path) -> Iterator[None]:
    """Put a file where a folder has to be."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.write_bytes(b"")
    try:
        yield
    finally:
        folder.unlink()


def test_an_import_that_breaks_off_leaves_everything_as_it_was(tmp_path: Path, run: RunFolder) -> None:
    fly(run, "01")
    before = everything_in(run)
    folder = card(tmp_path / "p")
    with unwritable(run.sortie("01") / "frames"), pytest.raises(OSError, match="frames"):
        fill(run, folder)
    assert everything_in(run) == before
    assert fill(run, folder).n_frames == 12


def test_what_a_killed_import_left_is_no_dead_end(tmp_path: Path, run: RunFolder) -> None:
    """Killed after the records were written, while pictures were moved into their places."""
    flown = fly(run, "01")
    folder = card(tmp_path / "p")
    fill(run, folder)
    left = run.sortie("01") / "frames.part"
    left.mkdir()
    for record in flown[3:]:
        (run.root / record.file).replace(left / Path(record.file).name)
    assert fill(run, folder).n_frames == 9
    assert all((run.root / r.file).read_bytes() == Path(r.source).read_bytes() for r in records_of(run))
    assert not left.exists()


TWO = replace(SITE, cameras=(replace(SITE.cameras[0], side="left"), replace(SITE.cameras[0], side="right")))


def fly_two(run: RunFolder) -> None:
    """Write the records of a sortie of a drone with two cameras: a left and a right one at every moment."""
    both = [
        replace(r, camera=side, frame=f"{r.frame}-{side}", file=r.file.replace(".jpg", f"-{side}.jpg"))
        for r in fly(run, "01")
        for side in ("left", "right")
    ]
    run.write_lines(run.frames_path("01"), both)


@pytest.mark.parametrize("began_s", [None, BEGAN_S, BEGAN_S + 3600.05])
def test_of_two_cameras_one_card_is_brought_after_the_other(tmp_path: Path, run: RunFolder, began_s: float | None) -> None:
    fly_two(run)
    cards = {"left": card(tmp_path / "b", began_s, 100), "right": card(tmp_path / "a", began_s)}
    with pytest.raises(BadInputError, match="nothing says whose card this is"):
        fill_own_photos(run, TWO, str(tmp_path), None)
    for side, folder in cards.items():
        summary = fill_own_photos(run, TWO, str(folder), None, camera=side)
        assert (summary.n_frames, summary.faults) == (12, ())
    for record in records_of(run):
        number = int(record.frame.split("-")[1])
        assert Path(record.source) == (cards[record.camera] / f"DSC{number + 6}.JPG").resolve()
    with pytest.raises(BadInputError, match="no flown sortie of this run lacks pictures"):
        fill_own_photos(run, TWO, str(tmp_path / "a"), None, camera="right")


def test_a_card_of_a_camera_that_the_drone_does_not_have_is_refused(tmp_path: Path, run: RunFolder) -> None:
    fly(run, "01")
    with pytest.raises(BadInputError, match="the drone of this site has no left camera"):
        fill_own_photos(run, SITE, str(card(tmp_path / "p")), None, camera="left")
