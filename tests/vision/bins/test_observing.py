"""What is said of a bin follows its strongest witness, and witnesses that contradict each other claim nothing."""

import dataclasses

import numpy as np

from tests.vision.worlds import demo_site, view_of
from vision.bins.bin_files import BinFile, file_reads, open_files
from vision.bins.clear_down import Clear
from vision.bins.face_view import FaceView
from vision.bins.fusing import Doubt, fuse
from vision.bins.looking import BinLook
from vision.bins.observing import observe
from vision.bins.occupancy import Depth, Occupancy
from vision.bins.parallax import ShrunkView, pairs_of
from vision.bins.range_evidence import NO_READINGS, RangeEvidence
from vision.reads import Read
from warehouse.goods import SmallestGoods
from warehouse.observations import Goods, Observation, ObservationStatus

SITE = demo_site()
BIN = SITE.layout.bins_by_code["A01-03-2-2"]
FRONT = Occupancy(depth=Depth.FRONT, n_pairs=6, front_share=0.9, columns_share=1.0)
CLEAR = Clear(proven_m=0.08, shown_m=0.08, sigma_m=0.02, front_m=0.32, depth_m=1.1, far_share=0.9, n_pairs=6)
FAR = Occupancy(depth=Depth.FAR, far_m=1.4, n_pairs=6, clear=CLEAR)
UNDECIDED = Occupancy(depth=Depth.UNDECIDED)


def seen(
    occupancy: Occupancy,
    *,
    has_bars: bool = False,
    has_sticker: bool = False,
    reads: tuple[Read, ...] = (),
    doubts: tuple[Doubt, ...] = (),
    ranges: RangeEvidence = NO_READINGS,
    goods: SmallestGoods | None = None,
) -> Observation:
    look = BinLook(occupancy=occupancy, has_bars=has_bars, has_sticker=has_sticker, ranges=ranges)
    file = BinFile(
        bin=BIN, views=[view_of(SITE, BIN)], shares=[1.0], seen_share=1.0, reads=list(reads), doubts=list(doubts), look=look
    )
    return observe(dataclasses.replace(SITE, smallest_goods=goods), file, {})


def text_read(frame: int, text: str = "8412345678905", *, right_m: float = 0.0, above_m: float = 0.5) -> Read:
    return Read(
        frame=f"01/{frame:06d}",
        sortie="01",
        symbology="EAN13",
        text=text,
        corners_px=((0, 0), (9, 0), (9, 9), (0, 9)),
        engine="zxing-cpp",
        variant="plain",
        face=BIN.face,
        along_m=BIN.along_m + right_m,
        height_m=BIN.base_m + above_m,
        location=BIN.code.text,
    )


def test_goods_at_the_front_without_any_label_are_said_to_have_none() -> None:
    found = seen(FRONT)
    assert (found.status, found.goods) == (ObservationStatus.UNREADABLE, Goods.NO_LABEL)
    assert found.reason == "goods stand at the edge of the shelf, and no pallet label shows on them"


def test_what_may_be_goods_at_the_rear_is_not_seen_and_the_reason_says_what_a_pallet_warehouse_can_do() -> None:
    rear = Occupancy(depth=Depth.REAR, far_m=1.0, n_pairs=6)
    found = seen(rear)
    assert found.status is ObservationStatus.UNSEEN
    assert found.reason.endswith("or go and look; if nothing but pallets is kept, say so under [goods] in site.toml")
    assert seen(rear, goods=SmallestGoods(height_m=0.14, depth_m=1.2)).reason.endswith("with more photos, or go and look")


def test_what_is_seen_before_the_rear_of_the_location_is_neither_empty_nor_said_to_be_goods() -> None:
    found = seen(Occupancy(depth=Depth.INSIDE, far_m=0.75, n_pairs=6))
    assert found.status is ObservationStatus.UNSEEN
    assert found.reason == (
        "what is seen lies 0.8 m behind the edge of the shelf, and the location is 1.1 m deep: "
        "goods at its rear, or a wall, should it be less deep than the layout says"
    )


def test_goods_seen_over_a_part_of_the_opening_may_carry_their_label_elsewhere() -> None:
    part = Occupancy(depth=Depth.FRONT, n_pairs=6, front_share=0.9, columns_share=0.4)
    assert (seen(part).status, seen(part).goods) == (ObservationStatus.UNREADABLE, Goods.UNKNOWN)


def test_bars_or_paper_of_a_label_tell_a_label_that_does_not_read_from_none() -> None:
    assert seen(FRONT, has_sticker=True).goods is Goods.LABEL_UNREADABLE
    assert seen(UNDECIDED, has_bars=True).goods is Goods.LABEL_UNREADABLE
    assert seen(UNDECIDED, has_sticker=True).status is ObservationStatus.UNSEEN


def test_a_carton_code_read_in_two_frames_at_one_place_proves_goods_and_is_kept() -> None:
    found = seen(UNDECIDED, reads=(text_read(1), text_read(2, right_m=0.02)))
    assert (found.status, found.unbooked_texts) == (ObservationStatus.UNREADABLE, ("8412345678905",))
    assert "barcodes that name no pallet hang there: 8412345678905" in found.reason
    assert seen(FRONT, reads=(text_read(1), text_read(2))).goods is Goods.NO_LABEL


def test_a_code_that_wanders_or_hangs_on_the_steel_or_names_a_location_proves_nothing() -> None:
    wandering = (text_read(1), text_read(2, right_m=0.2))
    steel = (text_read(1, right_m=0.44), text_read(2, right_m=0.44))
    tags = (text_read(1, BIN.code.text), text_read(2, BIN.code.text))
    for reads in (wandering, steel, tags):
        assert seen(UNDECIDED, reads=reads).status is ObservationStatus.UNSEEN
        assert seen(FAR, reads=reads).status is ObservationStatus.EMPTY
    assert seen(FAR, reads=tags).unbooked_texts == ()


def test_what_looks_empty_and_has_a_barcode_at_its_front_claims_nothing() -> None:
    found = seen(FAR, reads=(text_read(1), text_read(2)))
    assert found.status is ObservationStatus.UNSEEN
    assert found.reason == "what the photos show looks empty, but a barcode hangs at the edge of the shelf: 8412345678905"


def test_a_label_about_which_frames_disagree_is_unreadable_and_never_empty() -> None:
    doubt = Doubt(text="00384123453679486490", reads=(), reason="the photos disagree")
    assert (seen(UNDECIDED, doubts=(doubt,)).status, seen(UNDECIDED, doubts=(doubt,)).reason) == (
        ObservationStatus.UNREADABLE,
        "the photos disagree",
    )
    assert seen(FAR, doubts=(doubt,)).status is ObservationStatus.UNSEEN
    behind = Doubt(text="00384123453679486490", reads=(), reason="far behind", is_at_front=False)
    assert seen(FAR, doubts=(behind,)).status is ObservationStatus.EMPTY


RANGE_FAR = RangeEvidence(depth=Depth.FAR, behind_m=1.4, n_far=7, heights_m=(0.6,))
RANGE_FRONT = RangeEvidence(depth=Depth.FRONT, behind_m=0.05, n_front=7, n_front_middle=4, heights_m=(0.3, 0.6))


def test_a_range_sensor_that_agrees_is_named_with_its_height() -> None:
    found = seen(FAR, ranges=RANGE_FAR)
    assert (found.status, found.confidence) == (ObservationStatus.EMPTY, seen(FAR).confidence)
    agrees = "(measured in 6 pairs of photos; the range sensor met nothing nearer, 0.6 m above the floor of the location)"
    assert agrees in found.reason


def test_a_range_sensor_that_met_goods_where_the_photos_look_empty_leaves_it_open() -> None:
    found = seen(FAR, ranges=RANGE_FRONT)
    assert found.status is ObservationStatus.UNSEEN
    assert "the range sensor met something at the edge of the shelf, 0.3 and 0.6 m above the floor of the location" in found.reason


def test_a_range_sensor_alone_proves_goods_but_never_that_nothing_stands_there() -> None:
    assert seen(UNDECIDED, ranges=RANGE_FRONT).status is ObservationStatus.UNREADABLE
    found = seen(UNDECIDED, ranges=RANGE_FAR)
    assert found.status is ObservationStatus.UNSEEN
    assert "the photos do not tell what is lower or higher" in found.reason


def test_goods_that_the_range_sensor_did_not_meet_are_not_said_to_lack_a_label() -> None:
    found = seen(FRONT, ranges=RANGE_FAR)
    assert (found.status, found.goods) == (ObservationStatus.UNREADABLE, Goods.UNKNOWN)


def view_at(name: str, captured_at: str, *, right_m: float = 0.0) -> FaceView:
    view = view_of(SITE, BIN, along_m=BIN.along_m + right_m)
    return dataclasses.replace(view, frame=dataclasses.replace(view.frame, frame=name, captured_at=captured_at))


MORNING = [view_at(f"01/{i:06d}", f"2026-01-12T10:00:0{i}Z", right_m=0.2 * i - 0.3) for i in range(4)]
AFTERNOON = [view_at(f"05/{i:06d}", f"2026-01-12T14:00:0{i}Z", right_m=0.2 * i - 0.3) for i in range(4)]
PASSING = view_at("06/000009", "2026-01-12T15:00:00Z", right_m=0.9)


def test_a_location_is_judged_by_the_last_visit_that_shows_it_wholly_and_known_as_of_then() -> None:
    for views, last in (([*MORNING, *AFTERNOON, PASSING], AFTERNOON), ([*MORNING, PASSING], MORNING), (MORNING, MORNING)):
        file = open_files(SITE, views)[BIN.code.text]
        assert file.views == last
        assert file.is_seen
        file.look = BinLook(occupancy=FAR)
        found = observe(SITE, file, {})
        assert (found.status, found.seen_at) == (ObservationStatus.EMPTY, last[-1].frame.captured_at)


def test_what_only_photos_hours_apart_show_together_is_known_as_of_the_first_of_them() -> None:
    file = open_files(SITE, [MORNING[1], AFTERNOON[1]])[BIN.code.text]
    assert (file.views, file.is_seen) == ([MORNING[1], AFTERNOON[1]], True)
    file.look = BinLook(occupancy=FAR)
    assert observe(SITE, file, {}).seen_at == MORNING[1].frame.captured_at


def test_a_label_is_known_as_of_the_last_photo_that_read_it_not_as_of_the_last_that_shows_its_place() -> None:
    views = {v.frame.frame: v for v in [*MORNING, *AFTERNOON]}
    text = "00384123453679486490"
    reads = [dataclasses.replace(text_read(i, text), symbology="Code128", pallet_kind="SSCC", pallet=text[2:]) for i in range(2)]
    files = open_files(SITE, list(views.values()))
    file_reads(SITE, files, reads, fuse(SITE, reads, 0.04, views), views)
    found = observe(SITE, files[BIN.code.text], {})
    assert (found.status, found.seen_at) == (ObservationStatus.READ, "2026-01-12T10:00:01Z")


def test_photos_hours_apart_are_never_paired() -> None:
    def shrunk(view: FaceView) -> ShrunkView:
        return ShrunkView(view, np.zeros((8, 8), dtype=np.uint8), 4)

    paired = {(a.view.frame.sortie, b.view.frame.sortie) for a, b in pairs_of([shrunk(v) for v in MORNING])}
    assert paired
    mixed = [dataclasses.replace(v, frame=dataclasses.replace(v.frame, sortie="05")) for v in AFTERNOON]
    both = {(a.view.frame.sortie, b.view.frame.sortie) for a, b in pairs_of([shrunk(v) for v in [*MORNING, *mixed]])}
    assert both == {("01", "01"), ("05", "05")}
