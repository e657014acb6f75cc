"""A run, read: every bin says what stands there, killed stages go on, bad frames are named."""

import dataclasses
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from sitl.stock import Stock, make_stock
from tests.vision.photographed_run import FACE, LEVEL_BINS, SEED, photograph_bay, written
from tests.vision.worlds import SHARP_SITE, demo_site, frame_before
from vision.bins.face_view import find_face_view
from vision.pictures.opening import load_grey
from vision.reading.read_run import read_run
from vision.reads import Read
from warehouse.errors import BadInputError
from warehouse.observations import EvidencePicture, Observation, ObservationStatus
from warehouse.poses import FrameRecord
from warehouse.reading_step import ReadingStep
from warehouse.run_folder import RunFolder
from warehouse.site import Site


@pytest.fixture(scope="module")
def site() -> Site:
    return demo_site()


@pytest.fixture(scope="module")
def stock(site: Site) -> Stock:
    return make_stock(site, SEED)


@pytest.fixture(scope="module")
def photographed(site: Site, stock: Stock, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run folder with frames along one bay and level, poses off by 2 cm, nothing read yet."""
    return photograph_bay(tmp_path_factory.mktemp("photographed") / "run", site, stock).root


@pytest.fixture
def run(photographed: Path, tmp_path: Path) -> Iterator[RunFolder]:
    root = tmp_path / "run"
    shutil.copytree(photographed, root)
    yield RunFolder.open(root)


def observations(run: RunFolder) -> dict[str, Observation]:
    return {o.location: o for o in run.read_lines(run.observations_path, Observation)}


def test_each_bin_says_what_stands_there_and_nothing_is_said_of_the_rest(run: RunFolder, site: Site, stock: Stock) -> None:
    summary = read_run(run, site, workers=1)
    found = observations(run)
    assert list(found) == [b.code.text for b in site.layout.bins]
    for code in LEVEL_BINS:
        load = stock.standing.get(code)
        if load is None:
            assert found[code].status is ObservationStatus.EMPTY
        else:
            assert [s.pallet.value for s in found[code].pallets] == [load.pallet.sscc]
            assert found[code].confidence > 0.95
            assert dict(found[code].label_data)["10"] == load.pallet.batch
    assert found["A01-01-1-1"].status is ObservationStatus.NOT_OBSERVABLE
    others = set(found) - set(LEVEL_BINS)
    assert {found[code].status for code in others} <= {
        ObservationStatus.UNSEEN,
        ObservationStatus.NOT_OBSERVABLE,
        ObservationStatus.READ,
    }
    assert found["A01-08-1-1"].status is ObservationStatus.UNSEEN
    assert (summary.n_frames, summary.n_frames_read_before, summary.faults) == (len(list(run.root.rglob("01-*.jpg"))), 0, ())
    assert sum(summary.n_locations.values()) == len(found)
    steps = list(run.read_lines(run.reading_path, ReadingStep))  # what somebody who watches saw of it
    assert [step.what for step in steps if step.n_done == step.n_total] == ["photos", "bins", "pictures", "done"]
    assert {code for code in LEVEL_BINS if code in stock.standing} <= {code for step in steps for code in step.read}
    assert {code for step in steps for code in step.empty} <= {c for c, o in found.items() if o.status is ObservationStatus.EMPTY}


def test_a_label_that_one_photo_reads_is_looked_for_with_every_means_in_the_others(
    run: RunFolder, site: Site, stock: Stock
) -> None:
    """Blurred so far that the search of whole photos does not read it."""
    flown = list(run.read_lines(run.frames_path("01"), FrameRecord))
    sharp, blurred, *others = flown[5:8]
    for f in [blurred, *others]:
        picture = cv2.GaussianBlur(load_grey(run.root / f.file), (0, 0), 2.2)
        (run.root / f.file).write_bytes(bytes(cv2.imencode(".jpg", picture)[1]))
    read_run(run, site, workers=1)
    pallet = stock.standing[LEVEL_BINS[1]].pallet.sscc
    (label,) = observations(run)[LEVEL_BINS[1]].pallets
    assert (label.pallet.value, label.n_frames) == (pallet, 2)
    read_in = {r.frame for r in run.read_lines(run.reads_path, Read) if r.pallet == pallet}
    assert sharp.frame in read_in
    assert run.labels_progress_path.read_text().count('"found":[[') == 1


def test_every_claim_has_its_small_picture(run: RunFolder, site: Site) -> None:
    read_run(run, site, workers=1)
    for o in observations(run).values():
        paths = [o.evidence, *(s.evidence for s in o.pallets)] if o.frames else []
        for path in paths:
            assert 0 < (run.root / path).stat().st_size < 60_000
            picture = cv2.imread(str(run.root / path), cv2.IMREAD_GRAYSCALE)
            assert picture is not None
            assert picture.shape[1] <= 700
    frame_of = {p.file: p.frame for p in run.read_lines(run.evidence_index_path, EvidencePicture)}
    assert sorted(frame_of) == sorted(run.relative(path) for path in run.evidence_folder.iterdir())
    assert all(frame_of[o.evidence] in o.frames for o in observations(run).values() if o.evidence)


def test_a_picture_of_a_flight_that_is_taken_out_again_proves_nothing_more(run: RunFolder, site: Site) -> None:
    read_run(run, site, workers=1)
    before = written(run)
    b = site.layout.bins_by_code[LEVEL_BINS[0]]
    shown = Path(observations(run)[b.code.text].evidence)
    flown = list(run.read_lines(run.frames_path("01"), FrameRecord))
    nearest = min(flown, key=lambda f: abs(f.pose.position_m[1] - site.layout.faces[FACE].point_m(b.along_m, 0.0)[1]))
    brighter = np.minimum(load_grey(run.root / nearest.file), 200) + np.uint8(50)
    more = dataclasses.replace(
        frame_before(site, site.layout.faces[FACE], b.along_m, b.base_m + 0.6, name="02/01-000001"), sortie="02"
    )
    path = run.root / more.file
    path.parent.mkdir(parents=True)
    path.write_bytes(bytes(cv2.imencode(".jpg", brighter)[1]))
    run.write_lines(run.frames_path("02"), [more])
    read_run(run, site, workers=1)
    assert Path(observations(run)[b.code.text].evidence) != shown
    shutil.rmtree(run.sortie("02"))
    read_run(run, site, workers=1)
    assert written(run) == before


def test_reads_lie_on_the_face_where_the_label_hangs(run: RunFolder, site: Site, stock: Stock) -> None:
    read_run(run, site, workers=1)
    face = site.layout.faces[FACE]
    for read in run.read_lines(run.reads_path, Read):
        if read.pallet:
            (code,) = [c for c, load in stock.standing.items() if load.pallet.sscc == read.pallet]
            load, b = stock.standing[code], site.layout.bins_by_code[code]
            assert load.label is not None
            sign = float(np.cross(-np.asarray(face.outward), [0.0, 0.0, 1.0]) @ np.asarray(face.along))
            assert read.along_m == pytest.approx(b.along_m + sign * (load.right_m + load.label.right_m), abs=0.1)
            assert read.location == code


def test_the_poses_that_are_kept_are_those_that_the_reads_were_placed_by(run: RunFolder, site: Site) -> None:
    read_run(run, site, workers=1)
    kept = {f.frame: f for f in run.read_lines(run.poses_path, FrameRecord)}
    flown = [f.frame for f in run.read_lines(run.frames_path("01"), FrameRecord)]
    assert list(kept) == flown
    placed = [r for r in run.read_lines(run.reads_path, Read) if r.face]
    assert placed
    for r in placed:
        view = find_face_view(site, kept[r.frame])
        assert view is not None
        assert view.on_face(np.asarray(r.corners_px)).mean(axis=0) == pytest.approx([r.along_m, r.height_m], abs=1e-4)


def test_the_result_does_not_depend_on_workers_nor_on_being_killed(run: RunFolder, site: Site) -> None:
    read_run(run, site, workers=1)
    whole = written(run)
    run.remove(run.reads_progress_path)
    read_run(run, site, workers=2)
    assert written(run) == whole

    head, *lines = run.reads_progress_path.read_bytes().splitlines(keepends=True)
    run.reads_progress_path.write_bytes(head + b"".join(lines[:4]) + lines[4][:30])
    for path in (run.reads_path, run.observations_path):
        path.unlink()
    seen: list[tuple[int, int]] = []
    summary = read_run(run, site, workers=1, progress=lambda *now: seen.append(now[:2]) if now[2] == "reading labels" else None)
    assert summary.n_frames_read_before == 4
    assert seen == [(n, len(lines)) for n in range(4, len(lines) + 1)]
    assert written(run) == whole


def test_missing_and_cut_frames_are_named_and_the_others_are_read(run: RunFolder, site: Site) -> None:
    files = sorted((run.sortie("01") / "frames").iterdir())
    files[0].unlink()
    files[1].write_bytes(files[1].read_bytes()[:5000])
    files[2].write_bytes(b"not a picture")
    summary = read_run(run, site, workers=1)
    names = [run.relative(f) for f in files[:3]]
    assert summary.faults == (
        f"{names[0]}: the photo is missing",
        f"{names[1]}: the picture is cut short, its end is missing",
        f"{names[2]}: not a picture that can be read; expected JPEG, PNG, WebP, TIFF or BMP",
    )
    used = {frame for o in observations(run).values() for frame in o.frames}
    assert not used & {f"01/{f.stem}" for f in files[:3]}
    assert summary.n_pallets >= 1


def test_frames_whose_position_is_lost_place_nothing(run: RunFolder, site: Site) -> None:
    path = run.frames_path("01")
    lines = [json.loads(line) | {"is_ekf_healthy": False} for line in path.read_text().splitlines()]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    summary = read_run(run, site, workers=1)
    assert summary.n_reads > 0
    assert summary.n_pallets == 0
    assert set(summary.n_locations) == {"not_observable", "unseen"}
    assert len(summary.faults) == len(lines)


def test_a_run_without_frames_says_what_to_do(tmp_path: Path, site: Site) -> None:
    run = RunFolder.create(tmp_path / "run", SHARP_SITE)
    with pytest.raises(BadInputError, match=r"there are no photos to read(?s:.)*aislescan fly (?s:.)*aislescan import"):
        read_run(run, site)
