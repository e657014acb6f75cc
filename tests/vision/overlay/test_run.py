"""Drawings on photos: outlines where the projection says, labels left readable, every barcode told about, bad photos named."""

import dataclasses
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from tests.vision.worlds import SHARP_SITE, demo_site, frame_before
from vision.bins.face_view import find_face_view
from vision.overlay.drawing import draw
from vision.overlay.pen import FATE_COLOURS, STATUS_COLOURS, WIDTH_PX
from vision.overlay.run import MAX_BYTES, write_overlay
from vision.overlay.sheets import sheet_words
from vision.overlay.story import Fate, FrameStory, tell
from vision.reads import Read
from warehouse.errors import BadInputError
from warehouse.layout import BinKind
from warehouse.observations import Observation, ObservationStatus, PalletSighting
from warehouse.pallet_ids import PalletId, PalletIdKind
from warehouse.poses import FrameRecord
from warehouse.run_folder import RunFolder
from warehouse.site import Site
from warehouse.tags import LocationTag
from warehouse.texts import Speech

FACE = "A01-left"
READ_BIN, EMPTY_BIN, UNREAD_BIN = "A01-03-2-2", "A01-03-2-1", "A01-03-2-3"
SSCC, OTHER_SSCC = "384123453845014885", "384123453845015301"
CORNERS = ((1500.0, 1000.0), (2000.0, 1004.0), (1998.0, 1100.0), (1498.0, 1096.0))
GREY = 100


@pytest.fixture(scope="module")
def site() -> Site:
    return demo_site()


def frame_of(site: Site, code: str, *, name: str = "01/01-000001", shift_m: float = 0.0, roll_deg: float = 0.0) -> FrameRecord:
    b = site.layout.bins_by_code[code]
    face = site.layout.faces[b.face]
    return frame_before(site, face, b.along_m + shift_m, b.base_m + 0.6, name=name, roll_deg=roll_deg)


def read_of(frame: FrameRecord, *, pallet: str = SSCC, location: str = READ_BIN, **changes: object) -> Read:
    read = Read(
        frame=frame.frame,
        sortie="01",
        symbology="Code128",
        text=f"00{pallet}",
        corners_px=CORNERS,
        engine="zxing-cpp",
        variant="plain",
        face=FACE,
        along_m=1.0,
        height_m=2.0,
        location=location,
        pallet_kind="SSCC" if pallet else "",
        pallet=pallet,
    )
    return dataclasses.replace(read, **changes)  # type: ignore[arg-type]


def observations_of(site: Site, frames: list[FrameRecord]) -> list[Observation]:
    seen = tuple(f.frame for f in frames)
    sighting = PalletSighting(
        pallet=PalletId(PalletIdKind.SSCC, SSCC), symbology="Code128", text=f"00{SSCC}", n_frames=1, evidence=""
    )
    known = {
        READ_BIN: Observation(
            location=READ_BIN,
            status=ObservationStatus.READ,
            pallets=(sighting,),
            confidence=0.998,
            frames=seen,
            runner_up=EMPTY_BIN,
            margin_m=0.31,
            reason="label read in one photo",
        ),
        EMPTY_BIN: Observation(
            location=EMPTY_BIN, status=ObservationStatus.EMPTY, confidence=0.9, frames=seen, reason="it lies 0.9 m behind"
        ),
        UNREAD_BIN: Observation(
            location=UNREAD_BIN, status=ObservationStatus.UNREADABLE, confidence=0.9, frames=seen, reason="no <b>label</b> was read"
        ),
    }
    nothing = [
        Observation(location=b.code.text, status=ObservationStatus.UNSEEN, confidence=1.0, reason="no usable photo shows it")
        for b in site.layout.bins
    ]
    return [known.get(o.location, o) for o in nothing]


def story_of(site: Site, frame: FrameRecord, reads: list[Read], *, flown: FrameRecord | None = None) -> FrameStory:
    (story,) = tell(site, [(flown or frame, frame)], reads, observations_of(site, [frame]))
    return story


def grey_photo(site: Site) -> NDArray[np.uint8]:
    width, height = site.cameras[0].size_px
    return np.full((height // 2, width // 2), GREY, dtype=np.uint8)


def picture_of(site: Site, story: FrameStory) -> NDArray[np.uint8]:
    """Return the drawing of a story on an even grey photo, without the words above and below."""
    width, height = site.cameras[0].size_px
    bare = draw(site, dataclasses.replace(story, placards=(), marks=()), grey_photo(site), width)
    start = int(np.argmax((bare == GREY).all(axis=(1, 2))))
    return draw(site, story, grey_photo(site), width)[start : start + height * WIDTH_PX // width]


def has_colour(picture: NDArray[np.uint8], x: float, y: float, colour: tuple[int, int, int], reach: int) -> bool:
    left, top = max(round(x) - reach, 0), max(round(y) - reach, 0)
    piece = picture[top : round(y) + reach + 1, left : round(x) + reach + 1].astype(int)
    return bool((np.abs(piece - np.asarray(colour)).max(axis=-1) < 12).any())


@pytest.mark.parametrize("roll_deg", [0.0, 4.0])
def test_the_outline_lies_where_the_projection_says(site: Site, roll_deg: float) -> None:
    frame = frame_of(site, EMPTY_BIN, shift_m=0.3, roll_deg=roll_deg)
    story = story_of(site, frame, [])
    width = site.cameras[0].size_px[0]
    picture = picture_of(site, story)
    b, camera = site.layout.bins_by_code[EMPTY_BIN], site.cameras[0]
    face = site.layout.faces[FACE]
    n_checked = 0
    for side in (-1, 1):
        for height in np.arange(b.base_m + 0.1, b.base_m + b.height_m - 0.1, 0.02):
            point = face.point_m(b.along_m + side * b.width_m / 2, float(height), -0.05)
            (x, y), in_front = camera.project(frame.pose, point)
            x, y = (x + 0.5) * WIDTH_PX / width, (y + 0.5) * WIDTH_PX / width
            if in_front and 40 < x < picture.shape[1] - 40 and 40 < y < picture.shape[0] - 80:
                n_checked += 1
                assert has_colour(picture, x, y, STATUS_COLOURS[ObservationStatus.EMPTY], reach=9)
                assert not has_colour(picture, x + 40, y, STATUS_COLOURS[ObservationStatus.EMPTY], reach=4)
    assert n_checked > 20


def test_a_cross_lies_where_a_tag_was_measured_to_hang(site: Site) -> None:
    frame, b, camera = frame_of(site, EMPTY_BIN), site.layout.bins_by_code[EMPTY_BIN], site.cameras[0]
    place = {"along_m": b.along_m + 0.15, "height_m": b.base_m + 0.6}
    tags = tuple(
        LocationTag(text=str(i), symbology="QRCode", face=face, size_mm=80.0, outward_m=0.02, **place)
        for i, face in enumerate((FACE, "A01-right"))
    )
    tagged = dataclasses.replace(site, tags=tags)
    story = dataclasses.replace(story_of(site, frame, []), placards=())
    drawn = (picture_of(tagged, story) != GREY).any(axis=-1)
    (x, y), _ = camera.project(frame.pose, site.layout.faces[FACE].point_m(place["along_m"], place["height_m"], 0.02))
    ys, xs = np.nonzero(drawn)
    assert [xs.mean(), ys.mean()] == pytest.approx([(x + 0.5) * WIDTH_PX / 3840, (y + 0.5) * WIDTH_PX / 3840], abs=1.5)
    assert max(int(np.ptp(xs)), int(np.ptp(ys))) < 36


def test_barcodes_are_framed_and_no_words_cover_them(site: Site) -> None:
    frame = frame_of(site, READ_BIN)
    rng = np.random.default_rng(3)
    scale = WIDTH_PX / 3840
    for _ in range(8):
        x, y = (float(v) for v in rng.uniform((200, 200), (3000, 2100)))
        corners = ((x, y), (x + 500, y), (x + 500, y + 110), (x, y + 110))
        story = story_of(site, frame, [read_of(frame, corners_px=corners)])
        left, top, right, bottom = x * scale, y * scale, (x + 500) * scale, (y + 110) * scale
        rows, columns = slice(round(top) + 2, round(bottom) - 2), slice(round(left) + 2, round(right) - 2)
        framed = picture_of(site, dataclasses.replace(story, placards=()))
        assert (framed[rows, columns] == GREY).all()
        for edge in (left - 3, right + 3):
            assert has_colour(framed, edge, (top + bottom) / 2, FATE_COLOURS[Fate.BOOKED], reach=5)
        is_tag = (picture_of(site, story)[rows, columns] == STATUS_COLOURS[ObservationStatus.READ]).all(axis=-1)
        assert is_tag.mean() < 0.2  # an outline may cross the bars, a filled tag may not lie on them


def test_every_barcode_is_told_what_became_of_it(site: Site) -> None:
    frame = frame_of(site, READ_BIN)
    reads = [
        read_of(frame),
        read_of(frame, location=EMPTY_BIN, runner_up=READ_BIN, variant="tiles"),
        read_of(frame, pallet="", text="02184123450073513748\x1d10260358", label_data=(("02", "18412345007351"),)),
        read_of(frame, pallet="", text=EMPTY_BIN),
        read_of(frame, pallet="", text="https://example.org/" + "a" * 90, symbology="QRCode", location=""),
        read_of(frame, pallet=OTHER_SSCC, location=""),
        read_of(frame, pallet=OTHER_SSCC, face="", location=""),
        read_of(frame, pallet=OTHER_SSCC),
        read_of(frame, pallet="P123", pallet_kind="LPN", text="P123", symbology="ITF"),
    ]
    apart = [dataclasses.replace(r, along_m=(0.0, 0.0, 1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0)[i]) for i, r in enumerate(reads)]
    marks = story_of(site, frame, apart).marks
    assert [(m.fate, m.words) for m in marks] == [
        (Fate.BOOKED, f"Code128 00{SSCC} (zxing-cpp, plain): booked, pallet SSCC {SSCC} in {READ_BIN}"),
        (
            Fate.BOOKED,
            f"Code128 00{SSCC} (zxing-cpp, tiles): booked, pallet SSCC {SSCC} in {READ_BIN}; this photo alone says {EMPTY_BIN}",
        ),
        (Fate.BESIDE, f"Code128 02184123450073513748|10260358 (zxing-cpp, plain): contents of the label at {READ_BIN}"),
        (Fate.BESIDE, f"Code128 {EMPTY_BIN} (zxing-cpp, plain): names a place of the building, not a pallet"),
        (
            Fate.REFUSED,
            f"QRCode https://example.org/{'a' * 39}… (zxing-cpp, plain): "
            "names no pallet by the rules of this site, kept as evidence",
        ),
        (
            Fate.REFUSED,
            f"Code128 00{OTHER_SSCC} (zxing-cpp, plain): pallet SSCC {OTHER_SSCC} not booked: more than 0.30 m from every location",
        ),
        (
            Fate.REFUSED,
            f"Code128 00{OTHER_SSCC} (zxing-cpp, plain): "
            f"pallet SSCC {OTHER_SSCC} not booked from this photo, whose position is not certain enough",
        ),
        (
            Fate.REFUSED,
            f"Code128 00{OTHER_SSCC} (zxing-cpp, plain): "
            f"pallet SSCC {OTHER_SSCC} not booked: the photos of {READ_BIN} together do not bear it out",
        ),
        (
            Fate.REFUSED,
            "ITF P123 (zxing-cpp, plain): pallet LPN P123 not booked: "
            "one photo alone says P123, and nothing in that kind of barcode would show a misread",
        ),
    ]


def test_what_the_photos_disagree_about_is_told(site: Site) -> None:
    first, second = frame_of(site, READ_BIN), frame_of(site, READ_BIN, name="01/01-000002")
    reads = [read_of(first, pallet="384123453845016186"), read_of(second, pallet=OTHER_SSCC)]
    stories = tell(site, [(first, first), (second, second)], reads, observations_of(site, [first, second]))
    assert [s.marks[0].words.partition(" not booked: ")[2] for s in stories] == [
        f"the photos disagree about what one label says, 00{OTHER_SSCC} or 00384123453845016186"
    ] * 2


def test_every_location_of_the_photo_has_its_status_and_reason(site: Site) -> None:
    placards = {p.bin.code.text: p for p in story_of(site, frame_of(site, READ_BIN), []).placards}
    assert placards[READ_BIN].title == f"{READ_BIN} LABEL READ in 1 of 1 photo"
    assert placards[READ_BIN].words == (
        f"label read in one photo; pallet SSCC {SSCC} read in 1 of 1 photo; 0.31 m nearer than {EMPTY_BIN}; 99.8 % certain"
    )
    neighbours = {p.bin.code.text: p for p in story_of(site, frame_of(site, EMPTY_BIN, shift_m=0.2), []).placards}
    assert (neighbours[EMPTY_BIN].title, neighbours[EMPTY_BIN].words) == (f"{EMPTY_BIN} SEEN EMPTY", "it lies 0.9 m behind")


def test_a_label_in_a_rear_place_is_told_without_a_second_outline(site: Site) -> None:
    front = site.layout.bins_by_code[EMPTY_BIN]
    rear = dataclasses.replace(front, code=dataclasses.replace(front.code, slot="9", text="A01-03-2-9"), kind=BinKind.REAR)
    deep = dataclasses.replace(site, layout=dataclasses.replace(site.layout, bins=(*site.layout.bins, rear)))
    frame = frame_of(site, EMPTY_BIN)
    seen = observations_of(site, [frame])
    behind = dataclasses.replace(next(o for o in seen if o.location == READ_BIN), location="A01-03-2-9")
    (story,) = tell(deep, [(frame, frame)], [read_of(frame, location=EMPTY_BIN)], [*seen, behind])
    assert "A01-03-2-9 LABEL READ in 1 of 1 photo" in [p.title for p in story.placards]
    without = dataclasses.replace(story, placards=tuple(p for p in story.placards if p.bin.kind is not BinKind.REAR))
    assert (picture_of(deep, story) == picture_of(deep, without)).all()


def test_a_corrected_pose_is_used_and_told(site: Site) -> None:
    flown, corrected = frame_of(site, READ_BIN), frame_of(site, READ_BIN, shift_m=0.25)
    story = story_of(site, corrected, [], flown=flown)
    assert story.frame == corrected
    assert story.lines[2].startswith("Its position was corrected by 0.25 m; the drone itself gave (")
    view = find_face_view(site, corrected)
    assert view is not None
    assert f"{view.along_m:.2f} m along it" in story.lines[1]


def test_a_photo_that_placed_nothing_says_why_and_has_no_outlines(site: Site) -> None:
    frame = frame_of(site, READ_BIN)
    lost = story_of(site, dataclasses.replace(frame, position_sigma_m=0.9), [])
    unhealthy = story_of(site, dataclasses.replace(frame, is_ekf_healthy=False), [])
    turned = story_of(
        site, dataclasses.replace(frame, pose=dataclasses.replace(frame.pose, heading_deg=frame.pose.heading_deg + 60.0)), []
    )
    assert [s.lines[-1] for s in (lost, unhealthy, turned)] == [
        "This photo's position is certain to 0.90 m only: nothing in it was placed",
        "This photo's position is called lost by the autopilot: nothing in it was placed",
        "This photo looks at no rack face (a turn, a climb, the end of an aisle): nothing in it was placed",
    ]
    for story in (lost, unhealthy, turned):
        assert (story.is_placed, story.placards) == (False, ())
        drawing = draw(site, story, grey_photo(site), 3840)
        assert (drawing == GREY).all(axis=(1, 2)).sum() == 1000  # all rows of the photo, untouched


# -- the files ----


@pytest.fixture
def run(site: Site, tmp_path: Path) -> RunFolder:
    """Three photos that were read: two before the bin with the label, one far away; noise, which no JPEG makes small."""
    run = RunFolder.create(tmp_path / "run", SHARP_SITE)
    frames = [
        frame_of(site, READ_BIN, name="01/01-000001"),
        frame_of(site, READ_BIN, name="01/01-000002", shift_m=0.1),
        frame_of(site, "A01-07-4-1", name="01/01-000003"),
    ]
    noise = np.random.default_rng(5).integers(0, 256, (1200, 1920), dtype=np.uint8)
    data = bytes(cv2.imencode(".jpg", cv2.resize(noise, (3840, 2400)))[1])
    for f in frames:
        path = run.root / f.file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    run.write_lines(run.frames_path("01"), frames)
    run.write_lines(run.poses_path, frames)
    run.write_lines(run.reads_path, [read_of(frames[0])])
    run.write_lines(run.observations_path, observations_of(site, frames[:2]))
    return run


def drawings(run: RunFolder) -> dict[str, bytes]:
    return {p.relative_to(run.overlay_folder).as_posix(): p.read_bytes() for p in sorted(run.overlay_folder.rglob("*.*"))}


def test_every_photo_is_drawn_on_within_its_size_and_listed(run: RunFolder, site: Site) -> None:
    summary = write_overlay(run, site, workers=1)
    files = drawings(run)
    assert list(files) == ["01/01-000001.jpg", "01/01-000002.jpg", "01/01-000003.jpg", "index.html"]
    assert summary.n_drawn == 3
    assert summary.n_bytes == sum(len(data) for name, data in files.items() if name.endswith(".jpg"))
    for name, data in files.items():
        if name.endswith(".jpg"):
            assert len(data) <= MAX_BYTES
            picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
            assert picture is not None
            assert picture.shape[1] == WIDTH_PX
    page = files["index.html"].decode()
    assert f"<b>{UNREAD_BIN}</b> no &lt;b&gt;label&lt;/b&gt; was read" in page
    assert page.index(UNREAD_BIN) < page.index(EMPTY_BIN) < page.index(READ_BIN)
    read_part = page[page.index(f"<b>{READ_BIN}</b>") :].partition("</details>")[0]
    assert ("01/01-000001.jpg" in read_part, "01/01-000003.jpg" in read_part) == (True, False)


def test_the_drawings_do_not_depend_on_the_number_of_workers(run: RunFolder, site: Site) -> None:
    write_overlay(run, site, workers=1)
    alone = drawings(run)
    write_overlay(run, site, workers=2)
    assert drawings(run) == alone


def test_missing_and_cut_photos_are_named_and_the_others_drawn(run: RunFolder, site: Site) -> None:
    first, second, _ = run.read_lines(run.poses_path, FrameRecord)
    (run.root / first.file).unlink()
    whole = (run.root / second.file).read_bytes()
    (run.root / second.file).write_bytes(whole[: len(whole) // 2])
    summary = write_overlay(run, site, workers=1)
    assert summary.n_drawn == 1
    assert [fault.partition(":")[0] for fault in summary.faults] == [first.file, second.file]
    assert [name for name in drawings(run) if name.endswith(".jpg")] == ["01/01-000003.jpg"]


@pytest.mark.parametrize("size_px", [(2400, 3840), (3841, 2400), (1920, 1200)])
def test_a_photo_of_another_size_than_the_cameras_is_named_and_not_drawn_on(
    run: RunFolder, site: Site, size_px: tuple[int, int]
) -> None:
    first = next(run.read_lines(run.poses_path, FrameRecord))
    (run.root / first.file).write_bytes(bytes(cv2.imencode(".jpg", np.full(size_px[::-1], GREY, dtype=np.uint8))[1]))
    summary = write_overlay(run, site, workers=1)
    (fault,) = summary.faults
    assert fault.startswith(f"{first.file}: the picture is {size_px[0]} x {size_px[1]} pixels, but the right camera of site.toml")
    assert list(drawings(run)) == ["01/01-000002.jpg", "01/01-000003.jpg", "index.html"]


def test_only_the_photos_that_show_a_wanted_location_are_drawn(run: RunFolder, site: Site) -> None:
    write_overlay(run, site, workers=1)
    summary = write_overlay(run, site, locations=[READ_BIN], workers=1)
    assert summary.n_drawn == 2
    assert list(drawings(run)) == ["01/01-000001.jpg", "01/01-000002.jpg", "index.html"]
    assert EMPTY_BIN not in drawings(run)["index.html"].decode().partition("<nav>")[2]


def test_what_cannot_be_drawn_says_so(run: RunFolder, site: Site) -> None:
    with pytest.raises(BadInputError, match=r"no such location in .*\n  -> write it as the layout does, for instance A01-01-1-1"):
        write_overlay(run, site, locations=["shelf 3"], workers=1)
    with pytest.raises(BadInputError, match=r"no such location in .*\n  -> is it A01-03-2-1\?"):
        write_overlay(run, site, locations=["a01-03-2-1"], workers=1)
    with pytest.raises(BadInputError, match=r"no photo shows what you ask for \(A01-01-1-2: no usable photo shows it\)"):
        write_overlay(run, site, locations=["A01-01-1-2"], workers=1)
    kept = list(run.read_lines(run.poses_path, FrameRecord))
    run.write_lines(run.frames_path("01"), [dataclasses.replace(f, source="card/DSC1.JPG") for f in kept])
    with pytest.raises(BadInputError, match="photos have come or gone since it was read"):
        write_overlay(run, site, workers=1)
    run.write_lines(run.frames_path("01"), kept[:2])
    with pytest.raises(BadInputError, match="photos have come or gone since it was read"):
        write_overlay(run, site, workers=1)
    run.remove(run.poses_path)
    with pytest.raises(BadInputError, match=r"poses\.jsonl: not there yet"):
        write_overlay(run, site, workers=1)


def test_page_and_stories_are_in_the_language_of_the_command_and_keep_names(run: RunFolder, site: Site) -> None:
    loud = Speech(lang="es", say=str.upper, word=str.upper)
    write_overlay(run, site, workers=1, speech=loud)
    page = drawings(run)["index.html"].decode()
    assert '<html lang="es">' in page
    assert f"<h1>{f'What was seen where: {site.name}'.upper()}</h1>" in page
    assert f"<b>{UNREAD_BIN}</b> NO &lt;B&gt;LABEL&lt;/B&gt; WAS READ (" in page
    words = sheet_words(loud)
    assert (words.unread, words.decimal_mark) == ("NO BARCODE WAS READ IN THIS PHOTO.", ",")
