"""When a label that was read is looked for once more, and where."""

from dataclasses import replace

from tests.vision.worlds import demo_site, view_of
from vision.bins.fusing import SeenLabel
from vision.bins.placing import place
from vision.bins.second_photo import label_task
from vision.reads import Read
from warehouse.pallet_ids import PalletId, PalletIdKind

SITE = demo_site()
BIN = SITE.layout.bins_by_code["A01-03-2-2"]
VIEWS = [
    replace(view, frame=replace(view.frame, frame=f"01/{i:06}"))
    for i in range(6)
    for view in [view_of(SITE, BIN, along_m=BIN.along_m + 0.3 * (i - 2) + 0.05)]
]


def label_read_in(*frames: str, symbology: str = "Code128") -> SeenLabel:
    height_m = BIN.base_m + 0.5
    where = place(SITE.layout, BIN.face, BIN.along_m, height_m)
    assert where is not None
    corners = ((0.0, 0.0), (9.0, 0.0), (9.0, 9.0), (0.0, 9.0))
    reads = tuple(
        Read(frame=f, sortie="01", symbology=symbology, text="00", corners_px=corners, engine="zxing-cpp", variant="sweep")
        for f in frames
    )
    return SeenLabel(
        pallet=PalletId(kind=PalletIdKind.SSCC, value="384123453973997463"),
        face=BIN.face,
        along_m=BIN.along_m,
        height_m=height_m,
        place=where,
        reads=reads,
        confidence=0.99,
    )


def test_a_label_in_one_photo_is_looked_for_in_the_photos_taken_nearest_before_it() -> None:
    task = label_task(SITE, label_read_in("01/000002"), VIEWS)
    assert task is not None
    assert [f.frame for f in task.frames] == ["01/000001", "01/000003"]


def test_a_label_in_two_photos_or_of_a_code_that_corrects_its_errors_needs_none() -> None:
    assert label_task(SITE, label_read_in("01/000001", "01/000002"), VIEWS) is None
    assert label_task(SITE, label_read_in("01/000002", symbology="DataMatrix"), VIEWS) is None


def test_of_a_code_that_corrects_its_errors_a_second_photo_is_looked_for_where_its_bin_is_unsure() -> None:
    assert label_task(SITE, replace(label_read_in("01/000000", symbology="QRCode"), confidence=0.77), VIEWS) is not None


def test_a_label_that_no_other_photo_shows_is_not_looked_for() -> None:
    assert label_task(SITE, label_read_in("01/000002"), VIEWS[2:3]) is None
